"""One line of the table of measurements."""

from collections import namedtuple


class Line(namedtuple("Line", ["what", "found", "goal", "met"])):
    """what was measured; what was found (a ratio or a count, as text); the goal in words; met: True, False, or None without one."""

    def text(self):
        """For a terminal."""
        return "%-92s %-18s %-22s %s" % (self.what, self.found, self.goal, self.verdict())

    def verdict(self):
        """In one word; empty where there is no goal."""
        return {True: "met", False: "MISSED", None: ""}[self.met]


def missing(what, why):
    """The line of a measurement that this machine cannot make."""
    return Line(what, "not measured", why, None)
