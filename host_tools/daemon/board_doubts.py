"""Whether the till may write what a board intended and did not finish: only what this shop's own rules make of that very sale.

A board's journal is signed, but whoever holds a stolen board's keys can sign any line. The store says whether the board and its
certificate allow an entry (`store.doubts`); here the sale is worked out again, from the counters that it says were on the card
(`cardos.taps.settle` looks whether they are) and from the amount or the article that this board has.
"""

from datetime import datetime, timedelta, timezone

from cardos.errors import StampdError
from cardos.offers.evaluate import evaluate
from cardos.offers.fitting import fitted
from cardos.records.fields import day_number
from cardos.records.journal_entry import counters_from_json, entry_record
from host_tools.boards.board_settings import options_of

_MINUTE_0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
_NO_SALE = (StampdError, ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, AssertionError)


def judged(home, entries):
    """A card's doubts (`store.doubts`), a board's marked "only_looked_at" when the till must not write it."""
    own = home.settings.terminal
    for entry in entries:
        if entry["terminal"] != own and not entry.get("only_looked_at") and not _is_by_the_rules(home, entry):
            entry["only_looked_at"] = True
    return entries


def _is_by_the_rules(home, entry):
    if entry["operation"] != "earn":  # nothing else of a board's is ever written by a settlement
        return True
    try:
        return _worked_out(home, entry)
    except _NO_SALE:  # signed, but no sale of ours
        return False


def _worked_out(home, entry):
    details, record = entry["details"], entry_record(entry)
    pack = home.packs.of(details["pack"])
    if pack is None or record.flags or details.get("rewards") or details.get("spent") or not _is_its_article(home, entry):
        return False
    before, moment = counters_from_json(entry["counters_before"]), home.local(_MINUTE_0 + timedelta(minutes=entry["minute"]))
    event = {
        "on": "sale", "day": day_number(moment.year, moment.month, moment.day), "second": moment.hour * 3600 + moment.minute * 60, "card": True,
        "amount": details["amount"], "lines": details["lines"], "currency": pack["currency"], "redeem": "none", "spend": {},
    }  # fmt: skip
    after, effects = evaluate(fitted(pack, before, len(record.counters)), before, event)
    return "refused" not in effects and _held(after) == _held(record.values())


def _is_its_article(home, entry):
    """True when the lines are the one article that this board sells, or there are none: goods have prices, and a sale of a thousand for nothing
    would be within any amount."""
    lines, article = entry["details"]["lines"], options_of(home, entry["terminal"]).article
    if not lines:
        return True
    if article is None or len(lines) != 1:
        return False
    wanted = {"sku": article["sku"], "category": article["category"], "qty": article["quantity"], "unit_price": article["unit_price"]}
    return lines == [wanted] and entry["details"]["amount"] == wanted["qty"] * wanted["unit_price"]


def _held(counters):
    return {key: tuple(pair) for key, pair in counters.items() if tuple(pair) != (0, 0)}
