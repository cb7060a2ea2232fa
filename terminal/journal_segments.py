"""The journal's files: segments of one flash block each, lines chained by hash across them, freed from the oldest on.

A segment is a file `j` + its number in hex. It opens with a header line, which says what came before it, then lines as
`cardos.records.journal_line` frames them. A segment begins with its first line in one write and is never written again once a
newer one exists. The file system's promise is all that is built on: what `append` and `create` wrote is there once they return,
`replace` leaves the old bytes or the new ones (littlefs: DESIGN.md, "power-loss resilience"; docs/decisions/0026).

    header = CBOR [format, terminal, segment, lines before, chain before (32), highest transaction, newest minute, stored up to, MAC (16)]
"""

import os

from cardos import cbor
from cardos.bytes import uint
from cardos.crypto.compare import constant_time_equal
from cardos.errors import BadInput, StampdError
from cardos.records.journal_line import FRAME_SIZE, GENESIS, LENGTH_SIZE, framed, head_message, link, unframed

FORMAT = 1
SEGMENT_SIZE = 4096  # one erase block of every board's flash: littlefs copies at most this much when a line is added
RESERVE = 2  # segments that are free when a tap begins: the longest intent, then a segment of outcomes and a case
HEADER_MAX = 120  # bytes of a header line: the largest numbers give 86
_NO_SPACE = 28  # ENOSPC, the same number on every interpreter
_NO_MAC = bytes(16)


class JournalTrouble(StampdError):
    """The journal cannot take a line. Codes: JOURNAL_FULL, JOURNAL_WRITE (the flash refuses: start again), JOURNAL_OTHER_TERMINAL."""

    code = "JOURNAL_WRITE"


class FlashFiles:
    """The files of one folder, written so that they are durable when a call returns.

    folder: a path on littlefs; made when it is missing. Raises OSError as the file system says it.
    """

    def __init__(self, folder):
        self._folder = folder
        try:
            os.mkdir(folder)
        except OSError:  # it is there already; a folder that cannot be made shows at the first write
            os.stat(folder)

    def names(self):
        """The names of all files, in no order."""
        return os.listdir(self._folder)

    def read(self, name, offset=0, size=-1):
        """Up to `size` bytes from `offset`; all of them for -1."""
        with open(self._path(name), "rb") as file:
            if offset:
                file.seek(offset)
            return file.read(size)

    def create(self, name, data):
        """Makes a file with this content, or leaves none (or an older one of that name)."""
        self._write(self._path(name), "wb", (data,))

    def append(self, name, data):
        """Adds bytes at a file's end: all of them, or none."""
        self._write(self._path(name), "ab", (data,))

    def replace(self, name, pieces):
        """Makes these pieces a file's content, or leaves the old content."""
        self._write(self._path("new"), "wb", pieces)
        os.rename(self._path("new"), self._path(name))

    def remove(self, name):
        """Takes a file away."""
        os.remove(self._path(name))

    def free_bytes(self):
        """Bytes that the file system has left. Slow on littlefs, which walks its tree: asked at the start only."""
        found = os.statvfs(self._folder)
        return found[0] * found[3]

    def _path(self, name):
        return self._folder + "/" + name

    def _write(self, path, mode, pieces):
        with open(path, mode) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            if hasattr(os, "fsync"):  # a PC as a board; littlefs is durable at close
                os.fsync(file.fileno())


class Header:
    """What a segment's first line says. The fields are those of the module's first lines; `size` is where its lines begin."""

    def __init__(self, segment, lines, chain, transaction, minute, stored):
        self.segment, self.lines, self.chain = segment, lines, chain
        self.transaction, self.minute, self.stored = transaction, minute, stored
        self.size = 0
        self.is_genuine = True

    def fields(self, terminal, mac):
        """The list that is written."""
        return [FORMAT, terminal, self.segment, self.lines, self.chain, self.transaction, self.minute, self.stored, mac]


