"""Type 2 frames as APDUs, and what each answer means (reader notes, section 6, 6.1, 6.2). Dialogues, nothing runs."""

import pytest

from cardos.errors import CardLost, ReaderCannot
from host_tools.readers.pcsc_frames import ACK, NAK, DirectRefused, answer_size, carrier
from host_tools.readers.profiles import BARE, NONE, PN532, TRANSPARENT
from tests.readers.vpcd_card import storage_card

PAGES = bytes(range(16))


def dialogue(carry, frame, *pairs):
    """Play `frame` over a fresh carrier against [(APDU expected, answer)] in hex; returns the card's answer."""
    steps = carrier(carry).exchange(bytes.fromhex(frame))
    apdu = next(steps)
    for number, (expected, answer) in enumerate(pairs):
        assert apdu.hex() == expected.replace(" ", "").lower()
        try:
            apdu = steps.send(bytes.fromhex(answer))
        except StopIteration as end:
            assert number == len(pairs) - 1
            return end.value
    raise AssertionError("the carrier wants to send more: " + apdu.hex())


def test_6_read_is_ff_b0():
    assert dialogue(PN532, "3004", ("FF B0 00 04 10", PAGES.hex() + "9000")) == PAGES


def test_6_write_is_ff_d6():
    assert dialogue(PN532, "A20411223344", ("FF D6 00 04 04 11 22 33 44", "9000")) == ACK


def test_6_63_00_on_read_is_nak():
    assert dialogue(PN532, "3090", ("FF B0 00 90 10", "6300")) == NAK


def test_6_1_63_00_on_a_write_is_not_an_ack_and_not_an_error():
    """6.1: it did land on an ACR1281; the driver reads back."""
    assert dialogue(BARE, "A20411223344", ("FF D6 00 04 04 11 22 33 44", "6300")) == NAK


@pytest.mark.parametrize("answer", ["00" * 9, PAGES.hex(), PAGES.hex()[:-2] + "9000", PAGES.hex() + "6300", PAGES.hex() + "009000", "9000", "6100" * 2])
def test_4_half_a_read_answer_is_card_lost(answer):
    """4: half a frame arrives as partial bytes with SUCCESS; whatever they end in, they are no data."""
    with pytest.raises(CardLost):
        dialogue(PN532, "3004", ("FF B0 00 04 10", answer))


@pytest.mark.parametrize("answer", ["00" * 2, "009000", "90009000"])
def test_4_an_unclear_write_answer_is_card_lost(answer):
    with pytest.raises(CardLost):
        dialogue(PN532, "A20411223344", ("FF D6 00 04 04 11 22 33 44", answer))


def test_6_1_pwd_auth_by_direct_transmit():
    """6.1: FF 00 00 00 07 D4 42 1B p0..p3, answer D5 43 00 PACK 90 00."""
    assert dialogue(PN532, "1BFFFFFFFF", ("FF 00 00 00 07 D4 42 1B FF FF FF FF", "D543008080 9000".replace(" ", ""))) == b"\x80\x80"


@pytest.mark.parametrize("answer", ["D543029000", "D54302009000", "D54342009000", "D543000A9000", "D54300049000"])
def test_6_1_a_refused_password_is_never_success(answer):
    """6.1: a 4-bit answer shows as status 02, or as one byte; both are one byte to the driver, never a PACK."""
    assert len(dialogue(PN532, "1BFFFFFFFF", ("FF 00 00 00 07 D4 42 1B FF FF FF FF", answer))) == 1


@pytest.mark.parametrize("answer", ["D543019000", "D543059000", "D5430B9000", "D543009000", "D543008080", "D541008080 9000".replace(" ", ""), "8080"])
def test_6_1_silence_and_rubbish_are_card_lost(answer):
    """6.1: status 01 is silence; nobody can tell whether the card left or refused."""
    with pytest.raises(CardLost):
        dialogue(PN532, "1BFFFFFFFF", ("FF 00 00 00 07 D4 42 1B FF FF FF FF", answer))


