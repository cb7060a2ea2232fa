"""The two roundings of the product. Money is an integer in minor units; nothing else ever rounds money.

Sources: docs/offers.md, "Rounding" (a discount is rounded half up once, then spread by largest remainder).
"""


def half_up(number, divisor):
    """number / divisor for number >= 0, rounded to the nearest integer, halves up."""
    return (2 * number + divisor) // (2 * divisor)


def share_of(values, rate_bp):
    """`rate_bp` (1/100 of a per cent) of the sum of `values`, computed exactly and rounded half up once; never above the sum."""
    total = sum(values)
    return min(total, half_up(total * rate_bp, 10000))


def spread(amount, values):
    """A list of shares of `amount`, in proportion to `values`: the largest remainders get the last units, on a tie the earlier line.

    0 <= amount <= sum(values); a share is never larger than its value.
    """
    total = sum(values)
    if total == 0:
        return [0] * len(values)
    shares = [amount * value // total for value in values]
    order = sorted([(-(amount * values[place] % total), place) for place in range(len(values))])
    for _, place in order[: amount - sum(shares)]:
        shares[place] += 1
    return shares
