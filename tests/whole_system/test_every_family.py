"""Every family by commands: issue, sales, redemption, undo, show, on Debian's pcscd and through nfcpy on an emulated PN532; equal outcomes.

Equal inputs (TEST keys, --test-now, --test-seed) leave the same record on the card on both stacks.
"""

import json

import pytest

from cardos.soft_cards.registry import load_card
from tests import needs, soft_lab

NOW = ("--test-now", "2026-03-01T10:00", "--test-seed", "7")
FAMILIES = (
    "ntag213", "ntag215", "ntag216", "ultralight-c", "ultralight-aes", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3",
)  # fmt: skip
PCSC_ONLY = ("classic-1k",)
DAY = (
    ("issue", "--opening", "stamps=9", "--reason", "paper card"), ("sell", "--amount", "4.50", "--sale", "R-1"), ("redeem", "--sale", "R-2"),
    ("undo",), ("sell", "--line", "latte:coffee:2:450", "--sale", "R-3"), ("show",),
)  # fmt: skip
SAID = ("outcome", "refused", "operation", "sale", "counters", "rewards", "sequence", "exchanges", "family", "channel", "class", "status")
UIDS = {"classic-1k": "A1B2C3D4"}


def a_day(stampd, folder, family, attach, reader, environment):
    """(what each command said, the card's state at the end)"""
    folder.mkdir()
    environment = dict(environment, STAMPD_HOME=str(folder))
    stampd("keys", "init", "--test", env=environment)
    card = folder / "card.json"
    stampd("softcard", "new", "--family", family, "--uid", UIDS.get(family, "04A1B2C3D4E5F6"), card)
    told = []
    with soft_lab.serving(card, attach):
        for words in DAY:
            answer = stampd("card", *words, *reader, *NOW, "--json", env=environment).json
            told.append({key: answer[key] for key in SAID if key in answer})
    verified = stampd("ledger", "verify", "--json", env=environment).json
    assert verified["ok"] and not verified["tail_missing"]
    return told, json.loads(card.read_text())["state"]


def check(family, told):
    issued, sold, redeemed, undone, sold_two, shown = told
    assert [answer["outcome"] for answer in told] == ["done"] * 6, told
    assert (sold["counters"], redeemed["counters"], redeemed["rewards"]) == ({"stamps": 10}, {"stamps": 0}, ["free coffee x1"])
    assert (undone["counters"], sold_two["counters"], shown["counters"]) == ({"stamps": 10}, {"stamps": 12}, {"stamps": 12})
    assert shown["family"] == family.replace("-lrp", "") and (shown["channel"] == "lrp") == family.endswith("-lrp")
    assert shown["status"] == "active" and shown["sequence"] == 5


@pytest.mark.parametrize("family", FAMILIES)
def test_a_day_on_both_stacks(family, home, stampd, tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    needs.needs_module("nfc")
    from host_tools.soft_hardware.private_pcscd import PrivatePcscd

    link = "pn532:%s" % (tmp_path / "line")
    serial, on_serial = a_day(stampd, tmp_path / "serial", family, link, ["--reader", link], {})
    check(family, serial)
    with PrivatePcscd(["Lane 0"]) as pcscd:
        pcsc, on_pcsc = a_day(stampd, tmp_path / "pcsc", family, pcscd.attach(0), [], {"PCSCLITE_CSOCK_NAME": pcscd.socket_path})
    assert pcsc == serial
    assert load_card(on_pcsc).state() == on_pcsc
    assert without_chance(on_pcsc) == without_chance(on_serial)


def without_chance(state):
    """A card's state without what the card itself drew by lot or counted (failures, selections)."""
    return {key: value for key, value in state.items() if key not in ("noise", "failures", "read_counter", "counter")}


@pytest.mark.parametrize("family", PCSC_ONLY)
def test_a_day_on_pcsc_alone(family, home, stampd, tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    from host_tools.soft_hardware.private_pcscd import PrivatePcscd

    with PrivatePcscd(["Lane 0"]) as pcscd:
        told, _ = a_day(stampd, tmp_path / "pcsc", family, pcscd.attach(0), [], {"PCSCLITE_CSOCK_NAME": pcscd.socket_path})
    check(family, told)


@pytest.mark.parametrize("family", PCSC_ONLY)
def test_a_serial_reader_says_that_it_cannot(family, home, stampd, tmp_path):
    needs.needs_module("nfc")
    stampd("keys", "init", "--test")
    card, link = tmp_path / "card.json", "pn532:%s" % (tmp_path / "line")
    stampd("softcard", "new", "--family", family, "--uid", UIDS[family], card)
    with soft_lab.serving(card, link):
        answer = stampd("card", "issue", "--reader", link, "--json", code=1).json
    assert answer["refused"] == "FAMILY_NOT_ON_THIS_READER" and "PC/SC" in answer["hint"]
