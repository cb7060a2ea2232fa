"""Keys, settings and identity of a soft NTAG 424 DNA (NT4H2421Gx sections 10.5 to 10.7 and 10.10).

Unsure on silicon, chosen here: SMConfig (SetConfiguration 04) is least significant byte first, as all numbers of the native
commands; SDMReadCtr goes back to 0 when SDM was off and is switched on, and is kept by a change of settings that are on.
"""

from cardos.bytes import xor
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import crc32
from cardos.soft_cards.ev2_session import FULL, MAC
from cardos.soft_cards.ntag424_files import NDEF_FILE, mode_granted
from cardos.soft_cards.ntag424_keys import KEY_BYTES, KEY_COUNT
from cardos.soft_cards.ntag424_settings import parse_settings, without_sdm
from cardos.soft_cards.ntag424_status import (
    ADDITIONAL_FRAME,
    AUTHENTICATION_ERROR,
    INTEGRITY_ERROR,
    LENGTH_ERROR,
    NO_SUCH_KEY,
    OPERATION_OK,
    PARAMETER_ERROR,
    SIGNATURE_COMMAND_NOT_FOUND,
    SIGNATURE_FORMAT_ERROR,
    SIGNATURE_OK,
    NativeRefused,
)

MASTER_KEY = 0
SOFTWARE = b"\x04\x04\x02\x01\x02\x11\x05"
PRODUCTION = b"\x00\x00\x00\x00\x00\x01\x24"  # batch, week and year (BCD) of a chip that was never diffused
OPTION_PICC, OPTION_MESSAGING, OPTION_CAPABILITY, OPTION_FAILURES, OPTION_HARDWARE = 0x00, 0x04, 0x05, 0x0A, 0x0B
_OPTION_BYTES = {OPTION_PICC: 1, OPTION_MESSAGING: 2, OPTION_CAPABILITY: 10, OPTION_FAILURES: 5, OPTION_HARDWARE: 1}
USE_RANDOM_ID, NO_CHAINED_WRITES, LRP_FOR_EVER = 0x02, 0x04, 0x02


def get_version(chip, data):
    """60: three frames; in a session one MAC on the command and one behind the third, over all three."""
    if chip.open(0x60, b"", data, MAC):
        raise NativeRefused(LENGTH_ERROR)
    uid = bytes(len(chip.uid)) if chip.random_id else chip.uid
    hardware = bytes([4, 4, 0x02 if chip.strong_modulation else 0x82, 0x30, 0x00, 0x11, 0x05])
    parts = [hardware, SOFTWARE, uid + PRODUCTION]
    return _version_part(chip, parts, 0)


def _version_part(chip, parts, number):
    if number == len(parts) - 1:
        shown = len(parts[0]) + len(parts[1])
        answer, status = chip.close(b"".join(parts), MAC)
        return answer[shown:], status

    def more(data):
        if data:
            raise NativeRefused(LENGTH_ERROR)
        return _version_part(chip, parts, number + 1)

    chip.pending = more
    return parts[number], ADDITIONAL_FRAME


def get_card_uid(chip, data):
    """51: the UID, enciphered; under any key, also of a chip with random ID."""
    if chip.session is None:
        raise NativeRefused(AUTHENTICATION_ERROR)
    if chip.open(0x51, b"", data, FULL):
        raise NativeRefused(LENGTH_ERROR)
    return chip.close(chip.uid, FULL)


def read_signature(chip, data):
    """3C 00: the 56 bytes of the originality signature; the one native command that says 9190 for done."""
    if len(data) != (1 if chip.session is None else 9) or data[0] != 0x00:
        raise NativeRefused(SIGNATURE_FORMAT_ERROR)
    if chip.session is None and chip.random_id:
        raise NativeRefused(SIGNATURE_COMMAND_NOT_FOUND)
    try:
        chip.open(0x3C, data[:1], data[1:], FULL)
    except NativeRefused:
        raise NativeRefused(SIGNATURE_COMMAND_NOT_FOUND)
    return chip.close(chip.signature, FULL, SIGNATURE_OK)


def get_key_version(chip, data):
    """64 KeyNo. Originality keys have version 00."""
    if not data:
        raise NativeRefused(LENGTH_ERROR)
    if data[0] >= KEY_COUNT:
        raise NativeRefused(NO_SUCH_KEY)
    if chip.open(0x64, data[:1], data[1:], MAC):
        raise NativeRefused(LENGTH_ERROR)
    version = chip.keys[data[0]].version if chip.in_application else 0
    return chip.close(bytes([version]), MAC)