class Segments:
    """The chained lines in the files. head_mac: bytes -> 16 bytes with the board's key, or None: heads are not MACed nor judged.

    size: bytes that a segment may have.
    """

    def __init__(self, files, terminal, head_mac=None, size=SEGMENT_SIZE):
        self._files = files
        self._terminal = terminal
        self._head_mac = head_mac
        self.oldest = self.newest = 0  # segment numbers; 0: there is none
        self.lines = 0  # how many lines this journal ever had; the newest line's number
        self.chain = GENESIS  # after the newest line
        self.size_max = size
        self._size = 0  # bytes of the newest segment, and `size_max` where nothing may follow there
        self.troubles = []  # [(segment, "HEADER" | "MAC" | "GAP")]: what did not fit when it was read
        self.transaction = self.minute = self.stored = 0  # the highest that the headers replayed so far have said
        self.lost = 0  # lines that cannot be read at the journal's end
        self._numbers = sorted([int(name[1:], 16) for name in files.names() if name[0] == "j" and len(name) == 9])

    def find(self):
        """Looks which segments there are. A newest one that never got its first line whole is none: nothing in it was durable, and
        the next segment is written over it."""
        while self._numbers and not self._was_begun(self._numbers[-1]):
            self._numbers.pop()
        if self._numbers:
            self.oldest, self.newest = self._numbers[0], self._numbers[-1]
        self._numbers = ()

    def _was_begun(self, number):
        data = self._files.read(_name(number))
        header = self._header_in(data, number)
        if header is not None and unframed(data, header.size, header.chain) is not None:
            return True
        return _frames(data, 0) > 2  # more than was written at once: not torn but damaged

    def header(self, number):
        """The `Header` of a segment; None when it is gone, damaged or another terminal's."""
        if not self.oldest <= number <= self.newest:
            return None
        try:
            return self._header_in(self._files.read(_name(number), 0, HEADER_MAX), number)
        except OSError:  # a gap between the segments: the caller says what that means
            return None

    def _header_in(self, data, number):
        found = unframed(data, 0, GENESIS)
        if found is None:
            return None
        try:
            form, terminal, segment, lines, chain, transaction, minute, stored, mac = cbor.decode(found[0])
        except (BadInput, TypeError, ValueError):  # not a header: the same as none
            return None
        if form != FORMAT or segment != number or len(chain) != len(GENESIS):
            return None
        if terminal != self._terminal:
            raise JournalTrouble(
                "This journal is that of terminal %d, not of terminal %d." % (terminal, self._terminal),
                "Give the board its number back, or let it sync before it becomes another.", "JOURNAL_OTHER_TERMINAL",
            )  # fmt: skip
        header = Header(segment, lines, chain, transaction, minute, stored)
        header.size = found[2]
        if self._head_mac is not None:
            header.is_genuine = constant_time_equal(mac, self._mac(header))
        return header

    def _mac(self, header):
        numbers = uint(header.segment, 4) + uint(header.transaction, 4) + uint(header.minute, 4) + uint(header.stored, 4)
        return self._head_mac(head_message(self._terminal, header.lines, header.chain) + numbers)

    def head(self):
        """(lines, chain, MAC): what the journal's end is now; MAC 16 bytes over `head_message`, None without a key."""
        mac = None if self._head_mac is None else self._head_mac(head_message(self._terminal, self.lines, self.chain))
        return self.lines, self.chain, mac

    def replay(self, first):
        """Yields (segment, offset, line) from segment `first` to the end; after it lines may be appended.

        What does not fit is noted in `troubles` and left out; a torn tail of the newest segment is no trouble. Lines that are lost
        at the end keep their numbers, and transactions theirs: `transaction` goes on behind as many as they can have been.
        """
        for number in range(first, self.newest + 1):
            header = self.header(number)
            if header is None:
                self.troubles.append((number, "HEADER"))
                self._skip(number, self.size_max // FRAME_SIZE)
                continue
            if not header.is_genuine:
                self.troubles.append((number, "MAC"))
            if number != first and (header.lines, header.chain) != (self.lines, self.chain):
                self.troubles.append((number, "GAP"))
            self.transaction = max(self.transaction, header.transaction)
            self.minute, self.stored = max(self.minute, header.minute), max(self.stored, header.stored)
            self.lines, self.chain = header.lines, header.chain
            yield from self._replay_one(header, self.header(number + 1))

    def _replay_one(self, header, after):
        data, offset = self._files.read(_name(header.segment)), header.size
        while after is None or self.lines < after.lines:  # a line that its successor does not know was never reported durable
            found = unframed(data, offset, self.chain)
            if found is None:
                break
            self.lines += 1
            line, self.chain, end = found
            yield header.segment, offset, line
            offset = end
        self._size = offset if offset == len(data) else self.size_max  # nothing is written behind a torn line
        lost = _frames(data, offset) if after is None else 0
        if lost > 1:  # a torn write leaves one line at most
            self.troubles.append((header.segment, "GAP"))
            self._skip(header.segment, lost)

    def _skip(self, number, lost):
        """Lines of a segment cannot be read. Where no later one says what they came to, numbers are left out."""
        self._size = self.size_max
        if number == self.newest:
            self.lines += lost
            self.lost += lost

    def append(self, line, transaction, minute, stored):
        """Makes one line durable: in the newest segment, or as the first of a new one. Returns (segment, offset).

        transaction, minute, stored: what a new segment's header says of the journal before this line. Raises `JournalTrouble`;
        then it is not known whether the line is there, and the journal has to be opened again.
        """
        after = link(self.chain, line)
        frame = framed(line, after)
        try:
            if self.newest == 0 or self._size + len(frame) > self.size_max:
                offset = self._begin(frame, Header(self.newest + 1, self.lines, self.chain, transaction, minute, stored))
            else:
                offset = self._size
                self._files.append(_name(self.newest), frame)
        except OSError as error:
            self._size = self.size_max
            code = "JOURNAL_FULL" if error.errno == _NO_SPACE else "JOURNAL_WRITE"
            raise JournalTrouble("The journal could not be written.", "Start the terminal again; then connect it to the shop.", code)
        self._size = offset + len(frame)
        self.lines += 1
        self.chain = after
        return self.newest, offset

    def _begin(self, frame, header):
        line = cbor.encode(header.fields(self._terminal, _NO_MAC if self._head_mac is None else self._mac(header)))
        head = framed(line, link(GENESIS, line))
        self._files.create(_name(header.segment), head + frame)
        self.newest = header.segment
        self.oldest = self.oldest or self.newest
        return len(head)

    def line_at(self, segment, offset):
        """The line that stands at a place which `append` or `replay` named. Its check is not made again."""
        size = int.from_bytes(self._files.read(_name(segment), offset, LENGTH_SIZE), "big")
        return self._files.read(_name(segment), offset + LENGTH_SIZE, size)

    def lines_of(self, header):
        """[(offset, line)] of one segment, oldest first, as far as the chain fits and the journal counts them."""
        data, chain, offset, found = self._files.read(_name(header.segment)), header.chain, header.size, []
        after = self.header(header.segment + 1)
        for _ in range((self.lines if after is None else after.lines) - header.lines):
            one = unframed(data, offset, chain)
            if one is None:
                break
            found.append((offset, one[0]))
            chain, offset = one[1], one[2]
        return found

    def free(self, number):
        """Takes the oldest segments up to and with `number` away."""
        while self.oldest <= number and self.oldest < self.newest:
            try:
                self._files.remove(_name(self.oldest))
            except OSError:  # it was a gap; gone is what it should be
                self.troubles.append((self.oldest, "GAP"))
            self.oldest += 1

    @property
    def used(self):
        """How many segments there are."""
        return self.newest - self.oldest + 1 if self.newest else 0


def _name(number):
    return "j%08x" % number


def _frames(data, offset):
    """How many frames follow each other from `offset` to the very end by their lengths alone; 0 when they do not end there."""
    count = 0
    while offset + FRAME_SIZE < len(data):
        offset += FRAME_SIZE + int.from_bytes(data[offset : offset + LENGTH_SIZE], "big")
        count += 1
    return count if offset == len(data) else 0


def segments_that_fit(files, wanted):
    """How many segments a journal may have so that its flash never runs out first: `wanted` or fewer. Slow: asked at the start only."""
    used = len([name for name in files.names() if name[0] == "j"])
    spare = files.free_bytes() // SEGMENT_SIZE - RESERVE * 2 - 6  # an index of 16 KB twice, carried doubts, the file system's own
    return max(RESERVE + 2, min(wanted, used + spare))
