"""A scheme's offers as an owner lists them: `pack.toml` names the files, the money, the calendar, the limits and the groups.

    offers = ["stamps.toml", "cashback.toml", "staff.toml"]
    currency = "EUR"
    number = 3                          # rises with each change; tills refuse an older one
    [calendar]
    timezone = "Europe/Riga"            # days, months and birthdays turn at its midnight
    [limits]
    counters = 5                        # what the cheapest card in use holds
    [groups.prices]
    mode = "best"                       # or "first"
    members = ["staff", "codes"]        # ids of offers, or other groups

`read_pack` reads the files too and tells all problems of all of them. A single offer's file stands for a pack of one.
"""

import zoneinfo
from pathlib import Path
from typing import Any

import msgspec

from cardos.offers.pack_file import NUMBER_MAX, PACK_BYTES_MAX
from host_tools.offers.diagnostics import OfferProblems, Problem, Problems, nearest, read_table
from host_tools.offers.language import ID, Offer, load_offer, offer_of
from host_tools.offers.schema import CURRENCY, DIGITS, NO_MONEY, minor_digits_of
from host_tools.offers.schema_types import BP_MAX, OMIT, Choice, Field, ListOf, Number, Pattern, Record, TableOf, Text, take_fields

OFFERS_MAX = 32
GROUPS_MAX = 16
GROUP_DEPTH_MAX = 3  # a group of groups of groups; more is not understood by anybody
PACK_BYTES = 4096  # the goal for a shop of six offers; boards take up to PACK_BYTES_MAX

GROUP = Record((
    Field("mode", Choice("best", "first"), "best for the customer in money, or the first that applies"),
    Field("members", ListOf(ID, 0, OFFERS_MAX, repeats=False), "ids of offers or of other groups", list),
))  # fmt: skip
CALENDAR = Record((
    Field("timezone", Text(), "where days, months and birthdays turn at midnight", OMIT),
))  # fmt: skip
LIMITS = Record((
    Field("counters", Number(1, 9), "counters on the cheapest card in use", OMIT),
    Field("pack_bytes", Number(256, PACK_BYTES_MAX), "largest pack that the boards in use keep", PACK_BYTES, "bytes"),
    Field("standing_bp", Number(0, BP_MAX), "standing rates from here on are warned of", 2000, "1/100 %"),
))  # fmt: skip
SCHEME = Pattern("[0-9A-Fa-f]{4}", "four hexadecimal digits", 'Write four hexadecimal digits, as "00A1".')
PACK_FIELDS = (
    Field("offers", ListOf(Text(200, "file name"), 1, OFFERS_MAX, repeats=False), "the offers' files, relative to this one"),
    Field("number", Number(1, NUMBER_MAX), "rises with each change of the pack", 1),
    Field("scheme", SCHEME, "the shop's scheme; its keys give it when not written", OMIT),
    CURRENCY,
    DIGITS,
    Field("calendar", CALENDAR, "the time zone of the shop", OMIT),
    Field("limits", LIMITS, "what cards and boards in use can hold", OMIT),
    Field("groups", TableOf(GROUP, key=ID, key_word="group", most=GROUPS_MAX), "offers of which one applies", dict),
)


class PackSource(msgspec.Struct, frozen=True):
    """A pack as written. `groups` is {name: {"mode": "best"|"first", "members": [offer or group id, …]}}, members in their order;
    `calendar` {"timezone": name or None}; `limits` {"counters": n or None, "pack_bytes", "standing_bp"}; `scheme` int or None."""

    offers: list[Offer]
    source: str
    number: int = 1
    scheme: int | None = None
    currency: str | None = None
    minor_digits: int | None = None
    calendar: dict = {}
    limits: dict = {}
    groups: dict = {}


def read_pack(path):
    """The `PackSource` of a pack.toml, or of one offer's file. OfferProblems with the problems of all files."""
    table, problems = read_table(path, "pack")
    if "offers" not in table and "template" in table:
        return _pack_of_one(table, problems, path)
    pack = take_fields(PACK_FIELDS, table, (), problems)
    _check_timezone(pack.get("calendar"), problems)
    currency = pack.get("currency")
    digits = pack["minor_digits"] if pack.get("minor_digits") is not None else minor_digits_of(currency)
    money = {"currency": currency, "minor_digits": digits} if currency else {}
    loaded, broken = _load(path, pack.get("offers") or [], money, problems)
    _check_money(loaded, currency, digits, problems)
    _check_ids(loaded)
    groups = {} if broken or problems.found else _groups(loaded, pack.get("groups") or {}, problems)
    for _, theirs in [(None, problems), *loaded]:
        broken.extend(sorted(theirs.found, key=lambda problem: problem.line))
    if broken:
        raise OfferProblems(broken)
    offers = [offer for offer, _ in loaded if offer is not None]
    scheme = pack.get("scheme")
    return PackSource(
        offers=offers, source=str(path), number=pack["number"], scheme=int(scheme, 16) if scheme else None, currency=currency, minor_digits=digits,
        calendar={"timezone": None, **(pack.get("calendar") or {})}, limits=_limits(pack.get("limits")), groups=groups,
    )  # fmt: skip


