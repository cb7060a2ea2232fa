"""Refunds at the desk and over the API: other tills, other homes with the customer's receipt, other packs; never guessed, never twice."""

import shlex
import shutil

import pytest

from cardos.errors import BadInput
from host_tools.daemon.counter import Counter
from host_tools.daemon.sales import receipt_text
from host_tools.daemon.wishes import Cashier, Line, Returned
from host_tools.offers.signing import open_receipt, sign_receipt
from host_tools.provisioning.keys import test_keys
from host_tools.readers.soft import SoftReader
from host_tools.settings import Settings
from tests.offers.shop_with_pack import ROWS, row_pack, run_pack
from tests.whole_system import shop_lab
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import blank

LATTES = [Line("latte", "coffee", 3, 90000)]
ONE = [Returned("latte", 1)]
CURRENCY = ROWS["C01"]["parameters"]["currency"]


@pytest.fixture
def homes():
    """homes(**settings): an open shop on memory that runs the cashback row (20 %, a point is 1.00) as pack 2."""
    made = []

    def make(pack=True, **settings):
        folder = shop_lab.memory_disk()
        made.append((shop_lab.Shop(folder, Settings(**{"currency": CURRENCY, "counters": 3, **settings})), folder))
        if pack:
            run_pack(made[-1][0].home, row_pack("C01"))
        return made[-1][0]

    yield make
    for shop, folder in made:
        shop.close()
        shutil.rmtree(folder)


@pytest.fixture
def one(homes):
    return homes()


def sold(shop, sale="R-1", **more):
    """A card with 50 points that has bought three lattes, 30 points of them as money: 2670.00 paid, 534 points earned."""
    card = blank()
    assert shop.tap(card, kind="issue", opening={"points": 50}, reason="paper card")["outcome"] == "done"
    answer = shop.tap(card, kind="sell", lines=LATTES, spend={"points": 30}, sale=sale, **more)
    assert (answer["outcome"], answer["paid"], answer["counters"]) == ("done", 267000, {"points": 554}), answer
    return card


def refused(answer, code):
    assert (answer["outcome"], answer["refused"]) == ("refused", code), answer
    assert answer["message"] and answer["message"] != code, answer
    return answer


# --- one home

def test_in_steps_all_at_once_and_no_more(one):
    card = sold(one)
    steps = [one.tap(card, kind="refund", sale="R-1", returned=ONE) for _ in range(3)]
    assert [step["refunded"] for step in steps] == [89000] * 3
    assert [step["counters"]["points"] for step in steps] == [554 - 178 + 10, 554 - 356 + 20, 50]
    assert steps[0]["message"].startswith("Refund 890.00 %s." % CURRENCY) and steps[0]["operation"] == "refund"
    for returned in (ONE, []):
        refused(one.tap(card, kind="refund", sale="R-1", returned=returned), "OVER_REFUND")
    assert violations(World([one.home], {shop_lab.UID: card})) == []


def test_what_was_never_sold_and_who_else_s_card_it_is(one):
    card = sold(one)
    refused(one.tap(card, kind="refund", sale="R-1", returned=[Returned("tea", 1)]), "OVER_REFUND")
    answer = refused(one.tap(card, kind="refund", sale="R-2"), "NO_SUCH_SALE")
    assert "receipt" in answer["hint"]
    other = blank(uid="04a1b2c3d4e5f7")
    one.tap(other, kind="issue")
    refused(one.tap(other, kind="refund", sale="R-1"), "NO_SUCH_SALE")
    assert one.tap(card, kind="show")["counters"] == {"points": 554}


def test_an_undone_sale_and_a_blocked_card(one):
    card = sold(one)
    slip = receipt_text(one.home, "R-1")
    assert one.tap(card, kind="undo", sale="R-1")["counters"] == {"points": 50}
    refused(one.tap(card, kind="refund", sale="R-1"), "ALREADY_UNDONE")
    refused(one.tap(card, kind="refund", receipt=slip), "ALREADY_UNDONE")
    with pytest.raises(BadInput) as trouble:
        receipt_text(one.home, "R-1")
    assert trouble.value.code == "ALREADY_UNDONE"
    one.tap(card, kind="sell", lines=LATTES, sale="R-2")
    one.tap(card, kind="block", reason="lost")
    answer = one.tap(card, kind="refund", sale="R-2")
    assert (answer["outcome"], answer["refused"], answer["refunded"]) == ("blocked", "CARD_BLOCKED", 0)


