"""A shop, its boards and its customers' cards in one process, and everything that happens to them, told to the one who checks.

The home is a real one with TEST keys; its desks are the daemon's; boards are `board.Board`; time is the world's own.
"""

import json
import random
from datetime import datetime, timedelta, timezone

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from host_tools.boards import register
from host_tools.boards.sync_desk import SyncDesk
from host_tools.settings import Settings
from tests.simulation.boards.board import Board
from tests.simulation.boards.flash import PowerCut
from tests.simulation.boards.truth import Truth
from tests.simulation.boards.wire import Wire
from tests.whole_system.shop_lab import Shop

START = datetime(2026, 3, 2, 6, 0, tzinfo=timezone.utc)
SECOND_0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
DAEMON = "daemon"
FAMILIES = ("ntag215", "ntag215", "ntag424", "ntag215", "desfire-ev2", "ntag215")  # of the cards, in turn
_RESTLESS_ENDS = ("earned", "redeemed", "undone", "offer", "settled_landed", "settled_not_landed", "shown")


class Card:
    """A customer's card. is_restless: its last presentation was torn, so that nobody may say yet what it holds."""

    def __init__(self, chip, family):
        self.chip, self.family, self.uid = chip, family, bytes(chip.uid)
        self.is_restless = False
        self.is_lost = False  # reported as lost: on the stop list


