"""A compiled pack as sentences that can be read aloud, in four languages; what the till says about the next band.

    explain(pack, "en")  [{"offer": id, "name": text, "sentences": [text, ...]}, ...] in the order of the pack
    sentences(pack)      the same as one flat list
    next_prompt(...)     "2.00 more for 8 %"

Nothing but the pack is read: what is told here is what a terminal will do.
"""

from host_tools.offers.explain import clauses, once, owners, rules
from host_tools.offers.explain.speech import LANGUAGES, Speech, finished, words_of

# How an offer is told: who may take part, what it costs less, what is collected, what it gives, how the card keeps it.
FIRST = ("membership", "facts", "welcome", "referral")
LAST = ("guarantee", "phones", "manual", "gifts", "segment", "score")
PHASES = ("earn", "rewards", "status", "roll", "events")


def explain(pack, language="en"):
    """Every offer of a pack with its sentences. KeyError for an unknown language."""
    speech = Speech(pack, language)
    told = [_Told(speech) for _ in pack["offers"]]
    _singles(pack, speech, told, FIRST)
    _prices(pack, speech, told)
    for phase in PHASES:
        for rule in pack["rules"][phase]:
            limits = rules.limits(speech, rule) if "when" in rule or phase not in ("status", "roll") else None
            told[rule["offer"]].add(rules.told(speech, phase, rule), limits)
    for rule in pack["next"]:
        told[owners.next_owner(pack, rule)].add(rules.next_step(speech, rule))
    for rule in pack["perks"]:
        told[owners.perk_owner(pack, rule)].add(rules.perk(speech, rule))
    _singles(pack, speech, told, LAST)
    for row, owner in enumerate(owners.row_owners(pack)):
        told[owner].add(once.counter(speech, row))
    return [
        {"offer": about["id"], "name": name_of(about, language), "sentences": told[place].ended()} for place, about in enumerate(pack["offers"])
    ]  # fmt: skip


def sentences(pack, language="en"):
    """All sentences of a pack, offer by offer; what several offers say of their group is told once. Its time zone stands at the end."""
    out: list[str] = []
    for about in explain(pack, language):
        shared = [sentence for sentence in about["sentences"] if sentence in out and _is_of_a_group(sentence, language)]
        out.extend(sentence for sentence in about["sentences"] if sentence not in shared)
    return [*out, Speech(pack, language).say("zone", name=pack["zone"])] if pack.get("zone") else out


def _is_of_a_group(sentence, language):
    beginnings = [words_of(language)["sentences"][key].partition("{")[0] for key in ("group", "group.first")]
    return sentence.startswith(tuple(beginnings))


def next_prompt(pack, edge, rate_bp, missing, language="en"):
    """What the till says about the next band. edge, missing: in the units of the pack's first bands (`effects["next"]`);
    money is told in the pack's currency without its name, as it stands beside a price."""
    speech = Speech(pack, language)
    row = next((rule.get("c") for rule in pack["next"] if [edge, rate_bp] in [list(band) for band in rule["bands"]]), None)
    told = clauses.edge(speech, missing, row, bare=True)
    return finished(speech.words["sentences"]["prompt"].format(missing=told, rate=speech.rate(rate_bp)))


def name_of(about, language="en"):
    """An offer's name in a language, else in English, else its id. about: an element of pack["offers"]."""
    names = about.get("name") or {}
    return names.get(language) or names.get("en") or about["id"]


class _Told:
    """The sentences of one offer. Conditions stand behind their rule; those that all its rules share stand at the end, once."""

    def __init__(self, speech):
        self.speech, self.entries = speech, []  # [sentences, conditions or None where nothing can be limited]

    def add(self, said, limits=None):
        held = [sentence for entry in self.entries for sentence in entry[0]]
        said = [sentence for sentence in said if sentence not in held or limits]
        if said and [said, limits] not in self.entries:
            self.entries.append([said, limits])

    def ended(self):
        limited = [limits for _, limits in self.entries if limits is not None]
        shared = limited[0] if len(limited) > 1 and limited[0] and all(limits == limited[0] for limits in limited) else []
        out = []
        for said, limits in self.entries:
            out.extend(said)
            out.extend(self.speech.say(key, x=clause) for key, clause in (limits or ()) if not shared)
        out.extend(self.speech.say(key + ".offer", x=clause) for key, clause in shared)
        return out or [self.speech.say("nothing")]


def _singles(pack, speech, told, words):
    for word in words:
        if word not in pack["rules"]:
            continue
        value = pack["rules"][word]
        if word == "welcome":
            for entry in value:
                told[entry.get("offer", owners.single_owner(pack, word))].add(once.SINGLES[word](speech, [entry]))
        else:
            told[owners.single_owner(pack, word)].add(once.SINGLES[word](speech, value))


def _prices(pack, speech, told):
    for node in pack["prices"]:
        stacked = _in_all(node)
        for rule in owners.price_rules([node]):
            if rule not in stacked:
                told[rule["offer"]].add(rules.told(speech, "prices", rule), rules.limits(speech, rule))
        _groups(pack, speech, told, node)
        for rule in stacked:
            told[rule["offer"]].add(rules.told(speech, "prices", rule), rules.limits(speech, rule))


def _in_all(node):
    """The rules that stand in every member of a group: whichever wins, they come on top."""
    if "op" in node or "all" in node:
        return []
    (members,) = node.values()
    first, *others = [list(owners.price_rules([member])) for member in members]
    stacked = [rule for rule in first if others and all(rule in other for other in others)]
    return stacked if any(rule not in stacked for rule in owners.price_rules([node])) else []


def _groups(pack, speech, told, node):
    """A group is told to each offer in it; a group within one offer is told there."""
    for word, members in node.items() if "op" not in node else ():
        for member in members:
            _groups(pack, speech, told, member)
        places = sorted({rule["offer"] for rule in owners.price_rules(members)})
        first = ".first" if word == "first" else ""
        if word == "all" or sum(1 for _ in owners.price_rules(members)) < 2:
            continue
        if len(places) == 1:
            told[places[0]].add([speech.say("group.own" + first)])
            continue
        names = speech.listed([speech.title(name_of(pack["offers"][place], speech.language)) for place in places])
        for place in places:
            told[place].add([speech.say("group" + first, names=names)])

