"""What a tap yields, and what it returns.

A tap is a generator. It yields one of the requests below and gets the answer sent back; it returns one of the outcomes.
It never touches a reader, a clock or a file, so the same tap runs under pyscard, nfcpy, a board, a soft card or a model.
"""

from collections import namedtuple

# --- requests -----------------------------------------------------------------------------------------------------

# One command to the card, answered with the card's bytes.
#
# name: as the chip's manual has it. frame: bytes without CRC. wait_ms: how long the card may take.
# writes: the card changes (a dry run stops before it). secret: the frame holds a password, traces mask it.
Exchange = namedtuple("Exchange", ["name", "frame", "wait_ms", "writes", "secret"])

# Asks what is known of the card before the first exchange; answered with a `Presentation`.
#
# uid_wanted: the reader is to be asked for the UID even where that costs it a word with its driver.
Presented = namedtuple("Presented", ["uid_wanted"])

# Kinds of card, as far as the activation tells.
TYPE2, ISO_DEP, CLASSIC, OTHER = "type2", "iso-dep", "classic", "other"


def kind_of_sak(sak):
    """The kind of card from the last SAK (ISO/IEC 14443-3 table 9, NXP AN10833): bit 6 is ISO-DEP, bit 4 is Classic."""
    if sak & 0x20:
        return ISO_DEP
    if sak & 0x08:
        return CLASSIC
    return OTHER if sak else TYPE2


# What activation and the home's register tell, without any exchange.
#
# kind: one of the words above. uid: bytes as selection showed it, or None when the reader does not say.
# ats: bytes, or b"". family: the family that the reader's hint or this home's register names, or None; a hint, never a proof.
# key_epoch: the epoch of the chip keys that this home last knew to be on it, or None.
Presentation = namedtuple("Presentation", ["kind", "uid", "ats", "family", "key_epoch"])

# Asks the home what it knows of this card; answered with a `CardMemory`.
Recall = namedtuple("Recall", ["family", "uid"])

# Asks for the state that this home's ledger holds of a card, for cards whose own data nobody trusts; answered with None or
# (issuer block body 12 bytes, newest landed record's body).
LedgerState = namedtuple("LedgerState", ["family", "uid"])

# Asks for a journal entry to be made durable. The tap goes on only when it is on disk.
Intent = namedtuple("Intent", ["entry"])

# An entry that was in doubt is now known to have landed or not; made durable before the tap goes on. (terminal, transaction): the
# entry's; a shop's own machine settles its boards' entries too, and each counts for itself.
# evidence: {} or what the chip said of it (DESFire: {"tmc", "tmv"}).
Settled = namedtuple("Settled", ["transaction", "landed", "sequence", "record_mac", "evidence", "terminal"])

# This tap's own intent has landed, made durable before the tap goes on: only where something is written to the card after it.
Landed = namedtuple("Landed", ["transaction", "sequence", "record_mac", "evidence"])

# Something a person must look at (a stale card, two records with one number); made durable.
Case = namedtuple("Case", ["kind", "detail"])

# What a home knows of one card.
#
# status: "new", "active", "blocked" or "replaced" in the register (a stop list counts too).
# last_seen: None or (sequence, first 4 bytes of that record's MAC), the highest this home knows as done.
# doubts: journal entries still open for this card, oldest first.
# known_records: [(sequence, MAC start, start of its predecessor's MAC), ...] that this home knows as landed.
# issued: True when this home's register holds the card as issued. card_number: its number, or one reserved for it.
CardMemory = namedtuple("CardMemory", ["status", "last_seen", "doubts", "known_records", "issued", "card_number"])

UNKNOWN_CARD = CardMemory("new", None, [], [], False, None)


def is_random_uid(uid):
    """True for a UID that a card draws anew each time it is powered (ISO/IEC 14443-3, section 6.5.4)."""
    return len(uid) == 4 and uid[0] == 0x08


def exchange(name, frame, wait_ms, writes=False, secret=False):
    """One `Exchange` with the usual defaults."""
    return Exchange(name, bytes(frame), wait_ms, writes, secret)


# --- outcomes -----------------------------------------------------------------------------------------------------

# The card carries what was asked. entry: the journal entry (None when nothing was written).
Done = namedtuple("Done", ["entry", "card", "settled", "record_mac"])

# Nothing was changed by this wish. reason: a stable code.
Refused = namedtuple("Refused", ["reason", "card", "settled"])

# The card was told to change and its answer was not heard; the entry stays open.
InDoubt = namedtuple("InDoubt", ["entry", "card", "settled"])

# A card of another scheme, a blank card or no loyalty card at all.
NotOurs = namedtuple("NotOurs", ["reason", "card"])

# The card is blocked or replaced, by its own flag or in the register.
Blocked = namedtuple("Blocked", ["reason", "card", "settled"])


def refused(reason, card=None, settled=()):
    """`Refused` with the usual defaults."""
    return Refused(reason, card, list(settled))
