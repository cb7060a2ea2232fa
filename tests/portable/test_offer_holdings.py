"""Counters of one card: lots and waiting days, ends on the boundary day, debts, flags, the edges of i24."""

from cardos.bytes import I24_MAX, I24_MIN
from cardos.calendar import DAY_MAX, day_of, month_end, month_of, year_end
from cardos.offers.evaluate import rolled
from cardos.offers.holdings import Holdings
from cardos.offers.refusal import Refusal

DAY = 2251
LOTS = {"name": "points", "ids": [1, 2, 3, 4], "kind": "lots", "days": 10, "unit": 100}
WAITS = {"name": "points", "ids": [5, 6, 7], "kind": "pending", "days": 3, "unit": 100}


def held(about, state=None, day=DAY):
    return Holdings([about], state or {}, day)


def refused(function, *arguments):
    try:
        function(*arguments)
    except Refusal as refusal:
        return refusal.code
    return None


def test_a_lot_is_good_through_its_last_day_and_gone_after_it():
    card = held(LOTS)
    card.add(0, 7)
    assert card.state() == {1: (7, DAY + 9)}  # the earning day is the first
    for day, left in ((DAY + 9, 7), (DAY + 10, 0)):
        later = held(LOTS, card.state(), day)
        later.lapse()
        assert later.usable(0) == left
        again = later.state()
        later.lapse()
        assert later.state() == again


def test_lots_of_one_day_are_one_and_the_lot_that_ends_first_is_spent_first():
    card = held(LOTS, {1: (5, DAY + 20), 2: (3, DAY + 4)})
    card.add(0, 2)
    card.add(0, 2)
    assert card.state() == {1: (5, DAY + 20), 2: (3, DAY + 4), 3: (4, DAY + 9)}
    assert card.take(0, 8) == [[DAY + 4, 3], [DAY + 9, 4], [DAY + 20, 1]]
    assert card.state() == {1: (4, DAY + 20)}


def test_a_fifth_lot_joins_the_two_that_end_first_and_lasts_as_the_later():
    card = held(LOTS, {1: (1, DAY + 1), 2: (2, DAY + 2), 3: (4, DAY + 3), 4: (8, DAY + 4)})
    card.add(0, 16)
    assert sorted(card.state().values(), key=lambda lot: lot[1]) == [(3, DAY + 2), (4, DAY + 3), (8, DAY + 4), (16, DAY + 9)]  # no ties: lots have other days
    early = held(LOTS, {1: (1, DAY + 11), 2: (2, DAY + 12), 3: (4, DAY + 13), 4: (8, DAY + 14)})
    early.add(0, 16)  # the new lot itself ends first
    assert early.usable(0) == 31 and early.get(0, 0) == (17, DAY + 11)


def test_what_was_taken_returns_to_its_lot_unless_that_has_ended():
    card = held(LOTS, {2: (3, DAY + 4)})
    card.give_back(0, DAY + 4, 2)
    card.give_back(0, DAY, 1)  # its last good day
    card.give_back(0, DAY - 1, 9)
    card.give_back(0, DAY + 7, 0)
    assert card.usable(0) == 6 and card.get(0, 1) == (5, DAY + 4)
    assert sorted(card.state().values()) == [(1, DAY), (5, DAY + 4)]


def test_earned_points_are_taken_back_from_their_own_lot_first():
    card = held(LOTS, {1: (5, DAY + 4), 2: (5, DAY + 9)})
    assert card.take_back(0, DAY + 9, 6) == 0
    assert card.state() == {1: (4, DAY + 4)}
    assert card.take_back(0, DAY + 9, 7) == 3 and card.state() == {}


def test_waiting_points_are_usable_from_their_day_on():
    card = held(WAITS)
    card.add(0, 4)
    assert card.usable(0) == 0 and card.waiting(0) == 4 and card.state() == {6: (4, DAY + 3)}
    for day, usable in ((DAY + 2, 0), (DAY + 3, 4)):
        later = held(WAITS, card.state(), day)
        later.lapse()
        assert (later.usable(0), later.waiting(0)) == (usable, 4 - usable)
    assert held({"name": "points", "ids": [5], "kind": "pending", "days": 0}).lot_day(0) == 0


