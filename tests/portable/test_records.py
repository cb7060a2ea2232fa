"""Golden bytes of issuer block and record (the rows that docs/card-format.md prints), and every range of every field."""

from cardos.errors import BadInput, RangeError
from cardos.ndef import link_area, read_link
from cardos.records import fields
from cardos.records.diversification import CardKeys, diversifier
from cardos.records.issuer_block import IssuerBlock, Profile, decode_issuer_block, decode_profile, scheme_of
from cardos.records.record import (
    NO_LINK,
    UNUSED,
    Counter,
    Record,
    RecordMac,
    body_size,
    decode_body,
    slot_size,
    trailer_done,
    trailer_in_progress,
)
from tests.portable.shop import DAY, KEYS, LINK, MINUTE, SCHEME, UID

CARD_KEYS = CardKeys(KEYS, SCHEME, UID)
BLOCK = IssuerBlock(1, SCHEME, 0, 1, Profile(0, 1, True, True), DAY)
BLOCK_BYTES = bytes.fromhex("11ffff0000000000010308cb92d335f2")
OPENING = Record(1, fields.OPENING, 0, 1, 1, MINUTE, 1, 1, NO_LINK, (UNUSED,))
EARN = Record(1, fields.EARN, 0, 1, 2, MINUTE, 1, 2, bytes.fromhex("dfc6d5eb"), (Counter(1, 1, 0),))
THREE = Record(1, fields.EARN, 0, 1, 2, MINUTE, 1, 2, bytes.fromhex("dfc6d5eb"), (Counter(1, 8388607, 4000), Counter(2, -8388608, 0), UNUSED))
GOLDEN = (  # record, body, MAC
    (OPENING, "11010101000001014e380001000100000000000000000000", "dfc6d5ebc295163a"),
    (EARN, "11010201000002014e3800010002dfc6d5eb010000010000", "f6129f9177c3e598"),
    (THREE, "11010201000002014e3800010002dfc6d5eb017fffff0fa0028000000000000000000000", "8f63e434c0e2df83"),
)


def refuses(function, *arguments):
    try:
        function(*arguments)
    except RangeError:
        return True
    return False


def changed(record, **fields_new):
    names = ("epoch", "operation", "flags", "pack", "sequence", "minute", "terminal", "transaction", "previous", "counters")
    return Record(*[fields_new.get(name, getattr(record, name)) for name in names])


def test_issuer_block_golden_bytes():
    assert BLOCK.encode("ntag215", CARD_KEYS) == BLOCK_BYTES
    assert decode_issuer_block(BLOCK_BYTES, "ntag215", CARD_KEYS) == BLOCK
    assert scheme_of(BLOCK_BYTES) == SCHEME and scheme_of(bytes(16)) is None


