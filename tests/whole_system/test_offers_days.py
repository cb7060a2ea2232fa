"""Random days of sales, points as money, rewards, undos, refunds and tears: nothing is minted, whatever is cut. The promises hold after each step."""

import shutil

import pytest

from host_tools.daemon.wishes import Line, Returned
from host_tools.offers.compiler import compile_pack
from host_tools.offers.replay import RowOffer
from host_tools.offers.schema import check_parameters
from host_tools.settings import Settings
from tests.offers.shop_with_pack import run_pack
from tests.whole_system import shop_lab
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import blank

OFFERS = {
    "stamp-card": {"category": "coffee", "stamps_needed": 4},
    "cashback": {"earn_bp": 1000, "point_value": 10},
    "catalogue": {"counter": "stickers", "step": 500, "per_step": 1, "catalogue": {"mug": 3, "bag": 7}},
    "container-return": {"item": "jar", "needed": 3, "gift": "mask"},
    "manual-discount": {"max_bp": 1000},
}
ITEMS = (("latte", "coffee", 450), ("tea", "tea", 333), ("beans", "goods", 1299))
MODES = ("not-executed", "answer-lost", "half:garbage", "corrupt")
STEPS, TORN_IN = 45, 4


def plain_pack(number=2):
    """One pack with every kind that counts in plain counters."""
    offers = [RowOffer(kind, kind, check_parameters(kind, {"currency": "EUR", **about}, kind), {"en": kind}, {}, "") for kind, about in OFFERS.items()]
    return compile_pack(offers, number=number)


class Day:
    """One shop, one card, what was sold on it."""

    def __init__(self, family, rng, folder):
        self.rng = rng
        self.shop = shop_lab.Shop(folder, Settings(counters=9))
        run_pack(self.shop.home, plain_pack())
        self.card = blank(family)
        self.world = World([self.shop.home], {shop_lab.UID: self.card})
        self.sales, self.outcomes = [], set()
        self.tap(kind="issue", opening={"stamps": 3, "points": 40}, reason="paper card", tear=None)

    def tap(self, tear="maybe", **wish):
        """One presentation, sometimes cut; a doubt is asked again with the same words."""
        cut = None
        if tear and self.rng.randrange(TORN_IN) == 0:
            cut = (self.rng.randrange(14), self.rng.choice(MODES))
        answer = self.shop.tap(self.card, tear=cut, **wish)
        self.look(answer)
        if answer["outcome"] == "in_doubt":
            answer = self.shop.tap(self.card, **{**wish, "sale": answer["sale"] or wish.get("sale")})
            self.look(answer)
        return answer

    def look(self, answer):
        self.outcomes.add((answer["operation"], answer["outcome"]))
        self.world.heard(answer)
        assert violations(self.world) == [], answer

    def step(self):
        word = self.rng.choice(("sell", "sell", "sell", "refund", "refund", "redeem", "undo", "return"))
        getattr(self, "do_" + word)()

    def do_sell(self):
        lines = [Line(sku, category, self.rng.randrange(1, 5), price) for sku, category, price in self.rng.sample(ITEMS, self.rng.randrange(1, 4))]
        spend = {"points": self.rng.randrange(0, 30)} if self.rng.randrange(2) else {}
        answer = self.tap(kind="sell", lines=lines, spend=spend, redeem=self.rng.choice(("none", "auto")), sale="S-%d" % len(self.world.said))
        if answer["outcome"] == "done":
            self.sales.append((answer["sale"], lines))

    def do_refund(self):
        if self.sales:
            sale, lines = self.rng.choice(self.sales)
            returned = [Returned(line.sku, self.rng.randrange(1, line.qty + 1)) for line in lines if self.rng.randrange(2)]
            self.tap(kind="refund", sale=sale, returned=returned)

    def do_redeem(self):
        self.tap(kind="redeem", redeem=self.rng.choice(("mug", "bag")), sale="G-%d" % len(self.world.said))

    def do_undo(self):
        answer = self.tap(kind="undo")
        self.sales = [one for one in self.sales if one[0] != answer["sale"] or answer["outcome"] != "done"]

    def do_return(self):
        event = {"on": "return", "item": "jar", "qty": self.rng.randrange(1, 5)}
        self.tap(kind="event", event=event, sale="E-%d" % len(self.world.said))


@pytest.mark.parametrize("family", ["ntag215", "desfire-ev2"])
def test_nothing_is_minted_on_a_random_day(family, rng):
    folder = shop_lab.memory_disk()
    day = Day(family, rng, folder)
    try:
        for _ in range(STEPS):
            day.step()
        held = day.shop.tap(day.card, kind="show")["counters"]
        for sale, _ in day.sales:
            day.tap(kind="refund", sale=sale, tear=None)
        assert violations(day.world, at_the_end=True) == [], held
        assert ("refund", "done") in day.outcomes and ("earn", "done") in day.outcomes
    finally:
        day.shop.close()
        shutil.rmtree(folder)
