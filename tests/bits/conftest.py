"""Bit tests: the report of what was flipped."""

from tests.bits import tally


def pytest_terminal_summary(terminalreporter):
    lines = tally.lines()
    if lines:
        terminalreporter.section("bits")
        for line in lines:
            terminalreporter.write_line(line)
