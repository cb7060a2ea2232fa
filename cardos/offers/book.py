"""The books of one place, in memory: what no card carries and every rule beside the card needs.

Receipts and refunds, deliveries that came twice, claims, numbers instead of cards, who brought whom, reports. A shop's ledger
and the hub keep the same facts on disk; replay, simulator and tests keep them here. The card's own part is `evaluate`.
"""

from cardos.bytes import I24_MAX
from cardos.calendar import date_text, month_of
from cardos.offers import reports
from cardos.offers.claims import claim
from cardos.offers.evaluate import evaluate, rolled
from cardos.offers.events import event_from_json
from cardos.offers.refund import refund
from cardos.offers.standing import lots, view


_BASIC = ("CURRENCY_MISMATCH", "EMPTY_SALE", "BAD_LINE", "BAD_AMOUNT")  # refused before anybody asks who pays


class Card:
    """One card in the books. joined_on: day or None; services: names; visits: days with a visit, rising."""

    def __init__(self, joined):
        self.state = {}
        self.joined = joined
        self.joined_on = None
        self.services = []
        self.visits = []
        self.brought_by = None
        self.brought = []  # months in which this card brought a friend


class Sale:
    """One sale in the books: its receipt, what has come back, who bought."""

    def __init__(self, card, receipt, event):
        self.card, self.receipt, self.back = card, receipt, None
        self.day, self.phone = event["day"], event.get("phone")
        self.referrer = None
        self.claims = {}  # line -> [credit each unit, units back then]


