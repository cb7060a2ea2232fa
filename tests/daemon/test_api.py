"""The API as it is written down: docs/openapi.json is current, answers fit it, and no input makes it stumble."""

import json
import uuid
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st

from host_tools.daemon import openapi
from host_tools.daemon.table import DEMO_ROWS, ROWS

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
PROBLEM = {"type", "title", "status", "code", "detail", "hint"}


def test_the_committed_description_is_current():
    assert COMMITTED.read_text("utf-8") == openapi.text(), "run: python -m host_tools.daemon.openapi > docs/openapi.json"


def test_every_effect_needs_a_key():
    rows = [row for row in ROWS if row.method == "POST"]
    assert rows and all(row.key for row in rows)
    assert not any(row.key for row in DEMO_ROWS), "a hand that moves plastic is not an effect of the shop"


def test_the_description_is_served_to_everybody(till):
    assert till.http.get("/openapi.json", headers={"Authorization": ""}).json() == json.loads(COMMITTED.read_text("utf-8"))


@pytest.mark.parametrize("body, status, code", [
    (b"", 400, "NOT_JSON"), (b"{", 400, "NOT_JSON"), (b"[]", 422, "BAD_REQUEST"), (b"\xff", 400, "NOT_JSON"), (b"[" * 5000, 422, None),
    (b'{"kind":"sell"}', 422, "EMPTY_SALE"), (b'{"kind":"steal"}', 422, "BAD_REQUEST"), (b'{"kind":"sell","amount":-1}', 422, "BAD_REQUEST"),
    (b'{"kind":"sell","amount":4.5}', 422, "BAD_REQUEST"), (b'{"kind":"sell","amount":10000000000000}', 422, "BAD_REQUEST"),
    (b'{"kind":"sell","amount":1,"surprise":1}', 422, "BAD_REQUEST"), (b'{"kind":"sell","amount":1,"sale":"a b"}', 422, "BAD_REQUEST"),
    (b'{"kind":"issue","opening":{"stamps":3}}', 422, "REASON_MISSING"), (b'{"kind":"sell","amount":1,"reader":"x"}', 404, "READER_NOT_FOUND"),
    (b'"' + b"x" * 300000 + b'"', 413, "TOO_LARGE"),
])  # fmt: skip
def test_requests_that_make_no_sense(served, till, body, status, code):
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = till.http.post("/api/v1/intents", content=body, headers=headers)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == PROBLEM and problem["detail"] and problem["hint"]
    assert (answer.status_code if code else answer.status_code in (400, 422)) == (status if code else True)
    assert code is None or problem["code"] == code
    assert served.shop.intents.current() is None


def test_a_body_must_say_that_it_is_json(till):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = till.http.post("/api/v1/intents", content=b'{"kind":"show"}', headers={"Idempotency-Key": "k", "Content-Type": content_type})
        assert (answer.status_code, answer.json()["code"]) == (415, "NOT_JSON")


@pytest.mark.parametrize("number", ["0", "9", "-1", "x", "99999999999999999999", "1e3", "%00", "١"])
def test_cards_that_are_not_there(till, number):
    assert till.get("/api/v1/cards/" + number, status=404)["code"] == "CARD_UNKNOWN"


def test_addresses_and_methods_that_are_not_there(till):
    assert till.get("/api/v1/nothing", status=404)["code"] == "NOT_FOUND"
    assert till.http.put("/api/v1/state").json()["code"] == "METHOD"
    assert till.http.post("/static/icon.svg").status_code == 405


def test_a_trouble_of_the_ledger_is_told_as_such(served, till, monkeypatch):
    from host_tools.store.troubles import LedgerTrouble

    def full(*_):
        raise LedgerTrouble("The disk is full.", "Free some space.", "DISK_FULL")

    monkeypatch.setattr(served.home.store.idempotency, "put", full)
    problem = till.wish(kind="sell", amount=350, status=503)
    assert (problem["code"], problem["hint"]) == ("DISK_FULL", "Free some space.")
    assert served.shop.intents.current() is None


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    from tests.daemon.till import Served

    served = Served(tmp_path_factory.mktemp("fuzz") / "home", intent_life_s=0.01)
    yield served
    served.close()


def _is_ours(case, answer):
    """False for what another address would answer: a path whose parameter holds a slash, or is empty."""
    return answer.status_code not in (404, 405, 307)


DESCRIBED = schemathesis.openapi.from_dict(openapi.document())


@pytest.mark.property
@pytest.mark.timeout(600)
@DESCRIBED.exclude(path="/api/v1/events").parametrize()
@hypothesis.settings(max_examples=25, suppress_health_check=list(hypothesis.HealthCheck))
def test_no_described_request_makes_it_stumble(fuzzed, case):
    case.headers = {**(case.headers or {}), "Authorization": "Bearer " + fuzzed.till.token}
    if isinstance(case.body, dict) and "wait_s" in case.body:
        case.body["wait_s"] = 0
    before = fuzzed.home.store.next_transaction()
    answer = case.call(base_url=fuzzed.till.url)
    assert answer.status_code < 500 or answer.json()["code"] in ("NO_READER", "TOO_MANY_LISTENERS"), answer.text
    operation = DESCRIBED.raw_schema["paths"][case.operation.path].get(case.method.lower())
    documented = operation["responses"] if operation else ("405",)
    assert str(answer.status_code) in documented or not _is_ours(case, answer), (answer.status_code, answer.text)
    assert fuzzed.home.store.next_transaction() == before, "a request alone changed the journal"


ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@pytest.mark.property
@hypothesis.given(wish=st.dictionaries(st.sampled_from(["kind", "amount", "lines", "redeem", "sale", "reason", "opening", "dry_run", "x"]), JSON))
@hypothesis.settings(max_examples=60, suppress_health_check=list(hypothesis.HealthCheck))
def test_no_wish_of_the_command_line_makes_it_stumble(fuzzed, wish):
    headers = {"Idempotency-Key": uuid.uuid4().hex, "Authorization": "Bearer " + fuzzed.till.token, "Content-Type": "application/json"}
    body = json.dumps({"wish": wish, "wait_s": 0}, allow_nan=True).encode()
    answer = fuzzed.till.http.post("/api/v1/perform", content=body, headers=headers)
    assert answer.status_code in (200, 400, 409, 422), answer.text
