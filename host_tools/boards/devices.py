"""A board as the commands meet it: a file system, an interpreter that runs a line of code, a restart.

    MpremoteDevice   a real board on a serial port (`mpremote_device`), through mpremote's own transport
    FolderDevice     a folder that a MicroPython program of this machine takes for its flash (`folder_device`)

Both give the same seven methods (`Device`). Files are sent by content: `differing` says which ones a board does not have yet, so
that whoever was cut goes on where it stopped. A file appears under its name only when it is whole: it is written beside it,
compared by SHA-256 on the board itself, and renamed.

Paths are the board's own: "/a/terminal/main.mpy".
"""

import hashlib
from collections import namedtuple
from typing import Protocol

from cardos.errors import StampdError

NEW = ".new"  # behind a file's name while it is written
INSTALL_HINT = "Install what boards need: pip install 'stampd[boards]' (or, in this project's folder, make setup)."

# What an interpreter says of itself. port: "rp2", "esp32", "unix" …; machine: its own words; version: (1, 29, 0); mpy: the version of
# .mpy files that it loads, 6, or None: it loads none. free: bytes on its file system, heap: bytes of memory for programs; None when not
# known. is_frozen: the terminal's firmware stands inside the interpreter.
Facts = namedtuple("Facts", ["port", "machine", "version", "mpy", "free", "heap", "is_frozen"])
Entry = namedtuple("Entry", ["size", "digest"])  # of one file; digest: SHA-256, 32 bytes


class BoardTrouble(StampdError):
    """A board cannot be reached, is no board of ours, or did not do as it was told. Holds no key byte."""

    code = "BOARD"


class Device(Protocol):
    """What `flash` and `provision` need of a board. Every method raises `BoardTrouble` (BOARD_LOST when it went away)."""

    name: str  # how messages call it

    def facts(self) -> Facts:
        """What its interpreter is."""

    def listing(self, under: str) -> dict[str, Entry]:
        """{path: Entry} of every file below a folder, at any depth; of a path that is a file, that file. {} when nothing is there."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None when it is not there."""

    def write(self, path: str, data: bytes) -> None:
        """Make the file hold `data`: its folders are made, and the old content stands until the new one is whole."""

    def remove(self, path: str) -> None:
        """Take a file away; one that is not there is no trouble."""

    def run(self, code: str) -> bytes:
        """Run lines of MicroPython and give what they printed. No secret in `code`."""

    def restart(self) -> None:
        """Start the board's own program; nothing else is asked of it afterwards."""

    def close(self) -> None:
        """Restart it, if nobody did, and let go of it."""


def entry_of(data):
    """The `Entry` that some bytes have."""
    return Entry(len(data), hashlib.sha256(data).digest())


def differing(device, under, files):
    """The (path, data) of `files` that the board does not hold with these bytes below the folder `under`, in their order."""
    there = device.listing(under)
    return [(path, data) for path, data in files if there.get(path) != entry_of(data)]


def put(device, path, data):
    """Write a file and prove it by its SHA-256 on the board. BoardTrouble BOARD_WRITE when it came out otherwise."""
    device.write(path, data)
    if device.listing(path).get(path) != entry_of(data):
        raise BoardTrouble("%s came out damaged on %s." % (path, device.name), "Try again; if it stays so, its flash is worn out.", "BOARD_WRITE")


def lost(name):
    """The trouble of a board that stopped answering."""
    return BoardTrouble("%s went away." % name, "Plug it in again and run the same command: it goes on where it stopped.", "BOARD_LOST")


def full(name, path):
    """The trouble of a board without room for a file."""
    return BoardTrouble("There is no room on %s for %s." % (name, path), "Sync its journal first, or take a board with more flash.", "BOARD_FULL")


def open_device(port=None, folder=None):
    """The board that a command's options name: a serial port, a folder, or the only board that is plugged in.

    BoardTrouble: BOARD_NONE (nothing is plugged in), BOARD_WHICH (more than one), and what opening raises.
    """
    if folder is not None:
        from host_tools.boards.folder_device import FolderDevice

        return FolderDevice(folder)
    from host_tools.boards.mpremote_device import MpremoteDevice, ports

    if port is None:
        found = ports()
        if not found:
            raise BoardTrouble("No board is plugged in.", "Plug one in by USB (a cable that carries data), or name its port with --port.", "BOARD_NONE")
        if len(found) > 1:
            raise BoardTrouble("More than one serial port is there: %s." % ", ".join(found), "Name the board's with --port.", "BOARD_WHICH")
        port = found[0]
    return MpremoteDevice(port)
