"""What stands in our own places on a card, made of noise: no record, no issuer block, no seal comes of it, and no crash."""

import pytest

from cardos.bytes import read_tlvs
from cardos.errors import BadInput, CardAnswered
from cardos.records.backup_record import BackupRecord
from cardos.records.counted_slots import CountedSlots
from cardos.records.diversification import CardKeys
from cardos.records.file_slots import FileSlots
from cardos.records.issuer_block import LAYOUT_TYPE_2, IssuerBlock, Profile, decode_issuer_block, decode_issuer_body, epoch_of, layout_of, scheme_of
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.page_slots import PageSlots
from cardos.records.record import MAC_SIZE, Counter, Record, RecordMac, body_size, decode_body, slot_size, trailer_done, trailer_in_progress
from cardos.records.ring import ENTRY_SIZE, decode_entry, read_ring
from cardos.records.seal import SEAL_SIZE, SEALED, Seal, decode_seal, seal_state
from cardos.records.snapshot import ReadAgain
from tests.fuzz.cases import how_many, mutated, noise, same_size, some
from tests.portable.shop import KEYS, SCHEME, UID

pytestmark = pytest.mark.property

FAMILY = "ntag215"
CARD = CardKeys(KEYS, SCHEME, UID)
BLOCK = IssuerBlock(1, SCHEME, 0, 7, Profile(LAYOUT_TYPE_2, 1, False, False), 2251).encode(FAMILY, CARD)
MAC = RecordMac(FAMILY, CARD, BLOCK)


def record_of(sequence, counters=1):
    return Record(1, 2, 0, 1, sequence, 85560, 1, sequence, bytes(4), tuple(Counter(i + 1, 5, 0) for i in range(counters)))


def slot_of(sequence, trailer, counter=0, counters=1):
    body = record_of(sequence, counters).body()
    return body + MAC.of(body, 1, counter.to_bytes(3, "big")) + trailer(sequence)


def test_issuer_blocks(rng):
    for _ in range(how_many()):
        data = rng.randbytes(16) if rng.randrange(2) else same_size(rng, BLOCK)
        assert decode_issuer_block(data, FAMILY, CARD) is None
        layout_of(data), epoch_of(data), scheme_of(data)
        body = decode_issuer_body(data[:12])
        assert body is None or body.body() == data[:12]
    assert decode_issuer_block(BLOCK, FAMILY, CARD) is not None


def test_records(rng):
    for _ in range(how_many()):
        counters = rng.choice((1, 3, 5, 7, 9))
        body = record_of(3, counters).body()
        data = rng.randbytes(len(body)) if rng.randrange(3) == 0 else same_size(rng, body)
        found = decode_body(data, counters)
        assert found is None or found.body() == data
        assert not MAC.fits(data, MAC.of(body, 1))
        assert not MAC.fits(body, rng.randbytes(MAC_SIZE))


def test_records_of_any_length(rng):
    for _ in range(how_many()):
        data = some(rng, [record_of(3).body()], 90)
        try:
            assert decode_body(data, 1) is None or len(data) == body_size(1)
        except CardAnswered:
            assert len(data) != body_size(1)


class Memory:
    """Where slots are read from: one picture after the other, the last one again and again."""

    def __init__(self, pictures, counter=0):
        self._pictures, self._counter = list(pictures), counter

    def read(self, *_):
        return self._pictures.pop(0) if len(self._pictures) > 1 else self._pictures[0]
        yield

    def read_counter(self):
        return self._counter
        yield


def finished(generator):
    try:
        while True:
            next(generator)
    except StopIteration as stop:
        return stop.value


def slots_of(kind, pictures, counter):
    memory = Memory(pictures, counter)
    if kind == "pages":
        return PageSlots(memory, 0x10, 1, MAC)
    if kind == "counted":
        return CountedSlots(memory, 0x10, 1, MAC)
    return FileSlots(memory, 1, MAC) if kind == "file" else BackupRecord(memory, 1, MAC)


@pytest.mark.parametrize("kind", ("pages", "counted", "file", "backup"))
def test_slots(kind, rng):
    """Whatever up to three reads show, the newest record is a true one or none."""
    counter = 5 if kind == "counted" else 0
    true = {record_of(sequence).body() for sequence in (8, 9, 10)}
    valid = [slot_of(sequence, trailer, counter + ahead) for sequence in (8, 9, 10) for trailer in (trailer_done, trailer_in_progress)
             for ahead in ((-1, 0, 1) if counter else (0,))]
    seen = 0
    for number in range(how_many()):
        def half():
            kind_of_half = rng.randrange(4)
            if kind_of_half == 0:
                return rng.choice(valid)
            return rng.randbytes(slot_size(1)) if kind_of_half == 1 else same_size(rng, rng.choice(valid))
        pictures = [half() + half() for _ in range(rng.randrange(1, 4))]
        if kind == "backup":
            pictures = [picture[: body_size(1) + 2 * MAC_SIZE] for picture in pictures]
        slots = slots_of(kind, pictures, counter)
        try:
            finished(slots.read())
        except ReadAgain:
            continue  # nothing may be decided
        seen += slots.newest is not None
        assert slots.newest is None or slots.newest.body in true
        assert len(slots.links()) <= 2
        assert number % 20 or slots.counter_ahead in (False, True)  # looks 64 counts back
    assert seen


def test_seals(rng):
    valid = Seal(9, 1, bytes(64)).encode()
    for _ in range(how_many()):
        data = some(rng, [valid], SEAL_SIZE + 4)
        assert decode_seal(data) is None or len(data) >= SEAL_SIZE
        assert seal_state(data, 9, b"m", lambda *_: False) != SEALED
    assert decode_seal(None) is None


def test_rings(rng):
    for _ in range(how_many()):
        data = noise(rng, ENTRY_SIZE * 12)
        found = read_ring(data, 1000)
        assert len(found) <= len(data) // ENTRY_SIZE and all(entry.sequence <= 1000 for entry in found)
        entry = rng.randbytes(ENTRY_SIZE)
        made = decode_entry(entry)
        assert made is None or made.encode() == entry


def test_journal_entries(rng):
    good = make_entry(record_of(9), FAMILY, UID, 7, "a", 8, {1: (4, 0)})
    texts = [good["record"], good["previous"], "", "zz", "11", None, 7, "1", "é"]
    for _ in range(how_many()):
        entry = dict(good)
        for field in rng.sample(["record", "previous", "sequence", "terminal", "transaction", "minute", "operation", "counters_after"], rng.randrange(1, 3)):
            if field == "record":
                kind = rng.randrange(3)
                entry[field] = mutated(rng, bytes.fromhex(good[field])).hex() if kind else rng.choice(texts)
            else:
                entry[field] = rng.choice([good[field], 0, 70000, "earn", "", {}, {"1": [5, 0]}, {"1": [6, 0]}])
        try:
            found = entry_record(entry)
        except BadInput:
            continue  # nothing is written from it
        # Epoch, pack number, flags and places without a counter are said nowhere else.
        true = record_of(9)
        assert found._replace(epoch=1, pack=1, flags=0, counters=()) == true._replace(counters=()) and found.values() == true.values(), entry


def test_type_2_areas(rng):
    for _ in range(how_many()):
        data = some(rng, [bytes.fromhex("0312d1010e55046578616d706c652e6f72672f78fe00"), b"\x00\x03\x00\xfe", b"\x03\xff\x01\x00" + bytes(256) + b"\xfe"], 60)
        try:
            found = read_tlvs(data)
        except CardAnswered:
            continue  # what a reader says to an area that ends early
        assert sum(len(value) + 2 for _, value in found) <= len(data)
