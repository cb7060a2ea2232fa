"""Wishes under a REF again: a refund is one refund, a printed command makes the wish it repeats, and another content is told."""

import shlex
import shutil

import pytest
from click.testing import CliRunner

from cardos.errors import StampdError
from host_tools.cli import card_perform
from host_tools.cli.main import stampd
from host_tools.daemon.repeat import repeat_command
from host_tools.daemon.wishes import Cashier, Line, Returned, Wish
from host_tools.settings import Settings
from tests.offers.shop_with_pack import ROWS, row_pack, run_pack
from tests.whole_system import shop_lab
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import blank

CURRENCY = ROWS["C01"]["parameters"]["currency"]
LATTES = [Line("latte", "coffee", 3, 90000)]
ONE, TWO = [Returned("latte", 1)], [Returned("latte", 2)]


@pytest.fixture
def one():
    """An open shop on memory that runs the cashback row (20 %, a point is 1.00) as pack 2."""
    folder = shop_lab.memory_disk()
    shop = shop_lab.Shop(folder, Settings(currency=CURRENCY, counters=3))
    run_pack(shop.home, row_pack("C01"))
    yield shop
    shop.close()
    shutil.rmtree(folder)


@pytest.fixture
def card(one):
    """It bought three lattes as R-1: 2700.00 paid, 540 points."""
    made = blank()
    one.tap(made, kind="issue")
    assert one.tap(made, kind="sell", lines=LATTES, sale="R-1")["counters"] == {"points": 540}
    return made


def torn(one, card, landed, **more):
    """(the in-doubt answer, the words of its repeat) of a refund of one latte that landed, or did not."""
    answer = one.tap(card, kind="refund", sale="R-1", returned=ONE, tear=(10, "answer-lost") if landed else (8, "not-executed"), **more)
    assert answer["outcome"] == "in_doubt", answer
    assert ("--ref " + answer["ref"]) in answer["repeat"] and answer["ref"] == more.get("ref", answer["ref"])
    return answer, shlex.split(answer["repeat"])


# A refund's own REF

def test_a_refund_is_known_by_its_reference(one, card):
    first = one.tap(card, kind="refund", sale="R-1", returned=ONE, ref="B-1")
    assert (first["ref"], first["refunded"], first["sale"]) == ("B-1", 90000, "R-1")
    again = one.tap(card, kind="refund", sale="R-1", returned=ONE, ref="B-1")
    assert (again["outcome"], again["replayed"], again["refunded"], again["ref"], again["exchanges"]) == ("done", True, 90000, "B-1", 0)
    assert again["hint"] == "" and "nothing was done twice" in again["message"]
    other = one.tap(card, kind="refund", sale="R-1", returned=TWO, ref="B-1")
    assert other["replayed"] and other["hint"] == "It differs in its lines; use a new reference for another refund."
    assert one.tap(card, kind="refund", sale="R-1", returned=ONE)["ref"].startswith("t1-")
    assert one.tap(card, kind="show")["counters"] == {"points": 180}


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("between", ["sell", "refund", None])
def test_a_repeated_command_refunds_once_whatever_came_between(one, card, landed, between):
    answer, words = torn(one, card, landed)
    if between == "sell":
        other = one.tap(card, kind="sell", amount=100, sale="R-2")
    elif between == "refund":
        other = one.tap(card, kind="refund", sale="R-1", returned=TWO, ref="B-2")
    if between:
        assert other["outcome"] == "done"
        (item,) = other["settled"]
        assert (item["outcome"], item["ref"], item["refunded"]) == ("landed" if landed else "not_landed", answer["ref"], 90000 if landed else 0)
        assert ("An earlier refund of sale R-1 had reached the card: pay out its 900.00 %s" % CURRENCY in other["message"]) == landed
    again = one.tap(card, kind="refund", sale="R-1", returned=ONE, ref=words[words.index("--ref") + 1])
    assert (again["outcome"], again["refunded"], again["ref"]) == ("done", 90000, answer["ref"])
    assert again.get("replayed", False) == (between is not None and landed) and "An earlier refund" not in again["message"]
    left = one.tap(card, kind="refund", sale="R-1")
    assert left["refunded"] == 180000 if between != "refund" else left["refused"] == "OVER_REFUND"
    assert one.tap(card, kind="show")["counters"] == {"points": 0}
    assert violations(World([one.home], {shop_lab.UID: card})) == []


def test_without_its_reference_the_same_refund_in_doubt_is_that_one(one, card):
    answer, _ = torn(one, card, True)
    again = one.tap(card, kind="refund", sale="R-1", returned=ONE)
    assert (again["refunded"], again["ref"], again["counters"]) == (90000, answer["ref"], {"points": 360})


def test_another_reference_is_another_refund(one, card):
    torn(one, card, True, ref="B-1")
    other = one.tap(card, kind="refund", sale="R-1", returned=ONE, ref="B-2")
    assert (other["refunded"], other["ref"], other["counters"]) == (90000, "B-2", {"points": 180}) and "900.00" in other["message"]
    assert "had reached the card" in other["message"]


def test_a_refund_that_is_refused_tells_what_landed_before(one, card):
    one.tap(card, kind="refund", sale="R-1", returned=TWO)
    torn(one, card, True)
    answer = one.tap(card, kind="refund", sale="R-1", returned=ONE, ref="B-9")
    assert answer["refused"] == "OVER_REFUND" and "pay out its 900.00" in answer["message"]


