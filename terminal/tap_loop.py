"""The loop that a person stands in front of: wait for a card, do what is wished of it, say what became of it, wait until it is gone.

Durable before told: `desk.finish` puts the outcome into flash, then the display speaks. Whatever goes wrong with a card or the
reader is a word on the display and the loop goes on; only flash that refuses ends it (`main` starts the board again).
"""

from cardos.errors import BadInput, StampdError
from cardos.exchange import Blocked, Done, InDoubt, Refused
from cardos.taps.terms import Terms
from terminal import told, wishes
from terminal.compat import elapsed_ms, sleep_ms, ticks_ms
from terminal.journal_index import family_of
from terminal.journal_segments import JournalTrouble
from terminal.presentation import run
from terminal.room import Room

FIND_MS = 1000  # one wait for a card; buttons and the idle screen are looked after in between
GONE_EVERY_MS = 120  # between two looks whether the card still lies there
SHOWN_MS = 3000  # an answer stays on the display, also when its card is gone at the beep
DOUBT_SHOWN_MS = 10000  # "tap again" stays longer
READER_PAUSE_MS = 1000  # before a reader that is gone is asked again
QUIET_MS = 3000  # nobody was here for so long: time for the journal's housekeeping
PRESSES_MAX = 10  # while one card is served
WISH_MS = 30000  # a wish without a card is over: the next customer has others
GUARDED_MAX = 8  # cards of which the loop remembers that they were just stamped
_KIND_OF_TROUBLE = {"JOURNAL_FULL": "full", "CERTIFICATE_EXPIRED": "expired", "TERMINAL_REVOKED": "revoked", "CLOCK_UNSURE": "unsure"}
_DOUBTS = ("in_doubt", "in_doubt_reward")
_OPERATION = {"redeem": "redeem", "undo": "undo"}


