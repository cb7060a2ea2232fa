"""Reading: the till's state, the day, doubts, cards, cases. Handlers are plain functions (shop, call) -> (status, JSON value)."""

from host_tools.daemon.problems import Problem

_CARD_NUMBER_MAX = 0xFFFFFFFF


def health(shop, call):
    return 200, {"ok": True}


def openapi(shop, call):
    from host_tools.daemon.openapi import document

    return 200, document()


def state(shop, call):
    return 200, shop.state()


def today(shop, call):
    return 200, shop.today()


def doubts(shop, call):
    return 200, shop.doubts()


def cases(shop, call):
    return 200, shop.home.store.cases()


def verify(shop, call):
    return 200, shop.home.store.verify()


def card(shop, call):
    text = call.path["number"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    found = shop.card(number) if 1 <= number <= _CARD_NUMBER_MAX else None
    if found is None:
        raise Problem(404, "CARD_UNKNOWN", "This shop knows no card of that number.", "The number is printed by `stampd card show`.")
    return 200, found
