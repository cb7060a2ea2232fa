"""Every tap's beginning: meet, read the records, verify, and compare with what this home knows (docs/card-format.md, 4).

`open_card` returns an `OpenCard`, or an outcome that ends the tap: NotOurs, Refused (READ_AGAIN, STALE_CARD, NEEDS_REPAIR,
COUNTER_AHEAD, CHANNEL_DOWNGRADE).
"""

from collections import namedtuple

from cardos.errors import CardAnswered, CardRefused
from cardos.exchange import Case, Done, Landed, NotOurs, Presented, Recall, refused
from cardos.records.issuer_block import scheme_of
from cardos.records.snapshot import ReadAgain
from cardos.taps.cards.held import IDENTIFIER, HeldCard
from cardos.taps.cards.meet import meet, without_hint

_OTHER_CHIP = ("CHANNEL_OTHER", "READ_AGAIN")  # how a chip of another family answers a hinted authentication


class CardFace(
    namedtuple(
        "CardFace",
        ["family", "uid", "channel", "card_number", "sequence", "counters", "records", "status", "epoch", "evidence", "opened"],
    )
):
    """What an outcome tells of a card. counters: {id: (value, expiry day)}; status: active, blocked, replaced or needs_repair.
    records: the good records on the card, newest last. evidence: what the chip said of this tap's change (DESFire: tmc, tmv).
    opened: the `OpenCard` itself, for what may follow in the same presentation (`afterwards`)."""


class OpenCard:
    """One genuine card in the field: its holder, its slots and what this home remembers of it."""

    def __init__(self, held, issuer, slots, memory):
        self.held = held
        self.family = held.family
        self.uid = held.uid
        self.keys = held.keys
        self.issuer = issuer
        self.slots = slots
        self.memory = memory
        self.register_status = memory.status  # kept up to date while doubts are settled
        self.settled = []  # what this tap settled: [{"sale", "outcome", "operation"}]
        self.still_open = []  # doubts that this tap could not settle
        self.is_stale = False  # let through although this home knows of a newer state (`repair`)
        self.found = None  # what a tap that only reads found behind the records (`afterwards.Found`)

    @property
    def record(self):
        """The newest good record."""
        return self.slots.newest.record

    @property
    def blocked(self):
        """True when the card's own flag or the register says blocked or replaced."""
        return bool(self.record.flags) or self.register_status in ("blocked", "replaced")

    def _records(self):
        found = {}
        for slot in self.slots.snapshot.slots:
            if slot.record is not None:
                found[slot.record.sequence] = slot.record
        return tuple([found[sequence] for sequence in sorted(found)])

    def unlock(self):
        """Generator: prove this shop's password or key to the card, once a presentation, before any write."""
        yield from self.held.unlock(self.issuer)

    def landed(self, entry, mac):
        """Generator: the `Done` of a record that is on the card. Where a copy is written after it, the ledger has it first."""
        if not hasattr(self.held, "mirror"):
            return Done(entry, self.describe(), self.settled, mac)
        yield Landed(entry["transaction"], entry["sequence"], mac, {})
        yield from self.held.mirror(self.slots)
        return Done(entry, self.describe(), self.settled, None)

    @property
    def evidence(self):
        """{} or what the chip said of the last change: {"tmc": int, "tmv": hex}."""
        said = getattr(self.slots, "transaction_mac", None)
        return {"tmc": said[0], "tmv": said[1].hex()} if said else {}

    def describe(self):
        """The `CardFace` of the card as it stands now."""
        held, newest = self.held, self.slots.newest if self.slots.snapshot else None
        number, epoch = self.issuer.card_number, self.issuer.epoch
        if newest is None:
            return CardFace(self.family, self.uid, held.channel, number, None, {}, (), "needs_repair", epoch, {}, self)
        status = self.register_status if self.register_status in ("blocked", "replaced") else "active"
        if newest.record.flags:
            status = "blocked" if newest.record.blocked else "replaced"
        return CardFace(
            self.family, self.uid, held.channel, number, newest.record.sequence, newest.record.values(),
            self._records(), status, epoch, self.evidence, self,
        )  # fmt: skip


