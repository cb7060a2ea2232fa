"""Events of a card that are no sales, in a pack with rules for all of them: each event meets its own rule."""

from cardos.calendar import year_end
from cardos.cbor import decode, encode
from cardos.offers.evaluate import evaluate
from tests.portable.offer_packs import DAY, fixed, line, pack_of, row, sale

ROWS = [
    row("points", 1, unit=1, debt=True), row("bottles", 2), row("cups", 3), row("level", 4, "level", names=["basic", "silver", "gold"]),
    row("stamps", 5), row("version", 6, "version", first=1), row("flags", 7, "fact"), row("spend", 8, "lifetime", per=100),
    row("waits", 9, "pending", ids=[9, 10, 11], days=3), row("birthday", 12, "fact"), row("group", 13, "fact", names=["pupil", "senior"]),
]  # fmt: skip
POINTS, BOTTLES, LEVEL, STAMPS, VERSION, FLAGS, WAITS, BIRTHDAY, GROUP = 0, 1, 3, 4, 5, 6, 8, 9, 10


def made(op, **fields):
    return {"op": op, "offer": 0, **fields}


def switch():
    return made("switch", c=POINTS, v=VERSION, spend=7, bp=1000, worth=10)


def convert(**more):
    return made("convert", c=STAMPS, v=VERSION, versions=[[1, 0, 10], [3, 0, 12], [1000, 0, 15], [2000, DAY + 1, 20]], **more)


CAMPAIGN = made("campaign", id="spring", c=POINTS, points=7, **{"from": DAY - 1, "through": DAY}, bit=3)
DONATE = made("donate", c=POINTS, to=["school"], worth=2)
LEVELS = made("level", c=LEVEL, years=2, endless=2)
RETURNS = [made("return", c=BOTTLES, item="bottle", needed=10, text="a bottle"), made("return", c=BOTTLES + 1, item="cup", needed=5, text="a cup")]
ALL = [switch(), CAMPAIGN, convert(), DONATE, LEVELS, *RETURNS]


def done(on, state=None, events=None, **event):
    """(state, effects); the rules stand in one order and in the other, which is the same."""
    found = []
    for order in (events or ALL, list(reversed(events or ALL))):
        pack = decode(encode(pack_of(ROWS, events=order, flags=FLAGS)))
        found.append(evaluate(pack, state or {}, {"on": on, "day": DAY, **event}))
    assert found[0] == found[1]
    return found[0]


def code(*arguments, **event):
    return done(*arguments, **event)[1].get("refused")


def test_empties_of_each_kind_are_counted_for_themselves():
    assert done("return", item="cup", qty=3)[0] == {3: (3, 0)} and done("return", item="bottle", qty=3)[0] == {2: (3, 0)}
    assert code("return", item="can", qty=1) == "NOT_ELIGIBLE" and code("return", item="box", qty=1) == "NOT_ELIGIBLE"
    assert code("return", item="cup", qty=0) == "BAD_AMOUNT"
    for before, qty, after, cups in ((0, 4, 4, 0), (0, 5, 0, 1), (4, 11, 0, 3), (-3, 1, -2, 0), (-8, 8, 0, 0), (-6, 12, 1, 1)):
        state, effects = done("return", {3: (before, 0)}, item="cup", qty=qty)
        assert state.get(3, (0, 0))[0] == after and effects["rewards"] == (["a cup x%d" % cups] if cups else [])


def test_points_are_given_to_a_charity_that_the_offer_knows():
    state, effects = done("donate", {1: (9, 0)}, to="school", amount=9)
    assert state == {} and effects["shares"] == {"charity": ["school", 18]} and effects["spent"] == {POINTS: 9}
    assert code("donate", {1: (9, 0)}, to="zoo", amount=1) == "CHARITY_UNKNOWN" and code("donate", {1: (9, 0)}, to="school", amount=10) == "OVERDRAW"
    assert code("donate", {1: (9, 0)}, to="school", amount=0) == "BAD_AMOUNT"


