"""Slots with a one-way counter (Ultralight AES): golden bytes, what is in force and what is pending, and every cut of one write."""

from cardos.errors import CardAnswered, CardLost
from cardos.records import fields
from cardos.records.counted_slots import CountedSlots
from cardos.records.diversification import CardKeys
from cardos.records.issuer_block import LAYOUT_ULTRALIGHT_AES, IssuerBlock, Profile
from cardos.records.record import NO_LINK, UNUSED, Counter, Record, RecordMac, trailer_done
from cardos.records.snapshot import BLANK, PENDING, VALID
from tests.portable.chips import CountedChip, run
from tests.portable.shop import DAY, KEYS, MINUTE, SCHEME, UID

FIRST, SLOT_PAGES = 0x10, 9
CARD_KEYS = CardKeys(KEYS, SCHEME, UID)
BLOCK = IssuerBlock(1, SCHEME, 0, 1, Profile(LAYOUT_ULTRALIGHT_AES, 1, False, False), DAY).encode("ultralight-aes", CARD_KEYS)
MAC = RecordMac("ultralight-aes", CARD_KEYS, BLOCK)
OPENING = Record(1, fields.OPENING, 0, 1, 1, MINUTE, 1, 1, NO_LINK, (UNUSED,))
WRITES = 11  # in progress, 8 pages, INCR, done


def after(slots, stamps):
    """A record that follows the newest."""
    newest = slots.newest
    return Record(1, fields.EARN, 0, 1, newest.record.sequence + 1, MINUTE, 1, newest.record.sequence + 1, newest.link, (Counter(1, stamps, 0),))


def looked(chip):
    slots = CountedSlots(chip, FIRST, 1, MAC)
    run(slots.read())
    return slots


def issued():
    chip = CountedChip()
    run(looked(chip).append(OPENING))
    return chip


def states(slots):
    return [slot.state for slot in slots.snapshot.slots]


def lost(steps):
    try:
        run(steps)
    except CardLost:
        return True
    return False


def test_golden_bytes():
    assert BLOCK.hex() == "11ffff000000000001e008cb281a7423"
    chip = issued()
    assert chip.counter == 1 and b"".join(chip.pages[0x10:0x19]).hex() == OPENING.body().hex() + "dd767cc16391afd4" + "5aff0001"
    slots = looked(chip)
    assert run(slots.append(after(slots, 1))).hex() == "d20e45580f21d73e"
    assert chip.counter == 2
    assert b"".join(chip.pages[0x19:0x22]).hex() == "11010201000002014e3800010002dd767cc1010000010000" + "d20e45580f21d73e" + "5aff0002"


def test_the_order_of_one_write():
    chip = issued()
    slots = looked(chip)
    chip.said = []
    run(slots.append(after(slots, 1)))
    body = [0x19 + offset for offset in range(8)]
    assert chip.said == [0x21] + body + ["INCR", 0x21]
    assert len(chip.said) == WRITES


def test_what_is_in_force():
    chip = issued()
    slots = looked(chip)
    assert states(slots) == [VALID, BLANK] and slots.newest.record == OPENING
    for stamps in (1, 2, 3):
        record = after(slots, stamps)
        run(slots.append(record))
        slots = looked(chip)
        assert states(slots) == [VALID, VALID] and slots.newest.record == record and slots.newest.done
    assert slots.counter == 4 and sorted(slots.links()) == sorted(slot.link for slot in slots.snapshot.slots)


def test_every_cut_of_one_write():
    """Before INCR nothing counts; from INCR on everything does; and the next tap finishes either."""
    for cut in range(WRITES):
        for heard in (False, True):
            chip = issued()
            slots = looked(chip)
            record = after(slots, 1)
            chip.said, chip.cut_at, chip.heard = [], cut, heard
            assert lost(slots.append(record))
            raised = cut > 9 or (cut == 9 and heard)
            assert chip.counter == (2 if raised else 1)
            slots = looked(chip)
            assert slots.newest.record == (record if raised else OPENING), cut
            adopted = run(slots.adopt_pending(record))
            whole = (cut > 8 or (cut == 8 and heard)) and not raised
            assert (adopted is not None) == whole, cut
            if adopted is not None:
                assert chip.counter == 2 and adopted == slots.newest.mac and looked(chip).newest.record == record
            run(slots.finish_newest())
            run(slots.append(after(slots, 5)))
            assert looked(chip).newest.record.values() == {1: (5, 0)} and looked(chip).newest.done


