"""Every code that an offer can refuse or decline with has a sentence and a remedy; a running daemon takes a new pack at its next tap."""

import re

import httpx
import pytest

from host_tools.daemon.words import WORDS, words
from tests.house_rules.sources import ROOT
from tests.offers.shop_with_pack import row_pack, run_pack

RAISED = re.compile(r'(?:Refusal|decline|refused)\("([A-Z_]+)"')
REASON = re.compile(r'"([A-Z]{4,}(?:_[A-Z]+)*)"')
# The codes of the acceptance rows.
REFUSED = """ALREADY_CLAIMED ALREADY_ENROLLED ALREADY_GRANTED ALREADY_MIGRATED BAD_AMOUNT BAD_LINE CAMPAIGN_CLOSED CAMPAIGN_UNKNOWN
CARD_MUST_BE_BOUGHT CHARITY_UNKNOWN CLAIM_LATE CLAIM_MISMATCH COUNTER_RANGE COUPON_EXPIRED COUPON_UNKNOWN COUPON_USED CURRENCY_MISMATCH
EMPTY_SALE GROUP_UNKNOWN LIMIT NOT_ELIGIBLE NO_RIGHT NO_SUCH_SALE OFFLINE_BURN OVERDRAW OVER_REFUND PARTNER_UNKNOWN REASON_MISSING
REFERRAL_CAP REWARD_UNKNOWN SELF_REFERRAL VERSION_UNKNOWN""".split()
DECLINED = """CARD_REQUIRED CODE_EXPIRED CODE_NOT_YET CODE_UNKNOWN EXCLUDED_ITEM GROUP_EXPIRED MIN_BASKET NOT_ELIGIBLE NOT_ENROLLED SALE_PERIOD
TOO_SOON VELOCITY""".split()


def codes():
    """Codes in the sources of evaluator, taps and templates."""
    found = set()
    for path in [*(ROOT / "cardos" / "offers").glob("*.py"), *(ROOT / "cardos" / "taps").rglob("*.py")]:
        found.update(RAISED.findall(path.read_text("utf-8")))
    for path in (ROOT / "host_tools" / "offers" / "templates").glob("*.py"):
        text = path.read_text("utf-8")
        found.update(code for code in REASON.findall(text) if code not in re.findall(r"(?m)^([A-Z_]+)\b", text))
    return found - {"OFFER", "PACK"}  # of files that people wrote: told with their own sentence


@pytest.mark.parametrize("code", sorted(codes() | set(REFUSED) | set(DECLINED)))
def test_a_code_has_a_sentence_and_a_remedy(code):
    message, hint = words(code)
    assert code in WORDS and message.endswith(".") and hint.endswith("."), (message, hint)


def test_the_sources_were_read():
    assert {"OVERDRAW", "SALE_PERIOD", "CARD_FULL", "GROUP_EXPIRED"} <= codes() and len(codes()) > 30


def test_what_was_left_out_of_a_sale_is_said(served, till):
    run_pack(served.home, {**row_pack("E02"), "currency": "EUR"})
    till.tap(kind="issue")
    line = [{"sku": "a", "category": "coffee", "qty": 1, "unit_price": 450}]
    answer = till.tap(kind="sell", lines=line, code="NOPE")
    assert (answer["outcome"], answer["declined"], answer["paid"]) == ("done", "CODE_UNKNOWN", 450)
    assert answer["message"].startswith("There is no such code.")


def test_a_running_daemon_takes_a_new_pack_at_its_next_tap(served, till):
    till.tap(kind="issue")
    assert till.tap(kind="sell", amount=350)["counters"] == {"stamps": 1}
    for number, earned in ((2, 2), (3, 4), (4, 6)):  # quickly one after the other: within one tick of a file system's clock
        pack = {**row_pack("A01", number), "currency": "EUR"}
        pack["rules"] = {**pack["rules"], "earn": [{**pack["rules"]["earn"][0], "on": ["coffee"], "per": 1}]}
        run_pack(served.home, pack)
        answer = till.tap(kind="sell", lines=[{"sku": "a", "category": "coffee", "qty": earned, "unit_price": 450}])
        assert answer["earned"] == {"stamps": earned}
        assert till.get("/api/v1/state")["shop"]["pack"] == number


@pytest.mark.parametrize("event, status", [({"on": "enrol", "group": "staff"}, 403), ({"on": "grant", "campaign": "spring"}, 403), ({"on": "enrol"}, 202)])
def test_a_group_and_a_credit_are_a_manager_s_word(served, event, status):
    headers = {"Authorization": "Bearer " + served.shop.tokens.passing("pos", "cashier"), "Idempotency-Key": "k-1"}
    answer = httpx.post(served.service.url + "/api/v1/intents", json={"kind": "event", "event": event}, headers=headers)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("event, code", [({"on": "enrol", "terminal": 9}, "EVENT"), ({"on": "return", "item": "jar", "qty": 1001}, "BAD_AMOUNT")])
def test_what_an_event_says_in_vain_is_refused(till, event, code):
    problem = till.wish(kind="event", event=event, status=422)
    assert problem["code"] == code and problem["hint"]