def test_of_two_rules_for_the_same_the_first_is_meant():
    more = made("donate", c=POINTS, to=["school"], worth=3)
    for rules, worth in (([DONATE, more], 2), ([more, DONATE], 3)):
        effects = evaluate(pack_of(ROWS, events=rules), {1: (5, 0)}, {"on": "donate", "day": DAY, "to": "school", "amount": 1})[1]
        assert effects["shares"] == {"charity": ["school", worth]}


def test_a_campaign_is_credited_once_inside_its_days():
    state, effects = done("grant", campaign="spring")
    assert state == {1: (7, 0), 7: (8, 0)} and effects["earned"] == {POINTS: 7}
    assert code("grant", state, campaign="spring") == "ALREADY_GRANTED" and code("grant", campaign="autumn") == "CAMPAIGN_UNKNOWN"
    assert [code("grant", campaign="spring", day=DAY + after) for after in (-2, -1, 0, 1)] == ["CAMPAIGN_CLOSED", None, None, "CAMPAIGN_CLOSED"]


def test_levels_are_given_upwards_and_with_an_end():
    assert done("grant", tier="silver")[0] == {4: (1, year_end(2028))} and done("grant", tier="gold")[0] == {4: (2, 0)}
    assert done("grant", tier="silver", tier_to=DAY + 5)[0] == {4: (1, DAY + 5)}
    assert code("grant", {4: (2, 0)}, tier="gold") == "ALREADY_GRANTED" and code("grant", {4: (2, 0)}, tier="silver") == "NOT_ELIGIBLE"
    assert code("grant", {4: (1, 0)}, tier="silver") == "NOT_ELIGIBLE" and code("grant", tier="platinum") == "NOT_ELIGIBLE"
    plain = [made("level", c=LEVEL)]
    assert done("grant", None, plain, tier="silver")[0] == {4: (1, 0)} and code("grant", {4: (1, 0)}, plain, tier="silver") == "NOT_ELIGIBLE"
    dated = [made("level", c=LEVEL, years=0)]
    assert done("grant", None, dated, tier="gold")[0] == {4: (2, year_end(2026))}
    middle = [made("level", c=LEVEL, years=1, endless=1)]
    assert done("grant", {4: (1, 0)}, middle, tier="gold")[0] == {4: (2, year_end(2027))}
    assert code("grant", {4: (2, 0)}, middle, tier="gold") == "NOT_ELIGIBLE" and code("grant", {4: (2, 0)}, middle, tier="silver") == "NOT_ELIGIBLE"
    assert code("grant", {4: (1, 0)}, middle, tier="silver") == "ALREADY_GRANTED"


def test_stamps_are_honoured_under_the_version_that_a_card_goes_to():
    for old, stamps, to, after in ((0, 5, 3, 6), (3, 4, 1000, 5), (3, 1, 1000, 2), (1, -5, 3, -6)):
        assert done("migrate", {5: (stamps, 0), 6: (old, 0)}, [convert()], to=to)[0] == {5: (after, 0), 6: (to, 0)}
    assert code("migrate", None, [convert()], to=2) == "VERSION_UNKNOWN" and code("migrate", None, [convert()], to=1) == "ALREADY_MIGRATED"
    assert code("migrate", {6: (1000, 0)}, [convert()], to=3) == "ALREADY_MIGRATED" and code("migrate", None, [convert()], to=2000) == "CAMPAIGN_CLOSED"
    late = [made("convert", c=STAMPS, v=VERSION, versions=[[1, 0, 10], [1000, 0, 12], [2000, 0, 18]])]
    assert done("migrate", {5: (6, 0), 6: (1000, 0)}, late, to=2000)[0] == {5: (9, 0), 6: (2000, 0)}
    assert code("migrate", None, [DONATE], to=1) == "VERSION_UNKNOWN"


