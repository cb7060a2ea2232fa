"""One line of the table of measurements."""

from collections import namedtuple


class Line(namedtuple("Line", ["what", "found", "goal", "met"])):
    """what was measured; what was found (a ratio or a count, as text); the goal in words; met: True, False, or None without one.

    A `what` that begins with blanks is an absolute time of this one machine and moment: printed, not kept in the page.
    """

    @property
    def is_passing(self):
        """True for what only the terminal shows."""
        return self.what.startswith(" ")

    def text(self):
        """For a terminal."""
        return "%-92s %-18s %-22s %s" % (self.what, self.found, self.goal, self.verdict())

    def verdict(self):
        """In one word; empty where there is no goal."""
        return {True: "met", False: "MISSED", None: ""}[self.met]


def missing(what, why):
    """The line of a measurement that this machine cannot make."""
    return Line(what, "not measured", why, None)
