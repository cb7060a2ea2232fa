"""The 3DES authentication of SoftUltralightC and of its driver, against a recorded dialogue. Here, because boards have no DES."""

import json
from pathlib import Path

import pytest

from cardos.crypto.ultralight_auth import ReaderSide, chain_3des
from cardos.errors import CardAnswered, CardLost, CardRefused
from cardos.families import ultralight_c
from cardos.soft_cards.registry import load_card, new_card
from tests.portable.soft_card_bench import ACK, NAK, UID, present, read, send, write
from tests.portable.type2_bench import GivenNoise, Line, given

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ultralight.json").read_text())["vectors"]
DELIVERED = b"IEMKAERB!NACUOYF"
KEY = bytes(range(0x10, 0x20))


def on_reader(**options):
    return present(new_card("ultralight-c", UID, **options))


def prove(card, key=DELIVERED):
    """True when both ends have the key."""
    challenge = send(card, "1a00")
    side = ReaderSide(chain_3des(key), bytes(8))
    proof = card.transceive(b"\xaf" + side.answer(challenge[1:]))
    return len(proof) == 9 and side.is_proven_by(proof[1:])


@pytest.mark.parametrize("vector", VECTORS["ulc_auth"], ids=lambda vector: vector["id"])
def test_the_card_speaks_as_recorded(vector):
    card = on_reader(noise=GivenNoise(bytes.fromhex(vector["rnd_b"])))
    assert "".join(card.state()["pages"][0x2C:]) == vector["memory_key"]
    assert send(card, vector["cmd1"]).hex() == vector["resp1"]
    assert send(card, vector["cmd2"]).hex() == vector["resp2"]


@pytest.mark.parametrize("vector", VECTORS["ulc_auth"], ids=lambda vector: vector["id"])
def test_the_driver_speaks_as_recorded(vector):
    line = Line(on_reader(noise=GivenNoise(bytes.fromhex(vector["rnd_b"]))))
    pages = ultralight_c.UltralightCPages()
    line.run(pages.authenticate(bytes.fromhex(vector["cipher_key"]), given(bytes.fromhex(vector["rnd_a"]))))
    assert [frame.hex() for frame, _ in line.said] == [vector["cmd1"], vector["cmd2"]]
    assert pages.authenticated


@pytest.mark.parametrize("vector", VECTORS["ulc_auth"], ids=lambda vector: vector["id"])
def test_key_pages_of_the_recorded_key(vector):
    pages = ultralight_c.key_pages(bytes.fromhex(vector["cipher_key"]))
    assert [page for page, _ in pages] == [0x2C, 0x2D, 0x2E, 0x2F]
    assert b"".join(data for _, data in pages).hex() == vector["memory_key"]


def test_the_key_opens_reading_and_writing():
    card = on_reader()
    assert write(card, 0x2A, "10000000") == ACK
    present(card)
    assert read(card, 0x10) == NAK
    assert prove(card) and write(card, 0x10, "01020304") == ACK and read(card, 0x10)[:4] == b"\1\2\3\4"
    assert read(card, 0x2B)[4:] == read(card, 0)[:12], "the key itself stays hidden"
    assert read(card, 0x2C) == NAK, "and the NAK ended the authentication"
    assert read(card, 0x10) == NAK


def test_a_wrong_proof_is_a_nak_and_drops_the_card():
    card = on_reader()
    send(card, "1a00")
    assert card.transceive(b"\xaf" + bytes(16)) == NAK and not card.is_active
    for frame in (b"\xaf" + bytes(15), b"\xae" + bytes(16), b"\x30\x04"):
        send(card, "1a00")
        assert card.transceive(frame) == NAK
    assert prove(card), "wrong ones are not counted"


def test_a_new_key_counts_from_the_next_selection_on():
    card = on_reader()
    for page, data in ultralight_c.key_pages(KEY):
        assert write(card, page, data.hex()) == ACK
    assert prove(card) and not prove(card, KEY)
    present(card)
    assert prove(card, KEY) and not prove(card)
    assert prove(present(load_card(card.state())), KEY)


def test_a_torn_key_page_opens_now_and_then():
    card = on_reader()
    card.transceive_torn(bytes.fromhex("a22c") + b"BREE", "weak")
    card = load_card(card.state())
    heard = {prove(present(card)) for _ in range(60)}
    assert heard == {True, False}


# --- the driver ---


def protected():
    """A card with a key of its own, read by anybody, written behind it."""
    line, pages = Line(on_reader()), ultralight_c.UltralightCPages()
    line.run(pages.write_key(ultralight_c.key_pages(KEY)))
    assert all(request.secret for request in line.yielded), "no trace shows a key"
    line.run(pages.drop())
    line.run(pages.authenticate(KEY, given(bytes(8))))
    line.run(pages.write_surely(ultralight_c.PAGE_AUTH1, ultralight_c.AUTH1_READ_FREE))
    line.run(pages.write_surely(ultralight_c.PAGE_AUTH0, ultralight_c.auth0_page(0x10)))
    line.run(pages.drop())
    return line.card


def test_the_driver_reads_without_fast_read_and_writes_behind_the_key():
    line, pages = Line(protected()), ultralight_c.UltralightCPages()
    assert len(line.run(pages.read(0x0C, 0x27))) == 112
    assert {frame[0] for frame, _ in line.said} == {0x30}
    assert line.run(pages.write(0x10, b"\1\2\3\4")) is False
    line.run(pages.authenticate(KEY, given(bytes(8))))
    line.run(pages.write_surely(0x10, b"\1\2\3\4"))
    assert line.run(pages.read(0x10, 0x10)) == b"\1\2\3\4"


def test_a_wrong_key_is_refused_and_not_tried_for_ever():
    line, pages = Line(protected()), ultralight_c.UltralightCPages()
    for code in ("WRONG_KEY", "WRONG_KEY", "WRONG_KEY", "TOO_MANY_FAILURES"):
        with pytest.raises(CardRefused) as refused:
            line.run(pages.authenticate(DELIVERED, given(bytes(8))))
        assert refused.value.code == code and not pages.authenticated
    assert len(line.said) == 6, "the fourth try sent nothing"


def test_a_card_that_cannot_prove_the_key_is_refused():
    pages = ultralight_c.UltralightCPages()
    line = Line(protected(), twist={1: lambda answer: b"\x00" + bytes(8)})
    with pytest.raises(CardRefused) as refused:
        line.run(pages.authenticate(KEY, given(bytes(8))))
    assert refused.value.code == "WRONG_KEY" and not pages.authenticated


@pytest.mark.parametrize("exchange, answer, kind", [(0, b"\xaf" + bytes(7), CardAnswered), (0, b"\x00" + bytes(8), CardAnswered),
                                                    (0, b"\x00", CardRefused), (1, b"\x01" + bytes(8), CardAnswered),
                                                    (1, b"\x00", CardRefused), (1, None, CardLost)])
def test_answers_that_are_none(exchange, answer, kind):
    pages = ultralight_c.UltralightCPages()
    with pytest.raises(kind):
        Line(protected(), twist={exchange: lambda _: answer}).run(pages.authenticate(KEY, given(bytes(8))))
    assert not pages.authenticated


def test_auth0_has_a_range():
    for page in (2, 0x31):
        with pytest.raises(ValueError):
            ultralight_c.auth0_page(page)
