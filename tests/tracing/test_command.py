"""`stampd card trace`: what a person sees, and a file that says the tap again."""

import json

import pytest

from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.tracing.dialogue import parsed
from host_tools.tracing.replay import KeysFill, ReplayLink
from tests import needs, soft_lab

UID = "04A1B2C3D4E5F6"


@pytest.fixture
def at_reader(home, stampd, tmp_path):
    """The reader's options, with an issued NTAG215 on it."""
    needs.needs_module("nfc")
    card, link = soft_lab.new_card(tmp_path / "card.json", "ntag215", UID), "pn532:%s" % (tmp_path / "reader")
    stampd("keys", "init", "--test")
    with soft_lab.serving(card, link):
        stampd("card", "issue", "--reader", link)
        yield ("--reader", link)


def test_words_bytes_and_times(stampd, at_reader):
    said = stampd("card", "trace", *at_reader).out
    assert "FAST_READ pages 00 to 21" in said and "> 3a0021" in said and "136 bytes" in said
    assert "exchanges: air" in said and "by the model, reader" in said and "ntag215" in said
    line = json.loads(stampd("card", "trace", *at_reader, "--json").out)["trace"][0]
    assert line["air_ms"] > 10 and line["reader_ms"] >= 0 and line["host_ms"] == 0 and "**" in line["answered"]


def test_a_file_that_says_the_tap_again(stampd, at_reader, home, tmp_path):
    file = tmp_path / "card.trace"
    said = stampd("card", "trace", "--out", file, *at_reader).out
    assert "card.trace: 1." in said and ">" not in said and UID in said
    (tap,) = parsed(file.read_text())
    with Home.open(home) as opened:
        link = ReplayLink(tap, KeysFill(opened.keys, opened.keys.scheme, "ntag215", bytes.fromhex(UID)))
        answer = TapDesk(opened).perform(Wish(**tap.told["wish"]), link)
    link.finished()
    assert (answer["outcome"], answer["card_number"], answer["uid"]) == ("done", 1, UID)


def test_a_file_that_cannot_be_written(stampd, at_reader, tmp_path):
    refused = stampd("card", "trace", "--out", tmp_path / "nowhere" / "card.trace", *at_reader, "--json", code=1)
    assert json.loads(refused.out)["refused"] == "TRACE_FILE"
