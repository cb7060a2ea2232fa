"""The PN532's commands over a soft card, without a line."""

import pytest

from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from host_tools.soft_hardware.pn532_chip import Pn532Chip
from host_tools.soft_hardware.pn532_registers import crc_a

RX_MODE, TX_MODE = "6303", "6302"


@pytest.fixture
def chip():
    return on_chip()


def on_chip(tears=()):
    return Pn532Chip(TornCard(new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6")), tears, returns_with_field=False))


def say(chip, command):
    data = bytes.fromhex(command)
    reply = chip.command(data[0], data[1:])
    return None if reply.data is None else reply.data.hex()


def selected(chip):
    assert say(chip, "4a0100") == "0101004400" + "07" + "04a1b2c3d4e5f6"
    return chip


def test_identity_and_self_test(chip):
    assert say(chip, "02") == "32010607"
    assert say(chip, "0000aabb") == "00aabb", "the line test comes back whole"
    assert say(chip, "0001") == say(chip, "0002") == "00"


@pytest.mark.parametrize("command", ["1005", "1200", "140100", "0e80", "320102", "32020b0a09", "3204ff", "3205ff01ff",
                                     "320a59f43f114d85616f266287", "320b69ff3f114185616f", "320cff0485", "320d85158a8508b28501da"])
def test_settings_are_taken(chip, command):
    assert say(chip, command) == ""


def test_an_unknown_or_short_command_is_a_syntax_error(chip):
    for command in ("99", "8c", "4a", "4a01", "32", "40", "4a0300"):
        assert say(chip, command) is None, command


def test_registers_keep_what_is_written(chip):
    assert say(chip, "08" + "6305" + "55") == ""
    assert say(chip, "06" + "6305" + "6331") == "5500"


def test_select_read_write(chip):
    selected(chip)
    assert say(chip, "40013000")[:10] == "00" + "04a1b29f"
    assert say(chip, "4001a21001020304") == "00"
    assert say(chip, "42" + "3010")[:10] == "0001020304"
    assert say(chip, "42" + "60") == "000004040201001103"


def test_nak_ends_the_selection(chip):
    selected(chip)
    assert say(chip, "400130f0") == "13"
    reply = chip.command(0x40, bytes.fromhex("013000"))
    assert reply.data == b"\x01" and reply.after_s > 0.04, "time-out of 0Ah: 51.2 ms"
    selected(chip)


def test_a_selected_uid_only(chip):
    assert say(chip, "4a0100" + "8804a1b2c3d4e5f6").startswith("01")
    chip.set_field(False)
    assert say(chip, "4a0100" + "04a1b2c3d4e5f6").startswith("01")
    chip.set_field(False)
    assert say(chip, "3205ff0101") == ""
    assert say(chip, "4a0100" + "8804a1b2c3d4e5f7") == "00"


def test_no_card_answers_after_its_retries_or_never(chip):
    chip = on_chip({0: "not-sent"})
    selected(chip)
    assert say(chip, "40013000") == "01"
    reply = chip.command(0x4A, b"\x01\x00")
    assert reply.retry, "MaxRetry FF at power-up: it waits for a card"
    assert say(chip, "06" + "6339") == "26"
    say(chip, "3205ff0102")
    reply = chip.command(0x4A, b"\x01\x00")
    assert reply.data == b"\x00" and not reply.retry


@pytest.mark.parametrize("modulation", ["01", "02", "03", "04"])
def test_other_modulations_find_nothing(chip, modulation):
    say(chip, "3205ff0100")
    assert say(chip, "4a01" + modulation) == "00"


def test_auto_poll(chip):
    assert say(chip, "60010110") == "01100c" + "01004400" + "07" + "04a1b2c3d4e5f6"
    assert chip.command(0x60, bytes.fromhex("020112")).data == b"\x00"


def test_crc_switched_off_shows_short_answers_and_the_crc(chip):
    selected(chip)
    assert say(chip, "42a21001020304") == "02", "RxCRC on: an ACK looks like a CRC error"
    say(chip, "08" + RX_MODE + "00")
    assert say(chip, "42a21001020304") == "000a"
    version = bytes.fromhex("0004040201001103")
    assert say(chip, "4260") == "00" + (version + crc_a(version)).hex()
    assert say(chip, "423090") == "0000", "NAK 0"


def test_crc_of_the_host(chip):
    selected(chip)
    say(chip, "08" + TX_MODE + "00")
    assert say(chip, "4260f832") == "000004040201001103"
    say(chip, "08" + RX_MODE + "00")
    assert say(chip, "4260ffff") == "0001", "a wrong CRC is NAK 1"


def test_release_and_targets(chip):
    assert say(chip, "40013000") == "27", "nothing selected"
    selected(chip)
    assert say(chip, "5401") == "00"
    assert say(chip, "40023000") == "27"
    assert say(chip, "0006") == "00"
    assert say(chip, "5200") == "00"
    assert say(chip, "40013000") == "27"
    assert say(chip, "5401") == "27"


def test_field_off_loses_the_card(chip):
    selected(chip)
    assert say(chip, "04") == "0001" + "0101000010" + "80"
    say(chip, "320100")
    assert say(chip, "04") == "00000080"
    assert say(chip, "423000") == "01"


def test_compatibility_write_of_a_reader():
    from cardos.soft_cards.two_step import CompatibilityWriteInOne

    chip = Pn532Chip(CompatibilityWriteInOne(new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6"))))
    selected(chip)
    assert say(chip, "4001a010" + bytes(range(16)).hex()) == "00"
    assert say(chip, "40013010")[:10] == "00" + "00010203"


def test_an_answer_too_long_for_the_chip(chip):
    selected(chip)
    assert say(chip, "423a0086") == "07"
    assert len(say(chip, "423a0040")) == 2 + 65 * 8


def test_half_an_answer_has_no_good_crc():
    chip = selected(on_chip({0: "half"}))
    say(chip, "08" + RX_MODE + "00")
    assert say(chip, "423000") == "00" + "04a1b29fc3d4e5f6"
    chip = selected(on_chip({0: "half"}))
    assert say(chip, "423000") == "02"
    chip = selected(on_chip({0: "half"}))
    assert say(chip, "40013000") == "02"


def test_crc_a_of_the_standard():
    assert crc_a(b"\x00\x00").hex() == "a01e" and crc_a(b"\x12\x34").hex() == "26cf"  # ISO 14443-3 annex B
    assert crc_a(b"\x60").hex() == "f832"
