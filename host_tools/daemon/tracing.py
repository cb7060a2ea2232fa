"""A link that remembers what was said: every exchange in words and bytes, with its time, and without secrets.

Masked: passwords and PACK, writes to the password pages, and the last 4 bytes of record MACs.
"""

import time
from collections import namedtuple

from cardos.errors import StampdError
from cardos.families import ntag21x
from cardos.families.type2 import PAGE, PWD_AUTH, WRITE, command_of
from cardos.records.issuer_block import decode_profile
from cardos.records.record import slot_size

Traced = namedtuple("Traced", ["name", "sent", "answered", "ms", "note"])
_MASK = "**"
_PASSWORD_PAGES = tuple(page for chip in ntag21x.CHIPS for page in (chip.config_page + 2, chip.config_page + 3))
_PROFILE_BYTE = ntag21x.PAGE_ISSUER * PAGE + 9


class TracingLink:
    """Wraps a link; same shape. `lines` is the list of `Traced`, bytes as masked hex texts."""

    def __init__(self, link):
        self._link = link
        self._counters = 1
        self.lines = []

    def __getattr__(self, name):
        return getattr(self._link, name)

    def exchange(self, frame, wait_ms):
        """Passes the exchange on and keeps it."""
        command = command_of(frame)
        name = command.name if command else "?"
        started = time.perf_counter()
        try:
            answer = self._link.exchange(frame, wait_ms)
        except StampdError as trouble:
            self._keep(name, self._sent(frame), "", started, trouble.code)
            raise
        self._learn(frame, answer)
        self._keep(name, self._sent(frame), self._answered(frame, answer), started, _meaning(answer))
        return answer

    def _keep(self, name, sent, answered, started, note):
        self.lines.append(Traced(name, sent, answered, round((time.perf_counter() - started) * 1000, 2), note))

    def _learn(self, frame, answer):
        if frame[:2] in (b"\x3a\x00", b"\x30\x0c"):
            place = _PROFILE_BYTE if frame[0] == 0x3A else _PROFILE_BYTE - ntag21x.PAGE_ISSUER * PAGE
            profile = decode_profile(answer[place]) if len(answer) > place else None
            self._counters = profile.counters if profile else self._counters

    def _secret_places(self, first_page, size):
        """Offsets, in bytes read or written from `first_page`, of the second half of record MACs."""
        slot = slot_size(self._counters)
        for index in range(2):
            start = ntag21x.PAGE_SLOTS * PAGE + index * slot + slot - PAGE - 4
            for place in range(start, start + 4):
                if 0 <= place - first_page * PAGE < size:
                    yield place - first_page * PAGE

    def _sent(self, frame):
        if frame[0] == PWD_AUTH.code:
            return _hex(frame, range(1, len(frame)))
        if frame[0] == WRITE.code and len(frame) == 6:
            if frame[1] in _PASSWORD_PAGES:
                return _hex(frame, range(2, 6))
            return _hex(frame, [place + 2 for place in self._secret_places(frame[1], PAGE)])
        return _hex(frame, ())

    def _answered(self, frame, answer):
        if frame[0] == PWD_AUTH.code:
            return _hex(answer, range(len(answer)))
        if frame[0] in (0x30, 0x3A) and len(answer) > 1:
            return _hex(answer, list(self._secret_places(frame[1], len(answer))))
        return _hex(answer, ())


def _hex(data, masked):
    hidden = set(masked)
    return "".join(_MASK if place in hidden else "%02x" % byte for place, byte in enumerate(data))


def _meaning(answer):
    if len(answer) == 1:
        return "ACK" if answer == b"\x0a" else "NAK"
    return "%d bytes" % len(answer)
