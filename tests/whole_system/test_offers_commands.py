"""Acceptance rows by commands on an emulated PN532: install, issue, sell, refund, event; the receipt goes to another home. No network."""

import json
import re

import pytest
from click.testing import CliRunner

from host_tools.cli.main import stampd as command_line
from host_tools.offers.signing import sign_pack
from host_tools.provisioning.keys import test_keys
from tests.offers.compare import differences
from tests.offers.shop_with_pack import ROWS, result_of, row_pack

PLAYED = (("A01", 2, 4), ("A03", 1, 2), ("A06", 1, 4), ("B10", 0, 4), ("C01", 3, 3), ("C01", 6, 2), ("C04", 0, 3), ("E02", 0, 3), ("E07", 0, 2))
SEASON = (  # B02: joins with a birthday, a first big purchase, a sale in the season, its birthday
    {"at": "2026-06-01T10:00", "on": "enrol", "birthday": "08-20", "expect": {}},
    {"at": "2026-06-02T10:00", "on": "sale", "amount": 150001, "expect": {"paid": 150001, "counters": {"card_active": 1}}},
    {"at": "2026-07-31T10:00", "on": "sale", "amount": 100000, "expect": {"paid": 100000, "declined": "SALE_PERIOD"}},
    {"at": "2026-08-20T10:00", "on": "sale", "amount": 100000, "expect": {"paid": 90000, "discount": 10000}},
)


class Run:
    """What a command said. json: its one document."""

    def __init__(self, words, env):
        told = CliRunner().invoke(command_line, [str(word) for word in words], env=env)
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        self.code, self.out, self.words = told.exit_code, told.stdout, words

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def stampd(home):
    """Commands in this process: a hundred of them, and only the card is another one."""

    def run(*words, code=0, env=None):
        done = Run(words, env)
        assert code is None or done.code == code, (done.words, done.out)
        return done

    return run


def runs(counter, stampd, pack, tmp_path):
    """The home runs a pack that somebody sent."""
    path = counter.home / "shop.toml"
    stampd("card", "show", "--reader", counter.attach, "--wait", "0", code=1)  # the first command writes shop.toml
    path.write_text(re.sub("currency = .*", 'currency = "%s"\ncounters = 9' % pack["currency"], path.read_text()))
    file = tmp_path / "shop.stampdpack"
    file.write_bytes(sign_pack(pack, test_keys()))
    assert stampd("offers", "install", file, "--json").json["number"] == pack["number"]


def words_of(event, references):
    """An event as the words after `stampd card`."""
    pair = (event.get("terminal"), event.get("txn"))
    words = [] if None in pair else ["--sale", "T%d-%d" % pair]
    if event["on"] == "refund":
        lines = ["%s:%d%s" % (line["sku"], line["qty"], ":reward" if line.get("reward") else "") for line in event.get("lines", ())]
        return ["refund", "--sale", references[event["of"]], *[word for line in lines for word in ("--line", line)]]
    if event["on"] != "sale":
        said = {key: value for key, value in event.items() if key not in ("at", "expect", "terminal", "txn")}
        return ["event", json.dumps(said), *words]
    if event.get("redeem") and not event["lines"]:
        return ["redeem", "--reward", event["redeem"], *words]
    for line in event.get("lines", ()):
        words += ["--line", "%s:%s:%d:%d" % (line["sku"], line["category"], line["qty"], line["unit_price"])]
    if "amount" in event:
        words += ["--amount", "%d.%02d" % divmod(event["amount"], 100)]
    words += [word for name, units in sorted(event.get("spend", {}).items()) for word in ("--spend", "%s=%d" % (name, units))]
    words += ["--redeem", event.get("redeem", "auto")]
    for key in ("code", "partner"):
        words += ["--" + key, event[key]] if event.get(key) else []
    cashier = event.get("cashier")
    if cashier:
        words += ["--cashier", cashier["id"], "--discount", "%d.%02d" % divmod(cashier["discount_bp"], 100), "--reason", cashier.get("reason") or ""]
    return ["sell", *words]


def plays(counter, stampd, events, opening=()):
    """Play events with the card that lies there, and hold each answer against its "expect"."""
    references = {}

    def run(at, *words):
        return stampd("card", *words, "--reader", counter.attach, "--test-now", at, "--json", code=None).json

    with counter.serving():
        start = [word for name, value in opening for word in ("--opening", "%s=%d" % (name, value))]
        assert run(events[0]["at"], "issue", *start, "--reason", "paper card")["outcome"] == "done"
        for number, event in enumerate(events):
            if (event.get("cashier") or {}).get("rights") == []:
                continue  # who types commands has the right
            answer = run(event["at"], *words_of(event, references))
            references[number] = answer["sale"]
            if not answer["counters"]:
                answer["counters"] = run(event["at"], "show")["counters"]
            assert not differences(event["expect"], result_of(answer)), (number, event, answer)


@pytest.mark.parametrize("row, place, count", PLAYED)
def test_a_row_by_commands(counter, stampd, tmp_path, row, place, count):
    sequence = ROWS[row]["sequences"][place]
    runs(counter, stampd, row_pack(row, replaced=sequence.get("with")), tmp_path)
    plays(counter, stampd, sequence["events"][:count], sorted(sequence.get("start", {}).items()))


def test_a_card_of_a_first_big_purchase_rests_in_the_season(counter, stampd, tmp_path):
    runs(counter, stampd, row_pack("B02"), tmp_path)
    plays(counter, stampd, SEASON)


def test_a_receipt_is_refunded_in_another_home(counter, stampd, tmp_path):
    pack = row_pack("C01")
    runs(counter, stampd, pack, tmp_path)
    two = tmp_path / "two"
    two.mkdir()
    stampd("keys", "init", "--test", env={"STAMPD_HOME": str(two)})
    (two / "shop.toml").write_text('terminal = 2\ncurrency = "%s"\ncounters = 9\n' % pack["currency"])
    stampd("offers", "install", "--home", two, tmp_path / "shop.stampdpack")
    with counter.serving():
        counter.run("issue")
        counter.run("sell", "--line", "meal:meal:2:5000", "--sale", "R-1")
        slip = stampd("card", "receipt", "R-1", "--svg", tmp_path / "slip.svg", "--json").json
        assert slip["receipt"].startswith("STAMPD1:") and (tmp_path / "slip.svg").read_text().startswith("<?xml")
        told = counter.run("refund", "--sale", "R-1", home=two, code=1)
        assert told["refused"] == "NO_SUCH_SALE" and "receipt" in told["hint"]
        half = counter.run("refund", "--receipt", slip["receipt"], "--line", "meal:1", home=two)
        assert (half["refunded"], half["counters"]) == (5000, {"points": 10})
        assert counter.run("refund", "--receipt", slip["receipt"], home=two)["counters"] == {"points": 0}
        assert counter.run("refund", "--receipt", slip["receipt"], home=two, code=1)["refused"] == "OVER_REFUND"
    assert stampd("card", "receipt", "R-2", "--json", code=1).json["refused"] == "NO_SUCH_SALE"
