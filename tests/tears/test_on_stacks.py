"""The same cuts on the real stacks: over pcscd (sixteen vpcd readers at once, eight a service) and over an emulated PN532 with nfcpy's driver.

A sample drawn with the run's seed, most of it sales and redemptions; everything of every flow with --tears=all. Classic is PC/SC only.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import needs, soft_lab
from tests.tears import lanes, tally
from tests.tears.flows import ALIKE, FAMILIES, cuts_of, flows_of
from tests.tears.stories import STORIES
from tests.whole_system.shop_lab import PRESENTATIONS

SALES = ("earn", "redeem", "sell and redeem")
SALES_SAMPLE = 36  # of each of these flows, of each family, on each stack
OTHERS_SAMPLE = 3  # of each other flow
SERVICES = 2  # pcscd processes, as one has room for eight readers
NAMES = [story.__name__ for story in STORIES]
LOADED_KEYS = 4  # Classic: a reader is told its keys by exchanges of their own


@pytest.fixture
def draw(shops, rng, tears_all):
    """draw(stack, families): the cases to run; each cut with one story in turn, with all of them in `make tears`."""
    def of(stack, families):
        chosen = []
        for family in families:
            shop, staged = shops(family)
            for flow in flows_of(family):
                possible = cuts_of(shop, staged[flow.stage], flow.wish)
                if family == "classic-1k" and possible:
                    last = possible[-1][0]
                    possible += [(last + 1 + more, mode) for more in range(LOADED_KEYS) for number, mode in possible if number == last]
                wanted = SALES_SAMPLE if flow.name in SALES else OTHERS_SAMPLE
                if family in ALIKE:
                    wanted = OTHERS_SAMPLE
                cuts = possible if tears_all else rng.sample(possible, min(wanted, len(possible)))
                for place, (number, mode) in enumerate(cuts):
                    chosen += [[family, flow.name, name, number, mode] for name in (NAMES if tears_all else [NAMES[place % len(NAMES)]])]
                tally.count("%s, %s" % (stack, family), len(cuts), len(possible))
        rng.shuffle(chosen)
        return chosen
    return of


@pytest.mark.timeout(0)
def test_over_nfcpy_and_an_emulated_pn532(draw, judge, seed):
    needs.needs_module("nfc")
    _run("nfcpy", draw("nfcpy", [family for family in FAMILIES if family != "classic-1k"]), judge, seed, SERVICES)


@pytest.mark.timeout(0)
def test_over_pcscd_and_vpcd(draw, judge, seed):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    _run("pcscd", draw("pcscd", FAMILIES), judge, seed, SERVICES)


def _run(stack, cases, judge, seed, processes):
    with ThreadPoolExecutor(processes) as pool:
        results = list(pool.map(lambda n: _in_a_process(stack, cases[n::processes], seed + n), range(processes)))
    failed = [failure for found, _ in results for failure in found]
    for family, *_ in [case for _, idle in results for case in idle]:
        tally.idle("%s, %s" % (stack, family), 1)
    judge(failed, len(cases))


def _in_a_process(stack, cases, seed):
    asked = json.dumps({"stack": stack, "cases": cases, "seed": seed})
    done = subprocess.run([sys.executable, lanes.__file__], input=asked, capture_output=True, text=True, env=_child_environment())
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def _child_environment():
    environment = dict(os.environ)
    environment.pop("PCSCLITE_CSOCK_NAME", None)
    return environment


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
