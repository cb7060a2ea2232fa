"""Releases: the firmware for boards, compiled, counted and signed by the shop; made available to them through the sync.

    HOME/boards/release.counted         the number that rises, and of which bytes it is: {"number": n, "sha256": …}
    HOME/boards/release.stampdrelease   what the sync offers, for every kind of board (`cardos.records.release`: the blob)
    HOME/boards/release                 that one's number, written just before it

The same sources are the same release: the number rises only when a byte changed. A release on a board's cable may leave out the
files of other kinds of boards; its number is the same.
"""

import hashlib
import json
import os
from collections import namedtuple
from pathlib import Path

from cardos.errors import BadInput
from cardos.records import release as release_file
from host_tools.boards.firmware import ANY, compiled, mpy_version

FOLDER = "boards"
COUNTED_FILE, NUMBER_FILE, RELEASE_FILE = "release.counted", "release", "release.stampdrelease"
SIZE_MAX = 384 * 1024  # bytes of all files; in whole blocks of flash under 1 MB, so two slots and a journal fit in the 2.5 MB of a Pico 2 W

# number; board: "any" or one; signed: the manifest; files: [(path in a slot, bytes)]
Release = namedtuple("Release", ["number", "board", "signed", "files"])


def size_of(files):
    """Bytes of some files."""
    return sum(len(data) for _, data in files)


def build(home, keys, board=ANY):
    """The `Release` of the sources as they stand. home: the shop's directory; keys: with `scheme` and `sign`.

    Nothing is written: `keep_number` makes the number durable. Raises BoardTrouble (BOARD_TOOLS, BOARD_FIRMWARE, BOARD_UNKNOWN), BadInput
    (RELEASE_TOO_LARGE, BOARD_FILE).
    """
    everything = compiled(ANY)
    if size_of(everything) > SIZE_MAX:
        raise BadInput("The firmware has %d bytes; at most %d go on a board." % (size_of(everything), SIZE_MAX), "Report it.", "RELEASE_TOO_LARGE")
    files = everything if board == ANY else compiled(board)
    number = _number(home, _digest(everything))
    rows = [[path, len(data), hashlib.sha256(data).digest()] for path, data in files]
    manifest = {"format": release_file.FORMAT, "number": number, "board": board, "mpy": mpy_version(), "files": rows}
    protected, payload, message = release_file.unsigned_release(manifest, keys.scheme)
    signed = release_file.assemble(protected, payload, keys.sign(release_file.KEY_PURPOSE, message))
    release_file.open_release(signed, keys.public_key(release_file.KEY_PURPOSE), keys.scheme, 0)  # as a board will
    return Release(number, board, signed, files)


def keep_number(home, release):
    """Make a release's number durable, before a board gets it: no other bytes will bear it."""
    known = _known(home)
    if known is None or known["number"] < release.number:
        _write(home, COUNTED_FILE, json.dumps({"number": release.number, "sha256": _digest(compiled(ANY))}).encode() + b"\n")


def publish(home, release):
    """Make a release for all boards available through the sync. Returns the path of its file."""
    if release.board != ANY:
        raise BadInput("Only a release for every board goes out through the sync.", "Leave --board out.", "RELEASE_BOARD")
    keep_number(home, release)
    _write(home, NUMBER_FILE, b"%d\n" % release.number)
    return _write(home, RELEASE_FILE, release_file.make_blob(release.signed, [data for _, data in release.files]))


def published(home):
    """The number of the release that the sync offers; None without one. BadInput (RELEASE_DAMAGED) for a damaged file."""
    try:
        data = (Path(home) / FOLDER / RELEASE_FILE).read_bytes()
    except FileNotFoundError:  # no update was ever made available
        return None
    start = release_file.LENGTH_SIZE
    return release_file.trusted_release(data[start : start + release_file.manifest_size(data)])["number"]


def _digest(files):
    total = hashlib.sha256()
    for path, data in files:
        total.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
    return total.hexdigest()


def _number(home, digest):
    known = _known(home)
    if known is None:
        return 1
    return known["number"] + (known["sha256"] != digest)


def _known(home):
    path = Path(home) / FOLDER / COUNTED_FILE
    try:
        known = json.loads(path.read_bytes())
        return {"number": int(known["number"]), "sha256": str(known["sha256"])}
    except FileNotFoundError:  # the first release of this shop
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:  # a number that is guessed could go back
        raise BadInput(
            "%s is damaged." % path, 'Write {"number": N, "sha256": ""} there, N above the release of every board (stampd board list).', "BOARD_FILE"
        ) from error


def _write(home, name, data):
    path = Path(home) / FOLDER / name
    temporary = path.with_name(name + ".new")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise BadInput("%s could not be written (%s)." % (path, error.strerror), "Make room or correct its rights.", "BOARD_FILE") from error
    return path
