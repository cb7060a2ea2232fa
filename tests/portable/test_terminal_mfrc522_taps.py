"""Whole taps through the MFRC522 driver and the emulated chip, beside the same taps on the card itself: same outcome, same card
image, same number of exchanges; with tears at every exchange as well."""

from cardos.errors import StampdError
from cardos.exchange import Done, InDoubt
from cardos.taps.block import block
from cardos.taps.read import read
from cardos.taps.sell import sell
from cardos.taps.undo import undo
from tests.portable.mfrc522_bench import BoardShop, DirectShop
from tests.portable.shop import sale

FAMILIES = ("ntag215", "ultralight-aes", "ntag424", "desfire-ev2")


def day(shop):
    """One card's day: [(outcome, exchanges), ..]."""
    done = []
    for number in range(6):
        if number == 0:
            outcome = shop.issue({1: (9, 0)})
        elif number < 3:
            outcome = shop.tap(sell(shop.terms(), sale(redeem="auto"), "r%d" % number))
        elif number == 3:
            outcome = shop.tap(undo(shop.terms(), lambda family, uid: (shop.landed[-1], False)))
        elif number == 4:
            outcome = shop.tap(read(shop.terms()))
        else:
            outcome = shop.tap(block(shop.terms(), True))
        assert isinstance(outcome, Done), (number, outcome)
        done.append((outcome.entry, outcome.settled, outcome.record_mac, tuple(outcome.card)[:-1], shop.exchanges))
    return done


def same_day(family, **options):
    direct, board = DirectShop(family), BoardShop(family, **options)
    assert day(direct) == day(board), family
    assert direct.card.state() == board.card.state() and direct.landed == board.landed
    assert direct.torn.exchanges == board.torn.exchanges, "commands that reached the card"
    return board


def test_a_day_on_every_family_is_the_same_as_without_a_chip_between():
    for family in FAMILIES:
        same_day(family)


def test_and_with_irq_wired_long_frames_and_high_bit_rates():
    same_day("desfire-ev2", frame_size=256)
    same_day("ntag424", rate_limit_kbits=848, has_irq=True)
    same_day("ntag215", has_irq=True, answer_us=3000)


def torn_sale(shop):
    """A sale that is torn, and the next one: what the shop and the card came to."""
    said = []
    for number in range(3):
        doubts = [shop.open[key] for key in sorted(shop.open)]  # no ties: keys of a dict
        try:
            outcome = shop.issue() if not number else shop.tap(sell(shop.terms(), sale(), "r", doubts[0] if doubts else None))
            said.append(type(outcome).__name__)
        except StampdError as error:
            said.append(error.code)
        said.append(shop.exchanges)
    return said, shop.card.state(), shop.landed, shop.open, shop.torn.exchanges


def tears_of(family, modes):
    """A tear at every exchange of a sale, the modes in turn: what the torn sales came to."""
    clean = DirectShop(family)
    clean.issue()
    first = clean.torn.exchanges
    assert isinstance(clean.tap(sell(clean.terms(), sale(), "r")), Done)
    seen = set()
    for at in range(first, clean.torn.exchanges):
        mode = modes[at % len(modes)]
        direct = torn_sale(DirectShop(family, tears={at: mode}))
        assert direct == torn_sale(BoardShop(family, tears={at: mode}, made_elsewhere=True)), (family, at, mode)
        seen.add(direct[0][2])
    return seen


def test_a_card_that_leaves_at_any_exchange_ends_as_without_a_chip_between():
    modes = ("not-sent", "half", "answer-lost", "corrupt", "not-executed")
    assert {"CARD_LOST", InDoubt.__name__} <= tears_of("ntag215", modes) | tears_of("ntag424", modes)
