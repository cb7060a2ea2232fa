"""Random states and well-formed events for a pack: what a card may carry and what a till may say, edges often."""

from cardos.bytes import I24_MAX, I24_MIN
from cardos.calendar import date_of, date_text, month_end, month_of, year_end
from tests.offers.differential.packs import CATEGORIES, DAY_FIRST, DAY_LAST, SKUS, random_pack

AMOUNTS = (0, 1, 99, 100, 333, 1000, 4999, 20000, 10**6)


def random_work(rng, cases, events):
    """One line of work (`play`): a pack with so many cases and one sequence of so many events."""
    pack = random_pack(rng)
    words = Words(pack)
    return {
        "pack": pack, "cases": [random_case(rng, pack, words) for _ in range(cases)],
        "events": random_sequence(rng, words, events),
    }  # fmt: skip


class Words:
    """The names that a pack knows, so that events meet its rules."""

    def __init__(self, pack):
        self.pack, self.found = pack, {}
        self.days = set()  # numbers that may be dates: most are
        self._walk(pack["rules"])
        self._walk(pack["prices"])
        self.money = [about["name"] for about in pack["counters"] if about.get("unit")]
        self.levels = [name for about in pack["counters"] if about["kind"] == "level" for name in about["names"]]
        self.groups = [name for about in pack["counters"] if about["kind"] == "fact" for name in about.get("names", ())]
        self.events = {"return": "return", "donate": "donate", "campaign": "grant", "level": "grant", "convert": "migrate", "switch": "migrate"}
        self.events = sorted({self.events[rule["op"]] for rule in pack["rules"]["events"]}) or ["return", "donate", "grant", "migrate"]
        self.rewards = [rule["id"] for rule in pack["rules"]["rewards"] if "id" in rule]
        for rule in pack["rules"]["rewards"]:
            if rule["op"] == "coupons":
                self.rewards += ["coupon-1", "coupon-%d" % rule["count"], "coupon-%d" % (rule["count"] + 1)]
            self.rewards += [gift[0] for gift in rule.get("gifts", ())]

    def _walk(self, value):
        if isinstance(value, dict):
            for key, part in value.items():
                if isinstance(part, str):
                    self.found.setdefault(key, []).append(part)
                elif isinstance(part, list) and part and isinstance(part[0], str):
                    self.found.setdefault(key, []).extend(name for name in part if isinstance(name, str))
                elif isinstance(part, dict) and key in ("partners", "extra"):
                    self.found.setdefault(key, []).extend(part)
                self._walk(part)
        elif isinstance(value, list):
            for part in value:
                self._walk(part)
        elif type(value) is int and DAY_FIRST <= value <= DAY_LAST:
            self.days.update((value - 1, value, value + 1))

    def day(self, rng):
        """Any day, often one on which something begins or ends."""
        return rng.choice(sorted(self.days)) if self.days and rng.random() < 0.5 else rng.randint(DAY_FIRST, DAY_LAST)

    def one(self, rng, *keys, other="nobody"):
        """A name that the pack knows under one of the keys, sometimes another."""
        known = [name for key in keys for name in self.found.get(key, ())]
        return rng.choice(known) if known and rng.random() < 0.85 else other


def random_case(rng, pack, words):
    day = words.day(rng)
    state = random_state(rng, pack, day)
    facts = {"joined": rng.random() < 0.8, "referred": rng.random() < 0.3}
    if rng.random() < 0.05:
        plain = [row for row, about in enumerate(pack["counters"]) if about["kind"] in ("plain", "sliding", "lots", "pending")]
        units = [[row, rng.choice([-5, 0, 7, I24_MAX, -I24_MAX])] for row in rng.sample(plain, min(len(plain), 2))]
        return {"state": state, "event": {"credit": units, "day": day}, "facts": {}, "refunds": []}
    word = rng.choice(["sale"] * 6 + ["enrol", "tap"] + words.events)
    event = random_event(rng, words, word, day)
    refunds = []
    for _ in range(rng.choice([0, 1, 1, 2, 3])) if word == "sale" else ():
        day += rng.choice([0, 0, 0, 1, 40, 400])
        refunds.append({"day": day, "lines": random_returned(rng, event)})
    return {"state": state, "event": event, "facts": facts, "refunds": refunds}


def random_state(rng, pack, day):
    """[[counter id, value, day], ...]: sometimes empty, often at the edges; what cards carry, and what no card should."""
    if rng.random() < 0.5:
        return likely_state(rng, pack, day)
    state = []
    for about in pack["counters"]:
        for number in about["ids"]:
            value = rng.choice([0, 1, 5, 50, 1000, rng.randint(0, 100000), I24_MAX, I24_MAX - 1])
            if about.get("debt") and rng.random() < 0.3:
                value = rng.choice([-1, -7, I24_MIN])
            value = min(value, TOPS.get(about["kind"], I24_MAX))
            end = rng.choice([0, 0, day - 1, day, day + 1, day + 30, day + 400, 0xFFFF])
            if rng.random() < 0.7 and (value or end) and _fits(state, about, value):
                state.append([number, value, end])
    return state


