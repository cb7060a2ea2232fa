"""What a board downloads from its shop: in chunks, gone on with after a restart, proven before it is kept.

A download is anything with

    number()                        the newest number that this board has or had, 0 for none; offers at or below it are not taken
    bytes_max                       longer ones are not begun; RELEASE_BYTES_MAX where a download does not say
    have(number, size, digest)      how many bytes of this one are here already
    add(offset, data)               takes the next bytes, or some of them, durable when it returns; returns the next offset wanted
    prove_now, prove()              where the beginning has to be proven first: whether now, and a generator in steps that does
    steps()                         generator: proves the whole and keeps it. BadInput when it is none; what was got is thrown away

`FileDownload` is one that fits in RAM: pack, stop list and settings. `update.Installer` is another: it writes a release file by file.

    fetch/<what> = number (u32) || size (u32) || SHA-256 (32) || the bytes so far
"""

import hashlib

from cardos.bytes import uint
from cardos.errors import BadInput
from cardos.records.board_sync import FETCH, OK, PACK, SETTINGS, STOP_LIST
from terminal.slices import in_slices

BYTES_MAX = 16 * 1024  # a pack and a stop list have as much; the file and what it decodes to fit a board's heap
RELEASE_BYTES_MAX = 512 * 1024
ORDER = (SETTINGS, STOP_LIST, PACK, "release")  # what is fetched first

_HEAD_SIZE = 40
_PIECE = 1024  # bytes hashed in one step


class FileDownload:
    """A download that is kept in a file until it is whole. files: a `FlashFiles` of fetch/. number: a function, () -> int.

    prove: (bytes, newest number) -> generator in steps that raises BadInput. take: called with the bytes once they are proven.
    """

    prove_now = False

    def __init__(self, files, what, number, prove, take, bytes_max=BYTES_MAX):
        self.bytes_max = bytes_max
        self._files, self._what, self._number = files, what, number
        self._prove, self._take = prove, take
        self._taken = 0

    def number(self):
        return max(self._number(), self._taken)

    def have(self, number, size, digest):
        head = uint(number, 4) + uint(size, 4) + digest
        if self._what in self._files.names():
            data = self._files.read(self._what)
            if data[:_HEAD_SIZE] == head and len(data) <= _HEAD_SIZE + size:
                return len(data) - _HEAD_SIZE
        self._files.create(self._what, head)
        return 0

    def add(self, offset, data):
        self._files.append(self._what, data)
        return offset + len(data)

    def steps(self):
        data = self._files.read(self._what)
        number, digest, data = int.from_bytes(data[:4], "big"), data[8:_HEAD_SIZE], data[_HEAD_SIZE:]
        found = hashlib.sha256()
        for place in range(0, len(data), _PIECE):
            found.update(data[place : place + _PIECE])
            yield
        try:
            if found.digest() != digest:
                raise BadInput("What was fetched as %s is not what the shop has." % self._what, "It is fetched again.", "FETCH_DAMAGED")
            yield from self._prove(data, self.number())
        except BadInput:
            self._files.remove(self._what)
            raise
        self._take(data)
        self._taken = number
        self._files.remove(self._what)


async def fetch(ask, quiet, download, what, number, size, digest):
    """Gets one offer of the shop. ask: async, (kind, more) -> answer. True when it is kept, False when the shop has it no more.

    Raises what `ask` raises, and BadInput for bytes that are not what they should be.
    """
    await quiet()
    offset = download.have(number, size, digest)
    while offset < size:
        if download.prove_now:
            await in_slices(download.prove(), quiet)
        answer = await ask(FETCH, (what, number, offset))
        if answer.status != OK or not answer.data:
            return False
        end = offset + len(answer.data)
        if (answer.what, answer.number, answer.offset) != (what, number, offset) or end > size:
            raise BadInput("The shop sent another piece than it was asked for.", "Update stampd on the shop's machine.", "BOARD_MESSAGE")
        await quiet()
        begin, offset = offset, download.add(offset, answer.data)
        if not begin < offset <= end:
            raise BadInput("%s does not come on after byte %d." % (what, begin), "It is fetched again.", "FETCH_DAMAGED")
    await in_slices(download.steps(), quiet)
    return True


def board_downloads(vault, kept, files, numbers, check_pack=None, installer=None):
    """{what: download} of a board. vault: `KeyVault`. kept: `Kept`. files: of fetch/. numbers: {what: number that is kept, 0 for none}.

    check_pack: see `open_pack`; installer: `update.Installer`, None where a board is updated by hand.
    """

    def of_settings(data, newest):
        from cardos.records.board_settings import open_settings

        yield  # nothing long: its MACs and the SHA-256 came from the shop
        if open_settings(data)["number"] <= newest:
            raise BadInput("These settings are older than those in use here.", "Send the newest.", "SETTINGS_OLDER")

    def of_list(data, newest):
        from cardos.records.stop_list import open_stop_list_steps

        yield from open_stop_list_steps(data, vault.public["list"], vault.scheme, newest)

    def of_pack(data, newest):
        from cardos.offers.pack_file import open_pack_steps

        yield from open_pack_steps(data, vault.public["pack"], vault.scheme, newest, check_pack)

    found = {}
    for what, prove in ((SETTINGS, of_settings), (STOP_LIST, of_list), (PACK, of_pack)):
        found[what] = FileDownload(files, what, _constant(numbers.get(what, 0)), prove, _keeper(kept, what))
    if installer is not None:
        found["release"] = installer
    return found


def _constant(value):
    return lambda: value


def _keeper(kept, what):
    return lambda data: kept.keep(what, data)
