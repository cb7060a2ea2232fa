"""The reference keeps every expectation of offers.json, and never raises on drawn rows."""

import json
import random
from pathlib import Path

import pytest

from tests.offers.compare import row_differences
from tests.offers.draw import KINDS, draw_row
from tests.offers.reference import play_row

ROWS = json.loads((Path(__file__).parent / "offers.json").read_text(encoding="utf-8"))["rows"]
ROWS_PER_KIND = 50
RANGE = range(-8388608, 8388608)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_row_as_expected(row):
    assert row_differences(row, play_row(row)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_rows_keep_the_invariants(kind):
    rng = random.Random(kind)
    accepted = told = 0
    for _ in range(ROWS_PER_KIND):
        row = draw_row(kind, rng)
        json.dumps(row)
        played = play_row(row)
        if kind == "economics":
            continue
        for sequence, results in zip(row["sequences"], played["sequences"], strict=True):
            check(sequence["events"], results)
            told += len(results)
            accepted += sum("refused" not in result for result in results)
    assert accepted >= 0.6 * told


def check(events, results):
    """Times never go back; no money is minted; counters stay in their range; a refused event changes none."""
    assert [event["at"][:16] for event in events] == sorted(event["at"][:16] for event in events)
    paid, refunded, before = {}, {}, None
    for index, (event, result) in enumerate(zip(events, results)):
        for value in result.get("counters", {}).values():
            assert not isinstance(value, int) or value in RANGE
        whose = (event["at"][:10], event.get("card", "A"), event.get("of"))
        if "refused" in result and index and whose == before:
            assert result.get("counters") == results[index - 1].get("counters")
        before = whose
        if "refused" in result or "replayed" in result:
            continue
        if event["on"] == "sale":
            gross = sum(line["qty"] * line["unit_price"] for line in event["lines"])
            paid[index] = result["paid"]
            assert 0 <= result["paid"] <= gross - result["discount"]
            assert 0 <= result["discount"] <= gross
            assert all(amount > 0 for amount in result["spent"].values())
        if event["on"] == "refund":
            refunded[event["of"]] = refunded.get(event["of"], 0) + result["refunded"]
            assert 0 <= result["refunded"]
            assert refunded[event["of"]] <= paid[event["of"]]


def test_the_same_seed_draws_the_same_row():
    for kind in KINDS:
        assert draw_row(kind, random.Random(7)) == draw_row(kind, random.Random(7))
