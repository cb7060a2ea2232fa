"""Frames of DESFire and NTAG 424: native, wrapped, in pieces; what may come back, and settings as bytes."""

from cardos.errors import CardAnswered, CardRefused, RangeError
from cardos.families import commands as rows
from cardos.families import desfire, ntag424
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.file_settings import (
    CYCLIC,
    FREE,
    NEVER,
    VALUE,
    Access,
    Sdm,
    access_word,
    key_settings_byte,
    read_access_word,
    read_file_settings,
    read_key_settings,
    read_signed_le,
    read_version,
    sdm_body,
    signed_le,
    storage_bytes,
)
from cardos.families.wrapped import Native, Wrapped, converse
from tests.portable.families_bench import play, refusal


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return error
    return None


def test_frames():
    assert Wrapped().frame(0x60, b"").hex() == "9060000000"
    assert Wrapped().frame(0x5A, b"stp").hex() == "905a00000373747000"
    assert Native().frame(0x5A, b"stp").hex() == "5a737470"
    assert Wrapped().answer("x", bytes.fromhex("0102919d")) == (0x9D, b"\x01\x02")
    assert Native().answer("x", bytes.fromhex("9d0102")) == (0x9D, b"\x01\x02")
    for raw in (b"", b"\x91"):
        assert raises(CardAnswered, Wrapped().answer, "x", raw)
    assert raises(CardAnswered, Native().answer, "x", b"")
    for word in (0x9000, 0x6D00, 0x6E00, 0x0000):
        error = raises(CardRefused, Wrapped().answer, "x", word.to_bytes(2, "big"))
        assert error.status == word and error.code == "STATUS_%04X" % word


def test_long_commands_go_in_pieces_of_59_bytes():
    data = bytes(range(200))
    for framing, head, more, done in ((Native(), "3d", "af", "00"), (Wrapped(), "903d00003b", "91af", "9100")):
        tail = "" if framing.name == "native" else "00"
        next_head = "af" if framing.name == "native" else "90af0000%02x"
        dialogue = [(head + data[:59].hex() + tail, more)]
        for start, end in ((59, 118), (118, 177), (177, 200)):
            frame = (next_head % (end - start) if tail else next_head) + data[start:end].hex() + tail
            dialogue.append((frame, more if end < 200 else done))
        assert play(converse(framing, rows.WRITE_DATA, data), dialogue) == (0, b"")


def test_a_card_that_ends_a_long_command_early_is_not_believed():
    data = bytes(100)
    assert refusal(converse(Wrapped(), rows.WRITE_DATA, data), [(None, "9100")]) == "CARD_ANSWER_UNKNOWN"
    assert refusal(converse(Wrapped(), rows.WRITE_DATA, data), [(None, "919e")]) == "STATUS_9E"
    assert refusal(converse(Wrapped(), rows.WRITE_DATA, data), [(None, "0191af")]) == "READ_AGAIN"


def test_long_answers_are_collected_and_bounded():
    dialogue = [("9060000000", "010291af"), ("90af000000", "0391af"), ("90af000000", "049100")]
    assert play(converse(Wrapped(), rows.GET_VERSION, b""), dialogue) == (0, b"\x01\x02\x03\x04")
    assert refusal(converse(Wrapped(), rows.GET_VERSION, b""), [(None, "91af")] * 300) == "CARD_ANSWER_UNKNOWN"
    long = [(None, "00" * 250 + "91af")] * 34
    assert refusal(converse(Wrapped(), rows.GET_VERSION, b""), long) == "CARD_ANSWER_UNKNOWN"


def test_a_whole_command_must_fit():
    assert raises(RangeError, lambda: list(converse(Wrapped(), rows.WRITE_DATA_ISO, bytes(256), True)))
    card = ntag424.Ntag424(None)
    for call in (card.write(3, 0, b"", PLAIN), card.write(3, 0, bytes(129), PLAIN), card.read(3, 0, 257, PLAIN), card.read(3, 0, 249, MAC),
                 card.read(3, 0, 240, FULL), card.read(3, 1 << 24, 1, PLAIN), card.iso_read(0, 0), card.iso_read(0x8000, 1),
                 card.iso_update(0, bytes(129)), card.iso_update(0, b"")):
        assert refusal(call, []) == "OUT_OF_RANGE"


def test_lengths_of_answers_are_checked():
    card = ntag424.Ntag424(None)
    assert refusal(card.read(2, 0, 4, PLAIN), [(None, "0102039100")]) == "READ_AGAIN"
    assert refusal(card.read(2, 0, 4, PLAIN), [(None, "01020304059100")]) == "READ_AGAIN"
    assert play(card.read(2, 0, 0, PLAIN), [("90ad00000702000000000000" + "00", "010203049100")]) == b"\x01\x02\x03\x04"
    assert refusal(card.key_version(0), [(None, "9100")]) == "READ_AGAIN"
    assert refusal(card.select(), [(None, "019000")]) is None  # an FCI that was not asked for is left alone
    assert refusal(card.iso_read(0, 2), [("00b0000002", "019000")]) == "READ_AGAIN"
    assert refusal(desfire.Desfire(None, 2).free_memory(), [(None, "00009100")]) == "READ_AGAIN"
    assert refusal(desfire.Desfire(None, 2).applications(), [(None, "737470739100")]) == "CARD_ANSWER_UNKNOWN"


