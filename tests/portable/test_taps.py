"""The line of a stamp card as a story: a card is issued, tapped, torn, settled, undone, blocked; on every interpreter the same."""

from cardos.exchange import Blocked, Done, InDoubt, NotOurs, Refused
from cardos.soft_cards.tears import TornCard
from cardos.taps.block import block
from cardos.taps.read import read
from cardos.taps.repair import repair
from cardos.taps.sell import sell
from cardos.taps.undo import undo
from tests.portable.shop import Shop, sale


def shop_with_card(stamps=0, **options):
    shop = Shop(**options)
    outcome = shop.issue({1: (stamps, 0)} if stamps else None)
    assert isinstance(outcome, Done) and outcome.card.sequence == 1
    return shop


def stamps(outcome):
    return outcome.card.counters.get(1, (0, 0))[0]


def sell_to(shop, reference, doubt=None, **options):
    return shop.tap(sell(shop.terms(), sale(**options), reference, doubt))


def tear(shop, at, mode):
    shop.card = TornCard(shop.card, {at: mode})


def last_sale(shop):
    return lambda family, uid: (shop.landed[-1], False)


def test_ten_taps_and_the_eleventh_free():
    shop = shop_with_card()
    for number in range(10):
        assert stamps(sell_to(shop, "r%d" % number)) == number + 1
    outcome = sell_to(shop, "reward", redeem="auto")
    assert stamps(outcome) == 1 and outcome.entry["details"]["rewards"] == ["free coffee x1"]
    assert outcome.entry["details"]["paid"] == 450


def test_exchanges_stay_within_the_budget():
    for counters, most in ((1, 14), (3, 17)):
        shop = shop_with_card(counters=counters)
        for number in range(5):
            sell_to(shop, "r%d" % number)
            assert shop.exchanges <= most, (counters, shop.exchanges)


def test_a_pulled_earn_lands_at_the_next_tap():
    shop = shop_with_card(3)
    tear(shop, 8, "half:weak")
    assert isinstance(sell_to(shop, "a"), InDoubt)
    doubt = list(shop.open.values())[0]
    outcome = sell_to(shop, "a", doubt)
    assert isinstance(outcome, Done) and stamps(outcome) == 4 and outcome.settled[0]["outcome"] == "landed"


def test_a_pulled_redemption_is_asked_again():
    shop = shop_with_card(12)
    tear(shop, 8, "half:garbage")
    assert isinstance(sell_to(shop, "a", redeem="auto"), InDoubt)
    outcome = sell_to(shop, "b")
    assert stamps(outcome) == 13 and outcome.settled == [{"sale": "a", "outcome": "not_landed", "operation": "redeem"}]


def test_undo_takes_back_only_the_last_sale():
    shop = shop_with_card(10)
    sell_to(shop, "a", redeem="auto")
    find = last_sale(shop)
    find_sale = find(None, None)
    outcome = shop.tap(undo(shop.terms(), lambda family, uid: find_sale))
    assert isinstance(outcome, Done) and stamps(outcome) == 10
    sell_to(shop, "b")
    outcome = shop.tap(undo(shop.terms(), lambda family, uid: find_sale))
    assert isinstance(outcome, Refused) and outcome.reason == "NOT_THE_LAST_SALE"


def test_an_older_image_is_stale_and_nothing_is_written():
    shop = shop_with_card()
    sell_to(shop, "a")
    image = shop.card.state()
    sell_to(shop, "b")
    shop.card.restore(image)
    for wish in (sell(shop.terms(), sale(), "c", None), read(shop.terms())):
        outcome = shop.tap(wish)
        assert isinstance(outcome, Refused) and outcome.reason == "STALE_CARD"
    assert shop.card.state() == image and shop.cases == ["STALE_CARD", "STALE_CARD"]


def test_a_blocked_card_is_refused_and_can_be_lifted():
    shop = shop_with_card(2)
    assert isinstance(shop.tap(block(shop.terms(), "lost")), Done)
    assert isinstance(sell_to(shop, "a"), Blocked)
    assert isinstance(shop.tap(block(shop.terms(), "found", lift=True)), Done)
    assert stamps(sell_to(shop, "b")) == 3


def test_a_card_without_a_good_slot_is_repaired_from_the_ledger():
    shop = shop_with_card(5)
    sell_to(shop, "a")
    state = shop.card.state()
    for page in (0x10, 0x19):
        state["pages"][page] = "00" + state["pages"][page][2:]
    shop.card.restore(state)
    assert sell_to(shop, "b").reason == "NEEDS_REPAIR"
    outcome = shop.tap(repair(shop.terms(), lambda family, uid: {1: (6, 0)}))
    assert isinstance(outcome, Done) and outcome.card.sequence == 18 and stamps(outcome) == 6
    assert stamps(sell_to(shop, "c")) == 7


def test_a_blank_card_and_a_foreign_one_are_not_ours():
    shop = Shop()
    outcome = shop.tap(read(shop.terms()))
    assert isinstance(outcome, NotOurs) and outcome.reason == "BLANK_CARD"


def test_an_issue_that_was_cut_is_finished_with_the_same_number():
    for at in range(4, 45):
        shop = Shop()
        shop.card = TornCard(shop.card, {at: "half"})
        first = shop.issue()
        if isinstance(first, InDoubt):
            first = shop.issue()
        assert isinstance(first, Done) and first.card.card_number == 1, at
        assert stamps(sell_to(shop, "a")) == 1


def test_a_genuine_card_that_the_home_never_recorded_keeps_what_it_holds():
    shop = shop_with_card(7)
    sell_to(shop, "a")
    other = Shop()
    other.card, other.next_number = shop.card, 40
    outcome = other.issue()
    assert isinstance(outcome, Done) and stamps(outcome) == 8 and outcome.entry["transaction"] == 40
    assert stamps(sell_to(other, "b")) == 9
    assert other.issue().reason == "ALREADY_ISSUED"


def test_an_undo_that_names_nothing_never_reaches_behind_a_redemption_that_did_not_land():
    shop = shop_with_card(11)
    sell_to(shop, "a")
    find = last_sale(shop)
    tear(shop, 8, "half:garbage")
    assert isinstance(sell_to(shop, "b", redeem="auto"), InDoubt)
    outcome = shop.tap(undo(shop.terms(), find, named=False))
    assert outcome.reason == "NOT_LANDED" and outcome.settled[0]["outcome"] == "not_landed" and stamps(outcome) == 12
    outcome = shop.tap(undo(shop.terms(), find, named=False))
    assert isinstance(outcome, Done) and stamps(outcome) == 11
