"""Whatever a reader sends, a soft DESFire answers: no frame, in any state, may raise or leave a memory that does not come back."""

import random

import pytest

from cardos.soft_cards.desfire_commands import ROWS
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.pages import OUTCOMES
from cardos.soft_cards.registry import load_card
from tests.portable.desfire_bench import AID, backup_file, le4, native, present, reader, record_file, select, std_file, value_file, with_application
from tests.portable.desfire_reader import ZERO, Ev1Reader

ROUNDS = 1500
CODES = sorted(ROWS) + [0x0A, 0x1A, 0xAA, 0x71, 0x77, 0xAF, 0xF0]
NUMBERS = [0, 1, 2, 3, 4, 5, 0x81, 0xFF]


def full_card(family):
    card = with_application(family, keys="a5")
    std_file(card)
    backup_file(card)
    value_file(card, flags=3)
    record_file(card)
    if family != "desfire-ev1":
        assert reader(card).call(0xCE, "0300f0ef02", "00" * 17) == ""
        present(card)
        select(card)
    return card


def some_frame(rng):
    """Half sense, half rubbish."""
    kind = rng.random()
    if kind < 0.1:
        return rng.randbytes(rng.randint(1, 70))
    if kind < 0.2:
        return b"\x00" + bytes([rng.choice([0xA4, 0xB0, 0xD6, 0xCA]), rng.choice([0, 2, 4, 0x84]), rng.choice([0, 12, 5])]) + rng.randbytes(rng.randint(0, 9))
    body = bytes([rng.choice(NUMBERS)]) + rng.choice([b"", bytes(6), bytes(3) + b"\x04\x00\x00", bytes(3) + b"\xc8\x00\x00", rng.randbytes(6)])
    body += rng.choice([b"", bytes(4), b"\x04\x00\x00\x00", rng.randbytes(rng.randint(0, 50))])
    body = rng.choice([b"", bytes.fromhex(AID), body, body, body, body[: rng.randint(0, 9)]])
    code = bytes([rng.choice(CODES)])
    return b"\x90" + code + b"\x00\x00" + bytes([len(body)]) + body + b"\x00" if body and rng.random() < 0.3 else code + body


@pytest.mark.parametrize("family", ["desfire-ev1", "desfire-ev2", "desfire-ev3"])
def test_any_frames(family):
    rng = random.Random(family)
    card = full_card(family)
    for number in range(ROUNDS):
        if number % 100 == 0 and not card.is_active:
            present(card)
        if number % 37 == 0:
            present(card)
            if native(card, "5a" + AID) != "00":
                card = full_card(family)
            if family != "desfire-ev1" and rng.random() < 0.5:
                reader(card)
            elif rng.random() < 0.5:
                Ev1Reader(card, 0, ZERO)
        frame = some_frame(rng)
        if rng.random() < 0.02:
            card.transceive_torn(frame, rng.choice(OUTCOMES))
            card.field_off()
            present(card)
            continue
        answer = card.transceive(frame)
        assert isinstance(answer, bytes) and answer
    state = card.state()
    assert load_card(state, noise=Noise(1)).state() == state


def test_a_sale_goes_on_after_any_rubbish():
    rng = random.Random(5)
    card = full_card("desfire-ev2")
    for _ in range(200):
        card.transceive(some_frame(rng))
        present(card)
        if native(card, "5a" + AID) == "00" and native(card, "6c05")[:2] == "00":
            assert native(card, "dc05" + le4(0)) == "00" and native(card, "c7")[:2] in ("00", "9d")
