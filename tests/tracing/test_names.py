"""Commands and answers in words: what a trace calls them is what the manual and our drivers call them."""

import pytest

from cardos.families import classic, commands, type2
from cardos.families.status import MEANINGS
from host_tools.tracing.desfire_names import COMMANDS, STATUS
from host_tools.tracing.names import Words, answer_words


def said(kind, *frames):
    words = Words(kind)
    return [(one.name, one.detail) for one in (words.said(bytes.fromhex(frame)) for frame in frames)]


@pytest.mark.parametrize("frame, name, detail", [
    ("60", "GET_VERSION", ""),
    ("3004", "READ", "page 04"),
    ("3a0027", "FAST_READ", "pages 00 to 27"),
    ("a22ada000000", "WRITE", "page 2A"),
    ("1bffffffff", "PWD_AUTH", ""),
    ("3902", "READ_CNT", "counter 2"),
    ("a5020100000000", "INCR_CNT", "counter 2"),
    ("a210010203041122334455667788", "WRITE", "page 10, with MAC"),
    ("3c00", "READ_SIG", ""),
    ("ee", "command EE", ""),
])  # fmt: skip
def test_type_2(frame, name, detail):
    assert said("type2", frame) == [(name, detail)]


def test_type_2_in_two_steps():
    assert said("type2", "1a00", "af" + "00" * 16) == [("AUTHENTICATE", "key 0"), ("AUTHENTICATE", "part 2")]
    assert said("type2", "a012", "00" * 16) == [("COMPATIBILITY_WRITE", "page 12"), ("COMPATIBILITY_WRITE", "page 12, its data")]


def test_wrapped_and_native_and_iso():
    assert said("iso-dep", "00a4040007d276000085010100", "9071000003020000" + "00", "90af000020" + "00" * 33) == [
        ("ISOSelectFile", "name d2760000850101"), ("AuthenticateEV2First", "key 2"), ("AdditionalFrame", "AuthenticateEV2First, part 2"),
    ]  # fmt: skip
    assert said("iso-dep", "907100000803060200000000000000"[:26] + "00") == [("AuthenticateLRPFirst", "key 3")]
    assert said("iso-dep", "5a737470", "bd01000000300000") == [("SelectApplication", "application 707473"), ("ReadData", "file 1, from 0, 48 bytes")]
    assert said("iso-dep", "00b000000f", "00d6000203aabbcc") == [("ISOReadBinary", "from 0, 15 bytes"), ("ISOUpdateBinary", "from 2, 3 bytes")]
    assert said("iso-dep", "90ab000007020000000100000000") == [("ReadRecords", "file 2, from record 0, 1 records")]


def test_classic_and_the_reader_s_own():
    assert said("classic", "6004ffffffffffff", "3004", "a004" + "00" * 16) == [
        ("AUTH_A", "block 4"), ("READ", "block 4"), ("WRITE", "block 4"),
    ]  # fmt: skip
    assert said("classic", "ffca000000", "ff82000006ffffffffffff") == [("GetData", "through the reader"), ("LoadKeys", "through the reader")]


@pytest.mark.parametrize("kind, frame, answer, words", [
    ("type2", "a20400000000", "0a", "ACK"),
    ("type2", "3004", "00" * 16, "16 bytes"),
    ("type2", "1bffffffff", "04", "NAK 4: limit of wrong passwords reached, or not authenticated"),
    ("type2", "a20400000000", "05", "NAK 5: writing the EEPROM failed"),
    ("iso-dep", "90aa0000010000", "91ae", "91AE authentication error"),
    ("iso-dep", "90aa0000010000", "00" * 16 + "91af", "16 bytes, 91AF more frames follow"),
    ("iso-dep", "90c7000000", "9100", "9100 done"),
    ("iso-dep", "90c7000000", "91be", "91BE boundary error"),
    ("iso-dep", "9060000000", "6982", "6982 security status not satisfied"),
    ("iso-dep", "00a4000002e10400", "9000", "9000 done"),
    ("iso-dep", "00b0000000", "6c20", "6C20 wrong Le, 32 bytes are there"),
    ("iso-dep", "5a737470", "a0", "A0 no such application"),
    ("iso-dep", "bd01000000300000", "00" + "11" * 48, "48 bytes, 00 done"),
    ("iso-dep", "9060000000", "9177", "9177 status unknown"),
])  # fmt: skip
def test_answers(kind, frame, answer, words):
    assert answer_words(kind, bytes.fromhex(frame), bytes.fromhex(answer)) == words


def test_the_names_are_those_of_our_drivers():
    rows = [row for row in vars(commands).values() if isinstance(row, commands.Command)]
    assert len(rows) > 40
    for row in rows:
        assert COMMANDS[row.code][0] == row.name.replace("LRP", "EV2")  # the same codes; the name tells what was asked for
    for row in [row for row in vars(classic).values() if isinstance(row, classic.Command)]:
        assert said("classic", "%02x00" % row.code)[0][0] == row.name
    for row in [row for row in vars(type2).values() if isinstance(row, type2.Command)]:
        assert said("type2", "%02x" % row.code)[0][0] == row.name.split(",")[0]


def test_every_status_that_our_drivers_know_has_words():
    assert set(MEANINGS) <= set(STATUS)
