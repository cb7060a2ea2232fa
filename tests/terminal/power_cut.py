"""A day of a board's journal on littlefs, and its power cut at the flash: micropython -X heapsize=64m power_cut.py ROOT TAPS CUTS SEED

The real VfsLfs2 of MicroPython runs over a block device made here, with the geometry of a Pico W (erase block 4096, program page
256). First a day of TAPS taps is recorded down to the flash. Then it is cut at CUTS places ("all": at every erase, program and sync),
each in one of three ways in turn, and what is left in flash is mounted and opened again:

    clean      the writes before the cut are there, the one at the cut is not
    torn       the one at the cut is there in part: its beginning, then what was there or noise
    reordered  of the writes since the last sync of the device any may be missing, the one at the cut may be there. Only what is
               asked of one erase block stays in order: no flash programs a page before the erase that it was given first

Prints one line of JSON: what was tried, and what a tap costs the flash. Exit code 1 with a traceback when a promise is broken.
"""

import gc
import json
import os
import sys

sys.path.insert(0, sys.argv[1])

from terminal.journal_segments import FlashFiles
from tests.portable.journal_bench import Day, Log, opened, promises

BLOCKS, BLOCK = 212, 4096  # the file system of a Pico W: 848 KB
PAGE = 256
SEGMENTS = 128
CARDS = 24
WRITE, ERASE, SYNC, BEGINS, DURABLE = range(5)
WAYS = ("clean", "torn", "reordered")

# The details of an earned stamp as `cardos.taps.sell` journals them: 208 bytes.
DETAILS = {
    "amount": 450, "currency": "EUR", "lines": [], "paid": 450, "discount": 0, "earned": {"stamps": 1}, "spent": {}, "rewards": [],
    "declined": None, "pack": 1, "counters": {"stamps": 1}, "next": None,
    "receipt": {"day": 2251, "lines": [["", 1, 0, 450, 450]], "earned": [[0, 1, "units", 1, [0]]], "spent": [], "given": [], "undo": [],
                "shares": {}, "card": True},
}  # fmt: skip


class Flash:
    """A block device in memory, as `vfs.AbstractBlockDev` with the extended interface. steps: None, or a list that notes what is done."""

    def __init__(self, data=None):
        self.data = data or bytearray(b"\xff" * (BLOCKS * BLOCK))
        self.steps = None
        self.erased = self.programmed = self.written = self.synced = 0

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        self.note((WRITE, block * BLOCK + offset, bytes(buffer)))
        self.written += len(buffer)
        self.programmed += (len(buffer) + PAGE - 1) // PAGE

    def ioctl(self, operation, argument):
        if operation == 3:
            self.note((SYNC,))
            self.synced += 1
        elif operation == 6:
            self.note((ERASE, argument * BLOCK))
            self.erased += 1
        return {4: BLOCKS, 5: BLOCK}.get(operation, 0)

    def note(self, step):
        if self.steps is not None:
            self.steps.append(step)
        apply(self.data, step)


def apply(data, step):
    """Makes one step in the flash's bytes."""
    if step[0] == WRITE:
        data[step[1] : step[1] + len(step[2])] = step[2]
    elif step[0] == ERASE:
        data[step[1] : step[1] + BLOCK] = b"\xff" * BLOCK


def mounted(flash, folder):
    """The files of the journal on this flash."""
    os.mount(os.VfsLfs2(flash, readsize=32, progsize=PAGE), folder)
    return FlashFiles(folder + "/journal")


class Draw:
    """Numbers from a seed, the same on every interpreter."""

    def __init__(self, seed):
        self.state = seed * 2 + 1

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % limit


