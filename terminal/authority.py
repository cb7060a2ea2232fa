"""What this board may do now: its certificate, the stop list, the key epochs, the ceilings, and how sure its clock is.

Asked before each tap; a refusal is a `NotAllowed`, nothing has happened then. With a clock that is not sure nothing is guessed:

* What is known to be over is over: the newest minute that the journal, the list or the certificate has said is a floor of the time.
* Plain stamps go on for `unsure_taps_max` taps since the clock was last sure, then CLOCK_UNSURE.
* Rewards are limited by what the card got since the clock was last sure, as if all of that were today, and classes that need a fresh
  ledger get none.

Since when the clock is unsure is a kept note, so that pulling the plug does not begin the count anew:

    unsure    CBOR [first transaction whose rewards count as today's, first transaction counted as unsure, minute it became sure or null]
"""

from cardos import cbor
from cardos.errors import BadInput, StampdError
from cardos.taps.classes import LEDGER_DAYS_MAX, REWARDS_A_DAY, Limits, class_of
from terminal.journal_queries import Given

_DAY_S = 86400
_NEVER = 1 << 32  # a transaction that no journal reaches
_ALL_EPOCHS = tuple(range(256))
_STATUSES = {1: "TERMINAL_REVOKED", 2: "TERMINAL_CLONED"}  # of an answer (`cardos.records.board_sync`)


class NotAllowed(StampdError):
    """This board may not do that now. Codes: TERMINAL_REVOKED, TERMINAL_CLONED, CERTIFICATE_MISSING, CERTIFICATE_EXPIRED,
    KEYS_EPOCH_CLOSED, NOT_ALLOWED, AMOUNT_TOO_LARGE, CLOCK_UNSURE."""

    code = "NOT_ALLOWED"


