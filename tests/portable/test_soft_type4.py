"""The plain soft Type 4 Tag: what a phone does with it, its limits, its memory."""

from cardos.errors import BadInput
from cardos.ndef import uri_message
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.pages import OUTCOMES
from cardos.soft_cards.registry import load_card, new_card

UID = bytes.fromhex("04112233445566")
LINK = uri_message("https://shop.example/c")


def on_reader(**options):
    card = new_card("type4", UID, noise=Noise(5), **options)
    card.field_on()
    assert card.activate().sak == 0x20
    return card


def send(card, frame_hex):
    return card.transceive(bytes.fromhex(frame_hex)).hex()


def select(card, fid="e104"):
    assert send(card, "00a4040007d276000085010100") == "9000"
    assert send(card, "00a4000c02" + fid) == "9000"
    return card


def refused(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except BadInput:
        return True
    return False


def test_a_phone_reads_the_message():
    card = on_reader(ndef=LINK)
    select(card, "e103")
    assert send(card, "00b000000f") == "000f2000ff00ff0406e10404000000" + "9000"
    select(card)
    assert send(card, "00b0000002") == len(LINK).to_bytes(2, "big").hex() + "9000"
    assert send(card, "00b00002%02x" % len(LINK)) == LINK.hex() + "9000"
    assert card.ndef() == LINK


def test_a_phone_writes_a_message():
    card = select(on_reader())
    told = []
    card.on_change = lambda: told.append(card.ndef())
    assert card.ndef() == b""
    assert send(card, "00d60000020000") == "9000" and send(card, "00d60002%02x" % len(LINK) + LINK.hex()) == "9000"
    assert send(card, "00d60000020%03x" % len(LINK)) == "9000"
    assert card.ndef() == LINK and told == [b"", b"", LINK]


def test_what_it_refuses():
    card = on_reader(ndef=LINK, size=64)
    for frame, sw in (
        ("00b0000001", "6985"), ("00a4000c02e104", "6a82"), ("00a4040007d276000085010000", "6a82"), ("9060000000", "6e00"),
        ("00a4040007d276000085010100", "9000"), ("00a4000c02e105", "6a82"), ("00a4000c02e103", "9000"), ("00d6000001aa", "6982"),
        ("00b0000f01", "6a86"), ("00a4000c02e104", "9000"), ("00b0004001", "6a86"), ("00d6003f02aabb", "6985"), ("00d6003f01aa", "9000"),
        ("00b0003e00", "00aa9000"), ("00c0000000", "6d00"), ("00d60000", "6700"), ("00b0840001", "009000"),
    ):  # fmt: skip
        assert send(card, frame) == sw, frame
    card = select(on_reader(ndef=LINK, writable=False))
    assert send(card, "00d6000001aa") == "6982" and card.ndef() == LINK
    select(card, "e103")
    assert send(card, "00b0000e01") == "ff9000"


def test_a_torn_write_leaves_what_it_leaves():
    seen = set()
    for outcome in OUTCOMES:
        card = select(on_reader(ndef=b"\x11" * 40))
        answer, torn = card.transceive_torn(bytes.fromhex("00d6000228" + "22" * 40), outcome)
        assert torn and answer == b"\x90\x00"
        seen.add(card.ndef())
    assert len(seen) == len(OUTCOMES) and b"\x11" * 40 in seen and b"\x22" * 40 in seen


def test_memory_and_limits():
    card = select(on_reader(ndef=LINK, size=100))
    twin = load_card(card.state())
    assert twin.state() == card.state() and twin.ndef() == LINK and len(twin.content) == 100
    for name, value in (("uid", "04"), ("ndef_file", "00"), ("ndef_file", None), ("writable", 1), ("family", "ntag424")):
        bad = card.state()
        bad[name] = value
        assert refused(card.restore, bad) and card.state() == twin.state(), name
    assert refused(new_card, "type4", b"\x04") and refused(new_card, "type4", UID, ndef=b"x" * 99, size=100)
    assert refused(new_card, "type4", UID, size=4) and refused(new_card, "type4", UID, size=0x8000)
    card.restore(twin.state())
    assert card.transceive(b"\x00\xb0\x00\x00\x01") is None
    card.content[0:2] = b"\x7f\xff"
    assert card.ndef() == b""
