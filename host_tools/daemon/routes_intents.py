"""Wishes: make one, ask for it, cancel it."""

import msgspec

from host_tools.daemon.intents import hash_of
from host_tools.daemon.problems import Problem
from host_tools.daemon.wishes import Cashier, Wish

# What each kind needs beyond the route's own scope.
_SCOPES = {"issue": "issue", "block": "manage", "unblock": "manage", "repair": "service"}


def create(shop, call):
    body = call.body
    call.need(_SCOPES.get(body.kind, "sell"))
    if body.opening:
        call.need("manage")  # stamps without a sale are a manager's word
    event = body.event or {}
    if body.discount_bp or event.get("on") in ("grant", "migrate") or event.get("group") is not None:
        call.need("manage")  # head office's words, a rate for good, and money given by hand
    if body.reader is not None and body.reader not in shop.counters:
        raise Problem(404, "READER_NOT_FOUND", "No reader is called %r." % body.reader, "GET /api/v1/state lists them.")
    cashier = None
    if body.discount_bp:
        cashier = Cashier(id=call.who.client, rights=["manual-discount"], discount_bp=body.discount_bp, reason=body.reason)
    wish = Wish(
        kind=body.kind, amount=body.amount, lines=body.lines, redeem=body.redeem, spend=body.spend, code=body.code, partner=body.partner,
        cashier=cashier, returned=body.returned, receipt=body.receipt, event=body.event, sale=body.sale, ref=body.ref, reason=body.reason, opening=body.opening,
    )  # fmt: skip
    request = hash_of("POST", "/api/v1/intents", msgspec.to_builtins(body))
    shape, replayed = shop.intents.create(call.who.client, call.key, request, wish, body.reader)
    if replayed:
        call.headers.append(("idempotency-replayed", "true"))
    return 202, shape


def show(shop, call):
    return 200, shop.intents.lookup(call.path["id"])


def cancel(shop, call):
    return 200, shop.intents.cancel(call.path["id"])
