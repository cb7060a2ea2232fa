"""Schedules: which taps, where, with which fault, on which family. Shared by the tests, the known-bad variants and `make tears`."""

from cardos.exchange import Done
from tests.simulation.families import FAMILIES
from tests.simulation.model_card import ANSWER_LOST, CORRUPT, GARBAGE, LOST, UNSTABLE
from tests.simulation.world import Violation, World

WISHES = ("earn", "redeem", "undo", "block", "repeat")
PLACES = ((0, 0), (0, 1), (1, 0))  # (home, terminal): two terminals of one home and one of another
OLDER = ("STALE_CARD", "COUNTER_AHEAD")  # how a card that shows an older state is refused


def run_two_faults(seed, wishes, places, faults, family=FAMILIES[0]):
    """A clean sale, then two taps with a fault each, then clean taps. faults: ((exchange, kind), (exchange, kind)).

    False, and the rest is not run, when a fault lies where it cannot be (behind the tap's end, a torn page at a read).
    """
    world = World(seed, family)
    world.tap(world.homes[0], 0, "earn", "first")
    for wish, (home, terminal), fault in zip(wishes, places, faults):
        _faulty(world, world.homes[home], terminal, wish, fault)
        if not world.card.faulted:
            return False
        world.check()
    finish(world)
    return True


def run_random(seed, family=FAMILIES[0], taps=8):
    """Random taps with random faults, older images shown in between, then clean taps. Returns the world as it ends."""
    world = World(seed, family, 3 if seed % 4 == 3 else 1)
    rng = world.rng
    images = []
    kinds, share = family.faults, 0.7
    if rng.random() < 0.5:  # half of the runs: one nearly finished write after the other, which is what kills simple protocols
        kinds, share = family.worst, 0.9
    for _ in range(taps):
        home, terminal = PLACES[rng.randrange(3)]
        wish = WISHES[rng.randrange(len(WISHES))]
        fault = (rng.randrange(family.fault_exchanges + 3), kinds[rng.randrange(len(kinds))]) if rng.random() < share else None
        images.append(world.card.image())
        _faulty(world, world.homes[home], terminal, wish, fault)
        world.check()
        if rng.random() < 0.15:
            show_older_image(world, images[rng.randrange(len(images))])
        if rng.random() < 0.3:
            _unblock(world)
    finish(world)
    return world


def hunt(seed, runs, family=FAMILIES[0]):
    """Schedules in which simple protocols die, until one fails: (number tried, its Violation), or (number tried, None)."""
    tried = 0
    pages = set(UNSTABLE) <= set(family.faults)
    first_kinds, second_kinds = (UNSTABLE, UNSTABLE + (CORRUPT, GARBAGE)) if pages else (family.worst, (CORRUPT, LOST, ANSWER_LOST))
    for number in range(runs):
        tried += 1
        first, second = 2 + number % 14, 2 + number // 14 % 14
        kind = second_kinds[number // 196 % len(second_kinds)]
        wishes = (("earn", "earn"), ("redeem", "undo"), ("redeem", "earn"))[number % 3]
        try:
            if number % 2:
                run_random(seed + number, family)
            else:
                faults = ((first, first_kinds[number // 4 % len(first_kinds)]), (second, kind))
                run_two_faults(seed + number, wishes, (PLACES[0], PLACES[number // 2 % 3]), faults, family)
        except Violation as violation:
            return tried, violation
    return tried, None


def _faulty(world, home, terminal, wish, fault):
    reference = None
    if wish == "repeat":
        sales = [entry["sale"] for entry, _ in home.transactions.values() if entry["sale"]]
        wish, reference = "earn", sales[-1] if sales else None
    world.tap(home, terminal, wish, reference, fault)


def _unblock(world):
    for home in world.homes:
        world.tap(home, 0, "unblock")
    world.check()


def show_older_image(world, image):
    """A copied, older state of the card: where this home saw a later one done, nothing may be written."""
    if world.card.undecided(image):
        return
    home = world.homes[0]
    true_image = world.card.image()
    world.card.restore(image)
    writes = world.card.writes
    shown = world.tap(home, 0, "show")
    older = isinstance(shown, Done) and shown.card.sequence < home.last_seen[0]
    if older:
        raise Violation("an older state was shown as good")
    if not isinstance(shown, Done) and getattr(shown, "reason", "") in OLDER:
        outcome = world.tap(home, 0, "earn")
        if isinstance(outcome, Done) or world.card.writes != writes:
            raise Violation("an older state was written to")
    world.card.restore(true_image)


def finish(world):
    """After the last fault everything works within three presentations, and what this home doubts ends (Promises 5, 11)."""
    for home in world.homes:
        for _ in range(3):
            outcome = world.tap(home, 0, "unblock")
            if not isinstance(outcome, Exception) and getattr(outcome, "reason", "") not in ("READ_AGAIN",):
                break
        else:
            raise Violation("no tap works in three presentations")
        world.check()
    for home in world.homes:
        done = None
        for _ in range(3):
            done = world.tap(home, 0, "earn", "last of " + home.name)
            if isinstance(done, Done):
                break
        if not isinstance(done, Done):
            raise Violation("no sale works in three presentations: %r" % (done,))
        world.check()
    if any(kind not in OLDER for home in world.homes for kind in home.cases):
        raise Violation("a case of its own making: %s" % [home.cases for home in world.homes])