def test_a_waiting_lot_of_the_sale_goes_back_first():
    card = held(WAITS, {5: (10, 0), 6: (4, DAY + 3)})
    assert card.take_back(0, DAY + 3, 6) == 0
    assert card.state() == {5: (8, 0)}
    assert card.take_back(0, DAY + 3, 9) == 1 and card.state() == {}


def test_a_third_waiting_day_joins_the_two_that_come_first():
    card = held(WAITS, {6: (1, DAY + 1), 7: (2, DAY + 2)})
    card.add(0, 4)
    assert card.waiting(0) == 7 and sorted(card.state().values()) == [(3, DAY + 2), (4, DAY + 3)]


def test_points_that_have_no_room_go_on_waiting():
    card = held(WAITS, {5: (I24_MAX - 3, 0), 6: (4, DAY)})
    card.lapse()
    assert (card.usable(0), card.waiting(0)) == (I24_MAX - 3, 4)


def test_a_sliding_balance_has_one_date():
    about = {"name": "points", "ids": [1], "kind": "sliding", "days": 31}
    card = held(about, {1: (5, DAY)})
    card.lapse()
    card.add(0, 0)
    assert card.state() == {1: (5, DAY)}  # nothing earned, nothing moved
    card.add(0, 1)
    assert card.state() == {1: (6, DAY + 30)}
    assert card.take(0, 6) == [[DAY + 30, 6]] and card.state() == {}
    card.give_back(0, DAY - 1, 2)  # the balance has ended in between
    assert card.state() == {}
    card.give_back(0, DAY, 2)
    assert card.state() == {1: (2, DAY)}
    late = held(about, {1: (5, DAY)}, DAY + 1)
    late.lapse()
    assert late.state() == {}


def test_a_voucher_is_good_to_the_end_of_its_month():
    about = {"name": "voucher", "ids": [1], "kind": "until", "unit": 100}
    card = held(about, {1: (5, DAY)})
    assert card.take(0, 5) == [[DAY, 5]] and card.state() == {}
    card.give_back(0, DAY, 5)
    card.give_back(0, DAY + 30, 7)  # another month's
    assert card.state() == {1: (5, DAY)}


def test_a_debt_goes_below_zero_and_nothing_else_does():
    stamps = held({"name": "stamps", "ids": [1], "kind": "plain", "debt": True}, {1: (2, 0)})
    assert stamps.take_back(0, 0, 5) == 0 and stamps.usable(0) == -3
    points = held({"name": "points", "ids": [1], "kind": "plain"}, {1: (2, 0)})
    assert points.take_back(0, 0, 5) == 3 and points.usable(0) == 0
    assert points.take_back(0, 0, 5) == 5
    owing = held({"name": "points", "ids": [1], "kind": "plain"}, {1: (-2, 0)})
    assert owing.take_back(0, 0, 5) == 5 and owing.usable(0) == -2


def test_the_top_of_a_counter_is_reached_and_never_passed():
    plain = {"name": "points", "ids": [1], "kind": "plain", "debt": True}
    card = held(plain, {1: (I24_MAX - 1, 0)})
    card.add(0, 1)
    assert card.usable(0) == I24_MAX
    assert refused(card.add, 0, 1) == "COUNTER_RANGE" and card.usable(0) == I24_MAX
    low = held(plain, {1: (I24_MIN + 1, 0)})
    assert low.take_back(0, 0, 1) == 0 and refused(low.take_back, 0, 0, 1) == "COUNTER_RANGE" and low.usable(0) == I24_MIN
    assert refused(card.put, 0, 0, DAY_MAX + 1) == "COUNTER_RANGE" and refused(card.put, 0, 0, -1) == "COUNTER_RANGE"
    lots = held(LOTS, {1: (I24_MAX - 5, DAY + 1)})
    lots.add(0, 5)
    assert refused(held(LOTS, {1: (I24_MAX - 5, DAY + 1)}).add, 0, 6) == "COUNTER_RANGE"  # lots count together
    assert refused(held(WAITS, {5: (I24_MAX, 0)}).add, 0, 1) == "COUNTER_RANGE"  # they must fit when their day comes


