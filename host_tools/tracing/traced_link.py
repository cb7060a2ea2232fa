"""A link that remembers what was said: every exchange in words and bytes, without secrets, and where its time went.

Of the time of one exchange the *air* is a model (`air_time`): bits at the bit rate, delays and the card's own work. What was
measured beyond it is the *reader*: its firmware, USB, the driver. The *host* is what passed since the exchange before: ours.
A card made of code answers faster than the model says; its reader has no time then.
"""

import time
from collections import namedtuple

from cardos.errors import StampdError
from host_tools.tracing.air_time import exchange_ms
from host_tools.tracing.masks import Masker
from host_tools.tracing.names import Words, answer_words, work_done

# name: the command as its manual has it; detail: its parameters in words. sent, answered: hex with "**" for what is masked.
# ms: measured. note: the answer in words, or the code of the trouble. air_ms, reader_ms, host_ms: see above.
Traced = namedtuple("Traced", ["name", "detail", "sent", "answered", "ms", "note", "air_ms", "reader_ms", "host_ms"])

MASK = "**"


class TracingLink:
    """Wraps a link; same shape. `lines` is the list of `Traced`."""

    def __init__(self, link, clock=time.perf_counter):
        """clock: seconds, rising."""
        self._link = link
        self._clock = clock
        self._kind = link.card_kind
        self._words, self._masker = Words(self._kind), Masker(self._kind)
        self._rate = getattr(link, "bit_rate", None) or 106
        self._ended = None
        self.told = None  # the `Presentation` that the tap was given, if it asked
        self.lines = []

    def __getattr__(self, name):
        return getattr(self._link, name)

    def presented(self, uid_wanted=False):
        """What activation tells, passed on and kept in `told`."""
        self.told = self._link.presented(uid_wanted)
        return self.told

    def facts(self):
        """What was known of the card before the first exchange, for a trace file: {"kind", "uid", "ats", "family", "key_epoch"}, as JSON has it."""
        told = self.told
        if told is None:
            return {"kind": self._kind, "uid": _hex_or_none(self._link.uid)}
        return {
            "kind": told.kind, "uid": _hex_or_none(told.uid), "ats": _hex_or_none(told.ats), "family": told.family, "key_epoch": told.key_epoch,
        }  # fmt: skip

    def exchange(self, frame, wait_ms):
        """Passes the exchange on and keeps it."""
        said, hidden = self._words.said(frame), self._masker.sent(frame)
        started = self._clock()
        try:
            answer = self._link.exchange(frame, wait_ms)
        except StampdError as trouble:
            self._keep(said, hex_text(frame, hidden), frame, None, started, trouble.code)
            raise
        ended = self._clock()
        masked = hex_text(answer, self._masker.answered(frame, answer))
        said = said._replace(work=work_done(self._kind, said.work, bytes(answer)))
        self._keep(said, hex_text(frame, hidden), frame, masked, started, answer_words(self._kind, frame, answer), ended, len(answer))
        return answer

    def _keep(self, said, sent, frame, answered, started, note, ended=None, size=None):
        ended = self._clock() if ended is None else ended
        ms = (ended - started) * 1000
        air = exchange_ms(self._kind, said.work, len(frame), size, rate=self._rate)
        host = 0.0 if self._ended is None else (started - self._ended) * 1000
        self._ended = ended
        times = [round(value, 2) for value in (air, max(0.0, ms - air), host)]
        self.lines.append(Traced(said.name, said.detail, sent, answered or "", round(ms, 2), note, *times))


def hex_text(data, masked):
    """Bytes as hex, "**" at the places in `masked`."""
    return "".join(MASK if place in masked else "%02x" % byte for place, byte in enumerate(data))


def _hex_or_none(data):
    return bytes(data).hex() if data else None


def spent(lines):
    """{"air_ms", "reader_ms", "host_ms"}: the sums over a trace, of `Traced` or of their dicts."""
    rows = [line if isinstance(line, dict) else line._asdict() for line in lines]
    return {part: round(sum(row[part] for row in rows), 2) for part in ("air_ms", "reader_ms", "host_ms")}
