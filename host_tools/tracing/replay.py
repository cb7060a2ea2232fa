"""A recorded dialogue that answers again: a link that says what the card said and takes no other frame.

Masked bytes that were sent match anything. Masked bytes that a card answered are made again by a `fill`, for what a trace hides
is what only the keys' owner can know: `KeysFill` computes PACK and record MACs from a home's keys, so a trace of a home with TEST
keys is a test, and nobody else's trace says anything.
"""

from cardos.exchange import Presentation
from cardos.records.diversification import CardKeys
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.issuer_block import decode_issuer_body
from cardos.records.record import MAC_SIZE, RecordMac, body_size, decode_body
from host_tools.readers.base import Link, card_lost
from host_tools.tracing.dialogue import MASKED
from host_tools.tracing.masks import COUNTERS, TAIL
from host_tools.tracing.names import body_of, is_wrapped

_PWD_AUTH = 0x1B
_SEEN_MAX = 4096
_COUNTERS_TRIED = 256


class NotInTheTrace(AssertionError):
    """The tap sent what the recorded one did not."""


class ReplayLink(Link):
    """Answers one recorded `Tap` of a dialogue. fill(sent, answered) gives the answer's bytes where some are masked."""

    kind = "replay"

    def __init__(self, tap, fill=None):
        told = tap.told
        super().__init__("Replay", bytes.fromhex(told["uid"]) if told.get("uid") else None, told["kind"])
        self._told, self._fill = told, fill
        self._left = list(tap.spoken)

    def presented(self, uid_wanted=False):
        """What activation told then."""
        told = self._told
        return Presentation(told["kind"], self.uid, bytes.fromhex(told.get("ats") or ""), told.get("family"), told.get("key_epoch"))

    def finished(self):
        """Raises NotInTheTrace when the tap ended before its recording did."""
        if self._left:
            raise NotInTheTrace("%d exchanges of the trace were not asked for, the first of them %s" % (len(self._left), _text(self._left[0].sent)))

    def _exchange(self, frame, wait_ms):
        if not self._left:
            raise NotInTheTrace("the trace has ended, and %d more bytes were sent" % len(frame))
        spoken = self._left.pop(0)
        if len(frame) != len(spoken.sent) or any(was is not MASKED and was != byte for was, byte in zip(spoken.sent, frame)):
            at = next((place for place, (was, byte) in enumerate(zip(spoken.sent, frame)) if was is not MASKED and was != byte), len(spoken.sent))
            raise NotInTheTrace("the trace has %s here; what was sent differs from byte %d on" % (_text(spoken.sent), at))
        self._count_out(frame)
        if spoken.answered is None:
            raise card_lost("The card did not answer (%s in the trace)." % spoken.trouble)
        answer = spoken.answered
        if self._fill is not None:
            answer = self._fill(bytes(frame), answer)
        if any(byte is MASKED for byte in answer):
            raise NotInTheTrace("the answer to %s is masked, and nobody fills it" % _text(spoken.sent))
        self.bytes_in += len(answer)
        return bytes(answer)


class KeysFill:
    """Makes the masked bytes of answers again: what this dialogue itself wrote, PACK, and ends of record MACs behind their bodies.

    provider: keys with `derive`, `mac`, `epochs`. family, uid: the card's. One object for all taps of a dialogue.
    """

    def __init__(self, provider, scheme, family, uid):
        self._keys = CardKeys(provider, scheme, bytes(uid))
        self._family, self._epochs = family, provider.epochs
        self._issuer = None
        self._written = {}  # (memory, address): byte
        self._seen = b""  # what was read so far, in order: a record that is read piece by piece stands whole in it

    def __call__(self, frame, answered):
        """The answer with its masked bytes filled where they can be; MASKED stays where they cannot."""
        self._remember(frame)
        if frame[:1] == bytes([_PWD_AUTH]) and len(answered) == 2:
            return next((tuple(pack) for password, pack in map(self._keys.password, self._epochs) if password == frame[1:5]), answered)
        answer = list(answered)
        self._fill_written(frame, answer)
        known = bytes(0 if byte is MASKED else byte for byte in answer)
        self._find_issuer(known)
        at = 0
        while MASKED in answer[at:]:
            at = answer.index(MASKED, at)
            end = at
            while end < len(answer) and answer[end] is MASKED:
                end += 1
            tail = self._tail(self._seen + known[:at], end - at)
            if tail is not None:
                answer[at:end] = list(tail)
                known = known[:at] + tail + known[end:]
            at = end
        data = known[:-2] if is_wrapped(frame) else known  # what comes in several frames stands together, without their status words
        self._seen = (self._seen + data)[-_SEEN_MAX:]
        return tuple(answer)

    def _remember(self, frame):
        place = _written_place(frame)
        if place is not None:
            memory, address, data = place
            self._written.update(((memory, address + at), byte) for at, byte in enumerate(data))

    def _fill_written(self, frame, answer):
        place = _read_place(frame)
        if place is not None:
            memory, address = place
            for at, byte in enumerate(answer):
                if byte is MASKED:
                    answer[at] = self._written.get((memory, address + at), MASKED)

    def _find_issuer(self, known):
        for at in range(0, len(known) - ISSUER_SIZE + 1, 4):
            piece = known[at : at + ISSUER_SIZE]
            block = decode_issuer_body(piece[:12])
            if block is not None and self._keys.knows(block.epoch) and block.encode(self._family, self._keys) == piece:
                self._issuer = piece

    def _tail(self, before, size):
        """The hidden end of the MAC whose beginning ends `before`; zeros behind zeros; None when no body fits."""
        start = MAC_SIZE - TAIL
        head = before[-start:]
        if not any(head):
            return bytes(size)
        if self._issuer is None:
            return None
        mac = RecordMac(self._family, self._keys, self._issuer)
        for counters in COUNTERS:
            body = before[-start - body_size(counters) : -start]
            if len(body) < body_size(counters) or decode_body(body, counters) is None or not self._keys.knows(body[1]):
                continue
            for counter in self._one_way_counters():
                made = mac.of(body, body[1], counter)
                if made[:start] == head:
                    return made[start : start + size]
        return None

    def _one_way_counters(self):
        """The counters that may be in a MAC: none, or for Ultralight AES the few that a card can have come to in a trace."""
        if self._family != "ultralight-aes":
            return [bytes(3)]
        return [value.to_bytes(3, "big") for value in range(_COUNTERS_TRIED)]


def _written_place(frame):
    """(memory, first address, bytes) of a frame that writes, or None."""
    if frame[:1] == b"\xa2" and len(frame) >= 6:
        return "pages", frame[1] * 4, frame[2:6]
    if is_wrapped(frame) and frame[1] in (0x3D, 0x8D) and len(frame) > 12:
        _, body = body_of(frame)
        length = int.from_bytes(body[4:7], "little")
        return "file %d" % body[0], int.from_bytes(body[1:4], "little"), body[7 : 7 + length]
    return None


def _read_place(frame):
    """(memory, first address) of a frame that reads, or None."""
    if frame[:1] in (b"\x30", b"\x3a") and len(frame) >= 2:
        return "pages", frame[1] * 4
    if is_wrapped(frame) and frame[1] in (0xBD, 0xAD) and len(frame) > 12:
        _, body = body_of(frame)
        return "file %d" % body[0], int.from_bytes(body[1:4], "little")
    return None


def _text(sent):
    return "".join("**" if byte is MASKED else "%02x" % byte for byte in sent)
