"""Takes a release (`cardos.records.release`) into the slot that does not run, file by file, as its blob's bytes come.

Nothing of the running slot is touched. What stands at which moment of a power cut:

    1  other/manifest.part   the signed manifest, proven; from now on that slot is never started (`launcher.is_usable`)
    2  files of the slot that the release has not go; its own are written, each checked by its SHA-256
    3  manifest.part becomes manifest: the slot is whole
    4  the file `slot` names it, with no start counted yet

`have` finds out how far an earlier attempt came: whole files stay, the file in the middle is written anew.
"""

import hashlib
import sys

from cardos.cbor import decode
from cardos.errors import BadInput, StampdError
from cardos.records.release import ANY_BOARD, LENGTH_SIZE, manifest_size, open_release_steps, trusted_release
from terminal.launcher import HEALTHY, PART, other, read_slot, write_slot

MANIFEST = "manifest"
_NUMBER = b"\x66number"  # the key in CBOR
_SIGNATURE_SIZE = 66  # bytes of the signature and of its head, the last part of a COSE_Sign1
_END_SIZE = 96  # the key, a number and the signature
_BLOCK = 4096
_PIECE = 1024
_ROOM = 32 * 1024  # bytes that stay free: the journal and the kept files have to go on


class UpdateTrouble(StampdError):
    """A release cannot be taken now. Codes: UPDATE_WRITE (the flash refuses), UPDATE_NO_ROOM, UPDATE_ORDER (bytes of another place)."""

    code = "UPDATE_WRITE"


