"""Offers in, one pack out: rules in their fixed order, counters with their ids, checked as a terminal checks it."""

from cardos.errors import BadInput
from cardos.offers.pack import FORMAT, check_pack
from cardos.offers.rewards import reward_ids
from host_tools.offers.builder import Builder
from host_tools.offers.templates import TEMPLATES

SCHEME_TEST = 0xFFFF
OFFERS_MAX = 40  # more than any shop can explain at a counter
GROUP_DEPTH_MAX = 3
MINOR_DIGITS_DEFAULT = 2


def compile_pack(offers, *, number=1, scheme=SCHEME_TEST, currency=None, minor_digits=None, groups=None, previous=None, zone=None):
    """The pack (a plain dict, see `cardos.offers.pack`) of some offers.

    offers: objects with id, kind, parameters, names, messages, group, priority, starts, ends (days or None), source.
    groups: {name: {"mode": "best" | "first", "members": [offer or group id, ...]}}. previous: the pack that cards carry now:
    its counters keep their ids. zone: the name of the shop's time zone (IANA), or None: the machine's.
    BadInput (OFFER, PACK) with the file and what to change.
    """
    if not 1 <= len(offers) <= OFFERS_MAX:
        raise BadInput("A pack has 1 to %d offers." % OFFERS_MAX, "List the offers in pack.toml.", "PACK")
    builder = Builder(previous)
    for place, offer in enumerate(offers):
        currency = _agreed(offer, "currency", currency)
        minor_digits = _agreed(offer, "minor_digits", minor_digits)
        builder.begin(offer.id, place, getattr(offer, "priority", 0) or 0, getattr(offer, "starts", None), getattr(offer, "ends", None))
        try:
            TEMPLATES[offer.kind](builder, offer, offer.parameters)
        except BadInput as error:  # told with the file that must change
            raise BadInput("%s: %s" % (getattr(offer, "source", "") or offer.id, error.message), error.hint, error.code) from error
    pack = {
        "format": FORMAT, "scheme": scheme, "number": number, "currency": currency or "EUR",
        "minor_digits": MINOR_DIGITS_DEFAULT if minor_digits is None else minor_digits,
        "counters": builder.rows, "offers": [_about(offer) for offer in offers], "rules": _rules(builder),
        "prices": _tree(builder, groups or {}), "next": builder.next, "perks": builder.perks, "codes": sorted(set(builder.codes)),
    }  # fmt: skip
    if zone is not None:
        pack["zone"] = zone
    check_pack(pack)
    _said_once(pack)
    keeps_promises(pack, previous)
    return pack


def _agreed(offer, key, held):
    said = offer.parameters.get(key)
    if said is None or held is None or said == held:
        return held if said is None else said
    raise BadInput(
        "%s: %s is %s, the pack's is %s." % (getattr(offer, "source", "") or offer.id, key, said, held),
        "One pack has one currency: correct that file, or make a second pack.", "CURRENCY_MIX",
    )  # fmt: skip


def _about(offer):
    about = {"id": offer.id, "kind": offer.kind, "name": dict(offer.names or {})}
    if getattr(offer, "messages", None):
        about["message"] = dict(offer.messages)
    return about


def _rules(builder):
    rules = {phase: [rule for _, _, rule in sorted(entries, key=lambda entry: entry[:2])] for phase, entries in builder.rules.items()}
    rules.update(builder.singles)
    if builder.welcome:
        rules["welcome"] = builder.welcome
    if builder.facts:
        rules["facts"] = builder.facts
    return rules


def _tree(builder, groups):
    """The price effects in their order; a group stands where its first member would."""
    entries: dict[str, list[tuple]] = {}  # offer id -> [(phase, priority, number, node)]
    for offer_id, *place, node in builder.prices:
        entries.setdefault(offer_id, []).append((tuple(place), node))
    inside = {member for group in groups.values() for member in group["members"]}
    top = [entry for offer_id, nodes in entries.items() if offer_id not in inside for entry in nodes]
    for name in groups:
        if name not in inside:
            built = _group(name, groups, entries, 1)
            if built:
                top.append(built)
    return [node for _, node in sorted(top, key=lambda entry: entry[0])]


