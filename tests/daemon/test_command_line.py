"""`stampd serve`, `demo` and `doctor` as a person runs them, and card commands that go through the daemon of their home."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.daemon.client import find_daemon
from host_tools.daemon.sales import receipt_text
from tests.daemon.till import PATIENCE_S

STAMPD = [str(Path(sys.executable).with_name("stampd"))]


@pytest.fixture
def running(free_port):
    """Start `stampd WORDS --port N`; ended with SIGTERM, which must be a clean end."""
    started = []

    def start(*words):
        process = subprocess.Popen([*STAMPD, *words, "--port", str(free_port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        process.first_line = process.stdout.readline()
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0


def test_demo_once_tells_a_day(stampd):
    day = stampd("demo", "--once")
    for words in ("1 of 10 stamps, 9 to go", "10 of 10 stamps: free coffee ready", "do not hand over", "undone already",
                  "chain and heads verified", "in doubt 0"):
        assert words in day.out, day
    assert day.err == ""


def test_demo_once_without_pyscard(stampd, tmp_path):
    (tmp_path / "smartcard.py").write_text("raise ImportError('not here')\n")
    day = stampd("demo", "--once", "--json", env={"PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])}).json
    assert day["ok"] and day["ledger"]["ok"]
    assert [step["outcome"] for step in day["steps"]].count("in_doubt") == 2


def test_the_demo_opens_with_history(running):
    import httpx

    opened = json.loads(running("demo", "--json").first_line)
    state = httpx.get(opened["url"] + "/api/v1/state", headers={"Authorization": "Bearer " + opened["token"]}).json()
    assert state["demo"] and state["shop"]["test_keys"] and state["today"]["doubts"] == 0
    cards = httpx.get(opened["url"] + "/api/v1/demo", headers={"Authorization": "Bearer " + opened["token"]}).json()["cards"]
    assert [card["blank"] for card in cards].count(False) >= 3 and [card["blank"] for card in cards].count(True) >= 2


def test_a_taken_port_is_told(stampd, home):
    stampd("keys", "init", "--test")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = stampd("serve", "--port", port, code=1)
        assert "Port %d on 127.0.0.1 is in use" % port in run.err and "--port" in run.err and "Traceback" not in run.err
        assert stampd("demo", "--json", "--port", port, code=1).json["refused"] == "PORT_TAKEN"


def test_serving_prints_the_tills_link_once(running, stampd, home):
    stampd("keys", "init", "--test")
    process = running("serve")
    assert "is open: http://127.0.0.1:" in process.first_line
    assert "/?token=" in process.stdout.readline()
    assert find_daemon(home) is not None
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Stopped in order" in out and "token" not in err
    assert find_daemon(home) is None
    assert stampd("ledger", "verify").code == 0


def test_clients_are_added_and_removed(stampd, home):
    stampd("keys", "init", "--test")
    added = stampd("serve", "--add-client", "pos", "--role", "cashier")
    assert "shown only now" in added.out
    assert "already" in stampd("serve", "--add-client", "pos", code=1).err
    stampd("serve", "--remove-client", "pos")
    assert "no client" in stampd("serve", "--remove-client", "pos", code=1).err


def test_a_home_without_keys_is_told(stampd, home):
    run = stampd("serve", code=1)
    assert "keys init" in run.err and "Traceback" not in run.err


def test_card_commands_go_through_the_daemon(serve, stampd, monkeypatch):
    served = serve()
    monkeypatch.setenv("STAMPD_HOME", str(served.home.path))
    served.till.present()
    assert stampd("card", "issue", "--json").json["outcome"] == "done"
    answer = stampd("card", "sell", "--line", "latte:coffee:2:450", "--sale", "R-1", "--json").json
    assert (answer["outcome"], answer["counters"], answer["sale"]) == ("done", {"stamps": 2}, "R-1")
    assert stampd("card", "sell", "--line", "latte:coffee:2:450", "--sale", "R-1", "--json").json["replayed"]
    assert [row["operation"] for row in stampd("card", "history", "--json").json] == ["issue", "earn"]
    assert "trace" in stampd("card", "trace", "--json").json
    slip = stampd("card", "receipt", "R-1", "--svg", served.home.path / "slip.svg", "--json").json
    assert slip["receipt"] == receipt_text(served.home, "R-1") and (served.home.path / "slip.svg").exists()
    assert stampd("card", "receipt", "R-9", "--json", code=1).json["refused"] == "NO_SUCH_SALE"
    served.till.remove()
    gone = stampd("card", "show", "--wait", "0.1", "--json", code=1)
    assert gone.json["refused"] == "NO_CARD"
    assert stampd("card", "sell", "--amount", "4.50", "--reader", "no such reader", "--json", code=1).json["refused"] in ("READER_NOT_FOUND", "NO_READER")


def test_doctor_tells_what_is_missing(stampd, home):
    verdicts = {check["check"]: check for check in stampd("doctor", "--json", code=1).json["checks"]}
    assert verdicts["keys"]["verdict"] == "fail" and "keys init" in verdicts["keys"]["hint"]
    stampd("keys", "init", "--test")
    found = stampd("doctor", "--json", code=None).json
    verdicts = {check["check"]: check["verdict"] for check in found["checks"]}
    assert verdicts["keys"] == "warn" and verdicts["ledger"] == "ok" and verdicts["disk"] in ("ok", "warn")


def test_doctor_refuses_test_keys_in_production_and_a_broken_ledger(stampd, home):
    stampd("keys", "init", "--test")
    (home / "shop.toml").write_text("production = true\n")
    run = stampd("doctor", code=1)
    assert "FAIL  keys" in run.out and "TEST keys" in run.out
    (home / "shop.toml").write_text("stamps_needed = -1\n")
    assert "FAIL  settings" in stampd("doctor", code=1).out
    (home / "shop.toml").unlink()
    (home / "ledger.sqlite").write_bytes(b"rubbish")
    assert "FAIL  ledger" in stampd("doctor", code=1).out


def test_doctor_without_a_home(stampd, tmp_path):
    checks = stampd("--home", tmp_path / "none", "doctor", "--json", code=None).json["checks"]
    assert checks[-1]["check"] == "home" and "keys init" in checks[-1]["hint"]
