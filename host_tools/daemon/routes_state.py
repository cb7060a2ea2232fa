"""Reading: the till's state, the day, doubts, cards, cases. Handlers are plain functions (shop, call) -> (status, JSON value)."""

from datetime import datetime

from host_tools.daemon.problems import Problem

_CARD_NUMBER_MAX = 0xFFFFFFFF


def health(shop, call):
    return 200, {"ok": True}


def openapi(shop, call):
    from host_tools.daemon.openapi import document

    return 200, document()


def state(shop, call):
    return 200, {**shop.state(), "may": sorted(call.who.scopes)}


def today(shop, call):
    return 200, shop.today()


def doubts(shop, call):
    return 200, shop.doubts()


def cases(shop, call):
    return 200, shop.home.store.cases()


def sales(shop, call):
    from host_tools.daemon import day_sales

    asked = call.query
    if "sale" in asked:
        return 200, day_sales.of_reference(shop.home, asked["sale"])
    if "receipt" in asked:
        return 200, [day_sales.of_receipt(shop.home, asked["receipt"])]
    if "card" in asked:
        return 200, day_sales.of_card(shop.home, _card_number(asked["card"]))
    return 200, day_sales.of_day(shop.home, _day(asked["day"]) if "day" in asked else shop.home.local_day())


def receipt(shop, call):
    from host_tools.daemon.sales import code_of, picture_of, receipt_text

    sale = call.query.get("sale", "")
    text = receipt_text(shop.home, sale)
    picture = picture_of(code_of(text)) if call.query.get("svg") == "1" else None
    return 200, {"sale": sale, "receipt": text, "svg": picture}


def _day(text):
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat()
    except ValueError as error:
        raise Problem(422, "BAD_REQUEST", "That is not a day.", "Write it as 2026-11-22.") from error


def verify(shop, call):
    return 200, shop.home.store.verify()


def card(shop, call):
    number = _card_number(call.path["number"])
    found = shop.card(number) if number else None
    if found is None:
        raise Problem(404, "CARD_UNKNOWN", "This shop knows no card of that number.", "The number is printed by `stampd card show`.")
    return 200, found


def _card_number(text):
    """A card's number, 0 for what cannot be one."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    return number if number <= _CARD_NUMBER_MAX else 0
