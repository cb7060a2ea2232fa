"""Frames of the PN532: published and recorded bytes, cut reads, rubbish; and what a dialogue repeats and what never."""

from cardos.errors import ReaderLost
from terminal.nfc_chips.pn532_dialogue import Dialogue, NoAnswer
from terminal.nfc_chips.pn532_frames import ACK, NACK, crc_a, frame, size_of_frame
from tests.portable.pn532_bench import Clock, Recorded, answers_of, raises, run

# Payload and frame. UM0701-02, sections 6.2.1 and 7.2 (AN133910 prints the same start): GetFirmwareVersion, SAMConfiguration;
# recorded from users' readers (public logs of libnfc and of boards): the rest.
PUBLISHED = (
    ("d402", "0000ff02fed4022a00"),
    ("d50332010607", "0000ff06fad50332010607e800"),
    ("d41401", "0000ff03fdd414011700"),
    ("d414011401", "0000ff05fbd4140114010200"),
    ("d515", "0000ff02fed5151600"),
    ("d4320100", "0000ff04fcd4320100f900"),
    ("d533", "0000ff02fed533f800"),
    ("d44400", "0000ff03fdd44400e800"),
    ("d44a0100", "0000ff04fcd44a0100e100"),
    ("d54b010100440007 04416d412b0289", "0000ff0ff1d54b010100440007 04416d412b0289ea00"),
    ("d54b010100440007 04a035b2bc2b80", "0000ff0ff1d54b010100440007 04a035b2bc2b80a100"),
    ("d400006c69626e6663", "0000ff09f7d400006c69626e6663be00"),
)
FIRMWARE = "0000ff06fad50332010607e800"
BROKEN_FIRMWARE = "0000ff06fad50332010607e900"
GET_FIRMWARE = "0000ff02fed4022a00"
READ = "0000ff04fcd4423004b600"
ANSWER = "0000ff05fbd543000102e500"
BROKEN_ANSWER = "0000ff05fbd543000103e500"
ACKED = "0000ff00ff00"
NACKED = "0000ffff0000"


def data(text):
    return bytes.fromhex(text.replace(" ", ""))


def test_published_frames():
    for payload, whole in PUBLISHED:
        payload, whole = data(payload), data(whole)
        assert frame(payload) == whole, payload.hex()
        assert size_of_frame(whole[:8]) == len(whole)
        if payload[0] == 0xD5:
            assert answers_of(whole) == [payload.hex()] == answers_of(whole, 1)
    assert ACK == data(ACKED) and NACK == data(NACKED) and size_of_frame(ACK) == size_of_frame(NACK) == 6
    assert answers_of(ACK + NACK + data("0000ff01ff7f8100")) == ["ack", "nack", "error"]


def test_extended_frames():
    payload = b"\xd5\x41\x00" + bytes(262)
    whole = frame(payload)
    assert whole[:8] == data("0000ffffff0109f6") and len(whole) == 8 + 265 + 2 == size_of_frame(whole[:8])
    assert size_of_frame(whole[:6]) == 8
    for step in (1, 7, 32, 300):
        assert answers_of(ACK + whole + ACK, step) == ["ack", payload.hex(), "ack"]
    assert frame(b"\xd5" * 255)[:5] == data("0000ffff01") and answers_of(frame(b"\xd5" * 255)) == ["d5" * 255]
    try:
        frame(bytes(266))
    except ValueError:
        return
    raise AssertionError("a frame that no chip takes")


def test_what_stands_before_a_frame_is_skipped():
    for before in ("", "00" * 10, "5555", "ff00ff", "01", "0000ff0102", "0000ffffff0109f7", "0000ffffff800080", "00ff", "d5d5d5"):
        found = answers_of(data(before + FIRMWARE))
        assert found == ["d50332010607"] == answers_of(data(before + FIRMWARE), 1), before
        assert size_of_frame(data("00" + FIRMWARE)) == 14


def test_a_frame_with_a_wrong_sum_is_told_and_the_next_is_read():
    assert answers_of(data(BROKEN_FIRMWARE + FIRMWARE)) == ["broken", "d50332010607"]
    for at in range(5, 12):
        spoilt = bytearray(data(FIRMWARE))
        spoilt[at] ^= 0x10
        assert answers_of(bytes(spoilt) + data(FIRMWARE)) == ["broken", "d50332010607"], at
    for at in (3, 4):  # without a length there is no frame
        spoilt = bytearray(data(FIRMWARE))
        spoilt[at] ^= 0x10
        assert answers_of(bytes(spoilt) + data(FIRMWARE)) == ["d50332010607"], at


def test_noise_without_end_fills_no_memory():
    assert answers_of(b"\xff" * 5000 + b"\x00" * 5000 + data(FIRMWARE), 100) == ["d50332010607"]
    assert size_of_frame(b"\xff" * 12) == 12 and size_of_frame(data("0000ff0102030405")) == 8


def test_crc_a_of_the_standard():
    """ISO/IEC 14443-3, annex B.1: 00 00 gives A0 1E, 12 34 gives 26 CF."""
    assert crc_a(b"\x00\x00") == b"\xa0\x1e" and crc_a(b"\x12\x34") == b"\x26\xcf"


# --- dialogues ---


