"""Counting skips: shown at the end of each run, and failures where STAMPD_NO_SKIPS=1 (as in CI).

A test that skips everywhere tests nothing, so each reason is printed with its count. ALLOWED lists what may be missing
even in CI.
"""

import os
from collections import Counter

# (part of the reason, why it may be missing in CI)
ALLOWED = (
    ("no RP2040 firmware image given", "the image is not in any package registry; a person with a board gives it"),
    ("a small disk cannot be mounted here", "a container without the right to mount; max_page_count covers the same code"),
    ("needs hardware", "a reader or board on the desk"),
)


def skips_are_fatal():
    return os.environ.get("STAMPD_NO_SKIPS", "") not in ("", "0")


def is_allowed(reason):
    return any(part in reason for part, _ in ALLOWED)


def reason_of(report):
    """The reason of a skipped test or collection report, without pytest's prefix."""
    longrepr = report.longrepr
    reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return reason.removeprefix("Skipped: ")


def make_fatal(report):
    """Turn a skip into a failure when skips are fatal and its reason is not allowed. Expected failures stay."""
    if not report.skipped or hasattr(report, "wasxfail") or not skips_are_fatal():
        return
    reason = reason_of(report)
    if is_allowed(reason):
        return
    report.outcome = "failed"
    report.longrepr = "skipped where nothing may skip (STAMPD_NO_SKIPS=1): " + reason


def summary_lines(reports):
    """One line for each reason, most frequent first."""
    counted = Counter(reason_of(report) for report in reports)
    return ["%d skipped: %s" % (count, reason) for reason, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
