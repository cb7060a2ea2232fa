"""Whatever is put on the reader or typed: a clear message with what to do, nothing half-written, never a wrong balance.

Here: cards and words. Databases and disks: test_bad_disk.
"""

import pytest

from cardos.soft_cards.ntag21x_layout import LAYOUTS
from cardos.soft_cards.pages import PAGE
from host_tools.daemon.tap_desk import TapDesk
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_keys
from host_tools.readers.soft import SoftReader
from tests.whole_system.conftest import refused
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import UID, blank, coffees, copy_of, make_wish

OURS = ("done", "refused", "not_ours", "blocked", "in_doubt")


# --- cards that are not ours -----------------------------------------------------------------------------------------

def test_a_blank_card(shop, card):
    for kind in ("sell", "show", "redeem", "undo", "block", "unblock", "repair", "history"):
        refused(shop, card, "BLANK_CARD", "not_ours", kind=kind)


def test_a_card_of_another_scheme(shop, card, tmp_path):
    made = make_keys(tmp_path / "other", 0x1234, lambda: "a long enough pass phrase", None, "2026-03-01T10:00:00Z")
    assert not made.keys.is_test
    with Home.open(tmp_path / "other", passphrase=lambda: "a long enough pass phrase") as other:
        reader = SoftReader()
        reader.put(card)
        assert TapDesk(other).perform(make_wish("issue"), reader, wait_s=0)["outcome"] == "done"
    for kind in ("sell", "show", "redeem", "undo", "block", "repair"):
        refused(shop, card, "OTHER_SCHEME", "not_ours", kind=kind)
    refused(shop, card, "LOCKED_PAGES", kind="issue")


def test_a_card_with_our_scheme_number_and_other_keys(shop, issued):
    """A copy of the memory on a chip with another UID: every MAC is of another card."""
    clone = blank(uid="04a1b2c3d4e5f7")
    for page in range(3, 0x87):
        clone.memory.place(page, bytes.fromhex(issued.state()["pages"][page]))
    for kind in ("sell", "show", "redeem", "undo", "block", "repair"):
        refused(shop, clone, "NOT_GENUINE", "not_ours", kind=kind)


def test_a_test_card_in_a_production_shop(issued, tmp_path):
    make_keys(tmp_path / "shop", 0x1234, lambda: "a long enough pass phrase", None, "2026-03-01T10:00:00Z")
    with Home.open(tmp_path / "shop", passphrase=lambda: "a long enough pass phrase") as home:
        reader = SoftReader()
        reader.put(issued)
        answer = TapDesk(home).perform(make_wish(), reader, wait_s=0)
    assert (answer["outcome"], answer["refused"]) == ("not_ours", "OTHER_SCHEME")


def test_a_chip_that_carries_something_else(shop, card):
    card.memory.place(0x20, b"mine")
    refused(shop, card, "NOT_BLANK", kind="issue")


@pytest.mark.parametrize("page, value", ((2, "0448ff00"), (2, "044800ff"), (0x82, "010000bd")))
def test_locked_pages(shop, card, page, value):
    card.memory.place(page, bytes.fromhex(value))
    refused(shop, card, "LOCKED_PAGES", kind="issue")


def test_a_chip_with_somebody_elses_password(shop, card):
    card.memory.place(0x85, b"1234")
    card.memory.place(0x83, bytes.fromhex("04000010"))
    refused(shop, card, "CARD_LOCKED", kind="issue")


def test_a_genuine_card_whose_password_was_changed(shop, issued):
    issued.memory.place(0x85, b"1234")
    refused(shop, issued, "WRONG_PASSWORD")
    assert shop.tap(issued, kind="show")["counters"] == {"stamps": 6}


def test_two_cards_in_the_field(shop, issued):
    reader = SoftReader()
    reader.put(issued)
    reader.put(blank(uid="04a1b2c3d4e5f7"))
    before = issued.state()
    answer = shop.desk.perform(make_wish(), reader, wait_s=0)
    assert (answer["outcome"], answer["refused"]) == ("refused", "TWO_CARDS") and "one card" in answer["message"] + answer["hint"]
    assert issued.state() == before


# --- damaged cards ---------------------------------------------------------------------------------------------------

def test_a_wrong_mac_in_both_slots_is_repaired_from_the_ledger(shop, issued):
    for page in (0x16, 0x1F):
        issued.memory.place(page, bytes(4))
    shown = shop.tap(issued, kind="show")
    assert (shown["outcome"], shown["refused"], shown["status"]) == ("refused", "NEEDS_REPAIR", "needs_repair")
    refused(shop, issued, "NEEDS_REPAIR")
    assert shop.tap(issued, kind="repair")["counters"] == {"stamps": 6}
    assert shop.tap(issued)["counters"] == {"stamps": 7}


def test_a_wrong_mac_in_the_newest_slot_is_a_stale_card(shop, issued):
    """The other slot still holds the record before: an older state than this home saw done."""
    newest = max(World([shop.home], {UID: issued}).look().records[UID], key=lambda record: record.sequence)
    issued.memory.place(0x10 + 9 * newest.slot + 7, bytes(4))
    before = issued.state()
    refused(shop, issued, "STALE_CARD")
    assert issued.state() == before and [case["kind"] for case in shop.home.store.cases()] == ["STALE_CARD"]


