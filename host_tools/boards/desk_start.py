"""What the desk board does before its launcher, in MicroPython: mount the mapped releases. Arguments: ROOT, then SLOT:ADDRESS:SIZE of each."""

import sys

import uctypes
import vfs

root, PLACES = sys.argv[1], {}  # PLACES: slot -> where its code is executed in place; the launcher asks for it
for place in sys.argv[2:]:
    slot, address, size = place.split(":")
    PLACES[slot] = "/rom_" + slot
    vfs.mount(vfs.VfsRom(uctypes.bytearray_at(int(address), int(size))), PLACES[slot])
del sys.argv[2:]
sys.path[:] = [".frozen"]
with open(root + "/main.py") as launcher:
    text = launcher.read()
exec(text, {"__name__": "__main__", "PLACES": PLACES})  # noqa: S102 - the board's own launcher
