"""Wishes meet cards: two phases, the lying card, doubts that end when their card comes back, readers that come and go."""

import threading

from cardos.errors import ReaderLost
from host_tools.daemon import counter as counter_module
from host_tools.daemon.demo_shop import DemoShop
from host_tools.readers.soft import SoftReader
from tests.whole_system.promises import World, violations


def worlds(served):
    return World([served.home], {card.chip.uid.hex(): card.chip for card in served.demo._cards.values()})


def test_a_day_at_the_till(served, till):
    assert till.tap(kind="issue")["card_number"] == 1
    for n in range(1, 11):
        answer = till.tap(kind="sell", amount=350)
        assert (answer["outcome"], answer["counters"]) == ("done", {"stamps": n})
    reward = till.tap(kind="redeem")
    assert reward["rewards"] == ["free coffee x1"]
    assert till.tap(kind="undo", sale=reward["sale"])["counters"] == {"stamps": 10}
    assert till.tap(kind="undo", sale=reward["sale"])["refused"] == "ALREADY_UNDONE"
    assert till.get("/api/v1/today") == {"sales": 10, "stamps": 10, "rewards": 0, "doubts": 0, "undos": 1}
    assert till.get("/api/v1/ledger/verify")["ok"]
    assert violations(worlds(served)) == []


def test_a_wish_waits_for_a_card_and_a_card_waits_for_no_wish(till):
    till.tap(kind="issue")
    intent = till.wish(kind="sell", amount=350)
    assert till.get("/api/v1/state")["intent"] == intent
    till.present()
    assert till.finished(intent)["answer"]["counters"] == {"stamps": 1}
    assert till.get("/api/v1/state")["intent"] is None


def test_a_card_without_a_wish_is_shown(till):
    till.tap(kind="issue")
    with till.listen() as events:
        till.present()
        seen = events.until("card", lambda card: card["outcome"] == "done")[2]
        assert seen["face"]["card_number"] == 1
        assert seen["face"]["progress"][0]["stamps"] == 0
        till.remove()
        events.until("card", lambda card: not card["present"])


def test_a_blank_card_is_told_by_its_code(till):
    with till.listen() as events:
        till.present("card-2")
        seen = events.until("card", lambda card: card["outcome"] != "reading")[2]
    assert (seen["outcome"], seen["refused"], seen["face"]) == ("not_ours", "BLANK_CARD", None)


def test_a_wish_takes_the_card_that_lies_there(till):
    till.tap(kind="issue")
    till.present()
    assert till.finished(till.wish(kind="sell", amount=350))["answer"]["outcome"] == "done"
    undone = till.finished(till.wish(kind="undo"))["answer"]
    assert (undone["outcome"], undone["counters"]) == ("done", {"stamps": 0})


def test_an_explicit_sale_is_a_sale_also_on_the_card_that_lies_there(till):
    till.tap(kind="issue")
    till.present()
    for n in (1, 2):
        assert till.finished(till.wish(kind="sell", amount=350))["answer"]["counters"] == {"stamps": n}


def test_a_cancelled_wish_never_touches_a_card(till):
    till.tap(kind="issue")
    intent = till.wish(kind="sell", amount=350)
    assert till.http.delete("/api/v1/intents/" + intent["id"]).json()["state"] == "cancelled"
    assert till.http.delete("/api/v1/intents/" + intent["id"]).json()["state"] == "cancelled"
    with till.listen() as events:
        till.present()
        events.until("card", lambda card: card["outcome"] == "done")
    assert till.stamps() == 0


def test_a_wish_expires(serve):
    till = serve(intent_life_s=0.05).till
    answer = till.finished(till.wish(kind="sell", amount=350))["answer"]
    assert (answer["outcome"], answer["refused"]) == ("refused", "NO_CARD")


def test_one_wish_at_a_time(till):
    till.wish(kind="sell", amount=350)
    assert till.wish(kind="sell", amount=350, status=409)["code"] == "INTENT_WAITING"


def test_a_sale_in_doubt_ends_when_its_card_comes_back(served, till):
    till.tap(kind="issue")
    intent = till.wish(kind="sell", amount=350)
    till.present(pull_after=8, mode="not-executed")
    shape = till.finished(intent)
    assert shape["answer"]["outcome"] == "in_doubt"
    assert [doubt["operation"] for doubt in till.get("/api/v1/doubts")] == ["earn"]
    with till.listen() as events:
        till.present()
        settled = events.until("intent", lambda shape: shape["settled"])[2]
    assert settled["id"] == intent["id"]
    assert (settled["answer"]["outcome"], settled["answer"]["counters"]) == ("done", {"stamps": 1})
    assert till.get("/api/v1/doubts") == []
    assert till.stamps() == 1
    assert violations(worlds(served)) == []


