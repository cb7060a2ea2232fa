"""Make a littlefs image of a folder, or look into one: micropython littlefs_image.py make FOLDER IMAGE BLOCKS | run IMAGE CODE

MicroPython's own littlefs writes it, with the geometry of an RP2's flash, so a board mounts it as its own. `run` mounts an image at
/flash and executes CODE there.
"""

import os
import sys
import vfs

BLOCK, PAGE = 4096, 256
FOLDER = 0x4000  # the file type bits of a folder in st_mode
PIECE = 4096


class Flash:
    """A block device over a bytearray, as `vfs.AbstractBlockDev` with the extended interface."""

    def __init__(self, data):
        self.data = data

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        if operation == 4:
            return len(self.data) // BLOCK
        if operation == 5:
            return BLOCK
        if operation == 6:
            self.data[argument * BLOCK : (argument + 1) * BLOCK] = b"\xff" * BLOCK
        return 0


def copy(source, target):
    """A folder with all that is in it."""
    for name in os.listdir(source):
        path = source + "/" + name
        if os.stat(path)[0] & 0xF000 == FOLDER:
            os.mkdir(target + "/" + name)
            copy(path, target + "/" + name)
            continue
        with open(path, "rb") as old, open(target + "/" + name, "wb") as new:
            while piece := old.read(PIECE):
                new.write(piece)


def make(folder, image, blocks):
    flash = Flash(bytearray(b"\xff" * (BLOCK * blocks)))
    vfs.VfsLfs2.mkfs(flash, progsize=PAGE)
    vfs.mount(vfs.VfsLfs2(flash, progsize=PAGE), "/flash")
    copy(folder, "/flash")
    vfs.umount("/flash")
    with open(image, "wb") as file:
        file.write(flash.data)


def run(image, code):
    with open(image, "rb") as file:
        flash = Flash(bytearray(file.read()))
    vfs.mount(vfs.VfsLfs2(flash, progsize=PAGE), "/flash")
    exec(code, {})  # noqa: S102 - what the test that calls this wrote


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    run(sys.argv[2], sys.argv[3])
