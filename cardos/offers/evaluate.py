"""`evaluate(pack, state, event) -> (state, effects)`: the one function that decides what an event does to a card.

Pure: no clock, no random number, no floats; the only loops are over the pack's rules and the sale's lines, both bounded
(`cardos.offers.pack.worst_case` tells how much). A refused event changes nothing, everything or nothing; only periods that were
due are rolled, which any later event would do alike.

pack    as `cardos.offers.pack` describes it, checked by it before it comes here
state   {counter id: (value i24, day u16)} as the card carries it; counters that hold nothing may be missing
event   a dict: "on" and what that event carries, days and seconds as numbers (`cardos.offers.events` makes it of JSON)
effects what happened, keys absent when they do not apply:
    "refused" code | "declined" code      a refused event changed nothing; a declined benefit was left out of the sale
    "paid", "discount", "gross"           minor units: due, price reductions, before everything
    "earned", "spent"                     {row of pack["counters"]: units}
    "rewards"                             [text]
    "next"                                [edge, rate_bp] of the next band, or None
    "entitlements"                        [name]
    "offers"                              [place in pack["offers"]] of those that gave something, whose messages are told
    "receipt"                             what a refund must know (`cardos.offers.refund`)
    "shares"                              {word: what the books settle}
"""

from cardos.offers import earn, rewards, status
from cardos.offers.basket import AMOUNT_MAX, LINES_MAX, Basket, trimmed
from cardos.offers.card_events import CARD_EVENTS, welcomes
from cardos.offers.holdings import Holdings
from cardos.offers.money import spread
from cardos.offers.prices import apply_prices
from cardos.offers.refusal import Refusal
from cardos.offers.standing import entitlements, next_band

__all__ = ("AMOUNT_MAX", "LINES_MAX", "evaluate", "rolled")


def evaluate(pack, state, event):
    """The state after `event` and what it did. See the module's page for shapes. Never raises on a well-formed event."""
    holdings = rolled(pack, state, event["day"])
    due = holdings.state()
    try:
        entitled = entitlements(pack, holdings, event.get("card", True))
        if event["on"] == "sale":
            effects = _sale(pack, holdings, event)
        else:
            effects = CARD_EVENTS.get(event["on"], _unknown)(pack, holdings, event)
    except Refusal as refusal:  # a rule said no: the card stays as it was
        return due, {"refused": refusal.code}
    effects["entitlements"] = entitled
    return holdings.state(), effects


def rolled(pack, state, day):
    """The `Holdings` of a card on a day, with everything that time alone has changed."""
    holdings = Holdings(pack["counters"], state, day)
    status.roll(pack["rules"]["roll"], holdings)
    return holdings


def _unknown(pack, holdings, event):
    raise Refusal("EVENT_UNKNOWN")


def joined(pack, holdings, event):
    """True when the event's card has joined. The card says so where the pack keeps that on the card, else the event does."""
    if pack["rules"].get("flags") is not None:
        return bool(holdings.bit(pack["rules"]["flags"], 0))
    return event.get("joined", True)


def _sale(pack, holdings, event):
    if event["currency"] != pack["currency"]:
        raise Refusal("CURRENCY_MISMATCH")
    here = event.get("card", True)
    membership = pack["rules"].get("membership")
    member = here and (membership is None or joined(pack, holdings, event))
    basket = Basket(pack, event, holdings, member)
    _check_spend(basket, here)
    earn.check_partner(basket)
    _check_manual(basket)
    if here and not member:
        _join_by_purchase(basket, membership)
    rewards.move_empty_cards(basket)
    rewards.apply_rewards(basket)
    before_prices = sum([line.value for line in basket.lines])
    apply_prices(basket)
    basket.value = sum([line.value for line in basket.lines])
    _burn(basket)
    basket.paid = sum([line.net for line in basket.lines])
    _join_by_sale(basket, here)
    earn.apply_earning(basket)
    status.apply_status(basket)
    assert basket.value <= before_prices <= basket.gross
    return _effects(basket)


