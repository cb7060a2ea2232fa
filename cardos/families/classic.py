"""MIFARE Classic 1K: an identifier with a copy of the record that nobody believes (docs/card-format.md, section 3).

Its cipher is broken and lives in the reader. The frames here are those of the card behind it; a PC/SC link turns them into the
reader's own commands (load keys, general authenticate, read binary, update binary): PC/SC part 3, section 3.2.
  60 or 61, block, key, last 4 bytes of the UID: authenticate a sector with key A or B.   30 block.   A0 block, 16 bytes
A wrong key, and any other refusal, is silence or a NAK, and drops the card; what the link makes of silence is its CardLost.
"""

from collections import namedtuple

from cardos.bytes import uint
from cardos.errors import CardAnswered, CardRefused, RangeError
from cardos.exchange import exchange

FAMILY = "classic-1k"
BLOCK = 16
BLOCKS = 64
KEY_SIZE = 6
KEY_A, KEY_B = 0x60, 0x61

TRANSPORT_KEY = b"\xff" * KEY_SIZE  # as delivered, and left: anybody may read and write the copy, so nobody needs to believe it
ISSUER_BLOCK = 4  # sector 1; the record follows in the data blocks of sectors 1 and 2
RECORD_BLOCKS = (5, 6, 8, 9, 10)
RECORD_BYTES_MAX = len(RECORD_BLOCKS) * BLOCK  # body and MAC of a record with nine counters

_ACK = b"\x0a"

Command = namedtuple("Command", ["name", "code", "wait_ms", "writes", "secret"])

AUTH_A = Command("AUTH_A", KEY_A, 10, False, True)
AUTH_B = Command("AUTH_B", KEY_B, 10, False, True)
READ = Command("READ", 0x30, 10, False, False)
WRITE = Command("WRITE", 0xA0, 15, True, False)

_COMMANDS = (AUTH_A, AUTH_B, READ, WRITE)


def command_of(frame):
    """The `Command` whose code opens a frame, or None; for traces."""
    for command in _COMMANDS:
        if frame and frame[0] == command.code:
            return command
    return None


def _send(command, block, data):
    if not 0 <= block < BLOCKS:
        raise RangeError("A Classic 1K has no block %r." % (block,))
    frame = uint(command.code, 1) + uint(block, 1) + bytes(data)
    return exchange(command.name, frame, command.wait_ms, command.writes, command.secret)


def authenticate(uid, block, key=TRANSPORT_KEY, kind=KEY_A):
    """Generator: open the sector of `block` with a 6-byte key. uid: 4 or 7 bytes. Raises CardRefused (WRONG_KEY), CardLost."""
    if len(key) != KEY_SIZE:
        raise ValueError("a Classic key has 6 bytes")
    answer = yield _send(AUTH_A if kind == KEY_A else AUTH_B, block, bytes(key) + bytes(uid[-4:]))
    if answer != _ACK:
        raise CardRefused("The card refuses the key of a sector.", "The card is used as an identifier; go on.", "WRONG_KEY")


def read_block(block):
    """Generator: the 16 bytes of a block in the open sector. Raises CardRefused (READ_REFUSED), CardAnswered."""
    answer = yield _send(READ, block, b"")
    if len(answer) == 1:
        raise CardRefused("The card refused a read.", "Present the card again.", "READ_REFUSED")
    if len(answer) != BLOCK:
        raise CardAnswered("The card's answer was cut short.", "Present the card again.", "READ_AGAIN")
    return bytes(answer)


def write_block(block, data):
    """Generator: write the 16 bytes of a data block in the open sector. True when the card acknowledged.

    ValueError for block 0 and for sector trailers: wrong access bits there would make a sector useless for ever.
    """
    if len(data) != BLOCK or block == 0 or block % 4 == 3:
        raise ValueError("only data blocks are written, 16 bytes at a time")
    return (yield _send(WRITE, block, data)) == _ACK


def mirror_blocks(issuer, image):
    """[(block, 16 bytes), ..] of the copy: the issuer block's 16 bytes, then body and MAC of the newest record, zero padded.

    RangeError when the record does not fit (more than 80 bytes).
    """
    if len(issuer) != BLOCK or len(image) > RECORD_BYTES_MAX:
        raise RangeError("The copy on a Classic has room for 16 and 80 bytes, not %d and %d." % (len(issuer), len(image)))
    blocks = [(ISSUER_BLOCK, bytes(issuer))]
    for i in range((len(image) + BLOCK - 1) // BLOCK):
        piece = bytes(image[i * BLOCK : i * BLOCK + BLOCK])
        blocks.append((RECORD_BLOCKS[i], piece + bytes(BLOCK - len(piece))))
    return blocks


def write_mirror(uid, issuer, image):
    """Generator: write the copy into sectors 1 and 2. Raises CardRefused (WRONG_KEY, WRITE_REFUSED), CardLost, RangeError."""
    opened = None
    for block, data in mirror_blocks(issuer, image):
        if opened != block // 4:
            yield from authenticate(uid, block)
            opened = block // 4
        if not (yield from write_block(block, data)):
            raise CardRefused("The card did not take a block.", "Nothing is lost; go on.", "WRITE_REFUSED")


def read_mirror(uid, size):
    """Generator: (issuer block, `size` bytes of body and MAC) of the copy, unbelieved. Raises CardRefused, CardAnswered, CardLost."""
    found, opened = [], None
    for block in (ISSUER_BLOCK,) + RECORD_BLOCKS[: (size + BLOCK - 1) // BLOCK]:
        if opened != block // 4:
            yield from authenticate(uid, block)
            opened = block // 4
        found.append((yield from read_block(block)))
    return found[0], b"".join(found[1:])[:size]
