"""A card whose last change is in doubt comes back and nobody asks for anything: it is settled, nothing is started."""

from cardos.exchange import Done, InDoubt
from cardos.soft_cards.tears import TornCard
from cardos.taps.sell import sell
from cardos.taps.settle_only import settle_only
from tests.portable.shop import Shop, sale


def torn(at, mode, stamps, **options):
    shop = Shop()
    shop.issue({1: (stamps, 0)})
    shop.card = TornCard(shop.card, {at: mode})
    assert isinstance(shop.tap(sell(shop.terms(), sale(**options), "a")), InDoubt)
    return shop


def test_an_earn_is_written_now():
    shop = torn(8, "half:zero", 3)
    outcome = shop.tap(settle_only(shop.terms()))
    assert isinstance(outcome, Done) and outcome.card.counters[1][0] == 4 and not shop.open


def test_a_redemption_is_only_said_not_to_have_landed():
    shop = torn(8, "half:zero", 12, redeem="auto")
    outcome = shop.tap(settle_only(shop.terms()))
    assert isinstance(outcome, Done) and outcome.card.counters[1][0] == 12 and not shop.open


def test_nothing_in_doubt_writes_nothing():
    shop = Shop()
    shop.issue()
    state = shop.card.state()
    assert isinstance(shop.tap(settle_only(shop.terms())), Done)
    assert shop.card.state() == state and shop.exchanges == 1
