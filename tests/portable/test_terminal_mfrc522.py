"""The MFRC522 driver over the emulated chip: finding, anticollision, frames of both kinds of card, presence, and troubles of the chip."""

from cardos.errors import CardAnswered, CardLost, ReaderCannot, ReaderLost
from cardos.exchange import CLASSIC, ISO_DEP, TYPE2
from cardos.soft_cards.registry import new_card
from host_tools.soft_hardware.mfrc522_card import crc_a
from terminal.nfc_chips.buses.mfrc522_spi import SpiBus
from terminal.nfc_chips.mfrc522 import Mfrc522
from tests.portable.iso_dep_bench import ATS, EchoChip
from tests.portable.mfrc522_bench import Bench, Clock, fails, run

UID_4, UID_7, UID_10 = bytes.fromhex("5ca1b2c3"), bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04112233445566778899")
PASSWORD = b"\xda\xe5\x57\x96"
ACK, NAK = b"\x0a", b"\x00"


def chip(uid=UID_7, times=1):
    card = EchoChip(times)
    card.uid = uid
    return card


def echoing(times=1, **options):
    """A bench with an echoing ISO-DEP card that was found."""
    bench = Bench([chip(times=times)], **options)
    bench.card = bench.field._cards[0].card
    assert bench.find().kind == ISO_DEP
    bench.field.said = []
    return bench


def ntag(**options):
    bench = Bench([new_card("ntag215", UID_7)], **options)
    assert bench.find().kind == TYPE2
    bench.field.said = []
    return bench


# --- finding ---


def test_nobody_comes_within_the_time():
    bench = Bench()
    start = bench.clock.ticks_ms()
    assert bench.find(300) is None
    assert 300 <= bench.clock.ticks_ms() - start < 400
    assert not bench.is_present() and fails(CardLost, bench.exchange, b"\x30\x00")
    bench.release()


def test_what_selection_tells():
    bench = Bench([new_card("ntag215", UID_7)])
    start = bench.clock.ticks_ms()
    assert tuple(bench.find()) == (UID_7, 0x00, b"\x44\x00", b"", TYPE2) and bench.clock.ticks_ms() - start < 40
    found = Bench([chip()]).find()
    assert tuple(found) == (UID_7, 0x20, b"\x44\x03", ATS, ISO_DEP)
    found = Bench([new_card("classic-1k", UID_4)]).find()
    assert found.uid == UID_4 and found.kind == CLASSIC


def test_uids_of_every_size_alone_and_of_two_cards():
    near = (b"\x5c\xa1\xb2\x83", b"\x5c\xa1\xb2\x03")  # they differ in the last bit
    uids = near + (UID_4, UID_7, UID_10, b"\x5c\xa1\xb2\xc7", b"\x04\xa1\xb2\xc3\xd4\xe5\xf7", b"\x05\xa1\xb2\xc3\xd4\xe5\xf6", UID_10[:9] + b"\x98")
    for first in uids:
        assert Bench([chip(first)]).find().uid == first
        for second in uids:
            bench = Bench([chip(first), chip(second)])
            assert bench.find().uid in (first, second)
            assert bench.exchange(b"hello") == b"hello\x90\x00"


def test_a_heap_of_cards():
    uids = [bytes([0x04, number * 37 & 0xFF, number ^ 0x5A, 1, 2, number, 3]) for number in range(12)]
    bench = Bench([chip(uid) for uid in uids] + [chip(UID_4), chip(UID_10), new_card("ntag215", UID_7)])
    assert bench.find().uid in uids + [UID_4, UID_10, UID_7]


def test_selection_survives_lost_and_garbled_frames():
    whole = Bench([chip()])
    whole.find()
    for number in range(len(whole.field.said)):
        for kind in ("lose", "deafen", "garble"):
            bench = Bench([chip()])
            setattr(bench.field, kind, (number,))
            assert bench.find(500).uid == UID_7 and bench.exchange(b"a") == b"a\x90\x00", (number, kind)


def test_a_card_that_stayed_is_found_anew_and_a_random_id_changes():
    class Shy(EchoChip):
        count = 0

        def anticollision_uid(self):
            return b"\x08\x00\x00" + bytes([self.count])

        def _powered(self):
            self.count += 1

    bench = Bench([Shy()])
    first = bench.find().uid
    bench.release()
    assert bench.is_present() and bench.is_present()
    second = bench.find().uid
    assert first != second and first[0] == second[0] == 0x08 and bench.is_present()
    bench.field.lift()
    bench.field.lay(chip())
    assert not bench.is_present(), "another card"


