"""Which offers gave something in a sale: those whose messages are told, in the order of the phases, each once."""

from cardos.cbor import decode, encode
from cardos.offers.evaluate import evaluate
from tests.portable.offer_packs import fixed, line, pack_of, row, rule, sale

COUNTERS = [row("points", 1), row("stamps", 2)]


def givers(state=None, prices=(), price=1000, **rules):
    """The offers that gave something."""
    pack = decode(encode(pack_of(COUNTERS, list(prices), **rules)))
    effects = evaluate(pack, state or {}, sale(line(price)))[1]
    assert "refused" not in effects, effects
    return effects["offers"]


def off(amount, offer):
    return rule("off", amount=amount, **{"offer": offer})


def test_rules_that_earn():
    points = [rule("points", c=0, bp=bp, worth=1, offer=offer) for offer, bp in enumerate((0, 100, 0, 500, 0))]
    assert givers(earn=points) == [1, 3] and givers(earn=points[:1]) == [] and givers(earn=[points[1], points[1], points[3], points[1]]) == [1, 3]
    assert givers(earn=points, price=0) == []


def test_prices_that_fell():
    assert givers(prices=[off(0, 1), off(100, 2), off(0, 3), off(100, 4), off(1, 2)]) == [2, 4] and givers(prices=[off(100, 2)], price=0) == []
    assert givers(prices=[{"best": [off(100, 1), off(300, 2), off(200, 3)]}]) == [2] and givers(prices=[{"best": [off(0, 1), off(0, 2)]}]) == []
    assert givers(prices=[{"first": [off(0, 1), off(100, 2), off(300, 3)]}, off(1, 4)]) == [2, 4]
    assert givers(prices=[{"best": [{"all": [off(100, 1), off(0, 5), off(100, 2)]}, off(150, 3)]}, {"all": [off(1, 4)]}]) == [1, 2, 4]
    assert givers(prices=[{"best": [off(100, 1), off(100, 2)]}]) == [1]


def test_rewards_come_first():
    free = rule("free-units", id="free", c=1, cost=10, units=1, sets=1, auto=True, text="free", offer=3)
    gift = rule("gifts", c=1, gifts=[["mug", 5, "a mug"]], auto=True, offer=1)
    rules = {"rewards": [free, gift], "prices": [fixed(1000, offer=2)], "earn": [rule("stamps", c=1, per=1, offer=0)]}
    assert givers({2: (4, 0)}, **rules) == [2, 0] and givers({2: (5, 0)}, **rules) == [1, 2, 0] and givers({2: (15, 0)}, **rules) == [3, 1]