TOPS = {"level": 1, "date": 1, "version": 2, "bits": 2}  # every pack here has as many levels and versions


def _fits(state, about, value):
    """A row's counters together fit one: the evaluator lets no card come beyond that."""
    return value + sum([held for number, held, _ in state if number in about["ids"]]) <= I24_MAX


def likely_state(rng, pack, day):
    """As `random_state`, of cards that a shop can have made."""
    state = []
    for about in pack["counters"]:
        if rng.random() < 0.7:
            held = LIKELY.get(about["kind"], _plain)(rng, about, day)
            state += [[number, *pair] for number, pair in zip(about["ids"], held) if tuple(pair) != (0, 0)]
    return state


def _plain(rng, about, day):
    value = rng.choice([1, 5, 50, 1000, rng.randint(0, 100000), rng.randint(0, 20), I24_MAX - 1])
    return [(rng.choice([-1, -7]) if about.get("debt") and rng.random() < 0.3 else value, 0)]


def _dated(rng, about, day):
    ends = {"until": month_end(month_of(day)), "year": year_end(date_of(day)[0]), "sliding": day + rng.randint(-3, about.get("days", 1) - 1)}
    return [(rng.choice([1, 5, 50, 1000, rng.randint(1, 100000)]), max(1, ends[about["kind"]]))]


def _lots(rng, about, day):
    days = sorted(rng.sample(range(day - 3, day + about["days"] + 10), len(about["ids"])))
    return [(rng.choice([1, 5, 333]), end) for end in days][: rng.randint(0, len(days))]


def _pending(rng, about, day):
    return [(rng.choice([0, 5, 1000]), 0), *_lots(rng, {**about, "ids": about["ids"][1:]}, day + 3)]


def _spend(rng, about, day):
    end = month_end(month_of(day - rng.choice([0, 0, 31, 62]))) if about["kind"] == "month" else 0
    return [(rng.choice([0, 1, 50, 999, 100000]), end), (rng.randrange(about["per"]), end)]


def _level(rng, about, day):
    value = rng.randrange(len(about["names"]))
    return [(value, rng.choice([0, day, day - 1, day + 400]) if value else 0)]


LIKELY = {
    "until": _dated, "year": _dated, "sliding": _dated, "lots": _lots, "pending": _pending, "month": _spend, "lifetime": _spend, "level": _level,
    "derived": lambda rng, about, day: [], "date": lambda rng, about, day: [(1, day + rng.choice([-1, 0, 1, 364]))],
    "bits": lambda rng, about, day: [(rng.randrange(1 << min(22, about["count"])), 0)] * len(about["ids"]),
    "fact": lambda rng, about, day: [(rng.choice([1, 2, 3, 229, 820, 24300]), rng.choice([0, day, day - 1, day + 10]))],
    "version": lambda rng, about, day: [(rng.choice([1, 2]), 0)],
}  # fmt: skip


def random_event(rng, words, word, day, card=None):
    event = {"at": "%sT%02d:%02d:%02d" % (date_text(day), rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)), "on": word}
    by_number = "phones" in words.pack["rules"] and word == "sale" and rng.random() < 0.5
    if by_number:
        event["phone"] = rng.choice(["+1", "+2"])
    if by_number or rng.random() < 0.12:
        event["card"] = None
    elif card is not None:
        event["card"] = card
    event.update(FILL[word](rng, words, event))
    return event


def sale(rng, words, event):
    more = {"currency": words.pack["currency"] if rng.random() < 0.98 else "XTS"}
    lines = [random_line(rng, words) for _ in range(rng.choice([0, 1, 1, 2, 3, 6]))]
    if lines or rng.random() < 0.5:
        more["lines"] = lines
    if not lines and rng.random() < 0.7:
        more["amount"] = rng.choice(AMOUNTS)
    if rng.random() < 0.3 and words.money:
        more["spend"] = {rng.choice(words.money): rng.choice([0, 1, 1, 3, 5, 50, 1000, -1])}
    if rng.random() < 0.4:
        more["redeem"] = rng.choice(["auto", "auto", "none", *(words.rewards * 3 or ["nothing"])])
    if rng.random() < 0.4:
        said = words.pack["codes"]
        more["code"] = rng.choice([*said, *said, " spring ", "NO"])
    if rng.random() < (0.4 if "manual" in words.pack["rules"] else 0.05):
        rights = rng.choice([["manual-discount"], ["manual-discount", "refund"], ["manual-discount"], []])
        more["cashier"] = {"id": "anna", "rights": rights, "discount_bp": rng.choice([0, 1, 100, 500, 501, -1]), "reason": rng.choice(["late", "late", " "])}
    if "partners" in words.found or rng.random() < 0.1:
        more["partner"] = words.one(rng, "partners")
    if rng.random() < 0.2:
        more["phone"] = rng.choice(["+1", "+2"])
        more["offline"] = rng.random() < 0.5
    return more