def test_another_card_does_not_settle_a_refund(one, card):
    answer, _ = torn(one, card, True)
    other = blank(uid="04a1b2c3d4e5f7")
    one.tap(other, kind="issue")
    assert one.tap(other, kind="refund", sale="R-1", returned=ONE, ref=answer["ref"])["outcome"] == "in_doubt"
    assert one.tap(card, kind="refund", sale="R-1", returned=ONE, ref=answer["ref"])["refunded"] == 90000


def test_a_refund_may_have_the_reference_of_a_sale(one, card):
    assert one.tap(card, kind="refund", sale="R-1", returned=ONE, ref="R-1")["refunded"] == 90000
    assert one.tap(card, kind="sell", lines=LATTES, sale="R-1")["replayed"]
    one.home.store.rebuild()
    assert one.tap(card, kind="refund", sale="R-1", returned=ONE, ref="R-1")["replayed"]
    answer = one.tap(card, kind="sell", lines=LATTES, ref="B-1")
    assert (answer["refused"], answer["exchanges"]) == ("BAD_REFERENCE", 0)


def test_over_the_api_the_same_reference_asks_for_no_card(serve):
    served = serve(currency=CURRENCY, counters=3)
    run_pack(served.home, row_pack("C01"))
    till = served.till
    till.tap(kind="issue")
    sale = till.tap(kind="sell", lines=[{"sku": "latte", "category": "coffee", "qty": 2, "unit_price": 90000}])["sale"]
    body = {"kind": "refund", "sale": sale, "returned": [{"sku": "latte", "qty": 1}], "ref": "B-1"}
    assert till.tap(**body)["refunded"] == 90000
    again = till.wish(**body)
    assert (again["state"], again["answer"]["replayed"], again["answer"]["refunded"]) == ("done", True, 90000)
    assert till.wish(kind="refund", sale=sale, ref="two words", status=422)["code"] == "BAD_REQUEST"


# The same REF with another content

def test_what_differs_is_told(one, card):
    one.tap(card, kind="sell", lines=LATTES, spend={"points": 30}, sale="R-2")
    same = one.tap(card, kind="sell", lines=LATTES, spend={"points": 30}, sale="R-2")
    assert same["replayed"] and same["hint"] == ""
    for more, word in (
        ({"amount": 100}, "amount and lines"), ({"lines": [Line("tea", "tea", 3, 90000)]}, "lines"), ({"spend": {"points": 31}}, "spend"),
        ({"code": "SPRING"}, "code"), ({"redeem": "mug"}, "reward"),
    ):  # fmt: skip
        wish = {"lines": [] if "amount" in more else LATTES, "spend": {"points": 30}, **more}
        assert one.tap(card, kind="sell", sale="R-2", **wish)["hint"] == "It differs in its %s; use a new reference for another sale." % word
    event = one.tap(card, kind="event", event={"on": "enrol"}, sale="R-2")
    assert "its kind" in event["hint"]


def test_a_sale_that_was_undone_is_not_made_again(one, card):
    assert one.tap(card, kind="undo", sale="R-1")["outcome"] == "done"
    again = one.tap(card, kind="sell", lines=LATTES, sale="R-1")
    assert (again["outcome"], again["replayed"], again["hint"]) == ("done", True, "")
    assert again["message"] == "This sale was made and undone; nothing was done now. Use a new reference."


# The printed command

WISHES = (
    Wish(kind="sell", amount=450, sale="R;$(id)", redeem="big-mug", spend={"points": 5, "miles": 7}, code="SPRING 'n'", partner="book shop"),
    Wish(kind="sell", lines=[Line("big mug;rm", "home & co", 2, 450), Line("tea", "tea", 1, 0, True)], sale="R-1", redeem="auto"),
    Wish(kind="sell", amount=5, sale="R-1", cashier=Cashier(id="Ann B", rights=["manual-discount"], discount_bp=250, reason='old "friend"')),
    Wish(kind="sell", amount=0, sale="-x", cashier=Cashier(id="Ann")),
    Wish(kind="refund", sale="R-1", returned=[Returned("big mug;rm", 2), Returned("tea", 1, True)], ref="B 1".replace(" ", "-")),
    Wish(kind="refund", receipt="STAMPD1:AB CD", ref="B;1"),
    Wish(kind="refund", sale="R-1", receipt="STAMPD1:AB", ref="$B"),
    Wish(kind="redeem", redeem="mug & co", sale="R-1"),
    Wish(kind="redeem", redeem="auto", sale="R-1"),
    Wish(kind="event", event={"on": "return", "item": "jar's", "qty": 2}, sale="E-1"),
    Wish(kind="undo", sale="R'1"),
    Wish(kind="issue", opening={"stamps": 4}, reason="paper card", open_writes=True),
    Wish(kind="block", reason="it was lost; truly"),
)


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.kind)
def test_the_printed_command_makes_the_wish(wish, tmp_path, monkeypatch):
    wish.check()
    sale = wish.sale if wish.kind in ("sell", "redeem", "event") else None
    details = {"sale": wish.sale, "ref": wish.ref, "currency": "EUR"}
    words = shlex.split(repeat_command(wish, {"operation": wish.kind, "sale": sale, "details": details}))
    assert words[0] == "stampd"
    assert asked_by(words[1:], tmp_path, monkeypatch) == wish


def asked_by(words, home, monkeypatch):
    """The `Wish` that a command line asks for."""
    found = []

    def answer(path, options, wish, typed, tracing, tell):
        card_perform._complete(wish, path, card_perform._settings(path), typed)
        found.append(Wish(**wish).check())
        raise StampdError("Nothing was asked.", "", "TEST")

    monkeypatch.setattr(card_perform, "_answer", answer)
    told = CliRunner().invoke(stampd, words, env={"STAMPD_HOME": str(home)})
    assert found, told.output
    return found[0]