def test_a_refunded_sale_is_not_undone(one):
    card = sold(one)
    one.tap(card, kind="refund", sale="R-1", returned=ONE)
    refused(one.tap(card, kind="undo", sale="R-1"), "NOT_THE_LAST_SALE")


def test_a_sale_in_doubt_is_settled_by_the_refund_s_own_tap(one):
    card = blank()
    one.tap(card, kind="issue")
    assert one.tap(card, kind="sell", lines=LATTES, sale="R-1", tear=(8, "not-executed"))["outcome"] == "in_doubt"
    answer = one.tap(card, kind="refund", sale="R-1")
    assert (answer["outcome"], answer["refunded"], answer["counters"]) == ("done", 270000, {"points": 0})
    assert answer["settled"] == [{"sale": "R-1", "outcome": "landed", "operation": "earn"}]


@pytest.mark.parametrize("mode", ["not-executed", "half:garbage", "answer-lost", "corrupt"])
def test_a_torn_refund_is_asked_again_and_given_once(one, mode):
    card = sold(one)
    before, image = one.save(), card.state()
    doubts = 0
    for at in range(0, 16):
        one.put_back(before)
        again = shop_lab.load_card(image)
        answer = one.tap(again, kind="refund", sale="R-1", returned=ONE, tear=(at, mode))
        if answer["outcome"] == "in_doubt":
            doubts += 1
            assert (answer["refunded"], answer["sale"]) == (0, "R-1") and "do not hand over" in answer["message"]
            assert answer["repeat"] == "stampd card refund --sale R-1 --line latte:1 --ref " + answer["ref"]
        if answer["outcome"] != "done":
            answer = one.tap(again, kind="refund", sale="R-1", returned=ONE)
        assert (answer["outcome"], answer["refunded"], answer["counters"]) == ("done", 89000, {"points": 386}), (at, answer)
        assert one.tap(again, kind="refund", sale="R-1")["refunded"] == 178000
        assert one.tap(again, kind="show")["counters"] == {"points": 50}
        assert violations(World([one.home], {shop_lab.UID: again})) == []
    assert doubts >= 2 or mode == "corrupt"


def test_a_sale_is_refunded_under_its_own_pack(one):
    card = sold(one)
    run_pack(one.home, row_pack("C01", 3, {"earn_bp": 0, "point_value": 1}))
    assert one.tap(card, kind="sell", lines=LATTES)["earned"] == {}
    assert one.tap(card, kind="refund", sale="R-1", returned=ONE)["refunded"] == 89000
    answer = one.tap(card, kind="refund", sale="R-1")
    assert (answer["refunded"], answer["counters"]) == (178000, {"points": 50})


# --- another home with the customer's receipt

def other_home(homes, pack=True):
    return homes(pack, terminal=2)


def test_a_receipt_is_refunded_elsewhere_once(one, homes):
    card = sold(one)
    slip, two = receipt_text(one.home, "R-1"), other_home(homes)
    assert "receipt" in refused(two.tap(card, kind="refund", sale="R-1"), "NO_SUCH_SALE")["hint"]
    first = two.tap(card, kind="refund", receipt=slip, returned=ONE)
    assert (first["refunded"], first["counters"], first["sale"]) == (89000, {"points": 386}, "R-1")
    assert two.tap(card, kind="refund", receipt=slip)["refunded"] == 178000
    refused(two.tap(card, kind="refund", receipt=slip), "OVER_REFUND")
    refused(two.tap(card, kind="refund", receipt=slip, sale="R-1", returned=ONE), "OVER_REFUND")
    assert two.tap(card, kind="show")["counters"] == {"points": 50}


def test_a_torn_refund_of_a_receipt_is_repeated_by_its_receipt(one, homes):
    card = sold(one)
    slip, two = receipt_text(one.home, "R-1"), other_home(homes)
    answer = two.tap(card, kind="refund", receipt=slip, returned=ONE, tear=(8, "answer-lost"))
    assert answer["outcome"] == "in_doubt" and answer["ref"] == "t2-1"
    assert shlex.split(answer["repeat"]) == ["stampd", "card", "refund", "--receipt", slip, "--line", "latte:1", "--ref", "t2-1"]
    again = two.tap(card, kind="refund", receipt=slip, returned=ONE)
    assert (again["outcome"], again["refunded"], again["counters"]) == ("done", 89000, {"points": 386})


