"""Real taps of software cards with a board's journal behind them: pulled away at any exchange, the board restarted each time."""

from cardos import tap_runner
from cardos.errors import CardLost
from cardos.exchange import Done, InDoubt, NotOurs, Presentation, Refused
from cardos.records.journal_line import CASE, OUTCOME, fields_of
from cardos.soft_cards.registry import load_card
from cardos.taps.sell import sell
from cardos.taps.settle_only import settle_only
from cardos.taps.terms import Terms
from cardos.taps.undo import undo
from terminal.journal import Journal
from terminal.journal_desk import JournalDesk
from tests.portable import shop as portable_shop
from tests.portable.journal_bench import ALL, MemoryFiles, head_mac

TERMINAL = 1


class Counter:
    """One card on a board's reader. `cut`: (exchange, whether the card still hears it) at which it is pulled away."""

    def __init__(self, family):
        self.shop = portable_shop.Shop(family)
        self.files = MemoryFiles()
        self.restart()
        self.cut, self.exchanges = None, 0

    def restart(self):
        """The power goes and comes back."""
        self.journal = Journal(self.files, TERMINAL, head_mac, 40, 16, 900)

    @property
    def card(self):
        return self.shop.card

    def exchange(self, frame, wait_ms):
        self.exchanges += 1
        if self.cut is not None and self.exchanges - 1 == self.cut[0]:
            if self.cut[1]:
                self.shop.exchange(frame, wait_ms)
            self.card.field_off()
            raise CardLost("pulled away")
        return self.shop.exchange(frame, wait_ms)

    def presented(self, uid_wanted):
        found = self.shop.found
        return Presentation("iso-dep" if found.sak & 0x20 else "type2", found.uid, found.ats or b"", None, None)

    def terms(self):
        shop = portable_shop
        return Terms(
            shop.KEYS, shop.SCHEME, shop.EPOCH, TERMINAL, self.journal.next_transaction, shop.MINUTE, shop.DAY, shop.PACK, 1, True, shop.nonces, None
        )  # fmt: skip

    def tap(self, generator, cut=None):
        """One presentation; returns the outcome, or the trouble before the intent was durable."""
        self.card.field_off()
        self.card.field_on()
        self.shop.found = self.card.activate()
        self.cut, self.exchanges = cut, 0
        self.journal.refuse_if_full()
        self.desk = JournalDesk(self.journal, lambda: portable_shop.MINUTE)
        try:
            outcome = tap_runner.run(generator, self, self.desk)
        except CardLost as trouble:
            return trouble
        self.desk.finish(outcome)
        return outcome

    def sell(self, reference, cut=None):
        return self.tap(sell(self.terms(), portable_shop.sale(), reference), cut)

    def issue(self):
        return self.tap(portable_shop.issue(self.terms(), 1, portable_shop.LINK, {}, ""))

    def stamps(self):
        """What the card says, by a tap that settles what it can."""
        outcome = self.tap(settle_only(self.terms()))
        assert isinstance(outcome, Done), outcome
        return outcome.card.counters.get(1, (0, 0))[0]

    def landed(self):
        """How many earned stamps the journal says landed."""
        kinds = [fields_of(line) for line in self.journal.batch(1, ALL)[2]]
        return len([fields for fields in kinds if fields[0] == OUTCOME and fields[3] != 2 and fields[4] > 1])


def test_a_sale_pulled_away_anywhere_is_one_stamp_or_none_after_any_restart():
    for family in ("ntag215", "ntag424"):
        counter = Counter(family)
        assert isinstance(counter.issue(), Done) and isinstance(counter.sell("first"), Done)
        counter.stamps()
        whole = counter.exchanges + 12
        for cut in [(number, heard) for number in range(whole) for heard in (False, True)]:
            before = counter.landed()
            outcome = counter.sell("at %d" % cut[0], cut)
            counter.restart()
            assert counter.journal.open_intents == (1 if isinstance(outcome, InDoubt) else 0)
            stamps = counter.stamps()
            assert counter.journal.open_intents == 0
            assert stamps == counter.landed(), (family, cut)
            assert stamps - before == (0 if isinstance(outcome, CardLost) else 1), (family, cut)


def test_an_older_image_of_a_card_is_stale_after_a_restart_and_after_the_segments_are_freed():
    counter = Counter("ntag215")
    counter.issue()
    counter.sell("one")
    older = counter.card.state()
    counter.sell("two")
    for number in range(12):
        counter.sell("more %d" % number)
    counter.journal.stored_up_to(counter.journal.count)
    counter.restart()
    counter.shop.card = load_card(older)
    outcome = counter.sell("three")
    assert isinstance(outcome, Refused) and outcome.reason == "STALE_CARD"
    assert counter.desk.cases == ["STALE_CARD"]
    assert isinstance(counter.sell("four"), Refused) and counter.desk.cases == []  # the same case is said once
    assert fields_of(counter.journal.batch(counter.journal.count, ALL)[2][0])[0] == CASE


def test_the_journal_spares_a_card_the_questions_that_it_can_answer():
    counter = Counter("ntag424")
    counter.issue()
    counter.sell("one")
    known = counter.exchanges
    assert counter.journal.familiar(portable_shop.UID, "iso-dep")[1].key_epoch == portable_shop.EPOCH
    counter.journal.stored_up_to(counter.journal.count)
    counter.restart()
    counter.sell("two")
    assert counter.exchanges == known
    counter.files.content.clear()
    counter.restart()
    assert counter.journal.familiar(portable_shop.UID, "iso-dep") is None
    counter.sell("three")
    assert counter.exchanges >= known


def test_the_last_sale_is_taken_back_once():
    counter = Counter("ntag215")
    counter.issue()
    counter.sell("one")
    counter.sell("two")
    counter.restart()
    assert isinstance(counter.tap(undo(counter.terms(), counter.journal.last_sale, False)), Done)
    again = counter.tap(undo(counter.terms(), counter.journal.last_sale, False))
    assert isinstance(again, Refused) and again.reason == "ALREADY_UNDONE"
    assert counter.stamps() == 1


def test_a_card_that_only_identifies_is_the_shop_s_to_know():
    counter = Counter("ntag215")
    assert isinstance(counter.tap(settle_only(counter.terms())), NotOurs)
    assert counter.desk.ledger_state("classic-1k", portable_shop.UID) is None
