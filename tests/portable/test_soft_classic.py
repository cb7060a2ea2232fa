"""SoftClassic1k: keys, access conditions, trailers, and the driver that keeps a copy on it."""

from cardos.errors import BadInput, CardAnswered, CardLost, CardRefused, RangeError
from cardos.families import classic
from cardos.soft_cards.classic_1k_access import conditions
from cardos.soft_cards.registry import load_card, new_card
from cardos.soft_cards.tears import TornCard
from cardos.soft_cards.two_step import CompatibilityWriteInOne
from tests.portable.type2_bench import GivenNoise, Line, refusal, refuses

UID = bytes.fromhex("12345678")
FF, KEY, OTHER = b"\xff" * 6, bytes.fromhex("a0a1a2a3a4a5"), bytes.fromhex("b0b1b2b3b4b5")
ACK, NAK = b"\x0a", b"\x04"
TRANSPORT = "ff078069"


def present(card):
    card.field_off()
    card.field_on()
    assert card.activate() is not None
    return card


def on_reader(uid=UID):
    return present(new_card("classic-1k", uid))


def auth(card, block, key=FF, letter="A", uid=b""):
    if not card.is_active:
        card.activate()
    return card.transceive((b"\x60" if letter == "A" else b"\x61") + bytes([block]) + key + uid)


def read(card, block):
    return card.transceive(bytes([0x30, block]))


def write(card, block, data):
    return card.transceive(bytes([0xA0, block]) + data)


def with_conditions(c1c2c3):
    """Access bytes that give every block of a sector this condition, as 4 bytes with the free one."""
    c1, c2, c3 = [0x0F if c1c2c3 >> i & 1 else 0 for i in (2, 1, 0)]
    return bytes([(c2 << 4 | c1) ^ 0xFF, c1 << 4 | c3 ^ 0x0F, c3 << 4 | c2, 0x69])


def sector_with(c1c2c3, trailer=None):
    """A card whose sector 1 has keys KEY and OTHER, data blocks under this condition, the trailer under `trailer`."""
    card = on_reader()
    bits = [with_conditions(c1c2c3), with_conditions(c1c2c3 if trailer is None else trailer)]
    mixed = bytes([bits[0][0] & 0x77 | bits[1][0] & 0x88, bits[0][1] & 0x77 | bits[1][1] & 0x88, bits[0][2] & 0x77 | bits[1][2] & 0x88, 0x69])
    assert conditions(mixed) == [c1c2c3] * 3 + [c1c2c3 if trailer is None else trailer]
    card.memory.place(7, KEY + mixed + OTHER)
    return card


def may(card, letter, block, data):
    """What a key may do with a block: "r", "w", "rw" or ""."""
    able = ""
    for right, act in (("r", lambda: read(card, block)), ("w", lambda: write(card, block, data))):
        assert auth(card, 4, KEY if letter == "A" else OTHER, letter) == ACK
        answer = act()
        able += right if answer != NAK else ""
    return able


def test_selection_and_delivery():
    card = new_card("classic-1k", UID)
    card.field_on()
    shown = card.activate()
    assert (shown.atqa, shown.sak, shown.uid, shown.ats) == (b"\x04\x00", 0x08, UID, None)
    assert auth(card, 0) == ACK and read(card, 0).hex() == "1234567808" + "08" + "0400" + "00" * 8
    assert read(card, 3) == bytes(6) + bytes.fromhex(TRANSPORT) + FF, "key A is hidden, key B is shown in transport"
    assert auth(card, 63) == ACK and read(card, 62) == bytes(16)


def test_seven_byte_uid():
    uid = bytes.fromhex("04a1b2c3d4e5f6")
    card = new_card("classic-1k", uid)
    card.field_on()
    shown = card.activate()
    assert (shown.atqa, shown.uid) == (b"\x44\x00", uid)
    assert auth(card, 4, uid=uid[-4:]) == ACK and auth(card, 4, uid=uid[:4]) is None
    assert load_card(card.state()).state() == card.state()
    for wrong in (b"", bytes(5), bytes(10)):
        assert refusal(BadInput, new_card, "classic-1k", wrong) == "BAD_INPUT"


def test_a_wrong_key_is_silence_and_the_card_drops():
    card = on_reader()
    assert auth(card, 4) == ACK
    assert auth(card, 4, KEY) is None and not card.is_active
    card.activate()
    assert read(card, 4) == NAK, "the sector is closed again"
    assert auth(card, 64) is None


def test_one_sector_is_open_at_a_time():
    card = on_reader()
    assert auth(card, 4) == ACK and read(card, 6) == bytes(16)
    assert auth(card, 8) == ACK and read(card, 4) == NAK and not card.is_active
    assert auth(card, 4) == ACK and card.transceive(b"\xc1\x04") == b"\x00", "no value commands"


def test_writing_in_one_frame_and_in_two():
    card = on_reader()
    assert auth(card, 4) == ACK and write(card, 4, bytes(range(16))) == ACK and read(card, 4) == bytes(range(16))
    assert write(card, 5, b"") == ACK and card.transceive(bytes(range(16))) == ACK and read(card, 5) == bytes(range(16))
    assert write(card, 5, b"") == ACK and card.transceive(bytes(4)) == NAK
    assert auth(card, 0) == ACK and write(card, 0, bytes(16)) == NAK, "the manufacturer's block"
    face = CompatibilityWriteInOne(card)
    assert auth(face, 8) == ACK and write(face, 8, bytes(range(16))) == ACK and read(face, 8) == bytes(range(16))


