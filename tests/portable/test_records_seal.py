"""Seal and ring: golden bytes, ranges, the order of writing, and what is made of torn ones. Signatures are proven in tests/records."""

from cardos.errors import CardAnswered, RangeError
from cardos.records import fields
from cardos.records.diversification import CardKeys
from cardos.records.record import UNUSED, Counter, Record, RecordMac
from cardos.records.ring import ENTRY_SIZE, RingEntry, decode_entry, entry_of, place_of, read_ring
from cardos.records.seal import SEAL_SIZE, SEALED, UNSEALED, WRONG, Seal, decode_seal, seal_message, seal_state
from tests.portable.shop import KEYS, MINUTE, SCHEME, UID

BLOCK = bytes.fromhex("11ffff0000000000010308cb92d335f2")
EARN = Record(1, fields.EARN, 0, 1, 2, MINUTE, 1, 2, bytes.fromhex("dfc6d5eb"), (Counter(1, 1, 0),))
SIGNATURE = bytes(range(64))
SEAL = Seal(2, 1, SIGNATURE)
ENTRY = RingEntry(2, MINUTE, 1, fields.EARN, 1, 1)


def refuses(function):
    try:
        function()
    except RangeError:
        return True
    return False


def message():
    mac = RecordMac("ntag215", CardKeys(KEYS, SCHEME, UID), BLOCK)
    return seal_message(mac.message(EARN.body()), mac.of(EARN.body(), 1))


def test_what_is_signed():
    assert message() == (b"stampd/seal/1" + b"stampd/record/1" + b"\x02\x07" + UID + BLOCK + bytes(3) + EARN.body() + bytes.fromhex("f6129f9177c3e598"))


def test_seal_bytes():
    assert SEAL_SIZE == 72 and SEAL.encode().hex() == "0000020001000000" + SIGNATURE.hex()
    assert decode_seal(SEAL.encode()) == SEAL and decode_seal(SEAL.encode() + b"more") == SEAL
    for raw in (None, b"", bytes(72), SEAL.encode()[:71], SEAL.encode()[:7] + b"\x01" + SIGNATURE):
        assert decode_seal(raw) is None
    assert refuses(Seal(1 << 24, 1, SIGNATURE).encode) and refuses(Seal(2, 65536, SIGNATURE).encode) and refuses(Seal(2, 1, bytes(63)).encode)


def test_seal_states():
    def verify(terminal, said, signature):
        return terminal == 1 and said == message() and signature == SIGNATURE

    assert seal_state(SEAL.encode(), 2, message(), verify) == SEALED
    assert seal_state(SEAL.encode(), 3, message(), verify) == UNSEALED  # of the record before
    assert seal_state(bytes(72), 2, message(), verify) == UNSEALED
    assert seal_state(Seal(2, 1, bytes(63) + b"\x01").encode(), 2, message(), verify) == WRONG
    assert seal_state(SEAL.encode(), 2, message() + b"x", verify) == WRONG


def test_a_seal_that_was_cut_names_no_record():
    area = bytearray(Seal(1, 1, bytes(64)).encode())
    pieces = SEAL.pieces()
    assert sum([len(piece) for _, piece in pieces]) == 72
    for offset, piece in pieces:
        assert seal_state(bytes(area), 2, message(), lambda *said: False) == UNSEALED
        area[offset : offset + len(piece)] = piece
    assert bytes(area) == SEAL.encode()


def test_ring_entry_bytes():
    assert ENTRY.encode().hex() == "000002014e38000102010001" and decode_entry(ENTRY.encode()) == ENTRY
    for change, wanted in ((-1, "ffff"), (32767, "7fff"), (-32768, "8000")):
        entry = RingEntry(2, MINUTE, 1, fields.UNDO, 1, change)
        assert entry.encode()[10:].hex() == wanted and decode_entry(entry.encode()) == entry
    out_of_range = (
        (1 << 24, 0, 1, 2, 1, 0), (1, 1 << 24, 1, 2, 1, 0), (1, 0, 65536, 2, 1, 0), (1, 0, 1, 0, 1, 0),
        (1, 0, 1, 2, 256, 0), (1, 0, 1, 2, 1, 32768), (1, 0, 1, 2, 1, -32769),
    )  # fmt: skip
    for bad in out_of_range:
        assert refuses(RingEntry(*bad).encode), bad
    assert decode_entry(bytes(12)) is None and decode_entry(b"\xff" * 12) is None
    try:
        decode_entry(bytes(11))
        raise AssertionError("a short entry was taken")
    except CardAnswered as error:
        assert error.code == "CARD_ANSWER_UNKNOWN"


def test_the_entry_of_a_record():
    assert entry_of(EARN, {}) == ENTRY and entry_of(EARN, {1: (10, 0)}).change == -9
    two = Record(1, fields.REDEEM, 0, 1, 7, MINUTE, 1, 7, bytes(4), (Counter(1, 3, 0), Counter(2, -40, 0), UNUSED))
    assert entry_of(two, {1: (2, 0), 2: (0, 0)}) == RingEntry(7, MINUTE, 1, fields.REDEEM, 2, -40)
    assert entry_of(EARN, {1: (1, 0)})[4:] == (0, 0)  # nothing changed
    large = Record(1, fields.EARN, 0, 1, 7, MINUTE, 1, 7, bytes(4), (Counter(1, 50000, 0),))
    assert entry_of(large, {})[4:] == (0, 0)  # more than an entry holds: told as no counter, never wrapped


def test_reading_a_ring():
    places = 5
    raw = bytearray(places * ENTRY_SIZE + 7)  # what is left at the end is no entry
    for sequence in range(2, 12):
        place = place_of(sequence, places)
        raw[place * ENTRY_SIZE : place * ENTRY_SIZE + ENTRY_SIZE] = RingEntry(sequence, MINUTE, 1, fields.EARN, 1, 1).encode()
    assert [entry.sequence for entry in read_ring(bytes(raw), 11)] == [11, 10, 9, 8, 7]
    assert [entry.sequence for entry in read_ring(bytes(raw), 9)] == [9, 8, 7]  # above the newest: never done
    raw[4 * ENTRY_SIZE : 4 * ENTRY_SIZE + 4] = bytes(4)  # 9, torn
    raw[0:3] = b"\x00\x00\x0c"  # 10 reads as 12, which does not stand here
    assert [entry.sequence for entry in read_ring(bytes(raw), 12)] == [11, 8, 7]
    assert read_ring(b"", 5) == [] and read_ring(bytes(120), 5) == []


def test_a_ring_entry_that_was_cut_is_not_the_new_one():
    area = bytearray(RingEntry(1, 5, 1, fields.EARN, 1, 1).encode())
    for offset, piece in ENTRY.pieces():
        assert decode_entry(bytes(area)).sequence == 1
        area[offset : offset + len(piece)] = piece
    assert decode_entry(bytes(area)) == ENTRY
