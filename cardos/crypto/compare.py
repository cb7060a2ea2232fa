"""Comparing secrets and MACs without telling by the time taken where they differ."""


def constant_time_equal(a, b):
    """True when two byte strings are equal; looks at every byte whatever it finds. Different lengths are different."""
    if len(a) != len(b):
        return False
    difference = 0
    for x, y in zip(a, b):
        difference |= x ^ y
    return difference == 0
