"""Where a card stands: its counters by name, its dated lots, what it opens, how far the next reward or band is."""

from cardos.calendar import date_text
from cardos.offers.prices import band_of
from cardos.offers.rewards import set_cost

HIDDEN = ("fact",)  # kinds of rows that are the offer's own notes


def view(pack, holdings):
    """{name: value} of the counters that people see: integers, a date as text or None, a level by its name."""
    shown = {}
    for row, about in enumerate(pack["counters"]):
        kind = about["kind"]
        if kind in HIDDEN or about.get("hidden"):
            continue
        if kind == "date":
            shown[about["name"]] = date_text(holdings.get(row)[1]) if holdings.get(row)[0] else None
        elif kind in ("level", "derived"):
            shown[about["name"]] = about["names"][holdings.level(row)]
        elif kind == "bits":
            shown[about["name"]] = about["count"] - sum([holdings.bit(row, number) for number in range(about["count"])])
        elif kind == "version":
            shown[about["name"]] = holdings.get(row)[0] or about["first"]
        else:
            shown[about["name"]] = holdings.usable(row)
            if kind == "pending":
                shown["pending"] = holdings.waiting(row)
    return shown


def expiries(pack, holdings):
    """{name: day or 0} of the counters that people see: the first day on which something of it ends."""
    days = {}
    for row, about in enumerate(pack["counters"]):
        if about["kind"] in HIDDEN or about.get("hidden"):
            continue
        ends = [holdings.get(row, place)[1] for place in range(len(about["ids"]))] if about["kind"] not in ("pending", "year", "month") else []
        days[about["name"]] = min([day for day in ends if day] or [0])
    return days


def lots(pack, holdings):
    """[[day, amount], ...] of the dated lots that are left, first to end first; None when no counter has any."""
    for row, about in enumerate(pack["counters"]):
        if about["kind"] == "lots":
            held = [holdings.get(row, place) for place in range(len(about["ids"]))]
            return sorted([[day, value] for value, day in held if value])
    return None


def next_band(pack, holdings, gross=None):
    """[edge, rate_bp] of the next band of the pack's first bands, or None when the last is reached or there are none."""
    for rule in pack["next"]:
        held = holdings.usable(rule["c"]) if "c" in rule else gross
        if held is not None:
            return band_of(rule["bands"], held, rule.get("over"))[1]
    return None


def entitlements(pack, holdings, card=True):
    """The names that a card opens at the start of an event."""
    names = []
    for rule in pack["perks"]:
        if not card:
            continue
        if "levels" in rule:
            names.extend(rule["levels"][holdings.level(rule["c"])])
        elif holdings.get(rule["c"])[1] >= holdings.day and holdings.get(rule["c"])[0]:
            names.extend(rule["names"])
    return names


def progress(pack, holdings):
    """How far each reward is: [{"id", "counter", "stamps", "needed", "ready", "reward"}], in the pack's order."""
    out = []
    for rule in pack["rules"]["rewards"]:
        if rule["op"] == "coupons":
            continue
        about, held = pack["counters"][rule["c"]], holdings.usable(rule["c"])
        offers = rule["gifts"] if rule["op"] == "gifts" else [[rule["id"], set_cost(rule, holdings), rule["text"]]]
        for name, cost, text in offers:
            out.append({
                "id": name, "counter": about["name"], "stamps": held, "needed": cost,
                "ready": held // cost if held > 0 else 0, "reward": text,
            })  # fmt: skip
    return out


def coupons_left(pack, holdings):
    """The numbers of coupons that are still good on the holdings' day, as reward ids."""
    ids = []
    for rule in pack["rules"]["rewards"]:
        if rule["op"] == "coupons" and not (rule["through"] and holdings.day > rule["through"]):
            ids.extend(["coupon-%d" % (n + 1) for n in range(rule["count"]) if not holdings.bit(rule["c"], n)])
    return ids


def counter_names(pack):
    """{counter id: name} of the counters that people see, for reports on records; a row's first counter carries the name."""
    names = {}
    for about in pack["counters"]:
        if about["kind"] in HIDDEN or about.get("hidden"):
            continue
        for counter_id in about["ids"][: 1 if about["kind"] != "lots" else None]:
            names[counter_id] = about["name"]
    return names


