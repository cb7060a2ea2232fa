"""Random rows in the shape of offers.json, without expectations: `draw_row(kind, rng)`.

The story of a sequence is told to the reference while it is drawn, so that balances, receipts and levels are known: spends hit the exact
balance, refunds take what is left or one more. Most events that would be refused are dropped again; some stay.
"""

import copy
from datetime import date, datetime, time, timedelta

from tests.offers.draw_events import EVENTS, OTHER_EVENTS, REDEEMS, start_of
from tests.offers.draw_parameters import draw_parameters
from tests.offers.reference import KINDS as PLAYED
from tests.offers.reference.shop import Shop

KINDS = sorted(PLAYED) + ["economics"]
FIXED = ("currency", "minor_digits", "tiers", "status_bp", "entitlements", "counter", "catalogue", "point_value", "groups")
REFUSED_KEPT = 0.3
SALE_MAX = 10**12  # minor units, rule 1
PACES = {kind: ["months"] for kind in ("month-benefit", "tier-decay", "year-status", "segment")}
NEWEST = date(2060, 1, 1)


def draw_row(kind, rng):
    """One row of this kind; rng is a random.Random. The same seed gives the same row."""
    row = {"id": "DRAWN", "name": "drawn", "kind": kind}
    if kind == "economics":
        cases = [{"name": f"case {number}", "inputs": economics_inputs(rng)} for number in range(rng.randint(1, 4))]
        return {**row, "inputs": cases[0]["inputs"], "more": cases[1:]}
    row["parameters"] = draw_parameters(kind, rng)
    row["sequences"] = [Story(kind, row["parameters"], rng).sequence(number) for number in range(rng.randint(1, 3))]
    return row


