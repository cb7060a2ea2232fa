"""Recorded taps, said again: what each tap sends is what it sent when the dialogue was recorded, byte for byte."""

import pytest

from host_tools.tracing.dialogue import MASKED, parsed
from host_tools.tracing.replay import NotInTheTrace
from tests.tracing import days

FAMILIES = days.recorded_families()


def text_of(family):
    return (days.FOLDER / (family + ".trace")).read_text("utf-8")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recorded_day_replays(family):
    answers = days.replay(family, text_of(family))
    assert [answer["outcome"] for answer in answers] == ["done"] * len(days.WISHES), answers
    assert answers[-1]["counters"] == {"stamps": 1}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_day_with_three_counters_replays_too(family):
    """Recorded here and now: longer records, which some cards take and give in pieces."""
    answers = days.replay(family, days.record(family, 3), 3)
    assert answers[-1]["counters"] == {"stamps": 1}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_dialogue_is_what_a_soft_card_says_today(family):
    assert days.record(family) == text_of(family), "record it again: python -m tests.tracing.days " + family


@pytest.mark.parametrize("family", FAMILIES)
def test_a_dialogue_hides_and_shows(family):
    spoken = [one for tap in parsed(text_of(family)) for one in tap.spoken]
    hidden = sum(part.count(MASKED) for one in spoken for part in (one.sent, one.answered or ()))
    assert hidden > 0 or family == "classic-1k"
    assert all(one.sent[0] is not MASKED for one in spoken)


def test_a_tap_that_says_something_else_is_caught():
    text = text_of("ntag215")
    frame = next(line for line in text.splitlines() if line.startswith("> a2"))
    with pytest.raises(NotInTheTrace):
        days.replay("ntag215", text.replace(frame, frame[:-2] + "ee", 1))


def test_a_tap_that_stops_early_is_caught():
    taps = text_of("ntag215")
    with pytest.raises(NotInTheTrace):
        days.replay("ntag215", taps + "* READ\n> 3004\n< " + "00" * 16 + "\n")
