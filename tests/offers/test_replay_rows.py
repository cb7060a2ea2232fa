"""Every row of offers.json gives what it says: through `replay_row`, and through `stampd offers replay`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from host_tools.cli.offers import offers
from host_tools.offers.replay import replay_row
from tests.offers.compare import row_differences

ROWS = json.loads(Path(__file__).with_name("offers.json").read_text("utf-8"))["rows"]
ROWS_LEAST = 51
PLAYED = [row for row in ROWS if row.get("sequences")]


def name_of(row):
    return "%s-%s" % (row["id"], row["kind"])


def replay(*words):
    done = CliRunner().invoke(offers, ["replay", *map(str, words)])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def toml(value):
    """A TOML value; JSON writes all but tables and booleans as TOML does."""
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s = %s" % (json.dumps(key), toml(part)) for key, part in value.items())
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(toml, value))
    return json.dumps(value, ensure_ascii=False)


def test_no_row_was_lost():
    assert len(ROWS) >= ROWS_LEAST
    assert len({row["id"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_gives_what_it_says(row):
    assert row_differences(row, replay_row(row)) == []


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_command_line_plays_a_row(row, tmp_path):
    file = tmp_path / "row.json"
    file.write_text(json.dumps(row), "utf-8")
    assert row_differences(row, replay("--row", file, "--json")) == []


@pytest.mark.parametrize("row", PLAYED, ids=name_of)
def test_the_command_line_plays_the_events_of_an_offer_in_toml(row, tmp_path):
    offer, events = tmp_path / "offer.toml", tmp_path / "events.json"
    for sequence in row["sequences"]:
        parameters = {**row["parameters"], **sequence.get("with", {})}
        offer.write_text("".join("%s = %s\n" % (key, toml(value)) for key, value in {"template": row["kind"], **parameters}.items()), "utf-8")
        events.write_text(json.dumps(sequence), "utf-8")
        results = replay(offer, "--events", events, "--json")
        assert row_differences({**row, "sequences": [sequence]}, {"sequences": [results]}) == []


def test_what_differs_is_found():
    """The comparison itself: one number changed in one expectation is told."""
    row = json.loads(json.dumps(PLAYED[0]))
    row["sequences"][0]["events"][0]["expect"]["paid"] += 1
    assert len(row_differences(row, replay_row(row))) == 1
