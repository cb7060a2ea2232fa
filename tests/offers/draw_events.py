"""Random events other than sales and refunds, what may be redeemed, and how a described card starts."""

from datetime import timedelta

EVENTS = {
    "container-return": ["return"] * 4,
    "issued-card": ["enrol"],
    "group-price": ["enrol"] * 2,
    "manual-discount": ["report"],
    "welcome-window": ["grant", "grant", "grant", "enrol"],
    "charity": ["donate", "donate", "report"],
    "phone-claim": ["enrol"],
    "tier-decay": ["tap"],
    "tier-perks": ["tap"],
    "segment": ["report"],
    "year-status": ["tap", "grant"],
    "score": ["report"],
    "referral": ["referral"] * 2,
    "coalition": ["report"],
    "price-guarantee": ["claim"] * 2,
    "enrolment": ["enrol"],
    "version-change": ["migrate"],
    "switch-to-points": ["migrate"],
}
REPORTS = {"manual-discount": "manual-discounts", "coalition": "settlement", "charity": "charity", "segment": "segment", "score": "score"}
COUNTER_MAX = 8388607


# ---- events: each gives the keys besides at, on, card, terminal, txn ----


def enrol(story, card):
    rng = story.rng
    event = {}
    if story.kind == "issued-card":
        event["birthday"] = birthday(rng, story.now.date())
    if story.kind == "group-price":
        event["group"] = rng.choice(sorted(story.p["groups"]) * 4 + ["pilot"])
        event["group_to"] = (story.now.date() + timedelta(days=rng.choice([0, 1, 30, 300]))).isoformat()
    if story.kind == "phone-claim" and rng.random() < 0.9:
        event["phone"] = rng.choice(["+37060000001", "+37060000002"])
    return event


def empties(story, card):
    rng = story.rng
    full = story.p["needed"] - story.counters(card)["jars"]
    return {"item": rng.choice([story.p["item"]] * 9 + ["bottle"]), "qty": rng.choice([1, 2, full, full - 1 or 1, full + 1, 3 * full, rng.choice([0, -1])])}


