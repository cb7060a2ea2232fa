"""Whatever is put on the reader or typed: a clear message with what to do, nothing half-written, never a wrong balance.

Cards in this process; the database and the disk by commands where a process must meet them.
"""

import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from cardos.soft_cards.ntag21x_layout import LAYOUTS
from cardos.soft_cards.pages import PAGE
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_keys
from host_tools.daemon.tap_desk import TapDesk
from host_tools.readers.soft import SoftReader
from tests import needs
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import UID, Shop, blank, coffees, copy_of, make_wish

OURS = ("done", "refused", "not_ours", "blocked", "in_doubt")


@pytest.fixture
def card():
    return blank()


@pytest.fixture
def issued(shop, card):
    """A card with 4 stamps of paper and 2 sold: both slots carry a done record."""
    for words in ({"kind": "issue", "opening": {"stamps": 4}, "reason": "paper card"}, {}, {}):
        assert shop.tap(card, **words)["outcome"] == "done"
    return card


def refused(shop, card, code, outcome="refused", **wish):
    """The wish is refused with this code, a message and a hint; card and ledger stay as they were (a case may be added)."""
    before, intents = card.state(), _intents(shop)
    answer = shop.tap(card, **wish)
    assert (answer["outcome"], answer["refused"]) == (outcome, code), answer
    assert answer["message"] and answer["hint"], answer
    assert card.state() == before and _intents(shop) == intents
    return answer


def _intents(shop):
    return sum('"kind":"intent"' in line for line in shop.home.store.export("jsonl"))


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
    state = issued.state()
    clone = blank(uid="04a1b2c3d4e5f7")
    clone.restore({**state, "uid": clone.uid.hex(), "pages": clone.state()["pages"][:2] + [clone.state()["pages"][2][:2] + state["pages"][2][2:]] + state["pages"][3:]})
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


# --- the ledger ------------------------------------------------------------------------------------------------------

@pytest.fixture
def used_home(home, stampd):
    """A home with a ledger of one card, on disk and closed."""
    stampd("keys", "init", "--test")
    shop = Shop(home)
    card = blank()
    shop.tap(card, kind="issue")
    shop.tap(card)
    shop.close()
    return home


@pytest.mark.parametrize("damage", ("noise", "cut", "empty", "text"))
def test_a_corrupt_ledger(used_home, stampd, damage):
    ledger = used_home / "ledger.sqlite"
    raw = ledger.read_bytes()
    bad = {"noise": raw[:100] + bytes(b ^ 0xFF for b in raw[100:]), "cut": raw[: len(raw) // 3], "empty": b"", "text": b"not a database" * 100}[damage]
    ledger.write_bytes(bad)
    answer = stampd("card", "sell", "--amount", "4.50", "--reader", "pn532:/nowhere", "--wait", "0", "--json", code=1).json
    assert answer["refused"] == "LEDGER_CORRUPT" and answer["message"] and "backup" in answer["hint"].lower() + answer["message"].lower()
    assert ledger.read_bytes() == bad
    said = stampd("card", "show", "--reader", "pn532:/nowhere", code=1)
    assert "Traceback" not in said.err + said.out


def test_a_read_only_ledger(shop, issued):
    """The file system turned read-only under a running shop: refused before the card is changed."""
    shop.home.store._database.connection.execute("PRAGMA query_only = ON")
    try:
        refused(shop, issued, "LEDGER_READ_ONLY")
        assert shop.tap(issued, kind="show")["counters"] == {"stamps": 6}
    finally:
        shop.home.store._database.connection.execute("PRAGMA query_only = OFF")
    assert shop.tap(issued)["counters"] == {"stamps": 7}


@pytest.fixture
def small_disk():
    """A disk of 512 KB, mounted by root in a folder of its own."""
    if os.geteuid() != 0:
        needs.skip("needs root to mount a small disk", "run the tests as root")
    folder = tempfile.mkdtemp(prefix="stampd-small-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        os.rmdir(folder)
        needs.skip("this machine does not let root mount a small disk", "allow mount in the container")
    yield Path(folder)
    subprocess.run(["umount", folder], check=True)
    os.rmdir(folder)


def test_a_full_disk(small_disk):
    """Whenever the disk fills: refused before the card is changed, or in doubt and settled when there is room again."""
    shop, card = Shop(small_disk / "home"), blank()
    world = World([shop.home], {UID: card})
    world.heard(shop.tap(card, kind="issue"))
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        free = os.statvfs(small_disk)
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - 16384)))
    told, sold = [], 0
    for number in range(200):
        before = card.state()
        answer = shop.tap(card, sale="R-%d" % number)
        world.heard(answer)
        if answer["outcome"] == "done":
            sold += 1
            continue
        told.append(answer)
        assert answer["message"] and "space" in (answer["message"] + answer["hint"]).lower(), answer
        if answer["outcome"] == "refused":
            assert answer["refused"] == "DISK_FULL" and card.state() == before
        if len(told) == 3:
            break
    assert told and not violations(world)
    ballast.unlink()
    doubts = len(shop.home.store.all_doubts())
    last = shop.tap(card, sale="after")
    world.heard(last)
    assert (last["outcome"], last["counters"]) == ("done", {"stamps": sold + doubts + 1})
    assert not violations(world, at_the_end=True)
    shop.close()


def test_a_ledger_in_another_programs_hands(shop, issued):
    """A second writer that holds the file: a clear refusal, nothing half-written."""
    other = sqlite3.connect(shop.home.path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        refused(shop, issued, "LEDGER_BUSY")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert shop.tap(issued)["outcome"] == "done"


def test_a_home_that_cannot_be_made(stampd):
    missing = stampd("keys", "init", "--test", code=1, env={"STAMPD_HOME": "/proc/nowhere"})
    assert missing.err and "Traceback" not in missing.err
