"""Strangers at an emulated PN532 with an Ultralight C, an Ultralight AES or a Classic: unmodified libnfc, libfreefare and nfcpy."""

import contextlib
import os
import subprocess
import time

import pytest

from cardos.ndef import link_area
from cardos.soft_cards.registry import new_card
from host_tools.soft_hardware.card_file import CardFile
from tests import needs, soft_lab
from tests.portable.soft_card_bench import ACK, present, write

UID = bytes.fromhex("04A1B2C3D4E5F6")
LINK = "https://example.org/c/7"
FAMILIES = ("ultralight-c", "ultralight-aes")


@pytest.fixture
def link(tmp_path):
    return tmp_path / "reader"


def card_with_link(path, family):
    """A card file of this family whose user pages carry the link."""
    card = present(new_card(family, UID))
    area = link_area(LINK, 32)
    assert write(card, 3, "e1101200") == ACK
    for offset in range(0, len(area), 4):
        assert write(card, 4 + offset // 4, area[offset : offset + 4].hex()) == ACK
    CardFile.create(path, card)
    return path


def stranger(program, package, link, *words):
    path = needs.needs_program(program, package)
    environment = dict(os.environ, LIBNFC_DEFAULT_DEVICE="pn532_uart:%s" % link)
    return subprocess.run([path, *words], env=environment, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def nfcpy_tag(link, seconds=5.0):
    frontend = soft_lab.nfcpy_frontend(link)
    deadline = time.monotonic() + seconds
    try:
        yield frontend.connect(rdwr={"on-connect": lambda tag: False}, terminate=lambda: time.monotonic() > deadline)
    finally:
        frontend.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_nfc_list_sees_a_type_2_tag(tmp_path, link, family):
    with soft_lab.serving(card_with_link(tmp_path / "card.json", family), "pn532:%s" % link):
        told = stranger("nfc-list", "libnfc-bin", link)
    assert "1 ISO14443A passive target(s) found" in told.stdout and "04  a1  b2  c3  d4  e5  f6" in told.stdout, told


def test_nfc_mfultralight_takes_an_ultralight_aes_for_an_ntag213(tmp_path, link):
    """It knows the storage byte of GET_VERSION only, and reads as many pages as an NTAG213 has."""
    card = card_with_link(tmp_path / "card.json", "ultralight-aes")
    dump = tmp_path / "dump.mfd"
    with soft_lab.serving(card, "pn532:%s" % link):
        told = stranger("nfc-mfultralight", "libnfc-bin", link, "r", str(dump))
    assert "45 of 45 pages read" in told.stdout, told
    assert dump.read_bytes() == bytes.fromhex("".join(soft_lab.memory(card).state()["pages"][:45]))


def test_nfc_mfultralight_trips_over_an_ultralight_c(tmp_path, link):
    """It takes the NAK to its GET_VERSION for a version and goes on with a card that this NAK has dropped."""
    card = card_with_link(tmp_path / "card.json", "ultralight-c")
    with soft_lab.serving(card, "pn532:%s" % link):
        told = stranger("nfc-mfultralight", "libnfc-bin", link, "r", str(tmp_path / "dump.mfd"))
    assert "04a1b2c3d4e5f6" in told.stdout and "0 of 20 pages read" in told.stdout, told


def test_libfreefare_names_an_ultralight_c_and_proves_its_key(tmp_path, link):
    """libfreefare's 3DES is OpenSSL's, its key order its own."""
    with soft_lab.serving(card_with_link(tmp_path / "card.json", "ultralight-c"), "pn532:%s" % link):
        told = stranger("mifare-ultralight-info", "libfreefare-bin", link)
    assert "04a1b2c3d4e5f6 is a Mifare UltraLightC" in told.stdout, told
    assert "Authentication with default key: success" in told.stdout, told


def test_libfreefare_takes_an_ultralight_aes_for_an_ultralight(tmp_path, link):
    with soft_lab.serving(card_with_link(tmp_path / "card.json", "ultralight-aes"), "pn532:%s" % link):
        told = stranger("mifare-ultralight-info", "libfreefare-bin", link)
    assert "04a1b2c3d4e5f6 is a Mifare UltraLight\n" in told.stdout, told


def test_nfcpy_knows_an_ultralight_c_and_reads_its_link(tmp_path, link):
    needs.needs_module("ndef")
    with soft_lab.serving(card_with_link(tmp_path / "card.json", "ultralight-c"), "pn532:%s" % link):
        with nfcpy_tag(link) as tag:
            assert "Ultralight C" in tag.product and tag.identifier == UID
            assert [record.uri for record in tag.ndef.records] == [LINK]
            lines = tag.dump()
            assert any("30 00 00 00 (AUTH0)" in line for line in lines), lines[-6:]


def test_nfcpy_proves_the_key_of_an_ultralight_c(tmp_path, link):
    """nfcpy brings its own 3DES (pyDes): two programs that never met agree on key order, chaining and rotation."""
    needs.needs_module("pyDes")
    with soft_lab.serving(card_with_link(tmp_path / "card.json", "ultralight-c"), "pn532:%s" % link):
        with nfcpy_tag(link) as tag:
            assert tag.authenticate(b"IEMKAERB!NACUOYF")
            assert not tag.authenticate(b"\x00" * 16)


def test_nfcpy_protects_an_ultralight_c(tmp_path, link):
    needs.needs_module("pyDes")
    card = card_with_link(tmp_path / "card.json", "ultralight-c")
    with soft_lab.serving(card, "pn532:%s" % link):
        with nfcpy_tag(link) as tag:
            assert tag.protect(b"0123456789ABCDEF", protect_from=0x10)
        with nfcpy_tag(link) as tag:
            tt2 = needs.needs_module("nfc.tag.tt2")
            with pytest.raises(tt2.Type2TagCommandError):
                tag.write(0x10, b"\1\2\3\4")
        with nfcpy_tag(link) as tag:  # the NAK has dropped the card, and nfcpy does not look for it again after a write
            assert tag.authenticate(b"0123456789ABCDEF")
            tag.write(0x10, b"\1\2\3\4")
    assert soft_lab.memory(card).state()["pages"][0x10] == "01020304"


def test_nfcpy_reads_the_link_of_an_ultralight_aes(tmp_path, link):
    needs.needs_module("ndef")
    with soft_lab.serving(card_with_link(tmp_path / "card.json", "ultralight-aes"), "pn532:%s" % link):
        with nfcpy_tag(link) as tag:
            assert tag is not None and tag.identifier == UID and tag.type == "Type2Tag"
            assert [record.uri for record in tag.ndef.records] == [LINK]
