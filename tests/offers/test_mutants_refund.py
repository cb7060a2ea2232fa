"""Refunds at their edges: parts of rewards and lots, what time has changed since, what is undone only once everything is back."""

from cardos.bytes import I24_MAX
from cardos.calendar import day_of, month_end, month_of, year_end
from cardos.cbor import decode, encode
from cardos.offers.evaluate import evaluate
from cardos.offers.refund import refund
from tests.portable.offer_packs import DAY, fixed, line, pack_of, row, rule, sale

POINTS = row("points", 1, unit=100)
EARN = rule("points", c=0, bp=1000, worth=100)
THIS_YEAR = year_end(2026)


class Till:
    """A card, a pack and one sale."""

    def __init__(self, pack, state, *lines, **more):
        self.pack, self.back = decode(encode(pack)), None
        self.state, self.effects = evaluate(self.pack, state, sale(*lines, **more))
        assert "refused" not in self.effects, self.effects
        self.receipt = decode(encode(self.effects["receipt"]))

    def back_come(self, *wanted, day=DAY, queue=None):
        """Effects of returning [(sku, units) or (sku, units, True)]; nothing named is all that is left."""
        lines = [{"sku": one[0], "qty": one[1], "reward": len(one) > 2} for one in wanted] or None
        self.state, self.back, effects = refund(self.pack, self.state, self.receipt, self.back, lines, day, queue)
        return effects


def test_rewards_that_come_back_bring_no_money():
    free = rule("free-units", id="free", c=0, cost=10, units=1, sets=3, auto=True, text="free")
    till = Till(pack_of([row("stamps", 1)], rewards=[free]), {1: (35, 0)}, line(500, 5))
    assert till.state == {1: (5, 0)} and till.effects["paid"] == 1000
    done = till.back_come(("latte", 1, True))
    assert done["refunded"] == 0 and done["restored"] == {0: 10} and done["units"] == [0] and till.state == {1: (15, 0)} and not done["whole"]
    assert till.back_come(("latte", 3, True)) == {"refused": "OVER_REFUND"}
    done = till.back_come(("latte", 1))
    assert done["refunded"] == 500 and done["restored"] == {} and done["units"] == [1] and till.state == {1: (15, 0)}
    assert till.back_come(("latte", 2)) == {"refused": "OVER_REFUND"} and till.state == {1: (15, 0)}
    done = till.back_come()
    assert done["refunded"] == 500 and done["whole"] and till.state == {1: (35, 0)} and done["restored"] == {0: 20}
    assert till.back_come() == {"refused": "OVER_REFUND"}


def test_a_set_of_free_units_over_two_lines():
    free = rule("free-units", id="free", c=0, cost=9, units=3, sets=1, auto=True, text="free")
    till = Till(pack_of([row("stamps", 1)], rewards=[free]), {1: (9, 0)}, line(500, 2), line(300, 2, sku="tea"))
    assert [one[2] for one in till.receipt["lines"]] == [1, 2]
    assert till.back_come(("tea", 1, True))["restored"] == {0: 3} and till.back_come(("latte", 1, True))["restored"] == {0: 3}
    assert till.back_come(("tea", 1, True))["restored"] == {0: 3} and till.state == {1: (9, 0)}
    assert till.back_come(("latte", 1))["refunded"] == 500 and till.state == {1: (9, 0)}


def test_points_spent_come_back_by_the_share_of_the_value():
    till = Till(pack_of([POINTS]), {1: (7, 0)}, line(500, 3), spend={"points": 7})
    assert till.effects["paid"] == 800 and till.state == {}
    found = [(done["refunded"], done["restored"].get(0, 0)) for done in (till.back_come(("latte", 1)) for _ in range(3))]
    assert found == [(267, 2), (266, 2), (267, 3)] and till.state == {1: (7, 0)}


