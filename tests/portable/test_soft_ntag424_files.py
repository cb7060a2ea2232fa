"""Reading and writing the files of the soft NTAG 424 DNA: every access condition, modes, lengths, tears."""

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.ntag424_settings import parse_settings
from cardos.soft_cards.pages import OUTCOMES
from tests.portable.ntag424_bench import FULL, MAC, OK, PLAIN, UID, Reader, native, on_reader, place, send, wrapped

READ, WRITE = 12, 8  # where the nibbles of the access word stand
READ_WRITE = 4


def file_3(card, comm, word):
    """Give file 3 this communication mode (0, 1, 3) and access word; back with the card, not authenticated."""
    card.files[2].settings = parsed(comm, word)
    send(card, "00a4040007d276000085010100")
    return card


def parsed(comm, word):
    return parse_settings(bytes([comm, word & 0xFF, word >> 8]), 128, False, False, None)


def attempt(card, number, write, mode):
    """What a reader gets that authenticates with key `number` (None: not at all) and sends in `mode`."""
    if number is None:
        return native(card, 0x8D, place(3, 0, 1) + "aa")[-4:] if write else native(card, 0xAD, place(3, 0, 1))[-4:]
    reader = Reader(card, number)
    answer = reader.write(3, 0, "aa", mode) if write else reader.read(3, 0, 1, mode)
    return answer if len(answer) == 4 else OK


def expected(right, both, number):
    """(status, mode) for the two conditions that govern a read or a write."""
    if number is not None and number in (right, both):
        return OK, FULL
    if 0xE in (right, both):
        return OK, PLAIN
    return ("919d" if right == both == 0xF else "91ae"), PLAIN


def test_every_access_condition_for_reading_and_writing():
    card = on_reader()
    for write, shift in ((False, READ), (True, WRITE)):
        for right in (0, 1, 4, 0xE, 0xF):
            for both in (0, 2, 0xE, 0xF):
                word = 0xFF0F & ~(0xF << shift) | right << shift | both << READ_WRITE
                for number in (None, 0, 1, 2, 4):
                    status, mode = expected(right, both, number)
                    file_3(card, 3, word)
                    case = (write, right, both, number)
                    assert attempt(card, number, write, mode) == status, case


def test_a_free_file_is_plain_in_a_session_and_the_other_form_is_refused():
    card = on_reader()
    for comm in (1, 3):
        file_3(card, comm, 0xE21F)
        assert Reader(card, 0).read(3, 0, 2, PLAIN) == "007e"
        assert Reader(card, 0).read(3, 0, 2, FULL) == "917e"
        assert Reader(card, 1).read(3, 0, 2, comm) == "007e"  # ReadWrite grants it: the file's own mode
        assert Reader(card, 1).read(3, 0, 2, PLAIN) == "917e"


def test_modes_of_a_file():
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family)
        for comm, mode in ((0, PLAIN), (1, MAC), (2, PLAIN), (3, FULL)):
            file_3(card, comm, 0x2330)
            reader = Reader(card, 3)
            assert reader.write(3, 4, "0102030405060708090a", mode) == ""
            assert reader.read(3, 4, 10, mode) == "0102030405060708090a"
            assert reader.call(0x51) == UID.hex()
            for other in (PLAIN, MAC, FULL):
                if other != mode:
                    assert Reader(card, 3).write(3, 4, "ff", other) == "917e", (comm, other)
            assert Reader(card, 2).write(3, 4, "ff", mode) == "91ae"


def test_lengths_and_places():
    card = on_reader()
    for header, sw in (
        (place(2, 0, 256), None), (place(2, 0, 0), None), (place(2, 255, 1), None), (place(2, 255, 0), None), (place(2, 250, 0), None),
        (place(2, 256, 0), "91be"), (place(2, 256, 1), "91be"), (place(2, 0, 257), "91be"), (place(2, 0xFFFFFF, 0xFFFFFF), "91be"),
        (place(4, 0, 1), "91f0"), (place(0, 0, 1), "91f0"), (place(0x22, 0, 1), "919e"), ("0200", "917e"), ("", "917e"),
        (place(2, 0, 1) + "00", "917e"),
    ):  # fmt: skip
        answer = native(card, 0xAD, header)
        assert answer[-4:] == OK if sw is None else answer == sw, header
    assert len(native(card, 0xAD, place(2, 250, 0))) == 12 + 4
    for header, sw in (
        (place(2, 0, 1) + "aa", OK), (place(2, 255, 1) + "aa", OK), (place(2, 255, 2) + "aabb", "91be"), (place(2, 0, 0), "919e"),
        (place(2, 0, 2) + "aa", "917e"), (place(2, 0, 1), "917e"), (place(9, 0, 1) + "aa", "91f0"), (place(1, 0, 1) + "aa", "91ae"),
        (place(2, 0, 248) + "55" * 248, OK), ("02", "917e"),
    ):  # fmt: skip
        assert native(card, 0x8D, header) == sw, header


