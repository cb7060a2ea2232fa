"""The daemon on the real reader stacks: PC/SC with a private pcscd that dies and returns, and a serial PN532 opened for one wish."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.soft_hardware.private_pcscd import PrivatePcscd
from tests import needs, soft_lab
from tests.daemon.till import PATIENCE_S, Till

STAMPD = str(Path(sys.executable).with_name("stampd"))


@contextlib.contextmanager
def daemon(home, environment):
    """`stampd serve` on a free port as a process; gives its `Till`."""
    subprocess.run([STAMPD, "--home", str(home), "keys", "init", "--test"], check=True, capture_output=True)
    process = subprocess.Popen([STAMPD, "--home", str(home), "serve", "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        process.stdout.readline()
        where = json.loads((home / "daemon.json").read_text())
        with contextlib.closing(Till("http://127.0.0.1:%d" % where["port"], where["token"])) as till:
            yield till
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


@pytest.fixture
def pcscd():
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    with PrivatePcscd(["Lane 0"]) as running:
        yield running


def readers(till):
    return {reader["name"]: reader["state"] for reader in till.get("/api/v1/state")["readers"]}


def test_a_tap_through_pcsc(tmp_path, pcscd):
    card = soft_lab.new_card(tmp_path / "card.json")
    with daemon(tmp_path / "home", pcscd.environment()) as till:
        till.until(lambda: readers(till), lambda seen: any("Lane 0" in name for name in seen))
        intent = till.wish(kind="issue")
        with soft_lab.serving(card, pcscd.attach(0)):
            assert till.finished(intent)["answer"]["outcome"] == "done"
            answer = till.finished(till.wish(kind="sell", amount=450))["answer"]  # the card still lies there
            assert (answer["outcome"], answer["counters"]) == ("done", {"stamps": 1})
        till.until(lambda: set(readers(till).values()), lambda states: states == {"empty"})


def test_a_torn_sale_is_settled_when_the_card_comes_back(tmp_path, pcscd):
    card = soft_lab.new_card(tmp_path / "card.json")
    with daemon(tmp_path / "home", pcscd.environment()) as till:
        intent = till.wish(kind="issue")
        with soft_lab.serving(card, pcscd.attach(0)):
            till.finished(intent)
        till.until(lambda: set(readers(till).values()), lambda states: states == {"empty"})
        intent = till.wish(kind="sell", amount=450)
        with soft_lab.serving(card, pcscd.attach(0), "--tear", "9:half"):
            assert till.finished(intent)["answer"]["outcome"] == "in_doubt"
        till.until(lambda: set(readers(till).values()), lambda states: states == {"empty"})
        with soft_lab.serving(card, pcscd.attach(0)):
            settled = till.finished(intent, lambda shape: shape["settled"])["answer"]
        assert (settled["outcome"], settled["counters"]) == ("done", {"stamps": 1})


def test_the_smart_card_service_dies_and_returns(tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    link = tmp_path / "pcscd.comm"
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(link)}
    card = soft_lab.new_card(tmp_path / "card.json")
    with contextlib.ExitStack() as stack:
        with PrivatePcscd(["Lane 0"]) as first:
            link.symlink_to(first.socket_path)
            till = stack.enter_context(daemon(tmp_path / "home", environment))
            till.until(lambda: set(readers(till).values()), lambda states: states == {"empty"})
        till.until(lambda: set(readers(till).values()), lambda states: states == {"gone"})
        link.unlink()
        with PrivatePcscd(["Lane 0"]) as second:
            link.symlink_to(second.socket_path)
            till.until(lambda: set(readers(till).values()), lambda states: states == {"empty"})
            intent = till.wish(kind="issue")
            with soft_lab.serving(card, second.attach(0)):
                assert till.finished(intent)["answer"]["outcome"] == "done"
        stack.close()


def test_a_serial_reader_is_opened_for_one_wish(tmp_path):
    needs.needs_module("nfc")
    card, link, home = soft_lab.new_card(tmp_path / "card.json"), tmp_path / "reader", tmp_path / "home"
    with daemon(home, dict(os.environ)), soft_lab.serving(card, "pn532:%s" % link):
        for words, stamps in ((("issue",), 0), (("sell", "--amount", "4.50"), 1)):
            command = [STAMPD, "--home", str(home), "card", *words, "--reader", "pn532:%s" % link, "--json"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
            assert done.returncode == 0, done
            assert json.loads(done.stdout)["counters"] == {"stamps": stamps}