def test_a_reward_that_did_not_reach_the_card_is_asked_for_again(served, till):
    till.tap(kind="issue", opening={"stamps": 10}, reason="paper card")
    intent = till.wish(kind="redeem")
    till.present(pull_after=8, mode="not-executed")
    answer = till.finished(intent)["answer"]
    assert answer["outcome"] == "in_doubt" and "do not hand over" in answer["message"]
    till.present()
    settled = till.finished(intent, lambda shape: shape["settled"])["answer"]
    assert (settled["outcome"], settled["refused"], settled["rewards"]) == ("refused", "NOT_LANDED", [])
    till.remove()
    again = till.tap(kind="redeem")
    assert again["rewards"] == ["free coffee x1"]
    assert violations(worlds(served)) == []


def test_an_issue_that_was_cut_is_finished_when_the_card_comes_back(till):
    intent = till.wish(kind="issue")
    till.present(pull_after=12, mode="answer-lost")
    assert till.finished(intent)["answer"]["outcome"] == "in_doubt"
    till.present()
    settled = till.finished(intent, lambda shape: shape["settled"])
    assert settled["answer"]["outcome"] == "done"
    till.remove()
    assert till.tap(kind="sell", amount=350)["counters"] == {"stamps": 1}


def test_tapping_alone_stamps_once_in_a_while(serve):
    till = serve(tap_alone="stamp").till
    till.tap(kind="issue")
    for expected in ("1 of 10 stamps, 9 to go", "Stamped a moment ago"):
        with till.listen() as events:
            till.present()
            seen = events.until("card", lambda card: card["outcome"] == "done")[2]
            assert seen["message"].startswith(expected)
            till.remove()
            events.until("card", lambda card: not card["present"])
    assert till.stamps() == 1


def test_a_stamp_that_was_in_doubt_counts_for_the_double_tap_guard(serve):
    till = serve(tap_alone="stamp").till
    till.tap(kind="issue")
    with till.listen() as events:
        for how, outcome in (({"pull_after": 8, "mode": "answer-lost"}, "in_doubt"), ({}, "done"), ({}, "done")):
            till.present(**how)
            events.until("card", lambda card, outcome=outcome: card["outcome"] == outcome)
            till.remove()
            events.until("card", lambda card: not card["present"])
    assert till.stamps() == 1


def test_a_sale_at_the_till_counts_for_the_double_tap_guard(serve):
    till = serve(tap_alone="stamp").till
    till.tap(kind="issue")
    assert till.tap(kind="sell", amount=450)["outcome"] == "done"
    with till.listen() as events:
        till.present()
        events.until("card", lambda card: card["outcome"] == "done")
        till.remove()
        events.until("card", lambda card: not card["present"])
    assert till.stamps() == 1


def test_a_wish_that_is_refused_before_its_own_reader_worked_says_why(served, till, monkeypatch):
    monkeypatch.setattr("host_tools.readers.find.open_reader", SoftReader)
    till.wish(kind="sell", amount=250)
    body = {"wish": {"kind": "show"}, "reader": "pn532:/nowhere", "wait_s": 0.1}
    headers = {"Idempotency-Key": "refused", "Authorization": "Bearer " + served.shop.tokens.passing("local", "technician")}
    answer = till.http.post("/api/v1/perform", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "INTENT_WAITING")


class FailingReader(SoftReader):
    """A reader that is gone twice, then back."""

    def __init__(self, name):
        super().__init__(name)
        self.failures = [ReaderLost("The reader was unplugged."), ReaderLost("The reader was unplugged.")]
        self.tried = threading.Event()

    def wait_for_card(self, timeout_s, cancelled=None):
        if self.failures:
            raise self.failures.pop()
        self.tried.set()
        return super().wait_for_card(timeout_s, cancelled)


def test_a_lost_reader_comes_back(serve, monkeypatch):
    monkeypatch.setattr(counter_module, "_PAUSE_FIRST_S", 0.01)
    demo = DemoShop(delay_s=0)
    demo.reader = FailingReader("Soft reader")
    till = serve(demo=demo).till
    assert demo.reader.tried.wait(10)
    till.until(lambda: till.get("/api/v1/state")["readers"][0]["state"], lambda state: state == "empty")
    assert till.tap(kind="issue")["outcome"] == "done"


def test_a_fault_of_ours_does_not_end_the_counter(served, till, monkeypatch):
    monkeypatch.setattr(counter_module, "_PAUSE_FIRST_S", 0.01)
    perform, faults = served.shop.perform, [RuntimeError("a fault")]

    def faulty(*arguments, **more):
        if faults:
            raise faults.pop()
        return perform(*arguments, **more)

    monkeypatch.setattr(served.shop, "perform", faulty)
    intent = till.wish(kind="issue")
    till.present()
    assert till.finished(intent)["answer"]["refused"] == "FAULT"
    till.remove()
    assert till.tap(kind="issue")["outcome"] == "done"