def test_lots_that_were_spent_come_back_the_last_first():
    lots = row("points", 1, "lots", ids=[1, 2, 3], days=10, unit=100)
    state = {1: (3, DAY + 1), 2: (3, DAY + 2), 3: (1, DAY + 3)}
    till = Till(pack_of([lots]), state, line(700), line(100, 7, sku="tea"), spend={"points": 7})
    assert till.state == {}
    came = []
    for _ in range(7):
        till.back_come(("tea", 1))
        came.append(sorted((day, value) for value, day in till.state.values()))
    assert came[1] == [(DAY + 3, 1)] and came[3] == [(DAY + 2, 1), (DAY + 3, 1)] and came[5] == [(DAY + 2, 2), (DAY + 3, 1)] and came[6] == came[5]
    till.back_come()
    assert sorted(till.state.values()) == sorted(state.values())


def test_all_lots_come_back_at_once():
    lots = row("points", 1, "lots", ids=[1, 2, 3], days=10, unit=100)
    state = {1: (3, DAY + 1), 2: (3, DAY + 2), 3: (1, DAY + 3)}
    till = Till(pack_of([lots]), state, line(700), spend={"points": 7})
    till.back_come()
    assert sorted(till.state.values()) == sorted(state.values())


def test_a_lot_that_has_ended_meanwhile_is_lost():
    lots = row("points", 1, "lots", ids=[1, 2, 3], days=10, unit=100)
    till = Till(pack_of([lots]), {1: (2, DAY + 1), 2: (3, DAY + 2)}, line(500), spend={"points": 5})
    assert till.back_come(day=DAY + 2)["restored"] == {0: 5} and list(till.state.values()) == [(3, DAY + 2)]


def test_earned_points_that_are_gone_come_off_the_money():
    for held, refunded, left in ((10, 10000, {}), (9, 9900, {}), (4, 9400, {}), (0, 9000, {}), (12, 10000, {1: (2, 0)})):
        till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000))
        till.state = {1: (held, 0)}
        done = till.back_come()
        assert (done["refunded"], till.state) == (refunded, left) and done["taken"] == {0: 10}
    worthless = Till(pack_of([row("points", 1)], earn=[EARN]), {}, line(10000))
    worthless.state = {}
    assert worthless.back_come()["refunded"] == 10000
    dear = Till(pack_of([row("points", 1, unit=5000)], earn=[EARN]), {}, line(10000))
    dear.state = {}
    assert dear.back_come()["refunded"] == 0  # never below


def test_what_waits_beside_the_card_is_taken_first():
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000))
    till.state = {1: (3, 0)}
    done = till.back_come(queue={0: 8, 1: 5})
    assert done["queue"] == {0: 0, 1: 5} and till.state == {1: (1, 0)} and done["refunded"] == 10000
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000))
    given = {0: 30}
    assert till.back_come(queue=given)["queue"] == {0: 20} and given == {0: 30} and till.state == {1: (10, 0)}


def test_a_sale_of_nothing_keeps_what_it_gave_until_it_is_whole():
    welcome = {"welcome": [{"c": 0, "points": 7}]}
    till = Till(pack_of([POINTS], **welcome), {}, line(100, 2), joined=False)
    assert till.back_come()["taken"] == {} and till.state == {1: (7, 0)}  # a welcome is kept
    free = Till(pack_of([POINTS], [fixed(10000)], earn=[rule("friend", c=0, count=0, friend=5, referrer=9, least=0)]), {}, line(100, 2), referred=True)
    assert free.effects["earned"] == {0: 5}
    done = free.back_come(("latte", 1))
    assert done["taken"] == {} and done["shares"] == {} and free.state == {1: (5, 0)}
    done = free.back_come(("latte", 1))
    assert done["taken"] == {0: 5} and done["shares"] == {"referrer": -9} and free.state == {}


def test_points_on_a_value_of_nothing():
    gross = rule("stamps", c=0, per=1)
    till = Till(pack_of([row("stamps", 1)], [fixed(10000)], earn=[gross, rule("share", to="school", bp=1000)]), {}, line(100, 3))
    assert till.effects["paid"] == 0
    done = till.back_come(("latte", 2))
    assert done["taken"] == {0: 2} and done["shares"] == {"charity": ["school", 0]} and till.state == {1: (1, 0)}


