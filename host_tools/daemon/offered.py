"""What a till must know of the pack before a card comes: which rewards there are, which bands, codes and discounts by hand."""

from cardos.offers.holdings import Holdings
from cardos.offers.rewards import reward_ids
from cardos.offers.standing import progress


def offered(pack):
    """The part of `shop` in GET /api/v1/state that the pack decides.

    rewards: what a sale may name, coupons by their first. auto: a set is given by itself with the unit that it makes free.
    offers: names by language. bands: what `next` is about, unit in minor units. empty: the standing of a new card.
    """
    return {
        "pack": pack["number"], "rewards": rewards(pack), "auto": any(_by_itself(rule) for rule in pack["rules"]["rewards"]),
        "offers": [{"id": offer["id"], "kind": offer["kind"], "name": dict(offer["name"])} for offer in pack["offers"]],
        "bands": [_bands(pack, rule) for rule in pack["next"]], "codes": bool(pack["codes"]), "manual_bp": pack["rules"].get("manual") or 0,
        "empty": progress(pack, Holdings(pack["counters"], {}, 0)),
        "units": {about["name"]: about["unit"] for about in pack["counters"] if about.get("unit")},
    }  # fmt: skip


def rewards(pack):
    """[{"id", "offer", "alone", "auto"}]; alone: it can be given without a sale; auto: it is given by itself."""
    alone = bool(pack["rules"].get("gifts"))
    return [
        {"id": name, "offer": pack["offers"][rule["offer"]]["id"], "alone": alone and rule["op"] == "gifts", "auto": _by_itself(rule)}
        for rule in pack["rules"]["rewards"] for name in (reward_ids(rule) if rule["op"] != "coupons" else ["coupon-1"])
    ]  # fmt: skip


def _by_itself(rule):
    return bool(rule.get("auto")) and rule["op"] == "free-units"


def _bands(pack, rule):
    """{"counter", "unit", "over", "bands"}: counter None: the basket's own sum decides; over: an edge must be passed."""
    about = pack["counters"][rule["c"]] if "c" in rule else None
    return {
        "counter": about["name"] if about else None, "unit": about.get("per", 1) if about else 1, "over": bool(rule.get("over")),
        "money": about is None or bool(about.get("per")), "bands": [list(band) for band in rule["bands"]],
    }  # fmt: skip
