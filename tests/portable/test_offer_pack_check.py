"""A terminal refuses a pack that it could not run, before it runs it; what it takes, it runs within a known number of steps."""

from cardos.errors import BadInput
from cardos.offers.basket import LINES_MAX
from cardos.offers.pack import COUNTERS_MAX, DEPTH_MAX, NODES_MAX, check_pack, worst_case
from cardos.offers.pack_words import FIELDS, ROWS
from tests.portable.offer_packs import fixed, pack_of, row, rule

POINTS = row("points", 1, unit=100)


def refusal(pack):
    """The code with which a pack is refused, or None."""
    try:
        check_pack(pack)
    except BadInput as error:
        assert error.message and error.hint
        return error.code
    return None


def with_head(**more):
    pack = pack_of([POINTS], [fixed(500)])
    pack.update(more)
    return pack


def test_a_small_pack_is_taken_as_it_is():
    pack = pack_of([POINTS], [fixed(500)], earn=[rule("points", c=0, bp=100, worth=100)])
    assert check_pack(pack) is pack


def test_other_versions_are_told_apart_from_bad_packs():
    for pack in (with_head(format=2), with_head(format=0), with_head(format="1"), {}, [], None, "pack"):
        assert refusal(pack) == "PACK_VERSION", pack


def test_the_head_must_be_whole():
    for more in ({"scheme": "x"}, {"number": 0}, {"number": None}, {"currency": 978}, {"minor_digits": 1}, {"counters": {}}, {"offers": []}, {"rules": []},
                 {"prices": None}, {"next": 1}, {"perks": {}}, {"codes": None}, {"more": 1}):  # fmt: skip
        assert refusal(with_head(**more)) == "PACK", more
    for key in ("scheme", "number", "currency", "minor_digits", "counters", "offers", "rules", "prices", "next", "perks", "codes"):
        pack = with_head()
        del pack[key]
        assert refusal(pack) == "PACK", key
    for phase in ("rewards", "earn", "status", "roll", "events"):
        pack = with_head()
        del pack["rules"][phase]
        assert refusal(pack) == "PACK", phase


def test_unknown_words_are_refused():
    for more in (
        {"earn": [rule("lottery", c=0)]}, {"earn": [{"offer": 0, "on": ["*"]}]}, {"earn": [rule("nth", nth=2, bp=1)]}, {"earn": ["points"]},
        {"lottery": True}, {"earn": [None]}, {"earn": [rule("points", c=0, bp=1, worth=1, when=["moon"])]},
        {"earn": [rule("points", c=0, bp=1, worth=1, when=[])]},
        {"earn": [rule("points", c=0, bp=1, worth=1, when="card")]}, {"earn": [rule("points", c=0, bp=1, worth=1, luck=7)]},
        {"earn": [rule("points", c=0, bp=1, worth=1, unless=[["card"]])]}, {"earn": [rule("points", c=0, bp=1, worth=1, unless=[[["card"], 5]])]},
        {"earn": [rule("points", c=0, bp=1, worth=1, when=["not", ["card"], ["card"]])]}, {"earn": [rule("points", c=0, bp=1, worth=1, when=["at-least", 0])]},
    ):  # fmt: skip
        assert refusal(pack_of([POINTS], **more)) == "PACK", more
    for node in (rule("rate", rates=[{"is": "moon"}]), rule("rate", rates=[{"bp": 5}]), rule("rate", rates=["fixed"]), rule("points"), {"worst": [fixed(1)]},
                 {"best": []}, {"best": [fixed(1)], "first": [fixed(1)]}, {}, [], "rate",
                 rule("rate", rates=[{"is": "fixed", "bp": 1, "luck": 1}])):  # fmt: skip
        assert refusal(pack_of([POINTS], [node])) == "PACK", node


def test_fields_that_are_missing_or_not_right_are_refused():
    good = {"c": 0, "bp": 1, "worth": 1}
    for name, value in (("c", 1), ("c", -1), ("c", True), ("c", "points"), ("bp", -1), ("bp", 100001), ("bp", "5"), ("worth", 0), ("on", "*"), ("on", [5]),
                        ("offer", 1), ("offer", None), ("without", [None]), ("gross", 1), ("partners", {"a": -1}), ("extra", [["a", 1]])):  # fmt: skip
        fields = dict(good)
        fields[name] = value
        assert refusal(pack_of([POINTS], earn=[rule("points", **fields)])) == "PACK", (name, value)
    for name in good:
        fields = dict(good)
        del fields[name]
        assert refusal(pack_of([POINTS], earn=[rule("points", **fields)])) == "PACK", name


def test_every_operation_refuses_when_a_field_it_needs_is_gone():
    for word in sorted(FIELDS):
        if "." not in word:
            continue
        phase, op = word.split(".")
        for name in FIELDS[word]:
            if name[-1] != "?":
                made = {"op": op, "offer": 0}
                rules = {} if phase == "prices" else {phase: [made]}
                assert refusal(pack_of([POINTS], [made] if phase == "prices" else [], **rules)) == "PACK", word
                break


def test_counters_and_their_ids():
    many = [row("p%d" % number, number) for number in range(1, COUNTERS_MAX + 2)]
    for counters in (
        [row("a", 0)], [row("a", 256)], [row("a", 1), row("b", 1)], [row("a", "1")], [row("a", True)], [row("a", 1, "moon")], [row("a", 1, luck=1)],
        [{"name": "a", "ids": [1]}], [row("a", 1, "lots")], ["points"], [row("a", 1, "level")], [row("a", 1, "plain", unit=0)],
        [{"name": "a", "ids": [2, 2], "kind": "bits", "count": 40}], many,
    ):  # fmt: skip
        assert refusal(pack_of(counters)) == "PACK", counters
    assert refusal(pack_of(many[:COUNTERS_MAX])) is None
    assert refusal(pack_of([row("a", 255), row("b", 1)])) is None
    assert "plain" in ROWS


def nested(word, depth, leaf):
    """A leaf under `depth` - 1 words."""
    for _ in range(depth - 1):
        leaf = [word, leaf] if isinstance(leaf, list) else {word: [leaf]}
    return leaf


def test_depth_is_bounded():
    for depth, code in ((DEPTH_MAX, None), (DEPTH_MAX + 1, "PACK"), (60, "PACK")):
        assert refusal(pack_of([POINTS], [nested("best", depth, fixed(1))])) == code, depth
        assert refusal(pack_of([POINTS], [fixed(1, when=nested("not", depth, ["card"]))])) == code, depth


def test_the_number_of_rules_is_bounded_and_known():
    small = pack_of([POINTS], [fixed(1, when=["all", ["card"], ["not", ["card"]]])], earn=[rule("points", c=0, bp=1, worth=1)])
    assert worst_case(small)["nodes"] == 7  # two rules, a rate, four conditions
    assert worst_case(small)["steps"] == 7 * LINES_MAX
    rules = [rule("points", c=0, bp=1, worth=1) for _ in range(NODES_MAX)]
    assert refusal(pack_of([POINTS], earn=rules)) is None
    assert refusal(pack_of([POINTS], [fixed(1)], earn=rules)) == "PACK"
