"""Key commands of DESFire: ChangeKey, ChangeKeyEV2, key sets, key settings. Authentication is in `desfire_authentication`.

Details of key sets are recalled from public reader libraries, not read in a data sheet.
"""

from cardos.bytes import xor
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import crc32
from cardos.soft_cards.desfire_access import (
    FREE_LISTS, SETTINGS_CHANGEABLE, is_master, need_master, need_master_unless, refusal,
)
from cardos.soft_cards.desfire_keys import AES, DES, KEY_BYTES, TDES3, Key, KeySet, changer_of, kind_of_bits
from cardos.soft_cards.desfire_legacy import crc16
from cardos.soft_cards.desfire_memory import PICC_AID
from cardos.soft_cards.desfire_rows import FULL
from cardos.soft_cards.desfire_status import (
    AUTHENTICATION_ERROR, INTEGRITY_ERROR, LENGTH_ERROR, NO_SUCH_KEY, PARAMETER_ERROR,
    PERMISSION_DENIED, Refusal,
)

SECOND_APPLICATION = 0x80  # in KeyNo and FileNo, after SelectApplication of two
KEY_SET_FOLLOWS = 0x40  # in the KeyNo of GetKeyVersion
CRC32_BYTES, CRC16_BYTES = 4, 2


def key_at(card, number):
    """(application, key number, Key) that a KeyNo byte means. Refuses 40."""
    application = card.application
    if number & SECOND_APPLICATION and card.second is not None:
        application, number = card.second, number & ~SECOND_APPLICATION
    if number >= len(application.keys):
        raise Refusal(NO_SUCH_KEY)
    return application, number, application.keys[number]


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
        raise refusal()
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
