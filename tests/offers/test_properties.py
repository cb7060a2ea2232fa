"""What holds for every pack, card and event: no money is made, a refund undoes its sale, time may pass in any steps."""

import random

from hypothesis import assume, event, given
from hypothesis import strategies as st

from cardos.bytes import I24_MAX, I24_MIN
from cardos.calendar import DAY_MAX
from cardos.offers.events import event_from_json
from cardos.offers.evaluate import evaluate, rolled
from cardos.offers.refund import refund
from host_tools.offers.compiler import compile_pack
from host_tools.offers.language import Offer
from tests.offers.differential.cases import Words, likely_state, random_case, random_event, random_returned, random_state
from tests.offers.differential.packs import DAY_FIRST, DAY_LAST, composed_pack, custom_rule, random_pack

SEEDS = st.integers(0, 2**32 - 1)
STAYS = ("fact", "version")  # what a refund leaves: birthdays, uses of a day, last visit; a card that moved to a newer version


def drawn(seed, make_pack=composed_pack):
    """(rng, pack, state) of a seed."""
    rng = random.Random(seed)
    pack = make_pack(rng)
    return rng, pack, as_state(random_state(rng, pack, rng.randint(DAY_FIRST, DAY_LAST)))


def as_state(listed):
    return {key: (value, day) for key, value, day in listed}


def sale_of(seed, make_pack=composed_pack, **facts):
    """(rng, pack, state, event, state after, effects, the event as a till wrote it) of a random sale that was not refused."""
    rng = random.Random(seed)
    pack = make_pack(rng)
    words, day = Words(pack), rng.randint(DAY_FIRST, DAY_LAST)
    state = as_state(likely_state(rng, pack, day))
    for _ in range(8):
        said = random_event(rng, words, "sale", day)
        if said.get("card", "A") is None and facts.get("card", True):
            continue
        sold = {**event_from_json(said), "joined": True, **facts}
        after, effects = evaluate(pack, state, sold)
        if "refused" not in effects:
            return rng, pack, state, sold, after, effects, said
    assume(False)


def totals(pack, state, day):
    """{row: usable and waiting units}."""
    holdings = rolled(pack, state, day)
    return [
        holdings.usable(row) + (holdings.waiting(row) if about["kind"] == "pending" else 0) for row, about in enumerate(pack["counters"])
    ]  # fmt: skip


# --- Every event ---


@given(SEEDS)
def test_evaluation_never_raises_and_stays_within_a_card(seed):
    rng = random.Random(seed)
    pack = random_pack(rng)
    case = random_case(rng, pack, Words(pack))
    state = as_state(case["state"])
    given_event = case["event"]
    if "credit" in given_event:
        portable = {"on": "credit", "day": given_event["day"], "units": dict(given_event["credit"])}
    else:
        portable = {**event_from_json(given_event), **case["facts"]}
    before = dict(state)
    after, effects = evaluate(pack, state, portable)
    assert state == before, "the caller's state was changed"
    debts = {number for about in pack["counters"] if about.get("debt") for number in about["ids"]}
    for number, (value, day) in after.items():
        assert I24_MIN <= value <= I24_MAX and 0 <= day <= DAY_MAX
        assert value >= 0 or number in debts
    if "refused" in effects:
        event("refused")
        assert list(effects) == ["refused"]
        assert after == rolled(pack, state, portable["day"]).state()


@given(SEEDS)
def test_a_sale_without_a_card_changes_no_card(seed):
    _, pack, state, sold, after, effects, _ = sale_of(seed, random_pack, card=False)
    assert after == rolled(pack, state, sold["day"]).state()
    assert effects["earned"] == {} and effects["spent"] == {}


@given(SEEDS)
def test_a_card_that_has_not_joined_stays_as_it_is_where_joining_is_needed(seed):
    rng = random.Random(seed)
    pack = composed_pack(rng, "enrolment")
    day = rng.randint(DAY_FIRST, DAY_LAST)
    state = as_state(random_state(rng, pack, day))
    state.pop(pack["counters"][pack["rules"]["flags"]]["ids"][0], None)
    sold = {**event_from_json(random_event(rng, Words(pack), "sale", day, "A")), "joined": False, "spend": {}}  # points it has are money
    assume(pack["rules"]["membership"].get("sku") not in [line["sku"] for line in sold.get("lines", ())])
    after, _ = evaluate(pack, state, sold)
    assert after == rolled(pack, state, day).state()


