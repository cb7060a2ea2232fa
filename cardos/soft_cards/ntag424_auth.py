"""Authentication of a soft NTAG 424 DNA: AuthenticateEV2First and NonFirst, LRPFirst and LRPNonFirst (NT4H2421Gx sections 9, 10.4).

One pair of codes, 71 and 77, serves both: the chip's own LRP setting decides, and for First what the reader asks for.

Unsure on silicon, chosen here: an authentication that stops after the first part is no failure.
"""

from cardos.soft_cards.ev2_session import CAPABILITY_BYTES, Ev2Handshake
from cardos.soft_cards.lrp_session import LRP_CAPABILITY, LrpHandshake
from cardos.soft_cards.ntag424_keys import KEY_BYTES, KEY_COUNT
from cardos.soft_cards.ntag424_status import (
    ADDITIONAL_FRAME,
    AUTHENTICATION_DELAY,
    AUTHENTICATION_ERROR,
    LENGTH_ERROR,
    NO_SUCH_KEY,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    NativeRefused,
)

RND_BYTES, TI_BYTES = 16, 4
PART_2_BYTES = 32
ORIGINALITY_KEYS = (1, 2, 3, 4)


def authenticate_first(chip, data):
    """71 KeyNo LenCap PCDcap2: data behind the instruction. Answers the challenge with 91AF."""
    if len(data) < 2 or len(data) != 2 + data[1]:
        raise NativeRefused(LENGTH_ERROR)
    pcdcap2 = data[2:]
    wants_lrp = bool(pcdcap2 and pcdcap2[0] & LRP_CAPABILITY)
    number = _key_number(data[0])
    if not chip.in_application:
        return _originality(chip, number, wants_lrp)
    slot = _usable_slot(chip, number)
    if chip.lrp and not wants_lrp:
        raise NativeRefused(PERMISSION_DENIED)
    rnd_b, ti = chip.noise.take(RND_BYTES), chip.noise.take(TI_BYTES)
    kind = LrpHandshake if chip.lrp else Ev2Handshake
    return _challenge(chip, slot, kind(slot.key, number, rnd_b, ti, chip.capabilities(), True, pcdcap2=pcdcap2))


def authenticate_non_first(chip, data):
    """77 KeyNo, inside a session only; TI and command counter go on."""
    if len(data) != 1:
        raise NativeRefused(LENGTH_ERROR)
    number = _key_number(data[0])
    if not chip.in_application:
        return _originality(chip, number, True)
    if chip.session is None:
        raise NativeRefused(PERMISSION_DENIED)
    slot = _usable_slot(chip, number)
    kind = LrpHandshake if chip.session.name == LrpHandshake.session_name else Ev2Handshake
    rnd_b = chip.noise.take(RND_BYTES)
    return _challenge(chip, slot, kind(slot.key, number, rnd_b, first=False, old_session=chip.session))


def _key_number(value):
    if value & 0xC0:
        raise NativeRefused(PARAMETER_ERROR)
    return value


def _usable_slot(chip, number):
    if number >= KEY_COUNT:
        raise NativeRefused(NO_SUCH_KEY)
    slot = chip.keys[number]
    if slot.is_dead(chip.failure_rule):
        raise NativeRefused(PERMISSION_DENIED)
    if slot.delay:
        chip.atom(slot.waited)
        raise NativeRefused(AUTHENTICATION_DELAY)
    return slot


def _challenge(chip, slot, handshake):
    chip.session = None
    chip.pending = lambda data: _part_2(chip, slot, handshake, data)
    return handshake.challenge, ADDITIONAL_FRAME


def _part_2(chip, slot, handshake, data):
    if len(data) != PART_2_BYTES:
        raise NativeRefused(LENGTH_ERROR)
    finished = handshake.finish(data)
    rule = chip.failure_rule
    if finished is None:
        if slot is not None:
            chip.atom(lambda: slot.failed(rule))
        raise NativeRefused(AUTHENTICATION_ERROR)
    if not slot.is_clean:
        chip.atom(lambda: slot.succeeded(rule))
    chip.session, answer = finished
    return answer, 0x00


def _originality(chip, number, wants_lrp):
    """PICC level: only LRP with the originality keys, which only the maker knows; nobody passes here."""
    if number not in ORIGINALITY_KEYS:
        raise NativeRefused(NO_SUCH_KEY)
    if not wants_lrp:
        raise NativeRefused(PERMISSION_DENIED)
    unknown = chip.noise.take(KEY_BYTES)
    handshake = LrpHandshake(unknown, number, chip.noise.take(RND_BYTES), bytes(TI_BYTES), bytes(CAPABILITY_BYTES))
    return _challenge(chip, None, handshake)
