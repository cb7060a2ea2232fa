"""Money and rounding, as the general rules 7 to 11 say it. Everything is exact until it is rounded once."""

from fractions import Fraction
from math import floor

BP = 10000  # basis points in a whole
COUNTER_MIN = -8388608
COUNTER_MAX = 8388607


def half_up(value):
    """The whole number nearest to a value that is not negative; a half goes up."""
    return floor(Fraction(value) + Fraction(1, 2))


def share_bp(amount, rate_bp):
    """Exactly rate_bp of an amount, as a Fraction."""
    return Fraction(amount) * rate_bp / BP


def spread(amount, values):
    """Split a whole amount over lines in proportion to their values: largest remainder first, on a tie the earlier line.

    Returns one whole number per value; they add up to the amount. Nothing can be spread over lines that are worth nothing.
    """
    total = sum(values)
    if total == 0:
        assert amount == 0
        return [0 for _ in values]
    exact = [Fraction(amount * value, total) for value in values]
    parts = [floor(part) for part in exact]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(values)), key=lambda i: (-(exact[i] - parts[i]), i))
    for i in by_remainder[:left]:
        parts[i] += 1
    return parts


def part_back(amount, units_back, units_sold):
    """What is due for units_back of units_sold units of a line worth `amount`: rounded half up."""
    return half_up(Fraction(amount * units_back, units_sold)) if units_sold else 0


def pro_rata(amount, part, whole):
    """floor(amount * part / whole); nothing is due on a sale that is worth nothing."""
    return floor(Fraction(amount * part, whole)) if whole else 0


def points_for(base, earn_bp, point_value):
    """Rule 8: points = floor(base * earn_bp / (10000 * point_value))."""
    return floor(Fraction(base * earn_bp, BP * point_value))


def band_rate(bands, value, strict=False):
    """The rate of the highest band that a value reaches; 0 below the first."""
    rate = 0
    for start, rate_bp in bands:
        if value > start or (value == start and not strict):
            rate = rate_bp
    return rate


def next_band(bands, value, strict=False):
    """{band_at, rate_bp} of the first band that is not reached, or None."""
    for start, rate_bp in bands:
        if value < start or (value == start and strict):
            return {"band_at": start, "rate_bp": rate_bp}
    return None
