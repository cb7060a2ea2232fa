"""A refund gives back the exact share of a sale, in as many parts as people like; it works from the receipt."""

from cardos.offers.evaluate import evaluate
from cardos.offers.pack import check_pack
from cardos.offers.refund import refund
from tests.portable.offer_packs import DAY, fixed, line, pack_of, row, rule, sale

POINTS = row("points", 1, unit=100)
EARN = rule("points", c=0, bp=1000, worth=100)


class Till:
    """A card, a pack and one sale."""

    def __init__(self, pack, state, *lines, **more):
        self.pack, self.back, self.day = check_pack(pack), None, DAY
        self.state, self.effects = evaluate(self.pack, state, sale(*lines, **more))
        self.receipt = self.effects["receipt"]

    def back_come(self, *wanted):
        """Effects of returning [(sku, units) or (sku, units, True)]; nothing named is all that is left."""
        lines = [{"sku": one[0], "qty": one[1], "reward": len(one) > 2} for one in wanted] or None
        self.state, self.back, effects = refund(self.pack, self.state, self.receipt, self.back, lines, self.day)
        return effects


def test_money_of_parts_adds_up_to_what_was_paid():
    till = Till(pack_of([POINTS], [fixed(3333)]), {}, line(333, 7))
    assert till.effects["paid"] == 1554
    parts = [till.back_come(("latte", 1))["refunded"] for _ in range(7)]
    assert parts == [222] * 7 and sum(parts) == 1554
    assert till.back_come(("latte", 1)) == {"refused": "OVER_REFUND"} and till.back_come() == {"refused": "OVER_REFUND"}
    odd = Till(pack_of([POINTS]), {}, line(1, 3), line(100, sku="b"))
    odd.receipt["lines"][0][4] = 2  # two cents for three units
    assert [odd.back_come(("latte", 1))["refunded"] for _ in range(3)] == [1, 0, 1]


def test_more_than_was_sold_is_refused_and_changes_nothing():
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(1000, 2), line(500, sku="b"))
    before = till.state
    for wanted, code in ((("latte", 3), "OVER_REFUND"), (("tea", 1), "OVER_REFUND"), (("latte", 1, True), "OVER_REFUND"), (("latte", 0), "BAD_LINE"),
                         (("b", -1), "BAD_LINE")):  # fmt: skip
        assert till.back_come(wanted) == {"refused": code} and till.state == before and till.back is None, wanted
    assert till.back_come(("latte", 1), ("latte", 2)) == {"refused": "OVER_REFUND"}


def test_one_article_on_two_lines_comes_back_from_the_earlier():
    till = Till(pack_of([POINTS]), {}, line(1000, 2), line(700, 2))
    assert till.back_come(("latte", 3))["refunded"] == 2700
    assert till.back_come()["refunded"] == 700


def test_points_kept_are_rounded_down():
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(333, 3))  # 0.999 points
    assert till.effects["earned"] == {}
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000, 3))
    assert till.state == {1: (30, 0)}
    assert till.back_come(("latte", 1))["taken"] == {0: 10} and till.state == {1: (20, 0)}
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(3400, 3))  # 10 points for 10200
    taken = [till.back_come(("latte", 1))["taken"].get(0, 0) for _ in range(3)]
    assert taken == [4, 3, 3] and till.state == {}


def test_points_that_are_gone_come_off_the_money():
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000))
    till.state = {1: (3, 0)}
    assert till.back_come()["refunded"] == 10000 - 700 and till.state == {}
    poor = Till(pack_of([row("points", 1, unit=10000)], earn=[rule("points", c=0, bp=10000, worth=100)]), {}, line(10000))
    poor.state = {}
    assert poor.back_come()["refunded"] == 0  # never below zero