def test_flags_stand_23_to_a_counter():
    card = held({"name": "coupons", "ids": [1, 2], "kind": "bits", "count": 32})
    for number in (0, 22, 23, 31):
        assert not card.bit(0, number)
        card.set_bit(0, number, True)
        assert card.bit(0, number)
    assert card.state() == {1: (1 | 1 << 22, 0), 2: (1 | 1 << 8, 0)}
    card.set_bit(0, 22, False)
    card.set_bit(0, 22, False)
    assert card.state()[1] == (1, 0)


def test_money_keeps_its_rest_and_never_falls_below_zero():
    card = held({"name": "spend", "ids": [1, 2], "kind": "lifetime", "per": 100})
    card.add_money(0, 1999)
    card.add_money(0, 1)
    assert card.state() == {1: (20, 0)}
    card.add_money(0, -51)
    assert card.state() == {1: (19, 0), 2: (49, 0)}
    card.add_money(0, -100000)
    assert card.state() == {}
    whole = held({"name": "spend", "ids": [1], "kind": "lifetime", "per": 1}, {1: (I24_MAX, 0)})
    assert refused(whole.add_money, 0, 1) == "COUNTER_RANGE"


def test_a_derived_level_is_what_its_counter_has_reached():
    rows = [{"name": "miles", "ids": [1], "kind": "plain"}]
    rows.append({"name": "tier", "ids": [], "kind": "derived", "of": 0, "at": [0, 10, 50], "names": ["a", "b", "c"]})
    assert [Holdings(rows, {1: (miles, 0)}, DAY).level(1) for miles in (0, 9, 10, 49, 50, I24_MAX)] == [0, 0, 1, 1, 2, 2]


def rolls(rules, rows, state, day):
    return rolled({"counters": rows, "rules": {"roll": rules}}, state, day).state()


def test_last_month_gives_this_months_benefit_once():
    rows = [{"name": "month_spend", "ids": [1, 2], "kind": "month", "per": 100}, {"name": "voucher", "ids": [3], "kind": "until", "unit": 100}]
    rule = {"op": "month-benefit", "c": 0, "to": 1, "bands": [[0, 300], [1000, 1000]]}
    march = month_of(day_of(2026, 3, 1))
    state = {1: (1000, month_end(march)), 2: (50, month_end(march))}
    assert rolls([rule], rows, state, month_end(march)) == state
    april = {3: (100, month_end(march + 1))}
    assert rolls([rule], rows, state, month_end(march) + 1) == april
    assert rolls([rule], rows, april, month_end(march + 1)) == april
    assert rolls([rule], rows, april, month_end(march + 1) + 1) == {}
    assert rolls([rule], rows, state, month_end(march + 1) + 1) == {}  # April was skipped
    rate = {"op": "month-benefit", "c": 0, "to": 1, "bands": [[0, 300], [1000, 1000]], "rate": True}
    assert rolls([rate], rows, {1: (999, month_end(march))}, month_end(march) + 1) == {3: (300, month_end(march + 1))}


def test_a_level_is_lost_for_whole_months_without_a_visit():
    rows = [{"name": "tier", "ids": [1], "kind": "level", "names": ["base", "silver", "gold"]}, {"name": "visit", "ids": [2], "kind": "fact"}]
    rule = {"op": "decay", "c": 0, "visit": 1, "months": 2}
    visit = month_of(day_of(2026, 3, 31))
    for months, level in ((0, 2), (1, 2), (2, 2), (3, 1), (4, 1), (5, 0), (50, 0)):
        day = month_end(visit + months)
        state = rolls([rule], rows, {1: (2, 0), 2: (visit, 0)}, day)
        assert state.get(1, (0, 0))[0] == level, months
        assert rolls([rule], rows, state, day) == state


def test_a_year_ends_with_it():
    rows = [{"name": "units_year", "ids": [1], "kind": "year"}]
    assert rolls([], rows, {1: (5, year_end(2026))}, year_end(2026)) == {1: (5, year_end(2026))}
    assert rolls([], rows, {1: (5, year_end(2026))}, year_end(2026) + 1) == {}
