"""Strangers with soft Type 4 cards: unmodified nfcpy (RATS and blocks in software) and libnfc on an emulated PN532, and
opensc-tool and scriptor through a real pcscd.
"""

import contextlib
import subprocess

import pytest

from host_tools.soft_hardware.private_pcscd import PrivatePcscd
from tests import needs, soft_lab

UID = "04A1B2C3D4E5F6"
LONG_LINK = "https://example.org/" + "a" * 300
SHORT_LINK = "https://example.org/c/7"


@pytest.fixture
def link(tmp_path):
    return tmp_path / "reader"


@contextlib.contextmanager
def nfcpy_on(card, link, *options):
    """The card served on the link, and nfcpy's frontend there."""
    needs.needs_module("nfc")
    with soft_lab.serving(card, "pn532:%s" % link, *options), contextlib.closing(soft_lab.nfcpy_frontend(link)) as frontend:
        yield frontend


@pytest.mark.parametrize("family, miu, capacity, uri", [
    ("type4", 253, 1022, LONG_LINK), ("ntag424", 125, 254, SHORT_LINK), ("ntag424-lrp", 125, 254, SHORT_LINK)])
def test_nfcpy_reads_and_writes_ndef(tmp_path, link, family, miu, capacity, uri):
    ndef = needs.needs_module("ndef")
    card = soft_lab.new_card(tmp_path / "card.json", family, UID)
    with nfcpy_on(card, link) as frontend:
        tag = soft_lab.nfcpy_tag(frontend)
        assert "Type4ATag MIU=%d" % miu in str(tag) and tag.identifier == bytes.fromhex(UID)
        assert tag.ndef.capacity == capacity and tag.ndef.is_writeable and not tag.ndef.records
        tag.ndef.records = [ndef.UriRecord(uri)]
        again = soft_lab.nfcpy_tag(frontend)
        assert [record.iri for record in again.ndef.records] == [uri]
        assert again.is_present


@pytest.mark.parametrize("family", ["desfire-ev1", "desfire-ev3"])
def test_nfcpy_reads_what_libfreefare_made_and_the_other_way_round(tmp_path, link, family):
    """The NDEF application of a DESFire: created in native commands, read and written in ISO ones, with blocks of 64 bytes both ways."""
    ndef = needs.needs_module("ndef")
    create = needs.needs_program("mifare-desfire-create-ndef", "libfreefare-bin")
    card = soft_lab.new_card(tmp_path / "card.json", family, UID)
    with soft_lab.serving(card, "pn532:%s" % link):
        assert soft_lab.libnfc(create, link, "-y").returncode == 0
        with contextlib.closing(soft_lab.nfcpy_frontend(link)) as frontend:
            tag = soft_lab.nfcpy_tag(frontend)
            assert "Type4ATag MIU=61" in str(tag) and tag.ndef.capacity == 4094
            tag.ndef.records = [ndef.UriRecord(LONG_LINK)]
            assert [record.iri for record in soft_lab.nfcpy_tag(frontend).ndef.records] == [LONG_LINK]
        done = soft_lab.libnfc("mifare-desfire-read-ndef", link, "-y", "-o", tmp_path / "read")
        assert done.returncode == 0
        assert (tmp_path / "read").read_bytes() == b"".join(ndef.message_encoder([ndef.UriRecord(LONG_LINK)]))


def test_nfcpy_grants_the_time_that_a_card_asks_for(tmp_path, link):
    ndef = needs.needs_module("ndef")
    card = soft_lab.new_card(tmp_path / "card.json", "ntag424", UID)
    with nfcpy_on(card, link, "--wtx", "2") as frontend:
        soft_lab.nfcpy_tag(frontend).ndef.records = [ndef.UriRecord(SHORT_LINK)]
        assert [record.iri for record in soft_lab.nfcpy_tag(frontend).ndef.records] == [SHORT_LINK]