def open_card(terms, allow_no_slot=False, change=True, allow_stale=None):
    """Generator: an `OpenCard`, or the outcome that ends this tap.

    allow_no_slot: let a card without a good slot through. change: the card is opened to be written. allow_stale(family, uid): True to let
    this stale card through, as `is_stale`; None: none.
    """
    found = yield Presented(False)
    held, issuer = yield from _believed(terms, found, change)
    if issuer is None and found.family is not None and not _knows_no_key(held):  # another chip of the same UID: the hint was wrong
        hinted = held
        held, issuer = yield from _believed(terms, without_hint(found), change)
        if issuer is None and isinstance(hinted, HeldCard):
            held = hinted  # it was what the hint said, only not believed
    if isinstance(held, NotOurs):
        return held
    if issuer is None or issuer.scheme != terms.scheme:
        return NotOurs(_stranger(held, issuer), None)
    memory = yield Recall(held.family, held.uid)
    slots = held.slots_of(issuer)
    card = OpenCard(held, issuer, slots, memory)
    if held.is_downgraded:
        yield Case("CHANNEL_DOWNGRADE", case_detail(card))
        return refused("CHANNEL_DOWNGRADE")
    try:
        yield from held.read_slots(slots)
        if slots.newest is None:
            return (yield from _without_slot(card, allow_no_slot))
        if slots.snapshot.forked:
            yield Case("SAME_SEQUENCE", case_detail(card))
            return refused("NEEDS_REPAIR", card.describe())
        if _is_stale(card):
            if allow_stale is None or not allow_stale(card.family, card.uid):
                return (yield from _stale(card))
            card.is_stale = True
    except ReadAgain:
        return refused("READ_AGAIN")
    return card


def _believed(terms, found, change):
    """Generator: (`HeldCard`, its proven issuer block or None), or (NotOurs, None)."""
    try:
        held = yield from meet(terms, found, change)
    except CardRefused as error:
        if error.code in ("WRONG_KEY", "TOO_MANY_FAILURES"):
            return NotOurs("NOT_GENUINE", None), None
        if found.family is None:
            raise
        return None, None
    except CardAnswered as error:
        if found.family is None or error.code not in _OTHER_CHIP:
            raise
        return None, None
    if held is None or isinstance(held, NotOurs):
        return held or NotOurs("NO_STAMP_CARD", None), None
    issuer = held.issuer()
    if issuer is None and held.issuer_raw is not None:  # one corrupted answer must not make a customer's card a stranger
        yield from held.read_issuer()
        issuer = held.issuer()
    return held, issuer


def _knows_no_key(held):
    """True for a card that refused our key: it is not asked again under another name."""
    return isinstance(held, NotOurs) and held.reason == "NOT_GENUINE"


def case_detail(card):
    """What a person needs to look into a case: the card, what it shows, what this home had seen."""
    seen, record = card.memory.last_seen, card.slots.newest if card.slots.snapshot else None
    return {
        "family": card.family,
        "uid": card.uid.hex(),
        "card_number": card.issuer.card_number,
        "sequence": record.record.sequence if record else None,
        "last_seen": seen[0] if seen else None,
    }


def _without_slot(card, allow_no_slot):
    if card.slots.counter_ahead:  # the chip's counter ran away from every record: somebody raised it
        yield Case("COUNTER_AHEAD", case_detail(card))
        if not allow_no_slot:
            return refused("COUNTER_AHEAD", card.describe())
    return card if allow_no_slot else refused("NEEDS_REPAIR", card.describe())


def _stranger(held, issuer):
    raw = held.issuer_raw
    if held.channel == IDENTIFIER:
        return "UNKNOWN_CARD"
    if issuer is None and (raw is None or not any(raw)):
        return "BLANK_CARD"
    claimed = scheme_of(raw)
    return "OTHER_SCHEME" if claimed is not None and claimed != held.terms.scheme else "NOT_GENUINE"


def _is_stale(card):
    """True when the card shows an older state than this home saw done, or contradicts it."""
    if card.memory.last_seen is None:
        return False
    sequence, link = card.memory.last_seen
    newest = card.slots.newest
    if newest.record.sequence < sequence or (newest.record.sequence == sequence and newest.link != link):
        return True
    for slot in card.slots.snapshot.slots:
        if slot.record is None:
            continue
        if slot.record.sequence == sequence and slot.link != link:
            return True
        if slot.record.sequence == sequence + 1 and slot.record.previous != link:
            return True
    return False


def _stale(card):
    """Read once more: the same again is a stale card and a case; anything else is READ_AGAIN."""
    before = card.slots.newest
    snapshot = yield from card.slots.read()
    again = snapshot.newest
    if again is None or again.image != before.image or not _is_stale(card):
        return refused("READ_AGAIN")
    yield Case("STALE_CARD", case_detail(card))
    return refused("STALE_CARD", card.describe())
