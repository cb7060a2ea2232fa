"""Soft DESFire torn: a commit is all or nothing, a standard file is not, keys and deliveries are."""

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.pages import OUTCOMES
from cardos.soft_cards.tears import TornCard
from tests.portable.desfire_bench import (
    AID, backup_file, copy_of, le4, native, read, reader, record_file, select, std_file, value_file, with_application, write,
)
from tests.portable.desfire_reader import FULL, ZERO, Ev2Reader
from tests.portable.test_soft_desfire_ev2 import NEW, with_tmac

LANDS = ("garbage", "new", "weak")


def test_a_commit_is_one_atom_over_all_files_and_the_transaction_mac():
    for outcome in OUTCOMES:
        card = with_tmac("f0ef")
        record_file(card)
        before = card.state()
        assert write(card, 1, 0, "aabb") == "00" and native(card, "dc05" + le4(1)) == "00"
        assert native(card, "3b02000000010000cc") == "00"
        assert card.state() == before, "nothing is there before the commit"
        card.transceive_torn(b"\xc7\x01", outcome)
        card.field_off()
        after = card.state()
        if outcome not in LANDS:
            assert after == before
            continue
        files = {entry["number"]: entry["file"] for entry in after["applications"][0]["files"]}
        assert files[1]["data"][:4] == "aabb" and files[5]["value"] == 99 and len(files[2]["records"]) == 1
        assert files[3]["counter"] == 1


def test_every_exchange_of_a_sale_torn_leaves_old_or_new():
    for at in range(5):
        for mode in ("not-sent", "not-executed", "half:old", "half:new", "answer-lost"):
            card = with_tmac("f0ef")
            old = card.state()
            torn = TornCard(card, {at + 3: mode})
            torn.field_on()
            torn.activate()
            frames = ["60", "af", "af", "5a" + AID, "bd01000000020000", "3d01000000020000aabb", "dc05" + le4(1), "c701"]
            for frame in frames:
                torn.transceive(bytes.fromhex(frame))
            card.field_off()
            new = at == 4 and mode in ("half:new", "answer-lost")
            assert (card.state() != old) == new, (at, mode)


def test_a_torn_standard_file_holds_what_the_outcome_says():
    for outcome, left in (("old", "1111"), ("zero", "0000"), ("new", "2222")):
        card = with_application("desfire-ev1")
        std_file(card)
        assert write(card, 4, 0, "1111") == "00"
        _, torn = card.transceive_torn(bytes.fromhex("3d040000000200002222"), outcome)
        assert torn and read(card, 4, 0, 2) == "00" + left
    card = with_application("desfire-ev1", noise=Noise(3))
    std_file(card)
    card.transceive_torn(bytes.fromhex("3d0400000002000000ff"), "weak")
    readings = {read(card, 4, 0, 2) for _ in range(20)}
    assert len(readings) > 5 and all([reading[:4] == "0000" for reading in readings])
    readings = {read(select(copy_of(card)), 4, 0, 2) for _ in range(3)}
    assert card.state()["applications"][0]["files"][0]["file"]["weak"][:4] == "00ff"
    assert write(card, 4, 1, "07") == "00" and {read(card, 4, 0, 2) for _ in range(5)} == {"000007"}


def test_a_torn_backup_write_has_nothing_to_tear():
    card = with_application("desfire-ev1")
    backup_file(card)
    answer, torn = card.transceive_torn(bytes.fromhex("3d0100000001000022"), "zero")
    assert answer == b"\x00" and not torn


def test_a_torn_key_change_leaves_one_of_two_keys():
    for outcome in OUTCOMES:
        card = with_application()
        session = reader(card)
        _, torn = card.transceive_torn(session.frame(0xC4, b"\x00", NEW + b"\x01", FULL), outcome)
        assert torn
        opens = []
        for key in (ZERO, NEW):
            card.field_off()
            card.field_on()
            card.activate()
            opens.append(Ev2Reader(select(card), 0, key).authenticated)
        assert opens == [outcome not in LANDS, outcome in LANDS]


def test_making_things_is_done_or_not():
    for outcome in ("old", "new"):
        card = with_application()
        card.transceive_torn(bytes.fromhex("cd0400eeee200000"), outcome)
        assert native(card, "6f") == ("0004" if outcome == "new" else "00")


def test_the_keeper_hears_of_every_change():
    card = with_application()
    heard = []
    card.on_change = lambda: heard.append(1)
    std_file(card)
    value_file(card)
    assert len(heard) == 2
    assert native(card, "dc05" + le4(1)) == "00" and len(heard) == 2
    assert native(card, "c7") == "00" and write(card, 4, 0, "11") == "00" and len(heard) == 4
    assert read(card, 4) and len(heard) == 4