@pytest.mark.parametrize("at, mode", [(0, "not-sent"), (2, "half"), (3, "answer-lost")])
def test_nfcpy_loses_a_torn_card_at_its_command(tmp_path, link, at, mode):
    """RATS and blocks are no exchange: the first one is the SELECT. nfcpy then says that there is no NDEF."""
    card = soft_lab.new_card(tmp_path / "card.json", "type4", UID)
    with nfcpy_on(card, link, "--tear", "%d:%s" % (at, mode)) as frontend:
        tag = soft_lab.nfcpy_tag(frontend)
        assert tag is not None and tag.ndef is None and not tag.is_present


@pytest.mark.parametrize("family, sak, ats", [("desfire-ev2", "20", "75  77  81  02  80"), ("ntag424", "20", "77  77  71  02  80"),
                                              ("type4", "20", "")])
def test_nfc_list_names_the_card_with_its_ats(tmp_path, link, family, sak, ats):
    program = needs.needs_program("nfc-list", "libnfc-bin")
    card = soft_lab.new_card(tmp_path / "card.json", family, UID)
    with soft_lab.serving(card, "pn532:%s" % link):
        told = soft_lab.libnfc(program, link, "-v")
    assert told.returncode == 0 and "1 ISO14443A passive target(s) found" in told.stdout
    assert "04  a1  b2  c3  d4  e5  f6" in told.stdout and "SAK (SEL_RES): %s" % sak in told.stdout and "ATS: %s" % ats in told.stdout


@pytest.fixture(scope="module")
def pcscd():
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    with PrivatePcscd(["Lane 0"]) as running:
        yield running


def say(pcscd, program, *words, script=None):
    done = subprocess.run([program, "-r", pcscd.reader_names[0], *words], env=pcscd.environment(), capture_output=True, text=True, timeout=30,
                          input=script or "")
    assert done.returncode == 0, done
    return done.stdout


def test_opensc_tool_shows_the_atr_and_sends_apdus(tmp_path, pcscd):
    tool = needs.needs_program("opensc-tool", "opensc")
    card = soft_lab.new_card(tmp_path / "card.json", "desfire-ev3", UID)
    with soft_lab.serving(card, pcscd.attach(0)):
        soft_lab.apdus(pcscd, pcscd.reader_names[0], ["ffca000000"])
        assert say(pcscd, tool, "-a").strip() == "3b:81:80:01:80:80"
        words = [word for apdu in ("FF:CA:00:00:00", "90:60:00:00:00", "90:AF:00:00:00", "90:AF:00:00:00") for word in ("-s", apdu)]
        told = say(pcscd, tool, *words)
    assert told.count("SW1=0x90, SW2=0x00") == 1 and told.count("SW1=0x91, SW2=0xAF") == 2 and told.count("SW1=0x91, SW2=0x00") == 1
    assert told.count("04 A1 B2 C3 D4 E5 F6") == 2 and "04 01 01 33 00 18 05" in told


def test_scriptor_talks_to_a_type_4_tag_and_resets_it(tmp_path, pcscd):
    scriptor = needs.needs_program("scriptor", "pcsc-tools")
    card = soft_lab.new_card(tmp_path / "card.json", "ntag424", UID)
    with soft_lab.serving(card, pcscd.attach(0)):
        soft_lab.apdus(pcscd, pcscd.reader_names[0], ["ffca000000"])
        script = ["FF CA 01 00 00", "00 A4 04 0C 07 D2 76 00 00 85 01 01 00", "00 A4 00 0C 02 E1 03", "00 B0 00 00 0D", "reset", "00 B0 00 00 0D"]
        told = say(pcscd, scriptor, script="\n".join(script) + "\n")
    answers = [line[2:].partition(" :")[0].strip() for line in told.splitlines() if line.startswith("< ")]
    assert answers[0] == "06 77 77 71 02 80 90 00" and answers[1:3] == ["90 00", "90 00"]
    assert answers[3] == "00 17 20 01 00 00 FF 04 06 E1 04 01 00 90 00"
    assert answers[4] == "OK: 3B 81 80 01 80 80" and answers[5][:2] in ("69", "6A"), "a reset takes the selection"
