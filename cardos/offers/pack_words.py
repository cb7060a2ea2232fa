"""The words that packs are made of, each with its fields and what they hold. A name that ends in "?" may be left out.

Whoever adds a word adds its function where it runs, its sentence in host_tools/offers/explain and its line here.
"""

# What a pack says of an offer to people; no rule looks at it.
OFFER = {"id": "text", "kind": "text", "name": "words", "message?": "words"}

_SPEND_ROW = {"name": "text", "ids": "id list", "kind": "text", "per": "positive", "hidden?": "flag"}

# Kinds of counter rows; `cardos.offers.holdings` says what each is.
_ROW = {"name": "text", "ids": "id list", "kind": "text", "unit?": "amount+", "hidden?": "flag"}
ROWS = {
    "plain": {"name": "text", "ids": "id list", "kind": "text", "unit?": "amount+", "hidden?": "flag", "debt?": "flag"},
    "sliding": {"name": "text", "ids": "id list", "kind": "text", "unit?": "amount+", "hidden?": "flag", "debt?": "flag", "days": "positive"},
    "until": _ROW,
    "lots": {"name": "text", "ids": "id list", "kind": "text", "unit?": "amount+", "hidden?": "flag", "days": "positive"},
    "pending": {"name": "text", "ids": "id list", "kind": "text", "unit?": "amount+", "hidden?": "flag", "days": "count"},
    "month": _SPEND_ROW,
    "lifetime": _SPEND_ROW,
    "year": _ROW,
    "level": {"name": "text", "ids": "id list", "kind": "text", "names": "texts", "hidden?": "flag"},
    "derived": {"name": "text", "ids": "id list", "kind": "text", "names": "texts", "of": "row", "at": "counts", "hidden?": "flag"},
    "date": _ROW,
    "bits": {"name": "text", "ids": "id list", "kind": "text", "count": "positive", "hidden?": "flag"},
    "fact": {"name": "text", "ids": "id list", "kind": "text", "names?": "texts"},
    "version": {"name": "text", "ids": "id list", "kind": "text", "first": "positive", "hidden?": "flag"},
}

# Conditions and their arguments; `cardos.offers.basket.holds` says what each means. "all", "any" and "not" take conditions.
CONDITIONS = {
    "card": (), "at-least": ("row", "int"), "good": ("row",), "since": ("row", "count"), "times": ("row", "count"), "days": ("day", "day"),
    "weekdays": ("weekday",), "hours": ("minute", "minute"), "basket": ("amount",), "has": ("text",),
}  # fmt: skip

# Where a rate comes from; `cardos.offers.prices`. "all?": also without a card.
SOURCES = {
    "fixed": {"bp": "bp", "all?": "flag"},
    "basket": {"bands": "bands", "over?": "flag"},
    "spent": {"bands": "bands", "c": "row", "over?": "flag"},
    "held": {"c": "row"},
    "birthday": {"c": "row", "bp": "bp"},
    "level": {"c": "row", "bp": "bps"},
    "group": {"c": "row", "bp": "bps"},
    "manual": {},
}

_VERSIONED = {"c": "row", "v": "row", "versions": "versions", "finish?": "flag"}