# --- frames ---


def test_crc_a_of_the_coprocessor():
    frames = Bench().nfc._frames
    assert frames.crc_a(b"\x00\x00") == b"\xa0\x1e" and frames.crc_a(b"\x12\x34") == b"\x26\xcf"  # ISO/IEC 14443-3, annex B
    assert frames.crc_a(b"\x50\x00") == b"\x57\xcd"  # HLTA as everybody sends it
    for size in (1, 63, 64, 65, 128, 129, 250):
        data = bytes([(size + index) & 0xFF for index in range(size)])
        assert frames.crc_a(data) == crc_a(data), size


def test_type_2_frames_answers_of_4_bits_and_a_refusal():
    for has_irq in (False, True):
        bench = ntag(has_irq=has_irq)
        assert bench.exchange(b"\x60").hex() == "0004040201001103"
        assert bench.exchange(b"\xa2\x06abcd") == ACK
        assert bench.exchange(b"\xa0\x07" + b"efgh" + bytes(12)) == ACK, "two frames on air"
        assert bench.exchange(b"\xa2\xf0abcd") == NAK
        assert bench.exchange(b"\x30\x06")[:8] == b"abcdefgh", "selected again"
        for last in (0x00, 0x0F, 0x10, 0x40, 0x81):
            assert len(bench.exchange(b"\x3a\x00" + bytes([last]))) == 4 * (last + 1)


def protected():
    """A card that wants its password from page 16 on."""
    bench = ntag()
    for frame in (b"\xa2\x85" + PASSWORD, b"\xa2\x86\xab\xcd\x00\x00", b"\xa2\x83\x04\x00\x00\x10"):
        assert bench.exchange(frame) == ACK
    bench.find()
    return bench


def test_a_refusal_ends_an_authentication():
    bench = protected()
    assert bench.exchange(b"\x1b" + PASSWORD) == b"\xab\xcd" and bench.exchange(b"\xa2\x10abcd") == ACK
    assert bench.exchange(b"\xa2\xf0abcd") == NAK and bench.exchange(b"\xa2\x10abcd") == NAK


def test_type_2_answers_that_are_cut_or_garbled_or_missing():
    for kind in ("lose", "deafen", "garble"):
        bench = ntag()
        setattr(bench.field, kind, (0,))
        assert fails(CardLost, bench.exchange, b"\x30\x00")
        sent = len(bench.field.said)
        assert fails(CardLost, bench.exchange, b"\x30\x00") and len(bench.field.said) == sent, "nothing more is sent"
        assert bench.is_present() and bench.find() and bench.exchange(b"\x30\x00")[:3] == UID_7[:3]


def test_commands_of_every_length_both_ways():
    for options in ({}, {"frame_size": 256}, {"has_irq": True}, {"rate_limit_kbits": 848}):
        for times, sizes in ((1, (1, 58, 59, 60, 61, 62, 123, 255)), (5, (1, 13, 51))):
            bench = echoing(times, **options)
            for size in sizes:
                frame = bytes([(size + index) & 0xFF for index in range(size)])
                assert bench.exchange(frame) == frame * times + b"\x90\x00", (options, size)
            assert len(bench.card.commands) == len(sizes)


def test_no_frame_is_longer_than_the_fifo_unless_asked_for():
    bench = echoing(5)
    bench.exchange(bytes(300))
    assert max([len(frame) for frame in bench.field.said]) == 64
    long = Bench([new_card("desfire-ev2", UID_7)], frame_size=256)
    long.find()
    assert fails(CardLost, run, long.nfc._block(bytes(254), 10)) and len(long.field.said[-1]) == 256
    assert fails(ReaderCannot, run, long.nfc._block(bytes(255), 10))


def test_every_block_may_be_lost_or_garbled_once_or_twice():
    for size, times in ((10, 1), (70, 2)):
        whole = echoing(times)
        whole.exchange(bytes(size))
        for number in range(len(whole.field.said)):
            for kind in ("lose", "deafen", "garble"):
                for count in (1, 2):
                    bench = echoing(times)
                    setattr(bench.field, kind, tuple(range(number, number + count)))
                    assert bench.exchange(bytes(size)) == bytes(size * times) + b"\x90\x00", (size, number, kind, count)
                    assert len(bench.card.commands) == 1 and bench.exchange(b"next")[:4] == b"next"


