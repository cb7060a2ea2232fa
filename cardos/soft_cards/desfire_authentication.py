"""Authentication of DESFire: legacy (0A), ISO (1A), AES (AA), EV2First (71), EV2NonFirst (77), and what failures do.

Unsure on silicon, chosen here: EV2 and EV3 answer AD (delay) to AuthenticateXX once the 50th failure in a row was reached, one
more time after each further failure; only a success clears it, and it outlives the field (from NTAG 424, user reports). The
counter that kills a key works as on NTAG 424 and is off until SetConfiguration option 0A.
"""

from cardos.crypto import tdes
from cardos.soft_cards.desfire_keys import AES, DES, TDES3
from cardos.soft_cards.desfire_legacy import LegacyHandshake
from cardos.soft_cards.desfire_memory import FAILURES_MAX
from cardos.soft_cards.desfire_security import key_at
from cardos.soft_cards.desfire_status import (
    AUTHENTICATION_DELAY, AUTHENTICATION_ERROR, ILLEGAL_COMMAND, LENGTH_ERROR, PERMISSION_DENIED, Refusal,
)
from cardos.soft_cards.ev1_session import NONCE_BYTES, Ev1Handshake
from cardos.soft_cards.ev2_session import Ev2Handshake

LEGACY, ISO, AES_EV1, EV2_FIRST, EV2_NON_FIRST = 0x0A, 0x1A, 0xAA, 0x71, 0x77

# Which kinds of key each command takes, and since which generation it exists.
AUTHENTICATIONS = {
    LEGACY: ((DES,), 1),
    ISO: ((DES, TDES3), 1),
    AES_EV1: ((AES,), 1),
    EV2_FIRST: ((AES,), 2),
    EV2_NON_FIRST: ((AES,), 2),
}

FAILURES_BEFORE_DELAY = 50
CAPABILITY_BYTES = 6


def begin(card, ins, params):
    """First command of an authentication: (handshake, AID, key). Refuses; a session that was there is gone in any case."""
    kinds, since = AUTHENTICATIONS[ins]
    old = card.session
    card.session = None
    if card.generation < since:
        raise Refusal(ILLEGAL_COMMAND)
    capabilities = _capabilities(ins, params)
    application, number, key = key_at(card, params[0])
    if key.kind not in kinds:
        raise Refusal(AUTHENTICATION_ERROR)
    if key.kind != AES and not tdes.AVAILABLE:
        raise Refusal(ILLEGAL_COMMAND)
    if ins == EV2_NON_FIRST and (old is None or old.name != "ev2"):
        raise Refusal(AUTHENTICATION_ERROR)
    _check_failures(card, key)
    if ins in (EV2_FIRST, EV2_NON_FIRST):
        first = ins == EV2_FIRST
        rnd_b = card.noise.take(16)
        ti = card.noise.take(4) if first else b""
        handshake = Ev2Handshake(key.value, number, rnd_b, ti, first=first, pcdcap2=capabilities, old_session=old)
        return handshake, application.aid, key
    kind = key.cipher_kind()
    handshake = LegacyHandshake if ins == LEGACY else Ev1Handshake
    return handshake(kind, key.cipher_value(), number, card.noise.take(NONCE_BYTES[kind])), application.aid, key


def _capabilities(ins, params):
    if ins != EV2_FIRST:
        if len(params) != 1:
            raise Refusal(LENGTH_ERROR)
        return b""
    if len(params) < 2 or params[1] > CAPABILITY_BYTES or len(params) != 2 + params[1]:
        raise Refusal(LENGTH_ERROR)
    return params[2:]


def finish(card, handshake, aid, key, body):
    """Second command: the body of the 00 answer. Refuses AE and counts the failure."""
    done = handshake.finish(body)
    memory = card.memory
    rule = memory.failure_rule()
    if done is None:
        if card.generation > 1:
            memory.failures = min(memory.failures + 1, FAILURES_MAX)
            memory.delays = max(0, memory.failures - FAILURES_BEFORE_DELAY + 1)
            key.failures += 1 if rule else 0
            card.changed()
        raise Refusal(AUTHENTICATION_ERROR)
    if memory.failures or key.failures:
        memory.failures = memory.delays = 0
        key.failures = max(0, key.failures - rule[1]) if rule else key.failures
        card.changed()
    card.session, answer = done
    card.session_aid = aid
    return answer


def _check_failures(card, key):
    rule = card.memory.failure_rule()
    if rule and key.failures >= rule[0]:
        raise Refusal(PERMISSION_DENIED)
    if card.memory.delays:
        card.memory.delays -= 1
        card.changed()
        raise Refusal(AUTHENTICATION_DELAY)