@pytest.mark.parametrize("carry", [PN532, BARE])
@pytest.mark.parametrize("status, certain", [("6A81", True), ("6D00", True), ("6E00", True), ("6300", False), ("6F00", False)])
def test_6_1_a_refused_direct_transmit_is_told_from_a_refusing_card(carry, status, certain):
    head = "FF 00 00 00 03 3A 00 07" if carry == BARE else "FF 00 00 00 05 D4 42 3A 00 07"
    with pytest.raises(DirectRefused) as caught:
        dialogue(carry, "3A0007", (head, status))
    assert caught.value.certain is certain


def test_6_1_bare_readers_take_the_frame_itself():
    assert dialogue(BARE, "3A0003", ("FF 00 00 00 03 3A 00 03", PAGES.hex() + "9000")) == PAGES


def test_a_reader_without_direct_commands_says_so_before_anything_is_sent():
    with pytest.raises(ReaderCannot):
        next(carrier(NONE).exchange(b"\x1b\xff\xff\xff\xff"))


def test_6_2_transparent_session_opens_once_and_carries_everything():
    """6.2: start, switch to 14443A part 3, exchange; READ and WRITE go through the session once it is open."""
    inside = carrier(TRANSPARENT)
    sent = []

    def run(frame, *answers):
        steps = inside.exchange(bytes.fromhex(frame))
        apdu = next(steps)
        for answer in answers:
            sent.append(apdu.hex())
            try:
                apdu = steps.send(bytes.fromhex(answer))
            except StopIteration as end:
                return end.value

    good = "C003009000"
    assert run("3004", PAGES.hex() + "9000") == PAGES
    assert run("1BFFFFFFFF", good + "9000", good + "9000", good + "96020000" + "97028080" + "9000") == b"\x80\x80"
    assert run("A20411223344", good + "920104" + "96020000" + "97010A" + "9000") == ACK
    assert run("3004", good + "96020000" + "9710" + PAGES.hex() + "9000") == PAGES
    assert sent == ["ffb0000410", "ffc2000002810000", "ffc20002048f02000300", "ffc200010795051bffffffff00",
                    "ffc20001089506a2041122334400", "ffc20001049502300400"]
    assert [apdu.hex() for apdu in inside.finish()] == ["ffc2000002820000"]


@pytest.mark.parametrize("answer", ["C003019000" + "9000", "C003006401" + "9000", "C0030090", "C003009000" + "9602000097FF00" + "9000", "C0", "C0009000",
                                    "C003009000" + "96020000" + "9000", "C003009000" + "96020001" + "97021122" + "9000"])
def test_6_2_a_failed_exchange_in_a_session_is_card_lost(answer):
    """6.2: both C0 and 96 are checked, and every length."""
    inside = carrier(TRANSPARENT)
    steps = inside.exchange(b"\x60")
    next(steps)
    steps.send(bytes.fromhex("C0030090009000"))
    steps.send(bytes.fromhex("C0030090009000"))
    with pytest.raises(CardLost):
        steps.send(bytes.fromhex(answer))


def test_6_2_a_reader_without_transparent_sessions_refuses_for_certain():
    with pytest.raises(DirectRefused) as caught:
        dialogue(TRANSPARENT, "60", ("FF C2 00 00 02 81 00 00", "6A81"))
    assert caught.value.certain


@pytest.mark.parametrize("frame, size", [("3A0403", 0), ("3A0407", 16), ("3004", 0), ("60", 0), ("3A00E6", 924)])
def test_the_length_of_a_fast_read_is_known_before_it_is_sent(frame, size):
    assert answer_size(bytes.fromhex(frame)) == size


@pytest.mark.parametrize("carry", [PN532, BARE, TRANSPARENT])
def test_every_carrier_brings_the_same_bytes_from_the_same_card(carry):
    """READ, WRITE, FAST_READ, GET_VERSION and PWD_AUTH against a soft card with that reader's ability."""
    face, inside = storage_card(ability=carry), carrier(carry)

    def ask(frame):
        steps = inside.exchange(bytes.fromhex(frame))
        apdu = next(steps)
        while True:
            try:
                apdu = steps.send(face.transceive(apdu))
            except StopIteration as end:
                return end.value

    assert ask("A20431323334") == ACK
    assert ask("3A0404") == b"1234"
    assert ask("60").hex() == "0004040201001103"
    assert ask("1BFFFFFFFF") == b"\x00\x00"
    assert ask("3004")[:4] == b"1234"
