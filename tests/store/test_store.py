"""What the store promises about money: one effect each, numbers that only rise, a register that says what is known."""

import threading

import pytest

from cardos.errors import BadInput
from host_tools.store import Store
from host_tools.store.troubles import LedgerRule
from tests.store.shop import AT, FAMILY, LATER, UID, UID_2, entry_of, head_mac, intend, mac_of, settle, tap, undo_fields


def refused(code, call, *arguments, **named):
    with pytest.raises(LedgerRule) as caught:
        call(*arguments, **named)
    assert caught.value.code == code


def test_a_new_shop_begins_at_one(store):
    assert (store.next_transaction(), store.next_card_number(), store.newest_minute()) == (1, 1, 0)
    assert store.card(FAMILY, UID) is None and store.card_by_number(1) is None and store.sale("S") is None
    assert store.doubts(FAMILY, UID) == store.all_doubts() == store.cases() == store.history(FAMILY, UID) == []
    assert store.last_sale(FAMILY, UID) is None and store.transaction(1) is None and store.undo_of(1) is None
    assert store.today("2026-11-22") == {"sales": 0, "stamps": 0, "rewards": 0, "doubts": 0, "undos": 0}


def test_issue_then_ten_sales(store):
    issue = intend(store, "issue")
    card = store.card(FAMILY, UID)
    assert (card.status, card.issued, card.last_seen_sequence, card.last_seen_mac) == ("new", False, 0, bytes(4))
    settle(store, issue)
    sales = [tap(store, sale="S%d" % n) for n in range(10)]
    card = store.card(FAMILY, UID)
    assert (card.status, card.issued, card.card_number, card.taps) == ("active", True, 1, 11)
    assert card.counters == {"1": [10, 0]} and card.last_seen_sequence == 11
    assert card.last_seen_mac == mac_of(sales[-1])[:4]
    assert store.card_by_number(1) == card == store.cards()[0]
    assert store.last_sale(FAMILY, UID)["entry"] == sales[-1]
    assert store.sale("S3")["entry"] == sales[3] and store.sale("S3")["state"] == "done"
    records = store.known_records(FAMILY, UID)
    assert [sequence for sequence, _, _ in records] == list(range(1, 12))
    assert all(later[2] == earlier[1] for earlier, later in zip(records, records[1:]))
    assert store.newest_minute() == 469000 and store.next_transaction() == 12
    assert store.cases(open_only=False) == []


def test_a_sale_ref_is_one_sale(store):
    first = intend(store, sale="S")
    refused("SALE_EXISTS", intend, store, sale="S")
    settle(store, first, "not_landed")
    assert store.sale("S")["state"] == "not_landed"
    second = intend(store, sale="S")
    assert (store.sale("S")["state"], store.sale("S")["entry"]["transaction"]) == ("open", second["transaction"])
    settle(store, second, "landed")
    refused("SALE_EXISTS", intend, store, sale="S")
    assert len(store.history(FAMILY, UID)) == 2


def test_a_transaction_number_is_taken_once(store):
    entry = tap(store)
    refused("TRANSACTION_EXISTS", store.record_intent, entry, AT)
    other_terminal = entry_of(store, terminal=2, transaction=1)
    store.record_intent(other_terminal, AT)
    assert store.next_transaction() == 2 and store.transaction(1, terminal=2)["state"] == "open"


def test_an_outcome_comes_once_and_names_its_record(store):
    refused("UNKNOWN_TRANSACTION", store.record_outcome, 1, "done", at=AT, sequence=1, record_mac=bytes(8))
    entry = intend(store)
    refused("OUTCOME_RECORD", store.record_outcome, 1, "done", at=AT, sequence=2, record_mac=bytes(8))
    refused("OUTCOME_RECORD", store.record_outcome, 1, "landed", at=AT, sequence=1, record_mac=None)
    for wrong in ({"outcome": "perhaps"}, {"outcome": "done", "record_mac": bytes(3)}):
        with pytest.raises(BadInput):
            store.record_outcome(1, **{"at": AT, "sequence": 1, "record_mac": bytes(8)} | wrong)
    assert store.doubts(FAMILY, UID) == [entry] == store.all_doubts()
    settle(store, entry)
    for outcome in ("done", "landed", "not_landed"):
        refused("OUTCOME_EXISTS", settle, store, entry, outcome)
    assert store.all_doubts() == []


def test_last_seen_only_rises_and_an_older_landing_changes_no_counter(store):
    tap(store, "issue")
    doubtful = intend(store, "earn")
    newer = entry_of(store, "earn", sequence=5, previous_sequence=4, previous="aabbccdd", counters_after={"1": [4, 0]})
    store.record_intent(newer, AT)
    settle(store, newer)
    settle(store, doubtful, "landed")
    card = store.card(FAMILY, UID)
    assert card.last_seen_sequence == 5 and card.last_seen_mac == mac_of(newer)[:4] and card.counters == {"1": [4, 0]} and card.taps == 3


def test_block_and_unblock(store):
    tap(store, "issue")
    tap(store, "block")
    assert store.card(FAMILY, UID).status == "blocked"
    tap(store, "unblock")
    assert store.card(FAMILY, UID).status == "active"