def test_every_flipped_bit_of_an_issuer_block_is_refused():
    for bit in range(128):
        flipped = bytearray(BLOCK_BYTES)
        flipped[bit // 8] ^= 1 << bit % 8
        assert decode_issuer_block(bytes(flipped), "ntag215", CARD_KEYS) is None, bit


def test_an_issuer_block_is_bound_to_family_and_uid():
    assert decode_issuer_block(BLOCK_BYTES, "ntag216", CARD_KEYS) is None
    assert decode_issuer_block(BLOCK_BYTES, "ntag215", CardKeys(KEYS, SCHEME, b"\x04" + UID[:6])) is None


def test_profiles():
    seen = []
    for counters in (1, 3, 5, 7, 9):
        for layout in range(8):
            profile = Profile(layout, counters, layout % 2 == 0, counters > 3)
            seen.append(profile.encode())
            assert decode_profile(profile.encode()) == profile
    assert len(seen) == len(set(seen))
    assert decode_profile(0x14) is None  # eleven counters
    assert refuses(Profile(0, 2, False, False).encode) and refuses(Profile(8, 1, False, False).encode)


def test_ranges_of_an_issuer_block():
    for field, value in (("epoch", 16), ("epoch", -1), ("scheme", 65536), ("batch", -1), ("card_number", 1 << 32), ("issue_day", 65536)):
        values = [getattr(BLOCK, name) if name != field else value for name in ("epoch", "scheme", "batch", "card_number", "profile", "issue_day")]
        assert refuses(IssuerBlock(*values).body), field


def test_record_golden_bytes():
    mac = RecordMac("ntag215", CARD_KEYS, BLOCK_BYTES)
    for record, body, wanted in GOLDEN:
        assert record.body().hex() == body
        assert mac.of(record.body(), 1).hex() == wanted
        assert mac.fits(record.body(), bytes.fromhex(wanted))
        assert decode_body(bytes.fromhex(body), len(record.counters)) == record


def test_every_flipped_bit_of_a_record_is_refused():
    mac = RecordMac("ntag215", CARD_KEYS, BLOCK_BYTES)
    whole = EARN.body() + bytes.fromhex(GOLDEN[1][2])
    for bit in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not mac.fits(bytes(flipped[:-8]), bytes(flipped[-8:])), bit


def test_a_record_is_bound_to_family_uid_issuer_block_and_counter():
    body, mac = EARN.body(), bytes.fromhex(GOLDEN[1][2])
    assert not RecordMac("ntag213", CARD_KEYS, BLOCK_BYTES).fits(body, mac)
    assert not RecordMac("ntag215", CardKeys(KEYS, SCHEME, UID[:6] + b"\x00"), BLOCK_BYTES).fits(body, mac)
    assert not RecordMac("ntag215", CARD_KEYS, BLOCK_BYTES[:15] + b"\x00").fits(body, mac)
    assert not RecordMac("ntag215", CARD_KEYS, BLOCK_BYTES).fits(body, mac, b"\x00\x00\x01")


def test_an_unknown_epoch_is_not_tried():
    body = changed(EARN, epoch=7).body()
    assert not RecordMac("ntag215", CARD_KEYS, BLOCK_BYTES).fits(body, bytes(8))


def test_ranges_of_a_record():
    cases = (
        ("epoch", 256), ("operation", 0), ("operation", 10), ("flags", 0x40), ("sequence", 1 << 24), ("sequence", -1), ("minute", 1 << 24),
        ("terminal", 65536), ("previous", b"abc"), ("counters", ()), ("counters", (UNUSED, UNUSED)),
        ("counters", (Counter(256, 0, 0),)), ("counters", (Counter(1, 8388608, 0),)), ("counters", (Counter(1, -8388609, 0),)),
        ("counters", (Counter(1, 0, 65536),)), ("counters", (Counter(1, 0, -1),)),
    )  # fmt: skip
    for name, value in cases:
        assert refuses(changed(EARN, **{name: value}).body), (name, value)
    try:
        changed(EARN, counters=(Counter(1, 8388608, 0),)).body()
        raise AssertionError("a counter out of range was packed")
    except RangeError as error:
        assert error.code == "COUNTER_RANGE"


def test_a_foreign_format_or_suite_is_no_record():
    body = EARN.body()
    assert decode_body(b"\x21" + body[1:], 1) is None and decode_body(b"\x12" + body[1:], 1) is None
    assert decode_body(body[:2] + b"\x00" + body[3:], 1) is None and decode_body(body[:2] + b"\x82" + body[3:], 1) is None


def test_sizes_fill_whole_pages():
    assert [slot_size(n) for n in (1, 3, 5, 7, 9)] == [36, 48, 60, 72, 84] and body_size(1) == 24


def test_trailers():
    assert trailer_in_progress(2).hex() == "a5000002" and trailer_done(0x12345).hex() == "5aff2345"


def test_days_and_minutes():
    assert fields.day_number(2020, 1, 1) == 0 and fields.minute_number(2026, 1, 1, 0, 0) == 0
    assert fields.day_number(2026, 3, 1) == DAY and fields.minute_number(2026, 3, 1, 10, 0) == MINUTE
    assert fields.day_text(DAY) == "2026-03-01" and fields.day_text(0) is None and fields.day_of_minute(MINUTE) == DAY
    for year, month, day in ((2024, 2, 29), (2024, 12, 31), (2100, 2, 28), (2100, 3, 1), (2199, 1, 1)):
        assert fields.day_text(fields.day_number(year, month, day)) == "%04d-%02d-%02d" % (year, month, day)
    assert refuses(fields.day_number, 2019, 12, 31) and refuses(fields.day_number, 2100, 2, 29) and refuses(fields.day_number, 2026, 13, 1)


def test_diversification_input():
    assert diversifier(UID, 0x10, SCHEME, 1).hex() == "0704a1b2c3d4e5f6000000" + "737470" + "10" + "ffff" + "01" + "01"
    assert len(diversifier(bytes(4), 0x10, SCHEME, 1)) == len(diversifier(bytes(10), 0x10, SCHEME, 1)) == 19
    assert refuses(diversifier, bytes(5), 0x10, SCHEME, 1)


def test_the_link_on_a_card():
    area = link_area(LINK, 32)
    assert area.hex() == "031bd1011755033132372e302e302e313a383738372f632f3161326233fe0000"
    assert read_link(area) == LINK and read_link(bytes(32)) is None and read_link(b"\x03\x40" + bytes(30)) is None
    assert read_link(link_area("https://abcdefghijklmnopqrstuvwx", 32)) == "https://abcdefghijklmnopqrstuvwx"  # 24 characters fit
    for link in ("https://abcdefghijklmnopqrstuvwxy", "https://a b"):
        try:
            link_area(link, 32)
            raise AssertionError(link)
        except BadInput as error:
            assert error.code in ("LINK_TOO_LONG", "LINK_UNUSABLE")
