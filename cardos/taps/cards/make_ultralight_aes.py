"""Making an Ultralight AES a card: both keys while protection is off, proven, then rights, AUTH0 and MACed messages, then the record.

The opening record comes after protection here: its MAC carries counter 2, which is only believed under the MACed channel. Keys are
locked for ever once they are proven; the configuration is proven by reading it back through that channel.
"""

from cardos.errors import CardRefused
from cardos.exchange import Presented, Recall
from cardos.families import ntag21x, ultralight_aes
from cardos.families.type2 import PAGE
from cardos.families.ultralight_aes import KEY_DATA, KEY_UID_RETRIEVAL, Config
from cardos.records.diversification import KEY_CHIP_AES, CardKeys, group_uid_key
from cardos.records.issuer_block import LAYOUT_ULTRALIGHT_AES
from cardos.taps.cards.held import RANDOM_UID_SIZE, prove
from cardos.taps.cards.making_pages import PageMaking
from cardos.taps.cards.page_view import PageView
from cardos.taps.cards.type2 import ISSUER_LAST
from cardos.taps.cards.ultralight_aes import CHANNEL, counted_slots

_RIGHTS = Config(
    auth0=ntag21x.PAGE_SLOTS, random_id=False, secure_messaging=True, reads_need_key=True, locked=False,
    counter_2_reads_free=False, counter_2_counts_free=False, auth_lim=0,
)  # fmt: skip  auth_lim 0: otherwise any phone can lock the card for ever
_CFGLCK, _FREEZE = 0x40, 0x20  # in CFG1 and in the page of key locks: never written again
_CFG0_OFF = bytes([0, 0, 0, ultralight_aes.AUTH0_OFF])  # as delivered
_LOCK_TRIES, _LOCK_READS = 6, 3  # of a page of locks that may have been torn


def begin(terms):
    """Generator: the making of an Ultralight AES, or None when its header does not read as one with its own UID."""
    pages = ultralight_aes.UltralightAesPages()
    try:
        raw = yield from pages.read(0, ISSUER_LAST)
    except CardRefused:
        return (yield from _behind_a_torn_auth0(terms))
    uid = ntag21x.uid_of(raw)
    if uid is None:
        uid = yield from _hidden_uid(terms, pages)
    return None if uid is None else MakeUltralightAes(terms, uid, pages, PageView(0, raw))


def _hidden_uid(terms, pages):
    """Generator: the UID of a chip of ours whose torn configuration hides it, or None."""
    group = group_uid_key(terms.keys, terms.scheme, terms.epoch)
    for secure in (True, False):
        try:
            yield from pages.authenticate(KEY_UID_RETRIEVAL, group, terms.nonces, secure)
            return ntag21x.uid_of((yield from pages.read(0, ntag21x.HEADER_PAGES - 1)))
        except CardRefused:
            continue  # not in this mode, or not our group's key
    return None


def _behind_a_torn_auth0(terms):
    """Generator: the making of a chip that this home began and whose configuration, torn, keeps even the header behind its key; or None."""
    uid = (yield Presented(True)).uid
    if uid is None or len(uid) == RANDOM_UID_SIZE:
        return None
    memory = yield Recall(ultralight_aes.FAMILY, uid)
    if not any([entry["operation"] == "issue" for entry in memory.doubts]):
        return None  # a stranger's chip: this shop's key is not tried on it
    key = CardKeys(terms.keys, terms.scheme, uid).chip_key(KEY_CHIP_AES, terms.epoch)
    for secure in (True, False):
        pages = ultralight_aes.UltralightAesPages()
        try:
            yield from pages.authenticate(KEY_DATA, key, terms.nonces, secure)
            return MakeUltralightAes(terms, uid, pages, PageView(0, (yield from pages.read(0, ISSUER_LAST))))
        except CardRefused:
            continue  # not in this mode
    return None