def _limits(limits) -> dict[str, Any]:
    return {"counters": None, "pack_bytes": PACK_BYTES, "standing_bp": 2000, **(limits or {})}


def _pack_of_one(table, problems, path):
    offer = offer_of(table, problems, path)
    problems.raise_any()
    return PackSource(
        offers=[offer], source=str(path), currency=offer.parameters.get("currency"), minor_digits=offer.parameters.get("minor_digits"),
        calendar={"timezone": None}, limits=_limits(None),
    )  # fmt: skip


def _load(path, names, money, problems):
    """([(Offer or None, Problems)] of the files that could be read, [problems of those that could not])."""
    loaded: list[tuple[Offer | None, Problems]] = []
    broken: list[Problem] = []
    for index, name in enumerate(names):
        file = Path(path).parent / (name or "")
        if not name or not file.is_file():
            problems.add(("offers", index), "%s is no file beside this pack." % name, "Correct the name or leave it out.")
            continue
        try:
            offer, theirs = load_offer(file, money)
        except OfferProblems as error:
            broken.extend(error.problems)
            continue
        if offer is not None and offer.kind in NO_MONEY:
            remedy = "Leave it out; give it to `stampd offers check` by itself."
            problems.add(("offers", index), "%s is a calculation; no till can apply it." % name, remedy)
        loaded.append((offer, theirs))
    return loaded, broken


def _check_timezone(calendar, problems):
    name = (calendar or {}).get("timezone")
    if name is None:
        return
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = zoneinfo.available_timezones()
        if known:  # a machine without the data knows none, and cannot say that this one is wrong
            problems.add(("calendar", "timezone"), "there is no time zone %s." % name, nearest(name, known) or 'Write it as "Europe/Riga".')


def _check_money(loaded, currency, digits, problems):
    for offer, theirs in loaded:
        if offer is None or offer.kind in NO_MONEY or not currency:
            continue
        mine, my_digits = offer.parameters.get("currency"), offer.parameters.get("minor_digits")
        if mine is not None and mine != currency:
            what = "this offer is in %s, its pack (%s) in %s." % (mine, problems.file, currency)
            theirs.add(("currency",), what, "One pack has one currency: change one of them.")
        elif my_digits is not None and my_digits != digits:
            what = "this offer counts %d digits after the point, its pack (%s) %d." % (my_digits, problems.file, digits)
            theirs.add(("minor_digits",), what, "Leave it out here.")


def _check_ids(loaded):
    seen: dict[str, str] = {}
    for offer, theirs in loaded:
        if offer is None:
            continue
        if offer.id in seen:
            theirs.add(("id",), "%s is also the id of %s." % (offer.id, seen[offer.id]), "Give one of them another id = ….")
        seen.setdefault(offer.id, offer.source)


def _groups(loaded, written, problems):
    """The groups with all their members, also those that name their group themselves."""
    groups = {name: {"mode": group["mode"], "members": list(group["members"])} for name, group in written.items()}
    offers = {offer.id: (offer, theirs) for offer, theirs in loaded if offer is not None}
    home: dict[str, str] = {}
    for name, group in groups.items():
        if name in offers:
            problems.add(("groups", name), "%s is also the id of an offer." % name, "Give the group another name.")
        for index, member in enumerate(group["members"]):
            if member not in offers and member not in groups:
                remedy = nearest(member, [*offers, *groups]) or "Leave it out."
                problems.add(("groups", name, "members", index), "there is no offer or group %s." % member, remedy)
            elif member in home:
                problems.add(("groups", name, "members", index), "%s is also in the group %s." % (member, home[member]), "An offer is in one group at most.")
            home.setdefault(member, name)
    for offer, theirs in offers.values():
        if not offer.group:
            continue
        if offer.group not in groups:
            remedy = nearest(offer.group, groups) or "Add [groups.%s] to %s." % (offer.group, problems.file)
            theirs.add(("group",), "its pack has no group %s." % offer.group, remedy)
        elif home.get(offer.id, offer.group) != offer.group:
            theirs.add(("group",), "its pack lists it in the group %s." % home[offer.id], "An offer is in one group at most.")
        elif offer.id not in home:
            home[offer.id] = offer.group
            groups[offer.group]["members"].append(offer.id)
    for name, group in groups.items():
        if not group["members"]:
            problems.add(("groups", name), "the group has no members.", "Add members = […], or leave the group out.")
        _check_nesting(name, groups, home, problems)
    return groups


def _check_nesting(name, groups, home, problems):
    """From a group outwards: no way leads back to it, and none is longer than allowed."""
    way = [name]
    while (outer := home.get(way[-1])) is not None and outer in groups:
        if outer in way:
            if outer == name and name == min(way):  # a ring is told once, at its first name
                told = " in ".join([*way, outer])
                problems.add(("groups", name), "the groups contain each other: %s." % told, "Take one of them out of the other's members.")
            return
        way.append(outer)
    if len(way) > GROUP_DEPTH_MAX:
        problems.add(("groups", name), "groups are nested %d deep: %s." % (len(way), " in ".join(way)), "At most %d." % GROUP_DEPTH_MAX)
