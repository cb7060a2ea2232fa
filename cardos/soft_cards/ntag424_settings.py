"""File settings of a soft NTAG 424 DNA: the body of ChangeFileSettings taken apart and judged (NT4H2421Gx section 10.7.1).

Each rule below is a row of table 71; what it forbids is PARAMETER_ERROR, a body of another length is LENGTH_ERROR.
"""

from collections import namedtuple

from cardos.crypto.sun import MAC_SIZE, UID_SIZE, picc_data_size
from cardos.soft_cards.ev2_session import FULL, MAC, PLAIN
from cardos.soft_cards.ntag424_status import LENGTH_ERROR, PARAMETER_ERROR, PERMISSION_DENIED, NativeRefused, u24

FREE, NEVER = 0xE, 0xF
KEY_LAST = 4
SDM_ENABLED = 0x40  # in FileOption
SDM_UID, SDM_COUNTER, SDM_LIMIT, SDM_FILE_DATA, SDM_ASCII = 0x80, 0x40, 0x20, 0x10, 0x01
NOT_MIRRORED = 0xFFFFFF  # SDMReadCtrOffset
UID_CHARACTERS, COUNTER_CHARACTERS, MAC_CHARACTERS = 2 * UID_SIZE, 6, 2 * MAC_SIZE

# body: as ChangeFileSettings sent it. mode: PLAIN, MAC or FULL. The conditions are 0..4 (a key), FREE or NEVER. sdm: Sdm or None.
Settings = namedtuple("Settings", ["body", "mode", "read", "write", "read_write", "change", "sdm"])

# Offsets are None where they are not present.
Sdm = namedtuple(
    "Sdm",
    [
        "options", "meta_read", "file_read", "counter_read", "uid_offset", "counter_offset", "picc_offset",
        "mac_input", "enc_offset", "enc_length", "mac_offset", "limit",
    ],
)  # fmt: skip


def parse_settings(body, size, may_have_sdm, lrp, counter):
    """Settings of a file of `size` bytes. counter: its SDMReadCtr, or None to leave the limit unjudged. Raises NativeRefused."""
    if len(body) < 3:
        raise NativeRefused(LENGTH_ERROR)
    option = body[0]
    conditions = [body[2] >> 4, body[2] & 0xF, body[1] >> 4, body[1] & 0xF]
    _demand(not option & 0xBC and all(_is_condition(condition) for condition in conditions))
    sdm = None
    if option & SDM_ENABLED:
        if not may_have_sdm:
            raise NativeRefused(PERMISSION_DENIED)
        sdm = _parse_sdm(bytes(body[3:]))
        _check_rights(sdm)
        _check_places(sdm, size, lrp)
        _demand(sdm.limit is None or counter is None or sdm.limit > counter)
    elif len(body) > 3:
        raise NativeRefused(LENGTH_ERROR)
    mode = {0x03: FULL, 0x01: MAC}.get(option & 0x03, PLAIN)
    return Settings(bytes(body), mode, conditions[0], conditions[1], conditions[2], conditions[3], sdm)


def without_sdm(settings):
    """The same settings with SDM off: what the switch to LRP leaves (section 9.3.4.2)."""
    body = bytes([settings.body[0] & ~SDM_ENABLED]) + settings.body[1:3]
    return Settings(body, settings.mode, settings.read, settings.write, settings.read_write, settings.change, None)


def _demand(condition):
    if not condition:
        raise NativeRefused(PARAMETER_ERROR)


def _is_condition(nibble):
    return nibble <= KEY_LAST or nibble >= FREE


class _Offsets:
    """Three-byte fields, one after the other."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def take(self, present):
        if not present:
            return None
        if self._at + 3 > len(self._data):
            raise NativeRefused(LENGTH_ERROR)
        self._at += 3
        return u24(self._data, self._at - 3)

    def end(self):
        if self._at != len(self._data):
            raise NativeRefused(LENGTH_ERROR)


def _parse_sdm(data):
    if len(data) < 3:
        raise NativeRefused(LENGTH_ERROR)
    options = data[0]
    meta_read, file_read, rfu, counter_read = data[2] >> 4, data[2] & 0xF, data[1] >> 4, data[1] & 0xF
    _demand(not options & 0x0E and options & SDM_ASCII and rfu == NEVER)
    _demand(_is_condition(meta_read) and _is_condition(counter_read) and file_read != FREE and _is_condition(file_read))
    offsets = _Offsets(data[3:])
    plain, macs = meta_read == FREE, file_read != NEVER
    encrypts = bool(macs and options & SDM_FILE_DATA)
    sdm = Sdm(
        options,
        meta_read,
        file_read,
        counter_read,
        offsets.take(plain and options & SDM_UID),
        offsets.take(plain and options & SDM_COUNTER),
        offsets.take(meta_read <= KEY_LAST),
        offsets.take(macs),
        offsets.take(encrypts),
        offsets.take(encrypts),
        offsets.take(macs),
        offsets.take(options & SDM_LIMIT),
    )
    offsets.end()
    return sdm


def _check_rights(sdm):
    has_uid, has_counter = sdm.options & SDM_UID, sdm.options & SDM_COUNTER
    _demand(sdm.meta_read == NEVER or has_uid or has_counter)
    _demand(sdm.meta_read != NEVER or not has_uid)
    _demand(sdm.counter_read == NEVER or has_counter)
    if sdm.options & SDM_FILE_DATA:
        _demand(sdm.file_read != NEVER and has_uid and has_counter)
    _demand(sdm.limit is None or has_counter)


def _check_places(sdm, size, lrp):
    identity = _check_identity(sdm, size, lrp)
    if sdm.mac_offset is None:
        return
    _demand(sdm.mac_input <= sdm.mac_offset <= size - MAC_CHARACTERS)
    others = [(sdm.mac_offset, MAC_CHARACTERS)]
    if sdm.enc_offset is not None:
        _demand(sdm.mac_input <= sdm.enc_offset and sdm.enc_length >= 32 and sdm.enc_length % 32 == 0)
        _demand(sdm.enc_offset + sdm.enc_length <= sdm.mac_offset)
        others.append((sdm.enc_offset, sdm.enc_length))
    for place in identity:
        for other in others:
            _demand(not _overlap(place, other))


def _check_identity(sdm, size, lrp):
    """[(offset, length), ...] of UID, counter and PICCData, each inside the file and none over another."""
    places = []
    if sdm.uid_offset is not None:
        places.append((sdm.uid_offset, UID_CHARACTERS))
    if sdm.counter_offset is not None and sdm.counter_offset != NOT_MIRRORED:
        places.append((sdm.counter_offset, COUNTER_CHARACTERS))
    if sdm.picc_offset is not None:
        places.append((sdm.picc_offset, 2 * picc_data_size(lrp)))
    for offset, length in places:
        _demand(offset + length <= size)
    _demand(len(places) < 2 or not _overlap(places[0], places[1]))
    return places


def _overlap(a, b):
    return a[0] < b[0] + b[1] and b[0] < a[0] + a[1]