def _group(name, groups, entries, depth):
    if depth > GROUP_DEPTH_MAX:
        raise BadInput("The groups are nested more than %d deep, or in a circle." % GROUP_DEPTH_MAX, "Take a member out of group \"%s\"." % name, "PACK")
    members = []
    for member in groups[name]["members"]:
        if member in groups:
            built = _group(member, groups, entries, depth + 1)
            if built:
                members.append(built)
        elif member in entries:
            nodes = sorted(entries[member], key=lambda entry: entry[0])
            whole = nodes[0][1] if len(nodes) == 1 else {"all": [node for _, node in nodes]}
            members.append((nodes[0][0], whole))
    if not members:
        return None
    return min(place for place, _ in members), {groups[name]["mode"]: [node for _, node in members]}


def _said_once(pack):
    """What may stand in a pack once only: a reward's name, whom the shop's share goes to, what a migration means."""
    rules: dict[str, list[dict]] = pack["rules"]
    named: dict[str, dict] = {}
    for rule in rules["rewards"]:
        for name in reward_ids(rule):
            if name in named:
                _refuse_twice(pack, named[name], rule, "give a reward named \"%s\"" % name)
            named[name] = rule
    for phase, words in (("earn", ("share",)), ("events", ("convert", "switch")), ("roll", ("decay",))):
        found = [rule for rule in rules[phase] if rule["op"] in words]
        if len(found) > 1:
            _refuse_twice(pack, found[0], found[1], "say what only one can say (%s)" % found[0]["op"])


def _refuse_twice(pack, one, other, what):
    ids = sorted({pack["offers"][one["offer"]]["id"], pack["offers"][other["offer"]]["id"]})
    raise BadInput("The offers %s both %s." % (" and ".join(ids), what), "Give one of them another name, or leave it out.", "OFFER")


def keeps_promises(pack, previous):
    """What cards hold must stay worth what was promised. BadInput PACK_BREAKS_PROMISE.

    Looked at: automatic sets may not become dearer, what a unit is worth as money may not change, a counter may not lose places.
    previous: the pack before, or None.
    """
    if previous is None:
        return
    old, new = _cheapest_sets(previous), _cheapest_sets(pack)
    for name in old:
        if name in new and new[name][0] > old[name][0]:
            raise BadInput(
                "%s: \"%s\" would need %d instead of %d on cards that are filling already." % (new[name][1], name, new[name][0], old[name][0]),
                "Use the template \"version-change\", which lets those cards finish under the old rule.", "PACK_BREAKS_PROMISE",
            )  # fmt: skip
    held = {about["name"]: about for about in previous["counters"]}
    for about in pack["counters"]:
        before = held.get(about["name"])
        if before is None:
            continue
        if before.get("unit") and about.get("unit") and before["unit"] != about["unit"]:
            raise BadInput(
                "One of \"%s\" on cards is worth %d minor units and would be worth %d." % (about["name"], before["unit"], about["unit"]),
                "Leave its worth as it is, or give the new offer a counter of another name.", "PACK_BREAKS_PROMISE",
            )  # fmt: skip
        if before.get("per", about.get("per")) != about.get("per"):
            raise BadInput(
                "\"%s\" counts in steps of %d on cards and would count in steps of %d." % (about["name"], before["per"], about["per"]),
                "Leave spend_unit as it is.", "PACK_BREAKS_PROMISE",
            )  # fmt: skip
        if len(about["ids"]) < len(before["ids"]):
            raise BadInput(
                "The counter \"%s\" keeps %d lots on cards and would keep %d." % (about["name"], len(before["ids"]), len(about["ids"])),
                "Leave its kind as it is, or give the new offer a counter of another name.", "PACK_BREAKS_PROMISE",
            )  # fmt: skip


def _cheapest_sets(pack):
    """{counter: (what its cheapest automatic set costs, offer)}."""
    found: dict[str, tuple[int, str]] = {}
    for rule in pack["rules"]["rewards"]:
        if not rule.get("auto"):
            continue
        costs = [gift[1] for gift in rule.get("gifts", ())] + [version[2] for version in rule.get("versions", ())] + ([rule["cost"]] if "cost" in rule else [])
        name, cost = pack["counters"][rule["c"]]["name"], min(costs)
        if name not in found or cost < found[name][0]:
            found[name] = (cost, pack["offers"][rule["offer"]]["id"])
    return found
