"""What a pack needs on a card, which cards can hold it, and what is kept elsewhere or still waits for head office.

    state_of(pack)  {"counters": [{"name", "ids", "kind", "shown", "offer"}], "offers": {id: counters of its own}, "needs": n,
                     "profiles": [n, ...], "families": {family: {"fits": bool, "why": sentence}}, "asks": [sentence, ...],
                     "needs_card": bool}  (False: it works for whoever comes without a card, too)
    too_much(...)   a sentence when cards cannot hold it: said at `check`, not at the till

A counter of the pack takes one or more ids on the card; a level that another counter decides takes none. How many ids a record
carries is the card's profile (docs/card-format.md, section 2); what fits a chip is computed from the same sizes as at issue.
"""

from cardos.families import ntag424, ultralight_aes, ultralight_c
from cardos.families.classic import RECORD_BYTES_MAX
from cardos.families.ntag21x import CHIPS, PAGE_SLOTS
from cardos.offers.standing import HIDDEN
from cardos.records import backup_record, file_slots
from cardos.records.fields import FAMILIES
from cardos.records.record import slot_size
from host_tools.offers.explain.owners import all_rules, row_owners

PROFILES = (1, 3, 5, 7, 9)  # counters of a record: odd, so that a slot fills whole pages
PAGE = 4
DESFIRE_FILE_MAX = 256  # issuer block and record of nine counters are 104 bytes; room is no question there

# What needs the books of several tills. They come with head office; the rules are the same, and a replay plays them today.
_WAITS = "Not at a till yet, it waits for head office; `stampd offers replay` plays it."
RECEIPTS = "Receipts: a refund is computed from the sale's own receipt, which the ledger keeps; another home's till needs its signed QR code."


def state_of(pack):
    """What a pack needs, see the top of this file."""
    owners, offers = row_owners(pack), [about["id"] for about in pack["offers"]]
    counters = [
        {"name": about["name"], "ids": list(about["ids"]), "kind": about["kind"], "shown": _is_shown(about), "offer": offers[owners[row]]}
        for row, about in enumerate(pack["counters"])
    ]  # fmt: skip
    needs = needs_of(pack)
    return {
        "counters": counters, "offers": {offer: sum(len(one["ids"]) for one in counters if one["offer"] == offer) for offer in offers},
        "needs": needs, "profiles": [n for n in PROFILES if n >= needs],
        "families": {family: _family(family, needs) for family, _ in FAMILIES}, "asks": asks(pack),
        "needs_card": needs_card(pack),
    }  # fmt: skip


def needs_of(pack):
    """How many counters a card's record must carry for a pack."""
    return sum(len(about["ids"]) for about in pack["counters"])


def needs_card(pack):
    """True when a pack gives nothing that matters to whoever shows no card."""
    rules = [rule for _, rule in all_rules(pack)]
    if needs_of(pack) or "segment" in pack["rules"]:
        return True
    asked = [part for rule in rules for part in (rule.get("when"), *(pair[0] for pair in rule.get("unless", ()))) if part]
    rates = [source for rule in rules for source in rule.get("rates", ())]
    return (
        any(_asks_card(part) for part in asked) or any(rule["op"] == "companion" for rule in rules)
        or any(source["is"] == "fixed" and not source.get("all") for source in rates)
    )  # fmt: skip


def _asks_card(condition):
    if condition[0] in ("all", "any", "not"):
        return any(_asks_card(part) for part in condition[1:])
    return condition[0] == "card"


def smallest_profile(pack):
    """The smallest profile that holds a pack: 1, 3, 5, 7 or 9, or None. A pack without counters takes any card."""
    return next((n for n in PROFILES if n >= needs_of(pack)), None)


def _is_shown(about):
    return about["kind"] not in HIDDEN and not about.get("hidden")


def counters_of_family(family):
    """The largest profile that a family's chip can hold. KeyError for an unknown family."""
    return max(n for n in PROFILES if _ROOM[family](n))


def _pages(chip):
    return lambda n: (chip.last_user_page + 1 - PAGE_SLOTS) * PAGE >= 2 * slot_size(n)


_ROOM = {
    **{chip.family: _pages(chip) for chip in (*CHIPS, ultralight_c.CHIP, ultralight_aes.CHIP)},
    "classic-1k": lambda n: backup_record.record_size(n) <= RECORD_BYTES_MAX,
    "ntag424": lambda n: file_slots.image_size(n) <= ntag424.FILE_SIZES[ntag424.FILE_DATA],
    **{family: lambda n: backup_record.image_size(n) <= DESFIRE_FILE_MAX for family in ("desfire-ev1", "desfire-ev2", "desfire-ev3")},
}


