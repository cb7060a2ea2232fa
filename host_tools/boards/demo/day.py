"""`stampd board demo --once`: a scripted day of the real firmware, told in plain lines, every one of them checked.

Each tap is a card of code on the emulated reader of a board whose power and network go when the script says so. What a card must
hold after each tap is kept beside it; at the end board, ledger and cards are compared by `agreement`.
"""

import threading
import time
from typing import Any

from host_tools.boards.demo.agreement import differences, flash_of
from host_tools.boards.demo.demo_shop import ANSWER_S, DemoShop, DemoTrouble

OFFLINE_TAPS = {"pn532": 200, "mfrc522": 60}  # an emulated front end plays every register, and takes its time
IN_A_ROW = 5  # taps of one card after each other
ROWS = (0, 1, 2, 1, 2, 3, 1, 2)  # whose they are; cards of few exchanges more often, for there is a limit to this day's length
_DRAIN_S = 60.0
_WATCH_S = 8.0
_STAMP_WORDS = ("earned", "offer")

# Where the power goes in a tap of that card (0 Anna, 1 Boris, 2 Carla, 3 Dmitri): the exchange, None for the frame that the tap rests on,
# and what the card makes of it.
CUTS = ((0, 6, "half"), (0, 9, "answer-lost"), (1, None, "answer-lost"), (2, None, "not-executed"), (3, 9, "half"), (1, 1, "not-sent"))
LATER_CUTS = ((3, 11, "answer-lost"), (2, None, "answer-lost"))  # while the network is away


