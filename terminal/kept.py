"""Files that a board keeps of what it proved: pack, stop list, settings, certificate and a few of its own notes, each under a MAC.

A signature is checked once, when something was downloaded; afterwards its MAC is, at each start (`cardos.records.kept_file`). A file
is written beside the old one and renamed, so that a power cut leaves the old or the new.
"""

from cardos.crypto.compare import constant_time_equal
from cardos.errors import StampdError
from cardos.records.kept_file import MAC_SIZE, kept_damaged, label

_PIECE = 512  # bytes read at once where a file is checked without loading it


class KeptTrouble(StampdError):
    """The flash refuses a file that is to be kept."""

    code = "KEPT_WRITE"


class Kept:
    """files: `journal_segments.FlashFiles` of the folder. mac: [bytes, ...] -> 16 bytes with the board's store key
    (`KeyVault.store_mac_of_pieces`). Names are those of `kept_file.NAMES`; ValueError for another."""

    def __init__(self, files, mac):
        self._files = files
        self._mac = mac

    def has(self, name):
        """True when something is kept under this name; whether it is whole, `read` says."""
        label(name)
        return name in self._files.names()

    def keep(self, name, data):
        """Makes these bytes what is kept, durable when it returns. Raises `KeptTrouble`; then the old ones stay."""
        try:
            self._files.replace(name, (data, self._mac((label(name), data))))
        except OSError:
            raise KeptTrouble("This board cannot write its flash.", "Start it again; if it stays so, it is full or worn out.")

    def read(self, name):
        """The bytes kept under a name; None when there are none. BadInput (KEPT_DAMAGED)."""
        if not self.has(name):
            return None
        data = self._files.read(name)
        content = bytes(data[:-MAC_SIZE])
        if len(data) < MAC_SIZE or not constant_time_equal(self._mac((label(name), content)), data[-MAC_SIZE:]):
            raise kept_damaged(name)
        return content

    load = read

    def check(self, name):
        """How many bytes are kept under a name, their MAC checked without loading them; None when there are none. BadInput (KEPT_DAMAGED)."""
        if not self.has(name):
            return None
        found = _Pieces(self._files, name)
        mac = self._mac(found.all(label(name)))
        if not constant_time_equal(mac, found.held):
            raise kept_damaged(name)
        return found.size - MAC_SIZE

    def part(self, name, offset, size):
        """Some of the bytes of a file that `check` found whole at this start; not checked again."""
        return self._files.read(name, offset, size)

    def forget(self, name):
        """Takes what is kept under a name away, if there is any."""
        if self.has(name):
            self._files.remove(name)


class _Pieces:
    """A file's pieces without its last 16 bytes, which are in `held` afterwards; `size`: of the whole file."""

    def __init__(self, files, name):
        self._files, self._name = files, name
        self.held, self.size = b"", 0

    def all(self, first):
        yield first
        is_more = True
        while is_more:
            piece = self._files.read(self._name, self.size, _PIECE)
            self.size += len(piece)
            is_more = len(piece) == _PIECE
            piece = self.held + piece
            self.held = bytes(piece[-MAC_SIZE:])
            yield piece[:-MAC_SIZE]