class World:
    """folder: an empty one, on a memory disk at best. rng: all chance comes from `seed`."""

    def __init__(self, folder, seed, boards=5, cards=14):
        self.seed, self.rng, self._noise = seed, random.Random("month %d" % seed), random.Random("bytes %d" % seed)
        self.ms = 0
        self.shop = Shop(folder, Settings(quick_amounts=(450,), double_tap_guard_s=0), START)
        self.home = self.shop.home
        self.shop_is_off_s = 0  # what the shop's own clock is wrong by
        self.home.clock = lambda: START + timedelta(milliseconds=self.ms, seconds=self.shop_is_off_s)
        self.home.nonces = self.bytes
        self.truth, self.told, self.words = Truth(self.home), [], {}
        self.accepted = []  # (who, what, arguments) of everything that the ledger took, in its order
        self.held_when_revoked = None
        self.cloned = self.stolen = self.clone = None
        self.syncing = None
        self._last_entry = None
        self._listen()
        self.desk = SyncDesk(self.home)
        self.wire = Wire(self.desk, self.rng)
        self.boards = [Board.provisioned(self, "board %d" % number, self.bytes(32), segments_max=12 if number == 0 else 40) for number in range(boards)]
        self.cards = [self._issued(number) for number in range(cards)]
        self.first_accepted = len(self.accepted)

    def close(self):
        self.shop.close()

    def bytes(self, count):
        return self._noise.randbytes(count)

    def count(self, word):
        self.words[word] = self.words.get(word, 0) + 1

    def _listen(self):
        """Hears what the ledger takes."""
        store = self.home.store
        intend, settle, mark, fold = store.record_intent, store.record_outcome, store.mark_card, store.fold

        def record_intent(entry, at):
            self.intends(DAEMON, entry)
            intend(entry, at)
            self._last_entry = entry
            self.accepted.append((DAEMON, "intent", (entry, at)))

        def record_outcome(transaction, outcome, **more):
            row = store.transaction(transaction, more.get("terminal"))
            settle(transaction, outcome, **more)
            self.accepted.append((DAEMON, "outcome", (row["entry"], outcome, more)))

        def mark_card(*what):
            mark(*what)
            self.accepted.append((DAEMON, "mark", what))

        def folded(*batch, **more):
            found = fold(*batch, **more)
            if found.new:
                self.accepted.append((self.syncing, "fold", (batch, more)))
            return found

        store.record_intent, store.record_outcome, store.mark_card, store.fold = record_intent, record_outcome, mark_card, folded

    def intends(self, who, entry):
        self.truth.intends(who, entry)

    def was_told(self, board, entry):
        """A customer was told that this is done."""
        self.told.append((board.label, entry))

    def _issued(self, number):
        family = FAMILIES[number % len(FAMILIES)]
        card = Card(new_card(family, bytes([4, 0xA1, number, 3, 4, 5, 6]), noise=Noise(number)), family)
        answer = self.shop.tap(card.chip, kind="issue")
        assert answer["outcome"] == "done", answer
        return card

    @property
    def honest(self):
        """Boards that are where they should be, the clone among them: its owner means no harm and does not know."""
        return [board for board in [*self.boards, self.clone] if board is not None and not board.is_stolen]

    def second(self):
        """The true time, in seconds since 2026-01-01 UTC."""
        return int((START - SECOND_0).total_seconds()) + self.ms // 1000

    # What happens

    def tap_at(self, board, card, wish=None, tear=None, cut=None):
        """One presentation at a board; a board whose power went is started again."""
        card.is_restless = card.is_restless or tear is not None or cut is not None
        word = board.tap(card.chip, wish, tear, cut)
        self.count("%s: %s" % ("thief" if board.is_stolen else "board", word or "power cut"))
        if word is None:
            self.restart(board)
        elif tear is None and cut is None and word in _RESTLESS_ENDS:
            card.is_restless = False
        return word

    def restart(self, board):
        """Its power comes back; some boards have a clock that ran on, and some of these run wrong."""
        chance = self.rng.randrange(10)
        if chance < 4:
            board.start()
        elif chance < 7:
            board.start(self.second(), self.rng.randrange(86400))
        else:
            board.start(max(0, self.second() + self.rng.choice((-3 * 86400, -7200, 1500, 86400))), self.rng.randrange(86400))

    def tap_at_shop(self, card, tear=None, **wish):
        """One presentation at the daemon; its answer."""
        card.is_restless = card.is_restless or tear is not None
        self._last_entry = None
        answer = self.shop.tap(card.chip, tear=tear, **wish)
        self.count("shop: " + (answer["outcome"] if answer["outcome"] != "refused" else answer["refused"]))
        if answer["outcome"] == "done" and self._last_entry is not None:
            self.told.append((DAEMON, self._last_entry))
        if answer["outcome"] == "done" and tear is None:
            card.is_restless = False
        return answer

    def sync(self, board, cut=None):
        """One sync of a board; the trouble, or None; "power cut" when its power went."""
        self.syncing = board.label
        if cut is not None:
            board.flash.cut_at(*cut)
        try:
            trouble = board.once()
            self.count("sync: " + ("good" if trouble is None else trouble.code))
            return trouble
        except PowerCut:
            self.count("sync: power cut")
            self.restart(board)
            return "power cut"
        finally:
            board.flash.forget_cut()
            if board.is_stolen:  # its thief does not want to hear it
                board.kept.forget("status")
                board.authority.reload()

    def copy_flash(self, board):
        """Somebody makes a second board of the first one's flash, keys and journal."""
        self.cloned = board
        self.clone = Board(self, "clone of " + board.label, board.vault_bytes, board.flash.image())
        self.clone.start()

    def steal(self, board):
        board.is_stolen = True
        self.stolen = board

    def revoke(self):
        """The owner notices."""
        register.revoke(self.home, self.stolen.terminal, "stolen")
        self.held_when_revoked = self.lines_held(self.stolen.terminal)

    def query(self, text, *values):
        """Rows of the ledger's database."""
        with self.home.store._database.reading() as connection:
            return connection.execute(text, values).fetchall()

    def certificates(self, terminal):
        """The certificates that a board ever had, oldest first, as the ledger noted them."""
        rows = self.query("SELECT body FROM events WHERE json_extract(body, '$.what') = 'certificate' AND json_extract(body, '$.terminal') = ?", terminal)
        return [json.loads(row["body"]) for row in rows]

    def lines_held(self, terminal):
        return self.query("SELECT count(*) FROM board_lines WHERE terminal = ?", terminal)[0][0]