def test_a_select_that_finds_an_open_command_is_said_again_once():
    card = desfire.Desfire(None, 3)
    assert play(card.first_version(), [("9060000000", "0401013300180591af")]).hex() == "04010133001805"
    select = "905a00000373747000"
    assert refusal(card.select(b"stp"), [(select, "91ca"), (select, "9100")]) is None
    assert refusal(card.select(b"stp"), [(select, "91ca"), (select, "91ca")]) == "STATUS_CA"
    assert refusal(card.select(b"stp"), [(select, "91a0")]) == "STATUS_A0"
    assert refusal(card.first_version(), [(None, "040101330018059100")]) == "STATUS_00"
    assert refusal(card.first_version(), [(None, "04010133001891af")]) == "READ_AGAIN"


def test_how_many_exchanges_a_desfire_command_takes():
    old, new = desfire.Desfire(None, 1), desfire.Desfire(None, 2)
    assert play(old.write(1, 16, bytes(40), PLAIN), [("903d00002f" + "01100000280000" + "00" * 40 + "00", "9100")]) is None
    assert play(new.write(1, 16, bytes(200), PLAIN), [("908d0000cf" + "01100000c80000" + "00" * 200 + "00", "9100")]) is None
    assert play(new.read(1, 0, 48, PLAIN), [("90ad00000701000000300000" + "00", "00" * 48 + "9100")]) == bytes(48)
    assert play(old.read(1, 0, 48, PLAIN), [("90bd00000701000000300000" + "00", "00" * 48 + "9100")]) == bytes(48)
    dialogue = [(None, "91af")] * 5 + [(None, "9100")]
    assert play(new.write(1, 0, bytes(300), PLAIN), dialogue) is None


def test_records_come_apart():
    card = desfire.Desfire(None, 2)
    answer = b"aaaabbbb".hex() + "9100"
    assert play(card.read_records(2, 0, 2, 4, PLAIN), [("90ab00000702000000020000" + "00", answer)]) == [b"aaaa", b"bbbb"]
    assert play(card.read_records(2, 0, 0, 4, PLAIN), [("90bb00000702000000000000" + "00", answer)]) == [b"aaaa", b"bbbb"]
    assert refusal(card.read_records(2, 0, 0, 3, PLAIN), [(None, answer)]) == "READ_AGAIN"


def test_access_words_and_numbers():
    assert access_word(Access(0xE, 0, 0, 0)).hex() == "00e0" and read_access_word(b"\x00\xe0") == Access(0xE, 0, 0, 0)
    assert access_word((2, 3, 3, 0)).hex() == "3023" and raises(RangeError, access_word, (16, 0, 0, 0))
    for value in (0, 1, -1, 0x7FFFFFFF, -0x80000000):
        assert read_signed_le(signed_le(value)) == value
    assert signed_le(-2).hex() == "feffffff"
    for value in (0x80000000, -0x80000001, None):
        assert raises(RangeError, signed_le, value)


def test_file_settings():
    value = read_file_settings(bytes.fromhex("020330120000" + "0000ffffff7f0000000003"))
    assert value.kind == VALUE and value.mode == FULL and value.access == Access(1, 2, 3, 0)
    assert (value.lower, value.upper, value.limited, value.limited_on) == (0, 0x7FFFFFFF, 0, 3)
    records = read_file_settings(bytes.fromhex("04010021" + "200000" + "0b0000" + "030000"))
    assert records.kind == CYCLIC and (records.record_size, records.records_max, records.records_now) == (32, 11, 3)
    assert read_file_settings(bytes.fromhex("050130f10201")).access.write == 1
    assert read_file_settings(bytes.fromhex("000200e0200000")).mode == PLAIN
    for bad in ("", "00", "0000", "00000000", "000000001000", "0000000010000000", "0600000000", "02000000", "0040000010000041"):
        assert raises(CardAnswered, read_file_settings, bytes.fromhex(bad)), bad


def test_sdm_settings_are_written_and_read_back():
    made = Sdm(0xC1, 2, 1, 1, None, None, 0x20, 0x43, None, None, 0x43, None)
    # NXP AN12196 section 5.9, table 18: option 40, access 00E0, SDM options C1, access F121, offsets 20 43 43
    body = sdm_body(PLAIN, Access(FREE, 0, 0, 0), made)
    assert body.hex() == "4000e0c1f121200000430000430000"
    read = read_file_settings(b"\x00" + body[:3] + b"\x00\x01\x00" + body[3:])
    assert read.sdm == made and read.size == 256
    assert raises(RangeError, sdm_body, PLAIN, Access(FREE, 0, 0, 0), Sdm(0xC1, 2, NEVER, NEVER, None, None, 0x20, 0x43, None, None, 0x43, None))
    assert raises(RangeError, sdm_body, PLAIN, Access(FREE, 0, 0, 0), Sdm(0xC1, FREE, NEVER, NEVER, 1, None, None, None, None, None, None, None))
    assert sdm_body(MAC, Access(1, 2, 2, 0), None).hex() == "012012"


def test_key_settings_and_versions():
    settings = read_key_settings(b"\x0f\x83")
    assert (settings.who_changes, settings.key_count, settings.key_type) == (0, 3, 0x80)
    assert key_settings_byte(0, True, True, True, True) == 0x0F and key_settings_byte(0xE, False, False, True, False) == 0xE2
    assert raises(CardAnswered, read_key_settings, b"\x0f") and raises(CardAnswered, read_key_settings, b"\x0f\x01\x01")
    version = read_version(bytes.fromhex("04010133001805" + "04010103001805" + "0464d59add1e90" + "2113623030" + "4024"))
    assert (version.uid.hex(), version.week, version.year) == ("0464d59add1e90", 40, 24)
    assert raises(CardAnswered, read_version, bytes(27)) and raises(CardAnswered, read_version, bytes(30))
    assert [storage_bytes(code)[0] for code in (0x16, 0x18, 0x1A, 0x11)] == [2048, 4096, 8192, 256] and storage_bytes(0x11)[1] == 512
