"""What a pack costs on a board's interpreter, run by it: micropython -X heapsize=8m offers_micropython.py ROOT WORK

WORK is a JSON file that `offers` wrote: {"payload": hex, "state": [[id, value, day], ...], "events": [an ordinary sale, the longest], "times": n}.
Prints JSON: bytes that a decoded pack keeps and how few free bytes decoding can do with; for each event how few free bytes one evaluation can
do with, what it allocates in all, microseconds; and both of a refund of everything. Where few bytes are free the collector runs often: that
makes slow, but shows what is alive at once.
"""

import gc
import json
import sys
import time

sys.path.insert(0, sys.argv[1])

from cardos.cbor import decode
from cardos.offers.evaluate import evaluate
from cardos.offers.pack import check_pack
from cardos.offers.refund import refund

BLOCKS = 5
ROOM_MAX, ROOM_STEP = 512 * 1024, 128


def allocated(function, *arguments):
    """(what it gives, bytes allocated by it, none of them collected yet)."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    found = function(*arguments)
    took = gc.mem_alloc() - before
    gc.enable()
    return found, took


def microseconds(times, function, *arguments):
    """Of one call: the best of some blocks, garbage collection included."""
    best = None
    for _ in range(BLOCKS):
        started = time.ticks_us()
        for _ in range(times):
            function(*arguments)
        took = time.ticks_diff(time.ticks_us(), started)
        best = took if best is None else min(best, took)
    return best / times


def fits(room, function, arguments):
    """Whether a call gets by with `room` free bytes; all other memory is taken first."""
    gc.collect()
    reserve, taken = bytearray(room), None
    for size in (4096, 512, 64, 1):
        try:
            while True:
                taken = (bytearray(size), taken)
        except MemoryError:  # what is left is smaller
            pass
    reserve = None
    gc.collect()
    try:
        function(*arguments)
        return True
    except MemoryError:  # the answer
        return False
    finally:
        taken = reserve
        gc.collect()


def room_of(function, *arguments):
    """The fewest free bytes with which a call gets by, to ROOM_STEP."""
    too_small, enough = 0, ROOM_MAX // ROOM_STEP
    while enough - too_small > 1:
        middle = (too_small + enough) // 2
        if fits(middle * ROOM_STEP, function, arguments):
            enough = middle
        else:
            too_small = middle
    return enough * ROOM_STEP


def main(work):
    payload = bytes.fromhex(work["payload"])
    gc.collect()
    before = gc.mem_alloc()
    pack = decode(payload)
    gc.collect()
    told = {"pack": gc.mem_alloc() - before, "decode_room": room_of(decode, payload), "events": []}
    check_pack(pack)
    told["decode_us"] = microseconds(20, decode, payload)
    state = {key: (value, day) for key, value, day in work["state"]}
    for event, times in zip(work["events"], work["times"]):
        evaluate(pack, state, event)  # what is imported late is there
        (after, effects), took = allocated(evaluate, pack, state, event)
        whole = (pack, after, effects["receipt"], None, None, event["day"])
        told["events"].append({
            "room": room_of(evaluate, pack, state, event), "allocated": took, "refund_room": room_of(refund, *whole),
            "refund_allocated": allocated(refund, *whole)[1], "paid": effects["paid"], "us": microseconds(times, evaluate, pack, state, event),
        })  # fmt: skip
    print(json.dumps(told))


with open(sys.argv[2]) as file:
    main(json.load(file))
