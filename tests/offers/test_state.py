"""What a pack needs on a card, which cards hold it, and what is kept elsewhere."""

import json
from pathlib import Path

import pytest

from cardos.records.fields import FAMILIES
from host_tools.offers.checking import compiled
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.replay import pack_of_row
from host_tools.offers.state import asks, counters_of_family, needs_card, needs_of, smallest_profile, state_of, too_much

SHOP = Path(__file__).resolve().parents[2] / "docs" / "offers" / "shop" / "pack.toml"
ROWS = {row["id"]: row for row in json.loads((Path(__file__).with_name("offers.json")).read_text("utf-8"))["rows"] if row["kind"] != "economics"}


def pack(row):
    return pack_of_row(ROWS[row])


@pytest.mark.parametrize("row, needs, profile", [
    ("A01", 1, 1), ("A02", 0, 1), ("A07", 1, 1), ("B01", 3, 3), ("B02", 2, 3), ("C05", 4, 5), ("D01", 1, 1), ("E05", 2, 3), ("F09", 4, 5),
])  # fmt: skip
def test_how_many_counters_a_row_needs(row, needs, profile):
    assert (needs_of(pack(row)), smallest_profile(pack(row))) == (needs, profile)


def test_every_acceptance_row_fits_some_card():
    for row in ROWS:
        state = state_of(pack(row))
        assert state["profiles"] and state["families"]["ntag215"]["fits"], row
        assert sum(len(one["ids"]) for one in state["counters"]) == state["needs"] == sum(state["offers"].values())


def test_each_family_holds_what_its_memory_holds():
    assert {family: counters_of_family(family) for family, _ in FAMILIES} == {
        "ntag213": 3, "ntag215": 9, "ntag216": 9, "ultralight-c": 3, "ultralight-aes": 3, "classic-1k": 9, "ntag424": 3,
        "desfire-ev1": 9, "desfire-ev2": 9, "desfire-ev3": 9,
    }  # fmt: skip


def test_a_small_card_says_why_it_cannot():
    families = state_of(pack("C05"))["families"]
    assert families["ntag213"] == {"fits": False, "why": "It holds up to 3 counters; this pack needs 4."}
    assert families["ntag216"] == {"fits": True, "why": "Issue it with 5 counters."}
    assert "128-byte blocks" in state_of(pack("B01"))["families"]["ntag424"]["why"]
    assert state_of(pack("B03"))["families"]["ntag213"]["why"] == "This pack keeps nothing on a card."


def test_a_derived_level_takes_no_counter_and_notes_are_not_shown():
    tiers = {one["name"]: one for one in state_of(pack("D01"))["counters"]}
    assert tiers["tier"]["ids"] == [] and tiers["tier"]["shown"]
    assert [one["shown"] for one in state_of(pack("E05"))["counters"]] == [False, False]


def test_too_much_for_the_shops_cards_is_told_with_the_remedy():
    told = too_much(pack("C05"), counters=3)
    assert told == (
        "The offers need 4 counters on a card; the shop's cards carry 3. Set counters = 5 and issue new cards, or leave out \"c05\" (4 counters)."
    )
    assert too_much(pack("C05"), counters=5) is None
    assert too_much(pack("C05"), family="ntag213").startswith("The offers need 4 counters on a card; ntag213 holds at most 3.")
    assert too_much(pack("A01"), counters=1, family="ntag213") is None


def test_as_many_offers_are_named_as_must_go():
    pack = compiled(read_pack(SHOP))
    assert too_much(pack, counters=3).endswith("or leave out \"coffee-stamps\" (1 counter).")
    assert too_much(pack, counters=1).endswith("or leave out \"coffee-stamps\" (1 counter), \"cashback\" (1 counter) and \"welcome\" (1 counter).")


@pytest.mark.parametrize("row, needs", [("A02", False), ("B03", False), ("B10", False), ("B05", True), ("E06", True), ("D03", True), ("A01", True)])
def test_whether_a_card_must_be_shown(row, needs):
    assert needs_card(pack(row)) == state_of(pack(row))["needs_card"] == needs


def test_more_than_any_card_holds():
    big = pack("C06")
    big["counters"].append({"name": "more", "kind": "lots", "days": 30, "ids": list(range(20, 28))})
    assert too_much(big).startswith("The offers need 12 counters on a card; a card holds at most 9.")
    assert state_of(big)["profiles"] == [] and smallest_profile(big) is None


@pytest.mark.parametrize("row, word", [
    ("E02", "Codes:"), ("E05", "Uses:"), ("C10", "Telephone numbers:"), ("E04", "Bringing friends:"), ("E08", "Price guarantee:"), ("D03", "Visits:"),
    ("D06", "Score:"), ("E07", "Partners:"), ("C09", "Gifts to good causes:"), ("B10", "Discounts by staff:"), ("D02", "Levels and"),
    ("F08", "Moving a card"), ("A01", "Receipts:"), ("E09", "Joining"),
])  # fmt: skip
def test_what_is_asked_of_the_ledger_or_hub(row, word):
    assert any(sentence.startswith(word) for sentence in asks(pack(row)))


def test_segments_alone_need_no_receipt():
    assert not any(sentence.startswith("Receipts") for sentence in asks(pack("D03")))
