"""SoftUltralightC: memory, locks, counter and protection. Its 3DES authentication is in tests/soft_cards (PCs only)."""

from cardos.crypto import tdes
from cardos.errors import BadInput, StampdError
from cardos.soft_cards.pages import OUTCOMES
from cardos.soft_cards.registry import load_card, new_card
from tests.portable.soft_card_bench import ACK, NAK, UID, copy_of, present, read, send, write
from tests.portable.type2_bench import GivenNoise, refusal

LOCKS_2_3, COUNTER, AUTH0, AUTH1, KEY = 0x28, 0x29, 0x2A, 0x2B, 0x2C


def on_reader(**options):
    return present(new_card("ultralight-c", UID, **options))


def test_delivery():
    card = on_reader()
    assert read(card, 0).hex() == "04a1b29f" + "c3d4e5f6" + "04480000" + "00000000"
    assert read(card, 4).hex() == "02000010" + "00060110" + "11ff0000" + "00000000"
    assert read(card, LOCKS_2_3).hex() == "00000000" + "00000000" + "30000000" + "00000000"
    assert card.state()["pages"][KEY:] == ["42524541", "4b4d4549", "46594f55", "43414e21"]


def test_commands_it_does_not_have_are_naks():
    card = on_reader()
    for frame in ("60", "3a0003", "3c00", "3900", "1bffffffff", "a50001000000", "1a01", "30", "a210"):
        assert send(card, frame) == NAK, frame
        assert not card.is_active


def test_the_key_is_never_read():
    card = on_reader()
    assert read(card, 0x2B) == bytes(4) + read(card, 0)[:12], "rolls over before the key"
    assert read(card, 0x29)[12:] == read(card, 0)[:4]
    for page in (0x2C, 0x2F, 0x30, 0xFF):
        assert read(card, page) == NAK


def test_compatibility_write_uses_the_first_four_bytes():
    card = on_reader()
    assert send(card, "a010") == ACK and card.transceive(bytes(range(1, 17))) == ACK
    assert read(card, 0x10)[:8] == b"\1\2\3\4" + bytes(4)
    assert send(card, "a010") == ACK and card.transceive(b"\1\2\3\4") == NAK


def test_auth0_and_auth1_guard_from_the_next_selection_on():
    card = on_reader()
    assert write(card, AUTH0, "10aabbcc") == ACK and read(card, AUTH0)[:4].hex() == "10000000"
    assert write(card, 0x10, "01010101") == ACK, "not yet"
    present(card)
    assert write(card, 0x10, "02020202") == NAK and write(card, AUTH0, "30000000") == NAK
    assert read(card, 0x0E) == bytes(8) + read(card, 0)[:8] and read(card, 0x10) == NAK
    assert write(card, 0x0F, "02020202") == ACK


def test_auth1_leaves_reading_free():
    card = on_reader(locks_effective="at once")
    assert write(card, AUTH1, "01000000") == ACK and write(card, AUTH0, "10000000") == ACK
    assert write(card, 0x10, "02020202") == NAK and len(read(card, 0x10)) == 16
    assert read(card, 0x2B)[4:] == read(card, 0)[:12]


def test_auth0_below_3_acts_as_3_and_above_30_as_off():
    card = on_reader(locks_effective="at once")
    assert write(card, AUTH0, "ff000000") == ACK and write(card, KEY, "01010101") == ACK
    assert write(card, AUTH0, "00000000") == ACK
    assert read(card, 2)[4:8] == read(card, 0)[:4], "pages 0 to 2 are always there"
    assert write(card, 2, "00000800") == ACK and write(card, 3, "01010101") == NAK


def test_static_locks_and_one_time_page():
    card = on_reader(locks_effective="at once")
    assert write(card, 3, "e1101200") == ACK and write(card, 3, "0000000f") == ACK
    assert read(card, 3)[:4].hex() == "e110120f"
    assert write(card, 2, "ffff1880") == ACK and read(card, 2)[:4].hex() == "04481880"
    assert [write(card, page, "01010101") for page in (3, 4, 5, 0x0E, 0x0F)] == [NAK, NAK, ACK, ACK, NAK]


