"""GET /api/v1/sales: what was sold and what of it can still come back."""

import httpx
import pytest

from host_tools.daemon.sales import receipt_text

COFFEE = [{"sku": "latte", "category": "coffee", "qty": 2, "unit_price": 420}, {"sku": "bun", "category": "bakery", "qty": 1, "unit_price": 320}]


@pytest.fixture
def sold(till):
    """The REF of a sale of two lattes and a bun on card 1."""
    assert till.tap(kind="issue")["outcome"] == "done"
    return till.tap(kind="sell", lines=COFFEE, sale="bon-1")["sale"]


def test_the_days_sales_are_listed_newest_first(till, sold):
    till.tap(kind="sell", amount=250, sale="bon-2")
    newest, oldest = till.get("/api/v1/sales")
    assert (newest["sale"], newest["amount"], newest["refundable"], newest["lines"][0]["sku"]) == ("bon-2", 250, 250, "")
    assert (oldest["sale"], oldest["paid"], oldest["refundable"], oldest["card_number"]) == (sold, 1160, 1160, 1)
    assert oldest["lines"][0] == {
        "sku": "latte", "name": "latte", "category": "coffee", "qty": 2, "unit_price": 420, "left": 2, "free_left": 0, "money": 840,
    }  # fmt: skip
    assert till.get("/api/v1/sales?day=2020-02-29") == []


def test_articles_carry_their_name_of_the_catalogue(served, sold):
    (served.home.path / "catalogue.toml").write_text('[latte]\nname = "Big latte"\ncategory = "coffee"\nprice = "4.20"\n', "utf-8")
    (sale,) = served.till.get("/api/v1/sales?sale=bon-1")
    assert [line["name"] for line in sale["lines"]] == ["Big latte", "bun"]


def test_what_came_back_cannot_come_back_again(till, sold):
    assert till.tap(kind="refund", sale=sold, returned=[{"sku": "latte", "qty": 1}])["refunded"] == 420
    (sale,) = till.get("/api/v1/sales?card=1")
    assert (sale["refundable"], [line["left"] for line in sale["lines"]]) == (740, [1, 1])
    assert till.tap(kind="refund", sale=sold)["refunded"] == 740
    (sale,) = till.get("/api/v1/sales?sale=" + sold)
    assert (sale["refundable"], [line["left"] for line in sale["lines"]]) == (0, [0, 0])


def test_an_undone_sale_is_not_listed(till, sold):
    assert till.tap(kind="undo", sale=sold)["outcome"] == "done"
    assert till.get("/api/v1/sales") == till.get("/api/v1/sales?sale=" + sold) == []


def test_a_receipt_gives_its_sale(served, sold):
    text = receipt_text(served.home, sold)
    answer = served.till.http.get("/api/v1/sales", params={"receipt": text}).json()
    assert [sale["sale"] for sale in answer] == [sold] and answer[0]["refundable"] == 1160
    damaged = served.till.http.get("/api/v1/sales", params={"receipt": text[:-4]})
    assert damaged.status_code == 422 and damaged.json()["code"] in ("RECEIPT_DAMAGED", "RECEIPT_FORGED")


@pytest.mark.parametrize("query", ("card=999", "card=x", "card=99999999999", "sale=unknown", "day=2031-01-01"))
def test_what_nobody_sold_is_an_empty_list(till, sold, query):
    assert till.get("/api/v1/sales?" + query) == []


def test_a_day_is_a_date(till):
    assert till.get("/api/v1/sales?day=yesterday", status=422)["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("role, status", (("reader", 403), ("auditor", 403), ("cashier", 200), ("manager", 200)))
def test_cashiers_may_see_it_and_readers_not(served, role, status):
    token = served.shop.tokens.passing(role, role)
    assert httpx.get(served.service.url + "/api/v1/sales", headers={"Authorization": "Bearer " + token}).status_code == status


def test_a_receipt_is_had_while_something_of_the_sale_is_left(served, sold):
    till = served.till
    slip = till.get("/api/v1/receipt?sale=" + sold)
    assert slip == {"sale": sold, "receipt": receipt_text(served.home, sold), "svg": None}
    assert till.get("/api/v1/receipt?svg=1&sale=" + sold)["svg"].startswith("<svg ")
    for query in ("", "?sale=unknown"):
        assert till.get("/api/v1/receipt" + query, status=422)["code"] == "NO_SUCH_SALE"
    till.tap(kind="refund", sale=sold, returned=[{"sku": "latte", "qty": 2}])
    assert till.get("/api/v1/receipt?sale=" + sold)["receipt"] != slip["receipt"]
    till.tap(kind="refund", sale=sold)
    assert till.get("/api/v1/receipt?sale=" + sold, status=422)["code"] == "OVER_REFUND"
    undone = till.tap(kind="sell", amount=100)["sale"]
    till.tap(kind="undo", sale=undone)
    assert till.get("/api/v1/receipt?sale=" + undone, status=422)["code"] == "ALREADY_UNDONE"
    reader = {"Authorization": "Bearer " + served.shop.tokens.passing("board", "reader")}
    assert httpx.get(served.service.url + "/api/v1/receipt?sale=" + sold, headers=reader).status_code == 403
