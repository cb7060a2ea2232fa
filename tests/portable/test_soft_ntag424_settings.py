"""ChangeFileSettings, SetConfiguration, ChangeKey and GetFileCounters of the soft NTAG 424 DNA: forms, rights, every refusal."""

from tests.portable.ntag424_bench import FULL, MAC, OK, PLAIN, ZERO, Reader, copy_of, le3, native, on_reader, present, send
from tests.portable.vector_files import entries, h

NEW = bytes(range(16))


# option, access, SDM options, SDM access (CtrRet and RFU first), then the offsets that these ask for
PICC = "4000e0" + "c1" + "f121" + le3(0x20, 0x43, 0x43)
CLEAR = "4000e0" + "c1" + "feef" + le3(10, 30)


def settings(body, file=2, family="ntag424"):
    """The answer to this body from a fresh card under key 0."""
    return Reader(on_reader(family)).settings(file, body)


def test_settings_are_taken_and_told_again():
    card = on_reader()
    for file, body, told in (
        (1, "011032", "0001" + "1032" + "200000"), (3, "00eeee", "0000eeee800000"), (2, PICC, "004000e0000100" + PICC[6:]),
        (2, "0310ee", "000310ee000100"),
    ):  # fmt: skip
        reader = Reader(card, 0)
        assert reader.settings(file, body) == "", body
        assert reader.call(0xF5, "%02x" % file, "", MAC) == told
    assert native(copy_of(card), 0xF5, "02") == "000310ee000100" + OK


def test_change_right():
    card = on_reader()
    assert native(card, 0x5F, "0200e0ee") == "91ae"
    assert Reader(card, 1).settings(2, "00e0ee") == "91ae"
    assert Reader(card, 0).settings(2, "00e0ee", PLAIN) == "917e" and Reader(card, 0).settings(2, "00e0ee", MAC) != ""
    assert Reader(card, 0).settings(2, "00e1ee") == "" and Reader(card, 0).settings(2, "00e0ee") == "91ae"
    assert Reader(card, 1).settings(2, "00eeee") == ""
    assert Reader(card, 1).settings(2, "00eeee", PLAIN) == ""  # free: plain, also in a session
    assert native(card, 0x5F, "0200efee") == OK
    assert native(card, 0x5F, "0200eeee") == "919d" and Reader(card, 0).settings(2, "00eeee") == "919d"
    assert Reader(card, 0).settings(4, "00eeee") == "91f0" and Reader(card, 0).settings(0x42, "00eeee") == "919e"
    assert native(card, 0x5F) == "917e" and native(card, 0xF5) == "917e" and native(card, 0xF5, "07") == "91f0"


def test_bodies_that_are_refused():
    for body, sw in (
        ("", "917e"), ("00e0", "917e"), ("00e0ee00", "917e"), ("80e0ee", "919e"), ("20e0ee", "919e"), ("04e0ee", "919e"),
        ("00e05e", "919e"), ("00d0ee", "919e"), ("0005ee", "919e"), ("00e0e9", "919e"),
        ("40e0ee", "917e"), ("40e0eec1f1", "917e"),
    ):  # fmt: skip
        assert settings(body) == sw, body
    assert settings(PICC, file=1) == "919d" and settings(PICC, file=3) == "919d"


def test_sdm_bodies_that_are_taken():
    for body in (
        PICC, CLEAR,
        "4000e0" + "41" + "ffef" + le3(0xFFFFFF), "4000e0" + "81" + "ffef" + le3(242), "4000e0" + "41" + "ffef" + le3(250),
        "4000e0" + "c1" + "ff3f" + le3(224), "4000e0" + "01" + "ffff", "4000e0" + "41" + "f0f1" + le3(0, 240),
        "4000e0" + "f1" + "f121" + le3(0, 40, 40, 32, 72, 5), "4000e0" + "e1" + "f121" + le3(0x20, 0x43, 0x43, 0xFFFFFF),
        "4000e0" + "d1" + "f121" + le3(0, 32, 64, 96, 240),
        "4000e0" + "c1" + "f121" + le3(100, 0, 84), "4000e0" + "c1" + "f121" + le3(32, 0, 64),
    ):  # fmt: skip
        assert settings(body) == "", body