class TapLoop:
    """The loop of one board. All arguments are parts that `main` made; `quiet.busy` is True while a card is served."""

    def __init__(self, chip, signals, vault, journal, clock, authority, new_desk, quiet, nonces, sync=None):
        """new_desk: () -> `JournalDesk` of one tap. nonces: n -> n random bytes. sync: what `terminal.sync.Sync` is, or None."""
        self._chip, self._signals, self._vault, self._journal, self._clock = chip, signals, vault, journal, clock
        self._authority, self._new_desk, self.quiet, self._nonces, self._sync = authority, new_desk, quiet, nonces, sync
        self.pack = self.settings = self.wish = None
        self._room, self._family = Room(), None
        self._stamped = []  # [(family, uid, ticks)] newest last
        self._last_look = self._last_card = self._last_press = ticks_ms()
        self._pressed, self._later = False, []
        self.gone_every_ms = GONE_EVERY_MS
        self.on_gone = lambda: None  # called when the card is known to be gone
        self.taps = 0  # presentations that got an answer, since the start

    def configure(self, settings, pack):
        """Settings and pack from now on, at the start and after a sync. pack: None while there is none."""
        from cardos.offers.clock_use import uses_clock

        self.settings, self.pack = settings, pack
        self._uses_clock = pack is not None and uses_clock(pack)
        if self.wish is None or self.wish.mode != settings["mode"]:
            self.wish = wishes.Wish(settings)
        self._signals.configure(settings)

    @property
    def last_look_ms(self):
        """Milliseconds since the loop was last seen at work: the watchdog's food."""
        return elapsed_ms(ticks_ms(), self._last_look)

    def press(self, word):
        """A button or key was pressed. While a card is served it waits until that card was answered; pressing again what is just being
        done is impatience."""
        self._last_press = ticks_ms()
        if self.quiet.busy:
            if word != self.wish.special:
                self._later = (self._later + [word])[:PRESSES_MAX]
        elif self.wish.press(word):
            self._pressed = True
            self._show_idle()

    def make_room(self):
        """Room in the heap for something large that is no tap."""
        self._room.before(None)

    async def serve(self):
        """For ever. Raises `JournalTrouble` and OSError when the flash refuses."""
        self._is_started = False
        while True:
            try:
                await self._turn()
            except MemoryError:  # outside of a tap: nothing was under way
                self.quiet.busy = False
                self._room.forget_all()

    async def _turn(self):
        """One look for a card, and what follows when there is one."""
        self._last_look = ticks_ms()
        try:
            if not self._is_started:
                await self._chip.start()
                self._is_started = True
                self._show_idle()
            card = await self._chip.find(FIND_MS)
        except StampdError:  # the reader is gone, or was plugged in anew: said, and started again
            if self._is_started or self._idle != "gone":
                self._signals.show("reader_gone")
            self._is_started, self._idle = False, "gone"
            await sleep_ms(READER_PAUSE_MS)
            return
        if card is None:
            self._rest()
            return
        self.quiet.busy = True
        self._family, loaded = None, self._room.before(self._known_family(card))
        try:
            await self._present()
        finally:
            self.quiet.busy = False
        self._pressed, later, self._later = False, self._later, []
        for word in later:
            self.press(word)
        await self._until_gone()
        self._room.after(loaded, self._family)
        self._last_card = ticks_ms()
        if not self._wants_more():
            self.on_gone()

    # --- one card ---

    def _known_family(self, card):
        """The family of a card that this board has met, or None."""
        known = self._journal.familiar(card.uid, card.kind)
        return None if known is None else family_of(known[0], known[1])

    async def _present(self):
        """One presentation, told."""
        self._signals.show("reading")
        desk = self._new_desk()
        try:
            word, facts = await self._tapped(desk)
        except JournalTrouble as trouble:
            if trouble.code != "JOURNAL_FULL":
                if desk.intended is not None:
                    self._signals.show(*told.in_doubt(desk.intended))
                raise
            word, facts = self._broken_off(desk, "full")
        except MemoryError:  # before the intent nothing has happened; after it the card is in doubt, and says so
            self._room.forget_all()
            word, facts = self._broken_off(desk, "lost")
        except StampdError as trouble:  # told below; what was made durable before it stays in doubt
            word, facts = self._troubled(desk, trouble)
        self.taps += 1
        self._signals.show(word, facts)
        self._told_at, self._hold_ms = ticks_ms(), DOUBT_SHOWN_MS if word in _DOUBTS else SHOWN_MS

    async def _tapped(self, desk):
        """(word, facts) of the tap that the wish asks for."""
        if self.pack is None or self.settings is None:
            raise BadInput("This terminal has no offers yet.", "Connect it to the shop, or provision it.", "NO_PACK")
        special, day = self.wish.special, self._clock.local()[0]
        terms = self._terms(day)
        event = self._event(special, day)
        self._authority.refuse(_OPERATION.get(special, "earn"), 0 if event is None else event["amount"])
        self._journal.refuse_if_full()
        if self._uses_clock:
            self._clock.refuse_if_unsure()
        outcome = await run(self._tap_of(special, terms, event), self._chip, desk)
        desk.finish(outcome)
        self._family = getattr(getattr(outcome, "card", None), "family", self._family)
        if isinstance(outcome, Done) and outcome.entry is not None:
            self._done(outcome)
        elif isinstance(outcome, InDoubt):
            self.wish.clear()  # the card's next tap settles it, whatever is pressed then
        elif isinstance(outcome, Done) and special is not None and _has_landed(outcome.settled, special):
            self.wish.clear()  # what was pressed once more is what has just turned out done; the next card is asked for nothing
        elif isinstance(outcome, Blocked) or isinstance(outcome, Refused) and outcome.reason not in told.LOST:
            self.wish.clear()  # it was meant for this card; the next customer has wishes of their own
        return told.word_of(outcome, desk, self.pack, day, self._authority.word)

    def _broken_off(self, desk, word):
        """(word, facts) of a tap that could not go on: the word when nothing had begun, else the card is in doubt."""
        if desk.intended is None:
            return word, {}
        self.wish.clear()
        return told.in_doubt(desk.intended)

    def _troubled(self, desk, trouble):
        if desk.intended is not None:
            return self._broken_off(desk, "")
        if trouble.code in ("CARD_LOST", "READ_AGAIN"):
            return "lost", {}
        if trouble.code in ("READER_GONE", "READER_LOST"):
            return "reader_gone", {}
        return _KIND_OF_TROUBLE.get(trouble.code, "trouble"), {"code": trouble.code}

    def _terms(self, day):
        vault = self._vault
        return Terms(
            vault, vault.scheme, vault.epoch, vault.terminal, self._journal.next_transaction, self._clock.minute(), day, self.pack,
            self.settings["counters"], True, self._nonces, self._authority.limits(),
        )  # fmt: skip

    def _event(self, special, day):
        second = self._clock.local()[1]
        if special == wishes.REDEEM:
            return wishes.redeem_event(self.pack, day, second)
        if special == wishes.UNDO or self.wish.is_typing:
            return None
        return wishes.sale_event(self.settings, self.pack, self.wish.amount if self.wish.is_entered else None, day, second)

    def _tap_of(self, special, terms, event):
        if special == wishes.UNDO:
            from cardos.taps.undo import undo  # pressed now and then

            return undo(terms, self._journal.last_sale, False)
        if event is not None:
            from cardos.taps.sell import tap_alone

            is_guarded = special is None and not self.wish.is_entered
            return tap_alone(terms, event, "t%d-%d" % (terms.terminal, terms.transaction), self._guard if is_guarded else None)
        if self._journal.open_intents:
            from cardos.taps.settle_only import settle_only

            return settle_only(terms)
        from cardos.taps.read import read

        return read(terms)

    def _done(self, outcome):
        face = outcome.card
        self._stamped = [(family, uid, at) for family, uid, at in self._stamped if uid != face.uid][-GUARDED_MAX + 1 :]
        self._stamped.append((face.family, face.uid, ticks_ms()))  # an undone card too: it was just stamped by mistake
        self.wish.clear()

    def _guard(self, family, uid):
        """A card that was stamped a moment ago and lies there again gets no second stamp, unless an amount or a button says so."""
        for known, other, at in self._stamped:
            if known == family and other == uid and elapsed_ms(ticks_ms(), at) < self.settings["guard_s"] * 1000:
                return "ALREADY_STAMPED"
        return None

    def _wants_more(self):
        """Whether a button asked for something while the card lies there; a wish that was taken back asks for nothing."""
        return self._pressed and (self.wish.special is not None or self.wish.is_entered)

    async def _until_gone(self):
        """Until the card leaves, or a button asks for more of the card that lies there."""
        while not self._wants_more():
            self._last_look = ticks_ms()
            try:
                if not await self._chip.is_present():
                    return
            except StampdError:  # the reader went: `serve` says so
                return
            await sleep_ms(self.gone_every_ms)

    # --- nobody ---

    def _rest(self):
        wish = self.wish
        if (wish.shown is not None or wish.is_typing) and elapsed_ms(ticks_ms(), self._last_press) >= WISH_MS:
            wish.clear()
            self._show_idle()
        if self._told_at is not None and elapsed_ms(ticks_ms(), self._told_at) >= self._hold_ms:
            self._show_idle()
        if elapsed_ms(ticks_ms(), self._last_card) < QUIET_MS:
            return
        self._journal.rest()
        if self._told_at is None:
            self._show_idle(False)

    def _show_idle(self, always=True):
        wish, self._told_at = self.wish, None
        if wish.is_typing:
            self._signals.show("amount", {"amount": wish.amount})
            return
        facts = {
            "offline": self._sync is not None and self._sync.offline, "unsure": not self._clock.is_sure,
            "journal_low": self._journal.segments_free < 8, "wish": wish.shown,
        }  # fmt: skip
        if always or facts != self._idle:
            self._signals.show("idle", facts)
        self._idle = facts

    _idle = _told_at = None
    _hold_ms = 0


def _has_landed(settled, operation):
    """Whether one of a tap's settlements says that `operation` was on the card."""
    for item in settled:
        if item["operation"] == operation and item["outcome"] == "landed":
            return True
    return False
