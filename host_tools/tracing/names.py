"""The names of commands and of answers, family by family, as the chips' manuals have them.

`Words` follows one presentation, so that a continuation (AFh) is named after what it continues. It gives for each frame a
`Said`: name, detail in words, and the work that the card does for it (a key of `air_time.WORK_MS`).
Sources: NTAG213/215/216 and MF0ICU2 data sheets section 10; NT4H2421Gx tables 22 and 23; MF2DL(H)x0; ISO/IEC 7816-4; PC/SC part 3.
"""

from collections import namedtuple

from cardos.exchange import CLASSIC, ISO_DEP
from host_tools.tracing.desfire_names import APDU_STATUS, COMMANDS, STATUS

Said = namedtuple("Said", ["name", "detail", "work"])


# code: (name, work). The same codes mean the same on NTAG21x, Ultralight C and Ultralight AES.
_TYPE2 = {
    0x30: ("READ", "page read"), 0x3A: ("FAST_READ", "page read"), 0xA2: ("WRITE", "page write"),
    0xA0: ("COMPATIBILITY_WRITE", "little"), 0x39: ("READ_CNT", "page read"), 0xA5: ("INCR_CNT", "page write"),
    0x3E: ("CHECK_TEARING_EVENT", "page read"), 0x1B: ("PWD_AUTH", "password"), 0x60: ("GET_VERSION", "page read"),
    0x3C: ("READ_SIG", "page read"), 0x50: ("HLTA", "little"),
}  # fmt: skip
_CLASSIC = {
    0x60: ("AUTH_A", "little"), 0x61: ("AUTH_B", "little"), 0x30: ("READ", "page read"),
    0xA0: ("WRITE", "page write"), 0xC0: ("DECREMENT", "little"), 0xC1: ("INCREMENT", "little"), 0xC2: ("RESTORE", "little"),
    0xB0: ("TRANSFER", "page write"), 0x50: ("HLTA", "little"),
}  # fmt: skip
_ISO_7816 = {
    0xA4: ("ISOSelectFile", "select"), 0xB0: ("ISOReadBinary", "read"), 0xD6: ("ISOUpdateBinary", "write"), 0xB2: ("ISOReadRecords", "read"),
    0xE2: ("ISOAppendRecord", "write"), 0x84: ("ISOGetChallenge", "authenticate 1"), 0x82: ("ISOExternalAuthenticate", "authenticate 2"),
    0x88: ("ISOInternalAuthenticate", "authenticate 2"), 0xC0: ("GetResponse", "little"),
}  # fmt: skip
_PSEUDO = {
    0xCA: "GetData", 0x82: "LoadKeys", 0x86: "GeneralAuthenticate", 0x88: "GeneralAuthenticate", 0xB0: "ReadBinary", 0xD6: "UpdateBinary",
    0x00: "DirectTransmit", 0xC2: "TransparentSession",
}  # fmt: skip
_NAKS = {
    0x0: "NAK 0: refused (bad argument or page; a reader may say no more)", 0x1: "NAK 1: parity or CRC error",
    0x4: "NAK 4: limit of wrong passwords reached, or not authenticated", 0x5: "NAK 5: writing the EEPROM failed",
}  # fmt: skip
ACK = b"\x0a"
_SECURE_TYPE2_MAC = 8  # Ultralight AES with secure messaging: each command and answer ends with it
_PLAIN_SIZES = {0x30: 2, 0x3A: 3, 0xA2: 6, 0x39: 2, 0xA5: 6, 0x60: 1, 0x3C: 2}


def is_secured_type2(frame):
    """True for a Type 2 command that carries the 8 MAC bytes of Ultralight AES after its plain form."""
    return bool(frame) and frame[0] in _PLAIN_SIZES and len(frame) == _PLAIN_SIZES[frame[0]] + _SECURE_TYPE2_MAC


def is_wrapped(frame):
    """True for a DESFire or NTAG 424 command in its ISO wrapping (CLA 90h)."""
    return len(frame) >= 5 and frame[0] == 0x90


def body_of(frame):
    """(first place, bytes) of what stands between Lc and Le of a short APDU; of everything after the code of a native frame."""
    if frame[:1] and frame[0] in (0x90, 0x00, 0xFF):
        return 5, (frame[5 : 5 + frame[4]] if len(frame) > 5 else b"")
    return 1, frame[1:]


