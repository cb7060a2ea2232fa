"""A chip that is to become a card: which family it is, and what every family offers to `issue`.

A making is a holder (`HeldCard`) with more: `not_blank()`, `profile(open_writes)`, `signature()`, `check_link(link)`,
`ready(plan, begun)`, `record_it_holds(plan)` and `make(plan, record, link, begun, keep)`, which returns the card's slots. All but
`profile` and `check_link` are generators. begun: this home began this card before, so that pages that read right may be weak.
keep: the card is genuine and holds a record, which stays.
"""

from cardos.errors import CardRefused, ReaderCannot
from cardos.exchange import CLASSIC, ISO_DEP, TYPE2, Presented, is_random_uid
from cardos.families import identify
from cardos.families.type2 import Pages
from cardos.taps.cards import (
    make_classic,
    make_desfire,
    make_ntag21x,
    make_ntag424,
    make_ultralight_aes,
    make_ultralight_c,
    meet,
    type2,
)


def meet_to_make(terms):
    """Generator: the making of the chip that is presented, or None when it is of no family of ours."""
    found = yield Presented(False)
    if found.kind == TYPE2:
        return (yield from _type2(terms, found))
    if found.kind == CLASSIC and found.uid is not None and not is_random_uid(found.uid):
        return (yield from make_classic.begin(terms, found))
    if found.kind != ISO_DEP or found.uid is None:
        return None
    family = yield from meet.identify_iso_dep()
    if family == "ntag424":
        return (yield from make_ntag424.begin(terms, found))
    return (yield from make_desfire.begin(terms, found, family)) if family in make_desfire.GENERATIONS else None


def _version(pages):
    """Generator: GET_VERSION's 8 bytes, or None when the card refuses it twice: one corrupted answer must not make an Ultralight
    AES an Ultralight C, whose key would be written over its configuration."""
    for _ in range(2):
        try:
            return (yield from pages.version())
        except CardRefused:
            continue  # a NAK; the card is asked once more
    return None


def _type2(terms, found):
    """GET_VERSION tells the chips apart; an Ultralight C is the one that has none. A reader that cannot ask serves NTAG21x."""
    try:
        version = yield from _version(Pages())
    except ReaderCannot:
        version = b""
    if version is None:
        return (yield from make_ultralight_c.begin(terms))
    family = identify.family_of_type2_version(version)
    if family == "ultralight-aes":
        return (yield from make_ultralight_aes.begin(terms))
    seen = yield from type2.look(terms)
    if seen is None or seen[2] is None:
        return None
    return make_ntag21x.begin(terms, *seen)