def test_a_card_that_finishes_its_stamps_first_is_moved_without_any():
    for stamps, wanted in ((-1, None), (0, None), (1, "NOT_ELIGIBLE"), (2, "NOT_ELIGIBLE")):
        assert code("migrate", {5: (stamps, 0)}, [convert(finish=True)], to=3) == wanted


def test_a_discount_card_becomes_a_points_card_once():
    for version in (0, 1):
        state, effects = done("migrate", {6: (version, 0), 8: (50, 0)}, [switch()], to=2)
        assert state == {1: (50, 0), 6: (2, 0), 8: (50, 0)} and effects["earned"] == {POINTS: 50}
    assert [code("migrate", {6: (version, 0)}, [switch()], to=2) for version in (2, 3)] == ["ALREADY_MIGRATED"] * 2
    assert code("migrate", None, [switch()], to=1) == "ALREADY_MIGRATED" and code("migrate", None, [switch()], to=3) == "VERSION_UNKNOWN"


def test_a_credit_adds_and_takes_back_down_to_zero():
    state, effects = done("credit", units={BOTTLES: 5, WAITS: 4, STAMPS: 0})
    assert state == {2: (5, 0), 10: (4, DAY + 3)} and effects == {"earned": {BOTTLES: 5, WAITS: 4, STAMPS: 0}, "short": {}, "entitlements": []}
    for held, units, after, short in ((0, -1, 0, 1), (1, -1, 0, 0), (5, -3, 2, 0), (2, -7, 0, 5)):
        state, effects = done("credit", {2: (held, 0)}, units={BOTTLES: units})
        assert state.get(2, (0, 0))[0] == after and effects["short"] == {BOTTLES: short}


def enrolled(state=None, welcome=(), flags=None, facts=None, **event):
    """(state, effects) of joining."""
    rules = {"welcome": list(welcome), "facts": {"birthday": BIRTHDAY, "group": GROUP} if facts is None else facts}
    if flags is not None:
        rules["flags"] = flags
    return evaluate(pack_of(ROWS, **rules), state or {}, {"on": "enrol", "day": DAY, **event})


def test_joining_writes_what_the_offer_asks_for():
    for flags, first in ((None, {}), (FLAGS, {7: (1, 0)})):
        assert enrolled(flags=flags, joined=False, birthday=229)[0] == {12: (229, 0), **first}
        assert enrolled(flags=flags, joined=False, group="senior")[0] == {13: (2, 0), **first}
        assert enrolled(flags=flags, joined=False, group="pupil", group_to=DAY + 9)[0] == {13: (1, DAY + 9), **first}
        assert enrolled(flags=flags, joined=False)[0] == first
        assert enrolled(flags=flags, joined=False, facts={}, group="senior", birthday=229)[0] == first
    assert enrolled(joined=False, group="staff")[1]["refused"] == "GROUP_UNKNOWN"
    assert enrolled(flags=FLAGS, state={7: (1, 0)}, joined=False)[1]["refused"] == "ALREADY_ENROLLED"
    assert enrolled(joined=True)[1]["refused"] == "ALREADY_ENROLLED"


def test_without_other_word_a_card_has_joined_when_something_was_written():
    assert enrolled(birthday=101)[0] == {12: (101, 0)}
    for state in ({12: (101, 0)}, {13: (1, 0)}, {13: (1, DAY + 5), 12: (101, 0)}):
        assert enrolled(state, birthday=202)[1]["refused"] == "ALREADY_ENROLLED"
    assert enrolled({13: (0, DAY + 5)}, group="pupil")[0] == {13: (1, 0)}
    assert enrolled(facts={})[1]["refused"] == "ALREADY_ENROLLED"


def test_welcomes_for_one_counter_are_told_as_one():
    state, effects = enrolled(joined=False, welcome=[{"c": POINTS, "points": 3}, {"c": POINTS, "points": 1}])
    assert effects["earned"] == {POINTS: 4} and state == {1: (4, 0)}