def test_locks_count_from_the_next_selection_on():
    card = on_reader()
    assert write(card, 2, "00001000") == ACK and write(card, 4, "01010101") == ACK
    present(card)
    assert write(card, 4, "02020202") == NAK


def test_lock_bytes_2_and_3_guard_their_groups():
    groups = [(1, range(0x10, 0x14)), (2, range(0x14, 0x18)), (3, range(0x18, 0x1C)), (5, range(0x1C, 0x20)), (6, range(0x20, 0x24)),
              (7, range(0x24, 0x28)), (12, (0x29,)), (13, (0x2A,)), (14, (0x2B,)), (15, range(0x2C, 0x30))]
    for bit, pages in groups:
        card = on_reader(locks_effective="at once")
        value = 1 << bit
        assert write(card, LOCKS_2_3, "%02x%02x0000" % (value & 0xFF, value >> 8)) == ACK
        refused = [page for page in range(0x10, 0x30) if page not in (LOCKS_2_3,) and write(card, page, "30000000") == NAK]
        assert refused == list(pages), (bit, refused)


def test_freezing_bits_keep_open_what_is_open():
    for bit, frozen in ((0, 0x000E), (4, 0x00E0), (8, 0x1000), (9, 0x2000), (10, 0x4000), (11, 0x8000)):
        card = on_reader(locks_effective="at once")
        value = 1 << bit
        assert write(card, LOCKS_2_3, "%02x%02x0000" % (value & 0xFF, value >> 8)) == ACK
        assert write(card, LOCKS_2_3, "ffffffff") == ACK
        left = 0xFFFF & ~frozen
        assert read(card, LOCKS_2_3)[:4] == bytes([left & 0xFF, left >> 8, 0, 0])


def test_the_counter_shows_itself_after_a_reset_of_the_field():
    card = on_reader()
    assert write(card, COUNTER, "34120000") == ACK
    assert read(card, COUNTER)[:4] == bytes(4), "the old value"
    present(card)
    assert read(card, COUNTER)[:4].hex() == "34120000"
    assert write(card, COUNTER, "f3ffffff") == ACK, "only the low nibble counts"
    assert write(card, COUNTER, "00000000") == ACK
    assert read(present(card), COUNTER)[:4].hex() == "37120000"


def test_the_counter_stops_at_the_end():
    card = on_reader()
    assert write(card, COUNTER, "00000000") == ACK and write(card, COUNTER, "f5ff0000") == ACK
    assert write(card, COUNTER, "0b000000") == NAK and write(card, COUNTER, "0a000000") == ACK
    assert write(card, COUNTER, "01000000") == NAK
    assert read(present(card), COUNTER)[:4].hex() == "ffff0000"


def test_tears():
    for page, written, old, new in ((2, "00001000", "04480000", "04481000"), (3, "e1101200", "00000000", "e1101200"),
                                    (LOCKS_2_3, "02000000", "00000000", "02000000"), (COUNTER, "05000000", "00000000", "05000000")):
        for outcome in OUTCOMES:
            card = on_reader()
            answer, torn = card.transceive_torn(bytes.fromhex("a2%02x%s" % (page, written)), outcome)
            assert torn and card.state()["weak"] == {}
            assert card.state()["pages"][page] == (new if outcome in ("new", "garbage", "weak") else old), (page, outcome)
    card = on_reader()
    card.transceive_torn(bytes.fromhex("a21001020304"), "weak0")
    assert card.state()["weak"] == {"16": "01020304"}, "user pages are torn"


def test_state_comes_back():
    card = on_reader(locks_effective="at once")
    write(card, COUNTER, "05000000")
    assert load_card(card.state()).state() == card.state()
    assert read(copy_of(card), COUNTER)[:4].hex() == "05000000"
    assert "signature" not in card.state()
    assert refusal(BadInput, new_card, "ultralight-c", bytes(4)) == "BAD_INPUT"
    assert refusal(BadInput, lambda: new_card("ultralight-c", UID, signature=bytes(32))) == "BAD_INPUT"


def test_where_there_is_no_triple_des_the_card_says_so():
    if tdes.AVAILABLE:
        return
    assert refusal(StampdError, send, on_reader(noise=GivenNoise()), "1a00") == "FAMILY_NOT_ON_THIS_TERMINAL"