def test_points_spent_come_back_before_points_earned_are_taken():
    till = Till(pack_of([POINTS], earn=[EARN]), {1: (40, 0)}, line(10000), spend={"points": 40})
    assert till.effects["paid"] == 6000 and till.state == {1: (6, 0)}
    till.state = {}  # spent elsewhere meanwhile
    effects = till.back_come()
    assert effects["restored"] == {0: 40} and effects["taken"] == {0: 6} and effects["refunded"] == 6000
    assert till.state == {1: (34, 0)}
    parts = Till(pack_of([POINTS]), {1: (40, 0)}, line(3000, 3), spend={"points": 40})
    restored = [parts.back_come(("latte", 1))["restored"].get(0, 0) for _ in range(3)]
    assert restored == [13, 13, 14] and parts.state == {1: (40, 0)}


def test_stamps_go_by_the_unit_and_may_owe():
    stamps = row("stamps", 1, debt=True)
    card = pack_of([stamps], rewards=[rule("free-units", id="free", c=0, cost=10, units=1, sets=1, auto=True, text="free coffee")],
                   earn=[rule("stamps", c=0, per=2)])  # fmt: skip
    till = Till(card, {}, line(450, 5))
    assert till.state == {1: (2, 0)}
    assert till.back_come(("latte", 1))["taken"] == {} and till.back_come(("latte", 1))["taken"] == {0: 1}
    till.state = {}
    assert till.back_come()["taken"] == {0: 1} and till.state == {1: (-1, 0)}


def test_a_reward_comes_back_with_its_stamps_and_no_money():
    stamps = row("stamps", 1, debt=True)
    card = pack_of([stamps], rewards=[rule("free-units", id="free", c=0, cost=10, units=2, sets=2, auto=True, text="free coffee")])
    till = Till(card, {1: (20, 0)}, line(450, 5))
    assert till.effects["rewards"] == ["free coffee x4"] and till.state == {} and till.effects["paid"] == 450
    assert [till.back_come(("latte", 1, True))["restored"] for _ in range(4)] == [{0: 5}] * 4
    assert till.state == {1: (20, 0)} and till.back_come(("latte", 1, True)) == {"refused": "OVER_REFUND"}
    assert till.back_come(("latte", 1))["refunded"] == 450


def test_coupons_and_gifts_come_back_when_everything_has():
    coupons = pack_of([row("coupons", 1, "bits", count=3)], rewards=[rule("coupons", c=0, count=3, off=100, through=0)])
    till = Till(coupons, {}, line(450, 2), redeem="coupon-2")
    assert till.state == {1: (2, 0)} and till.effects["paid"] == 800
    till.back_come(("latte", 1))
    assert till.state == {1: (2, 0)}
    till.back_come(("latte", 1))
    assert till.state == {}
    gifts = pack_of([row("stickers", 1)], rewards=[rule("gifts", c=0, gifts=[["mug", 10, "gift mug"]])], gifts=True)
    empty = Till(gifts, {1: (12, 0)}, redeem="mug")
    assert empty.state == {1: (2, 0)}
    assert empty.back_come()["restored"] == {0: 10} and empty.state == {1: (12, 0)} and empty.back_come() == {"refused": "OVER_REFUND"}


def test_a_sale_without_a_card_touches_none():
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000), card=False)
    till.state = {1: (3, 0)}
    assert till.back_come()["refunded"] == 10000 and till.state == {1: (3, 0)}


def test_counts_and_spend_are_taken_back():
    counters = [row("purchases", 1), row("spend", 2, "lifetime", per=1), row("active", 3), {"name": "year", "ids": [4], "kind": "year"}]
    status = [rule("count", c=0), rule("spend", c=1), {"op": "issue", "offer": 0, "c": 2, "over": 500}, rule("units", c=3)]
    till = Till(pack_of(counters, status=status), {}, line(300, 2))
    assert till.state == {1: (1, 0), 2: (600, 0), 3: (1, 0), 4: (2, DAY + 305)}
    till.back_come(("latte", 1))
    assert till.state == {1: (1, 0), 2: (300, 0), 3: (1, 0), 4: (1, DAY + 305)}
    till.back_come()
    assert till.state == {}