# Operations by phase, with their fields. "op", "offer", "when?" and "unless?" belong to all of them.
FIELDS = {
    "rewards.free-units": {
        "id": "text", "c": "row", "cost?": "positive", "v?": "row", "versions?": "versions", "finish?": "flag", "on": "texts",
        "units": "positive", "sets": "count", "auto?": "flag", "text": "text",
    },
    "rewards.gifts": {"c": "row", "gifts": "gifts", "auto?": "flag"},
    "rewards.coupons": {"c": "row", "count": "positive", "off": "amount", "through": "day0"},
    "prices.nth": {"on": "texts", "nth": "positive", "bp": "bp"},
    "prices.marginal": {"on": "texts", "c": "row", "bands": "bands"},
    "prices.companion": {"on": "texts", "bp": "bp", "units": "count"},
    "prices.rate": {"on": "texts", "without?": "texts", "rates": "sources", "sum?": "flag", "manual?": "flag"},
    "prices.off": {"on": "texts", "amount": "amount"},
    "prices.code": {"codes": "codes"},
    "earn.points": {
        "c": "row", "bp": "bp", "worth": "amount+", "on": "texts", "without?": "texts", "gross?": "flag", "partners?": "bp by name",
        "extra?": "count by name",
    },
    "earn.steps": {
        "c": "row", "step": "amount+", "per": "count", "on": "texts", "without?": "texts", "gross?": "flag", "carry?": "row", "windows?": "windows",
        "levels?": "row", "times_bp?": "bps",
    },
    "earn.stamps": {"c": "row", "on": "texts", "per": "positive", "amount?": "flag"},
    "earn.friend": {"c": "row", "count": "row", "friend": "count", "referrer": "count", "least": "amount"},
    "earn.share": {"to": "text", "bp": "bp"},
    "status.spend": {"c": "row"},
    "status.units": {"c": "row", "on": "texts"},
    "status.count": {"c": "row"},
    "status.issue": {"c": "row", "over": "amount"},
    "status.pass": {"c": "row", "sku": "text", "days": "positive"},
    "status.year-level": {"c": "row", "units": "row", "over": "count", "to": "count", "years": "count"},
    "status.visit": {"c": "row"},
    "status.use": {"c": "row", "last": "row"},
    "roll.month-benefit": {"c": "row", "to": "row", "bands": "bands", "rate?": "flag"},
    "roll.decay": {"c": "row", "visit": "row", "months": "positive"},
    "events.return": {"c": "row", "item": "text", "needed": "positive", "text": "text"},
    "events.donate": {"c": "row", "to": "texts", "worth": "amount+"},
    "events.campaign": {"id": "text", "c": "row", "points": "count", "from": "day", "through": "day", "bit": "count"},
    "events.level": {"c": "row", "years?": "count", "endless?": "count"},
    "events.convert": _VERSIONED,
    "events.switch": {"c": "row", "v": "row", "spend": "row", "bp": "bp", "worth": "amount+"},
    "next": {"bands": "bands", "c?": "row", "over?": "flag"},
    "perk": {"c": "row", "names?": "texts", "levels?": "levels"},
}  # fmt: skip

# What a pack has once.
SINGLES = {
    "flags": "row", "gifts": "flag", "manual": "bp", "phones": "flag", "welcome": "welcome", "facts": "row by name",
    "membership": {"sku?": "text"}, "referral": {"c": "row", "count": "row", "cap": "count"}, "guarantee": {"c": "row", "days": "count"},
    "segment": {"cycles": "count", "visits": "count"}, "score": {"c": "row", "per_point": "positive", "service": "count", "year": "count"},
}  # fmt: skip

# Kinds of rows that a field may name; what is not listed takes a row of `VALUES`. Sources and conditions by their word.
VALUES = ("plain", "sliding", "lots", "pending")
_COUNTS = VALUES + ("until", "month", "year", "lifetime", "level", "derived", "version")
ROW_KINDS = {
    "derived.of": VALUES + ("year", "lifetime"), "rewards.free-units.v": ("version",), "rewards.coupons.c": ("bits",), "prices.marginal.c": ("year",),
    "earn.steps.carry": ("plain",), "earn.steps.levels": ("level", "derived"), "earn.friend.count": ("plain",),
    "status.spend.c": ("month", "lifetime"), "status.units.c": ("year",), "status.count.c": ("plain", "sliding"), "status.issue.c": ("plain",),
    "status.pass.c": ("date",), "status.year-level.c": ("level",), "status.year-level.units": ("year",), "status.visit.c": ("fact",),
    "status.use.c": ("fact",), "status.use.last": ("fact",), "roll.month-benefit.c": ("month",), "roll.month-benefit.to": ("until",),
    "roll.decay.c": ("level",), "roll.decay.visit": ("fact",), "events.return.c": ("plain",), "events.level.c": ("level",),
    "events.convert.c": ("plain", "sliding"), "events.convert.v": ("version",), "events.switch.v": ("version",), "events.switch.spend": ("lifetime",),
    "next.c": _COUNTS, "perk.c": ("date", "level", "derived"), "spent.c": _COUNTS, "held.c": ("until", "plain"), "birthday.c": ("fact",),
    "level.c": ("level", "derived"), "group.c": ("fact",), "at-least.0": _COUNTS, "good.0": ("date",), "since.0": ("fact",), "times.0": ("fact",),
    "flags": ("fact",), "referral.count": ("plain",), "guarantee.c": ("plain",), "score.c": ("lifetime",),
}  # fmt: skip
