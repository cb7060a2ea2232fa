"""How many lines a board's journal has, read from its files while it runs: the newest segment's header, and the lines behind it.

The bytes are those of `cardos.records.journal_line`; the header's are in the firmware's journal_segments.
"""

from cardos.cbor import decode
from cardos.errors import BadInput
from cardos.records.journal_line import GENESIS, unframed

_SEGMENT = "j[0-9a-f]*"
_LINES, _CHAIN = 3, 4  # places in a header


def lines_written(folder):
    """The number of the newest line in a journal's folder; 0 when there is none, None while the newest segment is being begun."""
    try:
        segments = sorted(folder.glob(_SEGMENT))
        data = segments[-1].read_bytes() if segments else b""
    except OSError:  # freed or renamed meanwhile: the next look finds it
        return None
    if not data:
        return None if segments else 0
    found = unframed(data, 0, GENESIS)
    if found is None:
        return None
    try:
        header = decode(found[0])
        lines, chain, offset = header[_LINES], header[_CHAIN], found[2]
    except (BadInput, IndexError, TypeError):  # no header that this program knows
        return None
    while (line := unframed(data, offset, chain)) is not None:
        lines, chain, offset = lines + 1, line[1], line[2]
    return lines
