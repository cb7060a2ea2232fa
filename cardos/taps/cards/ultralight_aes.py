"""Ultralight AES: the same pages as an NTAG21x behind an AES key, MACed from the authentication on, with a one-way counter
that every record's MAC carries (docs/card-format.md, section 5).

Header, link and issuer block are read by anybody; the slots and everything behind them only after the authentication. The key is that of the
issue epoch for life. A card that shows a random UID tells its own under a key that its whole group shares.
"""

from cardos.errors import CardRefused
from cardos.families import ntag21x, ultralight_aes
from cardos.records.counted_slots import CountedSlots
from cardos.records.diversification import KEY_CHIP_AES, CardKeys, group_uid_key
from cardos.records.issuer_block import LAYOUT_ULTRALIGHT_AES, epoch_of
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.record import RecordMac
from cardos.taps.cards.held import RANDOM_UID_SIZE, prove
from cardos.taps.cards.page_view import PageView
from cardos.taps.cards.type2 import ISSUER_LAST, HeldPages, last_slot_page

FAMILY = "ultralight-aes"
CHANNEL = "cmac"


class HeldUltralightAes(HeldPages):
    """An Ultralight AES that has proven its key."""

    layouts = (LAYOUT_ULTRALIGHT_AES,)
    channel = CHANNEL

    def slots_of(self, issuer):
        return counted_slots(self, issuer)


def counted_slots(held, issuer):
    """The `CountedSlots` of a card, or of a chip that is being made one."""
    mac = RecordMac(held.family, held.keys, held.issuer_raw)
    return CountedSlots(held.pages, ntag21x.PAGE_SLOTS, issuer.profile.counters, mac, held.terms.skip_equal)


def meet(terms, uid, key_epoch, view):
    """Generator: a `HeldUltralightAes`, or None when it is none of ours.

    uid: what the selection told (4 bytes: a random one). key_epoch: of the key on the chip when this home knows it, else it is
    read from the issuer block. view: `PageView` of what was read already, or None. Raises CardRefused (WRONG_KEY).
    """
    pages = ultralight_aes.UltralightAesPages()
    epoch = key_epoch
    if epoch is None:
        view = view or (yield from _issuer_view(pages))
        epoch = None if view is None else epoch_of(view.take(ntag21x.PAGE_ISSUER, ISSUER_SIZE))
    if epoch is None or epoch not in terms.keys.epochs:
        return None
    try:
        uid = yield from _prove(terms, pages, uid, epoch)
    except CardRefused as error:  # the register may be wrong about the epoch; the issuer block, which anybody reads, says it
        if error.code != "WRONG_KEY" or key_epoch is None:
            raise
        view = yield from _issuer_view(pages)
        asked = None if view is None else epoch_of(view.take(ntag21x.PAGE_ISSUER, ISSUER_SIZE))
        if asked in (None, epoch) or asked not in terms.keys.epochs:
            raise
        uid = yield from _prove(terms, pages, uid, asked)
    if uid is None:
        return None
    if view is None:
        view = PageView(ntag21x.PAGE_ISSUER, (yield from pages.read(ntag21x.PAGE_ISSUER, last_slot_page(terms))))
    return HeldUltralightAes(terms, FAMILY, uid, pages, view, ultralight_aes.CHIP)


def _issuer_view(pages):
    """Generator: the issuer block's pages, which anybody reads, or None when even those are refused."""
    try:
        return PageView(ntag21x.PAGE_ISSUER, (yield from pages.read(ntag21x.PAGE_ISSUER, ISSUER_LAST)))
    except CardRefused:
        return None


def _prove(terms, pages, uid, epoch):
    """Generator: the card's own UID once it has proven its key of this epoch; None when it does not tell a hidden one."""
    if len(uid) == RANDOM_UID_SIZE:
        group = group_uid_key(terms.keys, terms.scheme, epoch)
        yield from prove(lambda: pages.authenticate(ultralight_aes.KEY_UID_RETRIEVAL, group, terms.nonces))
        uid = ntag21x.uid_of((yield from pages.read(0, ntag21x.HEADER_PAGES - 1)))
        if uid is None:
            return None
    key = CardKeys(terms.keys, terms.scheme, uid).chip_key(KEY_CHIP_AES, epoch)
    yield from prove(lambda: pages.authenticate(ultralight_aes.KEY_DATA, key, terms.nonces))
    return uid
