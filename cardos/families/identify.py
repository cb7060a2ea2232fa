"""What a card is, as cheaply as it can be told: by a hint, by GET_VERSION, and for ISO-DEP cards by the first frame of GetVersion.

SAK, ATS and ATR only name the kind, which is the reader's word (`Presentation.kind`), because DESFire and NTAG 424 DNA share their
historical byte and EV3 may show any SAK (AN10833).
None of it proves a card: counterfeits copy every byte here. Only a key under a fresh challenge does.
Hardware types 81h and 91h are DESFire on SmartMX chips (phones, wearables); they are taken for the generation that they name.
"""

from cardos.errors import CardAnswered
from cardos.exchange import CLASSIC, ISO_DEP
from cardos.families.commands import GET_VERSION
from cardos.families.file_settings import storage_bytes
from cardos.families.status import MORE
from cardos.families.wrapped import Wrapped, one


_NXP = 0x04
_TYPE_DESFIRE, _TYPE_NTAG = (0x01, 0x81, 0x91), 0x04
_GENERATIONS = {0x01: 1, 0x12: 2, 0x33: 3}  # major version of the hardware; 00 is the first DESFire, which knows no AES

# GET_VERSION (60h) of Type 2 chips -> family. Ultralight C has no such command: it answers 1A 00 with AF and 8 bytes.
_TYPE2_VERSIONS = {
    b"\x00\x04\x04\x02\x01\x00\x0f\x03": "ntag213",
    b"\x00\x04\x04\x02\x01\x00\x11\x03": "ntag215",
    b"\x00\x04\x04\x02\x01\x00\x13\x03": "ntag216",
    b"\x00\x04\x03\x01\x04\x00\x0f\x03": "ultralight-aes",  # 17 pF
    b"\x00\x04\x03\x02\x04\x00\x0f\x03": "ultralight-aes",  # 50 pF
    b"\x00\x04\x03\x03\x04\x00\x0f\x03": "ultralight-aes",  # 75 pF
}


def family_of_type2_version(version):
    """The family whose GET_VERSION these 8 bytes are, or None."""
    return _TYPE2_VERSIONS.get(bytes(version))


def family_of_hardware(hardware):
    """The family whose GetVersion starts with these 7 bytes: "ntag424", "desfire-ev1", "desfire-ev2", "desfire-ev3", or None."""
    if len(hardware) != 7 or hardware[0] != _NXP:
        return None
    kind, major, storage = hardware[1], hardware[3], hardware[5]
    if kind == _TYPE_NTAG and major == 0x30 and storage == 0x11:
        return "ntag424"
    if kind in _TYPE_DESFIRE and major in _GENERATIONS:
        return "desfire-ev%d" % _GENERATIONS[major]
    return None


def generation_of(family):
    """1, 2 or 3 for a DESFire family, else None."""
    return {"desfire-ev1": 1, "desfire-ev2": 2, "desfire-ev3": 3}.get(family)


def memory_of_hardware(hardware):
    """Bytes that the chip has at least, by its storage byte: 2048, 4096, 8192 for DESFire, 256 for NTAG 424 DNA."""
    return storage_bytes(hardware[5])[0]


def hardware_of(framing=None):
    """One exchange: the 7 hardware bytes of GetVersion, or None when the card does not answer as DESFire and NTAG 424 DNA do.

    The other two frames are not asked for. Unsure on silicon: a card may answer the next command with "not finished" once; the
    drivers' `select` then says it once more. CardLost and ReaderLost pass through.
    """
    try:
        status, hardware = yield from one(framing or Wrapped(), GET_VERSION, GET_VERSION.code, b"")
    except CardAnswered:
        return None  # another card's way of not knowing the command
    return hardware if status == MORE and len(hardware) == 7 else None


def identify(presentation, framing=None):
    """The family of a presented card, or None: (family, hardware bytes or None). At most one exchange, none where a hint is at hand.

    presentation: a `cardos.exchange.Presentation`. Type 2 chips are told by their first read, not here.
    """
    if presentation.family is not None:
        return presentation.family, None
    if presentation.kind == CLASSIC:
        return "classic-1k", None
    if presentation.kind != ISO_DEP:
        return None, None
    hardware = yield from hardware_of(framing)
    return (family_of_hardware(hardware), hardware) if hardware else (None, None)