def test_charity_gives_back_its_share():
    till = Till(pack_of([POINTS], earn=[rule("share", to="school", bp=1000)]), {}, line(333, 3))
    assert till.effects["shares"] == {"charity": ["school", 99]}
    given = [till.back_come(("latte", 1))["shares"]["charity"] for _ in range(3)]
    assert given == [["school", -33], ["school", -33], ["school", -33]]
    odd = Till(pack_of([POINTS], earn=[rule("share", to="school", bp=1000)]), {}, line(335, 3))
    assert [odd.back_come(("latte", 1))["shares"]["charity"][1] for _ in range(3)] == [-34, -33, -33]
    once = Till(pack_of([POINTS], earn=[rule("share", to="school", bp=1000)]), {}, line(335, 3))
    once.back_come(("latte", 2))
    assert once.back_come()["shares"]["charity"] == ["school", -33]


def test_units_that_are_back_now_are_told_for_each_line():
    till = Till(pack_of([POINTS]), {}, line(100, 5), line(100, 2, sku="tea"))
    assert [till.back_come(("latte", qty))["units"] for qty in (1, 2, 1)] == [[1, 0], [2, 0], [1, 0]] and till.back_come()["units"] == [1, 2]


def test_two_counters_spent_and_two_rules_that_gave():
    more = row("credit", 2, unit=10)
    twice = [rule("points", c=0, bp=1000, worth=100), rule("points", c=0, bp=500, worth=100), rule("stamps", c=2, per=1)]
    till = Till(pack_of([POINTS, more, row("stamps", 3)], earn=twice), {1: (3, 0), 2: (20, 0)}, line(1500, 4), spend={"points": 3, "credit": 20})
    assert till.effects["paid"] == 5500 and till.state == {1: (7, 0), 3: (4, 0)}
    done = till.back_come(("latte", 1), queue={0: 1})
    assert done["restored"] == {1: 5} and done["taken"] == {0: 3, 2: 1} and done["queue"] == {0: 0} and till.state == {1: (5, 0), 2: (5, 0), 3: (3, 0)}
    done = till.back_come(queue={0: 3})
    assert done["restored"] == {0: 3, 1: 15} and done["taken"] == {0: 4, 2: 3} and done["queue"] == {0: 0} and till.state == {1: (7, 0), 2: (20, 0)}


def test_a_counter_that_paid_and_gave_a_gift_is_restored_by_both():
    gift = rule("gifts", c=0, gifts=[["mug", 5, "a mug"]])
    till = Till(pack_of([POINTS], rewards=[gift]), {1: (12, 0)}, line(1000), redeem="mug", spend={"points": 7})
    assert till.state == {} and till.back_come()["restored"] == {0: 12} and till.state == {1: (12, 0)}


def test_two_rewards_come_back_each_for_itself():
    first = rule("free-units", id="one", c=0, cost=4, units=1, sets=1, on=["latte"], auto=True, text="latte")
    other = rule("free-units", id="two", c=1, cost=10, units=1, sets=1, on=["tea"], auto=True, text="tea")
    till = Till(pack_of([row("a", 1), row("b", 2)], rewards=[first, other]), {1: (4, 0), 2: (10, 0)}, line(100, 2), line(100, 2, sku="tea", category=""))
    assert till.state == {} and till.back_come(("tea", 1, True))["restored"] == {1: 10} and till.state == {2: (10, 0)}
    assert till.back_come(("latte", 1, True))["restored"] == {0: 4} and till.back_come()["restored"] == {}


def test_paid_units_alone_are_not_the_whole():
    free = rule("free-units", id="free", c=0, cost=10, units=1, sets=1, auto=True, text="free")
    till = Till(pack_of([row("stamps", 1), row("purchases", 2)], rewards=[free], status=[rule("count", c=1)]), {1: (10, 0)}, line(100, 3))
    assert not till.back_come(("latte", 2))["whole"] and till.state == {2: (1, 0)}
    assert till.back_come(("latte", 1, True))["whole"] and till.state == {1: (10, 0)}


