"""The counters that a card begins with: an opening balance, or what an acceptance row says in "start"."""

from cardos.calendar import DAY_MAX, date_of, month_end, month_of, parse_date, parse_month_day, year_end
from cardos.errors import BadInput
from cardos.offers.holdings import Holdings

DATA = ("tier_to", "last_visit", "buckets", "services", "enrolled_on", "birthday", "group", "group_to", "valid_to", "tier", "pending")


def opening_state(pack, start, day, joined=True):
    """{counter id: (value, day)} of a card that begins with `start` on `day`.

    start: {name: value} as people see counters, and the data of `DATA` (dates as text). BadInput (COUNTER_UNKNOWN) for a
    name that the pack does not have; Refusal COUNTER_RANGE.
    """
    holdings = Holdings(pack["counters"], {}, day)
    rows = {about["name"]: row for row, about in enumerate(pack["counters"])}
    if joined and pack["rules"].get("flags") is not None:
        holdings.set_bit(pack["rules"]["flags"], 0, True)
    for name in sorted(start):
        if name in ("services", "enrolled_on", "tier_to", "group_to"):
            continue
        if name in _SPECIAL:
            _SPECIAL[name](pack, holdings, start, day)
        elif name in rows:
            _put(holdings, rows[name], start[name], day, start)
        else:
            raise BadInput("This pack has no counter \"%s\"." % name, "It has: %s." % ", ".join(sorted(rows)), "COUNTER_UNKNOWN")
    return holdings.state()


def _put(holdings, row, value, day, start):
    about = holdings.rows[row]
    kind = about["kind"]
    if kind == "bits":
        for number in range(about["count"] - value):
            holdings.set_bit(row, number, True)
    elif kind == "lots":
        if not start.get("buckets"):
            holdings.put(row, value, DAY_MAX if value else 0)
    elif kind in ("month", "until"):
        holdings.put(row, value, month_end(month_of(day)) if value else 0)
    elif kind == "year":
        holdings.put(row, value, year_end(date_of(day)[0]) if value else 0)
    elif kind == "sliding":
        holdings.put(row, value, min(day + about["days"] - 1, DAY_MAX) if value else 0)
    else:
        holdings.put(row, value)


def _row_of(pack, kinds):
    for row, about in enumerate(pack["counters"]):
        if about["kind"] in kinds:
            return row
    return None


def _tier(pack, holdings, start, day):
    row = _row_of(pack, ("level",))
    if row is not None and start["tier"] in pack["counters"][row]["names"]:
        holdings.put(row, pack["counters"][row]["names"].index(start["tier"]), parse_date(start["tier_to"]) if start.get("tier_to") else 0)


def _last_visit(pack, holdings, start, day):
    for rule in pack["rules"]["roll"]:
        if rule["op"] == "decay":
            holdings.put(rule["visit"], month_of(parse_date(start["last_visit"])))


def _buckets(pack, holdings, start, day):
    row = _row_of(pack, ("lots",))
    if row is not None:
        for place, lot in enumerate(start["buckets"]):
            holdings.put(row, lot[pack["counters"][row]["name"]], parse_date(lot["through"]), place)


def _birthday(pack, holdings, start, day):
    facts = pack["rules"].get("facts", {})
    if "birthday" in facts and start["birthday"]:
        month, of_month = parse_month_day(start["birthday"])
        holdings.put(facts["birthday"], month * 100 + of_month)


def _group(pack, holdings, start, day):
    facts = pack["rules"].get("facts", {})
    if "group" in facts and start["group"] in pack["counters"][facts["group"]]["names"]:
        number = pack["counters"][facts["group"]]["names"].index(start["group"]) + 1
        holdings.put(facts["group"], number, parse_date(start["group_to"]) if start.get("group_to") else 0)


def _valid_to(pack, holdings, start, day):
    row = _row_of(pack, ("date",))
    if row is not None and start["valid_to"]:
        holdings.put(row, 1, parse_date(start["valid_to"]))


def _pending(pack, holdings, start, day):
    row = _row_of(pack, ("pending",))
    if row is not None and start["pending"]:
        holdings.put(row, start["pending"], day + pack["counters"][row]["days"], 1)


_SPECIAL = {
    "tier": _tier, "last_visit": _last_visit, "buckets": _buckets, "birthday": _birthday, "group": _group,
    "valid_to": _valid_to, "pending": _pending,
}  # fmt: skip