class Installer:
    """One release on its way into the other slot.

    disk: `launcher.Disk`. public_key: the scheme's of purpose "release". board: this board's name. mpy: the version of compiled files
    that this interpreter loads, None: asked of it.

    The sync uses it so: `have(number, size)` -> offset; `add(offset, bytes)` until `prove_now` is true, then the generator `prove`
    (seconds, in steps); on with `add` to the end; then the generator `steps`.
    """

    def __init__(self, disk, public_key, scheme, board, mpy=None):
        self._disk, self._public_key, self._scheme, self._board = disk, public_key, scheme, board
        self._mpy = getattr(sys.implementation, "_mpy", 0) & 0xFF if mpy is None else mpy
        self._running = read_slot(disk)[0]
        self._slot = other(self._running)
        self._forget()

    def _forget(self):
        self._manifest, self._head, self.offset = None, bytearray(), 0
        self._place = self._written = 0  # which file is written, and how many of its bytes stand
        self._digest = None

    def number(self):
        """The number of the release that runs; 0 for one that was never signed."""
        return number_in(self._disk, self._running)

    def have(self, number, size, digest=None):
        """Which byte of the blob of release `number` is wanted next; `size` when it is all here. Nothing is written. digest: of the whole
        blob; not needed, because each file has its own under the signature."""
        self._forget()
        for name in (MANIFEST, PART):
            signed_manifest = self._kept_manifest(name)
            manifest = _manifest_of(signed_manifest)
            if manifest is not None and manifest["number"] == number and _blob_size(signed_manifest, manifest) == size:
                self._go_on(signed_manifest, manifest)
                break
        return self.offset

    def _kept_manifest(self, name):
        path = self._slot + "/" + name
        return self._disk.read(path) if self._disk.kind(path) == "file" else b""

    def _go_on(self, signed_manifest, manifest):
        self._head, self._manifest = bytearray(signed_manifest), manifest
        self.offset = LENGTH_SIZE + len(signed_manifest)
        for path, size, digest in manifest["files"]:
            if not self._is_whole(path, size, digest):
                return
            self._place += 1
            self.offset += size

    def _is_whole(self, path, size, digest):
        whole, found, offset = self._slot + "/" + path, hashlib.sha256(b""), 0
        if self._disk.kind(whole) != "file":
            return False
        while offset <= size:
            piece = self._disk.read(whole, offset, _PIECE)
            if not piece:
                break
            found.update(piece)
            offset += len(piece)
        return offset == size and found.digest() == digest

    @property
    def prove_now(self):
        """True when the manifest is here and `prove` has to run before the next byte."""
        return self._manifest is None and len(self._head) > LENGTH_SIZE and self.offset == LENGTH_SIZE + manifest_size(self._head)

    @property
    def wanted(self):
        """How many bytes the next `add` may bring: up to the manifest's end before it is proven, to the blob's end after."""
        if self._manifest is not None:
            return _blob_size(self._head, self._manifest) - self.offset
        return LENGTH_SIZE - self.offset if self.offset < LENGTH_SIZE else LENGTH_SIZE + manifest_size(self._head) - self.offset

    def add(self, offset, data):
        """The blob's bytes at `offset`; what goes beyond `wanted` is not taken and is asked for again. Returns the next offset wanted.

        Raises BadInput (RELEASE_DAMAGED) for a file that is not what the manifest says, and `UpdateTrouble`.
        """
        if offset != self.offset:
            raise UpdateTrouble("Byte %d of the release was wanted, and byte %d came." % (self.offset, offset), "Fetch it again.", "UPDATE_ORDER")
        data = memoryview(data)
        if self._manifest is not None:
            self._skip_empty()
        while len(data) and self.wanted > 0:
            taken = self._add_file(data) if self._manifest is not None else self._add_head(data)
            self.offset += taken
            data = data[taken:]
        return self.offset

    def _add_head(self, data):
        taken = min(len(data), self.wanted)
        self._head.extend(data[:taken])
        return taken

    def prove(self):
        """Generator, yields None often: proves the manifest and makes the slot ready for its files. BadInput: RELEASE_…; after it nothing
        of this release is kept. `UpdateTrouble`."""
        signed_manifest = bytes(memoryview(self._head)[LENGTH_SIZE:])
        self._head, self.offset, reached = bytearray(), 0, self.offset  # what raises from here on leaves nothing to go on with
        manifest = yield from open_release_steps(signed_manifest, self._public_key, self._scheme, self.number())
        self._refuse_other(manifest)
        have = self._disk.free_bytes() + sum([_in_blocks(size) for _, size in _old_files(self._disk, self._slot)])
        need = sum([_in_blocks(size) for _, size, _ in manifest["files"]]) + _in_blocks(len(signed_manifest)) + _ROOM
        if have < need:
            text = "The release needs %d KB of flash and %d KB are free." % (need // 1024, have // 1024)
            raise UpdateTrouble(text, "Connect the board to the shop, so that its journal can shrink.", "UPDATE_NO_ROOM")
        try:
            self._make_ready(signed_manifest, manifest)
        except OSError:
            raise _no_flash()
        self._head, self._manifest, self.offset = bytearray(signed_manifest), manifest, reached

    def _refuse_other(self, manifest):
        if manifest["board"] not in (ANY_BOARD, self._board):
            raise BadInput("This release is for %s, and this board is %s." % (manifest["board"], self._board), "Send the right one.", "RELEASE_BOARD")
        if manifest["mpy"] not in (0, self._mpy):
            text = "This release is compiled for version %d of .mpy files; this board loads version %d." % (manifest["mpy"], self._mpy)
            raise BadInput(text, "Compile it with the mpy-cross of the board's MicroPython.", "RELEASE_MPY")
        if manifest["number"] == self.number():
            raise BadInput("Release %d runs here already." % manifest["number"], "Nothing is to be done.", "RELEASE_OLDER")
        if read_slot(self._disk)[2] and number_in(self._disk, self._slot) == manifest["number"]:
            text = "Release %d did not come up on this board; the one before it runs." % manifest["number"]
            raise BadInput(text, "Send a corrected release with a higher number.", "RELEASE_FAILED")

    def _make_ready(self, signed_manifest, manifest):
        disk, slot = self._disk, self._slot
        _make_folders(disk, slot + "/" + MANIFEST)
        disk.write(slot + "/new", signed_manifest)
        disk.rename(slot + "/new", slot + "/" + PART)
        self._remove_others(manifest)

    def _remove_others(self, manifest):
        """Takes away what lies in the slot and is not of this release: an old module beside a new one would be found first."""
        wanted = {self._slot + "/" + PART: True}
        for path, _, _ in manifest["files"]:
            wanted[self._slot + "/" + path] = True
        for path, _ in _old_files(self._disk, self._slot):
            if path not in wanted:
                self._disk.remove(path)

    def _add_file(self, data):
        path, size, digest = self._manifest["files"][self._place]
        whole = self._slot + "/" + path
        piece = data[: size - self._written]
        try:
            if self._written == 0:
                self._digest = hashlib.sha256(b"")
                _make_folders(self._disk, whole)
                self._disk.write(whole, piece)
            else:
                self._disk.append(whole, piece)
        except OSError:
            raise _no_flash()
        self._digest.update(piece)
        self._written += len(piece)
        if self._written == size:
            if self._digest.digest() != digest:
                self._forget()
                raise BadInput("%s is not what the release's manifest says." % path, "Fetch the release again.", "RELEASE_DAMAGED")
            self._place, self._written = self._place + 1, 0
            self._skip_empty()
        return len(piece)

    def _skip_empty(self):
        """Files without a byte bring none: they are made when their turn comes."""
        files = self._manifest["files"]
        while self._place < len(files) and files[self._place][1] == 0:
            whole = self._slot + "/" + files[self._place][0]
            try:
                _make_folders(self._disk, whole)
                self._disk.write(whole, b"")
            except OSError:
                raise _no_flash()
            self._place += 1

    @property
    def is_whole(self):
        """True when every file stands as the manifest says."""
        return self._manifest is not None and self._place == len(self._manifest["files"])

    def steps(self):
        """Generator, yields None often: makes the release the one that the next start runs. Afterwards the board is to be started again.

        Raises BadInput (RELEASE_DAMAGED) when it is not whole, RELEASE_… as `prove` does, and `UpdateTrouble`.
        """
        if self._manifest is not None:
            self._skip_empty()
        if not self.is_whole:
            raise BadInput("This release is not whole yet.", "Fetch the rest of it.", "RELEASE_DAMAGED")
        self._refuse_other(self._manifest)
        for path, size, digest in self._manifest["files"]:
            yield
            if not self._is_whole(path, size, digest):
                self._forget()
                raise BadInput("%s did not stay what it was written as." % path, "Fetch the release again; look at the flash.", "RELEASE_DAMAGED")
        signed_manifest = bytes(self._head)
        manifest = yield from open_release_steps(signed_manifest, self._public_key, self._scheme, self.number())
        try:
            if self._disk.kind(self._slot + "/" + PART) is not None:
                self._remove_others(manifest)
                self._disk.rename(self._slot + "/" + PART, self._slot + "/" + MANIFEST)
            write_slot(self._disk, self._slot, "0")
        except OSError:
            raise _no_flash()


def healthy(disk):
    """The running firmware works: it stays. Called once, when the first minute of its tap loop is over; True when it was news."""
    letter, state, mark = read_slot(disk)
    if state != HEALTHY:
        write_slot(disk, letter, HEALTHY, mark)
    _keep_partition()
    return state != HEALTHY


def _keep_partition():
    """On an ESP32 that was flashed with two application partitions the interpreter itself is on trial too (MicroPython, esp32.Partition)."""
    try:
        from esp32 import Partition
    except ImportError:  # every other board
        return
    if hasattr(Partition, "mark_app_valid_cancel_rollback"):
        try:
            Partition.mark_app_valid_cancel_rollback()
        except OSError:  # one application partition: nothing was on trial
            return


def running_number(disk):
    """The number of the release that runs; 0 for one that was never signed."""
    return number_in(disk, read_slot(disk)[0])


def number_in(disk, letter):
    """The number of the whole release in a slot; 0 for none. Only the manifest's end is read: it has some 10 KB, and the number stands
    last in its map, before the signature."""
    path = letter + "/" + MANIFEST
    if disk.kind(path) != "file":
        return 0
    end = disk.read(path, max(0, disk.size(path) - _END_SIZE))
    place = end.rfind(_NUMBER)
    if place < 0:
        return 0
    try:
        number = decode(end[place + len(_NUMBER) : -_SIGNATURE_SIZE])
    except BadInput:  # not whole, or of another version: as if there were none
        return 0
    return number if isinstance(number, int) else 0


def _manifest_of(signed_manifest):
    if not signed_manifest:
        return None
    try:
        return trusted_release(signed_manifest)
    except BadInput:  # not whole, or of another version: as if there were none
        return None


def _blob_size(signed_manifest, manifest):
    return LENGTH_SIZE + len(signed_manifest) + sum([row[1] for row in manifest["files"]])


def _old_files(disk, folder):
    """[(path, size)] of all files below a folder."""
    found = []
    if disk.kind(folder) != "folder":
        return found
    for name in disk.names(folder):
        path = folder + "/" + name
        if disk.kind(path) == "folder":
            found.extend(_old_files(disk, path))
        else:
            found.append((path, disk.size(path)))
    return found


def _in_blocks(size):
    """Bytes of flash that a file takes: littlefs gives it whole blocks."""
    return (size + _BLOCK - 1) // _BLOCK * _BLOCK


def _make_folders(disk, path):
    parts = path.split("/")
    for count in range(1, len(parts)):
        folder = "/".join(parts[:count])
        if disk.kind(folder) is None:
            disk.make_folder(folder)


def _no_flash():
    return UpdateTrouble("The release could not be written to flash.", "Start the board again; it goes on where it stopped.")
