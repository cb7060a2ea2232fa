"""An offer that has ended gives, opens and takes nothing; codes are the same text on every interpreter."""

from cardos.offers.basket import code_text, trimmed
from cardos.offers.evaluate import evaluate
from cardos.offers.clock_use import uses_clock
from cardos.offers.pack import check_pack

DAY = 2600
ENDED = ["days", 0, DAY - 1]


def pack(counters, **rules):
    whole = {"rewards": [], "earn": [], "status": [], "roll": [], "events": []}
    prices, codes = rules.pop("prices", []), rules.pop("codes", [])
    whole.update(rules)
    return check_pack({
        "format": 1, "scheme": 0xFFFF, "number": 1, "currency": "EUR", "minor_digits": 2, "counters": counters,
        "offers": [{"id": "x", "kind": "custom", "name": {"en": "x"}}], "rules": whole, "prices": prices, "next": [], "perks": [], "codes": codes,
    })  # fmt: skip


def event(word, **more):
    told = {"on": word, "day": DAY, "second": 36000, "card": True}
    told.update(more)
    return told


def sale(**more):
    line = {"sku": "pass", "category": "tea", "qty": 1, "unit_price": 1000}
    return event("sale", currency="EUR", lines=[line], redeem="none", spend={}, **more)


JARS = {"name": "jars", "kind": "plain", "ids": [1]}


def test_events_of_an_offer_that_has_ended_are_refused():
    campaign = {"op": "campaign", "id": "nov", "c": 0, "points": 5, "from": 0, "through": 9000, "bit": 1, "offer": 0}
    rules = (
        ({"op": "return", "c": 0, "item": "jar", "needed": 2, "text": "gift mug", "offer": 0}, event("return", item="jar", qty=2), "NOT_ELIGIBLE"),
        ({"op": "donate", "c": 0, "to": ["cats"], "worth": 1, "offer": 0}, event("donate", amount=1, to="cats"), "CHARITY_UNKNOWN"),
        (campaign, event("grant", campaign="nov"), "CAMPAIGN_UNKNOWN"),
    )
    for rule, told, code in rules:
        counters = [JARS, {"name": "pack.flags", "kind": "fact", "ids": [2]}]
        before = {1: (9, 0)}
        assert "refused" not in evaluate(pack(counters, events=[rule], flags=1), before, told)[1], code
        ended = dict(rule)
        ended["when"] = ENDED
        state, effects = evaluate(pack(counters, events=[ended], flags=1), before, told)
        assert effects == {"refused": code} and state == before


def test_joining_gives_the_welcome_of_offers_that_stand():
    counters = [JARS, {"name": "pack.flags", "kind": "fact", "ids": [2]}]
    for dates, points in (({}, 7), ({"from": DAY, "through": DAY}, 7), ({"from": DAY + 1}, 0), ({"through": DAY - 1}, 0)):
        welcome = {"c": 0, "points": 7, "offer": 0}
        welcome.update(dates)
        state, _ = evaluate(pack(counters, welcome=[welcome], flags=1), {}, event("enrol"))
        assert state.get(1, (0, 0))[0] == points and state[2] == (1, 0), dates
        state, _ = evaluate(pack(counters, welcome=[welcome], flags=1), {}, sale())
        assert state.get(1, (0, 0))[0] == points and state[2] == (1, 0), dates


def test_a_pass_of_an_offer_that_has_ended_opens_nothing():
    counters = [{"name": "valid_to", "kind": "date", "ids": [1]}]
    rule = {"op": "pass", "c": 0, "sku": "pass", "days": 30, "offer": 0}
    assert evaluate(pack(counters, status=[rule]), {}, sale())[0] == {1: (1, DAY + 29)}
    ended = dict(rule)
    ended["when"] = ENDED
    assert evaluate(pack(counters, status=[ended]), {}, sale())[0] == {}


def test_codes_are_compared_in_ascii_capitals_and_without_ascii_blanks():
    assert code_text(" spring10\t") == "SPRING10" and code_text("кофе") == "кофе" and code_text("straße") == "STRAßE"
    assert trimmed(" x ") == "x" and trimmed("\u00a0x") == "\u00a0x"
    price = {"op": "code", "codes": [["КОФЕ", 1000, 0, 0, ["*"], 0, []]], "offer": 0}
    made = pack([], prices=[price], codes=["КОФЕ"])
    assert evaluate(made, {}, sale(code="КОФЕ "))[1]["paid"] == 900
    assert evaluate(made, {}, sale(code="кофе"))[1]["declined"] == "CODE_UNKNOWN"


def test_a_group_that_ended_is_written_anew_and_needs_a_clock():
    counters = [{"name": "x.group", "kind": "fact", "ids": [1], "names": ["student"]}]
    made = pack(counters, facts={"group": 0})
    assert uses_clock(made)
    told = event("enrol", group="student", group_to=DAY + 9)
    assert evaluate(made, {1: (1, DAY)}, told)[1] == {"refused": "ALREADY_ENROLLED"}
    assert evaluate(made, {1: (1, DAY - 1)}, told)[0] == {1: (1, DAY + 9)}


def test_an_offer_that_gave_something_is_named():
    price = {"op": "rate", "on": ["*"], "rates": [{"is": "fixed", "bp": 1000}], "offer": 0}
    assert evaluate(pack([], prices=[price]), {}, sale())[1]["offers"] == [0]
    nothing = {"op": "rate", "on": ["milk"], "rates": [{"is": "fixed", "bp": 1000}], "offer": 0}
    assert evaluate(pack([], prices=[nothing]), {}, sale())[1]["offers"] == []
    assert evaluate(pack([], prices=[{"best": [nothing, price]}]), {}, sale())[1]["offers"] == [0]