def test_an_answer_longer_than_a_short_le_allows():
    card = on_reader()
    assert Reader(card).settings(2, "030000") == ""
    assert Reader(card).read(2, 0, 0) == "917e" and Reader(card).read(2, 0, 248) == "917e"
    assert Reader(card).read(2, 16, 239) == "00" * 239


def test_commands_of_the_application_at_picc_level():
    card = on_reader(selected=False)
    for ins, data in (
        (0xAD, place(2, 0, 1)), (0x8D, place(2, 0, 1) + "aa"), (0xF5, "02"), (0x5F, "0200e0ee"), (0xF6, "02"), (0xC4, "00"), (0x5C, "00"),
    ):  # fmt: skip
        assert native(card, ins, data) == "919d", hex(ins)
    assert native(card, 0x64, "01") == "00" + OK and native(card, 0x64, "05") == "9140" and native(card, 0x64) == "917e"


def torn_write(card, reader, data, outcome, mode=FULL):
    frame = reader.frame(0x8D, bytes.fromhex(place(3, 0, len(data))), data, mode)
    return card.transceive_torn(frame, outcome)


def test_a_write_of_one_frame_is_old_or_new():
    old, new = b"\x11" * 80, b"\x22" * 80
    for outcome in OUTCOMES:
        card = on_reader()
        assert Reader(card, 3).write(3, 0, old.hex()) == ""
        told = []
        reader = Reader(card, 3)
        card.on_change = lambda told=told: told.append(1)
        _, torn = torn_write(card, reader, new, outcome)
        assert torn and told
        assert bytes(card.files[2].data[:80]) == (new if outcome in ("garbage", "new", "weak") else old), outcome


def test_a_chained_write_that_is_torn_leaves_a_mixture():
    old, new = b"\x11" * 128, b"\x22" * 128
    seen = set()
    for outcome in OUTCOMES:
        card = on_reader(noise=Noise(3))
        card.files[2].data[:] = old
        _, torn = torn_write(card, Reader(card, 3), new, outcome)
        left = bytes(card.files[2].data)
        assert torn and (left == old) == (outcome == "old") and (left == new) == (outcome == "new"), outcome
        assert outcome == "old" or left.startswith(b"\x22" * 64)
        seen.add(left)
    assert len(seen) == len(OUTCOMES)


def test_the_block_layer_says_that_a_short_frame_was_chained():
    card = on_reader(noise=Noise(3))
    card.files[2].data[:] = b"\x11" * 128
    reader = Reader(card, 3)
    card.frame_was_chained = True
    torn_write(card, reader, b"\x22" * 32, "zero")
    assert bytes(card.files[2].data[:33]) == b"\x22" * 16 + bytes(16) + b"\x11"
    assert card.frame_was_chained is False
    assert Reader(card, 3).write(3, 0, "ab") == ""  # not torn: chained or not, it is written
    card.frame_was_chained = True
    assert native(card, 0xAD, place(2, 0, 1)) == "00" + OK


def test_a_chained_write_with_a_wrong_mac_has_begun_already():
    for comm in (1, 3):
        card = file_3(on_reader(), comm, 0x2330)
        reader = Reader(card, 3)
        frame = bytearray(reader.frame(0x8D, bytes.fromhex(place(3, 0, 120)), b"\x55" * 120, comm))
        frame[-2] ^= 1
        before = bytes(card.files[2].data)
        assert card.transceive(bytes(frame)).hex() == "911e"
        after = bytes(card.files[2].data)
        assert after != before and after[60:] == before[60:]
        assert (after[:60] == b"\x55" * 60) == (comm == 1)


def test_chained_writing_can_be_forbidden():
    card = on_reader()
    assert Reader(card).configure(0x04, "0000") == "" and not card.chained_writes_refused
    assert Reader(card).configure(0x04, "0400") == ""
    assert Reader(card, 3).write(3, 0, "aa" * 128) == "919d"
    assert Reader(card, 3).write(3, 0, "aa" * 80) == ""
    reader = Reader(card, 3)
    card.frame_was_chained = True
    assert reader.write(3, 0, "aa") == "919d"
    assert native(card, 0x8D, place(2, 0, 200) + "55" * 200) == OK  # plain files are not meant
    assert Reader(card).configure(0x04, "0000") == "" and card.chained_writes_refused


def test_update_binary_is_one_frame_or_chained():
    for size, whole in ((100, True), (200, False)):
        card = on_reader(noise=Noise(3))
        send(card, "00a4000c02e104")
        frame = bytes([0x00, 0xD6, 0, 0, size]) + b"\x77" * size
        _, torn = card.transceive_torn(frame, "zero")
        left = bytes(card.files[1].data[:size])
        assert torn and (left == bytes(size)) == whole


def test_reading_is_never_torn():
    card = on_reader()
    assert card.transceive_torn(wrapped(0xAD, bytes.fromhex(place(2, 0, 1))), "garbage") == (b"\x00\x91\x00", False)
