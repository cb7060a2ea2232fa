"""What is asked of a board's entry before it is folded: has it the shapes that pages, reports and settlements read, and may a board do that?

Whoever holds a stolen board's keys can sign any line. So a line of another shape is kept unread, and an entry beyond the board's
certificate is evidence: it stands in the ledger, and counts for no card.
"""

import json

from cardos.errors import BadInput
from cardos.records.certificate import OPERATIONS
from cardos.records.journal_entry import entry_record
from cardos.records.signed import MINUTE_MAX
from cardos.taps.classes import class_of
from host_tools.store import rules
from host_tools.store.kept import plain
from host_tools.store.register import rewards_of

AMOUNT_MAX = 10**9  # minor units, or units of a counter
TEXT_MAX = 200
LIST_MAX = 100  # lines, rewards, offers of a sale
REWARD_COUNT_MAX = 1000  # of "free coffee x2"
_COUNTER_MAX = 0xFFFFFFFF
_U32 = 0xFFFFFFFF
_LEDGER_FAMILIES = ("classic-1k",)  # what they hold is the ledger's word alone: a board, which has no ledger, refuses them
_RECEIPT = ("day", "lines", "earned", "spent", "given", "undo", "shares", "card", "partner")  # `cardos.offers.evaluate`
_LINE = {"sku": str, "category": str, "qty": int, "unit_price": int, "for": str}


def number(value, most=_U32, least=0):
    """The number, or ValueError."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError("no number")
    return value


def checked(entry):
    """A board's entry as the ledger keeps it; ValueError, TypeError, KeyError or BadInput when it has not the shape of ours."""
    entry = plain(entry)
    rules.check_kinds(entry)
    for name in ("transaction", "card_number", "previous_sequence"):
        number(entry[name])
    number(entry["minute"], MINUTE_MAX)
    if entry["undoes"] is not None:
        number(entry["undoes"])
    if entry["sale"] is not None:
        _text(entry["sale"])
    if not 4 <= len(bytes.fromhex(entry["uid"])) <= 10 or not isinstance(entry["family"], str):
        raise ValueError("no card of ours")
    for key, pair in entry["counters_before"].items():
        number(int(key), 0xFF)
        _numbers(pair, 2, _COUNTER_MAX)
    _details(entry["details"])
    return entry


def _details(details):
    """The shapes of `cardos.taps.sell.details_of`, and of an undo; keys that nothing here reads are left alone."""
    if not isinstance(details, dict):
        raise ValueError("no details")
    for name, value in details.items():
        if value is not None and name in _DETAILS:
            _DETAILS[name](value)
    if "receipt" in details:
        number(details.get("pack"))
        _receipt(details["receipt"])


def _text(value):
    if not isinstance(value, str) or len(value) > TEXT_MAX or not value.isprintable():
        raise ValueError("no text")


def _money(value):
    number(value, AMOUNT_MAX, -AMOUNT_MAX)


def _texts(value):
    for text in _list(value):
        _text(text)


def _list(value, most=LIST_MAX):
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list")
    return value


def _numbers(value, count, most):
    if len(_list(value)) != count:
        raise ValueError("another count")
    for one in value:
        number(one, most)


def _units(value):
    if not isinstance(value, dict):
        raise ValueError("no units")
    for name, units in value.items():
        _text(name)
        _money(units)


def _rewards(value):
    for text in _list(value):
        _text(text)
    if rewards_of({"details": {"rewards": value}}) > REWARD_COUNT_MAX:
        raise ValueError("more rewards than any shop gives")


def _lines(value):
    for line in _list(value):
        for name, kind in _LINE.items():
            if name == "for" and name not in line:
                continue
            _text(line[name]) if kind is str else _money(line[name])


def _sale_or_nothing(value):
    if not isinstance(value, dict):
        raise ValueError("no sale")
    _details({name: part for name, part in value.items() if name != "undone"})


def _deep(value, depth=6):
    """A list or map of small values: what only our own rules read again."""
    if isinstance(value, (list, dict)):
        if not depth or len(value) > LIST_MAX:
            raise ValueError("too deep or too long")
        for one in value.values() if isinstance(value, dict) else value:
            _deep(one, depth - 1)
    elif isinstance(value, str):
        _text(value)
    elif value is not None and type(value) is not bool:
        _money(value)


def _map(value):
    if not isinstance(value, dict):
        raise ValueError("no map")
    _deep(value)


def _receipt(value):
    _map(value)
    number(value["day"], 0xFFFF)
    for line in _list(value["lines"]):
        sku, qty, free, worth, net = line
        if sku is not None:
            _text(sku)
        for one in (qty, free, worth, net):
            number(one, AMOUNT_MAX)
        if free > qty:
            raise ValueError("more free than sold")
    for name in ("earned", "spent", "given", "undo"):
        _list(value[name])
    if not isinstance(value["shares"], dict):
        raise ValueError("no shares")
    if set(value) - set(_RECEIPT) or not isinstance(value["card"], bool):
        raise ValueError("no receipt of ours")


_DETAILS = {
    "amount": _money, "paid": _money, "discount": _money, "refunded": _money, "pack": number, "currency": _text, "declined": _text, "on": _text,
    "code": _text, "partner": _text, "sale": _text, "ref": _text, "reason": _text, "link": _text, "block": _text, "earned": _units, "spent": _units,
    "rewards": _rewards, "offers": _texts, "lines": _lines, "undone": _sale_or_nothing, "counters": _map, "next": _deep, "cashier": _map,
    "back": _map,
}  # fmt: skip


# What a board may do


def beyond(connection, board, entry):
    """Words for what of an entry no board, or not this one's certificate, allows: "family", "operation", "amount", ...; [] when it allows all.

    board: its row. What an earlier certificate of this board allowed is allowed too: a board out of reach goes on with the one it has.
    A board that has no certificate yet has done nothing that counts but what any certificate allows.
    """
    if entry["family"] in _LEDGER_FAMILIES:
        return ["family"]
    if entry["operation"] not in OPERATIONS:
        return ["operation"]
    says = json.loads(board["certificate_says"])
    found = _exceeded(entry, says, board["certificate_until"]) if says else []
    if not found:
        return []
    earlier = connection.execute(
        "SELECT body FROM events WHERE json_extract(body, '$.kind') = 'board' AND json_extract(body, '$.what') = 'certificate'"
        " AND json_extract(body, '$.terminal') = ?", (board["terminal"],),
    )  # fmt: skip
    for (body,) in earlier:
        event = json.loads(body)
        if not _exceeded(entry, event["says"], event["until"]):
            return []
    return found


def _exceeded(entry, says, until):
    details, found = entry["details"], []
    if entry["operation"] not in says.get("operations", OPERATIONS):
        found.append("operation")
    net = sum(line[-1] for line in details["receipt"]["lines"]) if "receipt" in details else 0  # what a refund would pay back
    if max(details.get("amount") or 0, details.get("paid") or 0, net) > says.get("amount_max", AMOUNT_MAX):
        found.append("amount")
    if rewards_of(entry) > says.get("rewards_max", {}).get(class_of(entry["family"]), REWARD_COUNT_MAX):
        found.append("rewards")
    if entry["minute"] > until:
        found.append("minute")
    try:
        if entry_record(entry).epoch not in says.get("epochs", range(256)):
            found.append("epoch")
    except BadInput:  # it fits no record: said in a case of its own
        pass
    return found


def is_of_its_own(board, entry):
    """True for a REF as boards give them: no other may be claimed by a board, else it could take the next one that the till will use."""
    return entry["sale"] == "t%d-%d" % (board["terminal"], entry["transaction"])
