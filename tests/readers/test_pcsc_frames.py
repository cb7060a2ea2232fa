"""Type 2 frames as APDUs, and what each answer means (reader notes, section 6, 6.1, 6.2). Dialogues, nothing runs."""

import pytest

from cardos.errors import CardLost, ReaderCannot
from host_tools.readers.pcsc_frames import ACK, NAK, DirectRefused, answer_size, carrier, classic_exchange, is_apdu, uid_of
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


@pytest.mark.parametrize("apdu, fits", [
    ("00A40400", True), ("9060000000", True), ("905A00000301000000", True), ("905A000003010000", True), ("0CB0000010", True),
    ("00B00000000258", True), ("00D6000000000401020304", True), ("00D60000000004010203040000", True),
    ("905A0000", True), ("905A00000301", False), ("905A0000030100000000", False), ("905A0000000002", True), ("90D60000000002AA", False),
    ("60", False), ("5A000000", False), ("BD03000000000000", False), ("FFCA000000", False), ("AF0102030405", False),
])
def test_an_apdu_is_told_from_a_native_frame(apdu, fits):
    assert is_apdu(bytes.fromhex(apdu)) is fits


@pytest.mark.parametrize("answer, uid", [("04A1B2C3D4E5F69000", "04a1b2c3d4e5f6"), ("080102039000", "08010203"), ("6A81", None), ("6300", None),
                                         ("0102039000", None), ("9000", None), ("04A1B2C3D4E5F66300", None)])
def test_a_uid_is_taken_only_whole_and_with_9000(answer, uid):
    found = uid_of(bytes.fromhex(answer))
    assert (None if found is None else found.hex()) == uid


@pytest.mark.parametrize("answers, end", [(["9000", "9000"], ACK), (["9000", "6300"], NAK), (["6300"], NAK)])
def test_a_classic_key_is_loaded_and_used(answers, end):
    steps, sent = classic_exchange(bytes.fromhex("6104A0A1A2A3A4A5")), []
    sent.append(next(steps).hex())
    for answer in answers:
        try:
            sent.append(steps.send(bytes.fromhex(answer)).hex())
        except StopIteration as stop:
            assert stop.value == end
    assert sent == ["ff82000006a0a1a2a3a4a5", "ff860000050100046100"][: len(answers)]


def test_a_cut_answer_to_a_classic_key_is_card_lost():
    steps = classic_exchange(bytes.fromhex("6104A0A1A2A3A4A5"))
    next(steps)
    with pytest.raises(CardLost):
        steps.send(b"\x90\x00\x00")
