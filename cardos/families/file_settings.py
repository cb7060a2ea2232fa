"""What a file, a key setting and a version say, as bytes and as named values (DESFire and NTAG 424 DNA).

Numbers on this interface go least significant byte first. An access right is one nibble: the number of a key, FREE for everybody,
NEVER for nobody. The word of four is Read, Write, ReadWrite, Change from its high end, sent low byte first (NT4H2421Gx section 8.2.3.4).
"""

from collections import namedtuple

from cardos.bytes import Cursor, uint, uint_le
from cardos.errors import CardAnswered, RangeError
from cardos.families.commands import FULL, MAC, PLAIN

FREE, NEVER = 0xE, 0xF
STANDARD, BACKUP, VALUE, LINEAR, CYCLIC, TRANSACTION_MAC = 0, 1, 2, 3, 4, 5

Access = namedtuple("Access", ["read", "write", "read_write", "change"])

# kind: one of the constants above. mode: PLAIN, MAC or FULL. access: `Access`. size: bytes of a data file. Records: record_size,
# records_max, records_now. Values: lower, upper, limited (the sum a LimitedCredit may give back), limited_on. sdm: `Sdm` or None.
FileSettings = namedtuple(
    "FileSettings",
    ["kind", "mode", "access", "size", "record_size", "records_max", "records_now", "lower", "upper", "limited", "limited_on", "sdm"],
)

# Secure dynamic messaging of a 424's NDEF file. meta, file, counter: access nibbles. Offsets in the file, or None where not used.
Sdm = namedtuple(
    "Sdm",
    ["options", "meta", "file", "counter", "uid_offset", "counter_offset", "picc_offset", "mac_input_offset", "enc_offset", "enc_length",
     "mac_offset", "counter_limit"],
)

SDM_UID, SDM_COUNTER, SDM_LIMIT, SDM_ENC, SDM_ASCII = 0x80, 0x40, 0x20, 0x10, 0x01
_SDM_ON = 0x40

# Key settings 1 (libfreefare and proxmark3 agree); who_changes: number of a key, 0xE each key itself, 0xF nobody.
KeySettings = namedtuple("KeySettings", ["who_changes", "settings_change", "free_create", "free_list", "master_changes", "key_type", "key_count"])
KEYS_DES, KEYS_3K3DES, KEYS_AES = 0x00, 0x40, 0x80

# hardware and software: 7 bytes each, vendor type subtype major minor storage protocol. uid: 7 zero bytes under random ID.
Version = namedtuple("Version", ["hardware", "software", "uid", "batch", "week", "year"])


def signed_le(value):
    """A signed number of 32 bits as 4 bytes, least significant first. RangeError outside."""
    if not isinstance(value, int) or not -0x80000000 <= value <= 0x7FFFFFFF:
        raise RangeError("%r does not fit in a value file." % (value,))
    return uint_le(value & 0xFFFFFFFF, 4)


def read_signed_le(data):
    """The signed number in 4 bytes."""
    value = int.from_bytes(data, "little")
    return value - 0x100000000 if value & 0x80000000 else value


def access_word(access):
    """2 bytes for an `Access` of four nibbles."""
    for right in access:
        if not 0 <= right <= 0xF:
            raise RangeError("An access right is one of 16, not %r." % (right,))
    return uint_le(access[0] << 12 | access[1] << 8 | access[2] << 4 | access[3], 2)


def read_access_word(data):
    """The `Access` in 2 bytes."""
    word = int.from_bytes(data, "little")
    return Access(word >> 12, word >> 8 & 15, word >> 4 & 15, word & 15)


