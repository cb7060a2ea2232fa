"""The tap desk: one wish, one card, one outcome. Used by the command line alone and by the daemon.

It knows a repeated REF before it asks for a card, waits for the card, runs the tap, makes the outcome durable and only then
answers. It never raises for a card's or a reader's trouble: that is an answer too.
"""

import time

import msgspec

from cardos.errors import BadInput, CardAnswered, CardLost, ReaderLost, StampdError
from cardos.exchange import Blocked, Done, InDoubt, NotOurs, Refused
from cardos.offers.opening import opening_state
from cardos.offers.clock_use import uses_clock
from cardos.offers.rewards import reward_ids
from cardos.offers.standing import counter_names
from cardos.tap_runner import StoppedBeforeWriting, run
from cardos.taps.block import block
from cardos.taps.issue import issue
from cardos.taps.read import read
from cardos.taps.refund import refund
from cardos.taps.repair import repair
from cardos.taps.rotate import rotate
from cardos.taps.sell import sell
from cardos.taps.undo import undo
from host_tools.daemon import answers
from host_tools.daemon.afterwards import follows, wanted_of, write_behind
from host_tools.daemon.journal_desk import JournalDesk
from host_tools.daemon.repeat import differences, repeat_command
from host_tools.daemon.sales import bought, check_receipt
from host_tools.daemon.shown import history_rows, shown
from host_tools.daemon.words import words
from host_tools.tracing.traced_link import TracingLink

_SETTLED_BY_SALE = ("sell", "redeem", "event")


