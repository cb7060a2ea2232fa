"""The PN532 driver of the board against a chip that answers as told: finding cards, exchanges, presence, and every bus."""

from cardos.errors import CardLost, ReaderCannot, ReaderLost
from terminal.nfc_chips.pn532 import ANSWER_MAX, Pn532
from tests.portable.pn532_bench import BUSES, CONFUSED, DEAF, SILENT, Clock, FakeChip, listing, on_i2c, on_spi, on_uart, raises, run, with_crc

UID = "04416d412b0289"
TYPE2 = listing(0x00, UID)
ISO_DEP = listing(0x20, UID, "0344", "067777710280")
READ, PAGES = b"\x30\x04", "000102030405060708090a0b0c0d0e0f"


def bench(answers=None, bus=on_uart):
    """(driver, chip, clock), started."""
    clock = Clock()
    chip = FakeChip(answers)
    driver = Pn532(bus(chip, clock), clock.ticks_ms, clock.sleep_ms)
    run(driver.start())
    chip.said = []
    return driver, chip, clock


def with_card(listed=TYPE2, answers=None, bus=on_uart):
    """As `bench`, with a card found."""
    told = {0x4A: [listed]}
    told.update(answers or {})
    driver, chip, clock = bench(told, bus)
    assert run(driver.find(1000)) is not None
    chip.said = []
    return driver, chip


# --- start ---


def test_start_wakes_checks_and_sets_up():
    clock = Clock()
    chip = FakeChip()
    driver = Pn532(on_uart(chip, clock), clock.ticks_ms, clock.sleep_ms)
    run(driver.start())
    assert chip.said == ["abort", "14011401", "02", "1210", "320400", "320100"] and driver.firmware == (1, 6)


def test_a_chip_that_needs_two_wake_ups_is_started():
    driver, _, _ = bench({0x14: [DEAF, DEAF, DEAF, ""]})
    assert driver.firmware == (1, 6)


def test_nobody_another_chip_and_no_wire_are_reader_lost():
    for told in ({0x14: [DEAF]}, {0x02: ["33010607"]}, {0x02: [""]}, {0x02: [CONFUSED]}, {0x32: [SILENT]}):
        clock = Clock()
        chip = FakeChip(told)
        driver = Pn532(on_uart(chip, clock), clock.ticks_ms, clock.sleep_ms)
        assert raises(ReaderLost, driver.start()).code == "READER_GONE"
        assert raises(ReaderLost, driver.find(10)).code == "READER_GONE"
        run(driver.stop())
    bus = on_i2c(FakeChip(), Clock())
    bus._i2c.busy_calls = 10000
    assert raises(ReaderLost, Pn532(bus, Clock().ticks_ms, Clock().sleep_ms).start()).code == "READER_GONE"


# --- finding ---


def test_a_card_is_told_whole():
    for uid in ("82acb95d", UID, "04416d412b0289a1b2c3"):
        driver, chip, _ = bench({0x4A: [listing(0x00, uid, "0044")]})
        found = run(driver.find(1000))
        assert (found.uid.hex(), found.sak, found.atqa.hex(), found.ats, found.kind) == (uid, 0x00, "4400", b"", "type2")
        assert chip.said == ["32050100ff", "4a0100", "066303", "08630300"]
    driver, chip, _ = bench({0x4A: [ISO_DEP]})
    found = run(driver.find(1000))
    assert (found.atqa.hex(), found.ats.hex(), found.kind) == ("4403", "067777710280", "iso-dep") and chip.heard(0x08) == []
    driver, chip, _ = bench({0x4A: ["0101040008 0482acb95d"]})  # recorded from a user's reader
    assert run(driver.find(1000)).kind == "classic" and driver.card.uid.hex() == "82acb95d"


def test_no_card_is_none_after_its_time_and_the_poll_is_aborted():
    driver, chip, clock = bench({0x4A: [SILENT, TYPE2]})
    before = clock.now
    assert run(driver.find(2000)) is None and driver.card is None
    assert 2000 <= clock.now - before < 2100
    assert chip.said == ["32050100ff", "4a0100", "abort", "320100"]
    assert run(driver.find(2000)).uid.hex() == UID


def test_a_short_wait_is_one_look():
    driver, chip, _ = bench({0x4A: ["00"]})
    assert run(driver.find(0)) is None
    assert chip.said == ["3205010001", "4a0100", "320100"]


def test_what_no_card_can_be_is_reader_lost():
    for told in ("0101004400", "01010044000704", "010100440005" + "04" * 5, "010100440000"):
        driver, _, _ = bench({0x4A: [told]})
        raises(ReaderLost, driver.find(1000))