# --- Time ---


@given(SEEDS, st.integers(0, 800), st.integers(0, 800))
def test_time_passes_alike_in_one_step_and_in_two(seed, first, second):
    rng, pack, state = drawn(seed, random_pack)
    day = rng.randint(DAY_FIRST, DAY_LAST)
    once = rolled(pack, state, day + first).state()
    assert rolled(pack, once, day + first).state() == once
    assert rolled(pack, once, day + first + second).state() == rolled(pack, state, day + first + second).state()


# --- Money ---


@given(SEEDS)
def test_no_money_is_made(seed):
    _, pack, state, sold, after, effects, _ = sale_of(seed)
    spent = sum(units * pack["counters"][row]["unit"] for row, units in effects["spent"].items())
    assert effects["paid"] + effects["discount"] + spent == effects["gross"]
    assert effects["paid"] >= 0 and effects["discount"] >= 0
    lines = effects["receipt"]["lines"]
    assert sum(line[4] for line in lines) == effects["paid"] and sum(line[3] for line in lines) == effects["gross"] - effects["discount"]
    assert all(0 <= net <= value and 0 <= free <= units for _, units, free, value, net in lines)
    before, now = totals(pack, state, sold["day"]), totals(pack, after, sold["day"])
    counted = {rule["c"] for rule in pack["rules"]["status"]}  # an expert may count purchases, or keep rests, in points
    counted.update(rule["carry"] for rule in pack["rules"]["earn"] if "carry" in rule)
    for row, about in enumerate(pack["counters"]):
        if about.get("unit") and row not in counted:
            assert now[row] <= before[row] + effects["earned"].get(row, 0)


@given(SEEDS)
def test_no_more_comes_back_than_was_paid(seed):
    rng, pack, _, sold, state, effects, said = sale_of(seed, random_pack)
    back, money, day = None, 0, sold["day"]
    for _ in range(4):
        day += rng.choice([0, 1, 40])
        state, back, done = refund(pack, state, effects["receipt"], back, random_returned(rng, said), day)
        assert done.get("refunded", 0) >= 0
        money += done.get("refunded", 0)
    assert money <= effects["paid"]


@given(SEEDS)
def test_parts_come_back_as_the_whole_does(seed):
    rng, pack, _, sold, after, effects, _ = sale_of(seed)
    whole_state, _, whole = refund(pack, after, effects["receipt"], None, None, sold["day"])
    assume(whole != {"refused": "COUNTER_RANGE"})
    assert whole["refunded"] == effects["paid"]
    state, back, money = after, None, 0
    units = []
    for sku, sold_units, free, _, _ in effects["receipt"]["lines"]:
        units += [(sku, False)] * min(6, sold_units - free) + [(sku, True)] * min(6, free)
    rng.shuffle(units)
    for sku, reward in units[: rng.randint(0, len(units))]:
        state, back, done = refund(pack, state, effects["receipt"], back, [{"sku": sku, "qty": 1, "reward": reward}], sold["day"])
        assume(done != {"refused": "COUNTER_RANGE"})  # a reward's stamps are back, and those of the units are not yet taken
        money += done["refunded"]
    if back is None or not back["whole"]:
        state, back, done = refund(pack, state, effects["receipt"], back, None, sold["day"])
        money += done["refunded"]
    assert money == effects["paid"]
    assert totals(pack, state, sold["day"]) == totals(pack, whole_state, sold["day"])
    assert refund(pack, state, effects["receipt"], back, None, sold["day"])[2] == {"refused": "OVER_REFUND"}