def change_key(chip, data):
    """C4 KeyNo, then for key 0 NewKey || version, for the others (NewKey ^ OldKey) || version || CRC32 of NewKey."""
    if not data:
        raise NativeRefused(LENGTH_ERROR)
    number = data[0]
    if number >= KEY_COUNT:
        raise NativeRefused(NO_SUCH_KEY)
    _demand_master(chip)
    plain = chip.open(0xC4, data[:1], data[1:], FULL)
    if len(plain) != KEY_BYTES + (1 if number == MASTER_KEY else 5):
        raise NativeRefused(LENGTH_ERROR)
    slot, new, version = chip.keys[number], plain[:KEY_BYTES], plain[KEY_BYTES]
    if number != MASTER_KEY:
        new = xor(new, slot.key)
        if not constant_time_equal(crc32(new), plain[KEY_BYTES + 1 :]):
            raise NativeRefused(INTEGRITY_ERROR)
    chip.atom(lambda: slot.change(new, version))
    if number == MASTER_KEY:
        chip.session = None  # the key in use: its channel ends with a bare 9100
        return b"", OPERATION_OK
    return chip.close(b"", FULL)


def get_file_settings(chip, data):
    """F5 FileNo."""
    if not data:
        raise NativeRefused(LENGTH_ERROR)
    file = chip.file(data[0])
    if chip.open(0xF5, data[:1], data[1:], MAC):
        raise NativeRefused(LENGTH_ERROR)
    return chip.close(file.settings_answer(), MAC)


def change_file_settings(chip, data):
    """5F FileNo, then the body that `ntag424_settings` reads; FULL, or PLAIN where Change is free and nothing else grants it."""
    if not data:
        raise NativeRefused(LENGTH_ERROR)
    file = chip.file(data[0])
    mode = mode_granted((file.settings.change,), chip.key_number, FULL)
    body = chip.open(0x5F, data[:1], data[1:], mode)
    was_on = file.settings.sdm is not None
    settings = parse_settings(body, file.size, file.may_have_sdm, chip.lrp, file.counter if was_on else 0)

    def change():
        file.settings = settings
        if settings.sdm is not None and not was_on:
            file.counter = 0

    chip.atom(change)
    return chip.close(b"", mode)


def set_configuration(chip, data):
    """5C Option Data, under key 0. Nothing here but the failure counting and the modulation can be taken back."""
    if not data:
        raise NativeRefused(LENGTH_ERROR)
    option = data[0]
    _demand_master(chip)
    plain = chip.open(0x5C, data[:1], data[1:], FULL)
    if option not in _OPTION_BYTES:
        raise NativeRefused(PARAMETER_ERROR)
    if len(plain) != _OPTION_BYTES[option]:
        raise NativeRefused(LENGTH_ERROR)
    change = _configure(chip, option, plain)
    if change is not None:
        chip.atom(change)
    return chip.close(b"", FULL)


def _configure(chip, option, plain):
    """The change that this option asks for, or None for "no change". Raises NativeRefused."""
    if option == OPTION_PICC:
        if plain[0] & ~USE_RANDOM_ID & 0xFF:
            raise NativeRefused(PARAMETER_ERROR)
        return chip.use_random_id if plain[0] & USE_RANDOM_ID else None
    if option == OPTION_MESSAGING:
        return chip.refuse_chained_writes if plain[0] & NO_CHAINED_WRITES else None
    if option == OPTION_FAILURES:
        limit, step = plain[1] | plain[2] << 8, plain[3] | plain[4] << 8
        if plain[0] & 1 and not limit:
            raise NativeRefused(PARAMETER_ERROR)
        return lambda: chip.failure_rule.set(bool(plain[0] & 1), limit, step)
    if option == OPTION_HARDWARE:
        return lambda: chip.modulate(bool(plain[0] & 1))
    return lambda: chip.set_capability(bool(plain[4] & LRP_FOR_EVER), plain[8:10])


def enable_lrp(chip):
    """Switch to LRP for ever; SDM goes off, as its fields have other sizes there (section 9.3.4.2)."""
    chip.lrp = True
    file = chip.files[NDEF_FILE - 1]
    if file.settings.sdm is not None:
        file.settings = without_sdm(file.settings)


def _demand_master(chip):
    if chip.key_number != MASTER_KEY:
        raise NativeRefused(AUTHENTICATION_ERROR)
