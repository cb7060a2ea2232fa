"""ISO-DEP and Classic cards on the PN532's commands, without a line. nfcpy and libnfc use both ways shown here."""

import pytest

from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from host_tools.soft_hardware.pn532_chip import Pn532Chip
from tests.portable.iso_dep_bench import ATS, EchoChip

LISTED = "0101" + "0344" + "20" + "07" + "04a1b2c3d4e5f6"


def on_chip(card=None, tears=(), **options):
    return Pn532Chip(TornCard(card or EchoChip(), tears, returns_with_field=False), **options)


def say(chip, command):
    data = bytes.fromhex(command)
    reply = chip.command(data[0], data[1:])
    return None if reply.data is None else reply.data.hex()


def selected(chip):
    assert say(chip, "4a0100") == LISTED + ATS.hex()
    return chip


def test_rats_is_automatic_until_it_is_switched_off():
    chip = selected(on_chip())
    assert say(chip, "400190600000") == "00" + "90600000" + "9000"
    say(chip, "1200")
    assert say(chip, "4a0100") == LISTED
    assert say(chip, "4001e080") == "00" + ATS.hex(), "the host's own RATS"
    assert say(chip, "40010260") == "00" + "02609000", "and its own blocks"


def test_blocks_of_a_host_that_does_everything_itself():
    """As nfcpy: RATS, PPS, I-blocks with chaining, R(NAK), S(DESELECT) through InCommunicateThru; every answer has its CRC."""
    chip = on_chip()
    say(chip, "1200")
    say(chip, "4a0100")
    for sent, heard in [("e080", ATS.hex()), ("d01105", "d0"), ("12aa", "a2"), ("03bb", "03aabb9000"), ("b3", "03aabb9000"), ("b2", "a3")]:
        assert say(chip, "42" + sent) == "00" + heard, sent
    say(chip, "08630300")
    assert say(chip, "42b3") == "00" + "03aabb9000" + "b0d9", "RxCRC off: the CRC comes with it"
    say(chip, "08630380")
    assert say(chip, "42c2") == "00c2" and say(chip, "420260") == "01"


def test_a_block_with_a_wrong_crc_is_met_with_silence():
    chip = selected(on_chip())
    say(chip, "08630200")
    assert say(chip, "4202600000") == "01"


def test_waiting_time_is_the_chips_affair_or_the_hosts():
    chip = selected(on_chip(wtx_requests=1))
    assert say(chip, "400160") == "00609000"
    assert say(chip, "420260") == "00f201" and say(chip, "42f201") == "0002609000"


def test_long_commands_and_answers_go_in_parts():
    chip = selected(on_chip(EchoChip(times=2)))
    command = bytes(range(256)) + bytes(range(44))
    assert say(chip, "4041" + command[:262].hex()) == "00"
    answer = command * 2 + b"\x90\x00"
    assert say(chip, "4001" + command[262:].hex()) == "40" + answer[:262].hex()
    assert say(chip, "4001") == "40" + answer[262:524].hex()
    assert say(chip, "4001") == "00" + answer[524:].hex()
    assert say(chip, "4001") == "27", "nothing more to fetch"


@pytest.mark.parametrize("mode", ["not-sent", "not-executed", "answer-lost"])
def test_a_tear_is_a_time_out_and_silence_after_it(mode):
    chip = selected(on_chip(tears={1: mode}))
    assert say(chip, "400160") == "00609000"
    assert say(chip, "400161") == "01" and say(chip, "400162") == "01" and say(chip, "4262") == "01"
    say(chip, "3205ff0100")
    assert say(chip, "4a0100") == "00"


def test_half_an_answer_is_a_crc_error_for_whoever_asks():
    chip = selected(on_chip(tears={0: "half"}))
    assert say(chip, "4001" + "11" * 8) == "02"
    chip = selected(on_chip(tears={0: "half"}))
    assert say(chip, "4202" + "11" * 8) == "02"


def test_selection_by_uid_again_after_deselect():
    """libfreefare: list, deselect, and select again by UID."""
    chip = selected(on_chip())
    say(chip, "3205ff0100")
    assert say(chip, "4401") == "00"
    assert say(chip, "4a0100") == "00", "REQA does not wake a halted card"
    assert say(chip, "4a010004a1b2c3d4e5f6") == LISTED + ATS.hex()
    assert say(chip, "4401") == "00" and say(chip, "5401") == "00" and say(chip, "400160") == "00609000"
    assert say(chip, "5201") == "00" and say(chip, "5401") == "27"


def test_bit_rates_and_status_words_of_the_chip():
    chip = selected(on_chip())
    assert say(chip, "4e010303") == "10", "the chip goes to 424"
    assert say(chip, "4e010202") == "00"
    assert say(chip, "04") == "0001" + "0101020210" + "80"
    assert say(chip, "400160") == "00609000"
    assert say(chip, "4e010101") == "01", "PPS comes right after RATS"
    assert say(on_chip(new_card("ntag215", bytes(7))), "4e010202") == "27"


def test_auto_poll_names_the_kind():
    assert say(on_chip(), "60010120") == "0120" + "12" + LISTED[2:] + ATS.hex()
    assert say(on_chip(), "60010100")[:4] == "0120"
    assert say(on_chip(), "60010110") == "00"


def test_presence_is_asked_by_diagnose():
    chip = selected(on_chip(tears={0: "not-sent"}))
    assert say(chip, "0006") == "00"
    say(chip, "400160")
    assert say(chip, "0006") == "01"


def test_a_random_id_is_another_each_time():
    class Shy(EchoChip):
        count = 0

        def anticollision_uid(self):
            return b"\x08\x00\x00" + bytes([self.count])

        def _powered(self):
            self.count += 1

    chip = on_chip(Shy())
    assert say(chip, "4a0100")[2:20] == "01" + "0344" + "20" + "04" + "08000001"
    say(chip, "320100")
    assert say(chip, "4a0100")[12:20] == "08000002"


def test_a_classic_card_behind_the_chips_own_cipher():
    """As nfc-mfclassic: 60 block key uid, 30 block, A0 block data."""
    chip = on_chip(new_card("classic-1k", bytes.fromhex("5ca1b2c3")))
    assert say(chip, "4a0100") == "0101" + "0004" + "08" + "04" + "5ca1b2c3"
    assert say(chip, "400160" + "04" + "ff" * 6 + "5ca1b2c3") == "00"
    assert say(chip, "4001a004" + bytes(range(16)).hex()) == "00"
    assert say(chip, "40013004") == "00" + bytes(range(16)).hex()
    assert say(chip, "400160" + "08" + "00" * 6 + "5ca1b2c3") == "14", "a wrong key"
    assert say(chip, "40013004") == "01", "and the card has dropped"
