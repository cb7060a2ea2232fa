"""Readers and cards coming and going, and the two commands that tell it."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from cardos.soft_cards.registry import new_card
from host_tools.cli.readers import readers, watch
from host_tools.readers.soft import SoftReader
from host_tools.readers.watch import PcscWatch, watch_reader
from tests import soft_lab
from tests.readers.conftest import private_pcscd
from tests.readers.fake_scard import NAME, FakeScard
from tests.readers.vpcd_card import UID_A, UID_B, VpcdCard, storage_card

HANG_GUARD_S = 30


class Seen:
    """Events of a watch, collected on a thread."""

    def __init__(self, watching):
        self._watching, self._stop, self._news, self.events = watching, threading.Event(), threading.Condition(), []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        for event in self._watching.events(self._stop):
            with self._news:
                self.events.append((event["event"], event["reader"]))
                self._news.notify_all()

    def until(self, *wanted):
        with self._news:
            assert self._news.wait_for(lambda: self.events[-len(wanted):] == list(wanted), HANG_GUARD_S), self.events
            del self.events[:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._watching.wake()
        self._thread.join(HANG_GUARD_S)
        assert not self._thread.is_alive()


def test_cards_readers_and_the_service_come_and_go():
    with private_pcscd(["Lane 0"]) as pcscd, Seen(PcscWatch()) as seen:
        first, second = "Lane 0 00 00", "Lane 0 00 01"
        seen.until(("reader_added", first), ("reader_added", second))
        with VpcdCard(pcscd.ports[0], storage_card().transceive):
            seen.until(("card_in", first))
        seen.until(("card_out", first))
        pcscd.stop(signal.SIGKILL)
        seen.until(("service_gone", None), ("reader_removed", first), ("reader_removed", second))
        pcscd.start()
        seen.until(("service_back", None), ("reader_added", first), ("reader_added", second))


def test_two_watches_and_a_tap_do_not_disturb_each_other():
    from host_tools.readers.pcsc import PcscReader

    with private_pcscd(["Lane 0"]) as pcscd, Seen(PcscWatch()), Seen(PcscWatch()) as seen, PcscReader(pcscd.reader_names[0]) as reader:
        with VpcdCard(pcscd.ports[0], storage_card(UID_B).transceive) as card, reader.wait_for_card(HANG_GUARD_S) as link:
            seen.until(("card_in", "Lane 0 00 00"))
            for _ in range(20):
                assert link.exchange(b"\x30\x00", 5)[:3] == UID_B[:3]
            assert len(card.apdus) == 20


def test_a_card_away_and_back_between_two_looks_is_two_events():
    api = FakeScard()
    with Seen(PcscWatch(api)) as seen:
        seen.until(("card_in", NAME))
        with api._changed:
            api.counter += 2
            api._changed.notify_all()
        seen.until(("card_out", NAME), ("card_in", NAME))


def test_a_reader_that_is_not_behind_pcsc_is_watched_by_its_waits():
    reader, stop = SoftReader(), threading.Event()
    events = watch_reader(reader, stop)
    assert next(events)["event"] == "reader_added"
    reader.put(new_card("ntag215", UID_A))
    assert next(events) == {"event": "card_in", "reader": "Soft reader", "card": {"uid": UID_A.hex(), "kind": "type2"}}
    reader.remove()
    assert next(events)["event"] == "card_out"
    stop.set()
    assert list(events) == []


def run(command, *words):
    return CliRunner().invoke(command, words)


def test_readers_prints_one_document_and_plain_words():
    with private_pcscd(["Lane 0"]) as pcscd, VpcdCard(pcscd.ports[0], storage_card().transceive):
        assert soft_lab.wait_until(lambda: json.loads(run(readers, "--json").stdout)[0]["state"] == "card")
        rows = json.loads(run(readers, "--json", "--reader", "Lane 0 00 00").stdout)
        assert [(row["name"], row["kind"], row["state"]) for row in rows] == [("Lane 0 00 00", "pcsc", "card")]
        assert "a card: Ultralight or NTAG" in run(readers).stdout


def test_readers_with_an_unknown_name_is_one_refusal():
    with private_pcscd(["Lane 0"]):
        done = run(readers, "--json", "--reader", "Nowhere")
        answer = json.loads(done.stdout)
        assert (done.exit_code, answer["refused"]) == (1, "READER_NOT_FOUND") and "Lane 0 00 00" in answer["hint"]


def test_readers_without_a_service_is_an_empty_list(monkeypatch):
    with private_pcscd(["Lane 0"]) as pcscd:
        pcscd.stop(signal.SIGKILL)
        done = run(readers, "--json")
        assert (done.exit_code, json.loads(done.stdout)) == (0, [])
        assert "pcscd" in run(readers).stdout


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_watch_prints_lines_and_ends_on_ctrl_c(options):
    """Also while nothing happens: libpcsclite itself goes on waiting after a signal. (A run in the background has the signal ignored.)"""
    with private_pcscd(["Lane 0"]):
        program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from host_tools.cli.readers import watch; watch()"
        child = subprocess.Popen([sys.executable, "-u", "-c", program, *options], stdout=subprocess.PIPE, text=True, cwd=soft_lab.ROOT, env=os.environ)
        lines = [child.stdout.readline() for _ in range(2)]
        child.send_signal(signal.SIGINT)
        assert child.wait(HANG_GUARD_S) == 0
        child.stdout.close()
    if options:
        assert [json.loads(line)["event"] for line in lines] == ["reader_added"] * 2
    else:
        assert lines[0] == "reader Lane 0 00 00 is there\n"


def test_help_has_an_example():
    for command in (readers, watch):
        assert "Example" in run(command, "--help").stdout
