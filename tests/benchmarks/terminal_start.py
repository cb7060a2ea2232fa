"""Run by MicroPython instead of the desk's launcher: the same firmware from the same place, with a mark at each border between its parts.

After each tap it says {"marks": [[part, bytes allocated since the mark before], …]}. Each mark also calls `time.ticks_cpu`, which the
firmware never does: whoever counts instructions outside ends a count there, and sets BENCH_INSTRUCTIONS, because to ask for what was
allocated costs more than a tap. Buttons are not looked after meanwhile.
"""

import gc
import os
import sys
import time

import uctypes
import vfs

# part -> (module, class, methods) whose time and memory are its own; what they call of another part is that part's.
PARTS = (
    ("reader", "terminal.nfc_chips.pn532", "Pn532", ("exchange",)),
    ("journal", "terminal.journal", "Journal", ("familiar", "recall", "intend", "outcome", "refuse_if_full")),
    ("signals", "terminal.signals", "Signals", ("show",)),
    ("desk", "terminal.boards.desk", "DeskBoard", ("say",)),  # lines of JSON, which only this board writes
    ("desk", "terminal.boards.desk", "Display", ("show",)),
    ("desk", "terminal.boards.desk", "Light", ("set",)),
)
REST = "cards and offers"
allocated = (lambda: 0) if os.getenv("BENCH_INSTRUCTIONS") else gc.mem_alloc

root, places = sys.argv[1], {}
for place in sys.argv[2:]:
    slot, address, size = place.split(":")
    places[slot] = "/rom_" + slot
    vfs.mount(vfs.VfsRom(uctypes.bytearray_at(int(address), int(size))), places[slot])
sys.path[:] = [places["a"], ".frozen"]

now, marks = [], []  # the parts that are at work, the innermost last; what was marked in this tap


def mark():
    """What was allocated up to here is the innermost part's."""
    if now:
        marks.append(now[-1])
        marks.append(allocated())
        time.ticks_cpu()


def begin(part):
    mark()
    now.append(part)


def end():
    mark()
    now.pop()


def marked(part, method):
    """`method` as a part of its own."""

    def plain(*arguments, **more):
        if not now:
            return method(*arguments, **more)
        begin(part)
        try:
            return method(*arguments, **more)
        finally:
            end()

    return plain


def awaited(part, method):
    """The same of a coroutine."""

    async def waiting(*arguments):
        if not now:
            return await method(*arguments)
        begin(part)
        try:
            return await method(*arguments)
        finally:
            end()

    return waiting


def counted(present):
    """A tap from the first look at its card to the last word: what it marked is told."""

    async def whole(loop):
        marks.clear()
        gc.collect()
        begin(REST)
        marks.append("")
        marks.append(allocated())
        time.ticks_cpu()
        try:
            return await present(loop)
        finally:
            end()
            told, before = [], None
            for place in range(0, len(marks), 2):
                if before is not None:
                    told.append([marks[place], marks[place + 1] - before])
                before = marks[place + 1]
            sys.modules["terminal.boards.desk"].say({"marks": told})

    return whole


def read_of(line, count):
    """`StreamLine.read` as a board's UART does it: one piece of memory for all that came. A file makes one for each byte."""
    into, size = bytearray(count), 0
    while size < count and line.any():
        if not line.file.readinto(ONE):
            raise OSError("the serial line was closed")
        into[size] = ONE[0]
        size += 1
    return bytes(memoryview(into)[:size])


def any_of(line):
    """`StreamLine.any` without a list for each look."""
    for _ in line._poll.ipoll(0):
        return 1
    return 0


ONE = bytearray(1)


def main():
    """The firmware with its marks."""
    from cardos import tap_runner
    from terminal import main as firmware
    from terminal import tap_loop
    from terminal.nfc_chips.buses import stream

    stream.StreamLine.read, stream.StreamLine.any = read_of, any_of
    for part, module, name, methods in PARTS:
        __import__(module)
        owner = getattr(sys.modules[module], name)
        for method in methods:
            setattr(owner, method, (awaited if method == "exchange" else marked)(part, getattr(owner, method)))
    tap_loop.TapLoop._present = counted(tap_loop.TapLoop._present)
    sys.modules["terminal.boards.desk"].LOOK_EVERY_MS = 1 << 28
    tap_runner.TAP_MS_MAX = 1 << 28  # whoever counts is slow
    firmware.main(root)


main()
