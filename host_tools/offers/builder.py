"""Collects counters and rules while offers are compiled, and allots counter ids.

Offers that name the same counter share it. A counter that the last pack had keeps its id; an id that was given once is not
given to something else while cards may still carry it.
"""

from typing import Any

from cardos.errors import BadInput
from cardos.offers.holdings import BITS_EACH

COUNTER_IDS_MAX = 255  # a counter id is one byte on the card, 0 is an unused place
PHASES = ("rewards", "earn", "status", "roll", "events")
OPENS = ("pass", "issue", "year-level")  # status rules that open something; the others only count
ITEM, BASKET = 0, 1  # price effects on single units come before those on whole lines


class Builder:
    """The pack under construction. previous: the pack that cards were last written under, or None."""

    def __init__(self, previous=None):
        self.rows: list[dict] = []
        self.keys: dict[str, int] = {}  # key -> row
        self.rules: dict[str, list[tuple]] = {phase: [] for phase in PHASES}  # phase -> [(priority, offer number, rule)]
        self.prices: list[tuple] = []  # (offer id, phase, priority, offer number, node)
        self.singles: dict[str, Any] = {}  # rules that a pack has once
        self.next: list[dict] = []
        self.perks: list[dict] = []
        self.codes: list[str] = []
        self.welcome: list[dict] = []
        self.facts: dict[str, int] = {}  # what enrolment writes -> row
        self.offer: tuple = ("", 0, 0, None, None)  # (id, number, priority, first day, last day)
        self.campaigns = _campaigns_of(previous)  # id -> bit of the flags row; bit 0 says that the card has joined
        self.old_ids, self.old_names = _ids_of(previous), _names_of(previous)
        self.taken = set(number for ids in self.old_ids.values() for number in ids)

    def begin(self, offer_id, number, priority=0, start=None, end=None):
        """The rules that follow are this offer's. start, end: first and last day of the whole offer, or None."""
        self.offer = (offer_id, number, priority, start, end)

    def row(self, name, kind="plain", ids=1, hidden=False, **about):
        """The row of a counter; an equal one that another offer made is shared. hidden: the offer's own note."""
        key = "%s.%s" % (self.offer[0], name) if hidden else name
        about = {"name": key if hidden else name, "kind": kind, **({"hidden": True} if hidden and kind != "fact" else {}), **about}
        if key in self.keys:
            return self._shared(key, about, ids)
        about["ids"] = self._allot(key, ids)
        self.keys[key] = len(self.rows)
        self.rows.append(about)
        return self.keys[key]

    def names_kept(self, name, wanted):
        """Names that stand on cards by their place: those of the last pack first, also such that are gone; new ones behind them."""
        old = list(self.old_names.get("%s.%s" % (self.offer[0], name), ()))
        return old + [one for one in wanted if one not in old]

    def _shared(self, key, about, ids):
        held = self.rows[self.keys[key]]
        if about.get("unit") and not held.get("unit"):
            held["unit"] = about["unit"]  # another offer says what the counter is worth
        merged = {**about, "ids": held["ids"], **({"unit": held["unit"]} if held.get("unit") and not about.get("unit") else {})}
        if merged == held and ids == len(held["ids"]):
            return self.keys[key]
        if about["kind"] == "plain" and about.get("unit", 0) in (0, held.get("unit", 0)) and held["kind"] in ("sliding", "lots", "pending"):
            return self.keys[key]  # a plain use of points that another offer lets end or wait
        raise BadInput(
            "Two offers keep the counter \"%s\" differently (%s)." % (key, self.offer[0]),
            "Give one of them another `counter`, or make worth, length and kind equal.", "OFFER",
        )  # fmt: skip

    def _allot(self, key, count):
        ids = list(self.old_ids.get(key, ()))[:count]
        number = 1
        while len(ids) < count:
            while number in self.taken:
                number += 1
            if number > COUNTER_IDS_MAX:
                raise BadInput("The pack needs more than %d counters." % COUNTER_IDS_MAX, "Leave out offers.", "OFFER")
            ids.append(number)
            self.taken.add(number)
        return ids

    def welcomed(self, row, points):
        """Points at joining, while the offer stands."""
        _, number, _, start, end = self.offer
        dates = {**({"from": start} if start is not None else {}), **({"through": end} if end is not None else {})}
        self.welcome.append({"c": row, "points": points, "offer": number, **dates})

    def flags(self):
        """The row of the pack's flags."""
        if "flags" not in self.singles:
            offer, self.offer = self.offer, ("pack",) + self.offer[1:]
            self.singles["flags"] = self.row("flags", "fact", hidden=True)
            self.offer = offer
        return self.singles["flags"]

    def campaign_bit(self, name):
        """The flag that says a card was given a campaign's credit; a campaign that packs had before keeps its own."""
        self.flags()
        if name not in self.campaigns:
            free = [bit for bit in range(1, BITS_EACH) if bit not in self.campaigns.values()]
            if not free:
                raise BadInput("The pack has more than %d campaigns." % (BITS_EACH - 1), "Leave out those that are over.", "OFFER")
            self.campaigns[name] = free[0]
        return self.campaigns[name]

    def add(self, phase, rule):
        """A rule of a phase. What only counts is not added twice, and goes on when its offer has ended."""
        if phase not in ("status", "roll") or rule["op"] in OPENS:
            rule = self._dated(rule)
        elif {**rule, "offer": 0} in [{**held, "offer": 0} for _, _, held in self.rules[phase]]:
            return
        self.rules[phase].append((self.offer[2], self.offer[1], {**rule, "offer": self.offer[1]}))

    def price(self, node, phase=BASKET):
        """A price effect: a rule, or a group of rules of this offer."""
        node = self._marked(node)
        self.prices.append((self.offer[0], phase, self.offer[2], self.offer[1], node))

    def _marked(self, node):
        if "op" in node:
            return {**self._dated(node), "offer": self.offer[1]}
        (word, members), = node.items()
        return {word: [self._marked(member) for member in members]}

    def _dated(self, rule):
        """A rule of an offer that has dates stands only between them."""
        start, end = self.offer[3], self.offer[4]
        if start is None and end is None:
            return rule
        dates = ["days", start if start is not None else 0, end if end is not None else 0xFFFF]
        return {**rule, "when": ["all", dates, rule["when"]] if "when" in rule else dates}

    def single(self, word, value):
        """A rule that a pack has once (membership, referral, guarantee, segment, score, manual limit)."""
        if word in self.singles and self.singles[word] != value:
            raise BadInput("Two offers of the pack say what \"%s\" is." % word, "Keep one of them.", "OFFER")
        self.singles[word] = value


def _names_of(pack):
    return {about["name"]: about["names"] for about in pack["counters"] if "names" in about} if pack else {}


def _campaigns_of(pack):
    return {rule["id"]: rule["bit"] for rule in pack["rules"]["events"] if rule["op"] == "campaign"} if pack else {}


def _ids_of(pack):
    if pack is None:
        return {}
    return {about["name"]: tuple(about["ids"]) for about in pack["counters"]}
