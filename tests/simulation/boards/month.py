"""Thirty days, drawn from the seed: who taps where, which card is torn, whose power goes, who syncs, what is stolen and copied."""

from host_tools.boards import register
from tests.simulation.boards import promises

DAYS, TAPS = 30, 15  # a board and day
TEARS = ("not-sent", "not-executed", "half", "half:weak", "half:old", "half:new", "answer-lost", "corrupt")
_EXCHANGES = 14
_HOUR_MS = 3600000


def live(world, days=DAYS, taps=TAPS, each_day=promises.after_a_day):
    """All days, each checked when it is over, and the end. Raises `truth.Broken`."""
    rng = world.rng
    plan = {
        "copy": rng.randrange(days // 6, days // 2), "steal": rng.randrange(days // 5, days // 2), "lose": rng.randrange(2, days // 2),
        "wrong": rng.randrange(days),
    }  # fmt: skip
    plan["revoke"] = plan["steal"] + rng.randrange(2, 5)
    for day in range(days):
        _one_day(world, day, taps, plan)
        each_day(world)
        world.ms = (day + 1) * 24 * _HOUR_MS
    finish(world)
    promises.at_the_end(world)


def _one_day(world, day, taps, plan):
    rng = world.rng
    world.shop_is_off_s = rng.choice((-7200, 5400)) if day == plan["wrong"] else 0
    if day == plan["revoke"]:
        world.revoke()
    if world.clone is not None and rng.randrange(4) == 0:
        register.restore(world.home, world.cloned.terminal)  # the owner does not believe it, or has not found the other one yet
    if day == plan["lose"]:
        card = rng.choice(world.cards)
        card.is_lost = True
        world.home.store.mark_card(card.family, card.uid, "blocked", world.home.at())
    events = [(_at_board, board) for board in world.honest for _ in range(taps)]
    if world.stolen is not None:
        events += [(_at_board, world.stolen)] * (taps // 3)
    events += [(_at_shop, None)] * taps
    events += [(_sync, board) for board in world.honest if rng.randrange(4) == 0]
    events += [(_power, board) for board in world.honest if rng.randrange(6) == 0]
    if day > plan["revoke"] and rng.randrange(3) == 0:
        events.append((_sync, world.stolen))
    rng.shuffle(events)
    marks = {name: rng.randrange(len(events)) for name in ("copy", "steal") if plan[name] == day}
    for place, (event, board) in enumerate(events):
        world.ms += rng.randrange(2 * 12 * _HOUR_MS // len(events))
        if marks.get("copy") == place:
            world.copy_flash(world.boards[1 + rng.randrange(2)])
        if marks.get("steal") == place:
            world.steal(world.boards[-1])
        event(world, board)
    for board in world.honest:
        board.rest()


def _at_board(world, board):
    """A customer at a board. After a tear most come back, and many of them to somebody else."""
    rng = world.rng
    board.forges = board.is_stolen and rng.randrange(2) == 0
    card = _card_near(world, board)
    world.tap_at(board, card, *_chances(world))
    while card.is_restless and rng.randrange(3):
        if rng.randrange(3) == 0:
            world.tap_at_shop(card, _tear(rng) if rng.randrange(4) == 0 else None)
        else:
            place = board if rng.randrange(2) else rng.choice(world.honest)
            place.forges = False
            world.tap_at(place, card, *_chances(world))


def _card_near(world, board):
    """Most customers have their place, some go everywhere."""
    rng, cards = world.rng, world.cards
    if rng.randrange(3):
        return cards[(hash_of(board.label) + rng.randrange(5)) % len(cards)]
    return rng.choice(cards)


def hash_of(text):
    """A number that stays the same from run to run."""
    return sum(text.encode())


def _chances(world):
    """(wish, tear, cut) of a tap at a board."""
    rng = world.rng
    wish = rng.choice((None, None, None, None, None, None, "redeem", "redeem", "undo"))
    chance = rng.randrange(20)
    if chance < 3:
        return wish, _tear(rng), None
    if chance == 3:
        return wish, _tear(rng), "chip"
    if chance == 4:
        return wish, None, (rng.randrange(4), rng.randrange(2) == 0)
    return wish, None, None


def _tear(rng):
    return rng.randrange(_EXCHANGES), rng.choice(TEARS)


def _at_shop(world, _):
    rng = world.rng
    wish = rng.choice(({}, {}, {}, {"kind": "redeem"}, {"kind": "undo"}, {"kind": "show"}))
    world.tap_at_shop(rng.choice(world.cards), _tear(rng) if rng.randrange(8) == 0 else None, **wish)


def _sync(world, board):
    """The board finds its shop, and keeps trying a few times."""
    rng = world.rng
    for _ in range(rng.randrange(1, 5)):
        trouble = world.sync(board, (rng.randrange(12), rng.randrange(2) == 0) if rng.randrange(8) == 0 else None)
        if trouble is None and not board.waits:
            return


def _power(world, board):
    world.restart(board)


def finish(world):
    """Everybody comes home: boards sync until nothing is left, each card is presented at the shop, boards hear of that."""
    world.wire.share, world.shop_is_off_s = 0, 0
    _drain(world)
    for card in world.cards:
        if card.is_lost:
            world.home.store.mark_card(card.family, card.uid, "active", world.home.at())
        _come_home(world, card)
    for _ in range(3):  # a board whose clock ran ahead is believed again when the time has come
        world.ms += 24 * _HOUR_MS
        _drain(world)
    if world.stolen is not None:
        world.sync(world.stolen)


def _come_home(world, card):
    """A card is presented at the shop until a sale is done and no presentation settles anything more."""
    doubts, tries = len(world.home.store.doubts(card.family, card.uid)), 3
    while tries:
        is_done = world.tap_at_shop(card)["outcome"] == "done"
        left = len(world.home.store.doubts(card.family, card.uid))
        if is_done and left == doubts:
            return
        tries = 3 if left < doubts else tries - 1
        doubts = left
    raise promises.Broken("readable: card %s cannot be served any more" % card.uid.hex())


def _drain(world):
    for board in world.honest:
        for _ in range(3):
            trouble = world.sync(board)
        if board.waits:
            raise promises.Broken("doubts end: %s still has %d lines after its syncs (%s)" % (board.label, board.waits, trouble))