def ask(text, code=0x02, sent=b"", wait_ms=200, again=False):
    """Play a dialogue to its end; the answer or the error."""
    clock = Clock()
    bus = Recorded(text, clock)
    dialogue = Dialogue(bus, clock.ticks_ms, clock.sleep_ms)
    dialogue._is_open = False
    try:
        return run(dialogue.ask(code, sent, wait_ms, again))
    except ReaderLost as trouble:
        return trouble
    finally:
        assert bus.is_over, bus._lines


def read_page(text):
    return ask(text, 0x42, b"\x30\x04")


def test_ack_then_answer_in_any_pieces():
    for pieces in ("< %s\n< %s" % (ACKED, FIRMWARE), "< %s%s" % (ACKED, FIRMWARE), "< 0000ff\n<3 00ff00\n<150 0000ff06\n<9 fad50332010607e8",
                   "< 5555 %s 00ff11 %s" % (ACKED, FIRMWARE)):
        assert ask("> %s\n%s" % (GET_FIRMWARE, pieces)) == b"\x32\x01\x06\x07"


def test_a_broken_answer_is_asked_for_again_and_the_command_is_not_sent_twice():
    assert read_page("> %s\n< %s\n< %s\n> %s\n< %s" % (READ, ACKED, BROKEN_ANSWER, NACKED, ANSWER)) == b"\x00\x01\x02"
    cut = "> %s\n< %s\n< %s\n> %s\n< %s" % (READ, ACKED, ANSWER[:18], NACKED, ANSWER)
    assert read_page(cut) == b"\x00\x01\x02"
    hopeless = "> %s\n< %s\n< %s" % (READ, ACKED, BROKEN_ANSWER) + ("\n> %s\n< %s" % (NACKED, BROKEN_ANSWER)) * 3
    assert isinstance(read_page(hopeless), ReaderLost)


def test_a_lost_ack_repeats_what_is_harmless_and_nothing_else():
    """The answer is waited for without its ACK; but a broken one is not asked for again then: it might be an older one."""
    assert ask("> %s\n< 0000ff00fe\n<700 %s" % (READ, ANSWER), 0x42, b"\x30\x04", 1000) == b"\x00\x01\x02"
    assert isinstance(read_page("> %s\n< %s" % (READ, BROKEN_ANSWER)), ReaderLost)
    assert isinstance(read_page("> %s" % READ), ReaderLost)
    again = "> %s\n> %s\n> %s\n< %s\n< %s" % (GET_FIRMWARE, ACKED, GET_FIRMWARE, ACKED, FIRMWARE)
    assert ask(again, again=True) == b"\x32\x01\x06\x07"
    assert isinstance(ask("> %s" % GET_FIRMWARE + ("\n> %s\n> %s" % (ACKED, GET_FIRMWARE)) * 2, again=True), ReaderLost)


def test_only_an_ack_is_no_answer():
    assert isinstance(ask("> %s\n< %s" % (GET_FIRMWARE, ACKED), again=True), NoAnswer)


def test_acks_without_end_do_not_hold_the_terminal():
    clock = Clock()
    before = clock.now
    dialogue = Dialogue(Recorded("> %s\n> %s" % (ACKED, GET_FIRMWARE) + "\n<100 %s" % ACKED * 9, clock), clock.ticks_ms, clock.sleep_ms)
    raises(NoAnswer, dialogue.ask(0x02, b"", 200))
    assert clock.now - before < 400


def test_what_came_behind_an_answer_is_not_the_next_one_s_beginning():
    clock = Clock()
    text = "> %s\n> %s\n< %s%s0000ff20e0d543\n> %s\n< %s\n< %s" % (ACKED, READ, ACKED, ANSWER, READ, ACKED, ANSWER)
    dialogue = Dialogue(Recorded(text, clock), clock.ticks_ms, clock.sleep_ms)
    for _ in range(2):
        assert run(dialogue.ask(0x42, b"\x30\x04", 200)) == b"\x00\x01\x02"


def test_answers_of_other_commands_are_passed_over():
    assert read_page("> %s\n< %s %s\n< 00ff00ff" % (READ, FIRMWARE, ACKED) + "\n< %s" % ANSWER) == b"\x00\x01\x02"


def test_an_error_frame_is_not_understood():
    trouble = read_page("> %s\n< %s\n< 0000ff01ff7f8100" % (READ, ACKED))
    assert isinstance(trouble, ReaderLost) and "understand" in trouble.message


def test_a_wire_that_breaks_is_reader_lost():
    trouble = read_page("> %s\n< %s\n! x" % (READ, ACKED))
    assert isinstance(trouble, ReaderLost) and trouble.code == "READER_GONE"


def test_a_command_that_was_given_up_is_aborted_and_its_late_answer_dropped():
    clock = Clock()
    bus = Recorded("> %s\n< %s\n> %s\n< %s\n> %s\n< %s\n< %s" % (READ, ACKED, ACKED, BROKEN_ANSWER, READ, ACKED, ANSWER), clock)
    dialogue = Dialogue(bus, clock.ticks_ms, clock.sleep_ms)
    dialogue._is_open = False
    raises(NoAnswer, dialogue.ask(0x42, b"\x30\x04", 0))
    assert dialogue.is_open
    assert run(dialogue.ask(0x42, b"\x30\x04", 100)) == b"\x00\x01\x02" and bus.is_over and not dialogue.is_open