def test_a_sale_in_doubt_is_repeated_with_all_that_was_said(homes):
    one, card = homes(pack=False), blank()
    run_pack(one.home, row_pack("B10"))
    one.tap(card, kind="issue")
    cashier = Cashier(id="Ann B", rights=["manual-discount"], discount_bp=250, reason="old friend")
    answer = one.tap(card, kind="sell", lines=LATTES, sale="R-1", cashier=cashier, tear=(8, "not-executed"))
    words = ["stampd", "card", "sell", "--sale", "R-1", "--line", "latte:coffee:3:90000", "--cashier", "Ann B", "--discount", "2.50", "--reason", "old friend"]
    assert answer["outcome"] == "in_doubt" and shlex.split(answer["repeat"]) == words


def test_a_receipt_printed_later_tells_what_has_come_back(one, homes):
    card = sold(one)
    one.tap(card, kind="refund", sale="R-1", returned=ONE)
    answer = other_home(homes).tap(card, kind="refund", receipt=receipt_text(one.home, "R-1"))
    assert (answer["refunded"], answer["counters"]) == (178000, {"points": 50})


def test_two_homes_may_give_one_reference(one, homes):
    card = sold(one)
    slip, two = receipt_text(one.home, "R-1"), other_home(homes)
    assert two.tap(card, kind="sell", lines=[Line("tea", "tea", 5, 10000)], sale="R-1")["paid"] == 50000
    assert two.tap(card, kind="refund", sale="R-1")["refunded"] == 50000
    assert two.tap(card, kind="sell", lines=[Line("tea", "tea", 5, 10000)], sale="R-2")["outcome"] == "done"
    refused(two.tap(card, kind="refund", sale="R-2", receipt=slip), "RECEIPT_OTHER_SALE")
    answer = two.tap(card, kind="refund", receipt=slip, sale="R-1")
    assert (answer["refunded"], answer["operation"]) == (267000, "refund")


def test_our_own_receipt_is_the_sale_of_our_ledger(one):
    card = sold(one)
    slip = receipt_text(one.home, "R-1")
    assert one.tap(card, kind="refund", sale="R-1", returned=ONE)["refunded"] == 89000
    assert one.tap(card, kind="refund", receipt=slip)["refunded"] == 178000
    refused(one.tap(card, kind="refund", receipt=slip), "OVER_REFUND")


def test_a_receipt_of_another_sale_or_card(one, homes):
    card = sold(one)
    slip, two = receipt_text(one.home, "R-1"), other_home(homes)
    refused(two.tap(card, kind="refund", sale="R-9", receipt=slip), "RECEIPT_OTHER_SALE")
    other = blank(uid="04a1b2c3d4e5f7")
    two.tap(other, kind="issue")
    assert "another card" in refused(two.tap(other, kind="refund", receipt=slip), "NO_SUCH_SALE")["message"]


def test_a_receipt_of_a_pack_that_this_home_never_had(one, homes):
    card = sold(one)
    slip, two = receipt_text(one.home, "R-1"), other_home(homes, pack=False)
    assert "pack 2" in refused(two.tap(card, kind="refund", receipt=slip), "PACK_UNKNOWN")["message"]
    run_pack(two.home, row_pack("C03"))  # another pack of the same number
    assert "install" in refused(two.tap(card, kind="refund", receipt=slip), "PACK_UNKNOWN")["hint"]


class Strangers:
    """Another scheme's keys that say our scheme's number."""

    def __init__(self):
        self.keys, self.scheme = test_keys(), test_keys().scheme

    def sign(self, purpose, message):
        return self.keys.sign("pack", message)  # another of our own keys: good for something else

    def public_key(self, purpose):
        return self.keys.public_key("pack")


