"""One line of work, the same on CPython and MicroPython: a pack with states, events and refunds in, canonical bytes out.

work: {"pack", "cases": [case, ...], "events": [event as JSON, ...]}; all plain JSON.
    case   {"state": [[counter id, value, day], ...], "event": JSON form, or {"credit": [[row, units], ...], "day"},
            "facts": {"joined", "referred"}, "refunds": [{"lines": [...] or None, "day"}, ...]}
    events are played one after the other through a fresh `Book`.

Answers the bytes of [[state, effects, [[state, back, effects], ...]], ...], [result, ...]; what raised stands as ["raised", name].
Only the standard library that both have, and `cardos`.
"""

from cardos.cbor import encode
from cardos.offers.book import Book
from cardos.offers.evaluate import evaluate
from cardos.offers.events import event_from_json
from cardos.offers.refund import refund


def play(work):
    """The canonical bytes of everything that a line of work gives."""
    pack = work["pack"]
    return encode([[caught(case_result, pack, case) for case in work["cases"]], caught(book_results, pack, work["events"])])


def caught(function, *arguments):
    """What the function gives, in bytes that are sure to be written; or how it ended."""
    try:
        return encode(function(*arguments))
    except Exception as trouble:  # noqa: BLE001 - nothing may raise; that it did is the result
        return ["raised", type(trouble).__name__]


def listed(state):
    """A state without the order of its dict."""
    return [[key, state[key][0], state[key][1]] for key in sorted(state)]


def event_of(case):
    """The portable form of a case's event."""
    given = case["event"]
    if "credit" in given:
        return {"on": "credit", "day": given["day"], "units": {row: units for row, units in given["credit"]}}
    event = event_from_json(given)
    event.update(case["facts"])
    return event


def case_result(pack, case):
    """[state, effects, refunds] of one case."""
    state, effects = evaluate(pack, {key: (value, day) for key, value, day in case["state"]}, event_of(case))
    back, refunds = None, []
    if "receipt" in effects:
        now = state
        for wanted in case["refunds"]:
            now, back, done = refund(pack, now, effects["receipt"], back, wanted["lines"], wanted["day"])
            refunds.append([listed(now), back, done])
    return [listed(state), effects, refunds]


def book_results(pack, events):
    """One result for each event."""
    book = Book(pack)
    return [book.play(event) for event in events]