class Cancelled(BaseException):
    """As asyncio throws it into a task that waits."""


def cancelled_at(driver, word):
    """From now on a wait for the answer to `word` is cancelled, once."""
    bus, chip = driver._chip._bus, driver._chip._bus._line.chip
    ready = bus.ready

    async def cancelled(wait_ms):
        if chip.said[-1:] == [word]:
            bus.ready = ready
            bus._line.waiting = []
            raise Cancelled
        return await ready(wait_ms)

    bus.ready = cancelled


def test_a_cancelled_find_leaves_the_chip_fit():
    driver, chip, _ = bench({0x4A: [SILENT, TYPE2]})
    cancelled_at(driver, "4a0100")
    raises(Cancelled, driver.find(60000))
    assert run(driver.find(1000)).uid.hex() == UID
    assert chip.said[2:5] == ["abort", "320100", "4a0100"]


def test_a_cancelled_exchange_ends_the_card_s_turn():
    """Nobody knows what became of it, and another card may be there by now: nothing is sent until the next `find`."""
    for word, told in (("423004", {}), ("4a0100", {0x42: ["0000"]})):  # in the exchange, and in the selection before the next one
        driver, chip = with_card(answers=told or {0x42: [with_crc(PAGES)]})
        if told:
            run(driver.exchange(READ, 5))
        cancelled_at(driver, word)
        raises(Cancelled, driver.exchange(READ, 5))
        sent = len(chip.said)
        raises(CardLost, driver.exchange(READ, 5))
        assert len(chip.said) == sent
        assert run(driver.find(1000)).uid.hex() == UID and chip.said[sent : sent + 3] == ["abort", "5200", "320100"]
    driver, chip = with_card(answers={0x42: [with_crc(PAGES)]})
    cancelled_at(driver, "32020a0b07")  # whether the chip took the time-out is not known: it is told again
    raises(Cancelled, driver.exchange(READ, 5))
    run(driver.find(1000))
    run(driver.exchange(READ, 5))
    assert chip.said.count("32020a0b07") == 2
    driver, chip = with_card(answers={0x42: ["01"]})
    cancelled_at(driver, "4a0100")
    raises(Cancelled, driver.is_present())
    raises(CardLost, driver.exchange(READ, 5))


# --- Type 2 ---


def test_type_2_frames_go_through_with_their_crc_checked_here():
    driver, chip = with_card(answers={0x42: [with_crc(PAGES), "000a", with_crc("0000")]})
    assert run(driver.exchange(READ, 5)).hex() == PAGES
    assert run(driver.exchange(b"\xa2\x04abcd", 10)) == b"\x0a"
    assert run(driver.exchange(b"\x1b\xff\xff\xff\xff", 5)) == b"\x00\x00"
    assert chip.heard(0x42) == ["3004", "a20461626364", "1bffffffff"] and driver.exchanges == 3
    assert chip.heard(0x32) == ["020a0b07", "020a0b08", "020a0b07"]  # 100 us * 2^6, 2^7


def test_a_nak_is_one_byte_and_the_card_is_selected_again():
    driver, chip = with_card(answers={0x42: ["0000", with_crc(PAGES)]})
    assert run(driver.exchange(b"\x1b\x00\x00\x00\x00", 5)) == b"\x00"
    assert run(driver.exchange(READ, 5)).hex() == PAGES and driver.exchanges == 2
    assert chip.said[2:] == ["320100", "3205010002", "4a0100", "066303", "08630300", "423004"]
    driver, chip = with_card(answers={0x4A: [TYPE2, listing(0x00, "04" * 7)], 0x42: ["0000"]})
    run(driver.exchange(READ, 5))
    raises(CardLost, driver.exchange(READ, 5))
    assert driver.exchanges == 1


def test_what_ends_a_card_is_said_again_and_nothing_is_sent():
    for told, kind in (("01", CardLost), ("02", CardLost), ("27", CardLost), ("10", CardLost), ("00", CardLost), ("000102", CardLost),
                       (with_crc(PAGES)[:-2] + "00", CardLost), ("0d", ReaderLost), ("2d", ReaderLost), ("", ReaderLost),
                       (SILENT, ReaderLost), (DEAF, ReaderLost), (CONFUSED, ReaderLost)):
        driver, chip = with_card(answers={0x42: [told, with_crc(PAGES)]})
        first = raises(kind, driver.exchange(READ, 5))
        assert raises(kind, driver.exchange(READ, 5)) is first
        assert chip.heard(0x42) == ["3004"], told
        assert run(driver.find(1000)).uid.hex() == UID  # after ReaderLost with a start before
        assert run(driver.exchange(READ, 5)).hex() == PAGES


