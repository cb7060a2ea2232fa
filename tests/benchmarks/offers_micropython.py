"""What a pack costs on a board's interpreter, run by it: micropython -X heapsize=8m offers_micropython.py ROOT WORK

WORK is a JSON file that `offers` wrote: {"payload": hex, "state": [[id, value, day], ...], "events": [an ordinary sale, the longest], "times": n}.
Prints JSON: bytes that a decoded pack keeps, and with the garbage of decoding; for each event the bytes that one evaluation allocates in all
(nothing alive in it can exceed that), microseconds, and the same of a refund of everything.
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


def main(work):
    payload = bytes.fromhex(work["payload"])
    gc.collect()
    before = gc.mem_alloc()
    pack, most = allocated(decode, payload)
    gc.collect()
    told = {"decode_most": most, "pack": gc.mem_alloc() - before, "events": []}
    check_pack(pack)
    told["decode_us"] = microseconds(20, decode, payload)
    state = {key: (value, day) for key, value, day in work["state"]}
    for event, times in zip(work["events"], work["times"]):
        evaluate(pack, state, event)  # what is imported late is there
        (after, effects), took = allocated(evaluate, pack, state, event)
        refund(pack, after, effects["receipt"], None, None, event["day"])
        _, back = allocated(refund, pack, after, effects["receipt"], None, None, event["day"])
        told["events"].append({
            "allocated": took, "refund_allocated": back, "paid": effects["paid"], "us": microseconds(times, evaluate, pack, state, event),
        })  # fmt: skip
    print(json.dumps(told))


with open(sys.argv[2]) as file:
    main(json.load(file))
