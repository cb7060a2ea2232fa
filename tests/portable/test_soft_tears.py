"""Tears of CONTRACT on a soft card: what is left on the page, who heard what, when the card is back."""

from tests.portable.soft_card_bench import ACK, FixedNoise, PACK, cfg, copy_of, log_in, on_reader, present, protect, read, send, write

from cardos.errors import BadInput
from cardos.soft_cards.pages import OUTCOMES
from cardos.soft_cards.registry import load_card
from cardos.soft_cards.tears import MODES, Tear, TornCard, tear_from_text

OLD, NEW = "0f0f0f0f", "33333333"


def torn_write(mode, page=0x10, old=OLD, new=NEW, noise=None, at=1):
    """A card on which page holds `old` and the write of `new`, exchange `at`, goes wrong. Returns (TornCard, answer)."""
    card = on_reader(noise=noise or FixedNoise(0x00))
    assert write(card, page, old) == ACK
    torn = TornCard(card, {at: mode})
    for _ in range(at):
        assert read(torn, 0) is not None
    return torn, torn.transceive(bytes.fromhex("a2%02x%s" % (page, new)))


def page_of(card, page=0x10):
    return card.state()["pages"][page]


def test_the_modes_are_those_of_the_contract():
    halves = ["half:" + outcome for outcome in ("old", "zero", "garbage", "new", "weak", "weak0")]
    assert list(MODES) == ["not-sent", "not-executed", "half"] + halves + ["answer-lost", "corrupt"]


def test_not_sent_and_not_executed_leave_the_page():
    for mode in ("not-sent", "not-executed"):
        torn, answer = torn_write(mode)
        assert answer is None and page_of(torn) == OLD


def test_answer_lost_has_written():
    torn, answer = torn_write("answer-lost")
    assert answer is None and page_of(torn) == NEW


def test_half_leaves_the_page_as_named():
    for outcome, left in (("old", OLD), ("zero", "00000000"), ("garbage", "a5a5a5a5"), ("new", NEW)):
        torn, answer = torn_write("half:" + outcome, noise=FixedNoise(0xA5))
        assert answer is None and page_of(torn) == left and torn.state()["weak"] == {}


def test_plain_half_takes_all_six_in_turn():
    left = []
    for at in range(6):
        torn, answer = torn_write("half", noise=FixedNoise(0xA5), at=at)
        assert answer is None
        left.append((page_of(torn), torn.state()["weak"].get("16")))
    assert left == [(OLD, None), ("00000000", None), ("a5a5a5a5", None), (NEW, None), (NEW, "3c3c3c3c"), (NEW, NEW)]
    assert len(left) == len(OUTCOMES)


def test_a_weak_page_reads_unstably_in_the_bits_that_were_changing():
    torn, _ = torn_write("half:weak")
    state = torn.state()
    for noise, seen in ((0x00, NEW), (0xFF, OLD)):
        card = present(load_card(state, noise=FixedNoise(noise)))
        assert read(card, 0x10)[:4].hex() == seen
        assert read(card, 0x0D)[12:].hex() == seen


def test_a_weak0_page_reads_unstably_in_its_set_bits():
    torn, _ = torn_write("half:weak0")
    for noise, seen in ((0x00, NEW), (0xFF, "00000000"), (0x0F, "30303030")):
        card = present(load_card(torn.state(), noise=FixedNoise(noise)))
        assert read(card, 0x10)[:4].hex() == seen


def test_weak_bits_really_change_from_read_to_read():
    torn, _ = torn_write("half:weak")
    card = copy_of(torn)
    assert len({read(card, 0x10)[:4] for _ in range(40)}) > 3


def test_a_weak_page_stays_weak_until_it_is_written_again():
    torn, _ = torn_write("half:weak")
    card = copy_of(copy_of(torn))
    assert card.state()["weak"] == {"16": "3c3c3c3c"}
    assert write(card, 0x10, NEW) == ACK
    assert card.state()["weak"] == {}
    assert {read(card, 0x10)[:4].hex() for _ in range(20)} == {NEW}


def test_a_weak_write_of_the_same_value_changes_nothing():
    torn, _ = torn_write("half:weak", new=OLD)
    assert page_of(torn) == OLD and torn.state()["weak"] == {}


def test_a_weak_password_opens_now_and_then():
    card = protect(on_reader(), 0x10)
    assert log_in(card) == PACK
    card.transceive_torn(bytes.fromhex("a2%02x" % cfg(card, 2) + "daf55796"), "weak")
    card = copy_of(card)
    heard = {log_in(card) for _ in range(60)}
    assert heard == {PACK, b"\x04"}