def test_no_card_and_frames_that_do_not_fit():
    driver, chip, _ = bench()
    assert raises(CardLost, driver.exchange(READ, 5)).message == "There is no card."
    driver, chip = with_card(answers={0x42: [with_crc(PAGES)]})
    for frame in (b"", bytes(263)):
        raises(ReaderCannot, driver.exchange(frame, 5))
    assert chip.said == [] and driver.exchanges == 0
    assert run(driver.exchange(READ, 5)).hex() == PAGES
    driver, chip = with_card(listing(0x08, "82acb95d"))
    assert raises(ReaderCannot, driver.exchange(READ, 5)).code == "FAMILY_NOT_ON_THIS_READER" and chip.said == []


# --- ISO-DEP ---


def test_a_whole_command_is_one_exchange_in_parts_of_262():
    driver, chip = with_card(ISO_DEP, {0x40: ["00", "00", "40" + "11" * 262, "40" + "22" * 262, "00" + "33" * 10]})
    command = bytes([value & 0xFF for value in range(600)])
    answer = run(driver.exchange(command, 50))
    assert answer == b"\x11" * 262 + b"\x22" * 262 + b"\x33" * 10 and driver.exchanges == 1
    sent = chip.heard(0x40)
    assert [said[:2] for said in sent] == ["41", "41", "01", "01", "01"] and sent[3:] == ["01", "01"]
    assert "".join([said[2:] for said in sent]) == command.hex()


def test_iso_dep_troubles():
    for told, kind in (("01", CardLost), ("00", CardLost), ("0b", CardLost), ("40", CardLost), (SILENT, ReaderLost)):
        driver, chip = with_card(ISO_DEP, {0x40: [told]})
        first = raises(kind, driver.exchange(b"\x90\x60\x00\x00\x00", 50))
        assert raises(kind, driver.exchange(b"\x90\x60\x00\x00\x00", 50)) is first
    driver, chip = with_card(ISO_DEP, {0x40: ["40" + "11" * 262]})
    assert "does not end" in raises(CardLost, driver.exchange(b"\x90\x60\x00\x00\x00", 50)).message
    assert len(chip.heard(0x40)) <= ANSWER_MAX // 262 + 3


def test_the_bit_rate_before_the_first_exchange_only():
    driver, chip = with_card(ISO_DEP, {0x4E: ["00"], 0x40: ["009000"]})
    raises(ReaderCannot, driver.set_bit_rate(848))
    run(driver.set_bit_rate(424))
    assert chip.said == ["4e010202"]
    run(driver.exchange(b"\x00\xa4\x04\x00", 50))
    raises(ReaderCannot, driver.set_bit_rate(106))
    driver, chip = with_card(ISO_DEP, {0x4E: ["01"]})
    raises(CardLost, driver.set_bit_rate(212))
    raises(CardLost, driver.exchange(b"\x00\xa4\x04\x00", 50))
    driver, chip = with_card(ISO_DEP, {0x4E: ["10"], 0x40: ["009000"]})
    raises(ReaderCannot, driver.set_bit_rate(212))
    assert run(driver.exchange(b"\x00\xa4\x04\x00", 50)) == b"\x90\x00"
    driver, chip = with_card(TYPE2)
    raises(ReaderCannot, driver.set_bit_rate(212))


# --- presence, release, stop ---


def test_an_answer_of_any_kind_is_presence():
    for told in (with_crc(PAGES), "02", "0b", "00" + "11" * 9):
        driver, chip = with_card(answers={0x42: [told, with_crc(PAGES)]})
        assert run(driver.is_present()) and driver.exchanges == 0
        assert chip.said == ["32020a0b08", "423000"]  # no field off, no selection: the card keeps what it was told
        assert run(driver.exchange(READ, 5)).hex() == PAGES
    driver, chip = with_card(answers={0x42: ["0000", with_crc(PAGES)]})  # a NAK
    assert run(driver.is_present()) and run(driver.exchange(READ, 5)).hex() == PAGES
    driver, chip = with_card(ISO_DEP, {0x00: ["02", "00"], 0x40: ["009000"]})
    assert run(driver.is_present()) and chip.said == ["0006", "0006"]
    assert run(driver.exchange(b"\x00\xa4\x04\x00", 50)) == b"\x90\x00"


