"""The flows that are cut, and how a card and a ledger come to stand before each of them.

A `Stage` is a card with its ledger, ready to be put back. A `Flow` is one wish on one stage.
"""

from collections import namedtuple

from cardos.soft_cards.tears import HALF, MODES
from tests.whole_system import shop_lab
from tests.whole_system.shop_lab import UID, copy_of, make_wish

# Plain `half` is one of its six outcomes, chosen by N: cutting with each of the six covers it.
CUTS = tuple(mode for mode in MODES if mode != HALF)

REF = "first"
OPENING = 14

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
)


def flow(name):
    return next(one for one in FLOWS if one.name == name)


def stages(shop):
    """{name: Stage}, made by taps that go well."""
    found = {}
    card = shop_lab.blank()

    def keep(name, stamps):
        found[name] = Stage(copy_of(card), shop.save(), stamps)

    def do(**wish):
        answer = shop.tap(card, **wish)
        assert answer["outcome"] == "done", answer

    keep("blank", 0)
    do(kind="issue", opening={"stamps": OPENING}, reason="paper card")
    keep("new", OPENING)
    do()
    do()
    keep("used", OPENING + 2)
    do(kind="redeem", sale="reward")
    keep("redeemed", OPENING - 8)
    card = _stand(shop, found["used"])
    do(kind="block", reason="lost")
    keep("blocked", OPENING + 2)
    card = _stand(shop, found["used"])
    damage(card)
    assert shop.tap(card, kind="show")["refused"] == "NEEDS_REPAIR"
    keep("damaged", OPENING + 2)
    return found


def damage(card):
    """Take one page of each slot's MAC away: no record is left that anybody believes."""
    for page in (0x16, 0x1F):
        card.memory.place(page, bytes(4))


def _stand(shop, stage):
    shop.put_back(stage.ledger)
    return copy_of(stage.card)


def stand(shop, stage, seed):
    """Card and ledger as the stage has them; seed: of the noise in weak pages."""
    shop.put_back(stage.ledger)
    return copy_of(stage.card, seed)


def length_of(shop, stage, wish):
    """How many exchanges the flow takes when nothing goes wrong."""
    answer = shop.present(stand(shop, stage, 1), wish)
    assert answer["outcome"] == "done", answer
    return answer["exchanges"]


__all__ = ["CUTS", "FLOWS", "REF", "UID", "damage", "flow", "length_of", "stages", "stand"]
