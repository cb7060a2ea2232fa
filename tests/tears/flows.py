"""The flows that are cut, and how a card of each family and a ledger come to stand before each of them.

A `Stage` is a card with its ledger, ready to be put back. A `Flow` is one wish on one stage.
"""

from collections import namedtuple

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.tears import HALF, MODES
from host_tools.readers.soft import SoftReader
from tests.whole_system import shop_lab
from tests.whole_system.shop_lab import copy_of, make_wish

FAMILIES = (
    "ntag213", "ntag215", "ntag216", "ultralight-c", "ultralight-aes", "classic-1k", "ntag424", "ntag424-lrp", "desfire-ev1",
    "desfire-ev2", "desfire-ev3",
)  # fmt: skip
ALIKE = ("ntag213", "ntag216")  # another size of the same chip: what is whole for an NTAG215 is a sample for these

# Plain `half` is one of its six outcomes, chosen by N: cutting with each of the six covers it.
CUTS = tuple(mode for mode in MODES if mode != HALF)
_HALVES = tuple(mode for mode in CUTS if mode.startswith(HALF))
# A command that changes nothing is half answered in one way; a chip that writes whole frames is left old or new, or unstable.
_UNTORN = tuple(mode for mode in CUTS if mode not in _HALVES) + (HALF + ":old",)
_WHOLE_FRAMES = tuple(mode for mode in CUTS if mode not in _HALVES) + (HALF + ":old", HALF + ":garbage", HALF + ":weak")

REF = "first"
OPENING = 14
NEW_EPOCH = 2

Stage = namedtuple("Stage", ["card", "ledger", "stamps"])

# wish: how the flow begins. change: what it does to the stamps once. again: what a repeat of the finished flow answers.
Flow = namedtuple("Flow", ["name", "stage", "wish", "change", "again"])

FLOWS = (
    Flow("issue", "blank", make_wish("issue", opening={"stamps": 4}, reason="paper card"), 4, "ALREADY_ISSUED"),
    Flow("show", "used", make_wish("show"), 0, None),
    Flow("earn on a new card", "new", make_wish(sale=REF), 1, None),
    Flow("earn", "used", make_wish(sale=REF), 1, None),
    Flow("earn three", "used", make_wish(lines=shop_lab.coffees(3), sale=REF), 3, None),
    Flow("redeem", "used", make_wish("redeem", sale=REF), -10, None),
    Flow("sell and redeem", "used", make_wish(redeem="auto", sale=REF), -9, None),
    Flow("undo", "used", make_wish("undo"), -1, "ALREADY_UNDONE"),
    Flow("undo a redemption", "redeemed", make_wish("undo"), 10, "ALREADY_UNDONE"),
    Flow("block", "used", make_wish("block", reason="lost"), 0, "ALREADY_BLOCKED"),
    Flow("unblock", "blocked", make_wish("unblock", reason="found"), 0, "NOT_BLOCKED"),
    Flow("repair", "damaged", make_wish("repair"), 0, "NOT_DAMAGED"),
    Flow("rotate", "used", make_wish("rotate", epoch=NEW_EPOCH), 0, "EPOCH_CURRENT"),
)

# The REF of the last sale of a stage.
LAST_SALE = {"used": "before", "redeemed": "reward"}

# What a flow's wish is called in the journal.
OPERATIONS = {"sell": "earn", "rotate": "migrate"}


def flow(name, named=False):
    """A flow by its name. named: an undo says which sale it takes back; without, it is the last one, whichever that is by then."""
    found = next(one for one in FLOWS if one.name == name)
    if named and found.wish.kind == "undo":
        found = found._replace(wish=make_wish("undo", sale=LAST_SALE[found.stage]))
    return found


def flows_of(family):
    """The flows that a family allows: nothing on a Classic is believed, so nothing on it can be damaged."""
    return tuple(one for one in FLOWS if not (family == "classic-1k" and one.stage == "damaged"))


def uid_of(family):
    return "a1b2c3d4" if family == "classic-1k" else shop_lab.UID


def stages(shop, family="ntag215"):
    """{name: Stage}, made by taps that go well; the ledger knows no card before and after."""
    found = {}
    shop.put_back(shop.empty)
    card = shop_lab.blank(family, uid_of(family))

    def keep(name, stamps):
        found[name] = Stage(copy_of(card), shop.save(), stamps)

    def do(**wish):
        answer = shop.tap(card, **wish)
        assert answer["outcome"] == "done", answer

    keep("blank", 0)
    do(kind="issue", opening={"stamps": OPENING}, reason="paper card")
    keep("new", OPENING)
    do()
    do(sale=LAST_SALE["used"])
    keep("used", OPENING + 2)
    do(kind="redeem", sale=LAST_SALE["redeemed"])
    keep("redeemed", OPENING - 8)
    card = _stand(shop, found["used"])
    do(kind="block", reason="lost")
    keep("blocked", OPENING + 2)
    if family != "classic-1k":
        card = _stand(shop, found["used"])
        damage(card)
        assert shop.tap(card, kind="show")["refused"] == "NEEDS_REPAIR"
        keep("damaged", OPENING + 2)
    shop.put_back(shop.empty)
    return found


def damage(card):
    """Take a part of each record's MAC away: no record is left that anybody believes. One counter a record."""
    if card.family.startswith("desfire"):
        _spoil(next(iter(card.memory.applications.values())).files[1].data, 40)
    elif card.family.startswith("ntag424"):
        for slot in (16, 52):
            _spoil(card.files[2].data, slot + 24)
    else:
        for page in (0x16, 0x1F):
            card.memory.place(page, bytes(4))


def _spoil(data, at):
    data[at : at + 4] = bytes(4)


def _stand(shop, stage):
    shop.put_back(stage.ledger)
    return copy_of(stage.card)


def stand(shop, stage, seed):
    """Card and ledger as the stage has them; seed: of the noise in weak pages and of every random number of this case."""
    shop.put_back(stage.ledger)
    shop.home.nonces = Noise(seed + 1).take
    return copy_of(stage.card, seed)


def length_of(shop, stage, wish):
    """How many exchanges the flow takes when nothing goes wrong."""
    return len(_watched(shop, stage, wish))


def cuts_of(shop, stage, wish):
    """[(exchange, mode)] of every cut of this flow that can leave something of its own."""
    of_pages = hasattr(getattr(stage.card, "memory", None), "weak_pages")
    written = CUTS if of_pages else _WHOLE_FRAMES
    return [(number, mode) for number, writes in enumerate(_watched(shop, stage, wish)) for mode in (written if writes else _UNTORN)]


def _watched(shop, stage, wish):
    """For each exchange of the flow, when nothing goes wrong, whether it changes what the card keeps."""
    watched = _Watched(stand(shop, stage, 1))
    reader = SoftReader()
    reader.put(watched)
    answer = shop.desk.perform(wish, reader, wait_s=0)
    assert answer["outcome"] == "done" and answer["exchanges"] == len(watched.writes), answer
    return watched.writes


class _Watched:
    """A card that notes which of its commands changed it."""

    def __init__(self, card):
        self._card = card
        self.writes = []
        card.on_change = self._changed

    def __getattr__(self, name):
        return getattr(self._card, name)

    def transceive(self, frame):
        self.writes.append(False)
        return self._card.transceive(frame)

    def _changed(self):
        if self.writes:
            self.writes[-1] = True
