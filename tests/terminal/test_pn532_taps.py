"""Real taps on the emulated PN532, through the board's driver on CPython and on MicroPython's unix port, and through the host's link:
the same outcomes with the same exchanges. The board program and its script are one file, pn532_taps.py."""

import json
import subprocess
import sys

import pytest

from cardos import tap_runner
from cardos.soft_cards.registry import load_card
from host_tools.readers.find import open_reader
from host_tools.soft_hardware.card_file import CardFile
from tests import needs, soft_lab
from tests.portable.shop import Shop
from tests.terminal.pn532_taps import deal, taps

PROGRAM = soft_lab.ROOT / "tests" / "terminal" / "pn532_taps.py"
HEAP = "heapsize=1m"  # the shop of the tests and the parser of 60 modules are in it too
RUN_MAX_S = 60

# The factory key of a DESFire is DES, which boards have not: such a card is issued before.
STORIES = {"ntag215": "issue,sell,sell:auto,read", "ntag424": "sell,sell:auto,read", "desfire-ev2": "sell,sell:auto,read"}


def card_for(family, folder):
    """A card file: issued with 9 stamps, or blank where the story issues it."""
    path = soft_lab.new_card(folder / "card.json", family)
    if "issue" not in STORIES[family]:
        shop = Shop(family)
        assert type(shop.issue({1: (9, 0)})).__name__ == "Done"
        shop.card.field_off()
        CardFile.create(path, load_card(json.loads(json.dumps(shop.card.state()))), overwrite=True)
    return path


def host_taps(family, folder):
    """The story through nfcpy, as the daemon reads cards."""
    needs.needs_module("nfc")
    link_path = folder / "reader"
    shop = Shop(family)
    with soft_lab.serving(card_for(family, folder), "pn532:%s" % link_path), open_reader("pn532:%s" % link_path) as reader:

        def presentation(wish):
            with reader.wait_for_card(RUN_MAX_S) as link:
                return deal(shop, tap_runner.run(wish, link, shop)), link.exchanges

        return list(taps(shop, presentation, STORIES[family].split(",")))


def board_taps(interpreter, family, folder, *options):
    link_path = folder / "reader"
    with soft_lab.serving(card_for(family, folder), "pn532:%s" % link_path):
        done = subprocess.run([*interpreter, str(PROGRAM), str(soft_lab.ROOT), str(link_path), family, STORIES[family], *options],
                              capture_output=True, text=True, timeout=RUN_MAX_S, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def micropython():
    return [needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)"), "-X", HEAP]


@pytest.mark.parametrize("family", STORIES)
def test_a_board_taps_with_the_exchanges_of_the_host(family, tmp_path):
    expected = host_taps(family, tmp_path)
    assert all(" Done " in line for line in expected) and expected[-1].endswith(" 1"), expected
    assert board_taps(micropython(), family, tmp_path) == expected
    if family == "ntag215":  # the driver is the same file; one family shows that CPython's asyncio runs it too
        assert board_taps([sys.executable], family, tmp_path) == expected
    if family == "ntag424":  # a faster rate costs no exchange
        assert board_taps(micropython(), family, tmp_path, "424") == expected
