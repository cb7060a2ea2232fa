"""Records in files: two slots of an NTAG 424 DNA, one record of a DESFire; golden bytes and what is said to the chip."""

from cardos.records import backup_record, fields, file_slots
from cardos.records.backup_record import BackupRecord, reader_id
from cardos.records.diversification import CardKeys
from cardos.records.file_slots import FileSlots
from cardos.records.issuer_block import LAYOUT_DESFIRE, LAYOUT_NTAG424, IssuerBlock, Profile
from cardos.records.page_slots import PageSlots
from cardos.records.record import NO_LINK, UNUSED, Counter, Record, RecordMac, trailer_done
from cardos.records.snapshot import BLANK, INVALID, VALID, ReadAgain
from tests.portable.chips import CommitChip, FileChip, run
from tests.portable.shop import DAY, KEYS, MINUTE, SCHEME, UID

CARD_KEYS = CardKeys(KEYS, SCHEME, UID)
OPENING = Record(1, fields.OPENING, 0, 1, 1, MINUTE, 1, 1, NO_LINK, (UNUSED,))
OPENING_BODY = "11010101000001014e380001000100000000000000000000"


def earned(previous):
    return Record(1, fields.EARN, 0, 1, 2, MINUTE, 1, 2, previous, (Counter(1, 1, 0),))


def mac_of(family, layout):
    block = IssuerBlock(1, SCHEME, 0, 1, Profile(layout, 1, False, False), DAY).encode(family, CARD_KEYS)
    return block, RecordMac(family, CARD_KEYS, block)


def ntag424(counters=1):
    block, mac = mac_of("ntag424", LAYOUT_NTAG424)
    chip = FileChip(file_slots.image_size(counters))
    chip.file = block + chip.file[16:]
    return chip, mac


def slots_of(chip, mac):
    slots = FileSlots(chip, 1, mac)
    run(slots.read())
    return slots


def desfire():
    block, mac = mac_of("desfire-ev2", LAYOUT_DESFIRE)
    chip = CommitChip(backup_record.image_size(1))
    chip.file = block + chip.file[16:]
    return chip, mac


def record_of(chip, mac):
    slots = BackupRecord(chip, 1, mac)
    run(slots.read())
    return slots


def test_sizes():
    assert [file_slots.image_size(n) for n in (1, 3)] == [88, 112]
    assert [backup_record.image_size(n) for n in (1, 3, 9)] == [56, 68, 104] and backup_record.record_size(1) == 32


def test_ntag424_golden_bytes():
    chip, mac = ntag424()
    slots = slots_of(chip, mac)
    assert slots.newest is None
    link = run(slots.append(OPENING))[:4]
    run(slots.append(earned(link)))
    assert chip.file.hex() == (
        "11ffff0000000000012008cb2cafbf34"
        + OPENING_BODY + "d0c67c7aef479603" + "5aff0001"
        + "11010201000002014e3800010002d0c67c7a010000010000" + "5e2de24a9e448a21" + "5aff0002"
    )  # fmt: skip


def test_ntag424_says_one_frame_a_record():
    chip, mac = ntag424()
    slots = slots_of(chip, mac)
    assert chip.said == [("read", 16, 72)] * 2  # no good slot: once more
    link = run(slots.append(OPENING))[:4]
    slots = slots_of(chip, mac)
    chip.said = []
    for generator in (slots.finish_newest(), slots.confirm_newest(), slots.scrub_other(), slots.adopt_pending(OPENING)):
        assert run(generator) is None
    assert chip.said == []
    run(slots.append(earned(link)))
    assert len(chip.said) == 1 and chip.said[0][:2] == ("write", 52) and len(chip.said[0][2]) == 36
    third = Record(1, fields.EARN, 0, 1, 3, MINUTE, 1, 3, slots.newest.link, (Counter(1, 2, 0),))
    run(slots.append(third))
    assert chip.said[1][:2] == ("write", 16)
    slots = slots_of(chip, mac)
    assert slots.newest.record == third and slots.snapshot.other.record.sequence == 2
    assert slots.mac_at(third) == slots.newest.mac and slots.links()[third.previous] == link


