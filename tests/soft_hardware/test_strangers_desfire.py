"""Strangers with soft DESFire cards: unmodified libfreefare tools over libnfc on an emulated PN532.

They authenticate with the all-zero DES key in the legacy way, create applications and files, change the configuration,
read and write NDEF, and format. An exit code alone proves nothing (reader notes, 7.5): what the card holds is looked at.
"""

import pytest

from tests import needs, soft_lab

UID = "04A1B2C3D4E5F6"
FAMILIES = ("desfire-ev1", "desfire-ev2", "desfire-ev3")
NDEF = bytes.fromhex("D1010F5504") + b"example.org/ab"


class Bench:
    """One card, served once for each tool, so that every tool meets it fresh in the field."""

    def __init__(self, folder, family, **options):
        self.folder = folder
        self.card = soft_lab.new_card(folder / "card.json", family, UID, **options)

    def run(self, tool, *words, code=0):
        program = needs.needs_program(tool, "libnfc-bin" if tool.startswith("nfc-") else "libfreefare-bin")
        link = self.folder / "reader"
        with soft_lab.serving(self.card, "pn532:%s" % link):
            done = soft_lab.libnfc(program, link, *words)
        assert done.returncode == code, done
        return done.stdout

    def apdu(self, *commands):
        """Answers of the card to wrapped commands, in hex, fresh in the field."""
        card = soft_lab.memory(self.card)
        card.field_on()
        card.activate()
        return [card.transceive(bytes.fromhex(command)).hex() for command in commands]

    def applications(self):
        return self.apdu("906A000000")[0]


@pytest.fixture(params=FAMILIES)
def bench(request, tmp_path):
    return Bench(tmp_path, request.param)


def field(told, name):
    """The value behind each `name:` line."""
    return [line.partition(":")[2].strip() for line in told.splitlines() if line.strip().startswith(name)]


@pytest.mark.parametrize("family, size, versions, storage", [
    ("desfire-ev1", 2048, ["1.0", "1.4"], "0x16 (=2048 bytes)"), ("desfire-ev1", 8192, ["1.0", "1.4"], "0x1a (=8192 bytes)"),
    ("desfire-ev2", 4096, ["18.0", "2.0"], "0x18 (=4096 bytes)"), ("desfire-ev3", 8192, ["51.0", "3.0"], "0x1a (=8192 bytes)")])
def test_info(tmp_path, family, size, versions, storage):
    told = Bench(tmp_path, family, size=size).run("mifare-desfire-info")
    assert field(told, "UID") == ["0x04a1b2c3d4e5f6"]
    assert field(told, "Version") == versions and field(told, "Storage size") == [storage] * 2
    assert field(told, "Master Key version") == ["0 (0x00)"] and field(told, "Use random UID") == ["no"]
    assert int(field(told, "Free memory")[0].split()[0]) > 0


def test_create_write_read_and_format(bench):
    message, read = bench.folder / "message", bench.folder / "read"
    message.write_bytes(NDEF)
    bench.run("mifare-desfire-create-ndef", "-y")
    assert bench.applications() == "010000" + "9100"
    bench.run("mifare-desfire-write-ndef", "-y", "-i", str(message))
    assert bench.apdu("00A4040C07D276000085010100", "00A4000C02E104", "00B0000015")[2] == "0013" + NDEF.hex() + "9000"
    told = bench.run("mifare-desfire-read-ndef", "-y", "-o", str(read))
    assert "NDEF size: %d bytes" % len(NDEF) in told and read.read_bytes() == NDEF
    bench.run("mifare-desfire-format", "-y")
    assert bench.applications() == "9100"
    bench.run("mifare-desfire-read-ndef", "-y", "-o", str(read), code=1)


def test_access_makes_an_application_and_an_enciphered_file_and_formats(bench):
    """Its first step creates and writes in legacy DES with MAC and full enciphering; its last formats the card."""
    before = soft_lab.memory(bench.card).state()
    bench.run("mifare-desfire-access")
    assert bench.applications() == "9100" and soft_lab.memory(bench.card).state()["uid"] == before["uid"]


def test_a_torn_tool_leaves_what_was_done(tmp_path):
    """The 7th command of create-ndef is CreateApplication: executed, its answer lost."""
    bench = Bench(tmp_path, "desfire-ev1")
    program = needs.needs_program("mifare-desfire-create-ndef", "libfreefare-bin")
    for mode, left in (("not-executed", "9100"), ("answer-lost", "010000" + "9100")):
        with soft_lab.serving(bench.card, "pn532:%s" % (tmp_path / "reader"), "--tear", "6:" + mode):
            done = soft_lab.libnfc(program, tmp_path / "reader", "-y")
        assert done.returncode != 0 and bench.applications() == left, mode


def test_the_configuration_tools_of_ev1(tmp_path):
    """SetConfiguration under a legacy session: default key, ATS, and random UID, which holds from the next field on."""
    bench = Bench(tmp_path, "desfire-ev1")
    bench.run("mifare-desfire-ev1-configure-default-key", "-y")
    bench.run("mifare-desfire-ev1-configure-ats", "-y")
    assert "ATS: 75  77  81  02  80" in bench.run("nfc-list", "-v")
    bench.run("mifare-desfire-ev1-configure-random-uid", "-y")
    shown = [bench.run("nfc-list").partition("UID (NFCID3):")[2].split()[:4] for _ in range(2)]
    assert shown[0][0] == shown[1][0] == "08" and shown[0] != shown[1]
    assert field(bench.run("mifare-desfire-info"), "Use random UID") == ["yes"]
