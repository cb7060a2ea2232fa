"""The same cuts on the real stacks: over pcscd (eight vpcd readers at once) and over an emulated PN532 with nfcpy's driver.

All of sell and redeem on both; the other flows as a sample drawn with the run's seed, whole with --tears=all.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests import needs, soft_lab
from tests.tears import lanes, tally
from tests.tears.flows import CUTS, FLOWS, length_of
from tests.tears.stories import STORIES
from tests.whole_system.shop_lab import PRESENTATIONS

WHOLE = ("earn", "redeem")
SAMPLE = 6  # of each other flow, on each stack
SHOWN = 5
NAMES = [story.__name__ for story in STORIES]


@pytest.fixture(scope="module")
def exchanges(shop, staged):
    """{flow: how many exchanges it has}"""
    return {flow.name: length_of(shop, staged[flow.stage], flow.wish) for flow in FLOWS}


@pytest.fixture
def cases(request, exchanges, rng, tears_all):
    """cases(stack, stories): the list to run; each cut with one of so many stories in turn, with all of them in `make tears`."""
    def draw(stack, stories):
        chosen = []
        for flow in FLOWS:
            possible = [(number, mode) for number in range(exchanges[flow.name]) for mode in CUTS]
            cuts = possible if tears_all or flow.name in WHOLE else rng.sample(possible, SAMPLE)
            for place, (number, mode) in enumerate(cuts):
                told = NAMES if tears_all else [NAMES[(place + n) % len(NAMES)] for n in range(stories)]
                chosen += [[flow.name, name, number, mode] for name in told]
            tally.count("%s, %s" % (stack, flow.name), len(cuts), len(possible))
        rng.shuffle(chosen)
        return chosen
    return draw


@pytest.mark.timeout(0)
def test_over_nfcpy_and_an_emulated_pn532(cases, seed):
    needs.needs_module("nfc")
    _judge(lanes.run_pn532(cases("nfcpy", 2), seed))


@pytest.mark.timeout(0)
def test_over_pcscd_and_vpcd(cases, seed):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    asked = json.dumps({"cases": cases("pcscd", 1), "seed": seed})
    done = subprocess.run([sys.executable, lanes.__file__], input=asked, capture_output=True, text=True, env=_child_environment())
    assert done.returncode == 0, done.stderr[-3000:]
    _judge(json.loads(done.stdout))


def _child_environment():
    environment = dict(os.environ)
    environment.pop("PCSCLITE_CSOCK_NAME", None)
    return environment


def _judge(failed):
    for _, *violations in failed:
        tally.broken(violations)
    assert not failed, "%d cases\n%s" % (len(failed), "\n".join(text for text, *_ in failed[:SHOWN]))


# --- the commands themselves ----------------------------------------------------------------------------------------

# A cut before the intent, in the record, at its MAC, at the last trailer, and a corrupted answer.
BY_COMMAND = ((0, "not-sent"), (3, "answer-lost"), (6, "half:weak"), (12, "half:garbage"), (5, "corrupt"))


@pytest.mark.parametrize("number, mode", BY_COMMAND, ids=lambda value: str(value))
def test_the_commands_over_a_serial_line(number, mode, home, stampd, tmp_path):
    link = tmp_path / "pn532"
    _by_command(stampd, tmp_path, "pn532:%s" % link, {}, ["--reader", "pn532:%s" % link], number, mode)


def test_the_commands_over_pcsc(home, stampd, tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    from host_tools.soft_hardware.private_pcscd import PrivatePcscd

    with PrivatePcscd(["Lane 0"]) as pcscd:
        environment = {"PCSCLITE_CSOCK_NAME": pcscd.socket_path}
        for number, mode in BY_COMMAND[1:4]:
            folder = tmp_path / str(number)
            folder.mkdir()
            shutil.rmtree(home)
            _by_command(stampd, folder, pcscd.attach(0), environment, [], number, mode)


def _by_command(stampd, folder, attach, environment, reader, number, mode):
    """Issue, then a sale that is cut, then the very command that the answer names (or the same one): one stamp."""
    card = folder / "card.json"

    def run(*words, code=0):
        return stampd(*words, *reader, "--json", code=code, env=environment).json

    stampd("keys", "init", "--test")
    stampd("softcard", "new", "--family", "ntag215", "--uid", "04A1B2C3D4E5F6", card)
    with soft_lab.serving(card, attach):
        assert run("card", "issue")["outcome"] == "done"
    with soft_lab.serving(card, attach, "--tear", "%d:%s" % (number, mode), "--again", "0.5"):
        sell = ["card", "sell", "--amount", "4.50", "--sale", "R-1"]
        first = last = run(*sell, code=None)
        assert first["exchanges"] == number + 1 or mode == "corrupt"
        for _ in range(PRESENTATIONS):  # pcscd may show the card for a moment although it is gone: then the doubt stays
            if last["outcome"] == "done":
                break
            last = run(*(last["repeat"].split()[1:] if last["outcome"] == "in_doubt" else sell), code=None)
        assert (last["outcome"], last["counters"], last["sale"]) == ("done", {"stamps": 1}, "R-1")
        if first["outcome"] == "in_doubt":
            assert last["settled"] == [{"sale": "R-1", "outcome": "landed", "operation": "earn"}]
        assert run("card", "show")["counters"] == {"stamps": 1}
    assert stampd("ledger", "verify", "--json").json["ok"]