def test_a_block_that_lands_behind_a_later_unblock_does_not_block(store):
    tap(store, "issue")
    late = intend(store, "block")
    tap(store, "unblock", sequence=3, previous_sequence=2, previous=mac_of(late)[:4].hex())
    settle(store, late, "landed")
    assert store.card(FAMILY, UID).status == "active" and store.cases() == []


def test_a_repair_keeps_the_status_and_ends_the_need(store):
    tap(store, "issue")
    tap(store, "block")
    store.mark_card(FAMILY, UID, "needs_repair", AT)
    assert store.card(FAMILY, UID).status == "blocked"
    tap(store, "repair")
    assert store.card(FAMILY, UID).status == "blocked"
    store.mark_card(FAMILY, UID, "active", AT)
    store.mark_card(FAMILY, UID, "needs_repair", AT)
    assert store.card(FAMILY, UID).status == "needs_repair"
    tap(store, "repair")
    assert store.card(FAMILY, UID).status == "active"
    refused("UNKNOWN_CARD", store.mark_card, FAMILY, UID_2, "blocked", AT)
    with pytest.raises(BadInput):
        store.mark_card(FAMILY, UID, "lost", AT)


def test_a_card_number_is_never_given_twice(store):
    lost = intend(store, "issue")
    settle(store, lost, "not_landed")
    assert store.next_card_number() == 2 and store.reserved_number(FAMILY, UID) == 1 and store.reserved_number(FAMILY, UID_2) is None
    refused("CARD_NUMBER_TAKEN", intend, store, "issue", UID_2, card_number=1)
    tap(store, "issue", UID_2)
    assert store.card(FAMILY, UID_2).card_number == 2
    tap(store, "issue", card_number=store.reserved_number(FAMILY, UID))
    assert store.card(FAMILY, UID).card_number == 1 and store.card(FAMILY, UID).issued
    refused("ALREADY_ISSUED", intend, store, "issue")


def test_a_card_of_another_home_gets_a_line_once_a_record_is_known(store):
    entry = intend(store, card_number=77, sequence=40, previous_sequence=39, previous="01020304")
    assert store.card(FAMILY, UID) is None and store.doubts(FAMILY, UID) == [entry]
    settle(store, entry)
    card = store.card(FAMILY, UID)
    assert (card.card_number, card.issued, card.status, card.last_seen_sequence) == (77, False, "active", 40)
    assert store.next_card_number() == 78


def test_our_own_card_comes_first_under_a_number_that_two_cards_have(store):
    tap(store, uid=UID_2, card_number=1, sequence=9)
    tap(store, "issue", card_number=1)
    assert store.card_by_number(1).uid == UID


def test_undo_once_and_only_of_a_finished_sale(store):
    tap(store, "issue")
    sale = intend(store, sale="S")
    refused("NOT_A_SALE", intend, store, "undo", undoes=sale["transaction"])
    settle(store, sale)
    refused("NOT_A_SALE", intend, store, "undo", UID_2, undoes=sale["transaction"])
    refused("NOT_A_SALE", intend, store, "undo", undoes=1)
    refused("NOT_A_SALE", intend, store, "undo")
    lost = intend(store, "undo", sale="S", **undo_fields(store, sale))
    assert store.undo_of(sale["transaction"]) == lost and not store.sale("S")["undone"]
    refused("ALREADY_UNDONE", intend, store, "undo", **undo_fields(store, sale))
    settle(store, lost, "not_landed")
    assert store.undo_of(sale["transaction"]) is None
    undo = tap(store, "undo", **undo_fields(store, sale))
    assert store.undo_of(sale["transaction"]) == undo
    refused("ALREADY_UNDONE", intend, store, "undo", **undo_fields(store, sale))
    assert store.sale("S")["undone"] and store.last_sale(FAMILY, UID)["undone"]
    assert store.last_sale(FAMILY, UID)["entry"] == sale and store.card(FAMILY, UID).counters == {"1": [0, 0]}
    refused("SALE_EXISTS", intend, store, sale="S")


def test_two_records_with_one_sequence_become_a_case(store):
    tap(store, "issue")
    one = intend(store)
    other = intend(store)
    settle(store, one)
    assert store.cases() == []
    settle(store, other, "landed")
    (case,) = store.cases()
    assert case["kind"] == "SAME_SEQUENCE"
    assert case["detail"] == {"card_number": 1, "family": FAMILY, "sequence": 2, "transactions": [2, 3], "uid": UID.hex().upper()}


@pytest.mark.parametrize("late_lands_last", (False, True))
def test_a_broken_chain_becomes_a_case(store, late_lands_last):
    tap(store, "issue")
    one = intend(store)
    two = intend(store, sequence=3, previous_sequence=2, previous="00112233")
    for entry in (two, one) if late_lands_last else (one, two):
        settle(store, entry, "landed")
    assert [(case["kind"], case["detail"]["sequence"]) for case in store.cases()] == [("BROKEN_CHAIN", 3)]