def test_a_friends_points_are_taken_from_their_own_lot():
    lots = row("points", 1, "lots", ids=[1, 2, 3], days=10)
    friend = rule("friend", c=0, count=1, friend=5, referrer=9, least=0)
    till = Till(pack_of([lots, row("count", 4)], earn=[friend]), {1: (5, DAY + 1)}, line(100), referred=True)
    assert till.state == {1: (5, DAY + 1), 2: (5, DAY + 9)}
    till.back_come()
    assert till.state == {1: (5, DAY + 1)}


def test_charity_keeps_its_part_of_the_value_also_when_points_were_used():
    till = Till(pack_of([POINTS], earn=[rule("share", to="school", bp=10000)]), {1: (5, 0)}, line(300, 3), line(200, sku="tea"), spend={"points": 5})
    assert till.effects["shares"]["charity"] == ["school", 600]
    assert [till.back_come((sku, 1))["shares"]["charity"][1] for sku in ("latte", "latte", "tea", "latte")] == [-164, -164, -109, -163]


def test_a_gift_comes_back_once_everything_has():
    gift = rule("gifts", c=0, gifts=[["mug", 5, "a mug"]])
    till = Till(pack_of([row("stamps", 1)], rewards=[gift]), {1: (6, 0)}, line(100, 2), redeem="mug")
    assert till.back_come(("latte", 1))["restored"] == {} and till.state == {1: (1, 0)}
    assert till.back_come(("latte", 1))["restored"] == {0: 5} and till.state == {1: (6, 0)}


def test_a_coupon_comes_back_once_everything_has():
    coupons = rule("coupons", c=0, count=4, off=50, through=0)
    till = Till(pack_of([row("coupons", 1, "bits", count=4)], rewards=[coupons]), {1: (4, 0)}, line(100, 2), redeem="coupon-2")
    assert till.state == {1: (6, 0)}
    assert till.back_come(("latte", 1))["refunded"] == 75 and till.state == {1: (6, 0)}
    assert till.back_come(("latte", 1))["refunded"] == 75 and till.state == {1: (4, 0)}


def test_a_card_goes_back_to_its_version_unless_it_was_moved_again():
    versions = [[1, 0, 1000], [3000, DAY, 1200]]
    moving = rule("free-units", id="free", c=0, v=2, versions=versions, finish=True, units=2, sets=1, auto=True, text="free")
    pack = pack_of([row("stamps", 1), row("other", 2), row("version", 3, "version", first=1)], rewards=[moving])
    for now, after in ((3000, 1), (4000, 4000), (2, 2), (1, 1)):
        till = Till(pack, {1: (1000, 0)}, line(100, 5))
        assert till.state == {3: (3000, 0)}
        till.state = {3: (now, 0)}
        till.back_come(("latte", 1))
        assert till.state == {3: (now, 0)}
        till.back_come(("latte", 1, True))
        assert till.state == {1: (500, 0), 3: (now, 0)}
        till.back_come(("latte", 1, True))
        assert till.state == {1: (1000, 0), 3: (after, 0)}
        till.state = {1: (1000, 0), 3: (3000, 0)}
        till.back_come(("latte", 1))
        assert till.state == {1: (1000, 0), 3: (3000, 0)}


def test_a_version_goes_back_with_its_own_reward():
    plain = rule("free-units", id="tea", c=0, cost=4, units=1, sets=1, auto=True, on=["tea"], text="tea")
    moving = rule("free-units", id="free", c=1, v=2, versions=[[1, 0, 10], [3, DAY, 12]], finish=True, units=1, sets=1, auto=True, on=["latte"], text="free")
    pack = pack_of([row("a", 1), row("stamps", 2), row("version", 3, "version", first=1)], rewards=[plain, moving])
    till = Till(pack, {1: (4, 0), 2: (10, 0)}, line(100, 2), line(100, 2, category="", sku="tea"))
    assert till.state == {3: (3, 0)}
    till.back_come(("latte", 1, True))
    assert till.state == {2: (10, 0), 3: (1, 0)}


