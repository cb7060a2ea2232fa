"""Random, well-formed parameters of every kind: the names of offers.json, other values; small numbers, so that edges are met often."""

from datetime import date, timedelta

CURRENCIES = [("RUB", 2), ("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)]
RATES_BP = [1, 50, 100, 300, 333, 500, 999, 1000, 1500, 2000, 3333, 5000, 10000]


def draw_parameters(kind, rng):
    """A dict of parameters for this kind (not economics)."""
    currency, minor_digits = rng.choice(CURRENCIES)
    return {"currency": currency, "minor_digits": minor_digits, **KINDS[kind](rng, 10**minor_digits)}


def rate(rng):
    return rng.choice(RATES_BP) if rng.random() < 0.8 else rng.randint(1, 10000)


def value_of_point(rng, unit):
    return rng.choice([1, unit, unit, 10 * unit, 7])


def sum_of_money(rng, unit):
    """Mostly round, sometimes any."""
    return rng.choice([rng.randint(1, 30) * 100 * unit, rng.randint(1, 20) * unit, rng.randint(1, 5000)])


def some_day(rng):
    """Often the edge of a month or a year."""
    first = date(2026, rng.randint(1, 12), 1)
    return rng.choice([first, first - timedelta(days=1), first + timedelta(days=rng.randint(1, 27)), date(2026, 12, 31), date(2028, 2, 29)])


def period(rng, longest=40):
    first = some_day(rng)
    return first.isoformat(), (first + timedelta(days=rng.randint(0, longest))).isoformat()


def rising(rng, count, top, zero=0.5):
    """Rising starts; the first may be 0."""
    starts = set(rng.sample(range(1, max(top, count) + 1), count))
    if rng.random() < zero:
        starts.add(0)
    return sorted(starts)


def bands(rng, top, times=1, zero=0.5):
    """Pairs [from, rate_bp]; the rates rise, too, but for some."""
    starts = rising(rng, rng.randint(1, 3), top, zero)
    rates = [rate(rng) for _ in starts]
    if rng.random() < 0.85:
        rates.sort()
    if starts[0] == 0 and rng.random() < 0.5:
        rates[0] = 0
    return [[start * times, rate_bp] for start, rate_bp in zip(starts, rates)]


def points(rng, unit):
    return {"earn_bp": rate(rng), "point_value": value_of_point(rng, unit)}


def sets(rng):
    return {"per_qty": rng.choice([1, 1, 2, 3]), "free_qty": rng.choice([1, 1, 2, 3]), "max_free_per_sale": rng.randint(1, 3)}


def stamp_card(rng, unit):
    return {"category": "lens", "stamps_needed": rng.randint(1, 12), **sets(rng)}


def version_change(rng, unit):
    starts = sorted({max(some_day(rng), date(2026, 1, 2)) for _ in range(rng.randint(1, 3))})
    versions = [{"version": 1, "from": "2026-01-01", "stamps_needed": rng.randint(1, 12)}]
    for number, start in enumerate(starts, 2):
        versions.append({"version": number, "from": start.isoformat(), "stamps_needed": rng.randint(1, 12)})
    return {"category": "coffee", **sets(rng), "versions": versions, "policy": rng.choice(["finish-old", "convert"])}


def nth_unit(rng, unit):
    own = {"category": "promo", "nth": rng.randint(1, 4), "off_bp": rate(rng), "card_required": rng.random() < 0.3}
    return {**own, **points(rng, unit), "earn_bp": rng.choice([0, rate(rng)])}


def points_product(rng, unit):
    return {"reward_id": rng.choice(["free-fuel", "tea"]), "category": "fuel", "cost_points": rng.randint(1, 60), **points(rng, unit)}


def container_return(rng, unit):
    return {"item": rng.choice(["jar", "crate"]), "needed": rng.randint(1, 7), "gift": "mask"}


def coupon_book(rng, unit):
    return {"coupons": rng.choice([1, 2, 3, 16, 32]), "off": sum_of_money(rng, unit), "valid_through": some_day(rng).isoformat()}


def month_benefit(rng, unit):
    spend_unit = rng.choice([1, unit, unit, 10 * unit])
    mode = rng.choice(["amount", "amount", "rate"])
    return {"mode": mode, "bands": bands(rng, 60, rng.choice([1, 10, 25]), 0.6), "spend_unit": spend_unit, "voucher_unit": rng.choice([1, unit, unit, 5])}


def issued_card(rng, unit):
    seasons = [list(period(rng)) for _ in range(rng.randint(0, 2))]
    return {"issue_over": sum_of_money(rng, unit), "rate_bp": min(rate(rng), 9500), "birthday_extra_bp": rng.choice([0, 500, 333]), "sale_periods": seasons}


def basket_bands(rng, unit):
    spend_unit = rng.choice([1, unit, 10 * unit])
    return {"mode": rng.choice(["basket", "lifetime"]), "bands": bands(rng, 40, 50), "compare": rng.choice([">=", ">"]), "spend_unit": spend_unit}


def fixed_progressive(rng, unit):
    return {"fixed_bp": rng.choice([0, 500, rate(rng)]), "bands": bands(rng, 40, 50), "combine": rng.choice(["best", "sum"])}


def marginal_units(rng, unit):
    return {"category": "lamp", "bands": bands(rng, 20)}


def paid_pass(rng, unit):
    days = rng.choice([1, 2, 7, 30, 365, 366])
    names = rng.choice([["half-fare"], ["free-delivery", "lounge"], []])
    return {"fee_sku": "pass-1", "valid_days": days, "category": rng.choice(["ticket", "pass"]), "off_bp": rate(rng), "entitlements": names}


def group_price(rng, unit):
    return {"groups": {"staff": rate(rng), "student": rate(rng)}, "excluded_categories": rng.choice([[], ["gift-card"], ["gift-card", "book"]])}


def manual_discount(rng, unit):
    return {"max_bp": rng.choice([1, 500, 1000, 10000])}


def simple_or_status(rng, unit):
    own = {"mode": rng.choice(["simple", "status"]), "simple_bp": rate(rng), "tiers": ["base", "silver", "gold"][: rng.randint(2, 3)]}
    return {**own, "status_bp": {tier: rng.choice([0, rate(rng)]) for tier in own["tiers"]}}


def shared_card(rng, unit):
    mode = rng.choice(["velocity", "velocity", "household"])
    return {"mode": mode, "max_per_day": rng.randint(1, 4), "min_gap_s": rng.choice([0, 1, 30, 60, 3600, 7200]), "rate_bp": rate(rng)}


def companion(rng, unit):
    return {"category": "fare", "companion_off_bp": rate(rng), "max_companions": rng.randint(1, 3)}


def cashback(rng, unit):
    return {**points(rng, unit), "earn_base": rng.choice(["net", "gross"])}


def step_points(rng, unit):
    own = {"step": rng.choice([1, unit, 5 * unit, 10 * unit, 333]), "points_per_step": rng.randint(1, 5), "carry": rng.random() < 0.5}
    return {**own, "point_value": value_of_point(rng, unit)}


def catalogue(rng, unit):
    own = {"counter": rng.choice(["stickers", "miles"]), "step": rng.choice([unit, 5 * unit, 100 * unit, 333]), "per_step": rng.randint(1, 3)}
    return {**own, "catalogue": {"mug": rng.randint(1, 10), "umbrella": rng.randint(5, 30)}}


def point_expiry(rng, unit):
    mode = rng.choice(["buckets", "buckets", "sliding", "never"])
    return {"mode": mode, "valid_days": rng.choice([1, 2, 7, 31, 60]), **points(rng, unit)}


def pending_points(rng, unit):
    return {**points(rng, unit), "pending_days": rng.randint(1, 10)}


def welcome_window(rng, unit):
    windows = []
    for _ in range(rng.randint(0, 2)):
        first, last = period(rng, 6)
        windows.append({"from": first, "through": last, "times": rng.randint(1, 4)})
    grants = {}
    for name in ["spring", "autumn"][: rng.randint(1, 2)]:
        first, last = period(rng, 6)
        grants[name] = {"points": rng.randint(1, 400), "from": first, "through": last}
    own = {"welcome": rng.choice([0, 10, 6000]), "step": rng.choice([unit, 10 * unit, 333]), "per_step": rng.randint(1, 3)}
    return {**own, "point_value": value_of_point(rng, unit), "windows": windows, "grants": grants}


def charity(rng, unit):
    return {"charities": ["wwf", "cats"][: rng.randint(1, 2)], "point_value": value_of_point(rng, unit), "shop_bp": rng.choice([0, 100, rate(rng)])}


def tier_earn(rng, unit):
    starts = [0] + rising(rng, 2, rng.choice([20, 200, 2000]), zero=0)
    tiers = [{"name": name, "at": at, "times_bp": rng.choice([10000, 12500, 15000, 33333])} for name, at in zip(["red", "silver", "gold"], starts)]
    return {"tiers": tiers, "step": rng.choice([1, unit, 10 * unit]), "per_step": rng.randint(1, 3)}


def tier_decay(rng, unit):
    return {"tiers": ["base", "silver", "gold", "black"][: rng.randint(2, 4)], "months_per_level": rng.randint(1, 3)}


def segment(rng, unit):
    return {"cycles": rng.randint(1, 3), "min_visits": rng.randint(2, 4)}


def year_status(rng, unit):
    own = {"category": "mile", "over": rng.randint(1, 30), "tiers": ["base", "chairman"], "holds_years": rng.randint(0, 2)}
    return {**own, "invitation_tier": "hon"}


def tier_perks(rng, unit):
    tiers = ["base", "silver", "gold"]
    return {"tiers": tiers, "entitlements": {"base": [], "silver": ["free-delivery"], "gold": ["free-delivery", "warranty"]}}


def score(rng, unit):
    own = {"spend_unit": rng.choice([1, unit, 10 * unit]), "spend_per_point": rng.randint(1, 20)}
    return {**own, "per_service": rng.randint(0, 50), "per_year": rng.randint(0, 50)}


def codes(rng, unit, categories):
    drawn = {}
    for name in ["SPRING", "K30A"][: rng.randint(1, 2)]:
        first, last = period(rng, rng.choice([30, 400]))
        drawn[name] = {
            "bp": rate(rng),
            "from": first,
            "through": last,
            "categories": rng.choice(categories),
            "min_basket": rng.choice([0, sum_of_money(rng, unit)]),
            "excluded_skus": rng.choice([[], ["R1"]]),
        }
    return drawn


def codes_best_of(rng, unit):
    own = {"repeat_bp": rate(rng), "repeat_categories": rng.choice([["coffee"], ["coffee", "tea"]]), "machine_category": "machine"}
    categories = [["coffee"], ["*"], ["coffee", "machine"], ["tea"]]
    return {**own, "machine_off": sum_of_money(rng, unit), "codes": codes(rng, unit, categories)}


def code(rng, unit):
    return {"codes": codes(rng, unit, [["*"], ["goods"], ["goods", "book"]])}


def referral(rng, unit):
    own = {"referrer_points": rng.randint(0, 200), "friend_points": rng.randint(0, 100), "cap_per_month": rng.randint(1, 3)}
    return {**own, "min_sale": rng.choice([0, 1, sum_of_money(rng, unit)]), "point_value": value_of_point(rng, unit)}


def coalition(rng, unit):
    partners = {"fuel": rate(rng), "phones": rate(rng), "laptops": rng.choice([0, rate(rng)])}
    return {"partners": partners, "bonus_skus": rng.choice([{}, {"laptop-x": rng.randint(1, 1000)}]), "point_value": value_of_point(rng, unit)}


def price_guarantee(rng, unit):
    return {"window_days": rng.choice([0, 1, 14, 30]), "point_value": 1}


def enrolment(rng, unit):
    return {"mode": rng.choice(["buy", "buy", "free"]), "card_sku": "club-card", **points(rng, unit)}


def switch_to_points(rng, unit):
    own = {"discount_bp": rate(rng), "opening_bp": rate(rng), "spend_unit": rng.choice([1, unit, 10 * unit])}
    return {**own, **points(rng, unit)}


KINDS = {
    "stamp-card": stamp_card,
    "version-change": version_change,
    "nth-unit": nth_unit,
    "points-product": points_product,
    "container-return": container_return,
    "coupon-book": coupon_book,
    "month-benefit": month_benefit,
    "issued-card": issued_card,
    "basket-bands": basket_bands,
    "fixed-progressive": fixed_progressive,
    "marginal-units": marginal_units,
    "paid-pass": paid_pass,
    "group-price": group_price,
    "manual-discount": manual_discount,
    "simple-or-status": simple_or_status,
    "shared-card": shared_card,
    "companion": companion,
    "cashback": cashback,
    "step-points": step_points,
    "catalogue": catalogue,
    "point-expiry": point_expiry,
    "pending-points": pending_points,
    "welcome-window": welcome_window,
    "charity": charity,
    "phone-claim": lambda rng, unit: points(rng, unit),
    "tier-earn": tier_earn,
    "tier-decay": tier_decay,
    "segment": segment,
    "year-status": year_status,
    "tier-perks": tier_perks,
    "score": score,
    "codes-best-of": codes_best_of,
    "code": code,
    "referral": referral,
    "coalition": coalition,
    "price-guarantee": price_guarantee,
    "enrolment": enrolment,
    "switch-to-points": switch_to_points,
}
