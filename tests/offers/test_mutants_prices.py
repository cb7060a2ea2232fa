"""Price effects: what gives nothing gives exactly nothing, half a cent is rounded once, edges of bands and places."""

from cardos.cbor import decode, encode
from cardos.offers.evaluate import evaluate
from tests.portable.offer_packs import DAY, fixed, line, pack_of, row, rule, sale

BY_HAND = {"id": "K1", "rights": ["manual-discount"], "discount_bp": 1000, "reason": "goodwill"}
GREAT = 10**10  # one hundredth of a per cent of this is seen


def sold(prices, *lines, counters=(), state=None, **more):
    """Effects of a sale under a tree of price effects."""
    rules = {"manual": more.pop("manual")} if "manual" in more else {}
    return evaluate(decode(encode(pack_of(counters, prices, **rules))), state or {}, sale(*lines, **more))[1]


def rate(*sources, **fields):
    return rule("rate", rates=list(sources), **fields)


def test_only_a_discount_by_hand_is_counted_as_one():
    assert sold([fixed(1000)], line(100))["shares"] == {}
    hand = rate({"is": "manual"}, manual=True)
    assert sold([hand], line(100), manual=1000, cashier=BY_HAND)["shares"] == {"manual": 10}
    assert sold([hand], line(100), manual=1000)["shares"] == {}
    assert sold([hand, fixed(5000)], line(100), manual=1000, cashier=BY_HAND)["shares"] == {"manual": 10}


def test_a_source_that_gives_nothing_takes_nothing_from_the_others():
    counters = [row("group", 1, "fact", names=["staff"]), row("level", 2, "level", names=["a", "b", "c"])]
    hand, standing = {"is": "manual"}, {"is": "fixed", "bp": 1000}
    group, level = {"is": "group", "c": 0, "bp": [500]}, {"is": "level", "c": 1, "bp": [100]}
    tenth = GREAT // 10
    assert sold([rate(hand, standing, sum=True)], line(GREAT))["discount"] == tenth
    assert sold([rate(group, standing, sum=True)], line(GREAT), counters=counters, state={1: (1, DAY - 1)})["discount"] == tenth
    assert sold([rate(group, standing, sum=True)], line(GREAT), counters=counters, state={1: (1, DAY)})["discount"] == GREAT * 15 // 100
    for held, off in ((0, GREAT * 11 // 100), (1, tenth), (2, tenth)):
        assert sold([rate(level, standing, sum=True)], line(GREAT), counters=counters, state={2: (held, 0)})["discount"] == off


def test_a_group_that_nobody_wrote_does_not_expire():
    group = rate({"is": "group", "c": 0, "bp": [500]})
    counters = [row("group", 1, "fact", names=["staff"])]
    assert sold([group], line(100), counters=counters, state={1: (0, DAY - 1)}).get("declined") is None
    assert sold([group], line(100), counters=counters, state={1: (1, DAY - 1)})["declined"] == "GROUP_EXPIRED"


def test_a_counter_that_owes_makes_no_price_higher():
    held = rate({"is": "held", "c": 0})
    for points, off in ((-7, 0), (-1, 0), (0, 0), (1, GREAT // 10000)):
        assert sold([held], line(GREAT), counters=[row(debt=True)], state={1: (points, 0)})["discount"] == off


def test_less_than_half_a_cent_is_nothing():
    marginal = rule("marginal", c=0, bands=[[0, 1]])
    nth = rule("nth", nth=1, bp=1)
    for price, off in ((4999, 0), (5000, 1)):
        assert sold([marginal], line(price), counters=[row("units", 1, "year")])["discount"] == off
        assert sold([nth], line(price))["discount"] == off


def test_hundreds_of_steps():
    marginal = rule("marginal", c=0, bands=[[number, 5000] for number in range(300)])
    assert sold([marginal], line(100, 400), counters=[row("units", 1, "year")])["discount"] == 20000


def test_a_companion_costs_no_more_than_the_main_line():
    pair = rule("companion", bp=10000, units=1)
    ticket = line(100, sku="second")
    ticket["for"] = "companion"
    for price, off in ((0, 0), (1, 1), (60, 60), (140, 100)):
        assert sold([pair], line(price), ticket)["discount"] == off


def test_codes_are_compared_in_capitals_and_without_blanks():
    code = rule("code", codes=[["AZ9-Ü", 1000, 0, 0, ["*"], 0, []]])
    for said in ("AZ9-Ü", "az9-Ü", " Az9-Ü\n", "\taZ9-Ü\r"):
        assert sold([code], line(100), code=said)["discount"] == 10
    for said in ("AZ9-ü", "AZ 9-Ü", "AZ9", "", "@[9-Ü", "\u00a0AZ9-Ü"):
        assert sold([code], line(100), code=said)["discount"] == 0, said


def test_beyond_an_edge_or_at_it():
    for held, over, found in ((998, False, 0), (1000, False, 500), (1000, True, 0), (1002, True, 501)):
        source = {"is": "basket", "bands": [[1000, 5000]], "over": over}
        assert sold([rate(source)], line(held))["discount"] == found