def test_spend_goes_back_in_its_month_or_for_a_lifetime():
    month, life = row("month_spend", 1, "month", ids=[1, 2], per=100), row("spend", 3, "lifetime", ids=[3, 4], per=100)
    status = [rule("spend", c=0), rule("spend", c=1)]
    end = month_end(month_of(DAY))
    for day, months, lives in ((DAY, (1, end), 1), (end, (1, end), 1), (end + 1, (0, 0), 1), (end + 40, (0, 0), 1)):
        till = Till(pack_of([month, life], status=status), {}, line(150, 2))
        assert till.state == {1: (3, end), 3: (3, 0), 2: (0, end)}
        if day > end:
            till.state = {1: (7, month_end(month_of(day))), 3: (3, 0)}
            months = till.state[1]
        till.back_come(("latte", 1), day=day)
        assert till.state[1] == months and till.state[3] == (lives, 0) and till.state[4] == (50, 0)


def test_units_of_a_year_go_back_in_that_year():
    units = rule("units", c=0, on=["coffee"])
    counters = [row("units", 1, "year")]
    till = Till(pack_of(counters, status=[units]), {}, line(100, 3), line(100, 2, category="cake", sku="cake"))
    assert till.state == {1: (3, THIS_YEAR)}
    till.back_come(("cake", 2))
    assert till.state == {1: (3, THIS_YEAR)}
    till.back_come(("latte", 2))
    assert till.state == {1: (1, THIS_YEAR)}
    till.state = {1: (0, 0)}
    till.back_come()
    assert till.state == {}
    later = Till(pack_of(counters, status=[units]), {}, line(100, 3))
    later.state = {1: (9, year_end(2027))}
    later.back_come(day=day_of(2027, 1, 5))
    assert later.state == {1: (9, year_end(2027))}
    less = Till(pack_of(counters, status=[units]), {}, line(100, 3))
    less.state = {1: (2, THIS_YEAR)}
    less.back_come()
    assert less.state == {}


def test_a_purchase_is_uncounted_once_everything_is_back():
    for held, after in ((1, {}), (5, {1: (4, 0)}), (0, {})):
        till = Till(pack_of([row("purchases", 1)], status=[rule("count", c=0)]), {}, line(100, 2))
        till.state = {1: (held, 0)}
        till.back_come(("latte", 1))
        assert till.state.get(1, (0, 0)) == (held, 0)
        till.back_come(("latte", 1))
        assert till.state == after
    dated = Till(pack_of([row("purchases", 1, "sliding", days=10)], status=[rule("count", c=0)]), {1: (2, DAY + 3)}, line(100))
    dated.back_come()
    assert dated.state == {1: (2, DAY + 9)}


def test_a_card_that_a_sale_made_active_sleeps_again():
    pack = pack_of([row("active", 1)], status=[rule("issue", c=0, over=150)])
    till = Till(pack, {}, line(100, 2))
    assert till.state == {1: (1, 0)} and Till(pack, {}, line(150)).state == {} and Till(pack, {1: (1, 0)}, line(200)).receipt["undo"] == []
    till.back_come(("latte", 1))
    assert till.state == {1: (1, 0)}
    till.back_come()
    assert till.state == {}
    changed = Till(pack, {}, line(200))
    changed.state = {1: (2, 0)}
    changed.back_come()
    assert changed.state == {1: (2, 0)}


