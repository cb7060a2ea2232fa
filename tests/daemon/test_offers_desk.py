"""Acceptance rows at the desk: wishes as a till makes them, the clock of each event, the ledger on disk, no network."""

import shutil

import pytest

from host_tools.settings import Settings
from tests.offers.compare import differences
from tests.offers.shop_with_pack import ROWS, clock_at, result_of, row_pack, run_pack, wish_of
from tests.whole_system import shop_lab
from tests.whole_system.shop_lab import blank

# What no card lives through alone, and who knows it.
NOT_HERE = {
    "C10": "a telephone number instead of a card: the hub", "E04": "who brought whom: the hub", "E08": "claims on a receipt's lines: the hub",
}  # fmt: skip
STARTS = {"stamps", "points", "jars", "stickers", "miles"}  # what `card issue --opening` can be told; tests/portable has the other rows


def sequences():
    """(row, sequence) of all that begins as a person can make a card begin."""
    for row in ROWS.values():
        for place, sequence in enumerate(row.get("sequences", ()) if row["id"] not in NOT_HERE else ()):
            starts = [sequence.get("start", {}), *[about.get("start", {}) for about in sequence.get("cards", {}).values()]]
            joined = sequence.get("customer") == "member" and row_pack(row["id"])["rules"].get("flags") is not None
            if not joined and all(set(start) <= STARTS for start in starts):
                yield pytest.param(row["id"], sequence, id="%s-%d" % (row["id"], place))


def test_there_are_enough_of_them():
    rows = [param.values[0] for param in sequences()]
    assert len(rows) > 80 and len({ROWS[row]["kind"] for row in rows}) >= 30


@pytest.fixture
def on_memory():
    """on_memory(**settings): an open shop where writing costs nothing."""
    made = []

    def make(**settings):
        made.append((shop_lab.memory_disk(), settings))
        made[-1] = shop_lab.Shop(made[-1][0], Settings(**settings)), made[-1][0]
        return made[-1][0]

    yield make
    for shop, folder in made:
        shop.close()
        shutil.rmtree(folder)


@pytest.mark.parametrize("row_id, sequence", list(sequences()))
def test_a_row(on_memory, row_id, sequence):
    pack = row_pack(row_id, replaced=sequence.get("with"))
    one = on_memory(currency=pack["currency"], counters=9)
    run_pack(one.home, pack)
    cards, references = {}, {}
    for number, event in enumerate(sequence["events"]):
        clock_at(one.home, event["at"])
        name = event.get("card", "A")
        if name is None or event["on"] in ("report", "tap") and not event["expect"].get("counters"):
            continue  # no card, or a question to the books
        if event.get("currency", pack["currency"]) != pack["currency"]:
            continue  # a wish has no currency: it is the shop's
        if event["on"] == "refund" and event["expect"].get("replayed"):
            continue  # a refund that is delivered twice is told by its Idempotency-Key (test_offers_refunds.py)
        if name not in cards:
            cards[name] = issued(one, sequence if name == "A" else sequence.get("cards", {}).get(name, {}), len(cards))
        answer = one.tap(cards[name], **wish_of(event, references))
        if event["on"] == "sale":
            references[number] = answer["sale"]
        if answer["card_number"] is None:  # refused before a card was asked for
            answer["counters"] = one.tap(cards[name], kind="show")["counters"]
        expect = {key: value for key, value in event["expect"].items() if key not in ("entitlements", "buckets", "cards")}
        assert not differences(expect, result_of(answer)), (number, event, answer)


def issued(shop, about, number):
    card = blank(uid="04a1b2c3d4e5%02x" % number)
    answer = shop.tap(card, kind="issue", opening=about.get("start", {}), reason="paper card")
    assert answer["outcome"] == "done", answer
    return card
