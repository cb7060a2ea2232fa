"""Make a blank chip this shop's card: link, opening record, keys, protection, and last of all the issuer block.

The order keeps a card that is pulled at any moment either blank to the world or completely ours, and lets the same command
finish it: keys are written while protection is off or old keys are known, proven by a fresh authentication, then protection,
then the issuer block, then its lock (docs/card-format.md, sections 1 and 7); the families' parts are in `cards`. `issue` on a
card that this home began takes the same card number, and a genuine card that this home never recorded is taken into its
register with what it holds: stamps are never reset.
"""

from cardos.crypto import originality
from cardos.errors import CardRefused, ReaderCannot, StampdError
from cardos.exchange import UNKNOWN_CARD, InDoubt, Intent, NotOurs, Recall, refused
from cardos.records.fields import OPENING
from cardos.records.issuer_block import IssuerBlock, decode_issuer_body
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.record import NO_LINK, Record
from cardos.taps.cards.making import meet_to_make
from cardos.taps.change_card import first_counters
from cardos.taps.open_card import OpenCard

GENUINE, NOT_PROVEN = "genuine", "not proven"


def issue(terms, card_number, link, opening, reason, batch=0, open_writes=False, originality_required=False):
    """Generator: issue the chip that is presented.

    card_number: the number to give if this home has not begun this card before. link: the customer's link. opening:
    {counter id: (value, expiry day)} carried over from paper. open_writes: no password, for readers that cannot send one.
    originality_required: refuse a chip whose maker's signature does not fit; else the journal says what was found.
    Returns Done, Refused (ALREADY_ISSUED, NOT_BLANK, LOCKED_PAGES, CARD_LOCKED, CARD_TOO_SMALL, NEEDS_REPAIR, NOT_ORIGINAL),
    InDoubt or NotOurs. Raises ReaderCannot (READER_CANNOT_WRITE) and CardLost only before the intent is durable.
    """
    making = yield from meet_to_make(terms)
    if making is None:
        return NotOurs("NO_STAMP_CARD", None)
    memory = yield Recall(making.family, making.uid)
    begun = [entry for entry in memory.doubts if entry["operation"] == "issue" and entry["family"] == making.family]
    found = making.issuer()
    if found is not None and found.scheme != terms.scheme:
        return NotOurs("OTHER_SCHEME", None)
    if begun:
        entry = begun[-1]
        plan, record = decode_issuer_body(bytes.fromhex(entry["details"]["block"])), entry_record(entry)
    elif found is not None:
        if memory.issued or memory.last_seen is not None or opening:  # what it holds stays: nothing is opened a second time
            return refused("ALREADY_ISSUED")
        plan = found
        record = yield from making.record_it_holds(plan)
        if record is None:
            return refused("NEEDS_REPAIR")
        entry = _entry(making, plan, record, link, reason, {})
        entry["terminal"], entry["transaction"] = terms.terminal, terms.transaction  # the record is another home's, the entry ours
    else:
        trouble = yield from making.not_blank()
        if trouble:
            return refused(trouble)
        profile = making.profile(open_writes)
        if profile is None:
            return refused("CARD_TOO_SMALL")
        plan = IssuerBlock(terms.epoch, terms.scheme, batch, card_number, profile, terms.day)
        record = _opening_record(terms, plan, opening)
        entry = _entry(making, plan, record, link, reason, opening)
        entry["details"]["originality"] = yield from _originality(making)
        if originality_required and entry["details"]["originality"] != GENUINE:
            return refused("NOT_ORIGINAL")
    making.check_link(entry["details"]["link"])
    trouble = yield from making.ready(plan, bool(begun))
    if trouble:
        return refused(trouble)
    if not begun:
        yield Intent(entry)
    try:
        slots = yield from making.make(plan, record, entry["details"]["link"], bool(begun), found is not None)
    except StampdError:
        return InDoubt(entry, None, [])
    card = OpenCard(making, plan, slots, UNKNOWN_CARD)
    return (yield from card.landed(entry, slots.newest.mac))


def _originality(making):
    """Generator: whether the maker signed this chip's UID (ECDSA; it proves the UID, not that this chip is it)."""
    try:
        signature = yield from making.signature()
    except (CardRefused, ReaderCannot):
        return NOT_PROVEN
    return GENUINE if signature is not None and originality.genuine(making.family, making.uid, signature) else NOT_PROVEN


def _entry(making, plan, record, link, reason, opening):
    details = {
        "opening": {str(key): opening[key][0] for key in opening},
        "reason": reason,
        "block": plan.body().hex(),
        "link": link,
        "channel": making.channel,
    }
    return make_entry(record, making.family, making.uid, plan.card_number, None, 0, {}, None, details, "issue")


def _opening_record(terms, block, opening):
    return Record(
        terms.epoch, OPENING, 0, terms.pack["number"] & 0xFF, 1, terms.minute, terms.terminal, terms.transaction, NO_LINK,
        first_counters(opening, block.profile.counters),
    )  # fmt: skip
