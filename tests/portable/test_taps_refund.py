"""Refunds by taps: in parts, after a tear at every exchange, on the wrong card, of an undone sale; a torn refund is never given twice."""

from cardos.crypto import tdes
from cardos.errors import CardLost, StampdError
from cardos.exchange import Blocked, Done, InDoubt, Refused
from cardos.soft_cards.tears import TornCard
from cardos.taps.block import block
from cardos.taps.read import read
from cardos.taps.refund import Bought, refund
from cardos.taps.sell import sell
from cardos.taps.undo import undo
from tests.portable.card_rows import DatedShop, bought
from tests.portable.offer_packs import DAY, line, pack_of, row, rule, sale

POINTS = row("points", 1, unit=100)
PACK = pack_of([POINTS], earn=[rule("points", c=0, bp=1000, worth=100)])
OPENING = 50
FAMILIES = ("ntag215", "desfire-ev2") if tdes.AVAILABLE else ("ntag215", "ntag424")
ONE = [{"sku": "latte", "qty": 1, "reward": False}]


def shop_of(family="ntag215"):
    """A card with 50 points; R-1 sold 3 for 900.00 each, 30 points spent: 2670.00 paid, 267 points earned."""
    shop = DatedShop(family, 1, PACK)
    shop.day = DAY
    assert isinstance(shop.issue({1: (OPENING, 0)}), Done)
    event = sale(line(90000, 3), spend={"points": 30})
    assert isinstance(shop.tap(sell(shop.terms(), event, "R-1")), Done) and points(shop) == 287
    return shop


def points(shop):
    outcome = shop.tap(read(shop.terms()))
    assert isinstance(outcome, Done), outcome
    return outcome.card.counters[1][0]


def give_back(shop, wanted=None, find=None, undone=False):
    return shop.tap(refund(shop.terms(), find or (lambda: bought(shop, "R-1", undone)), wanted))


def refunded(outcome):
    assert isinstance(outcome, Done), outcome
    return outcome.entry["details"]["refunded"]


def refunds(shop):
    return [entry["details"]["refunded"] for entry in shop.landed if entry["operation"] == "refund"]


def test_in_parts_and_then_no_more():
    for family in FAMILIES:
        shop = shop_of(family)
        assert [refunded(give_back(shop, ONE)) for _ in range(3)] == [89000] * 3, family
        assert points(shop) == OPENING
        outcome = give_back(shop, ONE)
        assert isinstance(outcome, Refused) and outcome.reason == "OVER_REFUND"
        assert give_back(shop).reason == "OVER_REFUND" and points(shop) == OPENING


def test_one_part_then_all_that_is_left():
    shop = shop_of()
    assert refunded(give_back(shop, ONE)) == 89000 and points(shop) == 287 - 89 + 10
    assert refunded(give_back(shop)) == 178000 and points(shop) == OPENING


def test_an_unknown_sale_another_card_an_undone_sale_and_a_blocked_card():
    shop = shop_of()
    assert give_back(shop, find=lambda: None).reason == "NO_SUCH_SALE"
    was = bought(shop, "R-1")
    others = Bought(was.sale, was.origin, was.family, b"\x04" * 7, was.receipt, was.back, was.pack, was.undone)
    assert give_back(shop, find=lambda: others).reason == "NO_SUCH_SALE"
    assert give_back(shop, undone=True).reason == "ALREADY_UNDONE"
    assert isinstance(shop.tap(block(shop.terms(), "lost")), Done)
    assert isinstance(give_back(shop), Blocked)
    assert refunds(shop) == [] and points(shop) == 287


def test_after_a_refund_the_sale_cannot_be_undone():
    shop = shop_of()
    give_back(shop, ONE)
    entry = [entry for entry in shop.landed if entry["sale"] == "R-1"][0]
    assert shop.tap(undo(shop.terms(), lambda family, uid: (entry, False))).reason == "NOT_THE_LAST_SALE"


def test_a_sale_in_doubt_is_settled_first_and_then_refunded():
    landed = 0
    for at in range(4, 30):
        shop = DatedShop("ntag215", 1, PACK)
        shop.day = DAY
        shop.issue()
        shop.card = TornCard(shop.card, {at: "answer-lost"})
        try:
            outcome = shop.tap(sell(shop.terms(), sale(line(90000)), "R-1"))
        except CardLost:  # before the intent: no sale
            assert give_back(shop).reason == "NO_SUCH_SALE"
            continue
        if isinstance(outcome, Done):
            break
        landed += 1
        assert isinstance(outcome, InDoubt) and refunded(give_back(shop)) == 90000 and points(shop) == 0, at
    assert landed >= 3


def test_a_torn_refund_is_given_once():
    for family in FAMILIES:
        whole = shop_of(family)
        assert isinstance(give_back(whole, ONE), Done)
        length = whole.exchanges
        doubts = 0
        for at in range(0, length):
            for mode in ("not-executed", "half:garbage", "answer-lost") if family == "ntag215" else ("not-executed", "answer-lost"):
                doubts += torn(family, at, mode)
        assert doubts >= 2, (family, length, doubts)


def torn(family, at, mode):
    """Cut the refund of one unit at an exchange, then ask again: the card and the money are those of one refund. True: it was in doubt."""
    shop = shop_of(family)
    shop.card = TornCard(shop.card, {at: mode})
    try:
        first = give_back(shop, ONE)
    except StampdError:  # before the intent: nothing was begun
        first = None
        assert refunds(shop) == []
    assert first is None or isinstance(first, (InDoubt, Done)), (family, at, mode, first)
    if not isinstance(first, Done):
        assert refunded(give_back(shop, ONE)) == 89000, (family, at, mode)
    assert refunds(shop) == [89000] and points(shop) == 287 - 89 + 10, (family, at, mode, refunds(shop), points(shop))
    assert not shop.open and not shop.cases
    return isinstance(first, InDoubt)


def test_another_refund_than_the_one_in_doubt_is_another_refund():
    for at in range(30):
        shop = shop_of()
        shop.card = TornCard(shop.card, {at: "answer-lost"})
        try:
            outcome = give_back(shop, ONE)
        except CardLost:  # before the intent
            continue
        if isinstance(outcome, Done):
            break
        assert refunded(give_back(shop)) + sum(refunds(shop)[:-1]) == 267000 and points(shop) == OPENING, at
