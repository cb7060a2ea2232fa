"""What a board starts (its /main.py): picks the slot whose firmware runs, and goes back to the other when a new one does not come up.

Two slots, the folders `a` and `b`, hold a firmware each. The file `slot` says which one runs:

    slot    letter, then "=" when that firmware said that it is healthy, else "0" to "3": how often it was started without saying so;
            then "!" when the release in the other slot was tried and fell through

A firmware that was started three times and never said `healthy` makes way for the other. A slot with a `manifest.part` in it is
being written and is never started. This file stays on the board through all releases: it imports nothing of ours.
"""

import os
import sys

SLOT = "slot"
HEALTHY = "="
STARTS_MAX = 3  # a power cut during the first start is common, three are not
PART = "manifest.part"

_FOLDER = 0x4000  # the file type bits of a folder in st_mode


class Disk:
    """The files of a board below `root`. What `write`, `append` and `rename` did is durable when they return. Raises OSError."""

    def __init__(self, root=""):
        self._root = root

    def kind(self, path):
        """ "file", "folder" or None."""
        try:
            return "folder" if os.stat(self._path(path))[0] & 0xF000 == _FOLDER else "file"
        except OSError:  # there is nothing of that name
            return None

    def names(self, path):
        """The names in a folder."""
        return os.listdir(self._path(path))

    def read(self, path, offset=0, size=-1):
        """Up to `size` bytes of a file from `offset`; all of them for -1."""
        with open(self._path(path), "rb") as file:
            if offset:
                file.seek(offset)
            return file.read(size)

    def size(self, path):
        """How many bytes a file has."""
        return os.stat(self._path(path))[6]

    def write(self, path, data):
        """Makes a file with this content."""
        self._put(path, "wb", data)

    def append(self, path, data):
        """Adds bytes at a file's end."""
        self._put(path, "ab", data)

    def rename(self, old, new):
        """Gives a file another name; a file of that name is replaced, at once."""
        os.rename(self._path(old), self._path(new))

    def remove(self, path):
        """Takes a file away."""
        os.remove(self._path(path))

    def make_folder(self, path):
        """Makes one folder."""
        os.mkdir(self._path(path))

    def free_bytes(self):
        """Bytes that the file system has left."""
        found = os.statvfs(self._path(""))
        return found[0] * found[3]

    def _path(self, path):
        return self._root + "/" + path

    def _put(self, path, mode, data):
        with open(self._path(path), mode) as file:
            file.write(data)
            file.flush()
            if hasattr(os, "fsync"):  # a PC as a board; littlefs is durable at close
                os.fsync(file.fileno())


def read_slot(disk):
    """(letter, state, mark): "a" or "b"; "=" or a digit; "!" or "". Without the file, or with a damaged one, the first start of "a"."""
    try:
        text = disk.read(SLOT).decode()
    except (OSError, ValueError):  # a board that was just flashed has none; no text is a damaged one
        text = ""
    if len(text) in (2, 3) and text[0] in "ab" and text[1] in "=0123" and text[2:] in ("", "!"):
        return text[0], text[1], text[2:]
    return "a", "0", ""


def write_slot(disk, letter, state, mark=""):
    """Makes this the slot file's content, or leaves the old content."""
    disk.write(SLOT + ".new", (letter + state + mark).encode())
    disk.rename(SLOT + ".new", SLOT)


def other(letter):
    """The other slot's letter."""
    return "b" if letter == "a" else "a"


def is_usable(disk, letter):
    """True for a slot with a whole firmware in it, as far as its files tell."""
    return disk.kind(letter + "/terminal") == "folder" and disk.kind(letter + "/" + PART) is None


def choose(disk):
    """The letter of the slot that is started now, and counts the start; None when no slot has a firmware (it is frozen then)."""
    letter, state, mark = read_slot(disk)
    if not is_usable(disk, letter):
        if not is_usable(disk, other(letter)):
            return None
        letter, state, mark = other(letter), "0", ""
    elif state == str(STARTS_MAX) and is_usable(disk, other(letter)):
        letter, state, mark = other(letter), "0", "!"
    if state != HEALTHY and state != str(STARTS_MAX):
        write_slot(disk, letter, str(int(state) + 1), mark)
    return letter


def is_healthy(disk):
    """True when the running firmware has said so already."""
    return read_slot(disk)[1] == HEALTHY


def start(root, places):
    """Starts the firmware. root: the folder of the board's files, "" for the board itself. places: {letter: folder} of slots whose
    code is executed in place of flash, where a desk mounts it."""
    disk = Disk(root)
    letter = choose(disk)
    if letter is not None:
        sys.path.insert(0, places.get(letter) or root + "/" + letter)
    try:
        from terminal import main as firmware
    except Exception:  # whatever a damaged firmware raises: its start counts, and a slot that was healthy is on trial again
        if letter is not None and is_healthy(disk):
            write_slot(disk, letter, "1")
        raise
    firmware.main(root)


if __name__ == "__main__":
    start(sys.argv[1] if len(sys.argv) > 1 else "", globals().get("PLACES", {}))
