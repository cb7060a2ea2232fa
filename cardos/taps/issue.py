"""Make a blank chip this shop's card: link, opening record, password, protection, and last of all the issuer block.

The order keeps a card that is pulled at any moment either blank to the world or completely ours, and lets the same command
finish it: keys are written while protection is off, proven by a fresh authentication, then protection, then the issuer block,
then its lock (docs/card-format.md, sections 1 and 7). `issue` on a card that this home began takes the same card number, and
a genuine card that this home never recorded is taken into its register with what it holds: stamps are never reset.
"""

from cardos.errors import CardRefused, StampdError
from cardos.exchange import UNKNOWN_CARD, Done, InDoubt, Intent, NotOurs, Recall, refused
from cardos.families import ntag21x
from cardos.families.type2 import PAGE
from cardos.ndef import link_area
from cardos.records.fields import OPENING
from cardos.records.issuer_block import (
    LAYOUT_TYPE_2,
    LAYOUT_TYPE_2_OPEN,
    IssuerBlock,
    Profile,
    decode_issuer_block,
    decode_issuer_body,
)
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.record import NO_LINK, Record, slot_size
from cardos.taps.change_card import first_counters
from cardos.taps.open_card import OpenCard, cannot_write, page_bytes, read_face, slots_of
from cardos.taps.personalise import Personalisation

SEAL_SIZE = 72  # sequence 3, terminal 2, zero 3, Ed25519 64; reserved
RING_ENTRY_SIZE = 12


def issue(terms, card_number, link, opening, reason, batch=0, open_writes=False):
    """Generator: issue the chip that is presented.

    card_number: the number to give if this home has not begun this card before. link: the customer's link. opening:
    {counter id: (value, expiry day)} carried over from paper. open_writes: no password, for readers that cannot send one.
    Returns Done, Refused (ALREADY_ISSUED, NOT_BLANK, LOCKED_PAGES, CARD_LOCKED, CARD_TOO_SMALL, NEEDS_REPAIR), InDoubt
    or NotOurs. Raises ReaderCannot (READER_CANNOT_WRITE) and CardLost only before the intent is durable.
    """
    face = yield from read_face(terms)
    if face is None:
        return NotOurs("NO_STAMP_CARD", None)
    memory = yield Recall(face.chip.family, face.uid)
    begun = [entry for entry in memory.doubts if entry["operation"] == "issue"]
    issuer_raw = page_bytes(face, ntag21x.PAGE_ISSUER, ISSUER_SIZE)
    found = decode_issuer_block(issuer_raw, face.chip.family, face.keys)
    chip_config = yield from face.pages.read(face.chip.dynamic_lock_page, face.chip.config_page + 1)
    config = chip_config[PAGE:]
    if found is not None and found.scheme != terms.scheme:
        return NotOurs("OTHER_SCHEME", None)
    if begun:
        entry = begun[-1]
        plan, record = decode_issuer_body(bytes.fromhex(entry["details"]["block"])), entry_record(entry)
    elif found is not None:
        if memory.issued:
            return refused("ALREADY_ISSUED")
        plan = found
        record = yield from _record_it_holds(face, terms, plan, issuer_raw)
        if record is None:
            return refused("NEEDS_REPAIR")
        entry = _entry(face, plan, record, link, reason, {})
        entry["terminal"], entry["transaction"] = terms.terminal, terms.transaction  # the record is another home's, the entry ours
    else:
        trouble = yield from _not_blank(face, chip_config)
        if trouble:
            return refused(trouble)
        plan = _new_block(face, terms, card_number, batch, open_writes)
        if plan is None:
            return refused("CARD_TOO_SMALL")
        record = _opening_record(terms, plan, opening)
        entry = _entry(face, plan, record, link, reason, opening)
    area = link_area(entry["details"]["link"], ntag21x.NDEF_SIZE)
    needs_password = plan.profile.layout != LAYOUT_TYPE_2_OPEN
    if needs_password and not face.pages.fast:
        raise cannot_write()
    if config[3] <= face.chip.config_page + 3:  # protected already: an issue that was cut, or a stranger's card
        try:
            yield from face.pages.authenticate(*face.keys.password(plan.epoch))
        except CardRefused:
            return refused("CARD_LOCKED")
    if not begun:
        yield Intent(entry)
    slots = slots_of(face, plan.encode(face.chip.family, face.keys), plan.profile.counters, terms)
    work = Personalisation(face.chip, face.pages, slots, rewrite_all=bool(begun))
    try:
        yield from work.calm_mirror(config)
        yield from work.write_link(area)
        yield from work.write_opening(record, keep=found is not None)
        if needs_password:
            yield from work.protect(face.keys.password(plan.epoch), config)
        yield from work.close(plan.encode(face.chip.family, face.keys))
    except StampdError:
        return InDoubt(entry, None, [])
    card = OpenCard(face, plan, slots, UNKNOWN_CARD)
    return Done(entry, card.describe(), [], slots.record_mac.of(record.body(), record.epoch))


def _entry(face, plan, record, link, reason, opening):
    details = {
        "opening": {str(key): opening[key][0] for key in opening},
        "reason": reason,
        "block": plan.body().hex(),
        "link": link,
    }
    return make_entry(record, face.chip.family, face.uid, plan.card_number, None, 0, {}, None, details, "issue")


def _new_block(face, terms, card_number, batch, open_writes):
    """The issuer block of a new card, or None when the chip cannot hold so many counters. Ring and seal where there is room."""
    slots_end = ntag21x.PAGE_SLOTS + 2 * slot_size(terms.counters) // PAGE
    left = (face.chip.last_user_page + 1 - slots_end) * PAGE
    if left < 0:
        return None
    seal = left >= SEAL_SIZE
    ring = left - (SEAL_SIZE if seal else 0) >= RING_ENTRY_SIZE
    layout = LAYOUT_TYPE_2_OPEN if open_writes else LAYOUT_TYPE_2
    return IssuerBlock(terms.epoch, terms.scheme, batch, card_number, Profile(layout, terms.counters, ring, seal), terms.day)


def _opening_record(terms, block, opening):
    return Record(
        terms.epoch, OPENING, 0, terms.pack["number"] & 0xFF, 1, terms.minute, terms.terminal, terms.transaction, NO_LINK,
        first_counters(opening, block.profile.counters),
    )  # fmt: skip


def _record_it_holds(face, terms, plan, issuer_raw):
    """The newest record of a genuine card that this home does not know, or None."""
    slots = slots_of(face, issuer_raw, plan.profile.counters, terms)
    snapshot = yield from slots.read()
    return snapshot.newest.record if snapshot.newest else None


def _not_blank(face, chip_config):
    """None when the chip's own area is free, else LOCKED_PAGES or NOT_BLANK. A second read clears a corrupted answer."""
    if any(page_bytes(face, ntag21x.PAGE_LOCKS, PAGE)[2:]) or any(chip_config[:3]):
        return "LOCKED_PAGES"
    first = ntag21x.PAGE_ISSUER
    if any(page_bytes(face, first, len(face.raw) - first * PAGE)):
        again = yield from face.pages.read(first, len(face.raw) // PAGE - 1)
        if any(again):
            return "NOT_BLANK"
    return None