def test_a_silent_card_is_looked_for_before_it_is_called_away():
    for listed, silence in ((TYPE2, {0x42: ["01"]}), (ISO_DEP, {0x00: ["01"]}), (listing(0x08, "82acb95d"), {})):
        driver, chip = with_card(listed, silence)
        assert run(driver.is_present()) and chip.heard(0x4A) == ["0100"]
        raises(CardLost, driver.exchange(READ, 5))  # it has forgotten its session
        for after in ("00", listing(0x00, "04" * 7)):
            told = {0x4A: [listed, after]}
            told.update(silence)
            driver, chip = with_card(listed, told)
            assert not run(driver.is_present()) and chip.said[-1] == "320100"
            raises(CardLost, driver.exchange(READ, 5))
    driver, chip, _ = bench()
    assert not run(driver.is_present()) and chip.said == []


def test_a_random_id_is_another_after_each_field_off():
    first, second = listing(0x20, "08112233", "0344", "067577810280"), listing(0x20, "08445566", "0344", "067577810280")
    driver, _ = with_card(first, {0x4A: [first, second], 0x00: ["01"]})
    assert run(driver.is_present()) and driver.card.uid.hex() == "08445566"


def test_a_card_that_stays_is_found_anew_after_release():
    driver, chip = with_card()
    run(driver.release())
    assert chip.said == ["5200", "320100"] and driver.card is None
    run(driver.release())
    assert run(driver.find(1000)).uid.hex() == UID
    chip.said = []
    assert run(driver.find(1000)).uid.hex() == UID and chip.said[:2] == ["5200", "320100"]


def test_stop_puts_the_chip_to_sleep_and_find_wakes_it():
    driver, chip = with_card()
    run(driver.stop())
    assert chip.said == ["5200", "320100", "16b0"]
    run(driver.stop())
    assert run(driver.find(1000)).uid.hex() == UID and "14011401" in chip.said


# --- buses ---


def test_every_bus_carries_short_and_long_frames():
    for bus in BUSES:
        driver, chip = with_card(ISO_DEP, {0x40: ["00", "40" + "11" * 262, "00" + "33" * 10], 0x00: ["00"]}, bus)
        assert driver.card.uid.hex() == UID and run(driver.is_present())
        assert run(driver.exchange(bytes(270), 50)) == b"\x11" * 262 + b"\x33" * 10
        assert len(chip.heard(0x40)) == 3
        run(driver.release())
        driver, chip = with_card(answers={0x42: [with_crc(PAGES)]}, bus=bus)
        assert run(driver.exchange(READ, 5)).hex() == PAGES


def test_every_bus_waits_its_time_and_aborts():
    for bus in BUSES:
        driver, chip, clock = bench({0x4A: [SILENT, TYPE2]}, bus)
        before = clock.now
        assert run(driver.find(3000)) is None and 3000 <= clock.now - before < 3100
        assert run(driver.find(3000)).uid.hex() == UID and "abort" in chip.said


def test_i2c_reads_a_long_frame_twice_and_the_command_runs_once():
    driver, chip = with_card(answers={0x42: [with_crc("55" * 60)]}, bus=on_i2c)
    wire = driver._chip._bus._i2c
    wire.fetched = []
    assert run(driver.exchange(b"\x3a\x04\x12", 5)) == b"\x55" * 60
    assert chip.said == ["32020a0b07", "423a0412", "again"]
    assert wire.fetched == [8, 32, 8, 32, 72]  # ACK and answer of each command; the long one again, as long as it is


def test_a_busy_i2c_chip_does_not_acknowledge_its_address():
    driver, chip = with_card(answers={0x42: [with_crc(PAGES)]}, bus=on_i2c)
    wire = driver._chip._bus._i2c
    run(driver.exchange(READ, 5))
    wire.busy_calls = 3
    run(driver._chip._bus.wake())
    assert wire.busy_calls == 0
    ready = driver._chip._bus.ready
    wire.waiting, wire.busy_calls = [b"\x00"], 4
    assert run(ready(20))
    wire.waiting, wire.busy_calls = [], 1
    assert raises(ReaderLost, driver.exchange(READ, 5)).code == "READER_GONE"  # on a write it is no ACK: the frame may have been heard


def test_spi_bytes_go_least_significant_bit_first():
    from terminal.nfc_chips.buses.pn532_spi import mirrored

    assert mirrored(b"\x01\x02\x03\xd4\xff\x00") == b"\x80\x40\xc0\x2b\xff\x00"
    chip, clock = FakeChip(), Clock()
    bus = on_spi(chip, clock)
    assert not bus._spi.is_selected and not run(bus.ready(5)) and not bus._spi.is_selected
