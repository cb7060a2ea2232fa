"""A traced day of each family, from issue on, shows no key, no password and no end of a record's MAC: what went over the line is compared
with what the trace says of it.
"""

import pytest

from cardos.records.diversification import CardKeys, diversifier
from cardos.records.issuer_block import decode_issuer_body
from cardos.records.record import RecordMac, body_size, decode_body
from host_tools.readers.soft import SoftLink
from host_tools.tracing.masks import COUNTERS, TAIL
from tests.tracing import days

FAMILIES = days.recorded_families()
KEY_NUMBERS = (0, 1, 2, 3, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x13, 0x14)
ONE_WAY_COUNTERS = range(16)  # of an Ultralight AES after one day


@pytest.mark.parametrize("counters", (1, 3))
@pytest.mark.parametrize("family", FAMILIES)
def test_a_day_shows_no_secret(family, counters, monkeypatch):
    spoken = []

    def overheard(link, frame, wait_ms, exchange=SoftLink.exchange):
        answer = exchange(link, frame, wait_ms)
        spoken.append((bytes(frame), bytes(answer)))
        return answer

    monkeypatch.setattr(SoftLink, "exchange", overheard)
    text = days.record(family, counters)
    pieces = [part for pair in spoken for part in pair]
    pieces.append(b"".join(answer for _, answer in spoken if len(answer) == 16))  # records that are read, or written, piece by piece
    pieces.append(b"".join(frame[2:] for frame, _ in spoken if len(frame) == 18))
    hidden = _secrets(family, pieces)
    assert sum(name.startswith("end of") for name in hidden) >= 2
    leaks = [name for name, secret in hidden.items() for way in (secret, secret[::-1]) if way.hex() in text]
    assert not leaks


def _secrets(family, said):
    """{name: bytes}: the card's keys and password, and the end of every record MAC that went over the line."""
    with days.desk() as at:
        provider, scheme = at.home.keys, at.home.keys.scheme
        uid = days.UID.get(family, days.UID_7)
        keys = CardKeys(provider, scheme, uid)
        found = {}
        for role in ("read", "earn", "redeem", "admin", "uid", "record-mac", "password", "head"):
            for number in KEY_NUMBERS:
                for whose in (uid, b""):
                    diversified = provider.derive(role, provider.epoch, diversifier(whose, number, scheme, provider.epoch))
                    found["key %d of %s for %s" % (number, role, whose.hex())] = diversified
        password, _ = keys.password(provider.epoch)
        found["password"] = password
        issuer = _issuer(family, keys, said)
        if issuer is not None:
            mac = RecordMac(days.format_name(family), keys, issuer)
            for piece in said:
                for tail in _tails(mac, keys, piece):
                    found["end of the MAC %s" % tail.hex()] = tail
    return found


def _issuer(family, keys, said):
    for piece in said:
        for at in range(len(piece) - 15):
            block = decode_issuer_body(piece[at : at + 12])
            if block is not None and keys.knows(block.epoch) and block.encode(days.format_name(family), keys) == piece[at : at + 16]:
                return piece[at : at + 16]
    return None


def _tails(mac, keys, piece):
    for counters in COUNTERS:
        size = body_size(counters)
        for at in range(len(piece) - size - 7):
            body = piece[at : at + size]
            if decode_body(body, counters) is None or not keys.knows(body[1]):
                continue
            for counter in ONE_WAY_COUNTERS:
                made = mac.of(body, body[1], counter.to_bytes(3, "big"))
                if made[:TAIL] == piece[at + size : at + size + TAIL]:
                    yield made[TAIL:]
