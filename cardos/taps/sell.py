"""A sale, or another event of the offers: settle what is in doubt, evaluate, write what it makes of the card.

`redeem` alone is a sale of amount 0. Joining, empties, donations, credits and migrations go the same way.
"""

from cardos.exchange import Blocked, Done, InDoubt, Refused, refused
from cardos.offers.evaluate import evaluate
from cardos.offers.fitting import fitted
from cardos.offers.holdings import Holdings
from cardos.offers.standing import view
from cardos.records.fields import EARN, REDEEM
from cardos.taps.change_card import change, decided
from cardos.taps.classes import allows_rewards
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, is_same, open_settled


def sell(terms, event, reference, doubt=None):
    """Generator: apply `event` (see `cardos.offers.evaluate`) to the card that is presented.

    reference: the sale's REF, which is journaled with it. doubt: the entry that already carries this REF and is in doubt;
    then this tap settles it and sells only if it had not landed: one REF is one sale, whatever was torn.
    Returns Done, Refused, InDoubt, NotOurs or Blocked. Raises CardLost only before the intent is durable.
    """
    card = yield from open_settled(terms, doubt)
    if not isinstance(card, OpenCard):
        return card
    if doubt is not None:
        answer = _settled_answer(card, doubt)
        if answer is not None:
            return answer
    return (yield from _sold(terms, card, event, reference))


def tap_alone(terms, event, reference, refuse=None):
    """Generator: `sell` for a terminal where presenting the card is the whole wish. A card that comes back with a doubt is only
    settled by this tap: its Done has no entry, and what is asked for anew is asked for by the next tap.

    refuse(family, uid): a code when this card may not be sold to now (it was, a moment ago), else None; asked of a genuine card.
    """
    card = yield from open_settled(terms)
    if not isinstance(card, OpenCard):
        return card
    if card.settled:
        return Done(None, card.describe(), card.settled, None)
    reason = None if refuse is None else refuse(card.family, card.uid)
    if reason is not None:
        return refused(reason, card.describe(), [])
    return (yield from _sold(terms, card, event, reference))


def _sold(terms, card, event, reference):
    """Generator: the event, applied to a card whose doubts are settled."""
    if card.blocked:
        return Blocked("CARD_BLOCKED", card.describe(), card.settled)
    pack = fitted(terms.pack, card.record.values(), len(card.record.counters))
    after, effects = _evaluated(pack, terms.limits, card, event)
    if "refused" in effects:
        return refused(effects["refused"], card.describe(), card.settled)
    if pack is not terms.pack and event["on"] == "sale" and "declined" not in effects:
        effects["declined"] = "CARD_FULL"  # the sale goes on with what the card can hold
    operation = REDEEM if effects.get("rewards") or effects.get("spent") else EARN
    record = decided(card, terms, operation, after)
    if isinstance(record, Refused):
        return record
    return (yield from change(card, terms, record, reference, None, details_of(terms.pack, event, effects, after)))


def details_of(pack, event, effects, after):
    """What the journal keeps of an event beside the record: what a person is told, and the receipt that a refund needs."""
    named = {}
    for key in ("earned", "spent"):
        named[key] = {pack["counters"][row]["name"]: units for row, units in effects.get(key, {}).items() if units}
    details = {
        "amount": event.get("amount", effects.get("gross", 0)), "currency": pack["currency"], "lines": event.get("lines", []),
        "paid": effects.get("paid", 0), "discount": effects.get("discount", 0), "earned": named["earned"], "spent": named["spent"],
        "rewards": effects.get("rewards", []), "declined": effects.get("declined"), "pack": pack["number"],
        "counters": view(pack, Holdings(pack["counters"], after, event["day"])), "next": effects.get("next"),
    }  # fmt: skip
    if event["on"] == "sale":
        details["receipt"] = effects["receipt"]
        details["offers"] = [pack["offers"][place]["id"] for place in effects["offers"]]
    else:
        details["on"] = event["on"]
    for key in ("code", "partner", "cashier"):
        if event.get(key):
            details[key] = event[key]
    return details


def _evaluated(pack, limits, card, event):
    """What the offers make of it; a reward over this card's limit is left on the card and the sale goes on without it."""
    before = card.record.values()
    after, effects = evaluate(pack, before, event)
    if "refused" in effects or allows_rewards(limits, card.family, card.uid, _count(effects.get("rewards", ()))):
        return after, effects
    if event["on"] != "sale" or not event.get("amount") and not event.get("lines"):
        return before, {"refused": "LIMIT"}
    without = dict(event)
    without["redeem"] = "none"
    after, effects = evaluate(pack, before, without)
    effects["declined"] = "LIMIT"
    return after, effects


def _count(rewards):
    """How many things are handed over: "free coffee x2" is two."""
    return sum([int(text.rsplit(" x", 1)[1]) if " x" in text else 1 for text in rewards])


def _settled_answer(card, doubt):
    """The answer when the entry that carries this REF landed or stays open; None when it did not land: sell anew."""
    if any([is_same(entry, doubt) for entry in card.still_open]):
        return InDoubt(doubt, card.describe(), card.settled)
    for item in card.settled:
        if item["sale"] == doubt["sale"] and item["outcome"] == LANDED:
            return Done(doubt, card.describe(), card.settled, None)
    return None
