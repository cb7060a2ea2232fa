"""Replay: an offer is built from a template and its parameters alone and plays events through the evaluator.

`replay_row` takes one element of the acceptance rows' "rows", `replay_events` any pack. Results have the keys of "expect".
"""

from collections import namedtuple

from cardos.calendar import parse_date
from cardos.errors import BadInput, StampdError
from cardos.offers.book import Book
from cardos.offers.events import event_from_json
from cardos.offers.opening import DATA, opening_state
from host_tools.offers.compiler import compile_pack

# Counters that the vocabulary of the rows has; one that an offer does not keep is of no use to it.
COUNTERS = (
    "stamps", "points", "pending", "miles", "stickers", "jars", "coupons_left", "month_spend", "lifetime_spend", "voucher", "rate_bp", "carry",
    "credit", "units_year", "purchases", "card_active", "valid_to", "tier", "offer_version",
)  # fmt: skip

_START = "A start is a table of whole numbers by counter, texts for dates and levels, and buckets as [{\"points\": 5, \"through\": \"2027-03-31\"}]."

RowOffer = namedtuple("RowOffer", ["id", "kind", "parameters", "names", "messages", "source"])


def replay_row(row):
    """{"sequences": [[result, ...], ...]} of a row, or {"results": [...]} for kind economics. BadInput (ROW, OFFER, EVENT)."""
    if not isinstance(row, dict) or not isinstance(row.get("kind"), str):
        raise BadInput("This is no row: it has no \"kind\".", "Give one element of \"rows\".", "ROW")
    if row["kind"] == "economics":
        from host_tools.offers.economics import economics

        return {"results": [economics(case["inputs"]) for case in [row, *row.get("more", ())]]}
    return {"sequences": [_sequence(row, sequence, place) for place, sequence in enumerate(row.get("sequences", ()))]}


def pack_of_row(row, replaced=None):
    """The pack of a row's kind and parameters; replaced: parameters of one sequence."""
    from host_tools.offers.schema import check_parameters

    parameters = check_parameters(row["kind"], {**(row.get("parameters") or {}), **(replaced or {})}, "Row %s" % row.get("id", row["kind"]))
    offer = RowOffer(str(row.get("id", "row")).lower(), row["kind"], parameters, {"en": str(row.get("name", row["kind"]))}, {}, "")
    return compile_pack([offer])


def _sequence(row, sequence, place):
    events = sequence.get("events", [])
    if not isinstance(events, list) or not events:
        return []
    book = Book(pack_of_row(row, sequence.get("with")))
    day = event_from_json(events[0], "Event 0")["day"]
    begin(book, "A", sequence, day)
    for name in sorted(sequence.get("cards") or {}):
        begin(book, name, sequence["cards"][name], day, "member")
    return [book.play(event) for event in events]


def begin(book, name, about, day, customer="new"):
    """Put a card into the books as "start" and "customer" describe it; customer: what it is when nobody says. BadInput (ROW)."""
    try:
        _begin(book, name, about, day, customer)
    except (StampdError, AttributeError, KeyError, TypeError, ValueError) as error:  # not what a start is made of
        told = error.message if isinstance(error, StampdError) else "something in it is of the wrong kind (%s)" % error
        raise BadInput("The start of card %s cannot be read: %s" % (name, told), _START, "ROW") from error


def _begin(book, name, about, day, customer):
    start = about.get("start") or {}
    card = book.card(name, about.get("customer", customer) != "new" or bool(start))
    kept = {counter["name"] for counter in book.pack["counters"]} | set(DATA)
    known = {name: value for name, value in start.items() if name in kept or name not in COUNTERS}
    card.state = opening_state(book.pack, known, day, card.joined)
    card.services = list(start.get("services", ()))
    card.joined_on = parse_date(start["enrolled_on"]) if start.get("enrolled_on") else None


def replay_events(pack, events):
    """One result for each event, as a pack plays them from an empty book."""
    book = Book(pack)
    return [book.play(event) for event in events]