class Authority:
    """vault, kept, journal, clock, settings: the board's. stop_list: `stop_list.StopList`.

    The clock's floor is `floor` (`Clock(authority_floor)` needs it before this object is there: `clock` may be set afterwards).
    """

    def __init__(self, vault, kept, journal, settings, stop_list, clock=None):
        self.clock = clock
        self.settings = settings
        self._vault, self._kept, self._journal, self.stop_list = vault, kept, journal, stop_list
        self.certificate = self._status = self._unsure = None
        self._given = Given(journal, kept)
        journal.before_freeing = self._note_what_was_given
        self._unsure = self._kept_note()
        self.reload()

    def floor(self):
        """The newest minute that anything here has proved: it is not earlier. For `Clock`."""
        begins = self.certificate["from"] if self.certificate else 0
        return max(self._journal.newest_minute, self.stop_list.minute, begins)

    def reload(self):
        """Takes certificate, list and the shop's last word on this board as they are kept now: at the start, and after a sync brought one."""
        from cardos.records.certificate import trusted_certificate  # seldom

        self.trouble = None
        self.stop_list.reload()
        try:
            data = self._kept.read("certificate")
            self.certificate = None if data is None else trusted_certificate(data)
        except BadInput as trouble:  # said at each tap; the sync brings a new one
            self.certificate, self.trouble = None, trouble
        try:
            status = self._kept.read("status")
            self._status = _STATUSES.get(status[0]) if status else None
        except BadInput:  # it cannot be told any more whether it was a revocation: the shop says it again
            self._status = "TERMINAL_REVOKED"
        self._vault.accept(self.stop_list.lowest_epoch, self.certificate["epochs"] if self.certificate else _ALL_EPOCHS)

    def refuse(self, operation, amount=0):
        """Raises `NotAllowed` (or the BadInput of a damaged certificate or list) when a tap may not begin.

        operation: "earn", "redeem" or "undo". amount: of the sale, minor units; None: none. May write a note to flash.
        """
        if self._status is not None or self.stop_list.has_terminal(self._vault.terminal):
            raise NotAllowed("This terminal was taken out of service.", "Ask the shop's office.", self._status or "TERMINAL_REVOKED")
        for trouble in (self.trouble, self.stop_list.trouble):
            if trouble is not None:
                raise trouble
        if self.certificate is None:
            raise NotAllowed("This terminal has no certificate yet.", "Connect it to the shop.", "CERTIFICATE_MISSING")
        if self.clock.minute() >= self.certificate["until"]:
            raise NotAllowed("This terminal's certificate has run out.", "Connect it to the shop once; it gets a new one.", "CERTIFICATE_EXPIRED")
        if self._vault.epoch not in self._vault.epochs:
            raise NotAllowed("This terminal's keys are not accepted any more.", "Provision it again: stampd board provision.", "KEYS_EPOCH_CLOSED")
        if operation not in self.certificate["operations"]:
            raise NotAllowed("This terminal may not do that.", "Do it at the shop's own machine.", "NOT_ALLOWED")
        if (amount or 0) > self.certificate["amount_max"]:
            raise NotAllowed("This sale is above what this terminal may enter.", "Enter it at the shop's own machine.", "AMOUNT_TOO_LARGE")
        self._refuse_without_clock()

    def _refuse_without_clock(self):
        """Keeps the note of since when the clock is unsure, and ends plain stamps when that is too long ago."""
        if self.clock.is_sure:
            if self._unsure is not None and self._unsure[2] is None:
                self._note([self._unsure[0], self._unsure[1], self.clock.minute()])
            return
        number, note = self._journal.next_transaction, self._unsure
        if note is None:
            self._note([number, number, None])
        elif note[2] is not None:  # it was unsure before, and became sure on what may still be the same day
            self._note([note[0] if note[2] >= self._midnight() else number, number, None])
        if number - self._unsure[1] >= self.certificate["unsure_taps_max"]:
            raise NotAllowed("This terminal has not known the date for too long.", "Connect it to the shop once.", "CLOCK_UNSURE")

    def _note(self, note):
        self._kept.keep("unsure", cbor.encode(note))
        self._unsure = note

    def _kept_note(self):
        """The kept note; one that says "always" when it cannot be read."""
        try:
            data = self._kept.read("unsure")
            note = None if data is None else cbor.decode(data)
            return note if note is None or len(note) == 3 else [1, 1, None]
        except (BadInput, TypeError):  # the strictest answer: everything counts, until the clock is sure again
            return [1, 1, None]

    def limits(self):
        """The `Limits` for the `Terms` of a tap that begins now."""
        if not self.settings.limits:  # the owner said so; the certificate's ceiling stays
            return Limits(0, 0, 0, self._counted)
        days = self.clock.age_s // _DAY_S if self.clock.is_sure else LEDGER_DAYS_MAX["C"]  # of unknown age is too old
        return Limits(days, self.settings.reward_value, self.settings.cheap_max, self._counted)

    def _counted(self, family, uid):
        """Rewards of the card, shifted so that the class's own number stands where this board's ceiling is."""
        of = class_of(family)
        shift = REWARDS_A_DAY[of] - self.certificate["rewards_max"][of]
        if self.settings.limits:
            shift = max(0, shift)  # a certificate may allow less than the class, not more
        midnight, since = self._window()
        return self._given.count(family, uid, midnight, since) + shift

    def _window(self):
        """(minute, transaction): rewards from either on count as today's."""
        midnight, note = self._midnight(), self._unsure
        if note is None or note[2] is not None and note[2] < midnight:
            return midnight, _NEVER
        return midnight, note[0]

    def _midnight(self):
        """The minute at which the local day began, as far as the clock knows. On the two days a year whose offset changes it may be
        an hour off."""
        return max(0, self.clock.minute() - self.clock.local()[1] // 60)

    def _note_what_was_given(self):
        self._given.keep(*self._window())

    def catch_up(self):
        """Reads what the journal has of today; called at the start, when nobody waits, because it may take seconds."""
        self._given.catch_up(*self._window())

    def word(self, code):
        """What a refusal's code means here: a limit that is only so strict because the date is not known is CLOCK_UNSURE."""
        return "CLOCK_UNSURE" if code == "LIMIT" and not self.clock.is_sure else code
