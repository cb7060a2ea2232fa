"""Soft DESFire: delivery, framings, applications, memory, random ID, saved state."""

from cardos.errors import BadInput
from cardos.soft_cards.registry import load_card, new_card
from tests.portable.desfire_bench import (
    AID, UID, FixedNoise, again, apdu, backup_file, copy_of, le3, native, on_reader, present, read, reader, record_file,
    std_file, value_file, with_application, write,
)
from tests.portable.desfire_reader import MAC

FAMILIES = ("desfire-ev1", "desfire-ev2", "desfire-ev3")
VERSIONS = {"desfire-ev1": "0401010100", "desfire-ev2": "0401011200", "desfire-ev3": "0401013300"}


def test_as_delivered():
    for family in FAMILIES:
        card = on_reader(family)
        assert native(card, "60") == "af" + VERSIONS[family] + "1805"
        assert native(card, "af")[:10] == "af04010101"[:10] or family != "desfire-ev1"
        assert native(card, "af")[:16] == "00" + UID.hex()
        assert native(card, "45") == "000f01", "single DES master key, everything free"
        assert native(card, "6400") == "0000"
        assert native(card, "6a") == "00"
        assert native(card, "6e") == "00" + le3(4864)
        assert native(card, "51") == "ae", "GetCardUID wants a key"


def test_sizes_are_told_and_end():
    for size, storage, usable in ((2048, "16", 2304), (4096, "18", 4864), (8192, "1a", 7936)):
        card = with_application("desfire-ev1", size=size)
        assert native(card, "60")[12:14] == storage
        assert native(card, "af") and native(card, "af")
        assert native(present(card), "6e") == "00" + le3(usable - 128), "one application of five AES keys"
        again(card)
        assert native(card, "cd0100eeee" + le3(usable)) == "0e"
        assert native(again(card), "cd0100eeee" + le3(usable - 160)) == "00"
        assert native(card, "cd0200eeee010000") == "0e", "full"
        assert native(card, "df01") == "00" and native(card, "6e") == "00000000", "deleting gives nothing back"


def test_wrapped_and_native_frames_say_the_same():
    card = with_application()
    std_file(card)
    assert apdu(card, 0xBD, "04000000000000") == bytes(32).hex() + "9100"
    assert apdu(card, 0xF5, "04") == "0000eeee2000009100"
    assert apdu(card, 0x5A, "010203") == "91a0"
    assert card.transceive(bytes.fromhex("9060000000")).hex()[-4:] == "91af"
    assert card.transceive(bytes.fromhex("90af0000")).hex()[-4:] == "91af", "Le may be missing"
    assert card.transceive(bytes.fromhex("90af000000")).hex()[-4:] == "9100"
    assert card.transceive(bytes.fromhex("9060010000")).hex() == "6a86"
    assert card.transceive(bytes.fromhex("905a000004010203")).hex() == "6700"
    assert card.transceive(b"\x90").hex() == "6700"


def test_an_unfinished_chain_aborts_the_next_command_once():
    card = on_reader()
    assert native(card, "60")[:2] == "af"
    assert native(card, "5a000000") == "ca"
    assert native(card, "5a000000") == "00"
    assert native(card, "af") == "1c", "nothing is going on"
    assert native(card, "f0") == "1c" and native(card, "00") != "00"
    assert native(on_reader("desfire-ev1"), "7100") == "1c", "no EV2 channel on EV1"


def test_applications():
    card = on_reader("desfire-ev3")
    assert native(card, "ca0102030f81") == "00"
    assert native(card, "ca0102030f81") == "de"
    assert native(card, "ca0000000f81") == "de"
    assert native(card, "ca0402030fc1") == "9e", "two kinds of key"
    assert native(card, "ca0402030f80") == "9e", "no key"
    assert native(card, "ca0402030f") == "7e"
    assert native(card, "ca0402030f2110e1d2760000850101") == "00"
    assert native(card, "6a") == "00010203040203"
    assert native(card, "6d") == "0004020310e1d2760000850101"
    assert native(card, "5a010203") == "00" and native(card, "45") == "000f81"
    assert native(card, "6a") == "9d", "inside an application"
    assert native(card, "5a999999") == "a0"
    assert native(present(card), "da010203") == "ae", "deleting wants a master key"


