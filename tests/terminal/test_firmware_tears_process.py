"""The sample of test_firmware_tears on a real board: the firmware in MicroPython with a board's heap, its reader an emulated PN532, its power
pulled with SIGKILL in the middle of exchanges, its journal in a folder, synced to the shop. A place of every kind of card and tap is cut."""

import pytest

from host_tools.boards.demo.agreement import differences, flash_of
from host_tools.boards.demo.demo_shop import ANSWER_S, MISSED_S, DemoShop
from host_tools.boards.demo.spot import Mishap
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.readers.soft import SoftReader
from tests import needs
from tests.soft_lab import wait_until
from tests.tears.flows import CUTS
from tests.terminal.test_firmware_tears import EARNED, FLOWS, OF_OPERATION, PRESENTATIONS
from tests.whole_system.shop_lab import coffees

DONE = {"earn": EARNED, "redeem": ("redeemed",), "undo": ("undone",)}
CARDS = ("Anna", "Boris", "Carla", "Dmitri")
FULL = 15  # stamps at the least before a case
DRAIN_S = 20.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    with DemoShop(tmp_path_factory.mktemp("counter")) as shop:
        shop.power()
        yield shop


def press(shop, word):
    after = shop.board.number
    shop.board.press(word)
    assert shop.board.wait_for(("idle",), after, ANSWER_S), shop.complaint()


def hold(shop, card, mishap=None):
    """(`Said` or None when the power went first, exchanges)"""
    after = shop.board.number
    shop.reader.put(card.chip, mishap)
    said = shop.answer(after, ANSWER_S)
    exchanges = shop.reader.spot.exchanges
    shop.reader.remove()
    assert said is not None or not shop.board.is_on, shop.complaint()
    if shop.board.is_on:
        assert shop.reader.spot.wait_until_missed(MISSED_S)
    return said, exchanges


def stamps(shop, card):
    return shop.card_says(card)[0]["stamps"]


def fill(shop, card):
    """The till stamps the card until it has enough, the board once: a tap that it may take back."""
    if stamps(shop, card) < FULL:
        reader = SoftReader()
        reader.put(card.chip)
        answer = TapDesk(shop.home).perform(Wish(kind="sell", lines=coffees(FULL)), reader, wait_s=0)
        assert answer["outcome"] == "done", answer
        reader.remove()
    said, exchanges = hold(shop, card)
    assert said.word in EARNED, said
    return exchanges


def settle(shop, card, before, told):
    """Until the card says what became of its last tap: the stamps that this tap and plain stamps since then must have left."""
    for _ in range(PRESENTATIONS):
        if not shop.board.is_on:
            shop.power()
        said, _ = hold(shop, card)
        told.append((said.word, said.facts))
        now = stamps(shop, card)
        if said.word == "lost":
            continue
        assert said.facts["counters"]["stamps"] == now, told
        if said.word == "settled_not_landed":
            assert now == before and said.facts["operation"] != "earn", told
            return said.word
        if said.word == "settled_landed":
            assert now == before + OF_OPERATION[said.facts["operation"]], told
            return said.word
        assert said.word in EARNED, told
        return said.word
    raise AssertionError("nothing was settled: %s" % told)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
@pytest.mark.parametrize("name", CARDS)
def test_a_tap_is_cut_and_the_card_comes_again(name, flow, shop, rng, tears_all, record_property):
    """Once the card leaves, and once the power goes, anywhere and twice in the second half of the tap, where it writes."""
    card = next(card for card in shop.cards if card.label == name)
    length = fill(shop, card)
    places = list(range(length)) if tears_all else [rng.randrange(length), *rng.sample(range(length // 2, length), 2)]
    for place in places:
        for then in (None, shop.board.pull_power):
            if not shop.board.is_on:
                shop.power()
            fill(shop, card)
            if flow.press:
                press(shop, flow.press)
            before, mode, cuts = stamps(shop, card), rng.choice(CUTS), shop.board.cuts
            said, _ = hold(shop, card, Mishap(place, mode, then))
            told = [(place, mode, then and "power", said)]
            if said is not None and said.word in DONE[flow.name]:
                assert stamps(shop, card) == before + flow.change, told
            elif said is not None and said.word in ("in_doubt", "in_doubt_reward"):
                assert said.word == flow.doubt, told
                how = settle(shop, card, before, told)
                assert how == "settled_landed" or how == "settled_not_landed" and not flow.again, told
            elif said is not None:
                assert stamps(shop, card) == before and said.word in ("lost", "refused", "trouble", "not_ours"), told
                if shop.board.is_on and flow.press:
                    press(shop, "cancel")
            else:
                assert then is not None and shop.board.cuts == cuts + 1, told
                how = settle(shop, card, before, told)
                if how in EARNED:  # nothing was begun; or it was durable as done, and only nobody was told
                    assert stamps(shop, card) in (before + 1, before + flow.change + 1), told
    record_property("tears", "board as a process, %s, %s: %d of %d" % (card.family, flow.name, 2 * len(places), 2 * length * len(CUTS)))


def test_board_ledger_and_cards_agree_after_all_of_it(shop):
    if not shop.board.is_on:
        shop.power()
    for card in shop.cards:
        hold(shop, card)
    assert wait_until(lambda: not shop.journal_numbers()["waiting"], DRAIN_S), shop.journal_numbers()
    shop.board.pull_power()
    flash = flash_of(shop.device)
    assert not flash.doubts and differences(shop, flash, told=True) == []
