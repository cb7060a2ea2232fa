"""Edges of a sale's lines and of conditions: the largest amount, the last second, words as they come out of a file."""

from cardos.calendar import day_of
from cardos.cbor import decode, encode
from cardos.offers.basket import is_birthday
from cardos.offers.evaluate import evaluate
from cardos.offers.holdings import Holdings
from tests.portable.offer_packs import DAY, fixed, line, pack_of, row, rule, sale

LARGEST = 1_000_000_000_000  # 10^12 minor units, rule 1


def code_of(*lines, **more):
    """Why a sale is refused, or None."""
    return evaluate(pack_of(), {}, sale(*lines, **more))[1].get("refused")


def stands(condition, state=None, lines=None, **more):
    """Whether half the price is taken off when this is the rule's condition."""
    pack = decode(encode(pack_of([row("uses", 1, "fact"), row("points", 2)], [fixed(5000, when=condition)])))
    return evaluate(pack, state or {}, sale(*(lines or [line(100)]), **more))[1]["discount"] == 50


def test_the_largest_sale():
    assert code_of(amount=LARGEST) is None and code_of(amount=LARGEST + 1) == "BAD_AMOUNT"
    assert code_of(line(1, LARGEST)) is None and code_of(line(LARGEST)) is None
    assert code_of(line(0, LARGEST + 1)) == "BAD_LINE" and code_of(line(LARGEST + 1)) == "BAD_LINE"
    assert code_of(line(LARGEST), line(1)) == "BAD_AMOUNT"


def test_the_longest_receipt():
    assert code_of(*[line(1)] * 200) is None and code_of(*[line(1)] * 201) == "BAD_LINE"
    assert code_of(*[line(1)] * 201, amount=LARGEST + 1) == "BAD_AMOUNT"


def test_an_amount_is_the_sum_of_its_lines():
    assert [code_of(line(3), line(4), amount=amount) for amount in (6, 7, 8)] == ["BAD_AMOUNT", None, "BAD_AMOUNT"]


def test_an_amount_alone_is_nobodys_companion():
    pack = pack_of((), [rule("companion", bp=5000, units=1)])
    assert "declined" not in evaluate(pack, {}, sale(amount=500))[1]


def test_conditions_in_conditions():
    dear, cheap = ["basket", 100], ["basket", 1]
    assert not stands(["all", ["basket", 101], dear]) and not stands(["all", dear, ["basket", 101]]) and stands(["all", dear, cheap])
    assert not stands(["any", ["basket", 101]], lines=[line(100, category="n")])
    assert stands(["basket", 99]) and stands(["basket", 100]) and not stands(["basket", 101])


def test_seconds_since_the_last_use():
    """A fact row notes (second, day) of a use; day 0 is no use."""
    cases = (
        ((0, DAY - 1), 13599, 100000, True), ((0, DAY - 1), 13600, 100000, False),
        ((0, DAY - 2), 0, 172801, True), ((0, DAY - 2), 0, 172800, False), ((36000, DAY), 36000, 1, True), ((36000, DAY), 36001, 1, False),
    )  # fmt: skip
    for fact, second, limit, wanted in cases:
        assert stands(["since", 0, limit], {1: fact}, second=second) == wanted, fact
    assert not stands(["since", 0, 8000000], {1: (0, 0)}, day=10)
    assert stands(["since", 0, 200000], {1: (0, 1)}, day=2)
    assert not stands(["since", 0, 400000], {1: (0, 3)}, day=10)
    assert stands(["since", 0, 100000], {1: (40000, 2251)}, day=2252)


def test_uses_of_this_day():
    for fact, wanted in (((1, DAY), False), ((2, DAY), True), ((3, DAY), True), ((3, DAY - 1), False), ((3, DAY + 1), False)):
        assert stands(["times", 0, 2], {1: fact}) == wanted, fact


def test_hours_and_weekdays():
    for after_noon, wanted in ((-1, False), (0, True), (59, True), (3600, True), (7199, True), (7200, False), (9000, False)):
        assert stands(["hours", 720, 840], second=12 * 3600 + after_noon) == wanted, after_noon
    assert [stands(["weekdays", 1, 7], day=DAY + after) for after in range(7)] == [True, True, False, False, False, False, False]


def test_what_a_card_holds_and_what_is_in_the_sale():
    for points, wanted in ((6, False), (7, True), (8, True)):
        assert stands(["at-least", 1, 7], {2: (points, 0)}) == wanted
    assert stands(["has", "coffee"]) and stands(["has", "latte"]) and not stands(["has", "tea"])
    assert stands(["any", ["has", "tea"], ["card"]]) and not stands(["not", ["card"]])


def test_birthdays_of_every_month():
    for month in range(1, 13):
        for day in (1, 28):
            card = Holdings([row("birthday", 1, "fact")], {1: (month * 100 + day, 0)}, DAY)
            assert is_birthday(card, 0, day_of(2026, month, day)) and not is_birthday(card, 0, day_of(2026, month, day + 1 if day == 1 else 27))
    assert not any(is_birthday(Holdings([row("birthday", 1, "fact")], {}, DAY), 0, day) for day in range(DAY, DAY + 366))
