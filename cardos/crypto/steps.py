"""Long computations in slices: a generator yields None after every few milliseconds of a board's work and returns its value.

A board goes on with one between taps (`terminal.slices`); whoever has the time runs it to its end with `finished`.
"""


def finished(steps):
    """The value of a computation that is written in steps, run without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:  # the value of a generator comes this way
            return end.value