def test_a_card_that_needs_more_time():
    for requests, multiplier in ((1, 1), (3, 59)):
        bench = Bench()
        bench.field.lay(chip(), requests, multiplier)
        bench.find()
        assert bench.exchange(b"slow") == b"slow\x90\x00" and bench.field.said.count(bytes([0xF2, multiplier]) + crc_a(bytes([0xF2, multiplier]))) == requests


def test_bit_rates_by_pps():
    bench = echoing(rate_limit_kbits=424)
    assert bench.exchange(b"fast") == b"fast\x90\x00" and bench.field._cards[0].bit_rates == (2, 2) and bench.chip.read(0x24) == 0x0A
    bench.release()
    assert bench.is_present() and bench.find() and bench.exchange(b"again") == b"again\x90\x00"
    for kind in ("lose", "deafen", "garble"):
        bench.field.lose = bench.field.deafen = bench.field.garble = ()
        bench.field.said = []
        setattr(bench.field, kind, (6,))  # PPS, after WUPA, twice anticollision and SELECT, and RATS
        assert bench.find(500) and bench.field._cards[0].bit_rates == (0, 0) and bench.exchange(b"slowly") == b"slowly\x90\x00"


def test_a_card_that_talks_nonsense():
    class Mad(EchoChip):
        ats = b"\x02\x75"  # announces more than there is

    assert Bench([Mad()]).find(200) is None
    bench = echoing()
    bench.field.hear = lambda data, last_bits, divisor, now: (0xFFFFFF, 24, None, 0, 1200)
    assert fails(CardLost, bench.exchange, b"a") and fails(CardLost, bench.exchange, b"a"), "a wrong CRC is silence"
    bench = echoing()
    bench.field.hear = lambda data, last_bits, divisor, now: (int.from_bytes(b"\xe5" + crc_a(b"\xe5"), "little"), 24, None, 0, 1200)
    assert fails(CardAnswered, bench.exchange, b"a") and fails(CardLost, bench.exchange, b"a")


def test_what_this_chip_cannot_carry():
    bench = Bench([new_card("classic-1k", UID_4)])
    bench.find()
    sent = len(bench.field.said)
    assert fails(ReaderCannot, bench.exchange, b"\x60\x04") and len(bench.field.said) == sent
    bench = ntag()
    assert fails(ReaderCannot, bench.exchange, bytes(255)) and not bench.field.said and bench.is_present()
    assert fails(ValueError, Mfrc522, bench.bus, None, None, 128)


# --- presence ---


def test_a_resting_card_is_never_seen_as_gone():
    for bench in (ntag(), echoing()):
        for number in range(20):
            assert bench.is_present()
            if number == 8:
                assert bench.exchange(b"\x30\x00" if bench.nfc.card.kind == TYPE2 else b"\x00")
            if number == 12:
                bench.release()
        assert fails(CardLost, bench.exchange, b"\x30\x00"), "it was let go"
        bench.field.lift()
        assert not bench.is_present() and not bench.is_present()


def test_one_lost_answer_or_a_garbled_one_is_no_removal():
    for make in (ntag, echoing):
        for is_released in (False, True):
            for kind in ("lose", "deafen", "garble"):
                for number in (0, 1, 2, 5):
                    bench = make()
                    if is_released:
                        bench.release()
                    bench.field.said = []
                    setattr(bench.field, kind, (number,))
                    assert bench.is_present() and bench.is_present(), (is_released, kind, number)


def test_a_card_that_is_only_heard_badly_is_there():
    for make in (ntag, echoing):
        bench = make()
        bench.field.garble = range(100)
        assert bench.is_present()
        bench.release()
        assert bench.is_present()


def test_another_card_is_not_taken_for_the_one_that_left():
    bench = ntag()
    bench.field.lay(new_card("ntag215", b"\x04" + bytes(6)))
    assert bench.is_present(), "beside it"
    bench.field.lift()
    bench.field.lay(new_card("ntag215", b"\x04" + bytes(6)))
    assert not bench.is_present() and not bench.is_present()
    assert bench.find().uid == b"\x04" + bytes(6)


def test_presence_asks_within_the_session():
    bench = echoing(3)
    bench.exchange(bytes(100))
    bench.field.said = []
    assert bench.is_present() and [frame[:-2] for frame in bench.field.said] == [b"\xb2"]
    assert bench.exchange(b"on") == b"ononon\x90\x00" and bench.nfc.exchanges == 2
    bench = protected()
    assert bench.exchange(b"\x1b" + PASSWORD) == b"\xab\xcd" and bench.is_present() and bench.exchange(b"\xa2\x10abcd") == ACK
    bench.field.said, bench.field.lose = [], (0, 1, 2)
    assert bench.is_present() and fails(CardLost, bench.exchange, b"\xa2\x10abcd"), "it was selected anew, and forgot"


