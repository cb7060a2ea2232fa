"""The board's PN532 driver on asyncio against the emulated chip on a pty: tears, presence, cancelled waits, a line that dies."""

import asyncio
import contextlib
import os
import pty
import threading
import tty

import pytest

from cardos.errors import CardLost, ReaderLost
from terminal import compat
from terminal.nfc_chips.buses.pn532_uart import UartBus
from terminal.nfc_chips.buses.stream import open_line
from terminal.nfc_chips.pn532 import Pn532
from tests import soft_lab

UID = "04A1B2C3D4E5F6"
SELECT = bytes.fromhex("00A4040C07D276000085010100")
READ = b"\x30\x04"


@pytest.fixture
def link_path(tmp_path):
    return tmp_path / "reader"


@pytest.fixture
def card(tmp_path):
    return soft_lab.new_card(tmp_path / "card.json", uid=UID)


@contextlib.contextmanager
def chip_at(link_path, *clock):
    line = open_line(str(link_path))
    try:
        yield Pn532(UartBus(line, *clock), *clock)
    finally:
        line.close()


@contextlib.contextmanager
def served(card, link_path, *options):
    with soft_lab.serving(card, "pn532:%s" % link_path, *options) as server, chip_at(link_path) as chip:
        yield server, chip


def test_a_type_2_card_found_spoken_to_and_let_go(card, link_path):
    async def story(chip):
        found = await chip.find(5000)
        assert (found.uid.hex().upper(), found.sak, found.atqa, found.ats, found.kind) == (UID, 0x00, b"\x44\x00", b"", "type2")
        assert await chip.exchange(b"\xa2\x04abcd", 10) == b"\x0a"
        assert await chip.exchange(b"\x1b\xff\xff\xff\xff", 5) == b"\x00\x00"
        assert await chip.is_present()
        assert await chip.exchange(b"\x3a\x04\x04", 5) == b"abcd"
        refused = await chip.exchange(b"\x1b\x00\x00\x00\x00", 5)
        assert len(refused) == 1 and refused != b"\x0a" and await chip.is_present()
        assert len(await chip.exchange(READ, 5)) == 16 and chip.exchanges == 5
        await chip.release()
        assert await chip.find(0) == found
        await chip.stop()
        assert await chip.find(5000) == found

    with served(card, link_path) as (_, chip):
        asyncio.run(story(chip))


def test_presence_disturbs_no_session_and_costs_no_exchange(tmp_path, link_path):
    """Between the two halves of an EV2 authentication: a card that was selected anew would have forgotten the first."""
    async def story(chip):
        await chip.find(5000)
        await chip.exchange(SELECT, 50)
        assert (await chip.exchange(bytes.fromhex("9071000002000000"), 50))[-2:] == b"\x91\xaf"
        assert await chip.is_present() and chip.exchanges == 2
        assert (await chip.exchange(bytes.fromhex("90AF000020") + bytes(32) + b"\x00", 50))[-2:] == b"\x91\xae"

    with served(soft_lab.new_card(tmp_path / "424.json", "ntag424", UID), link_path) as (_, chip):
        asyncio.run(story(chip))


@pytest.mark.parametrize(("family", "mode"), [("ntag215", "not-sent"), ("ntag215", "half"), ("ntag215", "answer-lost"),
                                              ("ntag424", "not-executed"), ("ntag424", "half")])
def test_every_kind_of_cut_is_card_lost_at_its_exchange_and_the_card_may_come_back(tmp_path, link_path, family, mode):
    frame = SELECT if family == "ntag424" else READ

    async def story(chip):
        await chip.find(5000)
        await chip.exchange(frame, 50)
        for _ in range(2):
            with pytest.raises(CardLost):
                await chip.exchange(frame, 50)
        assert chip.exchanges == 2
        assert (await chip.find(5000)).uid.hex().upper() == UID
        assert await chip.exchange(frame, 50)

    card = soft_lab.new_card(tmp_path / "card.json", family, UID)
    with served(card, link_path, "--tear", "1:%s" % mode, "--again", "0.1") as (_, chip):
        asyncio.run(story(chip))


def test_a_card_that_left_is_away_and_an_empty_reader_finds_nothing(card, link_path):
    async def story(chip):
        await chip.find(5000)
        with pytest.raises(CardLost):
            await chip.exchange(READ, 5)
        assert not await chip.is_present()
        start = compat.ticks_ms()
        assert await chip.find(150) is None and await chip.find(20) is None
        assert compat.elapsed_ms(compat.ticks_ms(), start) >= 150

    with served(card, link_path, "--tear", "0:not-sent") as (_, chip):
        asyncio.run(story(chip))


def test_a_cancelled_wait_leaves_the_chip_fit(card, link_path):
    async def story(chip):
        await chip.find(5000)
        with pytest.raises(CardLost):
            await chip.exchange(READ, 5)
        waiting = asyncio.create_task(chip.find(60000))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await chip.find(5000)).uid.hex().upper() == UID
        assert len(await chip.exchange(READ, 5)) == 16

    with served(card, link_path, "--tear", "0:not-sent", "--again", "0.3") as (_, chip):
        asyncio.run(story(chip))


def test_other_tasks_run_while_the_chip_waits(card, link_path):
    async def story(chip):
        turns = 0
        await chip.find(5000)
        with pytest.raises(CardLost):
            await chip.exchange(READ, 5)
        waiting = asyncio.create_task(chip.find(200))
        while not waiting.done():
            turns += 1
            await compat.sleep_ms(1)
        assert turns > 20

    with served(card, link_path, "--tear", "0:not-sent") as (_, chip):
        asyncio.run(story(chip))


def test_the_line_dies_and_another_comes(card, link_path):
    with served(card, link_path) as (server, chip):
        assert asyncio.run(chip.find(5000)) is not None
        server.kill()
        server.wait()
        for step in (chip.exchange(READ, 5), chip.exchange(READ, 5), chip.find(100)):
            with pytest.raises(ReaderLost):
                asyncio.run(step)
        asyncio.run(chip.release())
        asyncio.run(chip.stop())
    with served(card, link_path) as (_, chip):
        assert asyncio.run(chip.find(5000)) is not None


@pytest.mark.parametrize("rubbish", [b"", b"\x00\x00\xff", b"\x00\x00\xff\x00\xff\x00" * 3, b"\xff" * 300, b"\x00\x00\xff\x06\xfa\xd5"])
def test_rubbish_on_the_line_is_reader_lost(link_path, rubbish):
    master, slave = pty.openpty()
    stop = threading.Event()

    def babble():
        while not stop.is_set():
            if os.read(master, 4096) and rubbish:
                os.write(master, rubbish)

    try:
        tty.setraw(slave)
        link_path.symlink_to(os.ttyname(slave))
        threading.Thread(target=babble, daemon=True).start()
        with chip_at(link_path, lambda: compat.ticks_ms() * 10, lambda ms: compat.sleep_ms(0)) as chip, pytest.raises(ReaderLost):
            asyncio.run(chip.start())  # on a clock ten times too fast: nobody waits for a dead line
    finally:
        stop.set()
        os.write(slave, b"end")
        os.close(slave)
