"""What an ATR and a reader's name tell (reader notes, section 6)."""

import pytest

from cardos.exchange import CLASSIC, ISO_DEP, OTHER, TYPE2, kind_of_sak
from host_tools.readers.atr import card_hint, check_byte_fits
from host_tools.readers.profiles import BARE, NONE, PN532, PROFILES, TRANSPARENT, profile_of

STORAGE = "3B8F8001804F0CA0000003060300%02X00000000%02X"


@pytest.mark.parametrize("name, check, kind", [(0x01, 0x6A, CLASSIC), (0x03, 0x68, TYPE2), (0x3A, 0x51, TYPE2)])
def test_6_storage_card_names(name, check, kind):
    """6: 3B 8F 80 01 80 4F 0C A0 00 00 03 06 SS NN NN .. TCK, as measured for 0001, 0003 and 003A."""
    atr = bytes.fromhex(STORAGE % (name, check))
    assert check_byte_fits(atr)
    assert card_hint(atr).kind == kind


def test_6_another_standard_is_not_type_2():
    """6: SS 03 is ISO 14443A part 3; 11 is FeliCa."""
    body = bytearray.fromhex("3B8F8001804F0CA0000003061100030000000000")
    for byte in body[1:-1]:
        body[-1] ^= byte
    assert card_hint(body).kind == OTHER


@pytest.mark.parametrize("atr, historical", [("3B8180018080", "80"), ("3B868001067577810280 00".replace(" ", ""), "067577810280")])
def test_6_iso_dep_carries_historical_bytes_or_the_whole_ats(atr, historical):
    """6: one historical byte 80 for DESFire and NTAG 424 alike; the ACR122U puts the whole ATS there."""
    hint = card_hint(bytes.fromhex(atr))
    assert (hint.kind, hint.historical.hex()) == (ISO_DEP, historical)


@pytest.mark.parametrize("atr", ["", "3B", "3B8F8001", "3B8180018081", "3F0000", "00" * 20])
def test_6_rubbish_is_other_and_never_raises(atr):
    assert card_hint(bytes.fromhex(atr)).kind == OTHER


def test_6_every_cut_and_every_flipped_bit_of_an_atr_is_read_without_trouble():
    atr = bytes.fromhex(STORAGE % (3, 0x68))
    for size in range(len(atr)):
        assert card_hint(atr[:size]).kind == OTHER
    for bit in range(len(atr) * 8):
        flipped = bytearray(atr)
        flipped[bit >> 3] ^= 1 << (bit & 7)
        assert card_hint(flipped).kind == OTHER


@pytest.mark.parametrize("sak, kind", [(0x00, TYPE2), (0x08, CLASSIC), (0x18, CLASSIC), (0x20, ISO_DEP), (0x28, ISO_DEP), (0x01, OTHER)])
def test_kind_of_sak(sak, kind):
    assert kind_of_sak(sak) == kind


@pytest.mark.parametrize("name, carry", [
    ("ACS ACR122U PICC Interface 00 00", PN532), ("ACS ACR1252 1S CL Reader [ACR1252 1S CL Reader PICC] 00 00", TRANSPARENT),
    ("ACS ACR1281 1S Dual Reader 00 01", BARE), ("HID Global OMNIKEY 5022 Smart Card Reader 00 00", TRANSPARENT),
    ("SCM Microsystems SCL3711-NFC&RW 00 00", NONE), ("Identiv uTrust 3700 F CL Reader 00 00", TRANSPARENT),
    ("Virtual PCD 00 00", PN532), ("Lane 0 00 00", PN532),
])
def test_9_1_readers_are_told_by_name(name, carry):
    """9.1, 2: names, never indexes."""
    assert profile_of(name).carry == carry


def test_every_profile_says_where_it_comes_from():
    for profile in PROFILES:
        assert profile.source and profile.match == profile.match.lower()
        for apdu in profile.signals.values():
            assert len(apdu) == 9 and apdu[:3] == b"\xff\x00\x40" and apdu[4] == 4
