"""Options of `stampd card` that are no such thing: one document with --json, a sentence without; never a fault, and no card is asked for."""

import json

import pytest
from click.testing import CliRunner

from host_tools.cli.main import stampd

WRONG = (
    (("sell", "--amount", "5", "--spend", "points=-1"), "BAD_SPEND"),
    (("sell", "--amount", "5", "--spend", "points"), "BAD_SPEND"),
    (("sell", "--amount", "5", "--spend", "points=\u00b2"), "BAD_SPEND"),
    (("sell", "--amount", "5", "--spend", "points=1", "--spend", "points=1"), "BAD_SPEND"),
    (("sell", "--amount", "5", "--discount", "x"), "BAD_AMOUNT"),
    (("sell", "--amount", "five"), "BAD_AMOUNT"),
    (("sell", "--line", "latte:coffee:\u00b2:1"), "BAD_LINE"),
    (("sell", "--line", "latte:coffee:1:\u00b2"), "BAD_LINE"),
    (("sell", "--amount", "5", "--sale", "two words"), "BAD_REFERENCE"),
    (("refund", "--sale", "R-1", "--line", "latte"), "BAD_LINE"),
    (("refund", "--sale", "R-1", "--ref", ""), "BAD_REFERENCE"),
    (("refund",), "NO_SUCH_SALE"),
    (("event", "{"), "EVENT"),
    (("event", "[" * 100000), "EVENT"),
    (("event", "[]"), "EVENT"),
    (("event", '{"on": []}'), "EVENT"),
    (("event", '{"on": "enrol", "at": "1999-01-01"}'), "EVENT"),
    (("event", '{"on": "enrol", "phone": "+371"}'), "EVENT"),
    (("event", '{"on": "return", "item": "jar", "qty": 8000000}'), "BAD_AMOUNT"),
    (("issue", "--opening", "stamps"), "BAD_OPENING"),
    (("receipt", "two words"), "BAD_REFERENCE"),
)


@pytest.fixture
def run(home):
    """Commands in this process at a home with TEST keys."""

    def run(*words):
        return CliRunner().invoke(stampd, words, catch_exceptions=False)

    run("keys", "init", "--test")
    return run


@pytest.mark.parametrize("words, code", WRONG, ids=lambda value: value if isinstance(value, str) else " ".join(value)[:30])
def test_a_wrong_option_is_told(run, words, code):
    wait = () if words[0] == "receipt" else ("--wait", "0")
    told = run("card", *words, *wait, "--json")
    document = json.loads(told.stdout)
    assert (told.exit_code, document["outcome"], document["refused"]) == (1, "refused", code)
    assert document["message"] and document["hint"]
    plain = run("card", *words, *wait)
    assert plain.exit_code == 1 and document["message"].split(chr(10))[0] in plain.output and "fault" not in plain.output.lower()