def test_forged_and_damaged_receipts_are_told_before_a_card_is_asked_for(one, homes):
    card = sold(one)
    slip, two = receipt_text(one.home, "R-1"), other_home(homes)
    forged = sign_receipt({**open_receipt(slip, one.home.keys), "uid": b"\x04" * 7}, Strangers())
    damaged = slip[:40] + ("A" if slip[40] != "A" else "B") + slip[41:]
    texts = {forged: ["RECEIPT_FORGED"], damaged: ["RECEIPT_DAMAGED", "RECEIPT_FORGED"], **{text: ["RECEIPT_DAMAGED"] for text in (slip[:-3], "", "hello")}}
    for text, codes in texts.items():
        answer = two.tap(card, kind="refund", receipt=text)
        assert answer["outcome"] == "refused" and answer["refused"] in codes and answer["hint"], answer
        assert answer["exchanges"] == 0
    odd = sign_receipt({"sale": "R-1"}, one.home.keys)
    refused(two.tap(card, kind="refund", receipt=odd), "RECEIPT_DAMAGED")
    assert two.tap(card, kind="show")["counters"] == {"points": 554}


# --- the API

def test_another_till_of_the_same_daemon(serve):
    served = serve(currency=CURRENCY, counters=3)
    run_pack(served.home, row_pack("C01"))
    till, other = served.till, SoftReader("Second till")
    served.shop.add_counter(Counter(served.shop, other))
    first = next(name for name in served.shop.counters if name != other.name)
    till.tap(kind="issue", reader=first)
    sold_here = till.tap(kind="sell", lines=[{"sku": "latte", "category": "coffee", "qty": 3, "unit_price": 90000}], reader=first)
    assert (sold_here["paid"], sold_here["counters"]) == (270000, {"points": 540})
    clerk = {"Authorization": "Bearer " + served.shop.tokens.passing("pos-2", "cashier"), "Idempotency-Key": "refund-1"}
    body = {"kind": "refund", "sale": sold_here["sale"], "returned": [{"sku": "latte", "qty": 1}], "reader": other.name}
    answer = till.http.post("/api/v1/intents", json=body, headers=clerk)
    assert answer.status_code == 202, answer.text
    other.put(served.demo.card("card-1").chip)
    told = till.finished(answer.json())["answer"]
    other.remove()
    assert (told["outcome"], told["refunded"], told["counters"]) == ("done", 90000, {"points": 360})
    again = till.http.post("/api/v1/intents", json=body, headers=clerk)
    assert again.json() == answer.json() and again.headers["idempotency-replayed"] == "true"
    rest = till.tap(kind="refund", sale=sold_here["sale"], reader=first)
    assert (rest["refunded"], rest["counters"]) == (180000, {"points": 0})


def test_a_refund_in_doubt_over_the_api_ends_when_its_card_comes_back(serve):
    served = serve(currency=CURRENCY, counters=3)
    run_pack(served.home, row_pack("C01"))
    till = served.till
    till.tap(kind="issue")
    sale = till.tap(kind="sell", lines=[{"sku": "latte", "category": "coffee", "qty": 2, "unit_price": 90000}])["sale"]
    outcomes = []
    for at in range(8, 20):
        intent = till.wish(kind="refund", sale=sale, returned=[{"sku": "latte", "qty": 1}])
        till.present(pull_after=at, mode="answer-lost")
        assert till.finished(intent)["answer"]["outcome"] == "in_doubt"
        till.remove()
        till.present()
        settled = till.finished(intent, lambda shape: shape["settled"])["answer"]
        till.remove()
        outcomes.append((settled["outcome"], settled["refused"], settled["refunded"]))
        if settled["outcome"] == "done":
            break
    assert set(outcomes) == {("refused", "NOT_LANDED", 0), ("done", None, 90000)} and outcomes[-1][0] == "done"
    assert till.tap(kind="refund", sale=sale)["refunded"] == 90000
    assert till.get("/api/v1/cards/1")["counters"] == {"points": 0}


def test_a_bad_receipt_makes_no_wish(serve):
    served = serve()
    problem = served.till.wish(kind="refund", receipt="STAMPD1:NO", status=422)
    assert problem["code"] == "RECEIPT_DAMAGED" and served.shop.intents.current() is None


def test_an_event_by_its_reference_is_one_event(serve):
    served = serve(currency=CURRENCY, counters=3)
    run_pack(served.home, row_pack("A06"))
    till, jar = served.till, {"on": "return", "item": "jar", "qty": 2}
    till.tap(kind="issue")
    assert till.tap(kind="event", event=jar, sale="E-1")["counters"] == {"jars": 2}
    again = till.wish(kind="event", event=jar, sale="E-1")  # no card is asked for
    assert (again["state"], again["answer"]["replayed"]) == ("done", True)
    assert till.wish(kind="event", event=jar)["sale"].startswith("i-")