# --- the chip itself ---


class DeadPort:
    """A wire that hangs: every bit reads the same."""

    def __init__(self, level):
        self.level = level

    def write_readinto(self, _data, into):
        for index in range(len(into)):
            into[index] = self.level


class Pin:
    def value(self, *_level):
        return 1


def test_chips_that_are_known_and_wires_without_any():
    for version in (0x91, 0x92, 0x88, 0xB2):
        assert Bench([chip()], version=version).find()
    assert fails(ReaderLost, Bench, (), False, 0x37)
    for level in (0x00, 0xFF):
        clock = Clock()
        bus = SpiBus(DeadPort(level), Pin(), ticks_ms=clock.ticks_ms, sleep_ms=clock.sleep_ms)
        assert fails(ReaderLost, run, Mfrc522(bus, clock.ticks_ms, clock.sleep_ms).start())


def test_a_wire_that_comes_off_in_an_exchange():
    for level in (0x00, 0xFF):
        for after in range(0, 40, 4):
            bench = echoing()
            left, real = [after], bench.port.write_readinto

            def transfer(data, into, left=left, real=real, level=level):
                left[0] -= 1
                real(data, into) if left[0] >= 0 else DeadPort(level).write_readinto(data, into)

            bench.port.write_readinto = transfer
            try:
                assert bench.exchange(b"abc") == b"abc\x90\x00"
            except (ReaderLost, CardLost):  # a reader that is gone; or a card, when what was read still made sense
                assert left[0] < 0
            bench.port.write_readinto = real
            run(bench.nfc.start())
            assert bench.find() and bench.exchange(b"abc") == b"abc\x90\x00"


def test_an_error_of_the_port_is_a_lost_reader():
    bench = echoing()

    def broken(data, into):
        raise OSError(5)

    bench.port.write_readinto = broken
    assert fails(ReaderLost, bench.exchange, b"abc") and fails(ReaderLost, bench.is_present)


def test_a_chip_that_lost_its_supply_for_a_moment():
    bench = echoing()
    bench.chip.hold(True)
    bench.chip.hold(False)
    assert fails(ReaderLost, bench.exchange, b"abc")
    run(bench.nfc.start())
    assert bench.find() and bench.exchange(b"abc") == b"abc\x90\x00"
    run(bench.nfc.stop())
    assert not bench.field._is_on
    run(bench.nfc.start())
    assert bench.find()


def test_a_board_that_is_too_slow_never_shortens_a_command():
    class Slow(EchoChip):
        ats = b"\x06\x78\x77\x81\x02\x80"  # takes frames of 256 bytes

    for window_us in (100, 500, 1000, 3000, 6000, 9000):
        bench = Bench([Slow()], frame_size=256)
        card = bench.field._cards[0].card
        bench.find()
        bench.port._on_transfer = lambda count, bench=bench, window_us=window_us: bench.clock.transfer(count + window_us)
        command = bytes([index for index in range(240)])
        try:
            assert bench.exchange(command) == command + b"\x90\x00"
        except CardLost:  # the answer, or the command as a whole, was too fast for this board
            assert window_us >= 1000
        assert card.commands in ([], [command]), window_us


def test_a_cancelled_exchange_leaves_a_chip_that_works():
    class Stop(Exception):
        pass

    bench = echoing()

    async def sleep_ms(ms):
        raise Stop()

    bench.nfc._frames._sleep_ms, kept = sleep_ms, bench.nfc._frames._sleep_ms
    bench.field.answer_us = 3000
    assert fails(Stop, bench.exchange, b"abc")
    bench.nfc._frames._sleep_ms, bench.field.answer_us = kept, 0
    bench.clock.us += 20000
    assert bench.chip.read(0x0A) == 6, "its answer came and lies in the FIFO"
    assert fails(CardLost, bench.exchange, b"abc"), "nobody knows what became of that command"
    bench.field.said = []
    assert bench.is_present() and bench.field.said[0] == b"\x52", "nothing of it is sent"
    assert bench.find() and bench.exchange(b"abc") == b"abc\x90\x00"


def test_irq_saves_the_bus():
    looks = []
    for has_irq in (False, True):
        bench = echoing(has_irq=has_irq)
        bench.field.answer_us = 40000
        before = bench.port.transfers
        assert bench.exchange(b"abc") == b"abc\x90\x00"
        looks.append(bench.port.transfers - before)
    assert looks[1] < looks[0]
