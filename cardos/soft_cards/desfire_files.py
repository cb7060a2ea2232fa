"""The files of a DESFire application as they lie in its memory: data, value, records, transaction MAC.

Each kind knows its settings as GetFileSettings tells them, its place in the memory and its saved state; what a transaction
does with them is in `desfire_transaction`. Memory is counted in blocks of 32 bytes; how many a file takes beyond its data
is not public: one for its settings, chosen here.
"""

from cardos.bytes import uint_le
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.desfire_numbers import INT32_MAX, INT32_MIN, int32_le

STANDARD, BACKUP, VALUE, LINEAR, CYCLIC, TMAC = 0, 1, 2, 3, 4, 5
FREE, NEVER = 0xE, 0xF

BLOCK = 32
LIMITED_CREDIT_ON, FREE_GET_VALUE = 0x01, 0x02
TMC_MAX = 0xFFFFFFFF
TMAC_KEY_KIND = 0x02  # AES, the only one
SIZE_MAX = 0xFFFFFF


def blocks(size):
    """Bytes of memory that `size` bytes take."""
    return -(-size // BLOCK) * BLOCK


class File:
    """What all files have. comm: 0 plain, 1 MAC, 3 full. access: 16 bits, nibbles Read, Write, ReadWrite, Change. fid: int or None."""

    kind = None

    def __init__(self, comm, access, fid=None):
        self.comm = comm
        self.access = access
        self.fid = fid

    @property
    def read_right(self):
        return self.access >> 12

    @property
    def write_right(self):
        return self.access >> 8 & 15

    @property
    def read_write_right(self):
        return self.access >> 4 & 15

    @property
    def change_right(self):
        return self.access & 15

    def mode(self):
        """The communication mode for a reader that holds a key: 0, 1 or 3 (2 means plain too)."""
        return 0 if self.comm & 3 == 2 else self.comm & 3

    def settings(self):
        """The answer of GetFileSettings."""
        return bytes([self.kind, self.comm]) + uint_le(self.access, 2) + self.tail()

    def state(self):
        state = {"kind": self.kind, "comm": self.comm, "access": self.access, "fid": self.fid}
        state.update(self.body_state())
        return state


class DataFile(File):
    """Standard (`backup` False) or backup data file. weak: mask of bits that read unstably after a torn write, or b""."""

    def __init__(self, comm, access, fid, size, backup):
        super().__init__(comm, access, fid)
        self.kind = BACKUP if backup else STANDARD
        self.data = bytearray(size)
        self.weak = b""

    def tail(self):
        return uint_le(len(self.data), 3)

    def memory(self):
        return BLOCK + blocks(len(self.data)) * (2 if self.kind == BACKUP else 1)

    def read(self, noise, offset, length):
        """The bytes that this read finds; weak bits may differ the next time."""
        found = bytes(self.data[offset : offset + length])
        if not self.weak:
            return found
        unstable, mask = noise.take(length), self.weak[offset : offset + length]
        return bytes([found[i] ^ (unstable[i] & mask[i]) for i in range(length)])

    def put(self, offset, data, mask=b""):
        """Bytes as they lie from now on. mask: their weak bits, none when empty."""
        if mask.strip(b"\x00") or self.weak:
            weak = bytearray(self.weak or bytes(len(self.data)))
            weak[offset : offset + len(data)] = mask or bytes(len(data))
            self.weak = bytes(weak) if bytes(weak).strip(b"\x00") else b""
        self.data[offset : offset + len(data)] = data

    def write_torn(self, noise, offset, new, outcome):
        """What a write leaves that the field left in the middle of. outcome: one of `pages.OUTCOMES`."""
        old = bytes(self.data[offset : offset + len(new)])
        if outcome == "zero":
            self.put(offset, bytes(len(new)))
        elif outcome == "garbage":
            self.put(offset, noise.take(len(new)))
        elif outcome == "weak":
            self.put(offset, new, bytes([old[i] ^ new[i] for i in range(len(new))]))
        elif outcome == "weak0":
            self.put(offset, new, new)
        elif outcome == "new":
            self.put(offset, new)

    def body_state(self):
        return {"data": bytes(self.data).hex(), "weak": self.weak.hex()}

    def take_state(self, state):
        self.data = bytearray(fields.any_hex(state.get("data"), "file data"))
        self.weak = fields.any_hex(state.get("weak"), "weak bits")
        if self.weak:
            fields.exactly(self.weak, len(self.data), "weak bits")


class ValueFile(File):
    """A signed 32-bit value between two limits. flags: limited credit on, free GetValue. limited: what one LimitedCredit may add."""

    kind = VALUE

    def __init__(self, comm, access, lower, upper, value, flags):
        super().__init__(comm, access)
        self.lower, self.upper, self.value, self.flags = lower, upper, value, flags
        self.limited = 0

    def tail(self):
        return int32_le(self.lower) + int32_le(self.upper) + int32_le(self.limited) + bytes([self.flags])

    def memory(self):
        return 2 * BLOCK

    def body_state(self):
        return {"lower": self.lower, "upper": self.upper, "value": self.value, "flags": self.flags, "limited": self.limited}

    def take_state(self, state):
        self.lower = fields.number(state.get("lower"), INT32_MIN, INT32_MAX, "lower limit")
        self.upper = fields.number(state.get("upper"), INT32_MIN, INT32_MAX, "upper limit")
        self.value = fields.number(state.get("value"), INT32_MIN, INT32_MAX, "value")
        self.flags = fields.number(state.get("flags"), 0, 3, "value flags")
        self.limited = fields.number(state.get("limited"), 0, INT32_MAX, "limited credit")


class RecordFile(File):
    """Linear or cyclic records of one size, `records` from the oldest to the newest. A cyclic file keeps one place for the next."""

    def __init__(self, comm, access, fid, record_size, places, cyclic):
        super().__init__(comm, access, fid)
        self.kind = CYCLIC if cyclic else LINEAR
        self.record_size = record_size
        self.places = places
        self.records = []

    def room(self):
        """How many records can be there at once."""
        return self.places - 1 if self.kind == CYCLIC else self.places

    def tail(self):
        return uint_le(self.record_size, 3) + uint_le(self.places, 3) + uint_le(len(self.records), 3)

    def memory(self):
        return BLOCK + blocks(self.record_size * self.places)

    def body_state(self):
        return {
            "record_size": self.record_size,
            "places": self.places,
            "records": [bytes(record).hex() for record in self.records],
        }

    def take_state(self, state):
        self.record_size = fields.number(state.get("record_size"), 1, SIZE_MAX, "record size")
        self.places = fields.number(state.get("places"), 1, SIZE_MAX, "records")
        texts = fields.a_list(state.get("records"), "records")
        self.records = [fields.hex_bytes(text, self.record_size, "record") for text in texts]
        fields.number(len(self.records), 0, self.room(), "number of records")


class TmacFile(File):
    """Transaction MAC file: counter and MAC of the last committed transaction, its key, and the last committed reader ID."""

    kind = TMAC

    def __init__(self, comm, access, key, version):
        super().__init__(comm, access)
        self.key, self.version = key, version
        self.counter, self.value, self.reader_id = 0, bytes(8), bytes(16)
        self.limit = None  # TMC at which the application stops, or None

    def tail(self):
        tail = bytes([TMAC_KEY_KIND, self.version])
        return tail if self.limit is None else tail + uint_le(self.limit, 4)

    def content(self):
        """TMC, LSB first, and TMV: the 12 bytes that ReadData finds."""
        return uint_le(self.counter, 4) + self.value

    def at_limit(self):
        return self.counter >= (TMC_MAX if self.limit is None else self.limit)

    def memory(self):
        return 3 * BLOCK

    def body_state(self):
        return {
            "key": self.key.hex(),
            "version": self.version,
            "counter": self.counter,
            "value": self.value.hex(),
            "reader_id": self.reader_id.hex(),
            "limit": self.limit,
        }

    def take_state(self, state):
        self.key = fields.hex_bytes(state.get("key"), 16, "transaction MAC key")
        self.version = fields.number(state.get("version"), 0, 255, "key version")
        self.counter = fields.number(state.get("counter"), 0, TMC_MAX, "transaction MAC counter")
        self.value = fields.hex_bytes(state.get("value"), 8, "transaction MAC")
        self.reader_id = fields.hex_bytes(state.get("reader_id"), 16, "reader ID")
        limit = state.get("limit")
        self.limit = limit if limit is None else fields.number(limit, 0, TMC_MAX, "transaction MAC limit")


def file_from_state(state):
    """The file that gave this `state()`. Raises BadInput."""
    fields.an_object(state, "file")
    kind = fields.number(state.get("kind"), STANDARD, TMAC, "file kind")
    comm = fields.number(state.get("comm"), 0, 255, "communication mode")
    access = fields.number(state.get("access"), 0, 0xFFFF, "access rights")
    fid = state.get("fid")
    if fid is not None:
        fields.number(fid, 0, 0xFFFF, "file identifier")
    if kind in (STANDARD, BACKUP):
        file = DataFile(comm, access, fid, 0, kind == BACKUP)
    elif kind == VALUE:
        file = ValueFile(comm, access, 0, 0, 0, 0)
    elif kind == TMAC:
        file = TmacFile(comm, access, bytes(16), 0)
    else:
        file = RecordFile(comm, access, fid, 1, 1, kind == CYCLIC)
    file.take_state(state)
    return file
