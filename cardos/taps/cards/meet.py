"""What was presented: the cheapest way from a selected card to its holder.

The register's or the reader's hint names the family, and then the first command is already the card's own. Without a hint a
Type 2 card shows itself in its first read, and an ISO-DEP card is asked for the first third of its version. A hint is never
believed: what proves a card is the MAC in its issuer block, read through the channel that its profile names.
"""

from cardos.exchange import CLASSIC, ISO_DEP, TYPE2, NotOurs, Presentation, Presented, is_random_uid
from cardos.records.issuer_block import LAYOUT_ULTRALIGHT_AES, layout_of
from cardos.records.issuer_block import SIZE as ISSUER_SIZE

# A family is imported when its first card comes: a board has no room for families that its shop has not.
_ULTRALIGHT_AES = "ultralight-aes"
_NTAG424 = ("ntag424", "ntag424-lrp")
_DESFIRE = ("desfire-ev1", "desfire-ev2", "desfire-ev3")


def without_hint(found):
    """The `Presentation` as a home that never saw this card would have it."""
    return Presentation(found.kind, found.uid, found.ats, None, None)


def meet(terms, found, change):
    """Generator: a `HeldCard`, or None or NotOurs when no family of ours can be what lies there.

    found: a `Presentation`. change: a key that may write is proven where the family has such a key. Raises CardRefused
    (WRONG_KEY) from cards that keep everything behind a key, and others where a hint was wrong.
    """
    if found.kind == TYPE2:
        return (yield from _meet_type2(terms, found))
    if found.kind == ISO_DEP:
        return (yield from _meet_iso_dep(terms, found, change))
    if found.kind == CLASSIC and found.uid is not None and not is_random_uid(found.uid):  # another UID each time is no identifier
        from cardos.taps.cards import classic

        return (yield from classic.meet(terms, found.uid))
    return None


def _meet_type2(terms, found):
    from cardos.families.ntag21x import PAGE_ISSUER
    from cardos.taps.cards import type2

    if found.family in (type2.ULTRALIGHT_C, _ULTRALIGHT_AES) and found.uid is None:
        found = yield Presented(True)
    if found.uid is not None:
        if found.family == type2.ULTRALIGHT_C:
            return (yield from type2.meet_ultralight_c(terms, found.uid))
        if found.family == _ULTRALIGHT_AES or is_random_uid(found.uid):
            return (yield from _meet_ultralight_aes(terms, found.uid, found.key_epoch, None))
    seen = yield from type2.look(terms)
    if seen is None:
        return None
    pages, view, uid = seen
    if layout_of(view.take(PAGE_ISSUER, ISSUER_SIZE)) == LAYOUT_ULTRALIGHT_AES:
        if uid is None and found.uid is None:  # a random ID hides the UID in the header too, and this reader was not asked yet
            found = yield Presented(True)
        shown = uid or found.uid
        return None if shown is None else (yield from _meet_ultralight_aes(terms, shown, None, view))
    return type2.believe(terms, pages, view, uid) if uid is not None else None


def _meet_ultralight_aes(terms, uid, key_epoch, view):
    from cardos.taps.cards import ultralight_aes

    return (yield from ultralight_aes.meet(terms, uid, key_epoch, view))


def _meet_iso_dep(terms, found, change):
    family = found.family
    if found.uid is None:
        return None
    if family is None:
        family = yield from identify_iso_dep()
    if family in _NTAG424:
        from cardos.taps.cards import ntag424

        return (yield from ntag424.meet(terms, found, change))
    if family in _DESFIRE:
        from cardos.taps.cards import desfire

        return (yield from desfire.meet(terms, found, family, change))
    from cardos.families import type4

    return NotOurs("OTHER_TAG" if (yield from type4.read_ndef()) is not None else "NO_STAMP_CARD", None)


def identify_iso_dep():
    """Generator: the family that the first third of GetVersion names, or None. One exchange.

    A card that refuses is asked once more: a session that a wrong hint had opened ends with its first refusal.
    """
    from cardos.families import identify

    hardware = (yield from identify.hardware_of()) or (yield from identify.hardware_of())
    return None if hardware is None else identify.family_of_hardware(hardware)
