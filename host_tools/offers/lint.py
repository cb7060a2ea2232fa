"""What an owner should think about before an offer starts: findings with a sentence and a remedy.

    lint(pack) -> [{"code", "offer", "severity", "sentence", "remedy"}, ...], errors first

"error": the pack must not run. "warning": it will cost or annoy more than meant. "note": worth knowing. The rules are in
`lint_money` (what is given) and `lint_shape` (what can be reached, ends, is counted); each takes a `Case`.
"""

import datetime

from cardos.calendar import DAY_0_ORDINAL
from host_tools.offers import lint_money, lint_shape
from host_tools.offers.explain import name_of
from host_tools.offers.explain.owners import all_rules, row_owners
from host_tools.offers.explain.speech import Speech

STANDING_BP = 2000  # standing rates from here on are warned of; the limit itself is
SEVERITIES = ("error", "warning", "note")
# code: what is looked at, in one line; the rules' order is the order of the findings within a severity.
CODES = {
    "CURRENCY_MIX": "an offer in another currency than its pack", "TOO_MANY_COUNTERS": "more state than the cards in use hold",
    "STANDING_RATE": "a standing rate of 20 % or more", "CLIFF": "a customer pays less by buying more", "PAYS_TWICE": "two offers pay for the same thing",
    "CODE_WITHOUT_END": "a code that is good for ever", "ENDED": "something that has ended already", "UNREACHABLE": "what nobody can reach",
    "NO_EXPIRY": "points or stamps that never end", "LEVEL_SPENT": "a counter that decides a level and is spent too",
    "UNITS_DIFFER": "spend and voucher counted in different units", "NO_EFFECT": "a rule that does nothing",
    "FAR_AWAY": "what a reward asks for before points end",
}  # fmt: skip
RULES = (*lint_shape.FIRST, *lint_money.RULES, *lint_shape.RULES)


class Case:
    """A pack under examination. `offers` are the compiler's input or empty; `today` a day number."""

    def __init__(self, pack, offers, profile, standing_bp, today):
        self.pack, self.offers, self.profile, self.standing_bp, self.today = pack, list(offers or ()), profile, standing_bp, today
        self.speech = Speech(pack)
        self.rules = all_rules(pack)
        self.owners = row_owners(pack)

    def finding(self, code, place, severity, sentence, remedy):
        """One finding about the offer at a place in the pack; None: the whole pack."""
        offer = self.pack["offers"][place]["id"] if place is not None else ""
        return {"code": code, "offer": offer, "severity": severity, "sentence": sentence, "remedy": remedy}

    def title(self, place):
        """An offer's name as a sentence begins with it."""
        return self.speech.title(name_of(self.pack["offers"][place]))


def lint(pack, offers=None, profile=None, standing_bp=STANDING_BP, today=None):
    """Findings about a compiled pack. offers: what it was compiled from, for currencies; profile: counters of the cheapest card in
    use; standing_bp: the shop's own limit; today: a day number, else this machine's date."""
    if today is None:
        today = datetime.date.today().toordinal() - DAY_0_ORDINAL
    case = Case(pack, offers, profile, standing_bp, today)
    found: list[dict] = []
    for rule in RULES:
        found.extend(finding for finding in rule(case) if finding not in found)
    return sorted(found, key=lambda finding: SEVERITIES.index(finding["severity"]))