def test_sdm_bodies_that_are_refused():
    for body, why in (
        ("4000e0" + "c0" + "feef" + le3(10, 30), "not ASCII"), ("4000e0" + "c9" + "feef" + le3(10, 30), "RFU"),
        ("4000e0" + "c1" + "0121" + le3(32, 67, 67), "RFU nibble"), ("4000e0" + "c1" + "f1e1" + le3(10, 30), "no MAC offsets"),
        ("4000e0" + "c1" + "f521" + le3(32, 67, 67), "no such key CtrRet"), ("4000e0" + "c1" + "f151" + le3(32, 67, 67), "no key MetaRead"),
        ("4000e0" + "c1" + "f12e" + le3(32, 67, 67), "FileRead free"), ("4000e0" + "c1" + "f129" + le3(32, 67, 67), "no key FileRead"),
        ("4000e0" + "01" + "ff2f" + le3(32), "MetaRead, nothing mirrored"), ("4000e0" + "81" + "ffff", "UID, no MetaRead"),
        ("4000e0" + "81" + "f1ef" + le3(10), "CtrRet, no counter"), ("4000e0" + "d1" + "ff2f" + le3(0), "file data, no FileRead"),
        ("4000e0" + "51" + "ff21" + le3(0, 40, 40, 32, 72), "file data, no UID"),
        ("4000e0" + "91" + "ff21" + le3(0, 40, 40, 32, 72), "file data, no counter"),
        ("4000e0" + "a1" + "ffef" + le3(10, 9), "limit, no counter"), ("4000e0" + "e1" + "f121" + le3(32, 67, 67, 0), "limit 0"),
        ("4000e0" + "81" + "ffef" + le3(243), "UID beyond"), ("4000e0" + "41" + "ffef" + le3(251), "counter beyond"),
        ("4000e0" + "c1" + "ff3f" + le3(225), "PICCData beyond"), ("4000e0" + "c1" + "f121" + le3(0, 41, 40), "input behind MAC"),
        ("4000e0" + "c1" + "f121" + le3(0, 40, 241), "MAC beyond"), ("4000e0" + "c1" + "f121" + le3(32, 16, 48), "PICCData and MAC"),
        ("4000e0" + "c1" + "f121" + le3(32, 16, 17), "MAC into PICCData"), ("4000e0" + "c1" + "feef" + le3(10, 20), "UID and counter"),
        ("4000e0" + "c1" + "fee1" + le3(10, 30, 5, 5), "UID and MAC"), ("4000e0" + "c1" + "fee1" + le3(40, 20, 5, 5), "counter and MAC"),
        ("4000e0" + "d1" + "f121" + le3(0, 40, 39, 32, 72), "file data before input"),
        ("4000e0" + "d1" + "f121" + le3(0, 40, 40, 32, 71), "file data into MAC"), ("4000e0" + "d1" + "f121" + le3(0, 40, 40, 16, 72), "16"),
        ("4000e0" + "d1" + "f121" + le3(0, 40, 40, 48, 96), "48"), ("4000e0" + "d1" + "f121" + le3(0, 40, 40, 0, 96), "0"),
        ("4000e0" + "d1" + "f121" + le3(50, 40, 40, 32, 96), "PICCData and file data"),
        ("4000e0" + "d1" + "fee1" + le3(60, 10, 40, 40, 32, 96), "UID and file data"),
        ("4000e0" + "d1" + "fee1" + le3(10, 60, 40, 40, 32, 96), "counter and file data"),
    ):  # fmt: skip
        assert settings(body) == ("917e" if why == "no MAC offsets" else "919e"), why
    for body in (PICC + "00", PICC[:-2], PICC[:-6], CLEAR + le3(1)):
        assert settings(body) == "917e", body


def test_picc_data_takes_more_room_in_lrp():
    assert settings("4000e0" + "c1" + "ff3f" + le3(208), family="ntag424-lrp") == ""
    assert settings("4000e0" + "c1" + "ff3f" + le3(209), family="ntag424-lrp") == "919e"
    assert settings(PICC, family="ntag424-lrp") == "919e"  # the MAC would stand in the longer PICCData
    card = on_reader()
    reader = Reader(card)
    assert reader.settings(2, PICC) == "" and reader.configure(0x05, "00000000" + "02" + "00" * 5) == ""
    assert native(present(card), 0xF5, "02") == "000000e0000100" + OK  # the switch turned SDM off
    assert copy_of(card).files[1].settings.sdm is None


def test_file_counters():
    card = on_reader()
    assert native(card, 0xF6, "02") == "919d" and native(card, 0xF6) == "917e" and native(card, 0xF6, "07") == "91f0"
    assert Reader(card).settings(2, "4000e0" + "c1" + "f1ef" + le3(10, 30)) == ""
    present(card)
    send(card, "00b0840000")
    assert native(card, 0xF6, "02") == "91ae" and Reader(card, 2).call(0xF6, "02") == "91ae"
    assert Reader(card, 1).call(0xF6, "02") == "0100000000"
    assert Reader(card).settings(2, CLEAR) == ""
    present(card)
    assert native(card, 0xF6, "02") == "0100000000" + OK and Reader(card, 3).call(0xF6, "02") == "0100000000"
    assert Reader(card).settings(2, "4000e0" + "c1" + "ffef" + le3(10, 30)) == "" and Reader(card).call(0xF6, "02") == "919d"
    assert native(present(card), 0xF6, "0200") == "919d"