def _check_spend(basket, here):
    """Points used as money are checked before anything else may change them. Refusals BAD_AMOUNT, OVERDRAW."""
    names = {}
    for row, about in enumerate(basket.pack["counters"]):
        if about.get("unit"):
            names[about["name"]] = row
    asked = basket.event.get("spend") or {}
    for name in sorted(asked):
        if asked[name] < 0:
            raise Refusal("BAD_AMOUNT")
    for name in sorted(asked):
        held = basket.holdings.usable(names[name]) if name in names and here else 0
        if asked[name] > max(0, held):
            raise Refusal("OVERDRAW")


def _check_manual(basket):
    """A discount by hand needs a right, a limit and a reason, in this order."""
    cashier = basket.event.get("cashier") or {}
    if not cashier.get("discount_bp"):
        return
    limit = basket.pack["rules"].get("manual")
    if cashier["discount_bp"] < 0:
        raise Refusal("BAD_AMOUNT")
    if "manual-discount" not in cashier.get("rights", ()):
        raise Refusal("NO_RIGHT")
    if limit is None or cashier["discount_bp"] > limit:
        raise Refusal("LIMIT")
    if not trimmed(cashier.get("reason") or ""):
        raise Refusal("REASON_MISSING")


def _join_by_purchase(basket, membership):
    """A card that has not joined pays the full price; the card item, where it is sold, enrols from the next sale on."""
    sku, flags = membership.get("sku"), basket.pack["rules"]["flags"]
    places = [place for place, line in enumerate(basket.lines) if sku and line.sku == sku]
    if places:
        basket.holdings.set_bit(flags, 0, True)
        basket.undo.append(["join", flags, places])
    else:
        basket.decline("NOT_ENROLLED")


def _join_by_sale(basket, here):
    """The first sale joins a card where nothing else is asked for, and gives what joining gives."""
    rules = basket.pack["rules"]
    if not here or not basket.gross or rules.get("membership") is not None or joined(basket.pack, basket.holdings, basket.event):
        return
    if rules.get("flags") is not None:
        basket.holdings.set_bit(rules["flags"], 0, True)
    for welcome in welcomes(rules, basket.day):
        basket.earned.append([welcome["c"], welcome["points"], "kept", basket.holdings.lot_day(welcome["c"])])


def _burn(basket):
    """Points, vouchers and credit as money, in the order of the pack's counters; spread over the lines like a discount."""
    asked = basket.event.get("spend") or {}
    for line in basket.lines:
        line.net = line.value
    for row, about in enumerate(basket.pack["counters"]):
        if not about.get("unit") or not asked.get(about["name"]):
            continue
        nets = [line.net for line in basket.lines]
        if asked[about["name"]] > basket.holdings.usable(row):  # a reward in this sale has taken from the same counter
            raise Refusal("OVERDRAW")
        units = min(asked[about["name"]], sum(nets) // about["unit"])
        if units:
            parts = basket.holdings.take(row, units)
            for line, share in zip(basket.lines, spread(units * about["unit"], nets)):
                line.net -= share
            basket.spent.append([row, units, parts])


def _effects(basket):
    earned, spent = {}, {}
    for entry in basket.earned:
        earned[entry[0]] = earned.get(entry[0], 0) + entry[1]
    for row, units, _ in basket.spent:
        spent[row] = units
    effects = {
        "paid": basket.paid, "discount": basket.gross - basket.value, "gross": basket.gross, "earned": earned, "spent": spent,
        "rewards": basket.rewards, "receipt": _receipt(basket), "offers": basket.givers, "shares": basket.shares,
        "next": next_band(basket.pack, basket.holdings, basket.gross),
    }  # fmt: skip
    if basket.declined:
        effects["declined"] = basket.declined
    return effects


def _receipt(basket):
    lines = [[line.sku, line.qty, line.free, line.value, line.net] for line in basket.lines]
    receipt = {
        "day": basket.day, "lines": lines, "earned": basket.earned, "spent": basket.spent, "given": basket.given,
        "undo": basket.undo, "shares": basket.shares, "card": basket.event.get("card", True),
    }  # fmt: skip
    if basket.event.get("partner"):
        receipt["partner"] = basket.event["partner"]
    return receipt
