"""The acceptance rows on a soft card: each event is a real tap, what it says and what the card then holds is held against "expect".

    result = RowShop(pack, sequence).play(event)

What a home keeps beside its cards (a delivery that came twice, the receipts) is its journal here.
"""

import json

from cardos.calendar import date_text
from cardos.crypto import tdes
from cardos.exchange import Done, Refused
from cardos.offers.evaluate import evaluate, rolled
from cardos.offers.events import event_from_json
from cardos.offers.opening import opening_state
from cardos.offers.standing import entitlements, lots, next_band, view
from cardos.taps.read import read
from cardos.taps.refund import Bought, refund
from cardos.taps.sell import sell
from cardos.taps.terms import Terms
from tests.portable.shop import EPOCH, KEYS, MINUTE, SCHEME, Shop, nonces

PROFILES = (1, 3, 5, 7, 9)
SMALL = 3  # counters that an NTAG215 is issued with; packs that need more go to a DESFire, where this interpreter can make one

# What no card carries, and why the events of these rows are not played here.
NOT_ON_A_CARD = {
    "C10": "a sale by telephone number waits in the books until its number joins",
    "E04": "who brought whom is in the books",
    "E08": "which receipt line was claimed is in the books",
}
NOT_A_TAP = ("report",)  # it reads the books: discounts by hand, settlement, charity, segment, score


def needs_of(pack):
    """How many counters a pack takes on a card."""
    return sum([len(about["ids"]) for about in pack["counters"]])


def family_of(pack):
    if needs_of(pack) <= SMALL:
        return "ntag215"
    return "desfire-ev2" if tdes.AVAILABLE else "ntag216"


class DatedShop(Shop):
    """A `Shop` whose day is that of the event."""

    day = 0

    def terms(self):
        return Terms(KEYS, SCHEME, EPOCH, 1, self.next_number, MINUTE, self.day, self.pack, self.counters, True, nonces, None)


class RowShop:
    """The cards of one sequence, each with the journal of its taps."""

    def __init__(self, pack, sequence, family=None):
        self.pack, self.family = pack, family or family_of(pack)
        self.shops, self.sales, self.played = {}, {}, 0
        self.seen = {}
        self.day = event_from_json(sequence["events"][0])["day"]
        self.begin("A", sequence)
        for name in sorted(sequence.get("cards") or {}):
            about = {"customer": "member"}
            about.update(sequence["cards"][name])
            self.begin(name, about)

    def begin(self, name, about):
        """Issue a card that holds what "start" says."""
        start = about.get("start") or {}
        counters = [n for n in PROFILES if n >= needs_of(self.pack)][0]
        shop = self.shops[name] = DatedShop(self.family, counters, self.pack, bytes([4, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, len(self.shops)]))
        shop.day = self.day
        opening = opening_state(self.pack, start, self.day, about.get("customer", "new") != "new" or bool(start))
        assert isinstance(shop.issue(opening), Done)
        return shop

    def play(self, event_json):
        """What a home says of an event, with the keys of "expect"; None when the event is not a card's."""
        event, number = event_from_json(event_json), self.played
        self.played += 1
        name = event_json["card"] if "card" in event_json else "A"
        if event["on"] in NOT_A_TAP:
            return None
        if name is None:
            return self.shown(evaluate(self.pack, {}, event)[1], None)
        shop = self.shops[name] if name in self.shops else self.begin(name, {})
        shop.day = event["day"]
        pair = (event.get("terminal"), event.get("txn"))
        if None not in pair and pair in self.seen:
            return self.shown({"replayed": True}, shop)
        before = self.held(shop)
        if event["on"] == "tap":
            return self.standing(before, shop)
        if event["on"] == "refund":
            answer = self.refund(event)
            shop = self.sales[event["of"]][0] if event["of"] in self.sales else shop
        else:
            outcome = shop.tap(sell(shop.terms(), event, "r%d" % number))
            answer = self.told(outcome)
            answer["entitlements"] = entitlements(self.pack, before)
            if isinstance(outcome, Done) and event["on"] == "sale":
                self.sales[number] = (shop, "r%d" % number)
        if None not in pair and "refused" not in answer:
            self.seen[pair] = number
        return self.shown(answer, shop)

    def held(self, shop):
        """The `Holdings` that a reader finds on a card today."""
        outcome = shop.tap(read(shop.terms()))
        assert isinstance(outcome, Done), outcome
        return rolled(self.pack, outcome.card.counters, shop.day)

    def refund(self, event):
        if event["of"] not in self.sales:
            return {"refused": "NO_SUCH_SALE"}
        shop, reference = self.sales[event["of"]]
        shop.day = event["day"]
        return self.told(shop.tap(refund(shop.terms(), lambda: bought(shop, reference), event.get("lines"))))

    def told(self, outcome):
        if isinstance(outcome, Refused):
            return {"refused": outcome.reason}
        assert isinstance(outcome, Done), outcome
        details = json.loads(json.dumps(outcome.entry["details"]))
        answer = {key: details[key] for key in ("paid", "discount", "earned", "spent", "rewards", "declined", "refunded") if key in details}
        if "next" in details:
            answer["next"] = details["next"]
        return answer

    def shown(self, answer, shop):
        """The answer beside what the card carries now; without shop: what an event without a card gave."""
        names = [about["name"] for about in self.pack["counters"]]
        for key in ("earned", "spent"):
            if shop is None and key in answer:
                answer[key] = {names[row]: answer[key][row] for row in answer[key]}
        if "next" in answer:
            edge = answer["next"]
            answer["next"] = {"band_at": edge[0], "rate_bp": edge[1]} if edge else None
        if shop is None:
            return answer
        held = self.held(shop)
        answer["counters"] = view(self.pack, held)
        self.put_lots(answer, held)
        answer["cards"] = {name: view(self.pack, self.held(self.shops[name])) for name in self.shops if name != "A"}
        return answer

    def standing(self, held, shop):
        """What a till shows of a card that is only looked at."""
        edge = next_band(self.pack, held)
        answer = {
            "counters": view(self.pack, held), "entitlements": entitlements(self.pack, held),
            "next": {"band_at": edge[0], "rate_bp": edge[1]} if edge else None,
        }  # fmt: skip
        self.put_lots(answer, held)
        return answer

    def put_lots(self, answer, held):
        for about in self.pack["counters"]:
            if about["kind"] == "lots":
                answer["buckets"] = [{"through": date_text(day), about["name"]: units} for day, units in lots(self.pack, held)]


def bought(shop, reference, undone=False):
    """The `Bought` of a sale as a journal knows it, or None; as JSON would bring it back."""
    sale, back = None, None
    for entry in shop.landed:
        details = json.loads(json.dumps(entry["details"]))
        if entry["sale"] == reference and "receipt" in details:
            sale = (entry, details["receipt"])
        if entry["operation"] == "refund" and details["sale"] == reference:
            back = details["back"]
    if sale is None:
        return None
    return Bought(reference, [sale[0]["terminal"], sale[0]["transaction"]], sale[0]["family"], bytes.fromhex(sale[0]["uid"]), sale[1], back, shop.pack, undone)