def test_ntag424_takes_what_the_tap_has_read():
    chip, mac = ntag424()
    run(slots_of(chip, mac).append(OPENING))
    chip.said = []
    slots = FileSlots(chip, 1, mac)
    run(slots.read(chip.file[16:]))
    assert chip.said == [] and slots.newest.record == OPENING


def test_desfire_golden_bytes():
    chip, mac = desfire()
    slots = record_of(chip, mac)
    assert slots.newest is None and slots.snapshot.slots[0].state == BLANK and slots.transaction_mac is None
    opening_mac = run(slots.append(OPENING))
    assert chip.file[16:].hex() == OPENING_BODY + opening_mac.hex() + "0000000000000000"
    chip.said = []
    slots = record_of(chip, mac)
    record = earned(opening_mac[:4])
    run(slots.append(record))
    body = "11010201000002014e3800010002" + opening_mac[:4].hex() + "010000010000"
    assert chip.file[16:].hex() == body + slots.newest.mac.hex() + opening_mac.hex()
    assert chip.said == [
        ("read", 16, 40), ("write", 16, chip.file[16:]), ("past", bytes.fromhex(OPENING_BODY) + opening_mac), ("reader", reader_id(record)), ("commit",),
    ]  # fmt: skip
    assert slots.transaction_mac == (2, bytes(8)) and slots.predecessor == opening_mac
    assert reader_id(record).hex() == "7374616d706400000200010002000000"


def test_desfire_record_and_predecessor():
    chip, mac = desfire()
    slots = record_of(chip, mac)
    link = run(slots.append(OPENING))[:4]
    slots = record_of(chip, mac)
    run(slots.append(earned(link)))
    for raw in (None, chip.file[16:48], chip.file[16:]):
        slots = BackupRecord(chip, 1, mac)
        run(slots.read(raw))
        assert slots.newest.record == earned(link) and slots.newest.done and slots.newest.state == VALID
        assert slots.predecessor == (b"" if raw is not None and len(raw) == 32 else chip.file[48:])
        assert slots.links() == {slots.newest.link: link} and not slots.snapshot.forked
        for generator in (slots.finish_newest(), slots.confirm_newest(), slots.scrub_other(), slots.adopt_pending(OPENING)):
            assert run(generator) is None


def test_desfire_a_false_first_read_is_read_again():
    chip, mac = desfire()
    run(record_of(chip, mac).append(OPENING))
    slots = BackupRecord(chip, 1, mac)
    try:
        run(slots.read(bytes([chip.file[16] ^ 1]) + chip.file[17:]))
        raise AssertionError("one of two reads decided")
    except ReadAgain as error:
        assert error.code == "READ_AGAIN"
    chip.file = chip.file[:16] + bytes([chip.file[16] ^ 1]) + chip.file[17:]
    slots = record_of(chip, mac)
    assert slots.newest is None and slots.snapshot.slots[0].state == INVALID


def test_every_flipped_bit_of_a_record_is_refused():
    for chip, mac, look, size in ((ntag424() + (slots_of, 32)), (desfire() + (record_of, 32))):
        run(look(chip, mac).append(OPENING))
        whole = chip.file
        for bit in range(16 * 8, (16 + size) * 8):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            chip.file = bytes(flipped)
            assert look(chip, mac).newest is None, bit


def test_a_slot_of_one_family_is_nothing_on_another():
    block, mac = mac_of("ultralight-c", 6)
    chip, other = ntag424()
    run(slots_of(chip, other).append(OPENING))
    image = chip.file[16:]

    class Pages:
        def read(self, first, last):
            return image
            yield

    slots = PageSlots(Pages(), 0x10, 1, mac)
    run(slots.read())
    assert slots.newest is None and image[32:36] == trailer_done(1)
