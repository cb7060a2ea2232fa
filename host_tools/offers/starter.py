"""The pack of a new home: one stamp card, made of shop.toml, until the shop installs a pack of its own."""

from cardos.offers.pack import FORMAT

PACK_NUMBER = 1


def starter_pack(settings, scheme):
    """One stamp for each unit of a stamp item (an amount without lines is one unit); a full set of stamps gives the reward.

    Stamps go on above a full set; with `valid_days` they end when no new one comes for so long.
    """
    stamps = {"name": "stamps", "kind": "sliding" if settings.valid_days else "plain", "ids": [1], "debt": True}
    if settings.valid_days:
        stamps["days"] = settings.valid_days
    gift = [settings.reward_id, settings.stamps_needed, settings.reward]
    return {
        "format": FORMAT, "scheme": scheme, "number": PACK_NUMBER, "currency": settings.currency, "minor_digits": settings.minor_digits,
        "counters": [stamps], "offers": [{"id": settings.reward_id, "kind": "stamp-card", "name": {"en": settings.reward}}],
        "rules": {
            "rewards": [{"op": "gifts", "c": 0, "gifts": [gift], "auto": True, "offer": 0}],
            "earn": [{"op": "stamps", "c": 0, "on": list(settings.stamp_items), "per": 1, "amount": True, "offer": 0}],
            "status": [], "roll": [], "events": [], "gifts": True,
        },
        "prices": [], "next": [], "perks": [], "codes": [],
    }  # fmt: skip