def test_a_group_whose_last_day_has_passed_can_be_written_anew():
    for through, refused in ((DAY - 1, None), (DAY, "ALREADY_ENROLLED"), (DAY + 1, "ALREADY_ENROLLED"), (0, "ALREADY_ENROLLED")):
        assert enrolled({13: (1, through)}, group="senior")[1].get("refused") == refused


def test_a_welcome_is_given_on_its_days():
    first, last = "from", "through"
    for days, given in (({}, 3), ({first: DAY}, 3), ({first: DAY + 1}, 0), ({last: DAY}, 3), ({last: DAY - 1}, 0), ({first: DAY - 1, last: DAY + 1}, 3)):
        assert enrolled(joined=False, welcome=[{"c": POINTS, "points": 3, **days}])[1]["earned"] == ({POINTS: given} if given else {})


def test_a_rule_for_an_event_stands_only_when_its_condition_holds():
    for on, rule_, event in (
        ("return", RETURNS[1], {"item": "cup", "qty": 1}), ("donate", DONATE, {"to": "school", "amount": 1}), ("grant", CAMPAIGN, {"campaign": "spring"}),
        ("grant", LEVELS, {"tier": "silver"}), ("migrate", convert(), {"to": 3}), ("migrate", switch(), {"to": 2}),
    ):  # fmt: skip
        for condition, stands in ((["days", DAY, DAY], True), (["days", DAY + 1, DAY + 1], False), (["basket", 0], True), (["basket", 1], False)):
            assert ("refused" not in done(on, {1: (9, 0)}, [{**rule_, "when": condition}], **event)[1]) == stands, (on, condition)


# --- What an event does not say ---


def test_an_event_that_does_not_name_a_card_is_the_cards():
    event = sale(line(100))
    del event["card"]
    pack = pack_of([row("pass", 1, "date"), row("stamps", 2)], perks=[{"c": 0, "names": ["cinema"]}], earn=[made("stamps", c=1, on=["*"], per=1)])
    state, effects = evaluate(pack, {1: (1, DAY)}, event)
    assert effects["entitlements"] == ["cinema"] and effects["receipt"]["card"] is True and state[2] == (1, 0)
    assert evaluate(pack, {1: (1, DAY - 1)}, event)[1]["entitlements"] == []


def test_a_card_of_which_nothing_else_is_said_has_joined():
    pack = pack_of([row()], welcome=[{"c": 0, "points": 5}])
    assert evaluate(pack, {}, sale(line(100)))[1]["earned"] == {} and evaluate(pack, {}, sale(line(100), joined=False))[1]["earned"] == {0: 5}


def test_a_card_that_owes_may_spend_nothing():
    pack = pack_of([row(unit=1, debt=True)])
    assert evaluate(pack, {1: (-5, 0)}, sale(line(100), spend={"points": 0}))[1]["paid"] == 100
    assert evaluate(pack, {1: (-5, 0)}, sale(line(100), spend={"points": 1}))[1]["refused"] == "OVERDRAW"


def test_a_discount_by_hand_is_above_zero():
    cashier = {"id": "K1", "rights": ["manual-discount"], "reason": "goodwill"}
    for rate_bp, refused in ((-1, "BAD_AMOUNT"), (0, None), (1, None), (500, None), (501, "LIMIT")):
        assert evaluate(pack_of((), [fixed(0)], manual=500), {}, sale(line(100), cashier={**cashier, "discount_bp": rate_bp}))[1].get("refused") == refused


def test_only_the_card_item_itself_enrols():
    pack = pack_of([row("flags", 1, "fact")], flags=0, membership={"sku": "club"})
    for sku, state in (("bread", {}), ("club", {1: (1, 0)}), ("milk", {})):
        assert evaluate(pack, {}, sale(line(100, sku=sku)))[0] == state