def test_a_pending_record_of_somebody_else_is_written_over():
    chip = issued()
    slots = looked(chip)
    chip.said, chip.cut_at = [], 9
    assert lost(slots.append(after(slots, 7)))
    slots = looked(chip)
    assert states(slots) == [VALID, PENDING] and slots.snapshot.slots[1].record is None
    assert run(slots.adopt_pending(after(slots, 1))) is None and chip.counter == 1
    run(slots.append(after(slots, 1)))
    slots = looked(chip)
    assert slots.newest.record.values() == {1: (1, 0)} and states(slots) == [VALID, VALID]


def test_a_pending_record_is_written_again_before_the_counter_is_raised():
    chip = issued()
    slots = looked(chip)
    record = after(slots, 1)
    chip.said, chip.cut_at = [], 9
    assert lost(slots.append(record))
    slots = looked(chip)
    chip.said = []
    run(slots.adopt_pending(record))
    assert chip.said == [0x21] + [0x19 + offset for offset in range(8)] + [0x21, "INCR"]


def test_a_record_in_force_gets_only_its_trailer():
    chip = issued()
    slots = looked(chip)
    record = after(slots, 1)
    chip.said, chip.cut_at = [], 10
    assert lost(slots.append(record))
    slots = looked(chip)
    assert slots.newest.record == record and not slots.newest.done
    chip.said = []
    run(slots.finish_newest())
    assert chip.said == [0x21] and looked(chip).newest.done


def test_macs_down_the_chain_count_with_the_counter():
    chip = issued()
    records = [OPENING]
    for stamps in (1, 2, 3):
        slots = looked(chip)
        records.append(after(slots, stamps))
        run(slots.append(records[-1]))
    slots = looked(chip)
    assert slots.mac_at(records[3]) == slots.newest.mac
    for depth in (0, 1, 2):
        assert slots.mac_at(records[2 - depth], depth + 1)[:4] == records[3 - depth].previous
    assert slots.mac_at(OPENING, 2)[:4] != records[1].previous


def test_an_older_image_is_told_by_the_counter():
    chip = issued()
    image = list(chip.pages)
    for _ in range(3):
        slots = looked(chip)
        run(slots.append(after(slots, 1)))
    assert not looked(chip).counter_ahead
    chip.pages = image
    slots = looked(chip)
    assert slots.newest is None and slots.counter_ahead
    run(slots.append(Record(1, fields.REPAIR, 0, 1, 20, MINUTE, 1, 9, NO_LINK, (UNUSED,))))  # what `card repair` does
    assert looked(chip).newest.record.sequence == 20 and chip.counter == 5
    empty = CountedChip()
    empty.counter = 9
    assert not looked(empty).counter_ahead


def test_the_newest_may_be_one_count_behind_but_not_two():
    chip = issued()
    chip.counter = 2
    assert looked(chip).newest.record == OPENING and looked(chip).mac_at(OPENING) == looked(chip).newest.mac
    chip.counter = 3
    assert looked(chip).newest is None


def test_without_a_good_slot_a_pending_one_is_written_over():
    chip = issued()
    slots = looked(chip)
    chip.said, chip.cut_at = [], 9
    assert lost(slots.append(after(slots, 1)))
    for page in range(0x10, 0x19):
        chip.pages[page] = bytes(4)
    slots = looked(chip)
    assert slots.newest is None and states(slots) == [BLANK, PENDING]
    run(slots.append(OPENING))
    assert states(looked(chip)) == [BLANK, VALID] and looked(chip).newest.record == OPENING


def test_a_counter_that_did_not_rise_by_one_is_no_success():
    for step in (0, 2):
        chip = issued()
        slots = looked(chip)

        def increment(chip=chip, step=step):
            chip.counter += step
            return
            yield

        chip.increment = increment
        try:
            run(slots.append(after(slots, 1)))
            raise AssertionError(step)
        except CardAnswered as error:
            assert error.code == "COUNTER_NOT_RAISED"


def test_every_flipped_bit_of_a_slot_is_refused():
    chip = issued()
    whole = b"".join(chip.pages[0x10:0x19])
    assert whole[-4:] == trailer_done(1)
    for bit in range(32 * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        for offset in range(SLOT_PAGES):
            chip.pages[FIRST + offset] = bytes(flipped[4 * offset : 4 * offset + 4])
        assert looked(chip).newest is None, bit