def test_change_key():
    card = on_reader()
    for number in (4, 3, 2, 1):
        reader = Reader(card)
        assert reader.change_key(number, NEW, number) == ""
        assert reader.call(0x64, "%02x" % number, "", MAC) == "%02x" % number
        assert not Reader(card, number).authenticated and Reader(card, number, NEW).authenticated
    reader = Reader(card)
    assert reader.change_key(0, NEW, 0x42) == OK  # the key in use: no MAC, and the session is over
    assert reader.call(0x51) == "91ae" and not Reader(card).authenticated and Reader(card, 0, NEW).authenticated
    assert native(present(copy_of(card)), 0x64, "00") == "42" + OK


def test_change_key_refused():
    card = on_reader()
    assert native(card, 0xC4, "01" + "00" * 21) == "91ae" and native(card, 0xC4) == "917e" and native(card, 0xC4, "05") == "9140"
    assert Reader(card, 1).change_key(1, NEW, 1) == "91ae"
    assert Reader(card).change_key(1, NEW, 1, old=NEW) == "911e"  # the CRC does not fit the key that comes out
    assert Reader(card).call(0xC4, "01", NEW.hex() + "00") == "917e" and Reader(card).call(0xC4, "00", NEW.hex() + "00" * 5) == "917e"
    assert Reader(card).call(0xC4, "01", (NEW + b"\x00" + bytes(4)).hex()) == "911e"
    assert Reader(card).call(0xC4, "01", "00" * 21, PLAIN) == "917e"
    assert [slot.key for slot in card.keys] == [ZERO] * 5


def test_change_key_as_recorded():
    for e in entries("ntag424.json", "ntag424_change_key", 1):
        card = on_reader()
        reader = Reader(card)
        card.session._ses_enc, card.session._ses_mac = h(e["ses_enc"]), h(e["ses_mac"])
        card.session.ti, card.session.counter = h(e["ti"]), e["cmd_ctr"]
        assert reader.authenticated and send(card, e["cmd"]) == e["resp"]
        assert (card.keys[e["key_no"]].key.hex(), card.keys[e["key_no"]].version) == (e["new_key"], e["key_version"])


def test_set_configuration_refused():
    card = on_reader()
    assert native(card, 0x5C, "00" * 2) == "91ae" and native(card, 0x5C) == "917e" and Reader(card, 1).configure(0x00, "00") == "91ae"
    for option, data, sw in (
        (0x00, "0000", "917e"), (0x00, "01", "919e"), (0x00, "04", "919e"), (0x04, "00", "917e"), (0x05, "00" * 9, "917e"),
        (0x0A, "00" * 4, "917e"), (0x0B, "0000", "917e"), (0x01, "00", "919e"), (0x0C, "00", "919e"),
    ):  # fmt: skip
        assert Reader(card).configure(option, data) == sw, (option, data)
    assert Reader(card).call(0x5C, "00", "02", MAC) == "917e" and not card.random_id
    fresh = on_reader().state()
    assert card.state() == fresh


def test_modulation_shows_in_the_version():
    card = on_reader()
    assert Reader(card).configure(0x0B, "00") == "" and native(present(card), 0x60) == "04048230001105" + "91af"
    assert Reader(present(card)).configure(0x0B, "01") == "" and native(present(card), 0x60) == "04040230001105" + "91af"


def test_torn_changes_are_old_or_new():
    for outcome, new in (("old", False), ("new", True), ("garbage", True), ("zero", False)):
        card = on_reader()
        reader = Reader(card)
        frame = reader.frame(0xC4, b"\x00", NEW + b"\x05", FULL)
        assert card.transceive_torn(frame, outcome)[1]
        card = copy_of(card)
        assert Reader(card, 0, NEW if new else ZERO).authenticated
        card = on_reader()
        reader = Reader(card)
        assert card.transceive_torn(reader.frame(0x5F, b"\x02", bytes.fromhex(PICC), FULL), outcome)[1]
        assert (card.files[1].settings.sdm is not None) == new
        card = on_reader()
        reader = Reader(card)
        assert card.transceive_torn(reader.frame(0x5C, b"\x00", b"\x02", FULL), outcome)[1] and card.random_id == new
