"""`evaluate(pack, state, sale) -> (state, effects)`: the one function that decides what a sale does to a card.

Pure: no clock, no random, no floats, no loops but over the pack's offers and the sale's lines, both bounded. A refused sale
returns the state it was given; everything or nothing.

pack   {"number", "currency", "minor_digits", "offers": [offer, ...]}; each offer's "kind" names its rules
state  {counter id: (value i24, expiry day u16)}
sale   {"amount": minor units, "lines": [{"sku", "category", "qty", "unit_price"}], "currency", "redeem": "none"|"auto"|id, "day"}
effects {"paid", "discount", "earned": {name: n}, "rewards": [text], "refused": code or None, "declined": code or None}
"""

from cardos.offers import stamp_card

AMOUNT_MAX = 1000000000000  # 10^12 minor units: the largest sale the rules are tested for
LINES_MAX = 200  # more lines than any shop's receipt; keeps the work of one tap bounded

_KINDS = {"stamp-card": stamp_card}


def evaluate(pack, state, sale):
    """The state after `sale` and what it gives. See the module's page for shapes."""
    refusal = _check(pack, sale)
    if refusal:
        return state, _refused(refusal)
    after, earned, rewards = dict(state), {}, []
    for offer in pack["offers"]:
        refusal, counter, effects = _KINDS[offer["kind"]].apply(offer, state, sale)
        if refusal:
            return state, _refused(refusal)
        after[offer["counter_id"]] = counter
        if effects["earned"]:
            earned[offer["counter"]] = effects["earned"]
        rewards.extend(effects["rewards"])
    return after, {
        "paid": sale["amount"], "discount": 0, "earned": earned, "rewards": rewards, "refused": None, "declined": None,
    }  # fmt: skip


def progress(pack, state, day):
    """Where a card stands: [{"id", "counter", "stamps", "needed", "ready", "reward"}] for each offer of the pack."""
    out = []
    for offer in pack["offers"]:
        value, _ = stamp_card.current(offer, state, day)
        ready = value // offer["stamps_needed"] if value > 0 else 0
        out.append({
            "id": offer["id"], "counter": offer["counter"], "stamps": value, "needed": offer["stamps_needed"],
            "ready": ready, "reward": offer["reward"],
        })  # fmt: skip
    return out


def opening_state(pack, names, values, day):
    """The counters a new card opens with: {id: (value, expiry day)} of {id: name} and {name: value}; stamps end as earned ones do."""
    days = {offer["counter_id"]: offer["valid_days"] for offer in pack["offers"]}
    return {key: (values[names[key]], day + days[key] - 1 if days[key] and values[names[key]] else 0) for key in names}


def counter_names(pack):
    """{counter id: name} of the pack's own counters."""
    return {offer["counter_id"]: offer["counter"] for offer in pack["offers"]}


def _refused(code):
    return {"paid": 0, "discount": 0, "earned": {}, "rewards": [], "refused": code, "declined": None}


def _check(pack, sale):
    if sale["currency"] != pack["currency"]:
        return "CURRENCY_MISMATCH"
    if len(sale["lines"]) > LINES_MAX:
        return "BAD_LINE"
    total = 0
    for line in sale["lines"]:
        if line["qty"] < 1 or line["unit_price"] < 0 or line["qty"] > AMOUNT_MAX or line["unit_price"] > AMOUNT_MAX:
            return "BAD_LINE"
        total += line["qty"] * line["unit_price"]
    if sale["amount"] < 0 or sale["amount"] > AMOUNT_MAX or (sale["lines"] and total != sale["amount"]):
        return "BAD_AMOUNT"
    if sale["redeem"] not in ("none", "auto") and sale["redeem"] not in [offer["id"] for offer in pack["offers"]]:
        return "REWARD_UNKNOWN"
    return None