def test_a_weak_auth0_guards_now_and_then():
    card = on_reader()
    card.transceive_torn(bytes.fromhex("a2%02x040000" % cfg(card) + "7f"), "weak")  # FF -> 7F: page 0x80 free or not
    card = copy_of(card)
    assert {write(card, 0x80, "01010101") for _ in range(60)} == {ACK, b"\x00"}


def test_protected_pages_are_left_old_or_new():
    for page, written, old, new in ((2, "00001000", "04480000", "04481000"), (3, "0000000f", "e1103e00", "e1103e0f"),
                                    (0x82, "01000000", "000000bd", "010000bd")):
        for outcome in OUTCOMES:
            card = on_reader()
            answer, torn = card.transceive_torn(bytes.fromhex("a2%02x%s" % (page, written)), outcome)
            assert torn and card.state()["weak"] == {}
            assert page_of(card, page) == (new if outcome in ("new", "garbage", "weak") else old), (page, outcome)


def test_half_of_another_command_answers_half_its_bytes():
    card = on_reader()
    torn = TornCard(card, {0: "half"})
    whole = read(card, 0)
    assert read(torn, 0) == whole[:8]
    assert torn.answer_was_cut and torn.is_lost


def test_half_of_a_refused_write_is_silence_and_writes_nothing():
    torn = TornCard(on_reader(), {0: "half:new"})
    before = torn.state()
    assert write(torn, 0, "ffffffff") is None
    assert torn.state() == before


def test_half_tears_both_steps_of_a_compatibility_write():
    for at, left in ((0, "00000000"), (1, "01020304")):
        torn = TornCard(on_reader(), {at: "half:new"})
        send(torn, "a010")
        torn.transceive(bytes(range(1, 17)))
        assert page_of(torn) == left


def test_corrupt_flips_one_bit_and_the_card_stays():
    whole = read(on_reader(), 0)
    bits = set()
    for at in range(64):
        torn = TornCard(on_reader(), {at: "corrupt"})
        for _ in range(at):
            read(torn, 0)
        difference = int.from_bytes(read(torn, 0), "big") ^ int.from_bytes(whole, "big")
        assert difference and difference & (difference - 1) == 0
        bits.add(difference)
        assert not torn.is_lost and read(torn, 0) == whole
    assert len(bits) > 40, "N spreads over the answer"


def test_corrupt_of_an_ack_keeps_to_four_bits_and_the_write_happened():
    torn, answer = torn_write("corrupt")
    assert answer in (b"\x0b", b"\x08", b"\x0e", b"\x02") and page_of(torn) == NEW


def test_a_lost_card_is_back_when_it_is_presented_again():
    torn, _ = torn_write("answer-lost")
    assert torn.is_lost and not torn.is_active
    assert torn.activate() is None and torn.transceive(b"\x30\x00") is None
    torn.field_on()
    assert torn.activate() is None, "the field alone does not bring it back"
    present(torn)
    assert read(torn, 0x10)[:4].hex() == NEW


def test_a_served_card_is_back_only_when_told():
    gone = []
    torn = TornCard(on_reader(), {0: "not-sent"}, returns_with_field=False)
    torn.on_lost = lambda: gone.append(True)
    assert read(torn, 0) is None and gone == [True]
    torn.field_off()
    torn.field_on()
    assert torn.activate() is None
    torn.present_again()
    torn.field_on()
    assert torn.activate() is not None


def test_exchanges_count_what_reached_the_card_over_all_presentations():
    torn = TornCard(on_reader(), [Tear(1, "not-sent"), Tear(3, "not-sent")])
    read(torn, 0)
    read(torn, 0)
    assert torn.transceive(b"\x30\x00") is None and torn.exchanges == 2
    present(torn)
    read(torn, 0)
    assert not torn.is_lost
    read(torn, 0)
    assert torn.is_lost and torn.exchanges == 4


def test_a_tear_ends_the_authentication():
    card = protect(on_reader(), 0x10)
    torn = TornCard(card, {1: "answer-lost"})
    assert log_in(torn) == PACK
    write(torn, 0x10, "01010101")
    present(torn)
    assert write(torn, 0x10, "02020202") == b"\x00"


def test_tears_as_people_write_them():
    assert tear_from_text("5:half:weak") == Tear(5, "half:weak")
    assert tear_from_text("0:not-sent") == Tear(0, "not-sent")
    for text in ("", "5", "x:half", "-1:half", "5:halb", "5:half:soft", "5:"):
        try:
            tear_from_text(text)
        except BadInput as trouble:
            assert str(trouble)
        else:
            raise AssertionError(text)