def donate(story, card):
    rng = story.rng
    has = story.counters(card)["points"]
    return {"amount": rng.choice([has, 1, has // 2, has + 1, rng.choice([0, -1])]), "to": rng.choice(story.p["charities"] * 4 + ["nobody"])}


def grant(story, card):
    rng = story.rng
    if story.kind == "year-status":
        return {"tier": rng.choice(["chairman", "chairman", "hon", "base"])}
    return {"campaign": rng.choice(sorted(story.p["grants"]) * 4 + ["other"])}


def migrate(story, card):
    if story.kind == "switch-to-points":
        return {"to": story.rng.choice([2] * 8 + [1, 3])}
    return {"to": story.rng.choice([version["version"] for version in story.p["versions"]] * 3 + [9])}


def referral(story, card):
    return {"friend": story.rng.choice(["B", "B", "C", "D", "E", "F", "A"])}


def claim(story, card):
    """Mostly the right sum for a line of a sale of this card."""
    rng = story.rng
    sales = [sale for sale in story.shop.books.sales.values() if sale.lines and sale.card is not None]
    if not sales or rng.random() < 0.05:
        return {"receipt_line": f"{len(story.events)}:0", "found_price": 1, "credit": 1}
    sale = rng.choice(sales)
    position = rng.randrange(len(sale.lines) + (rng.random() < 0.05))
    if position == len(sale.lines):
        return {"receipt_line": f"{sale.index}:{position}", "found_price": 1, "credit": 1}
    line = sale.lines[position]
    price = (2 * line.net + line.qty) // (2 * line.qty)
    found = rng.choice([price - 1, price * 9 // 10, price // 2, price])
    credit = (price - max(0, found)) * line.paid_left + rng.choice([0] * 9 + [1])
    own = {} if rng.random() < 0.05 else {"card": sale.card}
    return {**own, "receipt_line": f"{sale.index}:{position}", "found_price": max(0, found), "credit": credit}


OTHER_EVENTS = {
    "enrol": enrol,
    "return": empties,
    "donate": donate,
    "grant": grant,
    "migrate": migrate,
    "referral": referral,
    "claim": claim,
    "tap": lambda story, card: {},
    "report": lambda story, card: {"what": REPORTS[story.kind]},
}


# ---- redeem ----


def stamps(story, card):
    return story.rng.choice(["auto", "none"])


def coupon(story, card):
    last = story.p["coupons"]
    return "coupon-" + str(story.rng.choice([1, last, story.rng.randint(1, last), story.rng.randint(1, last), last + 1]))


REDEEMS = {
    "stamp-card": stamps,
    "version-change": stamps,
    "points-product": lambda story, card: story.p["reward_id"],
    "catalogue": lambda story, card: story.rng.choice(sorted(story.p["catalogue"]) * 4 + ["piano"]),
    "coupon-book": coupon,
}


# ---- start ----


def birthday(rng, today):
    return rng.choice([today.strftime("%m-%d"), (today + timedelta(days=1)).strftime("%m-%d"), "02-29", "12-31"])


def edge_of(rng, wanted):
    """A counter near a wanted count, now and then near the end of its range."""
    if rng.random() < 0.03:
        return COUNTER_MAX - rng.randint(0, 20)
    return max(0, rng.choice([wanted, wanted - 1, 2 * wanted, rng.randint(0, 3 * wanted + 1)]))


def month_start(p, rng):
    this_month = {"voucher": rng.randint(0, 200)} if p["mode"] == "amount" else {"rate_bp": p["bands"][-1][1]}
    return {"month_spend": rng.choice([start for start, _ in p["bands"]] + [rng.randint(0, 999)]), **this_month}


def start_of(kind, p, rng, today):
    """Counters and data of a described card, as they are on the first day of the sequence."""

    def after(*days):
        return (today + timedelta(days=rng.choice(days))).isoformat()

    if kind in ("stamp-card", "version-change"):
        needed = p.get("stamps_needed") or p["versions"][0]["stamps_needed"]
        return {"stamps": rng.choice([-1, edge_of(rng, needed), edge_of(rng, needed)])}
    if kind == "point-expiry":
        if p["mode"] != "buckets":
            return {}
        days = sorted({after(0, 1, 7, 30, p["valid_days"] - 1, rng.randint(2, 90)) for _ in range(rng.randint(1, 4))})
        lots = [{"points": rng.randint(1, 200), "through": day} for day in days]
        return {"points": sum(lot["points"] for lot in lots), "buckets": lots}
    if kind == "year-status":
        tier = rng.choice(["base", "chairman", "hon"])
        end = {"tier_to": f"{today.year + rng.randint(0, 1)}-12-31"} if tier == "chairman" else {}
        return {"units_year": edge_of(rng, p["over"]), "tier": tier, **end}
    if kind == "tier-decay":
        return {"tier": rng.choice(p["tiers"]), "last_visit": after(-120, -62, -31, -1, 0)}
    if kind == "score":
        services = rng.choice([[], ["voicemail"], ["voicemail", "voicemail", "roaming"]])
        joined = rng.choice([today.replace(year=2023), today.replace(year=2021) + timedelta(days=1)]) if today.day < 29 else today
        return {"lifetime_spend": rng.randint(0, 100), "services": services, "enrolled_on": rng.choice([joined.isoformat(), "2024-02-29"])}
    if kind == "tier-perks":
        return {"tier": rng.choice(p["tiers"]), **rng.choice([{}, {"tier_to": after(0, 1, 5)}])}
    if kind == "group-price":
        return {"group": rng.choice(sorted(p["groups"])), "group_to": after(-1, 0, 1, 5, 40, 400)}
    simple = {
        "points-product": lambda: {"points": edge_of(rng, p["cost_points"])},
        "container-return": lambda: {"jars": rng.randint(0, p["needed"] - 1)},
        "month-benefit": lambda: month_start(p, rng),
        "issued-card": lambda: {"card_active": 1, "birthday": birthday(rng, today)},
        "marginal-units": lambda: {"units_year": edge_of(rng, p["bands"][-1][0])},
        "paid-pass": lambda: {"valid_to": after(-1, 0, 1, 5)},
        "simple-or-status": lambda: {"tier": rng.choice(p["tiers"])},
        "catalogue": lambda: {p["counter"]: edge_of(rng, rng.choice(list(p["catalogue"].values())))},
        "tier-earn": lambda: {"miles": edge_of(rng, p["tiers"][-1]["at"])},
        "codes-best-of": lambda: {"purchases": rng.randint(0, 2)},
        "referral": lambda: {"points": edge_of(rng, p["friend_points"]), "purchases": rng.choice([0, 0, 1])},
        "switch-to-points": lambda: {"lifetime_spend": rng.randint(0, 5000)},
        "price-guarantee": lambda: {"credit": edge_of(rng, 500)},
        "basket-bands": lambda: {"lifetime_spend": rng.randint(0, 2000)} if p["mode"] == "lifetime" else {},
        "step-points": lambda: {"points": edge_of(rng, 50)},
        "cashback": lambda: {"points": edge_of(rng, 150)},
        "pending-points": lambda: {"points": rng.randint(0, 100)},
        "welcome-window": lambda: {"points": edge_of(rng, 100)},
        "charity": lambda: {"points": edge_of(rng, 300)},
        "phone-claim": lambda: {"points": edge_of(rng, 100)},
        "coalition": lambda: {"points": edge_of(rng, 100)},
        "nth-unit": lambda: {"points": edge_of(rng, 50)} if p["earn_bp"] else {},
    }
    return simple[kind]() if kind in simple else {}
