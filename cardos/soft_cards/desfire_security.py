"""Authentication and key commands of DESFire: 0A, 1A, AA, 71, 77, ChangeKey, ChangeKeyEV2, key sets, key settings.

Unsure on silicon, chosen here: EV2 and EV3 answer AD (delay) to AuthenticateXX once the 50th failure in a row was reached, one
more time after each further failure; only a success clears it, and it outlives the field (from NTAG 424, user reports). The
counter that kills a key works as on NTAG 424 and is off until SetConfiguration option 0A. Details of key sets are recalled from public reader libraries, not read in a data
sheet.
"""

from cardos.bytes import xor
from cardos.crypto import tdes
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import crc32
from cardos.soft_cards.desfire_access import (
    FREE_LISTS, SETTINGS_CHANGEABLE, is_master, need_master, need_master_unless, refusal,
)
from cardos.soft_cards.desfire_keys import AES, DES, KEY_BYTES, TDES3, Key, KeySet, changer_of, kind_of_bits
from cardos.soft_cards.desfire_legacy import LegacyHandshake, crc16
from cardos.soft_cards.desfire_memory import FAILURES_MAX, PICC_AID
from cardos.soft_cards.desfire_rows import FULL
from cardos.soft_cards.desfire_status import (
    AUTHENTICATION_DELAY, AUTHENTICATION_ERROR, ILLEGAL_COMMAND, INTEGRITY_ERROR, LENGTH_ERROR, NO_SUCH_KEY, PARAMETER_ERROR,
    PERMISSION_DENIED, Refusal,
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

SECOND_APPLICATION = 0x80  # in KeyNo and FileNo, after SelectApplication of two
KEY_SET_FOLLOWS = 0x40  # in the KeyNo of GetKeyVersion
FAILURES_BEFORE_DELAY = 50
CAPABILITY_BYTES = 6
CRC32_BYTES, CRC16_BYTES = 4, 2


def key_at(card, number):
    """(application, key number, Key) that a KeyNo byte means. Refuses 40."""
    application = card.application
    if number & SECOND_APPLICATION and card.second is not None:
        application, number = card.second, number & ~SECOND_APPLICATION
    if number >= len(application.keys):
        raise Refusal(NO_SUCH_KEY)
    return application, number, application.keys[number]


# --- authentication ---


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


# --- changing keys ---


def change_key(card, call):
    """ChangeKey. call.data: the cryptogram as it came. KeyNo of the PICC master key carries its new kind."""
    byte = call.header[0]
    application, number, kind = card.application, byte, None
    if application.aid == PICC_AID:
        number, kind = byte & 0x3F, kind_of_bits(byte)
    application, number, old = key_at(card, number)
    _check_changer(card, application, number)
    in_use = number == card.session.key_number
    key = _new_key(card, call, kind or old.kind, old, in_use)

    def change():
        if application.aid == PICC_AID:
            application.sets[0] = KeySet(key.kind, [key])
        else:
            application.keys[number] = key

    card.atom(change)
    if in_use:
        card.session = None
    return b""


def change_key_ev2(card, call):
    """ChangeKeyEV2: a key of any key set. Only a key of the active set can be the one in use."""
    set_number, number = call.header[0], call.header[1]
    application = card.application
    if set_number >= len(application.sets):
        raise Refusal(PARAMETER_ERROR)
    chosen = application.sets[set_number]
    if number >= len(chosen.keys):
        raise Refusal(NO_SUCH_KEY)
    _check_changer(card, application, number)
    in_use = set_number == 0 and number == card.session.key_number
    key = _new_key(card, call, chosen.kind, chosen.keys[number], in_use)

    def change():
        chosen.keys[number] = key

    card.atom(change)
    if in_use:
        card.session = None
    return b""


def _check_changer(card, application, number):
    if card.session is None or card.session_aid != application.aid:
        raise Refusal(AUTHENTICATION_ERROR)
    changer = changer_of(application.key_settings, number)
    if changer is None:
        raise Refusal(PERMISSION_DENIED)
    if changer != card.session.key_number:
        raise Refusal(AUTHENTICATION_ERROR)


def _new_key(card, call, kind, old, in_use):
    """The Key in a cryptogram of the session's channel. Refuses 1E or 7E."""
    size = KEY_BYTES[kind] + (1 if kind == AES else 0)
    session = card.session
    if session.name == "ev2":
        plain = session.open(call.ins, call.header, call.data, FULL)
        if len(plain) != size + (0 if in_use else CRC32_BYTES):
            raise Refusal(LENGTH_ERROR)
        crc, rest = crc32, plain[size:]
    else:
        plain = session.decipher(call.data)
        legacy = session.name == "legacy"
        crc, crc_bytes = (crc16, CRC16_BYTES) if legacy else (crc32, CRC32_BYTES)
        covered = plain[:size] if legacy else bytes([call.ins]) + call.header + plain[:size]
        rest = plain[size + crc_bytes :]
        if not constant_time_equal(plain[size : size + crc_bytes], crc(covered)):
            raise Refusal(INTEGRITY_ERROR)
    value = plain[: KEY_BYTES[kind]]
    version = plain[KEY_BYTES[kind]] if kind == AES else 0
    if not in_use:
        if kind != old.kind:
            raise Refusal(PARAMETER_ERROR)
        value = xor(value, old.value)
        own = crc(value)
        if not constant_time_equal(rest[: len(own)], own):
            raise Refusal(INTEGRITY_ERROR)
        rest = rest[len(own) :]
    if rest.strip(b"\x00"):
        raise Refusal(INTEGRITY_ERROR)
    return Key(kind, value, version)


def get_key_version(card, call):
    """GetKeyVersion; on EV2 and EV3 a key set number may follow."""
    number = call.header[0]
    if card.generation > 1 and number & KEY_SET_FOLLOWS and len(call.data) == 1:
        number &= ~KEY_SET_FOLLOWS
        sets = card.application.sets
        if call.data[0] >= len(sets) or number >= len(sets[call.data[0]].keys):
            raise Refusal(NO_SUCH_KEY)
        return bytes([sets[call.data[0]].keys[number].version])
    if call.data:
        raise Refusal(LENGTH_ERROR)
    return bytes([key_at(card, number)[2].version])


# --- key settings ---


def get_key_settings(card, call):
    """GetKeySettings: KeySettings 1 and 2."""
    application = card.application
    need_master_unless(card, application, FREE_LISTS)
    return bytes([application.key_settings, application.second_settings()])


def change_key_settings(card, call):
    """ChangeKeySettings: KeySettings 1."""
    application = card.application
    need_master(card, application)
    if not application.allows(SETTINGS_CHANGEABLE):
        raise Refusal(PERMISSION_DENIED)
    if len(call.data) != 1:
        raise Refusal(LENGTH_ERROR)

    def change():
        application.key_settings = call.data[0]

    card.atom(change)
    return b""


# --- key sets (EV2 and EV3) ---


def _key_set(card, number):
    application = card.application
    if application.roll_key is None:
        raise Refusal(PERMISSION_DENIED)
    if not 0 < number < len(application.sets):
        raise Refusal(PARAMETER_ERROR)
    return application.sets[number]


def initialize_key_set(card, call):
    """InitializeKeySet: set and kind of keys (00 2TDEA, 01 3TDEA, 02 AES). Its keys are blank from then on."""
    need_master(card, card.application)
    if len(call.data) != 2:
        raise Refusal(LENGTH_ERROR)
    number, code = call.data[0], call.data[1]
    _key_set(card, number)
    if code > 2 or KEY_BYTES[(DES, TDES3, AES)[code]] > card.application.key_bytes_max:
        raise Refusal(PARAMETER_ERROR)
    application = card.application
    blank = KeySet.blank((DES, TDES3, AES)[code], len(application.keys), card.memory.default_key, None)

    def change():
        application.sets[number] = blank

    card.atom(change)
    return b""


def finalize_key_set(card, call):
    """FinalizeKeySet: set and its version; only then it can be rolled to."""
    need_master(card, card.application)
    if len(call.data) != 2:
        raise Refusal(LENGTH_ERROR)
    chosen = _key_set(card, call.data[0])

    def change():
        chosen.version = call.data[1]

    card.atom(change)
    return b""


def roll_key_set(card, call):
    """RollKeySet: the set changes places with the active one. The answer is bare, the session over."""
    application = card.application
    if len(call.data) != 1:
        raise Refusal(LENGTH_ERROR)
    chosen = _key_set(card, call.data[0])
    if card.session is None or card.session_aid != application.aid:
        raise refusal(card)
    if card.session.key_number != application.roll_key and not is_master(card, application):
        raise Refusal(AUTHENTICATION_ERROR)
    if chosen.version is None:
        raise Refusal(PARAMETER_ERROR)

    def change():
        sets = application.sets
        sets[0], sets[call.data[0]] = sets[call.data[0]], sets[0]

    card.atom(change)
    card.session = None
    return b""
