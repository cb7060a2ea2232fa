"""One day of one card as a dialogue: recorded on a soft card, replayed against the same shop. Both use TEST keys, a standing clock and
fixed random numbers, so that a tap says the same each time.

    python -m tests.tracing.days FAMILY …        record tests/tracing/dialogues/FAMILY.trace again (all of them: no name)
"""

import random
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers.soft import SoftReader
from host_tools.settings import Settings
from host_tools.tracing.dialogue import FIRST_LINE, parsed, written
from host_tools.tracing.replay import KeysFill, ReplayLink

FOLDER = Path(__file__).with_name("dialogues")
FAMILIES = ("ntag215", "ultralight-c", "ultralight-aes", "classic-1k", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3")
UID = {"classic-1k": bytes.fromhex("04a1b2c3")}
UID_7 = bytes.fromhex("04a1b2c3d4e5f6")
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=timezone.utc)
WISHES = (
    {"kind": "issue"}, {"kind": "sell", "amount": 450}, {"kind": "sell", "amount": 450}, {"kind": "undo"}, {"kind": "show"},
)  # fmt: skip


def recorded_families():
    """The families of which there is a dialogue."""
    return sorted(path.stem for path in FOLDER.glob("*.trace"))


def format_name(family):
    """What records call the family of a soft card."""
    return "ntag424" if family == "ntag424-lrp" else family


@contextmanager
def desk(counters=1):
    """A `TapDesk` of a new shop that says the same each time."""
    with tempfile.TemporaryDirectory() as folder:
        make_test_keys(folder)
        with Home.open(folder, settings=Settings(counters=counters), test_now=NOW) as home:
            home.nonces = random.Random(5).randbytes
            yield TapDesk(home)


def record(family, counters=1):
    """The text of a card's day."""
    card = new_card(family, UID.get(family, UID_7), noise=Noise(1))
    text = FIRST_LINE + "\n# A day of a soft %s with TEST keys; recorded by python -m tests.tracing.days %s\n" % (family, family)
    with desk(counters) as at:
        for wish in WISHES:
            reader = SoftReader()
            reader.put(card)
            answer = at.perform(Wish(**wish), reader, wait_s=0, tracing=True)
            reader.remove()
            if answer["outcome"] != "done":
                raise RuntimeError("%s: %s" % (wish["kind"], answer["message"]))
            text += "\n" + written({**answer["presented"], "wish": wish}, answer["trace"], times=False)
    return text


def replay(family, text, counters=1):
    """[answer, ...] of the same wishes, with the dialogue in the card's place. Raises NotInTheTrace."""
    found = []
    with desk(counters) as at:
        keys = at.home.keys
        fill = KeysFill(keys, keys.scheme, format_name(family), UID.get(family, UID_7))
        for tap in parsed(text):
            link = ReplayLink(tap, fill)
            found.append(at.perform(Wish(**tap.told["wish"]), link))
            link.finished()
    return found


def main(names):
    for family in names or FAMILIES:
        (FOLDER / (family + ".trace")).write_text(record(family), "utf-8")
        print("recorded " + family)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