class Book:
    """Plays events one after the other. pack: checked; language-free, prints nothing."""

    def __init__(self, pack):
        self.pack = pack
        self.cards = {}
        self.sales = []  # a Sale, or None for events that were none
        self.seen = {}  # (terminal, txn) -> index of the event that had the effect
        self.queues = {}  # phone -> {row: units}
        self.phones = {}  # phone -> name of the card that was enrolled with it last
        self.totals = reports.Totals()

    def card(self, name, joined=True):
        """The `Card` of a name; a card first seen is new unless told otherwise."""
        if name not in self.cards:
            self.cards[name] = Card(joined)
        return self.cards[name]

    def play(self, event_json):
        """One event, as in `tests/offers/offers.json`; returns a dict with the keys of its "expect". BadInput (EVENT)."""
        event = event_from_json(event_json, "Event %d" % len(self.sales))
        name = event_json["card"] if "card" in event_json else "A"
        card = self.card(name, False) if name is not None else None
        pair = (event.get("terminal"), event.get("txn"))
        if None not in pair and pair in self.seen:
            self.sales.append(self.sales[self.seen[pair]])
            return self._shown({"replayed": True}, card, event["day"])
        self.sales.append(None)
        effects = self._apply(event, card, name)
        if None not in pair and "refused" not in effects:
            self.seen[pair] = len(self.sales) - 1
        return self._shown(effects, card, event["day"])

    def _apply(self, event, card, name):
        word = event["on"]
        if word == "refund":
            return self._refund(event)
        if word == "claim":
            return claim(self, event, card)
        if word == "referral":
            return self._referral(event, card, name)
        if word == "report":
            return reports.report(self, event, card)
        if word == "sale":
            return self._sale(event, card)
        return self._card_event(event, card, name)

    def _evaluate(self, event, card):
        if card is None:
            return evaluate(self.pack, {}, event)[1]
        event["joined"] = card.joined
        card.state, effects = evaluate(self.pack, card.state, event)
        return effects

    def _sale(self, event, card):
        if card is None and event.get("phone") and self.pack["rules"].get("phones"):
            card = self._by_phone(event["phone"])
            if card is None or event.get("offline"):
                return self._queued(event)
            event["card"] = True
        if card is not None and card.brought_by is not None:
            event["referred"] = True
        before = card.state if card is not None else None
        effects = self._evaluate(event, card)
        if "refused" in effects:
            return effects
        points = effects["shares"].get("referrer", 0)
        if card is not None and card.brought_by is not None and points:
            referred = self._credit(card.brought_by, points, event["day"])
            if "refused" in referred:
                card.state = rolled(self.pack, before, event["day"]).state()
                return referred
        self._keep(event, card, effects)
        return effects

    def _keep(self, event, card, effects):
        sale = Sale(card, effects["receipt"], event)
        self.sales[-1] = sale
        self.totals.sale(self.pack, event, effects)
        if card is not None and effects["gross"]:
            if not card.joined:
                card.joined, card.joined_on = True, event["day"]
            card.visits.append(event["day"])
            # Only the first sale counts: the link ends with it, whether it gave something or not.
            sale.referrer, card.brought_by = card.brought_by, None

    def _credit(self, card, points, day):
        row = self.pack["rules"]["referral"]["c"]
        card.state, effects = evaluate(self.pack, card.state, {"on": "credit", "day": day, "units": {row: points}})
        return effects

    def _by_phone(self, phone):
        return self.cards[self.phones[phone]] if phone in self.phones else None

    def _queued(self, event):
        """A sale by number: it earns into the queue of that number and never spends."""
        alone = dict(event)
        alone["card"], alone["spend"] = True, {}
        _, effects = evaluate(self.pack, {}, alone)
        asked = event.get("spend") or {}
        if effects.get("refused") in _BASIC:
            return effects
        if [name for name in asked if asked[name] < 0]:
            return {"refused": "BAD_AMOUNT"}
        if [name for name in asked if asked[name]]:
            return {"refused": "OFFLINE_BURN" if event.get("offline") else "OVERDRAW"}
        if "refused" in effects:
            return effects
        queue = self.queues.setdefault(event["phone"], {})
        if [row for row in effects["earned"] if queue.get(row, 0) + effects["earned"][row] > I24_MAX]:
            return {"refused": "COUNTER_RANGE"}
        for row in effects["earned"]:
            queue[row] = queue.get(row, 0) + effects["earned"][row]
        self.sales[-1] = Sale(None, effects["receipt"], event)
        self.totals.sale(self.pack, event, effects)
        effects["queued"] = effects.pop("earned")
        effects.pop("next", None)
        return effects

    def _card_event(self, event, card, name):
        if card is None:
            return {"refused": "NOT_ELIGIBLE"}
        before = card.state
        effects = self._evaluate(event, card)
        if "refused" in effects:
            return effects
        self.totals.event(event, effects)
        if event["on"] == "enrol":
            phone = event.get("phone") if self.pack["rules"].get("phones") else None
            if phone:
                card.state, credit = evaluate(self.pack, card.state, {"on": "credit", "day": event["day"], "units": self.queues.get(phone, {})})
                if "refused" in credit:
                    card.state = rolled(self.pack, before, event["day"]).state()
                    return credit
                self.queues.pop(phone, None)
                self.phones[phone] = name
                for row in credit["earned"]:
                    effects["earned"][row] = effects["earned"].get(row, 0) + credit["earned"][row]
            card.joined, card.joined_on = True, event["day"]
        return effects

    def _refund(self, event):
        sale = self.sales[event["of"]] if 0 <= event["of"] < len(self.sales) - 1 else None
        if sale is None:
            return {"refused": "NO_SUCH_SALE"}
        owner, queue = sale.card, None
        if owner is None and sale.phone:
            owner, queue = self._by_phone(sale.phone), self.queues.get(sale.phone)
        state = owner.state if owner else {}
        state, back, effects = refund(self.pack, state, sale.receipt, sale.back, event.get("lines"), event["day"], queue)
        if owner:
            owner.state = state
        if "refused" in effects:
            return effects
        if queue is not None:
            self.queues[sale.phone] = effects["queue"]
        sale.back = back
        self.totals.refund(self.pack, sale.receipt, effects)
        self._take_back_claims(sale, owner, effects, event["day"])
        if "referrer" in effects["shares"] and sale.referrer:
            self._credit(sale.referrer, effects["shares"]["referrer"], event["day"])
        return effects

    def _take_back_claims(self, sale, owner, effects, day):
        """Returned units take back their share of a price guarantee's credit; what is spent already comes off the money."""
        if not owner:
            return
        for place in sorted(sale.claims):
            row, each, holder = sale.claims[place]
            units = each * effects["units"][place]
            if units:
                event = {"on": "credit", "day": day, "units": {row: -units}}
                holder.state, done = evaluate(self.pack, holder.state, event)
                short = done["short"].get(row, 0) * self.pack["counters"][row].get("unit", 0)
                effects["refunded"] = max(0, effects["refunded"] - short)

    def _referral(self, event, card, name):
        """Register that a card brings a friend. Refusals SELF_REFERRAL, NOT_ELIGIBLE, REFERRAL_CAP."""
        rule = self.pack["rules"].get("referral")
        if event["friend"] == name:
            return {"refused": "SELF_REFERRAL"}
        if rule is None or card is None:
            return {"refused": "NOT_ELIGIBLE"}
        friend = self.card(event["friend"], False)
        bought = rolled(self.pack, friend.state, event["day"]).usable(rule["count"])
        if bought or friend.brought_by is not None:
            return {"refused": "NOT_ELIGIBLE"}
        month = month_of(event["day"])
        if len([one for one in card.brought if one == month]) >= rule["cap"]:
            return {"refused": "REFERRAL_CAP"}
        card.brought.append(month)
        friend.brought_by = card
        return {}

    def _shown(self, effects, card, day):
        """What happened in the words of the acceptance rows: names instead of rows, dates as text."""
        out = {}
        for key in ("paid", "discount", "refused", "declined", "replayed", "refunded", "rewards", "entitlements", "report", "segment", "score"):
            if key in effects:
                out[key] = effects[key]
        for key in ("earned", "spent", "queued"):
            if key in effects:
                out[key] = {self.pack["counters"][row]["name"]: units for row, units in effects[key].items() if units}
        if "next" in effects:
            edge = effects["next"]
            out["next"] = {"band_at": edge[0], "rate_bp": edge[1]} if edge else None
        if card is not None:
            held = rolled(self.pack, card.state, day)
            card.state = held.state()
            out["counters"] = view(self.pack, held)
            dated = lots(self.pack, held)
            if dated is not None:
                out["buckets"] = [{"through": date_text(end), self.pack["counters"][_lot_row(self.pack)]["name"]: units} for end, units in dated]
        out["cards"] = {name: view(self.pack, rolled(self.pack, self.cards[name].state, day)) for name in self.cards}
        return out


def _lot_row(pack):
    for row, about in enumerate(pack["counters"]):
        if about["kind"] == "lots":
            return row
    return None