class MakeUltralightAes(PageMaking):
    """One chip being made into a card."""

    layout = LAYOUT_ULTRALIGHT_AES
    channel = CHANNEL

    def __init__(self, terms, uid, pages, view):
        PageMaking.__init__(self, terms, ultralight_aes.FAMILY, uid, pages, view, ultralight_aes.CHIP)
        self._config = None  # CFG0 and CFG1; None where they are read behind a key only

    def slots_of(self, issuer):
        return counted_slots(self, issuer)

    def not_blank(self):
        """Generator: None when the chip's own area is free, else LOCKED_PAGES, CARD_LOCKED or NOT_BLANK."""
        yield from self._look()
        if self._config is None or self._config[3] < ultralight_aes.AUTH0_OFF:
            return "CARD_LOCKED"
        if any(self.view.take(ntag21x.PAGE_LOCKS, PAGE)[2:]):
            return "LOCKED_PAGES"
        return None if (yield from self.user_area_is_blank()) else "NOT_BLANK"

    def record_it_holds(self, plan):
        """Generator: the newest record of a genuine card that this home does not know, or None. Its counter is read under the key."""
        try:
            yield from self._open(plan, True)
        except CardRefused:
            return None
        return (yield from PageMaking.record_it_holds(self, plan))

    def signature(self):
        """Generator: the 48 bytes of READ_SIG."""
        return (yield from self.pages.signature())

    def ready(self, plan):
        """Generator: None, or CARD_LOCKED when the chip is protected by a key that is not ours."""
        if self._config is None:
            yield from self._look()
        try:
            if self._config is None:
                for secure in (True, False):  # a CFG0 that was torn may protect without MACs
                    if self._config is None:
                        yield from self._open(plan, secure)
                        yield from self._look()
            elif self._config[3] < ultralight_aes.AUTH0_OFF and not self.pages.authenticated:
                yield from self._open(plan, bool(self._config[0] & 0x02))
        except CardRefused:
            return "CARD_LOCKED"
        return "CARD_LOCKED" if self._config is None or (yield from self._is_frozen()) else None

    def _is_frozen(self):
        """Generator: True when a torn page has frozen, for ever, a configuration or key locks that are not ours: take another chip."""
        if not self.pages.authenticated and self._config[3] >= ultralight_aes.AUTH0_OFF and not self._config[PAGE] & _CFGLCK:
            return False  # as delivered, or cut before anything could be frozen
        if self._config[PAGE] & _CFGLCK:
            return True
        reads = yield from self._key_locks()
        return reads[0][0] & _FREEZE != 0 and reads[0] != ultralight_aes.LOCK_KEYS and reads == reads[:1] * _LOCK_READS

    def make(self, plan, record, link, begun, keep):
        """Generator: all writes. Returns the card's slots."""
        self.rewrite_all = begun
        pages, slots = self.pages, self.plan_slots(plan)
        yield from self.write_link(link)
        if not pages.authenticated:
            yield from self._calm_config()
            yield from self._write_keys(plan)
            yield from self._open(plan, False)
        yield from self._protect(plan)
        yield from self.write_opening(slots, record, keep)
        if begun or not keep:  # the issuer block follows the lock: a genuine card has it
            yield from self._lock_keys(plan)
        yield from self.close()
        return slots

    def _look(self):
        try:
            self._config = yield from self.pages.read(ultralight_aes.PAGE_CFG0, ultralight_aes.PAGE_CFG1)
        except CardRefused:
            self._config = None

    def _open(self, plan, secure):
        key = self.keys.chip_key(KEY_CHIP_AES, plan.epoch)
        yield from prove(lambda: self.pages.authenticate(KEY_DATA, key, self.terms.nonces, secure))

    def _write_keys(self, plan):
        group = group_uid_key(self.terms.keys, self.terms.scheme, plan.epoch)
        for number, key in ((KEY_UID_RETRIEVAL, group), (KEY_DATA, self.keys.chip_key(KEY_CHIP_AES, plan.epoch))):
            yield from self.pages.write_key(ultralight_aes.key_pages(number, key))

    def _calm_config(self):
        """A torn CFG0 may protect and MAC as it pleases: off, before anything is built on it."""
        if self.rewrite_all:
            yield from self.pages.write_surely(ultralight_aes.PAGE_CFG0, _CFG0_OFF)
            self._config = _CFG0_OFF + self._config[PAGE:]
            yield from self.pages.drop()

    def _lock_keys(self, plan):
        """The keys' locks freeze themselves: once they are set, the chip refuses to hear of them again and ends the session."""
        pages, page, locks = self.pages, ultralight_aes.PAGE_LOCK_KEYS, ultralight_aes.LOCK_KEYS
        if not self.rewrite_all:
            yield from pages.write_surely(page, locks)
            return
        for _ in range(_LOCK_TRIES):
            if (yield from self._key_locks()) == [locks] * _LOCK_READS:
                return
            try:
                yield from pages.write_surely(page, locks)
            except CardRefused:
                yield from self._open(plan, True)
        raise CardRefused("The card does not lock its keys.", "Take another card.", "WRITE_REFUSED")

    def _key_locks(self):
        """What several reads find in the page of key locks: a page that was torn may read right by luck."""
        reads = []
        for _ in range(_LOCK_READS):
            reads.append((yield from self.pages.read(ultralight_aes.PAGE_LOCK_KEYS, ultralight_aes.PAGE_LOCK_KEYS)))
        return reads

    def _protect(self, plan):
        """CFG1 first, CFG0 with AUTH0 and MACed messages last; then a new session, and both read back through it."""
        again = self.rewrite_all  # what reads right may be weak, and what nobody uses may be torn
        cfg0, cfg1 = ultralight_aes.encode_config(_RIGHTS, _CFG0_OFF[1:3] if again else self._config[1:3], self._config[5])
        if self._config == cfg0 + cfg1 and self.pages.is_secure and not again:
            return
        if again or self._config[PAGE:] != cfg1:
            yield from self.pages.write_surely(ultralight_aes.PAGE_CFG1, cfg1)
        if again or self._config[:PAGE] != cfg0:
            yield from self.pages.write(ultralight_aes.PAGE_CFG0, cfg0)  # whether it took is seen behind the new session
        yield from self.pages.drop()  # the configuration counts from the next selection
        yield from self._open(plan, True)
        if (yield from self.pages.read(ultralight_aes.PAGE_CFG0, ultralight_aes.PAGE_CFG1)) != cfg0 + cfg1:
            raise CardRefused("The card does not keep its access rights.", "Present the card again.", "WRITE_REFUSED")
