"""Edges of counters: values at both ends, rows of every kind, lots that are not there any more."""

from cardos.bytes import I24_MAX
from cardos.calendar import DAY_MAX
from cardos.cbor import decode, encode
from cardos.offers.holdings import Holdings
from cardos.offers.refusal import Refusal
from tests.portable.offer_packs import DAY, row

LOTS = row("points", 1, "lots", ids=[1, 2, 3, 4], days=10)
WAITS = row("points", 5, "pending", ids=[5, 6, 7], days=3)
LARGE = 5_000_000  # two equal numbers of this size are two objects


def held(about, state=None, day=DAY):
    """A card with one row, as read from a pack."""
    return Holdings([decode(encode(about))], state or {}, day)


def refused(function, *arguments):
    try:
        function(*arguments)
    except Refusal as refusal:
        return refusal.code
    return None


def test_everything_is_looked_at_once_at_the_end_of_a_return():
    for value, day in ((I24_MAX + 1, 0), (-I24_MAX - 2, 0), (1, DAY_MAX + 1), (1, -1)):
        card = held(row())
        card.lenient = True
        card.put(0, value, day)
        assert refused(card.check_ranges) == "COUNTER_RANGE", (value, day)
    for about in (LOTS, WAITS):
        card = held(about, {about["ids"][1]: (I24_MAX, DAY + 1)})
        card.lenient = True
        card.add(0, 1)
        assert refused(card.check_ranges) == "COUNTER_RANGE"
    card = held(row(number=1), {1: (I24_MAX, DAY_MAX)})
    card.lenient = True
    card.check_ranges()
    assert not card.lenient and refused(card.put, 0, I24_MAX + 1) == "COUNTER_RANGE"


def test_only_lots_count_together():
    flags = held(row("coupons", 1, "bits", ids=[1, 2], count=46), {1: (I24_MAX, 0), 2: (I24_MAX, 0)})
    flags.check_ranges()
    held(row("spend", 1, "lifetime", ids=[1, 2], per=100), {1: (I24_MAX, 0), 2: (99, 0)}).check_ranges()


def test_the_last_day_of_a_card_is_a_day():
    card = held(row(number=1))
    card.put(0, 1, DAY_MAX)
    assert card.get(0) == (1, DAY_MAX) and refused(card.put, 0, 1, DAY_MAX + 1) == "COUNTER_RANGE"


def test_a_waiting_lot_leaves_nothing_behind_and_may_fill_the_counter():
    card = held(WAITS, {5: (I24_MAX - 4, 0), 6: (4, DAY), 7: (1, DAY + 1)})
    card.lapse()
    assert card.state() == {5: (I24_MAX, 0), 7: (1, DAY + 1)}


def test_a_derived_level_is_shown_and_counted_as_its_place():
    rows = decode(encode([row("spend", 1, "lifetime", per=1), row("level", ids=[], kind="derived", of=0, at=[5, 10, 20], names=["a", "b", "c"])]))
    for spend, place in ((0, 0), (4, 0), (5, 0), (10, 1), (19, 1), (20, 2), (LARGE, 2)):
        card = Holdings(rows, {1: (spend, 0)}, DAY)
        assert card.usable(1) == card.level(1) == place


def test_a_counter_without_lots_keeps_its_day():
    for kind in ("plain", "until", "lifetime", "year", "fact", "level", "version", "bits", "date"):
        card = held(row(number=1, kind=kind), {1: (7, DAY + 4)})
        assert card.lot_day(0) == 0, kind
        card.add(0, 3)
        assert card.get(0) == (10, DAY + 4), kind
        card.give_back(0, DAY + 4, 2)
        assert card.get(0) == (12, DAY + 4), kind
        assert card.take(0, 5) == [[DAY + 4, 5]] and card.get(0) == (7, DAY + 4), kind
        assert card.take_back(0, DAY + 1, 9) == 2 and card.get(0) == (0, 0), kind


def test_a_whole_balance_is_taken_with_its_day():
    for kind in ("sliding", "until", "plain"):
        card = held(row(number=1, kind=kind, days=10), {1: (LARGE, DAY + 4)})
        assert card.take(0, LARGE - 1) == [[DAY + 4, LARGE - 1]] and card.state() == {1: (1, DAY + 4)}
        card.put(0, int(str(LARGE)), DAY + 4)
        assert card.take(0, LARGE) == [[DAY + 4, LARGE]] and card.state() == {}
    lots = held(LOTS, {1: (int(str(LARGE)), DAY + 4)})
    assert lots.take(0, LARGE) == [[DAY + 4, LARGE]] and lots.state() == {}


def test_a_sliding_balance_that_was_spent_comes_back_with_its_day():
    about = row(number=1, kind="sliding", days=10)
    for day, after in ((DAY + 4, {1: (3, DAY + 4)}), (DAY, {1: (3, DAY)}), (DAY - 1, {})):
        card = held(about)
        card.give_back(0, day, 3)
        assert card.state() == after
    card = held(about, {1: (3, DAY + 2)})
    card.give_back(0, DAY - 1, 3)
    assert card.state() == {1: (6, DAY + 2)}


def test_points_of_a_lot_that_is_gone_are_taken_from_the_lot_that_ends_first():
    card = held(LOTS, {1: (5, DAY + 20), 2: (5, DAY + 4)})
    assert card.take_back(0, DAY + 9, 3) == 0 and card.state() == {1: (5, DAY + 20), 2: (2, DAY + 4)}


def test_waiting_points_that_joined_a_later_lot_are_taken_there():
    state = {5: (10, 0), 6: (5, DAY + 1), 7: (100, DAY + 4)}
    card = held(WAITS, state)
    assert card.take_back(0, DAY + 3, 20) == 0 and card.state() == {5: (10, 0), 6: (5, DAY + 1), 7: (80, DAY + 4)}
    card = held(WAITS, state)
    assert card.take_back(0, DAY, 8) == 0 and card.state() == {5: (2, 0), 6: (5, DAY + 1), 7: (100, DAY + 4)}  # its day has come: they are usable


def test_a_flag_may_be_set_twice_and_cleared_twice():
    card = held(row("coupons", 1, "bits", ids=[1, 2], count=46))
    for on, value in ((True, 2), (True, 2), (False, 0), (False, 0)):
        card.set_bit(0, 24, on)
        assert card.get(0, 1) == (value, 0) and card.bit(0, 24) == int(on)


def test_a_level_beyond_its_names_is_the_nearest_that_has_one():
    about = row("level", 1, "level", names=["basic", "silver", "gold"])
    assert [held(about, {1: (place, 0)}).level(0) for place in (-3, -1, 0, 1, 2, 3, 4, 99)] == [0, 0, 0, 1, 2, 2, 2, 2]
    assert held(row("level", 1, "level", names=["basic", "silver"]), {1: (9, 0)}).level(0) == 1


def test_only_lots_that_never_had_an_end_get_the_last_one():
    card = held(LOTS, {1: (5, 0), 2: (3, DAY)})
    card.lapse()
    assert card.state() == {1: (5, DAY_MAX), 2: (3, DAY)}
    for kind in ("sliding", "until", "year", "level", "plain"):
        card = held(row(number=1, kind=kind, days=3, names=["a", "b"]), {1: (1, 0)})
        card.lapse()
        assert card.state() == {1: (1, 0)}, kind