def test_ev1_holds_28_applications_and_lists_them_in_frames():
    card = on_reader("desfire-ev1", size=8192)
    for number in range(28):
        assert native(card, "ca%02x00000f81" % (number + 1)) == "00"
    assert native(card, "ca2000000f81") == "ce"
    first, last = native(card, "6a"), native(card, "af")
    assert (first[:2], len(first) // 2, last[:2], len(last) // 2) == ("af", 1 + 19 * 3, "00", 1 + 9 * 3)
    card = on_reader("desfire-ev2", size=8192)
    for number in range(29):
        assert native(card, "ca%02x00000f81" % (number + 1)) == "00"


def test_application_master_key_deletes_its_own_application():
    card = with_application()
    session = reader(card)
    assert session.call(0xDA, "", AID, MAC) == ""
    assert native(card, "6a") == "00", "back at the PICC level, without session"


def test_two_applications_at_once():
    card = with_application()
    std_file(card, 1, size=4)
    assert native(present(card), "ca1111110f81") == "00" and native(card, "5a111111") == "00"
    std_file(card, 1, size=8)
    assert native(card, "5a" + AID + "111111") == "00"
    assert write(card, 0x01, 0, "aaaaaaaa") == "00" and write(card, 0x81, 0, "bbbbbbbbbbbbbbbb") == "00"
    assert read(card, 0x01) == "00aaaaaaaa" and read(card, 0x81) == "00bbbbbbbbbbbbbbbb"
    assert native(card, "6481") == "40", "the second one has one key"
    assert native(card, "5a" + AID + AID) == "9e"
    assert native(on_reader("desfire-ev1"), "5a000000000000") == "7e"


def test_two_applications_commit_together():
    card = with_application()
    backup_file(card, 1, size=4)
    assert native(present(card), "ca1111110f81") == "00" and native(card, "5a111111") == "00"
    backup_file(card, 1, size=4)
    assert native(card, "5a" + AID + "111111") == "00"
    assert write(card, 0x01, 0, "aaaaaaaa") == "00" and write(card, 0x81, 0, "bbbbbbbb") == "00"
    assert native(card, "c7") == "00"
    assert read(card, 0x01) == "00aaaaaaaa" and read(card, 0x81) == "00bbbbbbbb"


def test_random_id_hides_the_uid_from_the_next_power_up_on():
    card = on_reader("desfire-ev2", noise=FixedNoise(["a1a2a3", "b1b2b3"]), random_id=True)
    card.field_off()
    card.field_on()
    activation = card.activate()
    assert activation.uid.hex() == "08b1b2b3" and activation.atqa.hex() == "0403"
    assert native(card, "60") and native(card, "af")
    assert native(card, "af")[2:16] == bytes(7).hex()


def test_state_comes_back_and_equal_memories_give_equal_states():
    for family in FAMILIES:
        card = with_application(family, signature=bytes(range(56)))
        std_file(card)
        backup_file(card)
        value_file(card)
        record_file(card)
        assert write(card, 4, 0, "c0ffee") == "00"
        assert native(card, "3b02000000080000" + "11" * 8) == "00" and native(card, "c7") == "00"
        twin = copy_of(card)
        assert twin.state() == card.state()
        assert read(twin, 4, 0, 3) == "9d" and native(twin, "5a" + AID) == "00"
        assert read(twin, 4, 0, 3) == "00c0ffee" and native(twin, "bb02000000000000") == "00" + "11" * 8


def test_a_bad_state_is_refused_and_changes_nothing():
    card = with_application()
    std_file(card)
    before = card.state()
    for name, value in (("uid", "04"), ("size", 5), ("applications", 3), ("picc", None), ("used", 99999), ("failures", -1),
                        ("family", "desfire-ev1"), ("random_id", 1), ("options", []), ("strict_transactions", None)):
        bad = dict(before)
        bad[name] = value
        try:
            card.restore(bad)
        except BadInput:
            assert card.state() == before
            continue
        raise AssertionError(name)
    for wrong in ({"family": "desfire-ev2"}, {}):
        try:
            load_card(wrong)
        except BadInput:
            continue  # as it should
        raise AssertionError(wrong)
    card.restore(before)
    assert card.state() == before


def test_bad_options_are_refused():
    for options in ({"size": 1000}, {"signature": b"1"}, {"batch": b"1"}, {"made": b""}, {"random_id": "yes"}):
        try:
            new_card("desfire-ev2", UID, **options)
        except BadInput:
            continue  # as it should
        raise AssertionError(options)


def test_signature():
    card = on_reader("desfire-ev2", signature=bytes(range(56)))
    assert native(card, "3c00") == "90" + bytes(range(56)).hex(), "its word for done, as on NTAG 424"
    assert native(on_reader("desfire-ev1"), "3c00") == "1c"


def test_nothing_answers_outside_the_field():
    card = on_reader()
    card.field_off()
    assert card.transceive(b"\x60") is None and card.activate() is None
    card.field_on()
    card.activate()
    card.halt()
    assert card.transceive(b"\x60") is None and card.activate(wake=False) is None
    assert card.activate() is not None
