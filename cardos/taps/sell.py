"""A sale: settle what is in doubt, evaluate the offers, earn and redeem on the card. `redeem` alone is a sale of amount 0."""

from cardos.errors import RangeError
from cardos.exchange import Blocked, Done, InDoubt, refused
from cardos.offers.evaluate import evaluate
from cardos.records.fields import EARN, REDEEM
from cardos.taps.change_card import change, successor
from cardos.taps.classes import allows_rewards
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, open_settled


def sell(terms, sale, reference, doubt=None):
    """Generator: apply `sale` (see `cardos.offers.evaluate`) to the card that is presented.

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
    if card.blocked:
        return Blocked("CARD_BLOCKED", card.describe(), card.settled)
    before = card.record.values()
    after, effects = _evaluated(terms, card, before, sale)
    if effects["refused"]:
        return refused(effects["refused"], card.describe(), card.settled)
    try:
        record = successor(card, terms, REDEEM if effects["rewards"] else EARN, after)
        if record is None:
            return refused("CARD_FULL", card.describe(), card.settled)
        record.body()
    except RangeError as error:
        return refused(error.code, card.describe(), card.settled)
    details = {
        "amount": sale["amount"], "currency": sale["currency"], "lines": sale["lines"], "paid": effects["paid"],
        "discount": effects["discount"], "earned": effects["earned"], "rewards": effects["rewards"],
        "declined": effects["declined"],
    }  # fmt: skip
    return (yield from change(card, terms, record, reference, None, details))


def _evaluated(terms, card, before, sale):
    """What the offers make of the sale; a reward over this card's limit is left on the card and the sale goes on without it."""
    after, effects = evaluate(terms.pack, before, sale)
    if allows_rewards(terms.limits, card.family, card.uid, _count(effects["rewards"])):
        return after, effects
    if not sale["amount"] and not sale["lines"]:
        effects["refused"] = "LIMIT"
        return before, effects
    without = dict(sale)
    without["redeem"] = "none"
    after, effects = evaluate(terms.pack, before, without)
    effects["declined"] = "LIMIT"
    return after, effects


def _count(rewards):
    """How many things are handed over: "free coffee x2" is two."""
    return sum([int(text.rsplit(" x", 1)[1]) if " x" in text else 1 for text in rewards])


def _settled_answer(card, doubt):
    """The answer when the entry that carries this REF landed or stays open; None when it did not land: sell anew."""
    if any([entry["transaction"] == doubt["transaction"] for entry in card.still_open]):
        return InDoubt(doubt, card.describe(), card.settled)
    for item in card.settled:
        if item["sale"] == doubt["sale"] and item["outcome"] == LANDED:
            return Done(doubt, card.describe(), card.settled, None)
    return None
