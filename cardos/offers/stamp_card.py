"""One offer: a stamp for each unit of a stamp item; a full set of stamps gives a reward.

The offer is a plain dict (its keys are checked where the pack is made):
    id            what `redeem` names, for example "free-coffee"
    counter_id    u8 on the card        counter       its name in answers, for example "stamps"
    items         categories or article numbers that earn; "*" stands for an amount without lines
    stamps_needed how many stamps make a full set
    reward        what is handed over, for example "free coffee"
    valid_days    0, or after how many days without a new stamp the stamps end
"""

from cardos.bytes import I24_MAX


def units_that_earn(offer, sale):
    """How many units of a sale earn. Units priced zero earn nothing; an amount without lines is one unit."""
    if not sale["lines"]:
        return 1 if sale["amount"] > 0 else 0
    return sum([line["qty"] for line in sale["lines"] if line["unit_price"] > 0 and _is_item(offer, line)])


def _is_item(offer, line):
    return line["category"] in offer["items"] or line["sku"] in offer["items"]


def current(offer, state, day):
    """The stamps on the card that still count on `day`: past their expiry day they are gone."""
    value, expiry_day = state.get(offer["counter_id"], (0, 0))
    if expiry_day and day > expiry_day:
        return 0, 0
    return value, expiry_day


def apply(offer, state, sale):
    """Burn, then earn. Returns (refusal or None, new counter (value, expiry day), effects of this offer)."""
    value, expiry_day = current(offer, state, sale["day"])
    effects = {"earned": 0, "rewards": [], "taken": 0}
    wanted = sale["redeem"]
    if wanted == offer["id"] and value < offer["stamps_needed"]:
        return "OVERDRAW", None, effects
    if wanted in (offer["id"], "auto") and value >= offer["stamps_needed"]:
        value -= offer["stamps_needed"]
        effects["taken"] = offer["stamps_needed"]
        effects["rewards"].append(offer["reward"] + " x1")
    earned = units_that_earn(offer, sale)
    if value + earned > I24_MAX:
        return "COUNTER_RANGE", None, effects
    if earned and offer["valid_days"]:
        expiry_day = sale["day"] + offer["valid_days"] - 1
    effects["earned"] = earned
    if value + earned == 0:
        expiry_day = 0
    return None, (value + earned, expiry_day), effects
