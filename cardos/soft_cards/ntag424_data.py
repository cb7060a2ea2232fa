"""ReadData, WriteData and GetFileCounters of a soft NTAG 424 DNA, and how a write ends that is torn (NT4H2421Gx sections 8.6, 10.8).

What one frame carries is written whole or not at all. A command that ISO-DEP chained is programmed frame by frame while it
comes in, before its MAC was seen: torn, or with a wrong MAC, it leaves its beginning and an undefined rest.
"""

from cardos.soft_cards.ev2_session import FULL, MAC_BYTES, PLAIN
from cardos.soft_cards.ntag424_files import mode_granted
from cardos.soft_cards.ntag424_sdm import is_readable, read_dynamic
from cardos.soft_cards.ntag424_settings import FREE, NEVER, SDM_COUNTER
from cardos.soft_cards.ntag424_status import (
    BOUNDARY_ERROR,
    INTEGRITY_ERROR,
    LENGTH_ERROR,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    NativeRefused,
    u24,
)
from cardos.soft_cards.type4_chip import torn

READ_DATA = 0xAD
HEADER_BYTES = 7  # FileNo, offset, length
ANSWER_MAX = 256  # a short Le asks for no more, secure messaging included
FRAME_MAX = 125  # APDU bytes of one frame: FSC 128 less the block's first byte and its CRC
_APDU_HEAD = 5


def read_data(chip, data):
    """AD FileNo Offset3 Length3. Length 0: up to the end of the file."""
    if len(data) < HEADER_BYTES:
        raise NativeRefused(LENGTH_ERROR)
    file, offset, length = _target(chip, data)
    dynamic = chip.session is None and (is_readable(file) or FREE in file.read_conditions())
    mode = PLAIN if dynamic else mode_granted(file.read_conditions(), chip.key_number, file.settings.mode)
    if chip.open(READ_DATA, data[:HEADER_BYTES], data[HEADER_BYTES:], mode):
        raise NativeRefused(LENGTH_ERROR)
    if offset + (length or 1) > file.size:
        raise NativeRefused(BOUNDARY_ERROR)
    length = length or file.size - offset
    if line_bytes(length, mode) > ANSWER_MAX:
        raise NativeRefused(LENGTH_ERROR)
    seen = read_dynamic(chip, READ_DATA, file) if dynamic else bytes(file.data)
    return chip.close(seen[offset : offset + length], mode)


def write_data(chip, data):
    """8D FileNo Offset3 Length3 Data."""
    if len(data) < HEADER_BYTES:
        raise NativeRefused(LENGTH_ERROR)
    file, offset, length = _target(chip, data)
    mode = mode_granted(file.write_conditions(), chip.key_number, file.settings.mode)
    if length == 0:
        raise NativeRefused(PARAMETER_ERROR)
    if chip.chained and mode != PLAIN and chip.chained_writes_refused:
        raise NativeRefused(PERMISSION_DENIED)
    header, body = data[:HEADER_BYTES], data[HEADER_BYTES:]
    if len(body) != line_bytes(length, mode):
        raise NativeRefused(LENGTH_ERROR)
    if offset + length > file.size:
        raise NativeRefused(BOUNDARY_ERROR)
    try:
        plain = chip.open(0x8D, header, body, mode)
    except NativeRefused as refused:
        if chip.chained and refused.status == INTEGRITY_ERROR:
            _spoil(chip, file, offset, body[:length] if mode != FULL else chip.noise.take(length), HEADER_BYTES)
        raise
    if len(plain) != length:
        raise NativeRefused(LENGTH_ERROR)
    store(chip, file, offset, plain, HEADER_BYTES)
    return chip.close(b"", mode)


def line_bytes(length, mode):
    """How many bytes `length` bytes of data are on the line."""
    if mode == PLAIN:
        return length
    return (length // 16 + 1) * 16 + MAC_BYTES if mode == FULL else length + MAC_BYTES


def file_counters(chip, data):
    """F6 FileNo: SDMReadCtr, least significant byte first, and two bytes that mean nothing yet."""
    if not data:
        raise NativeRefused(LENGTH_ERROR)
    file = chip.file(data[0])
    sdm = file.settings.sdm
    if sdm is None or sdm.counter_read == NEVER or not sdm.options & SDM_COUNTER:
        raise NativeRefused(PERMISSION_DENIED)
    mode_granted((sdm.counter_read,), chip.key_number, FULL)
    if chip.open(0xF6, data[:1], data[1:], FULL):
        raise NativeRefused(LENGTH_ERROR)
    counter = file.counter
    return chip.close(bytes([counter & 0xFF, counter >> 8 & 0xFF, counter >> 16, 0, 0]), FULL)


def _target(chip, data):
    file = chip.file(data[0])
    return file, u24(data, 1), u24(data, 4)


def store(chip, file, offset, data, head):
    """Write into the file. head: bytes of command data in front of `data`, which count towards the first frame."""
    if not chip.chained:

        def change():
            file.data[offset : offset + len(data)] = data

        chip.atom(change)
        return
    outcome = chip.tear_outcome()
    if outcome in (None, "new"):
        file.data[offset : offset + len(data)] = data
        chip.changed()
    elif outcome == "old":
        chip.changed()
    else:
        first = _first_frame(head, data)
        old = bytes(file.data[offset + first : offset + len(data)])
        rest = torn(old, data[first:], outcome, chip.noise)
        file.data[offset : offset + len(data)] = data[:first] + rest
        chip.changed()


def _spoil(chip, file, offset, data, head):
    """A chained write whose MAC was wrong: its first frame stands in the file."""
    first = _first_frame(head, data)
    file.data[offset : offset + first] = data[:first]
    chip.changed()


def _first_frame(head, data):
    """Bytes of `data` in the first frame; a reader that chained shorter frames is taken to have sent two halves."""
    return min(FRAME_MAX - _APDU_HEAD - head, len(data) // 2)