def test_access_conditions_of_data_blocks():
    table = {0b000: ("rw", "rw"), 0b010: ("r", "r"), 0b100: ("r", "rw"), 0b110: ("r", "rw"), 0b001: ("r", "r"), 0b011: ("", "rw"),
             0b101: ("", "r"), 0b111: ("", "")}
    for condition, expected in table.items():
        card = sector_with(condition, trailer=0b011)
        assert (may(card, "A", 4, bytes(16)), may(card, "B", 4, bytes(16))) == expected, condition


def test_a_key_b_that_can_be_read_opens_nothing():
    card = sector_with(0b000, trailer=0b001)
    assert auth(card, 4, OTHER, "B") == ACK
    assert read(card, 4) == NAK


def test_trailers():
    new = b"\x11" * 6 + with_conditions(0b011) + b"\x22" * 6
    written = {0b000: ("A", (True, False, True)), 0b100: ("B", (True, False, True)), 0b001: ("A", (True, True, True)),
               0b011: ("B", (True, True, True)), 0b101: ("B", (False, True, False))}
    for condition in range(8):
        letter, parts = written.get(condition, ("A", None))
        card = sector_with(0b000, trailer=condition)
        old = bytes.fromhex(card.state()["pages"][7])
        assert auth(card, 4, KEY if letter == "A" else OTHER, letter) == ACK
        answer = write(card, 7, new)
        stored = bytes.fromhex(card.state()["pages"][7])
        if parts is None:
            assert answer == NAK and stored == old
        else:
            expected = [(new if part else old)[start:end] for part, (start, end) in zip(parts, ((0, 6), (6, 10), (10, 16)))]
            assert answer == ACK and stored == b"".join(expected), condition


def test_trailer_reads_mask_keys():
    for condition, key_b in ((0b001, OTHER), (0b000, OTHER), (0b010, OTHER), (0b011, bytes(6)), (0b111, bytes(6))):
        card = sector_with(0b000, trailer=condition)
        assert auth(card, 4, KEY) == ACK
        answer = read(card, 7)
        assert answer[:6] == bytes(6) and answer[10:] == key_b, condition


def test_contradicting_access_bits_block_the_sector():
    card = on_reader()
    card.memory.place(7, FF + b"\xff\x07\x81\x69" + FF)
    assert auth(card, 4) == ACK and read(card, 4) == NAK
    assert auth(card, 8) == ACK and read(card, 8) == bytes(16), "the others are well"


def test_a_torn_block_and_its_state():
    card = new_card("classic-1k", UID, noise=GivenNoise(b"\xa5" * 16))
    present(card)
    torn = TornCard(card, {1: "half:garbage"})
    assert auth(torn, 4) == ACK and write(torn, 4, b"\x11" * 16) is None and torn.is_lost
    assert card.state()["pages"][4] == "a5" * 16
    assert load_card(card.state()).state() == card.state()
    assert refuses(BadInput, card.memory.write, 4, bytes(4)), "a block has 16 bytes"
    bad = card.state()
    bad["pages"] = bad["pages"][:-1] + ["00000000"]
    assert refusal(BadInput, load_card, bad) == "BAD_INPUT"


# --- the driver ---

ISSUER, RECORD = bytes(range(16)), bytes(range(100, 132))


def test_the_copy_is_written_and_read_back():
    line = Line(on_reader())
    line.run(classic.write_mirror(UID, ISSUER, RECORD))
    assert [frame[:2].hex() for frame, _ in line.said] == ["6004", "a004", "a005", "a006"]
    assert line.said[0][0] == b"\x60\x04" + FF + UID and line.said[1][0] == b"\xa0\x04" + ISSUER
    assert line.yielded[0].secret and line.yielded[1].writes
    assert line.run(classic.read_mirror(UID, 32)) == (ISSUER, RECORD)


def test_a_long_record_goes_on_in_sector_2():
    line = Line(on_reader())
    record = bytes(range(80))
    line.run(classic.write_mirror(UID, ISSUER, record))
    assert [frame[1] for frame, _ in line.said] == [4, 4, 5, 6, 8, 8, 9, 10]
    assert line.run(classic.read_mirror(UID, 80)) == (ISSUER, record)
    assert refusal(RangeError, classic.mirror_blocks, ISSUER, bytes(81)) == "OUT_OF_RANGE"


def test_the_driver_never_writes_trailers():
    for block, data in ((0, bytes(16)), (3, bytes(16)), (7, bytes(16)), (4, bytes(15))):
        assert refuses(ValueError, Line(on_reader()).run, classic.write_block(block, data))


def test_refusals_of_the_card():
    card = on_reader()
    card.memory.place(7, KEY + bytes.fromhex(TRANSPORT) + OTHER)
    assert refusal(CardLost, Line(card).run, classic.write_mirror(UID, ISSUER, RECORD)) == "CARD_LOST"
    denied = Line(on_reader(), twist={0: lambda answer: NAK})
    assert refusal(CardRefused, denied.run, classic.authenticate(UID, 4)) == "WRONG_KEY"
    assert refusal(CardRefused, Line(on_reader()).run, classic.read_block(4)) == "READ_REFUSED"
    short = Line(on_reader(), twist={0: lambda answer: bytes(15)})
    assert refusal(CardAnswered, short.run, classic.read_block(4)) == "READ_AGAIN"
    full = Line(on_reader(), twist={1: lambda answer: NAK})
    assert refusal(CardRefused, full.run, classic.write_mirror(UID, ISSUER, RECORD)) == "WRITE_REFUSED"