def read_file_settings(data):
    """`FileSettings` of a GetFileSettings answer. CardAnswered when it is too short, too long, or of an unknown kind."""
    cursor = Cursor(data)
    kind, option = cursor.uint(1), cursor.uint(1)
    access = read_access_word(cursor.take(2))
    size = record_size = records_max = records_now = lower = upper = limited = limited_on = sdm = None
    if kind in (STANDARD, BACKUP):
        size = _le(cursor, 3)
        if option & _SDM_ON:
            sdm = _read_sdm(cursor)
    elif kind == VALUE:
        lower, upper, limited = (read_signed_le(cursor.take(4)) for _ in range(3))
        limited_on = cursor.uint(1)
    elif kind in (LINEAR, CYCLIC):
        record_size, records_max, records_now = (_le(cursor, 3) for _ in range(3))
    elif kind == TRANSACTION_MAC:
        cursor.take(2)  # key type, key version
        if cursor.left:
            cursor.take(4)  # the limit of its counter, where one is set (MF2DL(H)x0)
    else:
        raise CardAnswered("The card has a file of an unknown kind.")
    cursor.end()
    return FileSettings(kind, mode_of(option), access, size, record_size, records_max, records_now, lower, upper, limited, limited_on, sdm)


def mode_of(option):
    """PLAIN, MAC or FULL from the low two bits of a file option; 2 is another name of plain."""
    return (PLAIN, MAC, PLAIN, FULL)[option & 3]


def _le(cursor, size):
    return int.from_bytes(cursor.take(size), "little")


def sdm_body(mode, access, sdm):
    """The body of ChangeFileSettings for a 424: file option, access word, and what `Sdm` asks for (None switches it off).

    Order and conditions: NT4H2421Gx section 10.7.1.
    """
    body = uint(mode | (_SDM_ON if sdm else 0), 1) + access_word(access)
    if sdm is None:
        return body
    body += uint(sdm.options, 1) + access_word((sdm.meta, sdm.file, 0xF, sdm.counter))
    for name, used in _sdm_fields(sdm.options, sdm.meta, sdm.file):
        value = getattr(sdm, name)
        if used != (value is not None):
            raise RangeError("%s does not fit the other SDM options." % name)
        if used:
            body += uint_le(value, 3)
    return body


def _sdm_fields(options, meta, file):
    mac = file != NEVER
    return (
        ("uid_offset", meta == FREE and bool(options & SDM_UID)),
        ("counter_offset", meta == FREE and bool(options & SDM_COUNTER)),
        ("picc_offset", meta < FREE),
        ("mac_input_offset", mac),
        ("enc_offset", mac and bool(options & SDM_ENC)),
        ("enc_length", mac and bool(options & SDM_ENC)),
        ("mac_offset", mac),
        ("counter_limit", bool(options & SDM_LIMIT)),
    )


def _read_sdm(cursor):
    options = cursor.uint(1)
    rights = read_access_word(cursor.take(2))
    values = [_le(cursor, 3) if used else None for _, used in _sdm_fields(options, rights.read, rights.write)]
    return Sdm(options, rights.read, rights.write, rights.change, *values)


def read_key_settings(data):
    """`KeySettings` of a GetKeySettings answer (2 bytes)."""
    cursor = Cursor(data)
    first, second = cursor.uint(1), cursor.uint(1)
    cursor.end()
    return KeySettings(first >> 4, bool(first & 8), bool(first & 4), bool(first & 2), bool(first & 1), second & 0xC0, second & 0x0F)


def key_settings_byte(who_changes, settings_change, free_create, free_list, master_changes):
    """Key settings 1 as CreateApplication and ChangeKeySettings take it."""
    flags = (8 if settings_change else 0) | (4 if free_create else 0) | (2 if free_list else 0) | (1 if master_changes else 0)
    return who_changes << 4 | flags


def read_version(data):
    """`Version` of the 28 bytes of GetVersion (29 with a FabKey identifier, which is left out). Week and year: BCD, as numbers."""
    cursor = Cursor(data)
    hardware, software, uid, batch = cursor.take(7), cursor.take(7), cursor.take(7), cursor.take(5)
    week, year = cursor.uint(1), cursor.uint(1)
    if cursor.left > 1:
        raise CardAnswered("The card's version has %d bytes too many." % cursor.left)
    return Version(hardware, software, uid, batch, _bcd(week), _bcd(year))


def _bcd(byte):
    return (byte >> 4) * 10 + (byte & 15)


def storage_bytes(storage):
    """(at least, at most) bytes of memory that the storage byte of a version says: 16h is (2048, 2048), 11h is (256, 512)."""
    floor = 1 << (storage >> 1)
    return floor, floor * 2 if storage & 1 else floor
