"""What a family can promise, and how much may be given away on that promise while the scheme's ledger is not at hand
(docs/card-format.md, section 9). The only place with these numbers.

A  DESFire EV2/EV3: one commit, a transaction MAC, keys that nobody reads out.
B  NTAG 424 DNA, Ultralight AES, DESFire EV1: strong keys, weaker proof of what happened.
C  NTAG21x, Ultralight C, Classic: a patient person can copy the card; the ledger alone shows it.
"""

from collections import namedtuple

CLASS_OF = {
    "ntag213": "C", "ntag215": "C", "ntag216": "C", "ultralight-c": "C", "classic-1k": "C",
    "ultralight-aes": "B", "ntag424": "B", "desfire-ev1": "B",
    "desfire-ev2": "A", "desfire-ev3": "A",
}  # fmt: skip

REWARDS_A_DAY = {"A": 3, "B": 2, "C": 1}  # on one card, by this terminal
LEDGER_DAYS_MAX = {"A": None, "B": None, "C": 3}  # how old the copy of the scheme's ledger may be; None: any age

# The limits of a terminal whose scheme's ledger is not at hand; None instead means it is, or nobody asked for limits.
#
# ledger_days: age of the newest copy of the scheme's ledger here. reward_value: what a reward is worth, minor units.
# cheap_max: up to what a reward counts as a cheap item. redeemed_today: function (family, uid) -> redemptions that this
# terminal itself made on the card today.
Limits = namedtuple("Limits", ["ledger_days", "reward_value", "cheap_max", "redeemed_today"])


def class_of(family):
    """ "A", "B" or "C"; a family that is not listed is C."""
    return CLASS_OF.get(family, "C")


def allows_rewards(limits, family, uid, rewards):
    """True when a sale may give `rewards` (how many) on this card now."""
    if limits is None or rewards == 0:
        return True
    of = class_of(family)
    days = LEDGER_DAYS_MAX[of]
    if days is not None and limits.ledger_days >= days:
        return False
    if of == "C" and limits.reward_value > limits.cheap_max:
        return False
    return limits.redeemed_today(family, uid) + rewards <= REWARDS_A_DAY[of]