def test_passes_are_given_back_one_by_one():
    bought = rule("pass", c=0, sku="pass", days=30)
    counters = [row("pass", 1, "date")]
    till = Till(pack_of(counters, status=[bought]), {1: (1, DAY + 5)}, line(900, 3, sku="pass"), line(100))
    assert till.state == {1: (1, DAY + 95)}
    till.back_come(("latte", 1))
    assert till.state == {1: (1, DAY + 95)}
    till.back_come(("pass", 1))
    assert till.state == {1: (1, DAY + 65)}
    till.back_come(("pass", 1))
    assert till.state == {1: (1, DAY + 35)}
    till.back_come(("pass", 1))
    assert till.state == {1: (1, DAY + 5)}
    again = Till(pack_of(counters, status=[bought]), {}, line(900, 2, sku="pass"))
    assert again.state == {1: (1, DAY + 59)}
    again.state = {1: (1, DAY + 89)}  # prolonged since
    again.back_come(("pass", 1))
    assert again.state == {1: (1, DAY + 59)}
    again.back_come()
    assert again.state == {1: (1, DAY + 29)}
    short = Till(pack_of(counters, status=[bought]), {}, line(900, sku="pass"))
    short.state = {1: (1, 3)}
    short.back_come(day=3)
    assert short.state == {1: (1, 0)}


def test_passes_that_were_free_count_like_others():
    bought = rule("pass", c=0, sku="pass", days=30)
    free = rule("free-units", id="free", c=1, cost=2, units=1, sets=1, auto=True, text="free")
    till = Till(pack_of([row("pass", 1, "date"), row("stamps", 2)], status=[bought], rewards=[free]), {2: (2, 0)}, line(900, 3, sku="pass"))
    ends = []
    for wanted in (("pass", 1), ("pass", 1, True), ("pass", 1)):
        ends.append(till.state[1])
        till.back_come(wanted)
    assert ends == [(1, DAY + 89), (1, DAY + 59), (1, DAY + 29)] and till.state == {2: (2, 0)}
    prolonged = Till(pack_of([row("pass", 1, "date")], status=[bought]), {}, line(900, 4, sku="pass"))
    prolonged.state = {1: (1, DAY + 300)}
    prolonged.back_come(("pass", 1))
    prolonged.back_come(("pass", 2))
    assert prolonged.state == {1: (1, DAY + 210)}


def test_a_level_of_the_year_is_taken_back_while_it_is_the_same():
    level, units = row("level", 1, "level", names=["basic", "silver", "gold"]), row("units", 2, "year")
    status = [rule("units", c=1, on=["*"]), rule("year-level", c=0, units=1, over=4, to=1, years=1)]
    pack, end = pack_of([level, units], status=status), year_end(2027)
    for before, after in (((0, 0), None), ((1, THIS_YEAR), (1, THIS_YEAR)), ((1, DAY + 3), (1, DAY + 3))):
        till = Till(pack, {1: before, 2: (3, THIS_YEAR)}, line(100, 3))
        assert till.state == {1: (1, end), 2: (6, THIS_YEAR)}
        till.back_come(("latte", 1))
        assert till.state == {1: (1, end), 2: (5, THIS_YEAR)}
        till.back_come(("latte", 1))
        assert till.state.get(1) == after and till.state[2] == (4, THIS_YEAR)
    for day, old, left in ((DAY + 3, DAY + 3, (1, DAY + 3)), (DAY + 4, DAY + 3, (1, 0))):
        till = Till(pack, {1: (1, old), 2: (3, THIS_YEAR)}, line(100, 3))
        till.back_come(day=day)
        assert till.state[1] == left
    for state in ({1: (2, end), 2: (6, THIS_YEAR)}, {1: (1, end + 1), 2: (6, THIS_YEAR)}, {1: (1, end), 2: (99, THIS_YEAR)}):
        till = Till(pack, {2: (3, THIS_YEAR)}, line(100, 3))
        till.state = dict(state)
        till.back_come()
        assert till.state[1] == state[1]
    till = Till(pack, {2: (3, THIS_YEAR)}, line(100, 3))
    till.back_come(day=day_of(2027, 1, 1))
    assert till.state == {1: (1, end)}


def test_joining_by_the_card_item_goes_back_with_it():
    pack = pack_of([row("flags", 1, "fact")], flags=0, membership={"sku": "club"})
    till = Till(pack, {1: (6, 0)}, line(100, 2, sku="club"), line(100))
    assert till.state == {1: (7, 0)}
    till.back_come(("latte", 1))
    till.back_come(("club", 1))
    assert till.state == {1: (7, 0)}
    till.back_come(("club", 1))
    assert till.state == {1: (6, 0)}


