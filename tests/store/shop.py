"""A little shop for the store's tests: entries as a tap makes them, and taps that keep a card's chain."""

import hashlib

FAMILY = "ntag215"
UID = bytes.fromhex("04A1B2C3D4E5F6")
UID_2 = bytes.fromhex("04112233445566")
AT = "2026-11-22T10:00:00Z"
LATER = "2026-11-22T10:00:05Z"


def head_mac(message):
    """A stand-in for the head key."""
    return hashlib.sha256(b"head key" + message).digest()[:16]


def mac_of(entry):
    """An 8-byte MAC that differs for every record."""
    return hashlib.sha256(repr((entry["uid"], entry["terminal"], entry["transaction"], entry["sequence"])).encode()).digest()[:8]


def entry_of(store, operation="earn", uid=UID, **fields):
    """The journal entry of the next record of a card, as the store knows it."""
    card = store.card(FAMILY, uid)
    sequence = card.last_seen_sequence if card else 0
    before = card.counters if card else {}
    stamps = before.get("1", [0, 0])[0]
    number = card.card_number if card else (store.reserved_number(FAMILY, uid) or store.next_card_number())
    earned = {"earn": 1, "redeem": 1}.get(operation, 0)
    change = {"earn": 1, "redeem": -9}.get(operation, 0)
    entry = {
        "transaction": store.next_transaction(), "terminal": store.terminal, "operation": operation, "sale": None, "family": FAMILY,
        "uid": uid.hex(), "card_number": number, "sequence": sequence + 1, "previous_sequence": sequence,
        "previous": (card.last_seen_mac if card else bytes(4)).hex(), "record": "11" * 24, "counters_before": before,
        "counters_after": {"1": [stamps + change, 0]}, "undoes": None, "minute": 469000,
        "details": {"earned": {"stamps": earned} if earned else {}, "rewards": ["free coffee x1"] if operation == "redeem" else []},
    }  # fmt: skip
    return entry | fields


def intend(store, operation="earn", uid=UID, at=AT, **fields):
    """Records an intent; returns its entry."""
    entry = entry_of(store, operation, uid, **fields)
    store.record_intent(entry, at)
    return entry


def settle(store, entry, outcome="done", at=LATER):
    """Records an outcome of an entry."""
    mac = None if outcome == "not_landed" else mac_of(entry)
    store.record_outcome(entry["transaction"], outcome, at=at, sequence=entry["sequence"], record_mac=mac, terminal=entry["terminal"])
    return entry


def tap(store, operation="earn", uid=UID, at=AT, **fields):
    """A whole tap: intent and done."""
    return settle(store, intend(store, operation, uid, at, **fields), at=at)


def undo_fields(store, sale):
    """What an undo of `sale` adds to an entry."""
    return {"undoes": sale["transaction"], "counters_after": sale["counters_before"]}
