"""Buttons and cards that lie on the reader: nobody is stamped twice by impatience, and no wish outlives its customer."""

import pytest

from host_tools.boards.demo.spot import LaidCard
from host_tools.settings import Settings
from host_tools.soft_hardware.faces import pn532_face
from tests.terminal import ram_board
from tests.terminal.ram_board import Flash, RamBoard, SoftChip, ticking
from tests.whole_system.shop_lab import Shop, blank

OPTIONS = 'mode = "stamp"\namount = 350\nlimits = false\n[sync]\nhow = "none"\n'
AGAIN_MS = 60000  # past the guard against a second stamp


class LyingChip(SoftChip):
    """A card stays for `stays` looks before the hand takes it. at: {exchange of the presentation: function}; while_lying: {look: function}."""

    stays, number = 0, 0
    at, while_lying = {}, {}

    async def exchange(self, frame, wait_ms):
        happens = self.at.pop(self.number, None)
        self.number += 1
        if happens is not None:
            happens()
        return await SoftChip.exchange(self, frame, wait_ms)

    async def is_present(self):
        if self.stays > 0:
            self.stays -= 1
            self._time.ms += 50
            happens = self.while_lying.pop(self.stays, None)
            if happens is not None:
                happens()
            return True
        return await SoftChip.is_present(self)


class Desk:
    """A board, and a card of its shop with one stamp."""

    def __init__(self, shop, time, stamps=1):
        self.card, self.time = blank(), time
        assert shop.tap(self.card, kind="issue")["outcome"] == "done"
        self.board = RamBoard(Flash.of(shop.home, "counter"), time)
        self.board.power()
        for _ in range(stamps):
            self.hold()
            time.ms += AGAIN_MS

    def hold(self, stays=0, at=None, while_lying=None):
        """[(word, stamps, code)] of one presentation."""
        heard, chip = self.board.heard.said, self.board.chip
        before = len(heard)
        chip.stays, chip.number, chip.at, chip.while_lying = stays, 0, dict(at or {}), dict(while_lying or {})
        chip.laid = LaidCard(pn532_face(self.card), None)
        self.board._serving.send(None)
        return [(one.word, one.facts.get("now"), one.facts.get("code")) for one in heard[before:] if one.word not in ("reading", "idle")]

    def press(self, word):
        self.board.press(word)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(ram_board, "SoftChip", LyingChip)
    shop = Shop(tmp_path / "shop", settings=Settings(shop="Corner Coffee"))
    (shop.home.path / "boards").mkdir(exist_ok=True)
    (shop.home.path / "boards" / "2.toml").write_text(OPTIONS)
    with ticking() as time:
        yield lambda stamps=1: Desk(shop, time, stamps)


def test_undo_pressed_twice_undoes_once_and_stamps_nobody(desk):
    desk = desk(2)
    desk.press("undo")
    assert desk.hold(5, {6: lambda: desk.press("undo")}) == [("undone", 1, None)]
    assert desk.hold() == [("guard", 1, "ALREADY_STAMPED")]  # it was stamped by mistake a moment ago


def test_a_reward_asked_for_while_the_stamp_is_written_is_given_after_it(desk):
    desk = desk(9)
    told = desk.hold(5, {6: lambda: desk.press("redeem")})
    assert told == [("offer", 10, None), ("redeemed", 0, None)]


def test_a_reward_taken_back_while_the_card_lies_there_is_no_stamp(desk):
    desk = desk(10)
    desk.time.ms += AGAIN_MS
    told = desk.hold(9, while_lying={6: lambda: desk.press("cancel")})
    assert told == [("offer", 11, None)]
    desk.time.ms += AGAIN_MS
    twice = {7: lambda: (desk.press("redeem"), desk.press("redeem"))}
    assert desk.hold(9, while_lying=twice) == [("offer", 12, None)]


def test_a_wish_without_a_card_is_over_after_half_a_minute(desk):
    desk = desk(10)
    desk.press("redeem")
    assert desk.board.loop.wish.shown == "redeem"
    for _ in range(35):
        desk.board._serving.send(None)  # a second without a card
    assert desk.board.loop.wish.shown is None
    assert desk.hold() == [("offer", 11, None)]


def test_a_reward_that_this_card_has_not_earned_is_not_kept_for_the_next(desk):
    desk = desk(1)
    desk.press("redeem")
    assert desk.hold() == [("refused", 1, "OVERDRAW")]
    assert desk.board.loop.wish.shown is None


def test_settings_that_change_the_mode_change_what_keys_do(desk):
    desk = desk(1)
    loop = desk.board.loop
    loop.configure({**loop.settings, "mode": "amount"}, loop.pack)
    for key in ("3", "5", "0", "enter"):
        desk.press(key)
    assert loop.wish.shown == 350
    assert desk.hold() == [("earned", 2, None)]
    assert desk.hold() == [("shown", 2, None)]  # nothing typed: a card is only shown


def test_a_flash_that_is_full_at_the_outcome_leaves_the_card_in_doubt(desk):
    desk = desk(10)
    desk.press("redeem")
    files = desk.board.journal_files
    real, written = files._write, []

    def write(name, data):
        written.append(name)
        if len(written) > 1:  # the intent is there, its outcome is not
            raise OSError(28, "full")
        real(name, data)

    files._write = write
    told = desk.hold()
    assert told == [("in_doubt_reward", None, None)] and desk.board.loop.wish.shown is None
    files._write = real
    assert desk.hold()[0][0] == "settled_landed"
