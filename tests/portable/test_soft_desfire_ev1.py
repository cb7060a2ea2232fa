"""Soft DESFire in the EV1 channel under AES: running IV, modes, chained frames, ChangeKey."""

from tests.portable.desfire_bench import AID, UID, again, backup_file, le3, le4, native, read, record_file, std_file, value_file, with_application
from tests.portable.desfire_reader import FULL, MAC, PLAIN, ZERO, Ev1Reader

NEW = bytes(range(1, 17))
FAMILIES = ("desfire-ev1", "desfire-ev2", "desfire-ev3")


def reader(card, number=0, key=ZERO):
    made = Ev1Reader(card, number, key)
    assert made.authenticated
    return made


def test_every_mode_both_ways_in_one_session():
    for family in FAMILIES:
        card = with_application(family)
        for number, comm in ((1, 0), (2, 1), (3, 3)):
            std_file(card, number, comm, "0000", 200)
        session = reader(card)
        for number, mode in ((1, PLAIN), (2, MAC), (3, FULL)):
            assert session.write(number, 3, "c0ffee" * 50, mode) == ""
            assert session.read(number, 3, 150, mode) == "c0ffee" * 50
            assert session.read(number, 0, 0, mode) == "000000" + "c0ffee" * 50 + "00" * 47, "length 0: all of it"
        assert session.call(0x51) == UID.hex() and session.call(0x6F, mode=PLAIN) == "010203"
        assert session.call(0x60, mode=PLAIN)[-28:-14] == UID.hex(), "one CMAC behind three frames"
        assert session.call(0xF5, "03", mode=PLAIN) == "00030000c80000"
        assert session.read(9, 0, 1, PLAIN) == "!f0" and native(card, "51") == "ae"


def test_answers_of_an_aes_session_are_cut_after_48_bytes():
    card = with_application("desfire-ev3")
    std_file(card, 1, 0, "0000", 100)
    session = reader(card)
    answer = card.transceive(session.frame(0xBD, bytes.fromhex("01000000640000"), b"", PLAIN))
    assert (answer[0], len(answer)) == (0xAF, 49)


def test_values_records_and_commit():
    for needs_mac in (True, False):
        card = with_application("desfire-ev1", credit_needs_mac=needs_mac)
        value_file(card, 5, 1, "0000")
        value_file(card, 6, 3, "0000")
        record_file(card, 2, 1, "0000")
        session = reader(card)
        for number, mode in ((5, MAC), (6, FULL)):
            assert session.call(0xDC, "%02x" % number, le4(30), mode, MAC) == ""
            assert session.call(0x6C, "%02x" % number, "", mode) == le4(100)
        assert session.call(0x3B, "02" + le3(0) + le3(2), "aabb", MAC) == ""
        assert session.call(0xC7, mode=PLAIN) == "" and session.call(0x6C, "05", "", MAC) == le4(70)
        assert session.call(0xBB, "02" + le3(0) + le3(1), "", MAC) == "aabb" + "00" * 6
        assert session.call(0xDC, "05", le4(1), PLAIN) == ("!7e" if needs_mac else "")


def test_a_wrong_mac_or_cryptogram_ends_the_session():
    card = with_application("desfire-ev1")
    std_file(card, 2, 1, "0000", 8)
    std_file(card, 3, 3, "0000", 8)
    for number, mode in ((2, MAC), (3, FULL)):
        session = reader(card)
        frame = session.frame(0x3D, bytes.fromhex("%02x000000010000" % number), b"\xaa", mode)
        assert card.transceive(frame[:-1] + bytes([frame[-1] ^ 1])).hex() == "1e"
        assert native(card, "51") == "ae"
        session = reader(card)
        session.iv = bytes([1]) + bytes(15)
        assert session.write(number, 0, "aa", mode) == "!1e", "the IV runs through the session"


def test_change_key_of_both_kinds():
    card = with_application("desfire-ev1")
    session = reader(card)
    assert session.change_key(1, NEW, 7) == "" and session.call(0x64, "01", "", PLAIN) == "07"
    assert session.change_key(1, ZERO, 8, NEW) == "" and session.change_key(2, NEW, 1, NEW) == "!1e", "the old key is another"
    session = reader(card)
    assert session.change_key(0, NEW, 9, in_use=True) == "bare" and native(card, "6400") == "0009"
    assert not Ev1Reader(card, 0, ZERO).authenticated and Ev1Reader(card, 0, NEW).authenticated
    assert reader(again(card), 0, NEW).change_key(5, NEW, 0) == "!40"


def test_settings_are_enciphered():
    card = with_application("desfire-ev1")
    std_file(card, 3, 0, "0000", 8)
    session = reader(card)
    assert session.settings(3, "03e0ee") == "" and session.call(0xF5, "03", "", PLAIN) == "0003e0ee080000"
    assert session.call(0x54, "", "09", FULL) == "" and session.call(0x45, mode=PLAIN) == "0985"
    assert read(again(card), 3) == "00" + "00" * 8


def test_a_free_file_is_plain_for_a_key_that_is_not_named():
    card = with_application("desfire-ev1")
    std_file(card, 3, 3, "10e0", 8)
    backup_file(card, 1, 3, "0000")
    session = reader(card, 2)
    assert session.read(3, 0, 2, PLAIN) == "0000", "with the CMAC that every answer has"
    assert session.write(1, 0, "aa", FULL) == "!ae"


def test_des_commands_where_there_is_no_des():
    from cardos.crypto import tdes

    card = with_application("desfire-ev1")
    assert native(card, "1a00") == "ae" and native(card, "0a00") == "ae", "an AES key"
    assert native(card, "5a000000") == "00"
    answer = native(card, "1a00")
    assert answer[:2] == "af" if tdes.AVAILABLE else answer == "1c"
    native(card, "5a000000")
    assert native(card, "5a" + AID) == "00"
