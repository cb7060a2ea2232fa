"""The demo's home: TEST keys, a month of history made by real taps on the virtual cards, the same every time on the same day."""

import random
from datetime import timedelta, timezone

from host_tools.daemon.demo_shop import DemoShop
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.settings import Settings

DAYS = 30
_SEED = 20260101  # any number: the demo's month must only be the same each time

_REGULARS = (("Anna", 3), ("Boris", 7), ("Carla", 9), ("Dmitri", 12))  # label, stamps on the card when the demo opens
_BLANKS = ("Elza", "Farid")
_PRICES = (250, 350, 450)


def make_home(path, port):
    """An open demo home in the directory `path` (made when it is not there)."""
    from host_tools.provisioning.new_keys import make_test_keys

    make_test_keys(path)
    settings = Settings(shop="Corner Coffee", counters=3, port=port, link="http://127.0.0.1:%d/c/{card}" % port)
    return Home.open(path, settings=settings)


def seed(home, demo, days=DAYS):
    """Make the cards and the month. The home's clock goes through those days and is given back. Returns how many taps."""
    clock, rng = home.clock, random.Random(_SEED)
    today = clock().astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    desk, reader, taps = TapDesk(home), demo.reader, 0
    moment = [today]
    home.clock = lambda: moment[0]
    try:
        cards = [demo.add(label) for label, _ in _REGULARS]
        for _ in _BLANKS:
            demo.add()
        for at, index, wish in _plan(today, days, rng):
            moment[0] = min(at, clock())
            reader.put(cards[index].chip)
            answer = desk.perform(wish, reader, wait_s=0)
            reader.remove()
            if answer["outcome"] != "done":
                raise AssertionError("the demo's history does not hold: %s" % answer["message"])
            taps += 1
    finally:
        home.clock = clock
    return taps


def _plan(today, days, rng):
    """[(when, card's index, wish)…] in order: each regular's card is issued, then stamped; who has enough takes a reward."""
    plan = []
    for index, (_, stamps) in enumerate(_REGULARS):
        first = days - index * 3
        plan.append((today - timedelta(days=first) + timedelta(hours=7, minutes=index), index, Wish(kind="issue")))
        sales = stamps + (10 if index % 2 else 0)
        for n in range(sales):
            day = today - timedelta(days=first - 1 - n * (first - 1) // sales)
            when = day + timedelta(hours=rng.randrange(7, 18), minutes=rng.randrange(60))
            plan.append((when, index, Wish(kind="sell", amount=rng.choice(_PRICES))))
            if index % 2 and n == 11:
                plan.append((when + timedelta(minutes=1), index, Wish(kind="redeem")))
    return sorted(plan, key=lambda line: line[0])


def make_demo(path, port, *, days=DAYS):
    """(home, demo): a demo home with its cards, ready to serve."""
    home = make_home(path, port)
    try:
        demo = DemoShop()
        seed(home, demo, days)
    except BaseException:
        home.close()
        raise
    return home, demo
