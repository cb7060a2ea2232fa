"""The soft NTAG 424 DNA as the product meets it: behind the block layer, behind tears, under rubbish, with our own driver."""

from cardos.families.ntag424 import Ntag424
from cardos.soft_cards.iso_dep_target import IsoDepTarget
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.tears import TornCard
from tests.portable.families_bench import run
from tests.portable.ntag424_bench import FULL, OK, Reader, native, on_reader, place, present, send

INSTRUCTIONS = b"\x71\x77\x5c\x60\x51\xc4\x64\x5f\xf5\xf6\xad\x8d\x3c\xaf\xaf\xaf\x00\xff"


def test_a_command_in_two_blocks_is_no_atom():
    for blocks, whole in ((1, True), (2, False)):
        card = on_reader(noise=Noise(3))
        reader = Reader(card, 3)
        frame = reader.frame(0x8D, bytes.fromhex(place(3, 0, 64)), b"\x22" * 64, FULL)
        session, selected = card.session, card.in_application
        target = IsoDepTarget(TornCard(card, {0: "half:zero"}, returns_with_field=False))
        target.activate()
        assert target.transceive(b"\xe0\x80") is not None
        card.session, card.in_application = session, selected  # activation dropped them; the blocks are what is looked at here
        if blocks == 2:
            assert target.transceive(b"\x12" + frame[:50]) == b"\xa2"
            target.transceive(b"\x03" + frame[50:])
        else:
            target.transceive(b"\x02" + frame)
        left = bytes(card.files[2].data[:64])
        assert left == (b"\x00\x7e" + bytes(62) if whole else b"\x22" * 32 + bytes(32))


def test_rubbish_never_breaks_the_chip():
    """Random commands, most of them with a right instruction: always an answer, and a card that still works."""
    noise = Noise(11)
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family)
        for turn in range(500):
            if turn % 50 == 0:
                present(card)
                Reader(card, turn // 50 % 5)
            pick = noise.take(4)
            body = noise.take(pick[1] % 40)
            if pick[0] & 1:
                body = bytes([pick[2] & 3]) + body
            frame = bytes([0x90, INSTRUCTIONS[pick[3] % len(INSTRUCTIONS)], 0, 0, len(body)]) + body + b"\x00"
            if pick[0] & 6 == 6:
                frame = noise.take(1 + pick[1] % 30)
            answer = card.transceive(frame)
            assert len(answer) >= 2 and answer[-2] in (0x91, 0x90, 0x67, 0x69, 0x6A, 0x6D, 0x6E), frame.hex()
        assert send(card, "00a4040007d276000085010100") in ("9000", "6985")
        present(card)
        assert native(card, 0x64, "00") == "00" + OK and not any(slot.version for slot in card.keys)


def test_our_driver_speaks_with_it():
    noise = Noise(5)
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family, selected=False)
        driver = Ntag424(noise.take, "lrp" if card.lrp else "ev2")

        def go(generator, card=card):
            return run(generator, lambda exchange: card.transceive(exchange.frame))

        go(driver.select())
        go(driver.authenticate(0, bytes(16)))
        assert go(driver.card_uid()) == card.uid and len(go(driver.signature())) == 56 and go(driver.version()).uid == card.uid
        go(driver.change_key(3, b"\x33" * 16, 5, bytes(16)))
        go(driver.authenticate_again(3, b"\x33" * 16))
        go(driver.write(3, 16, b"record" * 6, FULL))
        assert go(driver.read(3, 16, 36, FULL)) == b"record" * 6
        go(driver.authenticate(0, bytes(16)))
        assert go(driver.key_version(3)) == 5 and go(driver.file_settings(3)).size == 128
        go(driver.change_key(0, b"\x44" * 16, 1))
        go(driver.authenticate(0, b"\x44" * 16))
