"""The firmware itself, on MicroPython's unix port with a board's heap, against the host: the same taps of the same cards leave the same
bytes on them and say the same.

The board is provisioned as any board is and stands without network, so that its clock shows the minute of its certificate and no
other. The host's side is a home with the board's own number, at that minute, that meets the cards as the board does: issued elsewhere.
"""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from cardos.records.certificate import trusted_certificate
from cardos.soft_cards.registry import load_card, new_card
from host_tools.boards.demo.board_process import BoardProcess
from host_tools.boards.demo.demo_reader import DemoReader
from host_tools.boards.demo.demo_shop import BETWEEN
from host_tools.boards.folder_device import FolderDevice
from host_tools.boards.making import make_board
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers.soft import SoftReader
from host_tools.settings import Settings
from tests import needs

FAMILIES = ("ntag213", "ntag215", "ntag216", "ultralight-aes", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3")
OPENING = 8
ANSWER_S = 20.0
EPOCH_OF_MINUTES = datetime(2026, 1, 1, tzinfo=UTC)

# What the person at the board presses, the word that is expected of the terminal, and the same wish at the host.
STORY = (
    (None, "earned", Wish(kind="sell", amount=350)),
    (None, "offer", Wish(kind="sell", amount=350)),
    ("undo", "undone", Wish(kind="undo")),
    (None, "offer", Wish(kind="sell", amount=350)),
    ("redeem", "redeemed", Wish(kind="redeem")),
    ("redeem", "refused", Wish(kind="redeem")),
    (None, "earned", Wish(kind="sell", amount=350)),
)


class Counter:
    """A shop, a board of it without network, and the host's twin of that board."""

    def __init__(self, folder, reader):
        make_test_keys(folder / "shop")
        self.shop = Home.open(folder / "shop", settings=Settings(shop="Corner Coffee"))
        device = FolderDevice(folder / "board")
        options = folder / "shop" / "boards"
        options.mkdir()
        number = self.shop.store.boards.next_terminal()
        (options / ("%d.toml" % number)).write_text('mode = "stamp"\namount = 350\nguard_s = 0\nlimits = false\n[sync]\nhow = "none"\n')
        assert make_board(self.shop, device, "counter", board="desk").terminal == number
        device.write("/data/desk.json", json.dumps({"reader": reader.named, "gone_every_ms": 5}).encode())
        kept = (folder / "board" / "data" / "kept" / "certificate").read_bytes()
        begun = EPOCH_OF_MINUTES + timedelta(minutes=trusted_certificate(kept[:-16])["from"])
        make_test_keys(folder / "twin")
        self.twin = Home.open(folder / "twin", settings=Settings(shop="Corner Coffee", terminal=number), test_now=begun)
        self.reader = reader
        self.errors = open(folder / "errors", "w")
        self.gone = threading.Event()
        self.board = BoardProcess(folder / "board", errors=self.errors, on_line=lambda line: "gone" in line and self.gone.set())
        self.folder = folder

    def power(self):
        self.board.power()
        assert self.board.wait_for(("idle",), 0, ANSWER_S), self.complaint()

    def close(self):
        self.board.close()
        self.errors.close()
        self.twin.close()
        self.shop.close()

    def complaint(self):
        return "%s\n%s\n%s" % (self.board.said()[-3:], self.board.log[-5:], (self.folder / "errors").read_text()[-800:])

    def issued(self, family, number):
        """A card of this shop with OPENING stamps."""
        card = new_card(family, b"\x04\xc0\xde" + number.to_bytes(4, "big"))
        reader = SoftReader()
        reader.put(card)
        answer = TapDesk(self.shop).perform(Wish(kind="issue", opening={"stamps": OPENING}, reason="paper card"), reader, wait_s=0)
        assert answer["outcome"] == "done", answer
        reader.remove()
        return card

    def at_the_board(self, card, press):
        """(word, facts) of one presentation."""
        after = self.board.number
        if press:
            self.board.press(press)
            assert self.board.wait_for(("idle",), after, ANSWER_S)
            after = self.board.number
        self.gone.clear()
        self.reader.put(card)
        said = self.board.wait_for_other(BETWEEN, after, ANSWER_S)
        self.reader.remove()
        assert said is not None, self.complaint()
        assert self.gone.wait(ANSWER_S), self.complaint()
        return said.word, said.facts

    def at_the_host(self, card, wish):
        reader = SoftReader()
        reader.put(card)
        answer = TapDesk(self.twin).perform(wish, reader, wait_s=0)
        reader.remove()
        return answer


@pytest.mark.parametrize("chip", ["pn532", "mfrc522"])
def test_the_firmware_leaves_the_host_s_bytes_on_every_family(chip, tmp_path):
    needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    with DemoReader(tmp_path / "reader", chip) as reader:
        counter = Counter(tmp_path, reader)
        try:
            pairs = []
            for number, family in enumerate(FAMILIES, 1):
                card = counter.issued(family, number)
                pairs.append((family, card, load_card(json.loads(json.dumps(card.state())))))
            counter.power()
            for family, mine, theirs in pairs:
                for press, expected, wish in STORY:
                    word, facts = counter.at_the_board(mine, press)
                    answer = counter.at_the_host(theirs, wish)
                    told = (family, press, word, facts, answer["outcome"], answer["refused"], counter.board.log[-3:])
                    assert word == expected, told
                    assert (word == "refused") == (answer["outcome"] == "refused"), told
                    if word == "refused":
                        assert facts["code"] == answer["refused"], told
                    else:
                        assert facts["counters"] == answer["counters"] and facts.get("rewards", []) == answer["rewards"], told
                    mine.field_off(), theirs.field_off()
                    assert memory_of(mine) == memory_of(theirs), told
        finally:
            counter.close()


def memory_of(card):
    """What the chip holds, without where its random numbers stand and what failed tries count."""
    return {name: value for name, value in card.state().items() if name not in ("noise", "random")}
