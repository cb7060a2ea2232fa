"""Cards with fewer places than the pack needs: they go on with what they hold, and no sale is lost to them."""

from cardos.exchange import Done
from cardos.offers.evaluate import evaluate
from cardos.offers.fitting import fitted
from cardos.offers.pack import check_pack
from cardos.taps.sell import sell
from tests.portable.shop import PACK, Shop, sale

POINTS = {"name": "points", "kind": "plain", "ids": [2], "unit": 1}
LOTS = {"name": "credit", "kind": "lots", "ids": [3, 4], "days": 30, "unit": 1}


def grown(*rows):
    """The starter pack with points for money, in a counter each."""
    pack = dict(PACK)
    pack["counters"] = PACK["counters"] + list(rows)
    pack["rules"] = dict(PACK["rules"])
    pack["rules"]["earn"] = PACK["rules"]["earn"] + [
        {"op": "points", "c": place + 1, "bp": 1000, "worth": 1, "on": ["*"], "offer": 0} for place in range(len(rows))
    ]
    pack["prices"] = [{"best": [{"op": "rate", "on": ["*"], "rates": [{"is": "spent", "c": 1, "bands": [[40, 1000]]}], "offer": 0}]}]
    return check_pack(pack)


def test_what_fits_is_the_pack_itself():
    pack = grown(POINTS, LOTS)
    assert fitted(pack, {}, 4) is pack and fitted(pack, {1: (3, 0)}, 5) is pack


def test_rows_take_places_in_the_order_of_the_pack_and_whole():
    pack = grown(LOTS, POINTS)
    for places, rows in ((0, []), (1, [0]), (2, [0, 2]), (3, [0, 1])):
        small = check_pack(fitted(pack, {}, places))
        assert [rule["c"] for rule in small["rules"]["earn"]] == rows, places


def test_what_the_card_holds_comes_first():
    pack = grown(POINTS)
    small = fitted(pack, {2: (50, 0)}, 1)
    assert [rule["c"] for rule in small["rules"]["earn"]] == [1] and small["rules"]["rewards"] == [] and len(small["prices"]) == 1
    other = fitted(pack, {9: (1, 0)}, 1)  # a counter of an older pack keeps its place
    assert other["rules"]["earn"] == [] and other["prices"] == []


def test_a_small_pack_decides_like_the_whole_one_without_what_was_left_out():
    pack = grown(POINTS)
    small = fitted(pack, {1: (9, 0)}, 1)
    state, effects = evaluate(small, {1: (9, 0)}, sale())
    assert state == {1: (10, 0)} and effects["earned"] == {0: 1} and effects["paid"] == 450


def test_an_old_card_of_a_shop_that_grew_goes_on_collecting():
    shop = Shop(counters=1)
    shop.issue()
    for number in range(9):
        shop.tap(sell(shop.terms(), sale(), "a%d" % number))
    shop.pack = grown(POINTS)
    outcome = shop.tap(sell(shop.terms(), sale(), "b"))
    assert isinstance(outcome, Done) and outcome.card.counters == {1: (10, 0)}
    assert outcome.entry["details"]["declined"] == "CARD_FULL" and outcome.entry["details"]["earned"] == {"stamps": 1}