class Words:
    """Names the exchanges of one presentation, in order. kind: as `Link.card_kind`."""

    def __init__(self, kind):
        self._kind = kind
        self._continued = None  # (name, part) of what an AFh frame goes on with
        self._wrote = None  # page of a COMPATIBILITY_WRITE whose 16 bytes come next

    def said(self, frame):
        """The `Said` of the next frame."""
        frame = bytes(frame)
        if frame[:1] == b"\xff" and len(frame) >= 4:
            return Said(_PSEUDO.get(frame[1], "PseudoApdu %02X" % frame[1]), "through the reader", "little")
        if self._kind == ISO_DEP:
            return self._apdu(frame)
        if self._kind == CLASSIC:
            return self._classic(frame)
        return self._type2(frame)

    def _type2(self, frame):
        if self._wrote is not None:
            page, self._wrote = self._wrote, None
            if len(frame) == 16:
                return Said("COMPATIBILITY_WRITE", "page %02X, its data" % page, "page write")
        code = frame[0] if frame else 0
        if code == 0x1A:
            return Said("AUTHENTICATE", "key %d" % (frame[1] if len(frame) > 1 else 0), "authenticate 1")
        if code == 0xAF:
            return Said("AUTHENTICATE", "part 2", "authenticate 2")
        name, work = _TYPE2.get(code, ("command %02X" % code, "little"))
        if code == 0xA0 and len(frame) > 1:
            self._wrote = frame[1]
        secured = is_secured_type2(frame)
        return Said(name, _pages(frame) + (", with MAC" if secured else ""), "secured " + work if secured else work)

    def _classic(self, frame):
        name, work = _CLASSIC.get(frame[0] if frame else 0, ("command %02X" % (frame[0] if frame else 0), "little"))
        return Said(name, "block %d" % frame[1] if len(frame) > 1 else "", work)

    def _apdu(self, frame):
        if frame[:1] == b"\x00" and len(frame) >= 4:
            self._continued = None
            name, work = _ISO_7816.get(frame[1], ("APDU 00 %02X" % frame[1], "little"))
            return Said(name, _iso_detail(frame), work)
        code = frame[1] if is_wrapped(frame) else frame[0]
        if code == 0xAF:
            return self._additional()
        name, work = COMMANDS.get(code, ("command %02X" % code, "little"))
        _, body = body_of(frame)
        if code in (0x71, 0x77) and _asks_lrp(code, body):
            name = name.replace("EV2", "LRP")
        self._continued = (name, 1, work)
        return Said(name, _detail(code, body), work)

    def _additional(self):
        if self._continued is None:
            return Said("AdditionalFrame", "", "little")
        name, part, work = self._continued
        self._continued = (name, part + 1, work)
        return Said("AdditionalFrame", "%s, part %d" % (name, part + 1), "authenticate 2" if work == "authenticate 1" else work)


def work_done(kind, work, answer):
    """The work that an answer says was done: a write that waits for more frames has written nothing yet."""
    return "little" if kind == ISO_DEP and work == "write" and answer in (b"\x91\xaf", b"\xaf") else work


def answer_words(kind, frame, answer):
    """What an answer says, in words: ACK, NAK and why, a status word's meaning, or how many bytes came."""
    answer = bytes(answer)
    if frame[:1] == b"\xff" or (kind == ISO_DEP and frame[:1] == b"\x00"):
        return _with_bytes(len(answer) - 2, _iso_status(answer[-2:]))
    if kind == ISO_DEP and is_wrapped(frame):
        if len(answer) >= 2 and answer[-2] == 0x91:
            return _with_bytes(len(answer) - 2, "91%02X %s" % (answer[-1], STATUS.get(answer[-1], "status unknown")))
        return _with_bytes(len(answer) - 2, _iso_status(answer[-2:]))
    if kind == ISO_DEP:
        return _with_bytes(len(answer) - 1, "%02X %s" % (answer[0], STATUS.get(answer[0], "status unknown"))) if answer else "nothing"
    if len(answer) == 1:
        return "ACK" if answer == ACK else _NAKS.get(answer[0] & 0x0F, "NAK %X" % (answer[0] & 0x0F))
    return "%d bytes" % len(answer)


def _with_bytes(count, words):
    return "%d bytes, %s" % (count, words) if count > 0 else words


def _iso_status(words):
    number = int.from_bytes(words, "big")
    if number >> 8 == 0x61:
        return "%04X %d more bytes wait" % (number, number & 0xFF)
    if number >> 8 == 0x6C:
        return "%04X wrong Le, %d bytes are there" % (number, number & 0xFF)
    return "%04X %s" % (number, APDU_STATUS.get(number, "status unknown"))


def _pages(frame):
    code = frame[0] if frame else 0
    if code == 0x3A and len(frame) >= 3:
        return "pages %02X to %02X" % (frame[1], frame[2])
    if code in (0x30, 0xA2, 0xA0) and len(frame) >= 2:
        return "page %02X" % frame[1]
    if code in (0x39, 0xA5, 0x3E) and len(frame) >= 2:
        return "counter %d" % frame[1]
    return ""


def _iso_detail(frame):
    _, body = body_of(frame)
    if frame[1] == 0xA4:
        return "%s %s" % ("name" if frame[2] == 0x04 else "file", body.hex())
    if frame[1] in (0xB0, 0xD6):
        return "from %d, %d bytes" % (frame[2] << 8 | frame[3], frame[4] if len(frame) > 4 else 0)
    return ""


def _asks_lrp(code, body):
    return code == 0x71 and len(body) >= 3 and body[1] >= 1 and bool(body[2] & 0x02)


def _detail(code, body):
    """Words about the parameters that are never secret: a key's number, a file, an offset, a length, an application."""
    if not body:
        return ""
    if code in (0x0A, 0x1A, 0xAA, 0x71, 0x77, 0x64, 0xC4):
        return "key %d" % (body[0] & 0x3F)
    if code in (0x5A, 0xCA, 0xDA):
        return "application %02X%02X%02X" % (body[2], body[1], body[0]) if len(body) >= 3 else ""
    if code in (0xBD, 0xAD, 0x3D, 0x8D) and len(body) >= 7:
        return "file %d, from %d, %d bytes" % (body[0], int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:7], "little"))
    if code in (0xBB, 0xAB) and len(body) >= 7:
        return "file %d, from record %d, %d records" % (body[0], int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:7], "little"))
    if code in (0x3B, 0x8B) and len(body) >= 7:
        return "file %d, from %d, %d bytes" % (body[0], int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:7], "little"))
    if code in (0xF5, 0x5F, 0xF6, 0x6C, 0x0C, 0xDC, 0x1C, 0xEB, 0xDF, 0xCD, 0xCB, 0xCC, 0xC0, 0xC1, 0xCE):
        return "file %d" % body[0]
    return ""