@given(SEEDS)
def test_a_refund_undoes_its_sale(seed):
    """Whole and on the day of the sale: money and counters as before. The docs let these stay: uses and visits, a newer version of an
    empty card, money carried below a step, what joining gave; the date of a balance that moved; lots that had to become one."""
    _, pack, state, sold, after, effects, _ = sale_of(seed)
    undone, _, done = refund(pack, after, effects["receipt"], None, None, sold["day"])
    assume(done != {"refused": "COUNTER_RANGE"})  # welcome points took the room of the points that were spent
    assert done["refunded"] == effects["paid"]
    before, now = rolled(pack, state, sold["day"]), rolled(pack, undone, sold["day"])
    held, left = totals(pack, state, sold["day"]), totals(pack, undone, sold["day"])
    carried = {rule["carry"] for rule in pack["rules"]["earn"] if "carry" in rule}
    kept = [entry[:2] for entry in effects["receipt"]["earned"] if entry[2] == "kept"]  # what joining gave stays
    for row, amount in kept:
        held[row] += amount
    for rule in pack["rules"]["status"]:
        if rule["op"] == "year-level":  # a year that had its units before gives its level at any sale
            assume(totals(pack, state, sold["day"])[rule["units"]] <= rule["over"])
    for row, about in enumerate(pack["counters"]):
        if about["kind"] in STAYS or row in carried:
            continue
        assert held[row] == left[row], about
        if about["kind"] in ("lots", "pending", "until") and row not in [row for row, _ in kept]:
            lots_before, lots_now = [sorted(pairs(holdings, row)) for holdings in (before, now)]
            room = len(about["ids"]) - (about["kind"] == "pending") - len([day for _, day in lots_before if day])
            assert lots_now == lots_before or not room, "a lot moved although there was room"
        if about["kind"] in ("level", "date", "plain", "lifetime", "bits") and row not in [row for row, _ in kept]:
            assert [before.get(row, place) for place in range(len(about["ids"]))] == [now.get(row, place) for place in range(len(about["ids"]))]


def pairs(holdings, row):
    """The (value, day) of a row's counters that hold something."""
    found = [holdings.get(row, place) for place in range(len(holdings.rows[row]["ids"]))]
    return [pair for pair in found if pair != (0, 0)]


# --- Order ---


def shuffled(rng, offers):
    """The same offers, listed in another order."""
    offers = list(offers)
    rng.shuffle(offers)
    return offers


@given(SEEDS)
def test_the_order_of_offers_that_share_nothing_is_nothing(seed):
    """Offers that earn on counters of their own, and price offers on categories of their own."""
    rng = random.Random(seed)
    offers = []
    for number in range(rng.randint(2, 5)):
        rule = None
        while rule is None or rule["phase"] != "earn":
            rule = custom_rule(rng, [{"kind": "plain"}, {"kind": "plain"}])
        rule.pop("when", None)
        for key in ("counter", "c", "carry"):
            if key in rule:
                rule[key] = "own%d" % number if key != "carry" else "rest%d" % number
        for key in ("levels", "times_bp", "partners"):
            rule.pop(key, None)
        own = [{"name": name, "kind": "plain"} for name in ("own%d" % number, "rest%d" % number)]
        price = {"phase": "prices", "op": "nth", "on": ["line%d" % number], "nth": rng.randint(1, 3), "bp": rng.choice([333, 5000])}
        if rng.random() < 0.5:
            price = {"phase": "prices", "op": "off", "on": ["line%d" % number], "amount": rng.choice([99, 5000])}
        offers.append(Offer(id="o%d" % number, kind="custom", parameters={"currency": "EUR", "minor_digits": 2, "counters": own, "rules": [rule, price]}))
    lines = [
        {"sku": "s%d" % place, "category": "line%d" % rng.randint(0, len(offers)), "qty": rng.randint(1, 5), "unit_price": rng.choice([1, 333, 1000])}
        for place in range(rng.randint(1, 6))
    ]  # fmt: skip
    sold = event_from_json({"at": "2026-03-02T10:00", "on": "sale", "currency": "EUR", "lines": lines})
    assert told(compile_pack(offers), sold) == told(compile_pack(shuffled(rng, offers)), sold)


def told(pack, sold):
    """What a sale on an empty card gives, by the names of counters."""
    state, effects = evaluate(pack, {}, sold)
    names = [about["name"] for about in pack["counters"]]
    counters = {about["name"]: state.get(about["ids"][0]) for about in pack["counters"]}
    earned = {names[row]: units for row, units in effects["earned"].items()}
    return effects["paid"], effects["discount"], effects["receipt"]["lines"], earned, counters