def random_line(rng, words):
    line = {
        "sku": words.one(rng, "sku", "extra", "on", other=rng.choice(SKUS)), "category": words.one(rng, "on", "without", other=rng.choice(CATEGORIES)),
        "qty": rng.choice([1, 1, 2, 3, 7, 100]) if rng.random() < 0.98 else rng.choice([0, 10**12]),
        "unit_price": rng.choice([0, 1, 99, 250, 333, 1000, 12345, 10**6]) if rng.random() < 0.98 else rng.choice([-1, 10**12]),
    }  # fmt: skip
    if rng.random() < 0.3:
        line["for"] = "companion"
    return line


def random_returned(rng, sold):
    """Lines of a refund; None for all that is left."""
    lines = sold.get("lines") or []
    if not lines or rng.random() < 0.3:
        return None
    some = [rng.choice(lines) for _ in range(rng.randint(1, 2))]
    return [{"sku": line["sku"], "qty": rng.choice([1, 1, line["qty"], 2, 0 if rng.random() < 0.1 else 1]), "reward": rng.random() < 0.2} for line in some]


def enrol(rng, words, event):
    more = {}
    if rng.random() < 0.5:
        more["birthday"] = rng.choice(["02-29", "08-20", "12-31"])
    if rng.random() < 0.6:
        more["group"] = rng.choice([*words.groups, "nobody"])
        more["group_to"] = rng.choice([None, date_text(rng.randint(DAY_FIRST, DAY_LAST))])
    if rng.random() < 0.5:
        more["phone"] = rng.choice(["+1", "+2"])
    return more


def grant(rng, words, event):
    if rng.random() < 0.5 and words.levels:
        return {"tier": rng.choice([*words.levels, "none"]), **({"tier_to": date_text(rng.randint(DAY_FIRST, DAY_LAST))} if rng.random() < 0.5 else {})}
    return {"campaign": words.one(rng, "id")}


FILL = {
    "sale": sale, "enrol": enrol, "grant": grant, "tap": lambda rng, words, event: {},
    "return": lambda rng, words, event: {"item": words.one(rng, "item"), "qty": rng.choice([-1, 0, 1, 3, 1000, I24_MAX])},
    "donate": lambda rng, words, event: {"amount": rng.choice([-1, 0, 1, 5, 1000]), "to": words.one(rng, "to")},
    "migrate": lambda rng, words, event: {"to": rng.choice([0, 1, 2, 3])},
    "referral": lambda rng, words, event: {"friend": rng.choice(["A", "B", "C"])},
    "report": lambda rng, words, event: {"what": rng.choice(["manual-discounts", "settlement", "charity", "segment", "score"])},
}  # fmt: skip


def random_sequence(rng, words, count):
    """Events for the books: days never go backwards, refunds and claims mean earlier ones, deliveries come twice."""
    day, events, known = words.day(rng), [], words.events + (["referral"] * 3 if "referral" in words.pack["rules"] else [])
    known += ["claim"] * 3 if "guarantee" in words.pack["rules"] else []
    for place in range(count):
        day += rng.choice([0, 0, 0, 1, 3, 31, 366 if rng.random() < 0.2 else 0])
        word = rng.choice(["sale"] * 8 + ["refund"] * 5 + ["claim", "referral", "report", "enrol", "tap"] + known)
        if word in ("refund", "claim"):
            event = backwards(rng, word, day, events, place)
        else:
            event = random_event(rng, words, word, day, rng.choice(["A", "A", "B", "C"]))
        if rng.random() < 0.2:
            event.update(terminal=1, txn=rng.randint(1, 3))
        events.append(event)
    return events


def backwards(rng, word, day, events, place):
    sales = [number for number, event in enumerate(events) if event["on"] == "sale"]
    of = rng.choice(sales) if sales and rng.random() < 0.9 else place
    event = {"at": date_text(day), "on": word, "card": "A"}
    if word == "refund":
        lines = random_returned(rng, events[of]) if of < place else None
        return {**event, "of": of, **({"lines": lines} if lines else {})}
    event["card"] = (events[of] if of < place else event).get("card", "A")
    lines = events[of].get("lines") if of < place else None
    line = rng.randrange(len(lines)) if lines else 0
    sold, found = (lines[line]["unit_price"], rng.choice([0, 1, 90])) if lines else (0, 0)
    credit = (sold - found) * lines[line]["qty"] if lines and rng.random() < 0.8 else 9
    return {**event, "receipt_line": "%d:%d" % (of, line), "found_price": found, "credit": credit}