class TapDesk:
    """The desk of one home."""

    def __init__(self, home):
        self.home = home

    def perform(self, wish, reader, *, wait_s=10.0, cancelled=None, on_progress=None, on_answer=None, tracing=False):
        """Fulfil one wish with the next card. reader: a `Reader`, or a `Link` that is there already.

        Returns the answer as a dict (docs/commands.md); blocking. on_progress(word): "waiting", then "working".
        on_answer(answer): called once, as soon as the answer stands; a seal may be written after it, while the card still lies there.
        tracing: the answer carries "trace", a list of masked exchanges.
        """
        told: list[dict] = []

        def tell(answer):
            if on_answer and not told:
                told.append(answer)
                on_answer(answer)

        answer = self._fulfil(wish, reader, wait_s, cancelled, on_progress, tell, tracing)
        tell(answer)
        return answer

    def _fulfil(self, wish, reader, wait_s, cancelled, on_progress, tell, tracing):
        try:
            wish.check()
            check_receipt(self.home, wish)
            known = self._known(wish)
            if known is not None and known["state"] != "open":
                return self._replayed(wish, known)
            doubt = known["entry"] if known else None
        except StampdError as error:
            return self._trouble(error, wish)
        until = time.monotonic() + wait_s
        link, opened = self._link(reader, wait_s, cancelled, on_progress)
        if link is None or isinstance(link, StampdError):
            return self._no_card(wish, doubt, link, cancelled)
        answer = self._with_link(wish, link, opened, doubt, on_progress, tell, tracing)
        while opened and link.was_ghost and time.monotonic() < until:
            # PC/SC shows a card for up to 0.4 s after it left: it was none, the wait for one goes on
            link, _ = self._link(reader, until - time.monotonic(), cancelled, on_progress)
            if link is None or isinstance(link, StampdError):
                break
            answer = self._with_link(wish, link, opened, doubt, on_progress, tell, tracing)
        return answer

    def _with_link(self, wish, link, opened, doubt, on_progress, tell, tracing):
        """One presentation."""
        if on_progress:
            on_progress("working")
        traced = TracingLink(link) if tracing else link
        desk = JournalDesk(self.home)
        try:
            answer = self._tap(wish, traced, doubt, desk)
            answer["exchanges"], answer["bytes_out"], answer["bytes_in"] = link.exchanges, link.bytes_out, link.bytes_in
            if tracing:
                answer["trace"], answer["presented"] = [line._asdict() for line in traced.lines], traced.facts()
            if follows(self.home, desk):
                tell(answer)
                write_behind(self.home, link, desk, _milliseconds)
        finally:
            if opened:
                link.close()
        return answer

    def reference(self, transaction, kind="sell"):
        """A REF for a sale or a refund that was given none: this terminal and the transaction that it will be."""
        base = "t%d-%d" % (self.home.settings.terminal, transaction)
        reference, n = base, 1
        look = self.home.store.refund if kind == "refund" else self.home.store.sale
        while look(reference) is not None:
            n += 1
            reference = "%s.%d" % (base, n)
        return reference

    def _known(self, wish):
        """What the ledger holds under the wish's own REF, unless it did not land."""
        if wish.kind == "refund" and wish.ref is not None:
            return self.home.store.refund(wish.ref)
        if wish.kind not in _SETTLED_BY_SALE or wish.sale is None:
            return None
        known = self.home.store.sale(wish.sale)
        return None if known is None or known["state"] == "not_landed" else known

    def _link(self, reader, wait_s, cancelled, on_progress):
        """(link or None or the trouble, whether this desk opened it)."""
        if not hasattr(reader, "wait_for_card"):
            return reader, False
        if on_progress:
            on_progress("waiting")
        try:
            return reader.wait_for_card(wait_s, cancelled), True
        except StampdError as error:
            return error, False

    def _no_card(self, wish, doubt, trouble, cancelled):
        if doubt is not None:
            return self._in_doubt(wish, doubt, None)
        if isinstance(trouble, StampdError):
            return self._trouble(trouble, wish)
        is_cancelled = cancelled is not None and cancelled.is_set()
        return answers.refusal("CANCELLED" if is_cancelled else "NO_CARD", _operation(wish), wish.sale)

    def _tap(self, wish, link, doubt, desk):
        try:
            terms = self.home.terms()
            reference = wish.sale or (self.reference(terms.transaction) if wish.kind in _SETTLED_BY_SALE else None)
            if uses_clock(terms.pack) and self.home.clock_unsure():
                return answers.refusal("CLOCK_UNSURE", _operation(wish), wish.sale)
            tap = self._tap_of(wish, terms, reference, doubt)
            outcome = link.guarded(lambda: run(tap, link, desk, wish.dry_run, _milliseconds))
            answer = self._answer(wish, terms, reference, outcome, desk)
            if doubt is not None and isinstance(outcome, (NotOurs, Refused, Blocked)) and self._still_open(doubt):
                told, answer = answer, self._in_doubt(wish, doubt, None)  # this card says nothing of the sale that is asked for
                answer["hint"] = "%s %s" % (told["message"], answer["hint"])
        except StoppedBeforeWriting as stop:
            answer = self._dry(wish, stop.entry)
        except StampdError as error:
            entry = desk.intended or doubt
            answer = self._in_doubt(wish, entry, None) if self._still_open(entry) else self._trouble(error, wish)
            if answer["outcome"] == "in_doubt" and not isinstance(error, (CardLost, CardAnswered, ReaderLost)):
                answer["hint"] = "%s %s" % (error.message, error.hint)  # not the card's trouble: the ledger's, say
        answer["settled"] = desk.settled
        answer["message"] = answers.with_earlier_refunds(answer, self.home.pack)
        return answer

    def _still_open(self, entry):
        return entry is not None and self.home.store.transaction(entry["transaction"], entry["terminal"])["state"] == "open"

    def _tap_of(self, wish, terms, reference, doubt):
        home = self.home
        if wish.kind in ("show", "history"):
            return read(terms, *wanted_of(home, wish))
        if wish.kind == "sell":
            return sell(terms, wish.sale_event(terms.pack, terms.day, home.second), reference, doubt)
        if wish.kind == "redeem":
            return sell(terms, self._redemption(wish, terms), reference, doubt)
        if wish.kind == "event":
            return sell(terms, wish.card_event(terms.day, home.second), reference, doubt)
        if wish.kind == "refund":
            wanted, named = msgspec.to_builtins(wish.returned) or None, wish.ref is not None
            return refund(terms, lambda: bought(home, wish), wanted, wish.ref or self.reference(terms.transaction, "refund"), named, doubt)
        if wish.kind == "undo":
            return undo(terms, lambda family, uid: self._sale_to_undo(wish, family, uid), wish.sale is not None)
        if wish.kind == "issue":
            number = home.store.next_card_number()
            opening = opening_state(terms.pack, self._opening(wish), terms.day, False)
            required = home.settings.originality == "require"
            return issue(terms, number, home.link_of(number), opening, wish.reason, open_writes=wish.open_writes, originality_required=required)
        if wish.kind == "rotate":
            return rotate(self._terms_of_epoch(terms, wish.epoch))
        if wish.kind == "repair":
            return repair(terms, self._ledger_state, home.store.said_by_lost_boards)
        return block(terms, wish.reason, lift=wish.kind == "unblock")

    def _terms_of_epoch(self, terms, epoch):
        if epoch is None or epoch == terms.epoch:
            return terms
        if epoch not in self.home.keys.epochs:
            known = ", ".join(map(str, self.home.keys.epochs))
            raise StampdError("This shop holds no keys of epoch %d." % epoch, "It holds: %s." % known, "KEYS_EPOCH")
        return terms._replace(epoch=epoch)

    def _redemption(self, wish, terms):
        redeem = wish.redeem
        if redeem in ("none", "auto"):  # `card redeem` without --reward: the one reward there is
            ids = [name for rule in terms.pack["rules"]["rewards"] for name in reward_ids(rule)]
            if len(ids) != 1:
                raise BadInput("This shop has more than one reward." if ids else "This shop has no rewards.", "Name one: --reward ID.", "REWARD_UNKNOWN")
            redeem = ids[0]
        event = msgspec.structs.replace(wish, kind="sell", amount=0, lines=[], redeem=redeem).sale_event(terms.pack, terms.day, self.home.second)
        return {**event, "amount": 0}

    def _opening(self, wish):
        names = sorted(set(counter_names(self.home.pack).values()))
        for name in wish.opening:
            if name not in names or wish.opening[name] < 0:
                raise BadInput("There is no counter %r to open with." % name, "Counters: " + ", ".join(names) + ".", "BAD_OPENING")
        return wish.opening

    def _sale_to_undo(self, wish, family, uid):
        store = self.home.store
        found = store.sale(wish.sale) if wish.sale else store.last_sale(family, uid)
        if found is None or found["state"] not in ("done", "landed") or found["entry"]["terminal"] != store.terminal:
            return None  # a sale of a board is undone at that board: its own journal says so
        return found["entry"], found["undone"]

    def _ledger_state(self, family, uid):
        counters = self.home.store.believed_counters(family, uid)
        return None if counters is None else {int(key): tuple(pair) for key, pair in counters.items()}

    def _answer(self, wish, terms, reference, outcome, desk):
        operation = _operation(wish)
        if isinstance(outcome, Done):
            return self._done(wish, terms, reference, outcome, desk)
        if isinstance(outcome, InDoubt):
            return self._in_doubt(wish, outcome.entry, reference)
        if isinstance(outcome, NotOurs):
            return answers.refusal(outcome.reason, operation, wish.sale, "not_ours")
        kind = "blocked" if isinstance(outcome, Blocked) else "refused"
        answer = answers.refusal(outcome.reason, operation, wish.sale, kind)  # a REF that nothing took is nobody's
        if outcome.reason == "NO_SUCH_SALE" and wish.kind == "refund":
            answer["message"], answer["hint"] = words("NO_SUCH_SALE_WITH_RECEIPT" if wish.receipt else "NO_SUCH_SALE_HERE")
        elif outcome.reason == "LIMIT" and wish.cashier is not None and wish.cashier.discount_bp:
            answer["message"], answer["hint"] = words("LIMIT_BY_HAND")
        if outcome.card is not None and outcome.card.sequence is not None:
            answers.put_card(answer, terms.pack, outcome.card, terms.day)
        elif outcome.card is not None:
            answer["card_number"] = outcome.card.card_number
        if wish.kind in ("show", "history") and outcome.reason == "NEEDS_REPAIR":
            answer.update(shown(self.home, outcome.card, terms))
        if isinstance(outcome, Refused) and outcome.reason == "NEEDS_REPAIR" and not wish.dry_run:
            self._mark_needs_repair(outcome.card)
        return answer

    def _done(self, wish, terms, reference, outcome, desk):
        if wish.kind in ("show", "history"):
            answer = answers.put_card(answers.blank_answer("done", wish.kind), terms.pack, outcome.card, terms.day)
            answer.update(shown(self.home, outcome.card, terms))
            if wish.kind == "history":
                answer["history"] = history_rows(self.home, outcome.card)
            answer["message"], answer["hint"] = answers.done_message(answer, terms.pack, outcome.card, terms.day), ""
            return answer
        entry = outcome.entry
        if outcome.record_mac is not None:
            try:
                self.home.store.record_outcome(
                    entry["transaction"], "done", at=self.home.at(), sequence=entry["sequence"], record_mac=outcome.record_mac,
                    evidence=outcome.card.evidence if outcome.card else None,
                )  # fmt: skip
            except StampdError as error:  # the card carries it, the ledger could not say so: the next tap settles it
                answer = self._in_doubt(wish, entry, reference)
                answer["hint"] = "%s %s" % (error.message, error.hint)
                return answer
        answer = answers.put_entry(answers.blank_answer("done", _operation(wish), reference), terms.pack, entry, True)
        face = outcome.card
        if face is not None:
            desk.done_card = face.opened, entry
            desk.moved_on(face.opened, entry)
        if face is not None and face.sequence is not None:
            answer.update(answers.standing(terms.pack, face.counters, terms.day))
        answer["message"], answer["hint"] = answers.done_message(answer, terms.pack, face, terms.day), ""
        answer["message"] = " ".join([answer["message"], *answers.said_by_offers(terms.pack, entry, self.home.settings.language)]).strip()
        return answer

    def _in_doubt(self, wish, entry, reference):
        answer = answers.blank_answer("in_doubt", entry["operation"], entry["sale"] or entry["details"].get("sale") or reference)
        answers.put_entry(answer, self.home.pack, entry, False)
        gives = entry["operation"] in ("redeem", "undo", "refund")
        answer["message"], answer["hint"] = words("IN_DOUBT_REWARD" if gives else "IN_DOUBT")
        answer["repeat"] = repeat_command(wish, entry)
        return answer

    def _replayed(self, wish, known):
        entry, word = known["entry"], "refund" if wish.kind == "refund" else "sale"
        answer = answers.put_entry(answers.blank_answer("done", entry["operation"], wish.sale), self.home.pack, entry, True)
        answer["replayed"], answer["hint"] = True, ""
        if known["undone"]:
            answer["message"] = "This sale was made and undone; nothing was done now. Use a new reference."
            return answer
        answer["message"] = "This %s is in the ledger already; nothing was done twice." % word
        others = differences(wish, entry)
        if others:
            answer["hint"] = "It differs in its %s; use a new reference for another %s." % (" and ".join(others), word)
        return answer

    def _dry(self, wish, entry):
        answer = answers.blank_answer("done", _operation(wish), wish.sale)
        answer["dry_run"] = True
        if entry is not None:
            answers.put_entry(answer, self.home.pack, entry, True)
            answer["message"] = "A dry run: this would be done; nothing was written."
        else:
            answer["message"] = "A dry run: the card's last, interrupted change would be finished first; nothing was written."
        answer["hint"] = "Leave out --dry-run to do it."
        return answer

    def _trouble(self, error, wish):
        return answers.refusal(error.code, _operation(wish), wish.sale, message=error.message, hint=error.hint or words(error.code)[1])

    def _mark_needs_repair(self, face):
        row = self.home.store.card(face.family, face.uid)
        if row is not None and row.status in ("new", "active"):
            self.home.store.mark_card(face.family, face.uid, "needs_repair", self.home.at())


def _operation(wish):
    return {"sell": "earn", "event": "earn", "rotate": "migrate"}.get(wish.kind, wish.kind)


def _milliseconds():
    return time.monotonic_ns() // 1000000
