"""A trace as a file: one or more taps of one card, each exchange as a line `>` of what was sent and a line `<` of what came.

    # stampd trace 1
    = {"kind": "type2", "uid": "04a1b2c3d4e5f6", "wish": {"kind": "show"}}
    * FAST_READ pages 00 to 21                 air 13.22  reader 3.10  host 0.41 ms
    > 3a0021
    < 04a1…b2**                                136 bytes

A tap begins with `=` and what activation told; `*` names the next exchange and is only for people, as is what follows the bytes.
`! CODE` stands for an answer that never came. A byte that is masked is `**`.
"""

import json
from collections import namedtuple

from cardos.errors import BadInput
from host_tools.tracing.traced_link import MASK

FIRST_LINE = "# stampd trace 1"
MASKED = None  # a byte that the trace does not show

# told: dict with "kind" and what else was known at activation. spoken: [Spoken, ...]. One presentation of one card.
Tap = namedtuple("Tap", ["told", "spoken"])
# sent, answered: tuples of ints, MASKED where the trace hides a byte; answered is None when the code in `trouble` came instead.
Spoken = namedtuple("Spoken", ["sent", "answered", "trouble"])


def written(told, lines, times=True):
    """The text of one tap, without the first line. told: a dict for JSON. lines: `Traced`, or their dicts. times: False leaves them out."""
    text = ["= " + json.dumps(told, ensure_ascii=False)]
    for line in lines:
        line = line if isinstance(line, dict) else line._asdict()
        head = ("* %s %s" % (line["name"], line["detail"])).rstrip()
        if times:
            head = "%-58s air %.2f  reader %.2f  host %.2f ms" % (head, line["air_ms"], line["reader_ms"], line["host_ms"])
        text += [head, "> " + line["sent"]]
        text.append("< %s  %s" % (line["answered"], line["note"]) if line["answered"] else "! " + line["note"])
    return "\n".join(text) + "\n"


def parsed(text):
    """[Tap, ...] of a trace file. BadInput (BAD_TRACE) with the number of the line that is none."""
    taps, sent = [], None
    rows = text.splitlines()
    if not rows or rows[0].strip() != FIRST_LINE:
        raise _bad(1, "a trace begins with %r" % FIRST_LINE)
    for number, row in enumerate(rows, 1):
        mark, _, rest = row.strip().partition(" ")
        if mark in ("", "#", "*"):
            continue
        if mark == "=":
            taps.append(Tap(_told(number, rest), []))
        elif not taps:
            raise _bad(number, "an exchange before any tap")
        elif mark == ">" and sent is None:
            sent = _bytes(number, rest)
        elif mark in ("<", "!") and sent is not None:
            answer = _bytes(number, rest) if mark == "<" else None
            taps[-1].spoken.append(Spoken(sent, answer, rest.strip() if mark == "!" else None))
            sent = None
        else:
            raise _bad(number, "%r does not belong here" % row[:20])
    if sent is not None:
        raise _bad(len(rows), "the last frame has no answer")
    return taps


def _told(number, text):
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("kind"), str):
        raise _bad(number, "a tap begins with an object that names the kind of card")
    return told


def _bytes(number, rest):
    word = rest.split(None, 1)[0] if rest.strip() else ""
    pairs = [word[at : at + 2] for at in range(0, len(word), 2)]
    try:
        return tuple(MASKED if pair == MASK else bytes.fromhex(pair)[0] for pair in pairs)
    except (ValueError, IndexError):
        raise _bad(number, "these are no bytes in hex") from None


def _bad(number, what):
    return BadInput("The trace cannot be read: line %d, %s." % (number, what), "Write one with: stampd card trace --out FILE", "BAD_TRACE")