class Day:
    """One day. say(line): where the story goes. Afterwards taps, cuts (int), agree (bool), wrong ([sentence])."""

    def __init__(self, folder, say, reader="pn532"):
        self._folder, self._say, self._reader = folder, say, reader
        self._shop: Any = None
        self._held: dict[str, int] = {}  # card id: stamps that it must hold
        self.taps = 0
        self.wrong: list[str] = []
        self.agree = False

    @property
    def cuts(self):
        """How often the board's power was cut."""
        return 0 if self._shop is None else self._shop.board.cuts

    def run(self):
        """The whole day. Raises StampdError when it cannot go on; what only differs stands in `wrong`."""
        with DemoShop(self._folder, reader=self._reader) as shop:
            self._shop = shop
            self._held = {card.id: shop.card_says(card)[0]["stamps"] for card in shop.cards if card.ours}
            self._say("%s, a day on the counter: the terminal's own firmware, software cards, TEST keys" % shop.home.settings.shop)
            shop.power()
            self._morning()
            self._torn_cards()
            self._power_cuts(CUTS)
            self._cut_in_the_journal()
            self._without_network()
            self._evening()
        self.agree = not self.wrong
        return self.agree

    # The day

    def _morning(self):
        self._part("Morning")
        for card in self._ours():
            self._stamp(card)
        stranger = self._shop.cards[-1]
        self._expect(stranger, self._hold(stranger), ("not_ours",))
        carla = self._ours()[2]
        self._press("redeem")
        self._expect(carla, self._hold(carla), ("redeemed",), -10)
        self._press("undo")
        self._expect(carla, self._hold(carla), ("undone",), 10)
        self._press("redeem")
        self._expect(carla, self._hold(carla), ("redeemed",), -10)

    def _torn_cards(self):
        self._part("Cards pulled away mid-write")
        for card, mode in zip(self._ours(), ("answer-lost", "not-executed", "answer-lost", "half")):
            said = self._hold(card, ("card", card.middle(), mode))
            self._line(card, "pulled away mid-write (%s): %s" % (mode, said.word))
            self._settle(card, said.word in ("lost", *_STAMP_WORDS), said.word in _STAMP_WORDS)

    def _power_cuts(self, cuts):
        self._part("The power is cut mid-tap")
        for place, at, mode in cuts:
            card = self._ours()[place]
            said = self._hold(card, ("power", card.middle() if at is None else at, mode))
            where = "at the write" if at is None else "at exchange %d" % at
            self._line(card, "power cut %s (%s)%s" % (where, mode, "" if said is None else ", told: %s" % said.word))
            self._back(card, said)

    def _cut_in_the_journal(self):
        """The power goes at the moment at which the journal's files change: once at the intent, once a little later."""
        self._part("The power is cut while the journal is written")
        for place, later_s in ((0, 0.0), (1, 0.002), (3, 0.0)):
            card = self._ours()[place]
            watch = threading.Thread(target=self._cut_when_written, args=(later_s,), name="demo cut", daemon=True)
            watch.start()
            said = self._hold(card)
            watch.join(_WATCH_S)
            self._line(card, "power cut in the journal%s" % ("" if said is None else ", told: %s" % said.word))
            self._back(card, said)

    def _cut_when_written(self, later_s):
        before, until = self._journal_files(), time.monotonic() + _WATCH_S
        while time.monotonic() < until:
            if self._journal_files() != before:
                time.sleep(later_s)
                self._shop.board.pull_power()
                return

    def _journal_files(self):
        found = {}
        for path in self._shop.journal_folder.iterdir():
            try:
                stat = path.stat()
            except FileNotFoundError:  # a file that was renamed meanwhile: that is a change too
                return None
            found[path.name] = (stat.st_size, stat.st_mtime_ns)
        return found

    def _without_network(self):
        self._part("The network is unplugged")
        taps = OFFLINE_TAPS[self._reader]
        self._drain()  # and the clock is sure: a board that does not know the date takes 200 taps, no more
        self._shop.unplug()
        begun, cards = time.monotonic(), self._ours()
        for n in range(taps):
            self._stamp(cards[ROWS[n // IN_A_ROW % len(ROWS)]], quiet=True)
        self._say("  %d taps in %.0f s, all in the terminal's journal" % (taps, time.monotonic() - begun))
        self._power_cuts(LATER_CUTS)
        self._shop.board.pull_power()
        flash = flash_of(self._shop.device)
        self.wrong += ["unplugged: " + one for one in differences(self._shop, flash, told=False)]
        waiting = flash.lines - self._shop.lines_told()
        verdict = "DIFFER" if self.wrong else "agree"
        self._say("  the journal: %d lines, %d of them not in the shop yet; cards and journal %s" % (flash.lines, waiting, verdict))
        if waiting < 2 * taps:
            self.wrong.append("only %d lines wait after %d taps without network" % (waiting, taps))
        self._shop.power()

    def _evening(self):
        self._part("The network is plugged in again")
        self._shop.plug()
        for card in self._ours():
            self._stamp(card)
        self._drain()
        self._shop.board.pull_power()
        flash = flash_of(self._shop.device)
        self.wrong += differences(self._shop, flash, told=True)
        for card in self._ours():
            said = self._shop.card_says(card)
            if said[0]["stamps"] != self._held[card.id]:
                self.wrong.append("%s: %d stamps on the card, %d were told" % (card.label, said[0]["stamps"], self._held[card.id]))
            self._line(card, "%3d stamps, record %d: card, terminal and ledger" % (said[0]["stamps"], said[1]))
        self._say("  %d lines of journal, %d of them in the ledger" % (flash.lines, self._shop.lines_told()))

    def _drain(self):
        """Wait until the ledger has the whole journal."""
        until = time.monotonic() + _DRAIN_S
        while self._shop.journal_numbers()["waiting"]:
            if time.monotonic() > until:
                self.wrong.append("the shop did not get the journal in %d s. %s" % (_DRAIN_S, self._shop.complaint()))
                return
            time.sleep(0.05)

    # One presentation

    def _hold(self, card, spoilt=None):
        self.taps += 1
        return self._shop.hold(card, spoilt)

    def _stamp(self, card, quiet=False):
        said = self._hold(card)
        self._expect(card, said, _STAMP_WORDS, 1, quiet)

    def _press(self, word):
        after = self._shop.board.number
        self._shop.board.press(word)
        if self._shop.board.wait_for(("idle",), after, ANSWER_S) is None:
            raise DemoTrouble("The button %r did nothing." % word, self._shop.complaint())

    def _back(self, card, said):
        """The power comes back, and the card again: whatever became of the tap, it is told and counted once. A tap that was over before its cut
        came loses the power now."""
        self._shop.board.pull_power()
        self._shop.power()
        told = said is not None and said.word in _STAMP_WORDS
        if told:
            self._held[card.id] += 1
        self._settle(card, True, told)

    def _settle(self, card, may_earn, told):
        """The next presentation of a card whose last tap was spoilt. may_earn: that tap may have begun nothing, or be known as done.

        told: it was told as done already, and `_held` counts it; else it is landed or not, and nothing else.
        """
        before = self._held[card.id]
        if told and not may_earn:
            raise DemoTrouble("The script is wrong.", "")
        said = self._hold(card)
        stamps = _stamps_of(said)
        fits = {"settled_landed": before if told else before + 1, "settled_not_landed": before}
        if may_earn:
            fits.update(dict.fromkeys(_STAMP_WORDS, before + 1))
            on_card = self._shop.card_says(card)[0]["stamps"]
            if said.word in _STAMP_WORDS and not told and stamps == before + 2 and on_card == stamps:
                fits[said.word] = stamps  # the spoilt tap was durable as done, only nobody was told: this one is the next
        self._line(card, "again: %s, %s stamps" % (said.word, stamps))
        if fits.get(said.word) != stamps:
            self.wrong.append("%s: %s with %s stamps, %d before" % (card.label, said.word, stamps, before))
        self._held[card.id] = before if stamps is None else stamps

    def _expect(self, card, said, words, change=0, quiet=False):
        if said is None:
            raise DemoTrouble("The terminal lost its power.", self._shop.complaint())
        stamps = _stamps_of(said)
        if not quiet:
            self._line(card, "%s%s" % (said.word, "" if stamps is None else ", %d stamps" % stamps))
        if said.word not in words:
            self.wrong.append("%s: %s (%s), not %s" % (card.label, said.word, said.facts.get("code"), " or ".join(words)))
        if card.ours:
            self._held[card.id] += change
            if stamps != self._held[card.id]:
                self.wrong.append("%s: %s stamps told, %d expected" % (card.label, stamps, self._held[card.id]))
                self._held[card.id] = stamps if stamps is not None else self._held[card.id]

    def _ours(self):
        return [card for card in self._shop.cards if card.ours]

    def _part(self, title):
        self._say(title)

    def _line(self, card, text):
        self._say("  %-12s %s" % (card.label, text))


def _stamps_of(said):
    return (said.facts.get("counters") or {}).get("stamps")