def _family(family, needs):
    most = counters_of_family(family)
    if needs > most:
        return {"fits": False, "why": "It holds up to %s; this pack needs %d." % (_counters(most), needs)}
    profile = next(n for n in PROFILES if n >= needs)
    if not needs:
        return {"fits": True, "why": "This pack keeps nothing on a card."}
    if family == "classic-1k":
        return {"fits": True, "why": "The shop's ledger holds the balance; the card carries a copy of %s." % _counters(profile)}
    if family == "ntag424" and profile > 1:
        return {"fits": True, "why": "Issue it with %s, and only where every reader sends 128-byte blocks." % _counters(profile)}
    return {"fits": True, "why": "Issue it with %s." % _counters(profile)}


def too_much(pack, counters=None, family=None):
    """None, or a sentence that says why cards cannot hold a pack. counters: the shop's setting; family: one that is in use."""
    needs, most = needs_of(pack), PROFILES[-1]
    if needs > most:
        return "The offers need %s on a card; a card holds at most %d. Leave out %s." % (_counters(needs), most, _largest(pack, most))
    if family is not None and needs > counters_of_family(family):
        return "The offers need %s on a card; %s holds at most %d. Leave out %s, or use another card." % (
            _counters(needs), family, counters_of_family(family), _largest(pack, counters_of_family(family)))  # fmt: skip
    if counters is not None and needs > counters:
        return "The offers need %s on a card; the shop's cards carry %d. Set counters = %d and issue new cards, or leave out %s." % (
            _counters(needs), counters, smallest_profile(pack), _largest(pack, counters))  # fmt: skip
    return None


def _counters(n):
    return "1 counter" if n == 1 else "%d counters" % n


def _largest(pack, room):
    """The offers to leave out so that the others fit, by name: the largest first, as few as do."""
    owners = row_owners(pack)
    sizes = [sum(len(about["ids"]) for row, about in enumerate(pack["counters"]) if owners[row] == place) for place in range(len(pack["offers"]))]
    left, named = sum(sizes), []
    for place in sorted(range(len(sizes)), key=lambda place: (-sizes[place], place)):
        if left > room:
            named.append("\"%s\" (%s)" % (pack["offers"][place]["id"], _counters(sizes[place])))
            left -= sizes[place]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def asks(pack):
    """What no card carries: sentences that say who keeps it or decides it, and what waits for head office."""
    rules, held = pack["rules"], {"%s.%s" % (phase, rule["op"]): rule for phase, rule in all_rules(pack)}
    partners = [rule for rule in rules["earn"] if "partners" in rule]
    found = (
        (pack["prices"] or any(rules[phase] for phase in ("rewards", "earn", "status")), RECEIPTS),
        (pack["codes"], "Codes: anyone may use one any number of times. Once per person is more than a card can know."),
        ("status.use" in held, "Uses: each card counts its own; a household with several cards may use each of them as often."),
        ("phones" in rules, "Telephone numbers: what waits for a number until it joins with a card. " + _WAITS),
        ("referral" in rules, "Bringing friends: who brought whom, and how many in a month. " + _WAITS),
        ("guarantee" in rules, "Price guarantee: which line of which receipt was claimed already. " + _WAITS),
        ("segment" in rules, "Visits: who counts as lapsed is a report over the days of all visits. " + _WAITS),
        ("score" in rules, "Score: the card carries the spend; services and the day of joining are added in a report. " + _WAITS),
        (partners, "Partners: tills give each partner's rate; what each owes the others is a report. " + _WAITS),
        ("earn.share" in held or "events.donate" in held, "Gifts to good causes: tills take the points; the sums for each cause are a report. " + _WAITS),
        ("manual" in rules, "Discounts by staff: who gave how much and why is in the ledger's journal, with each sale."),
        ("events.level" in held or "events.campaign" in held, "Levels and campaign credits: a person gives them with `stampd card event` and `grant`."),
        ("events.convert" in held or "events.switch" in held,
         "Moving a card to a newer version, where it does not move by itself: a person says it with `stampd card event` and `migrate`."),
        ("enrolment" in [about["kind"] for about in pack["offers"]] or rules.get("facts"),
         "Joining happens at the desk or by a sale; names and telephone numbers are never on the card."),
    )  # fmt: skip
    return [sentence for asked, sentence in found if asked]
