"""Every tap's beginning: identify, read both slots, verify, and compare with what this home knows (docs/card-format.md, 4).

`open_card` returns an `OpenCard`, or an outcome that ends the tap: NotOurs, Refused (READ_AGAIN, STALE_CARD, NEEDS_REPAIR).
"""

from collections import namedtuple

from cardos.errors import CardRefused, ReaderCannot
from cardos.exchange import Case, NotOurs, Recall, refused
from cardos.families import ntag21x
from cardos.families.type2 import PAGE, Pages
from cardos.records.diversification import CardKeys
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.issuer_block import LAYOUT_TYPE_2_OPEN, decode_issuer_block, scheme_of
from cardos.records.page_slots import PageSlots
from cardos.records.record import RecordMac, slot_size
from cardos.records.snapshot import ReadAgain

Face = namedtuple("Face", ["chip", "uid", "raw", "pages", "keys"])  # what the first exchange shows; raw: pages 0..last read


class CardFace(namedtuple("CardFace", ["family", "uid", "card_number", "sequence", "counters", "records", "status", "epoch"])):
    """What an outcome tells of a card. counters: {id: (value, expiry day)}; status: active, blocked, replaced or needs_repair.
    records: the good records on the card, newest last."""


class OpenCard:
    """One genuine card in the field: its chip, its slots and what this home remembers of it."""

    def __init__(self, face, issuer, slots, memory):
        self.face = face
        self.family = face.chip.family
        self.uid = face.uid
        self.keys = face.keys
        self.issuer = issuer
        self.slots = slots
        self.memory = memory
        self.register_status = memory.status  # kept up to date while doubts are settled
        self.settled = []  # what this tap settled: [{"sale", "outcome", "operation"}]
        self.still_open = []  # doubts that this tap could not settle

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
        """Generator: prove this shop's password to the card, once a presentation, before any write.

        Raises ReaderCannot (READER_CANNOT_WRITE) where the reader cannot carry a password; open cards need none.
        """
        if self.issuer.profile.layout == LAYOUT_TYPE_2_OPEN or self.face.pages.authenticated:
            return
        password, pack = self.keys.password(self.issuer.epoch)
        try:
            yield from self.face.pages.authenticate(password, pack)
        except ReaderCannot:
            raise cannot_write()

    def describe(self):
        """The `CardFace` of the card as it stands now."""
        newest = self.slots.newest if self.slots.snapshot else None
        if newest is None:
            return CardFace(self.family, self.uid, self.issuer.card_number, None, {}, (), "needs_repair", self.issuer.epoch)
        status = self.register_status if self.register_status in ("blocked", "replaced") else "active"
        if newest.record.flags:
            status = "blocked" if newest.record.blocked else "replaced"
        return CardFace(
            self.family, self.uid, self.issuer.card_number, newest.record.sequence, newest.record.values(),
            self._records(), status, self.issuer.epoch,
        )  # fmt: skip


def cannot_write():
    """The refusal of a reader that carries neither direct commands nor a transparent session."""
    return ReaderCannot(
        "This reader cannot unlock cards.",
        "Use a reader with direct commands (see docs/readers.md), or cards made with `stampd card issue --open`.",
        "READER_CANNOT_WRITE",
    )


def read_face(terms):
    """Generator: the `Face` of whatever card is there, or None when it is no chip that this shop's cards are made of.

    One exchange where the reader carries FAST_READ: header, link, issuer block and both slots of the scheme's usual size.
    """
    pages = Pages()
    last = ntag21x.PAGE_SLOTS + 2 * slot_size(terms.counters) // PAGE - 1
    last = min(last, ntag21x.CHIPS[0].last_user_page)
    try:
        raw = yield from pages.read(0, last)
    except CardRefused:
        return None
    chip = ntag21x.chip_of(raw[:16])
    if chip is None:  # one corrupted answer must not make a customer's card a stranger
        raw = (yield from pages.read(0, ntag21x.HEADER_PAGES - 1)) + raw[ntag21x.HEADER_PAGES * PAGE :]
        chip = ntag21x.chip_of(raw[:16])
    if chip is None:
        return None
    uid = ntag21x.uid_of(raw)
    return Face(chip, uid, raw, pages, CardKeys(terms.keys, terms.scheme, uid))


def page_bytes(face, first, count):
    """`count` bytes from page `first` of what the first exchange brought."""
    return face.raw[first * PAGE : first * PAGE + count]


def slots_of(face, issuer_raw, counters, terms):
    """The `PageSlots` of a card with this issuer block."""
    mac = RecordMac(face.chip.family, face.keys, issuer_raw)
    return PageSlots(face.pages, ntag21x.PAGE_SLOTS, counters, mac, terms.skip_equal)


def open_card(terms, allow_no_slot=False):
    """Generator: an `OpenCard`, or the outcome that ends this tap. allow_no_slot: let a card without a good slot through."""
    face = yield from read_face(terms)
    if face is None:
        return NotOurs("NO_STAMP_CARD", None)
    issuer_raw = page_bytes(face, ntag21x.PAGE_ISSUER, ISSUER_SIZE)
    issuer = decode_issuer_block(issuer_raw, face.chip.family, face.keys)
    if issuer is None:  # one corrupted answer must not make a customer's card a stranger
        issuer_raw = yield from face.pages.read(ntag21x.PAGE_ISSUER, ntag21x.PAGE_ISSUER + ISSUER_SIZE // PAGE - 1)
        issuer = decode_issuer_block(issuer_raw, face.chip.family, face.keys)
    if issuer is None or issuer.scheme != terms.scheme:
        return NotOurs(_stranger(issuer_raw, issuer, terms), None)
    memory = yield Recall(face.chip.family, face.uid)
    slots = slots_of(face, issuer_raw, issuer.profile.counters, terms)
    card = OpenCard(face, issuer, slots, memory)
    try:
        if len(face.raw) >= (slots.last_page + 1) * PAGE:
            size = (slots.last_page + 1 - ntag21x.PAGE_SLOTS) * PAGE
            yield from slots.read(page_bytes(face, ntag21x.PAGE_SLOTS, size))
        else:
            yield from slots.read()
        if slots.newest is None:
            return card if allow_no_slot else refused("NEEDS_REPAIR", card.describe())
        if slots.snapshot.forked:
            yield Case("SAME_SEQUENCE", case_detail(card))
            return refused("NEEDS_REPAIR", card.describe())
        if _is_stale(card):
            return (yield from _stale(card))
    except ReadAgain:
        return refused("READ_AGAIN")
    return card


def case_detail(card):
    """What a person needs to look into a case: the card, what it shows, what this home had seen."""
    seen, record = card.memory.last_seen, card.slots.newest
    return {
        "family": card.family,
        "uid": card.uid.hex(),
        "card_number": card.issuer.card_number,
        "sequence": record.record.sequence if record else None,
        "last_seen": seen[0] if seen else None,
    }


def _stranger(issuer_raw, issuer, terms):
    if issuer is None and not any(issuer_raw):
        return "BLANK_CARD"
    claimed = scheme_of(issuer_raw)
    return "OTHER_SCHEME" if claimed is not None and claimed != terms.scheme else "NOT_GENUINE"


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
