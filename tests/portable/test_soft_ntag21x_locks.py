"""SoftNtag21x: every lock bit and every block-lock bit against the pages it guards."""

from tests.portable.soft_card_bench import ACK, FAMILIES, NAK, on_reader, read, write

# family: pages behind one dynamic lock bit
SPAN = {"ntag213": 2, "ntag215": 16, "ntag216": 16}
BITS = {"ntag213": 12, "ntag215": 8, "ntag216": 14}


def at_once(family="ntag215"):
    """A chip whose locks count with the write itself; on_reader()'s count from the next selection on."""
    return on_reader(family, locks_effective="at once")


def refused_pages(card):
    """User pages and CC that a write does not change."""
    return [page for page in range(3, card.layout.user_end + 1) if write(card, page, "00000000") == NAK]


def test_each_static_lock_bit_guards_its_page():
    for bit in range(3, 16):
        card = at_once("ntag213")
        assert write(card, 2, "ffff" + "%02x%02x" % (1 << bit & 0xFF, 1 << bit >> 8)) == ACK
        assert refused_pages(card) == [bit]
        assert read(card, 2)[:2].hex() == "0448", "the check byte and the internal byte are read-only"


def test_static_lock_bits_only_gain():
    card = at_once()
    write(card, 2, "00001002")
    write(card, 2, "00000000")
    write(card, 2, "00000040")
    assert read(card, 2)[:4].hex() == "04481042"


def test_static_block_lock_bits_freeze_their_lock_bits():
    for bit, frozen in ((0, 0x0008), (1, 0x03F0), (2, 0xFC00)):
        card = at_once()
        write(card, 2, "0000%02x00" % (1 << bit))
        write(card, 2, "0000ffff")
        locks = read(card, 2)[2] & 0xF8 | read(card, 2)[3] << 8
        assert locks == 0xFFF8 & ~frozen, bit


def test_lock_and_block_lock_in_one_write_both_take_hold():
    card = at_once()
    write(card, 2, "0000ffff")
    assert read(card, 2)[2:4] == b"\xff\xff"
    assert refused_pages(card)[:13] == list(range(3, 16))


def test_each_dynamic_lock_bit_guards_its_pages():
    for family in FAMILIES:
        for bit in range(BITS[family]):
            card = at_once(family)
            assert write(card, card.layout.dynamic_lock, "%02x%02x0000" % (1 << bit & 0xFF, 1 << bit >> 8)) == ACK
            first = 16 + bit * SPAN[family]
            last = min(first + SPAN[family] - 1, card.layout.user_end)
            assert refused_pages(card) == list(range(first, last + 1)), (family, bit)


def test_the_handbook_example_locks_16_to_19_on_213():
    card = at_once("ntag213")
    write(card, 0x28, "03000000")
    assert refused_pages(card) == [16, 17, 18, 19]
    assert read(card, 0x28)[:4].hex() == "030000bd"


def test_all_dynamic_locks_reach_the_last_user_page_and_no_configuration():
    for family in FAMILIES:
        card = at_once(family)
        write(card, card.layout.dynamic_lock, "ffff0000")
        assert refused_pages(card) == list(range(16, card.layout.user_end + 1))
        assert write(card, card.layout.cfg0, "040000ff") == ACK


def test_bits_without_a_page_stay_0_and_byte_3_reads_bd():
    for family, expected in (("ntag213", "ff0f3fbd"), ("ntag215", "ff000fbd"), ("ntag216", "ff3f7fbd")):
        card = at_once(family)
        assert write(card, card.layout.dynamic_lock, "ffffffff") == ACK
        assert read(card, card.layout.dynamic_lock)[:4].hex() == expected


def test_each_dynamic_block_lock_bit_freezes_two_lock_bits():
    for family in FAMILIES:
        for bit in range((BITS[family] + 1) // 2):
            card = at_once(family)
            page = card.layout.dynamic_lock
            write(card, page, "0000%02x00" % (1 << bit))
            write(card, page, "ffff0000")
            locks = read(card, page)[0] | read(card, page)[1] << 8
            assert locks == (1 << BITS[family]) - 1 & ~(3 << 2 * bit), (family, bit)


def test_locks_after_the_next_selection_where_the_chip_does_so():
    card = on_reader(locks_effective="after selection")
    assert write(card, 2, "00001000") == ACK
    assert write(card, 4, "01010101") == ACK
    card.activate()
    assert write(card, 4, "02020202") == NAK