def test_cases_are_closed_with_a_note(store):
    number = store.open_case("STALE_CARD", {"uid": UID.hex(), "seen": 3}, AT)
    second = store.open_case("STALE_CARD", {}, AT)
    assert (number, second) == (1, 2)
    store.close_case(number, "card exchanged", LATER)
    refused("UNKNOWN_CASE", store.close_case, number, "again", LATER)
    refused("UNKNOWN_CASE", store.close_case, 9, "no such", LATER)
    assert [case["id"] for case in store.cases()] == [2]
    assert store.cases(open_only=False)[0] == {
        "id": 1, "kind": "STALE_CARD", "detail": {"uid": UID.hex(), "seen": 3}, "at": AT, "closed_at": LATER, "note": "card exchanged",
    }  # fmt: skip


def test_history_tells_changes_and_doubts(store):
    tap(store, "issue")
    tap(store, sale="S")
    intend(store, "redeem")
    lines = store.history(FAMILY, UID)
    assert [(line["operation"], line["change"], line["outcome"]) for line in lines] == [
        ("issue", {}, "done"), ("earn", {"1": 1}, "done"), ("redeem", {"1": -9}, "in_doubt"),
    ]  # fmt: skip
    assert all(line["source"] == "ledger" and line["terminal"] == 1 and line["at"] == AT for line in lines)


def test_today_counts_what_stands(store, monkeypatch):
    tap(store, "issue", at="2026-11-22T00:00:00Z")
    tap(store, at="2026-11-21T23:59:59Z")
    sale = tap(store)
    tap(store, "redeem", details={"earned": {"stamps": 2}, "rewards": ["free coffee x2", "cake"]})
    tap(store, "undo", **undo_fields(store, sale))
    intend(store)
    assert store.today("2026-11-22") == {"sales": 1, "stamps": 2, "rewards": 3, "doubts": 1, "undos": 1}
    assert store.today("2026-11-21") == {"sales": 1, "stamps": 1, "rewards": 0, "doubts": 1, "undos": 0}
    assert store.today("2026-11-23")["sales"] == 0


def test_today_is_the_shops_day_not_greenwichs(store, monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Riga")
    time.tzset()
    try:
        tap(store, at="2026-11-21T22:30:00Z")
        tap(store, at="2026-11-22T22:30:00Z")
        assert store.today("2026-11-22")["sales"] == 1
    finally:
        monkeypatch.undo()
        time.tzset()


def test_earned_units_come_from_the_counters_when_the_details_do_not_say(store):
    tap(store, details={})
    assert store.today("2026-11-22")["stamps"] == 1


def test_a_clock_that_went_back_loses_no_line_of_the_report(store):
    tap(store, at="2026-11-22T10:00:00Z")
    tap(store, at="2026-11-20T10:00:00Z", minute=5)
    tap(store, at="2026-11-22T11:00:00Z")
    assert store.today("2026-11-22")["sales"] == 2 and store.today("2026-11-20")["sales"] == 1
    assert store.newest_minute() == 469000


def test_everything_is_there_after_opening_again(store, path):
    tap(store, "issue")
    tap(store, sale="S")
    doubt = intend(store)
    card = store.card(FAMILY, UID)
    store.close()
    with Store.open(path, head_mac, 1) as again:
        assert again.card(FAMILY, UID) == card and again.all_doubts() == [doubt] and again.next_transaction() == 4


def test_an_entry_with_numbers_as_keys_reads_back_as_json_gives_it(store):
    entry = entry_of(store, counters_after={1: [1, 0], 10: [2, 0], 2: [3, 0]})
    store.record_intent(entry, AT)
    settle(store, entry)
    assert store.card(FAMILY, UID).counters == {"1": [1, 0], "2": [3, 0], "10": [2, 0]}
    assert store.verify()["ok"]


def test_idempotency_keys(store):
    remembered = store.idempotency
    assert remembered.get("till", "k") is None
    remembered.put("till", "k", "hash", None, AT)
    assert remembered.get("till", "k") == ("hash", None, AT)
    remembered.put("till", "k", "hash", '{"id":1}', AT)
    remembered.put("till", "k", "hash", '{"id":2}', LATER)
    assert remembered.get("till", "k").answer == '{"id":1}' and remembered.get("pos", "k") is None
    refused("IDEMPOTENCY_MISMATCH", remembered.put, "till", "k", "other", None, AT)
    remembered.prune("2027")
    assert remembered.get("till", "k") is None


def test_eight_threads_at_once(store):
    tap(store, "issue")
    guard, troubles = threading.Lock(), []

    def work(thread):
        try:
            for n in range(10):
                with guard:  # the desk serialises numbering; everything else runs free
                    entry = intend(store, uid=bytes([4, thread, 0, 0, 0, 0, 0]), card_number=100 + thread, sale="T%d-%d" % (thread, n))
                settle(store, entry)
                store.today("2026-11-22")
        except Exception as error:  # noqa: BLE001 - handed to the test below
            troubles.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == [] and store.verify() == {"events": 162, "ok": True, "first_bad": None, "tail_missing": False}
