"""Many runs as one answer: median and the range in which 80 of 100 runs lie. Exact while there is nothing to round."""

from fractions import Fraction

from host_tools.offers.economics import bp_of, profit_words

LOW, MIDDLE, HIGH = Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)
RATES = ("share", "uplift_needed", "breakage", "repeat_rate", "churn", "top_share", "uplift")
COUNTS = ("members", "visits", "rewards")


def unit_of(name):
    """"bp", "count", "units" (of a counter) or "money" (minor units)."""
    if name in RATES:
        return "bp"
    if name in COUNTS:
        return "count"
    return "units" if "." in name else "money"


def quantile(values, part):
    """The `part` quantile of Fractions by straight lines between neighbours (R's type 7); None stands for endless and comes last."""
    known = sorted(value for value in values if value is not None)
    place = part * (len(values) - 1)
    lower = int(place)
    if lower >= len(known):
        return None
    rest = place - lower
    if not rest:
        return Fraction(known[lower])
    if lower + 1 >= len(known):
        return None
    return known[lower] + (known[lower + 1] - known[lower]) * rest


def spread(values, unit):
    """{"median", "p10", "p90"} of one figure over all runs: whole numbers, rates in bp, rounded half up; None where it has no meaning."""
    return {word: _whole(quantile(values, part), unit) for word, part in (("median", MIDDLE), ("p10", LOW), ("p90", HIGH))}


def figures_over(runs):
    """{name: {"unit", "median", "p10", "p90"}} of [figures of one run]."""
    return {name: {"unit": unit_of(name), **spread([run[name] for run in runs], unit_of(name))} for name in runs[0]}


def months_over(spans, runs):
    """[{"month", name: {"median", "p10", "p90"}}] of [months of one run]; a month is named by its first day's year and month."""
    rows = []
    for place, (first, _) in enumerate(spans):
        row = {"month": first.strftime("%Y-%m")}
        for name in runs[0][place]:
            row[name] = spread([run[place][name] for run in runs], "money")
        rows.append(row)
    return rows


def exact_words(figures, margin, unit_price):
    """The keys of rows F01-F04 for the average member of a run without variance, exact."""
    members = figures["members"]
    if not members:
        return None
    words = profit_words(unit_price * (1 - margin), figures["profit_before"] / members, figures["given"] / members)
    words["profit_after"] = str(figures["profit_after"] / members)
    needed = figures["uplift_needed"]
    words["possible"] = needed is not None
    if needed is not None:
        words.update(uplift=str(needed), uplift_bp=bp_of(needed))
    words["liability"] = str(figures["liability"] / members)
    return words


def _whole(value, unit):
    if value is None:
        return None
    return bp_of(value) if unit == "bp" else int((value + MIDDLE) // 1)
