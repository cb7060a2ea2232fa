"""COMPATIBILITY_WRITE as readers send it: one payload, one exchange, two frames."""

from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from cardos.soft_cards.two_step import CompatibilityWriteInOne

WHOLE = bytes.fromhex("a010") + bytes(range(1, 17))


def on_reader(tears):
    torn = TornCard(CompatibilityWriteInOne(new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6"))), tears)
    torn.field_on()
    torn.activate()
    return torn


def test_whole_form_is_one_exchange():
    card = on_reader({})
    assert card.transceive(WHOLE) == b"\x0a"
    assert card.exchanges == 1
    assert card.state()["pages"][0x10] == "01020304"
    assert card.transceive(b"\x30\x10")[:4].hex() == "01020304"


def test_a_refused_page_is_refused_before_the_data():
    assert on_reader({}).transceive(b"\xa0\x00" + bytes(16)) == b"\x00"


def test_half_tears_the_page():
    card = on_reader({0: "half:weak"})
    assert card.transceive(WHOLE) is None
    assert card.state()["weak"] == {"16": "01020304"}
    refused = on_reader({0: "half:new"})
    assert refused.transceive(b"\xa0\x00" + bytes(16)) is None and refused.is_lost
