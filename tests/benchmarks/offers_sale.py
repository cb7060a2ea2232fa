"""The sale that the benchmarks of offers play, and the same rules three times: as a pack, as plain Python, as a decision of another engine.

The shop is docs/offers/shop: a stamp card, cashback, a welcome gift, and the best of three prices. `plain` is what a programmer writes who
knows this shop's rules and numbers by heart: no pack, no checks, no receipt.
"""

from pathlib import Path

from cardos.calendar import day_of
from cardos.offers.evaluate import evaluate
from cardos.offers.events import event_from_json
from cardos.offers.money import half_up, spread
from host_tools.offers.checking import compiled
from host_tools.offers.pack_toml import read_pack

SHOP = Path(__file__).resolve().parents[2] / "docs" / "offers" / "shop" / "pack.toml"
STAMPS, POINTS, FLAGS, GROUP = 1, 2, 3, 4  # counter ids of this pack
NEIGHBOUR, STAFF = 1, 2
DAY = day_of(2028, 3, 6)
STATE = {STAMPS: (9, 0), POINTS: (500, 0), FLAGS: (1, 0), GROUP: (NEIGHBOUR, 0)}
SALE = {
    "at": "2028-03-06T10:00", "on": "sale", "currency": "EUR", "code": "spring10", "spend": {"points": 100},
    "lines": [
        {"sku": "latte", "category": "coffee", "qty": 2, "unit_price": 350},
        {"sku": "beans", "category": "beans", "qty": 1, "unit_price": 1890},
        {"sku": "mug", "category": "cups", "qty": 1, "unit_price": 2399},
    ],
}  # fmt: skip
LINES_LONG = 200


def shop_pack():
    """The compiled pack of the shop."""
    return compiled(read_pack(SHOP))


def long_sale():
    """As many lines as a sale can have."""
    line = {"sku": "latte", "category": "coffee", "qty": 2, "unit_price": 350}
    return {**SALE, "lines": [{**line, "unit_price": 350 + number} for number in range(LINES_LONG)]}


def variants():
    """Sales of the same shape in which other rules win: no code, a small basket, no reward yet, a gift card among the lines."""
    gift = {"sku": "gift-card", "category": "gift-card", "qty": 1, "unit_price": 5000}
    young = {**STATE, STAMPS: (3, 0)}
    return [
        (STATE, SALE), ({**STATE, GROUP: (0, 0)}, {**SALE, "code": "none"}), ({**STATE, GROUP: (STAFF, 0)}, SALE),
        (STATE, {**SALE, "lines": SALE["lines"][:1]}), (young, SALE), (young, {**SALE, "lines": [*SALE["lines"], gift]}),
    ]  # fmt: skip


def told(state, effects):
    """What all three ways must agree on: (paid, discount, free coffees, stamps, points)."""
    return effects["paid"], effects["discount"], len(effects["rewards"]), state.get(STAMPS, (0, 0))[0], state.get(POINTS, (0, 0))[0]


def ours(pack):
    """(state, portable event) -> what is told, by the evaluator."""
    return lambda state, event: told(*evaluate(pack, state, event))


def plain(state, event):
    """The same sale by a function that knows the shop."""
    lines = event["lines"]
    stamps, points, group = state[STAMPS][0], state[POINTS][0], state[GROUP][0]
    gross = sum(line["qty"] * line["unit_price"] for line in lines)
    values, units = [line["qty"] * line["unit_price"] for line in lines], [line["qty"] for line in lines]
    coffees = [place for place, line in enumerate(lines) if line["category"] == "coffee"]
    free = 1 if stamps >= 9 and coffees else 0
    if free:
        place = min(coffees, key=lambda place: lines[place]["unit_price"])
        values[place] -= lines[place]["unit_price"]
        units[place] -= 1
        stamps -= 9
    everything, no_gifts = range(len(lines)), [place for place, line in enumerate(lines) if line["category"] != "gift-card"]
    offers = [(800 if gross >= 8000 else 500 if gross >= 4000 else 0, everything)]
    if event.get("code", "").strip().upper() == "SPRING10" and 2982 <= event["day"] <= 3051 and all(line["sku"] != "gift-card" for line in lines):
        offers.append((1000, everything))
    offers.append(((0, 1000, 1500)[group], no_gifts))
    off, places = max(((half_up(sum(values[place] for place in places) * bp, 10000), places) for bp, places in offers), key=lambda offer: offer[0])
    for place, share in zip(places, spread(off, [values[place] for place in places])):
        values[place] -= share
    before = sum(values)
    spent = min(event.get("spend", {}).get("points", 0), before)
    paid = sum(value - share for value, share in zip(values, spread(spent, values)))
    stamps += sum(units[place] for place in coffees)
    return paid, gross - before, free, stamps, points - spent + paid * 300 // 10000


def portable(sale):
    """The event as the evaluator takes it."""
    return {**event_from_json(sale), "joined": True}
