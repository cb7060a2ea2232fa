"""One request, one effect: whatever is repeated, lost or asked of a daemon that started anew."""

import threading

import pytest

from tests.daemon.till import Served


def test_the_same_key_and_body_give_the_same_answer_for_good(till):
    till.tap(kind="issue")
    body = {"kind": "sell", "amount": 350}
    first = till.wish(key="receipt-1", **body)
    assert till.wish(key="receipt-1", **body) == first
    till.present()
    till.finished(first)
    assert till.wish(key="receipt-1", **body) == first
    assert till.stamps() == 1
    assert till.get("/api/v1/state")["intent"] is None


def test_spaces_and_the_order_of_keys_do_not_make_another_request(till):
    texts = (b'{"kind":"sell","amount":350}', b'{ "amount": 350, "kind": "sell" }', b'{"kind":"sell","amount":350,"redeem":"none"}')
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answers = [till.http.post("/api/v1/intents", content=text, headers=headers) for text in texts]
    assert len({answer.text for answer in answers}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true", "true"]


def test_the_same_key_for_another_request_is_refused(till):
    till.wish(key="k", kind="sell", amount=350)
    assert till.wish(key="k", kind="sell", amount=351, status=422)["code"] == "IDEMPOTENCY_MISMATCH"
    answer = till.http.post("/api/v1/perform", json={"wish": {"kind": "show"}, "wait_s": 0}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


def test_two_clients_may_use_the_same_key(served, till):
    first = till.wish(key="k", kind="sell", amount=350)
    till.http.delete("/api/v1/intents/" + first["id"])
    other = served.shop.tokens.passing("pos-2", "cashier")
    answer = till.http.post("/api/v1/intents", json={"kind": "sell", "amount": 1}, headers={"Idempotency-Key": "k", "Authorization": "Bearer " + other})
    assert answer.status_code == 202 and answer.json()["id"] != first["id"]


@pytest.mark.parametrize("path", ["/api/v1/intents", "/api/v1/perform"])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "a b"}, {"Idempotency-Key": "x" * 201}])
def test_no_effect_without_a_key(served, till, path, headers):
    answer = till.http.post(path, json={"kind": "sell", "amount": 350}, headers=headers)
    assert (answer.status_code, answer.json()["code"][:15]) == (400, "IDEMPOTENCY_KEY")
    assert served.shop.intents.current() is None


def test_a_refused_wish_does_not_use_up_its_key(till):
    waiting = till.wish(kind="sell", amount=350)
    till.wish(key="k", kind="sell", amount=400, status=409)
    till.http.delete("/api/v1/intents/" + waiting["id"])
    till.wish(key="k", kind="sell", amount=400)


def test_the_same_key_twice_at_the_same_moment(till):
    shapes = []
    threads = [threading.Thread(target=lambda: shapes.append(till.wish(key="k", kind="sell", amount=350))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shapes) == 8 and len({shape["id"] for shape in shapes}) == 1


def test_the_same_ref_is_the_same_sale_under_any_key(till):
    till.tap(kind="issue")
    first = till.tap(kind="sell", amount=350, sale="R-1")
    again = till.wish(kind="sell", amount=350, sale="R-1")  # no card is asked for
    assert (first["outcome"], again["state"], again["answer"]["outcome"], again["answer"]["replayed"]) == ("done", "done", "done", True)
    assert till.stamps() == 1


def test_answers_outlive_the_daemon(tmp_path):
    first = Served(tmp_path / "home", cards=1)
    chip = first.demo.card("card-1").chip
    first.shop.tokens.add("pos", "technician")
    token = first.shop.tokens.passing("pos", "technician")
    first.till.http.headers["Authorization"] = "Bearer " + token
    first.till.tap(kind="issue")
    done = first.till.wish(key="done", kind="sell", amount=350)
    first.till.present()
    answer = first.till.finished(done)["answer"]
    first.till.remove()
    waiting = first.till.wish(key="waiting", kind="sell", amount=350)
    first.close()

    second = Served(tmp_path / "home", cards=1)
    try:
        second.demo.card("card-1").chip = chip
        second.till.http.headers["Authorization"] = "Bearer " + second.shop.tokens.passing("pos", "technician")
        assert second.till.wish(key="done", kind="sell", amount=350) == done
        assert second.till.get("/api/v1/intents/" + done["id"])["answer"] == answer
        assert second.till.wish(key="waiting", kind="sell", amount=350) == waiting
        assert second.till.get("/api/v1/intents/" + waiting["id"])["answer"]["refused"] == "INTERRUPTED"
        assert second.till.stamps() == 1
    finally:
        second.close()


def test_an_unknown_intent(till):
    assert till.get("/api/v1/intents/" + "0" * 24, status=404)["code"] == "INTENT_UNKNOWN"
    assert till.http.delete("/api/v1/intents/xyz").status_code == 404


def test_a_ref_in_doubt_stays_in_doubt_until_its_card_comes(till):
    till.tap(kind="issue")
    first = till.wish(kind="sell", amount=350, sale="R-1")
    till.present(pull_after=8, mode="not-executed")
    assert till.finished(first)["answer"]["outcome"] == "in_doubt"
    again = till.wish(kind="sell", amount=350, sale="R-1")
    till.http.delete("/api/v1/intents/" + again["id"])
    assert till.finished(again)["answer"]["outcome"] == "in_doubt"
    assert till.tap(kind="sell", amount=350, sale="R-1")["counters"] == {"stamps": 1}
    assert till.finished(first)["answer"]["outcome"] == "done"
