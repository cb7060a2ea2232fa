"""Families at the tap desk: what the register tells the next tap, doubts that meet another card, a ledger that refuses, limits, rotation."""

import json

import pytest

from cardos.errors import StampdError
from tests.whole_system import shop_lab
from tests.whole_system.shop_lab import blank

UID_2 = "04b1b2b3b4b5b6"
CLASSIC_UID = "a1b2c3d4"


def issued(shop, family, uid=shop_lab.UID, **wish):
    card = blank(family, uid)
    answer = shop.tap(card, kind="issue", **wish)
    assert answer["outcome"] == "done", answer
    return card


BUDGETS = (("ultralight-c", 22), ("ultralight-aes", 18), ("ntag424", 5), ("ntag424-lrp", 5), ("desfire-ev1", 7), ("desfire-ev3", 8))


@pytest.mark.parametrize("family, most", BUDGETS)
def test_the_register_saves_the_questions(shop, family, most):
    here = shop()
    card = issued(here, family)
    assert here.tap(card)["exchanges"] <= most
    there = shop(terminal=2)  # another home with these keys, which never saw the card
    answer = there.tap(card)
    assert answer["outcome"] == "done" and answer["exchanges"] > most
    assert there.tap(card)["exchanges"] <= most + 3  # known by its sale now, not by its issue: the key's epoch is asked


def test_two_chips_of_one_uid_are_told_apart(shop):
    here = shop()
    cards = [issued(here, family) for family in ("ntag424", "desfire-ev2", "desfire-ev3", "ultralight-aes", "ultralight-c", "ntag215")]
    for stamps in (1, 2):
        for card in cards:
            answer = here.tap(card)
            assert (answer["outcome"], answer["counters"]) == ("done", {"stamps": stamps}), (card.family, answer)


def test_a_card_that_was_taken_in_after_a_rotation_sells(shop):
    for family in ("ultralight-aes", "ntag424", "desfire-ev2"):
        here, there = shop(), shop(terminal=2)
        card = issued(here, family)
        assert here.tap(card, kind="rotate", epoch=2)["outcome"] == "done"
        assert there.tap(card, kind="issue")["outcome"] == "done", family
        for _ in range(2):
            assert there.tap(card)["outcome"] == "done", family
        assert here.tap(card)["outcome"] == "done", family


def test_keys_and_records_never_go_back_to_an_older_epoch(shop):
    here = shop()
    for number, family in enumerate(("ntag215", "ntag424", "desfire-ev1")):
        card = issued(here, family, uid="04c1c2c3c4c5%02x" % number)
        assert here.tap(card, kind="rotate", epoch=2)["outcome"] == "done"
        assert here.tap(card)["outcome"] == "done"
        answer = here.tap(card, kind="rotate", epoch=1)
        assert answer["refused"] == "EPOCH_OLDER", (family, answer)


def test_a_reference_in_doubt_stays_in_doubt_whatever_card_is_shown(shop):
    here = shop()
    card, other, empty = issued(here, "ntag424"), issued(here, "ntag424", UID_2), blank("desfire-ev2", "04b1b2b3b4b5b7")
    assert here.tap(card, tear=(4, "answer-lost"), sale="R-1")["outcome"] == "in_doubt"
    for shown in (other, empty, blank("type4", "04b1b2b3b4b5b8")):
        answer = here.tap(shown, sale="R-1")
        assert answer["outcome"] == "in_doubt" and answer["hint"], answer
    answer = here.tap(card, sale="R-1")
    assert (answer["outcome"], answer["counters"]) == ("done", {"stamps": 1})


def test_a_ledger_that_refuses_a_classic_s_line_leaves_a_doubt_not_a_refusal(shop, monkeypatch):
    here = shop()
    card = issued(here, "classic-1k", CLASSIC_UID)
    write = here.home.store.record_outcome

    def full(*arguments, **fields):
        raise StampdError("The disk is full.", "Free some space.", "DISK_FULL")

    monkeypatch.setattr(here.home.store, "record_outcome", full)
    answer = here.tap(card, sale="R-1")
    assert answer["outcome"] == "in_doubt" and "disk is full" in answer["hint"], answer
    monkeypatch.setattr(here.home.store, "record_outcome", write)
    answer = here.tap(card, sale="R-1")
    assert (answer["outcome"], answer["counters"]) == ("done", {"stamps": 1}), answer
    assert here.tap(card, kind="show")["counters"] == {"stamps": 1}


def test_limits_leave_out_what_was_undone(shop):
    here = shop(limits=True)
    card = issued(here, "ntag215", opening={"stamps": 40}, reason="paper card")
    assert here.tap(card, kind="redeem", sale="R-1")["rewards"] == ["free coffee x1"]
    answer = here.tap(card, kind="redeem", sale="R-2")
    assert answer["refused"] == "LIMIT"
    assert here.tap(card, kind="undo")["outcome"] == "done"
    assert here.tap(card, kind="redeem", sale="R-3")["rewards"] == ["free coffee x1"]
    answer = here.tap(card, redeem="auto", sale="R-4")
    assert (answer["outcome"], answer["declined"], answer["rewards"]) == ("done", "LIMIT", []) and "today" in answer["message"]


def test_a_desfire_without_room_is_too_small_before_anything_is_written(shop):
    here = shop(counters=9)
    full = fill(blank("desfire-ev1"))
    before = full.state()
    answer = here.tap(full, kind="issue")
    assert answer["refused"] == "CARD_TOO_SMALL" and full.state() == before, answer


def fill(card):
    """The card with an application and a file of a stranger that leave little memory."""
    card.field_on()
    card.activate()
    assert card.transceive(bytes.fromhex("ca0102030f81")) == b"\x00"
    assert card.transceive(bytes.fromhex("5a010203")) == b"\x00"
    assert card.transceive(bytes.fromhex("cd0100eeee") + (4400).to_bytes(3, "little")) == b"\x00"
    card.field_off()
    return card


def test_a_journal_keeps_what_a_desfire_said_of_its_commit(shop):
    here = shop()
    card = issued(here, "desfire-ev3")
    here.tap(card)
    lines = [line for line in here.home.store.export("jsonl") if '"evidence"' in line]
    said = [json.loads(line)["event"]["evidence"] for line in lines]
    assert len(said) >= 1 and all(set(one) == {"tmc", "tmv"} and len(one["tmv"]) == 16 for one in said), said
    assert [one["tmc"] for one in said] == sorted({one["tmc"] for one in said})


def test_a_block_is_said_in_words(shop):
    here = shop()
    card = issued(here, "ultralight-aes")
    assert here.tap(card, kind="block", reason="lost")["message"].startswith("This card is blocked")
    assert here.tap(card, kind="show")["message"].startswith("This card is blocked")
    assert here.tap(card, kind="unblock", reason="found")["message"].startswith("The block is lifted")