def _flips():
    """(page, byte, bit) of every bit of the user pages that a card of this kind uses, header and configuration."""
    layout = LAYOUTS["ntag215"]
    pages = [*range(0x00, 0x24), *range(layout.pages - 5, layout.pages)]
    return [(page, byte, bit) for page in pages for byte in range(PAGE) for bit in range(8)]


def test_every_flipped_bit_is_refused_or_harmless(shop, issued):
    """Show and sell on every image that differs in one bit: the right balance, or none; never a crash, never two effects."""
    ledger, right = shop.save(), 6
    outcomes = {}
    for page, byte, bit in _flips():
        shop.put_back(ledger)
        card = copy_of(issued)
        value = bytearray(card.memory.read(page))
        value[byte] ^= 1 << bit
        card.memory.place(page, bytes(value))
        flip = "page %02X byte %d bit %d" % (page, byte, bit)
        shown = shop.tap(card, kind="show")
        assert shown["outcome"] in OURS and (shown["outcome"] != "done" or shown["counters"] == {"stamps": right}), flip
        assert shown["message"] and (shown["outcome"] == "done" or shown["hint"]), flip
        sold = shop.tap(card, sale="R-1")
        assert sold["outcome"] in OURS and (sold["outcome"] != "done" or sold["counters"] == {"stamps": right + 1}), flip
        if sold["outcome"] == "done":
            assert shop.tap(card, kind="show")["counters"] == {"stamps": right + 1}, flip
        if sold["outcome"] == "in_doubt":
            assert shop.tap(card, sale="R-1")["counters"] in ({"stamps": right + 1}, {}), flip
        assert shop.home.store.last_sale("ntag215", bytes.fromhex(UID))["entry"]["sequence"] <= 4, flip
        key = (shown["outcome"], sold["outcome"], sold["refused"])
        outcomes[key] = outcomes.get(key, 0) + 1
    assert sum(outcomes.values()) == len(_flips())
    assert outcomes[("done", "done", None)] >= 32 * 8  # the link and pages that nobody uses


def test_every_truncated_answer(shop, issued):
    """Every answer of a sale, cut to every length: refused or in doubt; the sale repeated is one stamp."""
    ledger = shop.save()
    for number in range(shop.tap(copy_of(issued), kind="sell", dry_run=False)["exchanges"]):
        length = 0
        while True:
            shop.put_back(ledger)
            cut = Cut(copy_of(issued), number, length)
            answer = shop.present(cut, make_wish(sale="R-1"))
            whole = cut.whole
            # A first answer of one byte is a chip that refuses FAST_READ: a stranger until the next presentation.
            assert answer["outcome"] in ("refused", "in_doubt", "done") or (number, length) == (0, 1), (number, length)
            cut.length = None
            for _ in range(3):
                last = shop.present(cut, make_wish(sale="R-1"))
                if last["outcome"] == "done":
                    break
            assert (last["outcome"], last["counters"]) == ("done", {"stamps": 7}), (number, length)
            assert not violations(World([shop.home], {UID: cut}), at_the_end=True), (number, length)
            length += 1
            if length >= whole:
                break


class Cut:
    """A card one answer of which comes cut short; the card stays. whole: how long that answer was."""

    def __init__(self, card, number, length):
        self._card, self._number, self.length, self.whole, self._seen = card, number, length, 1, 0

    def __getattr__(self, name):
        return getattr(self._card, name)

    answer_was_cut = False

    def transceive(self, frame):
        answer = self._card.transceive(frame)
        self._seen += 1
        if self.length is None or self._seen != self._number + 1 or answer is None:
            return answer
        self.whole = len(answer)
        return answer[: self.length]


# --- words and numbers -----------------------------------------------------------------------------------------------

def test_oversized_amounts(shop, issued):
    refused(shop, issued, "BAD_AMOUNT", amount=10**12 + 1)
    refused(shop, issued, "BAD_AMOUNT", amount=-1)
    refused(shop, issued, "BAD_AMOUNT", lines=coffees(10**6, 10**7))
    refused(shop, issued, "COUNTER_RANGE", lines=coffees(2**23))
    refused(shop, issued, "BAD_LINE", lines=coffees(0))
    refused(shop, issued, "BAD_LINE", lines=coffees(1) * 201)
    refused(shop, issued, "EMPTY_SALE", amount=None)
    refused(shop, issued, "REWARD_UNKNOWN", redeem="free-lunch")
    refused(shop, issued, "BAD_REFERENCE", sale="two words")
    assert shop.tap(issued, amount=10**12)["counters"] == {"stamps": 7}
    assert shop.tap(issued, lines=coffees(2**23 - 1 - 7))["counters"] == {"stamps": 2**23 - 1}
    refused(shop, issued, "COUNTER_RANGE")


@pytest.mark.parametrize("amount", ("", "4.505", "-1", "1e3", "NaN", "Infinity", "1000000000000.00", "four", "0x10", "٤"))
def test_amounts_that_no_till_prints(amount, home, stampd):
    stampd("keys", "init", "--test")
    answer = stampd("card", "sell", "--amount=" + amount, "--reader", "pn532:/nowhere", "--wait", "0", "--json", code=1).json
    if amount == "٤":  # a digit all the same
        assert answer["refused"] in ("BAD_AMOUNT", "READER_GONE")
    else:
        assert answer["refused"] == "BAD_AMOUNT" and answer["message"] and answer["hint"]