def test_hundreds_of_units_are_as_good_as_one():
    bought = rule("pass", c=0, sku="club", days=1)
    pack = pack_of([row("pass", 1, "date"), row("flags", 2, "fact")], flags=1, membership={"sku": "club"}, status=[bought])
    till = Till(pack, {}, line(100, 300, sku="club"))
    assert till.state[2] == (1, 0)
    till.back_come()
    assert till.state.get(2) is None
    passes = Till(pack_of([row("pass", 1, "date")], status=[bought]), {1: (1, DAY + 9)}, line(100, 300, sku="club"))
    passes.state = {1: (2, DAY + 309)}
    passes.back_come()
    assert passes.state == {1: (1, DAY + 9)}
    spent = Till(pack_of([row("points", 1, unit=1)]), {1: (1000, 0)}, line(1000, 2), line(0, sku="bag"), spend={"points": 1000})
    assert [spent.back_come((sku, 1))["restored"] for sku in ("latte", "bag", "latte")] == [{0: 500}, {}, {0: 500}]


def test_what_was_noted_last_is_undone_first():
    passes = [rule("pass", c=0, sku="pass", days=366), rule("pass", c=0, sku="pass", days=1)]
    till = Till(pack_of([row("pass", 1, "date")], status=passes), {}, line(900, sku="pass"))
    assert till.state == {1: (1, DAY + 366)}
    till.back_come()
    assert till.state == {}


def test_a_level_that_was_lost_meanwhile_does_not_come_back():
    level, units = row("level", 1, "level", names=["basic", "silver"]), row("units", 2, "year")
    status = [rule("units", c=1, on=["*"]), rule("year-level", c=0, units=1, over=4, to=1, years=1)]
    till = Till(pack_of([level, units], status=status), {1: (1, THIS_YEAR), 2: (3, THIS_YEAR)}, line(100, 3))
    till.state = {2: (6, THIS_YEAR)}
    till.back_come()
    assert till.state == {2: (3, THIS_YEAR)}


def test_free_card_items_belong_to_the_joining_too():
    free = rule("free-units", id="free", c=1, cost=1, units=1, sets=1, auto=True, on=["club"], text="free", when=["at-least", 1, 1])
    till = Till(pack_of([row("flags", 1, "fact"), row("stamps", 2)], flags=0, membership={"sku": "club"}, rewards=[free]), {}, line(100, 3, sku="club"))
    till.receipt["lines"][0][2] = 1  # one of the three was free
    for wanted in (("club", 1), ("club", 1, True), ("club", 1)):
        assert till.state == {1: (1, 0)}
        till.back_come(wanted)
    assert till.state == {}


def test_a_refund_may_pass_over_the_top_while_it_is_worked_out():
    till = Till(pack_of([POINTS], earn=[EARN]), {1: (100, 0)}, line(20000), spend={"points": 100})
    assert till.effects["earned"] == {0: 10} and till.state == {1: (10, 0)}
    till.state = {1: (I24_MAX - 90, 0)}
    assert till.back_come()["refunded"] == 10000 and till.state == {1: (I24_MAX, 0)}
    till = Till(pack_of([POINTS], earn=[EARN]), {1: (100, 0)}, line(20000), spend={"points": 100})
    till.state = {1: (I24_MAX - 89, 0)}
    assert till.back_come() == {"refused": "COUNTER_RANGE"} and till.state == {1: (I24_MAX - 89, 0)} and till.back is None


def test_a_sale_without_a_card_touches_no_card():
    till = Till(pack_of([POINTS], earn=[EARN]), {}, line(10000, 2), card=False)
    till.state = {1: (7, 0)}
    done = till.back_come(("latte", 1))
    assert done["refunded"] == 10000 and done["taken"] == {} and till.state == {1: (7, 0)}
    assert till.back_come()["refunded"] == 10000 and till.state == {1: (7, 0)}