def record(taps, seed):
    """Runs the day. Returns (flash as the day began, steps, cards, flash as it ended, bytes of lines)."""
    flash = Flash()
    os.VfsLfs2.mkfs(flash, readsize=32, progsize=PAGE)
    files = mounted(flash, "/day")
    began = bytearray(flash.data)
    flash.erased = flash.programmed = flash.written = flash.synced = 0
    steps = flash.steps = []
    log = Log(lambda line, is_durable: steps.append((DURABLE if is_durable else BEGINS, line)))
    day, journal = Day(seed, CARDS, DETAILS), log.listen(opened(files, segments_max=SEGMENTS))
    for number in range(taps):
        day.tap(journal)
        if number % 5 == 4:
            journal.rest()
        if number % 61 == 60:
            journal.stored_up_to(journal.count - number % 7)
        if number % 97 == 96:
            journal = log.listen(opened(files, segments_max=SEGMENTS))
    os.umount("/day")
    return began, steps, day.cards, flash, sum([len(line) + 10 for line in log.lines])


class Walk:
    """Goes through the recorded day once and cuts it where it is told to."""

    def __init__(self, began, steps, cards, draw):
        self.steps, self.cards, self.draw = steps, cards, draw
        self.stable, self.pending = began, []  # the flash at the last sync, and what was asked of it since
        self.log = Log()
        self.tried = {way: 0 for way in WAYS}

    def cut_at(self, places):
        for number, step in enumerate(self.steps):
            if step[0] == BEGINS:
                self.log.begins(step[1])
                continue
            if step[0] == DURABLE:
                self.log.is_durable(step[1])
                continue
            if number in places:
                way = WAYS[sum(self.tried.values()) % len(WAYS)]
                self.open_again(self.left(step, way))
                self.tried[way] += 1
            if step[0] == SYNC:
                for done in self.pending:
                    apply(self.stable, done)
                self.pending = []
            else:
                self.pending.append(step)

    def left(self, step, way):
        """What the flash holds when the power goes at `step`."""
        data, stopped = bytearray(self.stable), set()  # stopped: erase blocks in which something is missing already
        steps = self.pending + ([step] if way == "reordered" and step[0] != SYNC else [])
        for done in steps:
            block = done[1] // BLOCK
            if way == "reordered" and (block in stopped or self.draw.below(3) == 0):
                stopped.add(block)
            else:
                apply(data, done)
        if way == "torn" and step[0] != SYNC:
            self.tear(data, step)
        return data

    def tear(self, data, step):
        start, new = step[1], step[2] if step[0] == WRITE else b"\xff" * BLOCK
        size = self.draw.below(len(new) + 1)
        data[start : start + size] = new[:size]
        if self.draw.below(2):
            rest = len(new) - size
            data[start + size : start + len(new)] = bytes([self.draw.below(256) for _ in range(32)]) * (rest // 32) + b"\x00" * (rest % 32)

    def open_again(self, data):
        """Mounts what is left and holds the promises; every fourth time the day goes on with one more tap and another start."""
        flash = Flash(data)
        files = mounted(flash, "/cut")
        journal = opened(files, segments_max=SEGMENTS)
        log = promises(journal, self.log, self.cards)
        if sum(self.tried.values()) % 4 == 0:
            log.listen(journal)
            day = Day(len(log.lines), 3, DETAILS)
            day.minute += 100000
            for card in day.cards:
                card[1] = b"\x04new" + card[1][-3:]
            day.tap(journal)
            promises(opened(files, segments_max=SEGMENTS), log, self.cards)
        os.umount("/cut")


def main(taps, cuts, seed):
    began, steps, cards, flash, line_bytes = record(taps, seed)
    places = [number for number, step in enumerate(steps) if step[0] in (WRITE, ERASE, SYNC)]
    draw = Draw(seed)
    chosen = set(places)
    if cuts != "all":
        chosen = {places[draw.below(len(places))] for _ in range(int(cuts))}
    walk = Walk(began, steps, cards, draw)
    walk.cut_at(chosen)
    gc.collect()
    told = {"places": len(places), "tried": walk.tried, "journal_bytes": line_bytes / taps, "erases": flash.erased / taps}
    told["programs"], told["flash_bytes"], told["syncs"] = flash.programmed / taps, flash.written / taps, flash.synced / taps
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