class Story:
    """One sequence."""

    def __init__(self, kind, parameters, rng):
        self.kind = kind
        self.rng = rng
        self.replaced = {}
        if rng.random() < 0.3:
            others = draw_parameters(kind, rng)
            names = sorted(set(others) - set(FIXED))
            self.replaced = {name: others[name] for name in rng.sample(names, min(len(names), rng.randint(1, 2)))}
        self.p = {**parameters, **self.replaced}
        self.unit = 10 ** self.p["minor_digits"]
        self.days = sorted(set(dates_in(self.p)))
        self.events = []

    def sequence(self, number):
        rng = self.rng
        self.pace = rng.choice(PACES.get(self.kind, ["hours", "days", "days", "months"]))
        self.now = datetime.combine(self.first_day(), time(10))
        joins = "enrol" in EVENTS.get(self.kind, [])
        drawn = {"name": f"drawn {number}", "customer": rng.choice(["new", "new", "member"] if joins else ["member", "member", "new"])}
        if rng.random() < (0.4 if joins else 0.6):
            drawn["start"] = start_of(self.kind, self.p, rng, self.now.date())
            drawn["customer"] = "member"
        if rng.random() < 0.4:
            drawn["cards"] = {"B": {"customer": rng.choice(["member", "new"])}}
            if rng.random() < 0.5:
                drawn["cards"]["B"] = {"start": start_of(self.kind, self.p, rng, self.now.date())}
        if self.replaced:
            drawn["with"] = self.replaced
        self.shop = Shop(self.kind, self.p)
        self.shop.describe("A", drawn, self.now.date())
        for name, about in drawn.get("cards", {}).items():
            self.shop.describe(name, about, self.now.date())
        wanted = rng.randint(4, 14)
        for _ in range(4 * wanted):
            if len(self.events) < wanted:
                self.tell(self.event())
        drawn["events"] = self.events
        return drawn

    def tell(self, event):
        """Add the event, unless it would be refused and is dropped for that."""
        before = (copy.copy(self.shop.books), set(self.shop.delivered))
        result = self.shop.play(len(self.events), event)
        if "refused" in result and self.rng.random() > REFUSED_KEPT:
            self.shop.delivered = before[1]
            return
        self.events.append(event)

    # ---- time ----

    def first_day(self):
        edges = [date(2026, 1, 31), date(2026, 2, 27), date(2026, 3, 1), date(2026, 12, 30), date(2027, 12, 31), date(2028, 2, 28)]
        near = [day + timedelta(days=self.rng.choice([-15, -2, -1, 0, 1])) for day in self.days[:-1] or self.days]
        return self.rng.choice(edges + 3 * near)

    def pass_time(self):
        """At the pace of the sequence: often none or little; otherwise to an edge: midnight, a day of the parameters, month, year."""
        rng, now = self.rng, self.now
        midnight = datetime.combine(now.date() + timedelta(days=1), time(0))
        steps = [now, now, now + timedelta(seconds=rng.choice([1, 29, 30, 59, 3600])), now + timedelta(minutes=rng.randint(1, 300))]
        steps += [midnight - timedelta(minutes=1), midnight]
        if "min_gap_s" in self.p:
            steps += [now + timedelta(seconds=max(0, self.p["min_gap_s"] + rng.choice([-1, 0, 1])))] * 3
        if self.pace != "hours":
            steps += [midnight + timedelta(hours=10), midnight + timedelta(days=1), midnight + timedelta(days=rng.randint(1, 4))] * 2
            steps += self.edges_of_time(midnight)
        if self.pace == "months":
            month = date(now.year + now.month // 12, now.month % 12 + 1, 1)
            year = date(now.year + 1, 1, 1)
            for edge in [month] * 6 + [year]:
                steps.append(datetime.combine(edge, time(0)) + rng.choice([timedelta(0), timedelta(minutes=-1), timedelta(days=rng.randint(1, 29))]))
            if rng.random() < 0.2:
                steps += [midnight + timedelta(days=rng.randint(28, 130)), datetime.combine(year + timedelta(days=366), time(10))]
        then = max(now, rng.choice(steps))
        if then.date() < NEWEST:
            self.now = then

    def edges_of_time(self, midnight):
        """The last day of what the parameters measure in days, and the next day that they name."""
        rng = self.rng
        ends = {"valid_days": -1, "pending_days": 0, "window_days": 0}
        spans = [self.p[name] + shift + rng.choice([-1, 0, 1]) for name, shift in ends.items() if name in self.p]
        found = [midnight + timedelta(days=span - 1) for span in spans if span > 0]
        coming = [day for day in self.days if day >= midnight.date()]
        if coming:
            found += [datetime.combine(coming[0] + timedelta(days=rng.choice([-1, 0, 1])), time(0))] * 2
        return found

    def at(self):
        seconds = self.now.second or self.rng.random() < 0.1
        return self.now.strftime("%Y-%m-%dT%H:%M:%S" if seconds else "%Y-%m-%dT%H:%M")

    # ---- events ----

    def event(self):
        rng = self.rng
        self.pass_time()
        sent = [event for event in self.events if "txn" in event]
        if sent and rng.random() < 0.08:
            return {**copy.deepcopy(rng.choice(sent)), "at": self.at()}
        others = EVENTS.get(self.kind, [])
        on = rng.choices(["sale", "refund", "tap", "enrol", "other"], [55, 18, 6, 3, 22 if others else 0])[0]
        if on == "other":
            on = rng.choice(others)
        event = {"at": self.at(), "on": on}
        card = rng.choices(["A", "B", "C"], [45, 30, 25] if self.kind == "referral" else [75, 20, 5])[0]
        if rng.random() < 0.2:
            event.update(terminal=rng.randint(1, 2), txn=rng.randint(1, 9))
        if on == "refund":
            return {**event, **self.refund()}
        if card != "A":
            event["card"] = card
        if on == "sale":
            return {**event, **self.sale(card)}
        return {**event, **OTHER_EVENTS[on](self, card)}

    def counters(self, name):
        return self.shop.offer.counters_of(self.shop.books.card(name))

    def sale(self, card):
        rng, p = self.rng, self.p
        event = {"lines": self.lines(card), "currency": p["currency"]}
        if rng.random() < (0.35 if self.kind in ("phone-claim", "nth-unit", "code") else 0.08):
            event["card"] = card = None
        wish = rng.random()
        money = self.shop.offer.money()
        for counter, value in money.items():
            has = self.counters(card).get(counter, 0) if card else 0
            fits = sum(line["qty"] * line["unit_price"] for line in event["lines"]) // value
            if rng.random() < 0.4 and (has or rng.random() < 0.1):
                asked = rng.choice([has, has, has // 2, 1, min(has, fits), min(has, fits + 1), has + 1])
                event["spend"] = {counter: asked}
        if self.kind in REDEEMS and rng.random() < 0.5:
            event["redeem"] = REDEEMS[self.kind](self, card)
        elif wish < 0.05:
            event["redeem"] = rng.choice(["auto", "none", "nothing-like-it"])
        if wish > 0.97:
            event["currency"] = "XTS"
        elif wish > 0.95:
            event["lines"] = []
        elif wish > 0.92 and event["lines"]:
            event["lines"][-1].update(rng.choice([{"qty": 0}, {"qty": -1}, {"unit_price": -1}]))
        elif wish > 0.91:
            event["spend"] = {rng.choice(["points", "credit", "stamps"]): rng.choice([-1, 1])}
        return self.flavour(event)

    def flavour(self, event):
        """What the kind looks at besides lines."""
        rng, p = self.rng, self.p
        if "codes" in p and rng.random() < 0.85:
            today = self.now.date().isoformat()
            running = [name for name, entry in sorted(p["codes"].items()) if entry["from"] <= today <= entry["through"]]
            code = rng.choice(running * 12 + sorted(p["codes"]) * 3 + ["NOPE", "", "  "])
            event["code"] = rng.choice([code, code, f" {code.lower()} "])
        if "partners" in p:
            event["partner"] = rng.choice(sorted(p["partners"]) * 4 + ["bank"])
        if self.kind == "manual-discount" and rng.random() < 0.8:
            rights = rng.choice([["manual-discount"]] * 4 + [[], ["void"]])
            rate_bp = rng.choice([p["max_bp"], p["max_bp"] + 1, p["max_bp"] // 2, 1, 0])
            event["cashier"] = {"id": rng.choice(["K1", "K2"]), "rights": rights, "discount_bp": rate_bp, "reason": rng.choice(["goodwill"] * 5 + [""])}
        if self.kind == "phone-claim" and event.get("card", "A") is None and rng.random() < 0.9:
            event["phone"] = rng.choice(["+37060000001", "+37060000002"])
            if rng.random() < 0.6:
                event["offline"] = True
            if rng.random() < 0.06:
                event["spend"] = {"points": 1}
        return event

    def lines(self, card):
        """One to four lines; often the last price or quantity brings the sale to an edge."""
        rng = self.rng
        if self.kind == "catalogue" and rng.random() < 0.2:
            return []
        lines = [self.line() for _ in range(rng.choices([1, 2, 3, 4], [45, 30, 15, 10])[0])]
        if len(lines) > 1 and rng.random() < 0.15:
            lines[1]["sku"], lines[1]["category"] = lines[0]["sku"], lines[0]["category"]
        last = lines[-1]
        if rng.random() < 0.4:
            edges = [edge + rng.choice([-1, 0, 0, 1]) for edge in self.edges(card)]
            missing = [edge - sum(line["qty"] * line["unit_price"] for line in lines[:-1]) for edge in edges]
            missing = [edge for edge in missing if edge >= 0]
            if missing:
                last.update(qty=1, unit_price=rng.choice(missing))
        elif rng.random() < 0.5:
            units = [edge + rng.choice([-1, 0, 1]) for edge in self.unit_edges(card)]
            units = [edge for edge in units if 1 <= edge <= 200]
            if units and "category" in self.p:
                last.update(category=self.p["category"], sku=self.p["category"] + "-1", qty=rng.choice(units))
        if rng.random() < 0.01:
            lines = [{**lines[0], "qty": 1, "unit_price": SALE_MAX}]
        return lines

    def line(self):
        rng, p = self.rng, self.p
        categories = [p[name] for name in ("category", "machine_category") if name in p] * 3 + ["misc"]
        categories += p.get("repeat_categories", []) * 2 + p.get("excluded_categories", [])
        for entry in p.get("codes", {}).values():
            categories += [name for name in entry["categories"] if name != "*"]
        category = rng.choice(categories)
        sku = f"{category}-{rng.randint(1, 2)}"
        special = [p[name] for name in ("fee_sku", "card_sku") if name in p] * 2 + sorted(p.get("bonus_skus", {}))
        special += [name for entry in p.get("codes", {}).values() for name in entry["excluded_skus"][:1]]
        if special and rng.random() < 0.2:
            sku = rng.choice(special)
            category = "pass" if sku == p.get("fee_sku") else "misc"
        price = rng.choice([rng.randint(1, 30) * 10 * self.unit, rng.randint(1, 99), rng.randint(1, 30000), rng.randint(1, 9) * self.unit])
        if rng.random() < 0.04:
            price = rng.choice([0, 0, 10**9, 10**10])
        line = {"sku": sku, "category": category, "qty": rng.choices([1, 2, 3, 5, 12], [55, 20, 12, 8, 5])[0], "unit_price": price}
        if self.kind == "companion" and rng.random() < 0.5:
            line["for"] = "companion"
        return line

    def edges(self, card):
        """Sums of money at which something changes."""
        p = self.p
        memo = self.shop.books.card(card).memo if card else {}
        found = [p[name] for name in ("issue_over", "min_sale", "off", "machine_off") if name in p]
        found += [entry["min_basket"] for entry in p.get("codes", {}).values()]
        if "step" in p:
            found += [p["step"] * self.rng.randint(1, 9) - (self.counters(card).get("carry", 0) if card else 0)]
        if p.get("earn_bp") and "point_value" in p:
            found += [-(-self.rng.randint(1, 9) * 10000 * p["point_value"] // p["earn_bp"])]
        if "spend_unit" in p and "spend" in memo:
            found += [start * p["spend_unit"] - memo["spend"] for start, _ in p.get("bands", [])]
            found += [p["spend_unit"] * self.rng.choice([self.rng.randint(1, 50), self.rng.randint(500, 3000)])] * 2
        elif "category" not in p:
            found += [start for start, _ in p.get("bands", [])]
        return found

    def unit_edges(self, card):
        p = self.p
        found = [p[name] for name in ("nth", "per_qty", "free_qty", "stamps_needed", "max_companions") if name in p]
        year = self.counters(card).get("units_year", 0) if card else 0
        found += [start - year for start, _ in p.get("bands", [])] + ([p["over"] - year] if "over" in p else [])
        return found

    def refund(self):
        """Of a sale that was made: all, one line in part, a reward unit, or more than is left; rarely of none."""
        rng = self.rng
        made = list(self.shop.books.sales.values())
        if not made or rng.random() < 0.03:
            return {"of": rng.choice([len(self.events), len(self.events) + 5])}
        rewarded = [sale for sale in made if any(line.free_left for line in sale.lines)]
        sale = rng.choice(rewarded if rewarded and rng.random() < 0.5 else made + made[-2:])
        event = {"of": sale.index}
        if sale.card != "A":
            event["card"] = sale.card
        left = [line for line in sale.lines if line.paid_left or line.free_left]
        if not left or rng.random() < 0.4:
            return event
        entries = []
        for line in rng.sample(left, rng.choice([1, 1, len(left)])):
            reward = line.free_left > 0 and (line.paid_left == 0 or rng.random() < 0.5)
            most = line.free_left if reward else line.paid_left
            qty = rng.choice([1, most, rng.randint(1, most)])
            if rng.random() < 0.08:
                qty = rng.choice([most + 1, most + 5, 0])
            entries.append({"sku": line.sku, "qty": qty, **({"reward": True} if reward else {})})
        if rng.random() < 0.02:
            entries.append({"sku": "never-sold", "qty": 1})
        return {**event, "lines": entries}


def dates_in(value):
    """All dates named anywhere in the parameters."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [day for part in value for day in dates_in(part)]
    if isinstance(value, str) and len(value) == 10 and value[4] == "-" == value[7]:
        return [date.fromisoformat(value)]
    return []


def economics_inputs(rng):
    """The inputs of one formula."""
    price = rng.choice([10000, 900000, rng.randint(1, 10**6)])
    given = rng.choice([{"margin_bp": rng.randint(1, 9999)}, {"cost": rng.randint(0, price)}, {"markup_bp": rng.randint(1, 20000)}])
    rate_bp = rng.choice([500, 1000, rng.randint(1, 5000)])
    calc = rng.choice(["discount", "bonus", "liability", "uplift", "kpi", "lint"])
    if calc == "bonus":
        purchases = rng.randint(1, 6)
        own = {"price": price, **given, "bonus_bp": rate_bp, "purchases": purchases, "bonuses_spent": rng.randint(0, purchases)}
        return {"calc": calc, **own, **rng.choice([{}, {"redemption_bp": rng.randint(0, 10000)}])}
    if calc == "liability":
        return {"calc": calc, "outstanding_points": rng.randint(0, 10**6), "point_value": rng.choice([1, 100]), "redemption_bp": rng.randint(0, 10000)}
    if calc == "kpi":
        customers = []
        for _ in range(rng.randint(1, 12)):
            purchases = rng.randint(0, 4)
            customers.append({"purchases": purchases, "spend": purchases * rng.randint(1, 9999), "active": rng.random() < 0.5})
        customers.append({"purchases": 1, "spend": rng.randint(1, 9999), "active": True})
        control = [rng.randint(1, 9999) for _ in range(rng.randint(1, 5))]
        return {"calc": calc, "customers": customers, "control_spend": control, "top_bp": rng.randint(1, 10000)}
    if calc == "lint":
        limit = rng.randint(1, 5000)
        return {"calc": calc, "warn_from_bp": limit, "standing_rates": [[f"rate {n}", limit + rng.choice([-1, 0, 1, 500])] for n in range(rng.randint(0, 5))]}
    return {"calc": calc, "price": price, **given, "discount_bp": rate_bp}
