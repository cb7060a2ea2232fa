"""The faces of a PC/SC reader for ISO-DEP and Classic cards, in process: ATRs, FF CA, APDUs passed whole, block commands."""

import pytest

from cardos.errors import BadInput
from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from host_tools.readers.atr import card_hint, check_byte_fits
from host_tools.soft_hardware import contactless_atr, faces
from tests.portable.iso_dep_bench import EchoChip

UID = "04a1b2c3d4e5f6"
KEY = "ff" * 6


def on_reader(card, tears=(), ability="pn532"):
    """(what a server would talk to, its torn card): the card behind its face, powered."""
    torn = TornCard(faces.vpcd_face(card, ability), tears, returns_with_field=False)
    port = faces.vpcd_front(torn)
    assert port.power_on()
    return port, torn


def dialogue(port, lines):
    for sent, answered in lines:
        heard = port.transceive(bytes.fromhex(sent))
        assert (None if heard is None else heard.hex()) == answered, sent


def test_the_atr_of_every_kind():
    """Reader notes, section 6: 3B 8n 80 01 historical bytes TCK; storage names 0001 (TCK 6A), 0003 (68), 003A (51)."""
    assert on_reader(EchoChip())[0].atr.hex() == "3b8180018080"
    assert on_reader(new_card("ntag424", bytes.fromhex(UID)))[0].atr.hex() == "3b8180018080"
    assert on_reader(new_card("classic-1k", bytes.fromhex(UID)))[0].atr.hex() == "3b8f8001804f0ca000000306030001000000006a"
    assert on_reader(new_card("ultralight-c", bytes.fromhex(UID)))[0].atr.hex() == "3b8f8001804f0ca00000030603003a0000000051"
    for family in ("ntag213", "ultralight-aes"):
        assert on_reader(new_card(family, bytes.fromhex(UID)))[0].atr.hex() == "3b8f8001804f0ca0000003060300030000000068"


def test_an_atr_has_all_historical_bytes_and_a_check_byte_that_fits():
    for historical in (b"", b"\x80", b"0123456789"):
        atr = contactless_atr.iso_dep_atr(bytes([6 + len(historical) - 1, 0x75, 0x77, 0x81, 0x02]) + historical)
        assert card_hint(atr).historical == historical and check_byte_fits(atr)


def test_uid_and_ats_are_the_readers_answer_and_no_exchange():
    port, torn = on_reader(EchoChip(), {0: "answer-lost"})
    dialogue(port, [("ffca000000", UID + "9000"), ("ffca000004", "6c07"), ("ffca010000", "067577810280" + "9000"), ("ffca020000", "6a81"),
                    ("ffb0000010", "6a81"), ("ff00480000", "6a81"), ("ffca00", "6700")])
    assert torn.exchanges == 0
    dialogue(port, [("9060000000", None), ("ffca000000", UID + "9000")])
    assert torn.exchanges == 1 and torn.is_lost


def test_every_other_apdu_goes_to_the_card_whole():
    chip = EchoChip()
    port, torn = on_reader(chip)
    long = "00d60000" + "000100" + "aa" * 256
    dialogue(port, [("00a4040007d2760000850101" + "00", "00a4040007d2760000850101009000"), ("9060000000", "90600000009000"), (long, long + "9000")])
    assert len(chip.commands) == torn.exchanges == 3


def test_half_an_answer_and_a_flipped_bit():
    port, torn = on_reader(EchoChip(), {0: "corrupt", 1: "half"})
    corrupted = port.transceive(bytes.fromhex("9060000000"))
    assert bin(int.from_bytes(corrupted, "big") ^ 0x90600000009000).count("1") == 1 and not torn.is_lost
    assert port.transceive(bytes.fromhex("9060000000")) is None and port.answer_was_cut and torn.is_lost
    assert not port.power_on()


def test_power_takes_the_session_and_a_random_id_is_drawn_anew():
    class Shy(EchoChip):
        powers = resets = 0

        def anticollision_uid(self):
            return b"\x08\x00\x00" + bytes([self.powers])

        def _powered(self):
            self.powers += 1

    port, _torn = on_reader(Shy())
    dialogue(port, [("ffca000000", "08000001" + "9000")])
    port.power_off()
    assert port.transceive(b"\x90\x60\x00\x00\x00") is None and port.power_on()
    dialogue(port, [("ffca000000", "08000002" + "9000")])


def test_a_classic_card_by_keys_and_blocks():
    """PC/SC part 3: FF 82 loads a key into the reader, FF 86 uses it, blocks go by FF B0 and FF D6."""
    port, torn = on_reader(new_card("classic-1k", bytes.fromhex("5ca1b2c3")))
    block = bytes(range(16)).hex()
    dialogue(port, [
        ("ffca000000", "5ca1b2c3" + "9000"), ("ffca010000", "6a81"), ("9060000000", "6e00"), ("ffb0000410", "6300"),
        ("ff8600000501000460" + "00", "6300"), ("ff82000006" + KEY, "9000"), ("ff8600000501000460" + "00", "9000"),
        ("ffd6000410" + block, "9000"), ("ffb0000410", block + "9000"), ("ffb0000810", "6300"), ("ffb0000410", "6300"),
        ("ff88000460" + "00", "9000"), ("ffb0000410", block + "9000"),
        ("ff82000006" + "00" * 6, "9000"), ("ff8600000501000460" + "00", "6300"), ("ffb0000410", "6300"),
        ("ff8200ff06" + KEY, "6300"), ("ff8200000500", "6700"), ("ffd60004040a0b0c0d", "6700"), ("ffc2000000", "6a81"), ("ff82", "6700"),
    ])
    assert torn.exchanges == 17, "each APDU but FF CA and those that are none"


@pytest.mark.parametrize("mode, left", [("half:zero", "00" * 16), ("half:new", "11" * 16), ("answer-lost", "11" * 16), ("not-executed", "00" * 16)])
def test_a_classic_block_is_torn_like_a_page(mode, left):
    card = new_card("classic-1k", bytes.fromhex("5ca1b2c3"))
    port, torn = on_reader(card, {2: mode})
    dialogue(port, [("ff82000006" + KEY, "9000"), ("ff8600000501000460" + "00", "9000"), ("ffd6000410" + "11" * 16, None)])
    assert torn.is_lost and card.state()["pages"][4] == left


def test_an_unknown_ability_is_refused_for_every_card():
    for family in ("ntag215", "type4", "classic-1k"):
        with pytest.raises(BadInput):
            faces.vpcd_face(new_card(family, bytes.fromhex(UID)), "psychic")
