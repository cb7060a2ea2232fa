"""Making an Ultralight AES a card, in stages: both keys while protection is off, proven; CFG1; CFG0 with AUTH0 and MACed messages;
the opening record; the lock of the keys; the issuer block. The record comes after protection here: its MAC carries counter 2, which is
only believed under the MACed channel.

What a cut may leave, and how the next issue ends it (a stage is touched only when all before it is whole):

| torn | the chip then | the next issue |
|---|---|---|
| link, keys, CFG1 | protection off | sees CFG0 as delivered in every look, writes keys and CFG1 again |
| CFG0 | protects and MACs as it pleases | opens it with the data key, which is whole, and writes CFG0 again; keys and CFG1 are left alone |
| record | protected | writes both slots again |
| key locks | freezes itself by chance | writes them until the chip takes it, or has seen them set in every look |
| issuer block | not ours yet | writes it again; its lock is protected by the chip |

What is left are torn pages that freeze something else for ever (CFGLCK, other key locks), or hide the UID behind AUTH0: CARD_LOCKED, take
another chip.
"""

from cardos.errors import CardRefused
from cardos.exchange import Presented, Recall
from cardos.families import ntag21x, ultralight_aes
from cardos.families.type2 import PAGE
from cardos.families.ultralight_aes import KEY_DATA, KEY_UID_RETRIEVAL, Config
from cardos.records.diversification import KEY_CHIP_AES, group_uid_key
from cardos.records.issuer_block import LAYOUT_ULTRALIGHT_AES, decode_issuer_body
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.taps.cards.held import RANDOM_UID_SIZE, prove
from cardos.taps.cards.making_pages import PageMaking, all_alike
from cardos.taps.cards.page_view import PageView
from cardos.taps.cards.type2 import ISSUER_LAST
from cardos.taps.cards.ultralight_aes import CHANNEL, counted_slots

_RIGHTS = Config(
    auth0=ntag21x.PAGE_SLOTS, random_id=False, secure_messaging=True, reads_need_key=True, locked=False,
    counter_2_reads_free=False, counter_2_counts_free=False, auth_lim=0,
)  # fmt: skip  auth_lim 0: otherwise any phone can lock the card for ever
_CFGLCK, _FREEZE = 0x40, 0x20  # in CFG1 and in the page of key locks: never written again
_MODES = 0x03  # RID_ACT and SEC_MSG_ACT in CFG0
_CFG0_TAIL = bytes(2)  # bytes 1 and 2 as delivered
_LOCK_TRIES = 20  # a weak FREEZE bit refuses all of them once in a million times
_OPENINGS = (True, True, True, True, True, False)  # a torn SEC_MSG_ACT is drawn anew each time; a plain command to a MACed session is silence


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


def _open_torn(pages, authenticate, ask):
    """Generator: what `ask()` finds behind a key, in whichever mode the chip opens; None when it is refused. Raises CardRefused (WRONG_KEY)."""
    for secure in _OPENINGS:
        yield from prove(lambda secure=secure: authenticate(secure))
        try:
            yield from pages.version()
        except CardRefused:
            continue  # not in this mode
        try:
            return (yield from ask())
        except CardRefused:
            return None  # this key does not open it
    return None


def _hidden_uid(terms, pages):
    """Generator: the UID of a chip of ours whose torn configuration hides it, or None. Raises CardRefused (CARD_LOCKED) when it keeps it."""
    group = group_uid_key(terms.keys, terms.scheme, terms.epoch)
    try:
        raw = yield from _open_torn(
            pages, lambda secure: pages.authenticate(KEY_UID_RETRIEVAL, group, terms.nonces, secure), lambda: pages.read(0, ntag21x.PAGE_LOCKS)
        )
    except CardRefused:
        return None  # not our group's key
    if raw is None:  # AUTH0 was torn to stand before the UID: nobody can tell which data key opens it
        raise CardRefused("The card hides its number for ever.", "Take another card.", "CARD_LOCKED")
    return ntag21x.uid_of(raw)


def _behind_a_torn_auth0(terms):
    """Generator: the making of a chip that this home began and whose configuration, torn, keeps even the header behind its key; or None."""
    uid = (yield Presented(True)).uid
    if uid is not None and len(uid) == RANDOM_UID_SIZE:
        uid = yield from _hidden_uid(terms, ultralight_aes.UltralightAesPages())
    if uid is None:
        return None
    memory = yield Recall(ultralight_aes.FAMILY, uid)
    begun = [entry for entry in memory.doubts if entry["operation"] == "issue"]
    if not begun:
        return None  # a stranger's chip: this shop's key is not tried on it
    plan = decode_issuer_body(bytes.fromhex(begun[-1]["details"]["block"]))
    making = MakeUltralightAes(terms, uid, ultralight_aes.UltralightAesPages(), PageView(0, b""))
    try:
        raw = yield from making.open_torn(plan, 0, ISSUER_LAST)
    except CardRefused:
        return None  # not our key
    if raw is None:
        return None
    making.view = PageView(0, raw)
    making.issuer_raw = making.view.take(ntag21x.PAGE_ISSUER, ISSUER_SIZE)
    return making


class MakeUltralightAes(PageMaking):
    """One chip being made into a card."""

    layout = LAYOUT_ULTRALIGHT_AES
    channel = CHANNEL

    def __init__(self, terms, uid, pages, view):
        PageMaking.__init__(self, terms, ultralight_aes.FAMILY, uid, pages, view, ultralight_aes.CHIP)
        self._config = None  # CFG0 and CFG1; None where they are read behind a key only
        self._looks = []  # what was read of them before anything is written
        self._is_open = False  # by the data key, in this presentation

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

    def ready(self, plan, begun):
        """Generator: None, or CARD_LOCKED when the chip is protected by a key that is not ours, or froze what was torn."""
        self.rewrite_all = begun
        if not begun and not self._is_open and self._config is not None:  # as delivered
            return "CARD_LOCKED" if self._config[PAGE] & _CFGLCK else None
        first, last = ultralight_aes.PAGE_CFG0, ultralight_aes.PAGE_LOCK_KEYS
        looks = yield from self.looks(first, last)
        if not self._is_open and not _is_untouched(all_alike(looks, 0)):
            try:
                if (yield from self.open_torn(plan, first, last)) is None:
                    return "CARD_LOCKED"
            except CardRefused:
                return "CARD_LOCKED"
            looks = yield from self.looks(first, last)
        if not looks or _is_frozen(looks, last - first):
            return "CARD_LOCKED"
        self._looks, self._config = looks, looks[0][: 2 * PAGE]
        return None

    def make(self, plan, record, link, begun, keep):
        """Generator: all writes. Returns the card's slots."""
        slots = self.plan_slots(plan)
        was_open = self._is_open  # its keys are locked in, or may be: never written again
        yield from self.write_link(link)
        if not was_open:
            yield from self._write_keys(plan)
            yield from self._open(plan, False)
        yield from self._protect(plan, begun and not was_open)
        yield from self.write_opening(slots, record, keep)
        if begun or not keep:  # the issuer block follows the lock: a genuine card has it
            yield from self._lock_keys(plan)
        yield from self.close()
        return slots

    def _look(self):
        try:
            self._config = yield from self.pages.read(ultralight_aes.PAGE_CFG0, ultralight_aes.PAGE_CFG1)
            self._looks = [self._config]
        except CardRefused:
            self._config = None

    def _open(self, plan, secure):
        key = self.keys.chip_key(KEY_CHIP_AES, plan.epoch)
        yield from prove(lambda: self.pages.authenticate(KEY_DATA, key, self.terms.nonces, secure))
        self._is_open = True

    def open_torn(self, plan, first, last):
        """Generator: pages first..last behind the data key of a chip whose CFG0 may be torn; None when it refuses. Raises CardRefused (WRONG_KEY)."""
        pages, key = self.pages, self.keys.chip_key(KEY_CHIP_AES, plan.epoch)
        found = yield from _open_torn(
            pages, lambda secure: pages.authenticate(KEY_DATA, key, self.terms.nonces, secure), lambda: pages.read(first, last)
        )
        self._is_open = found is not None
        return found

    def _write_keys(self, plan):
        group = group_uid_key(self.terms.keys, self.terms.scheme, plan.epoch)
        for number, key in ((KEY_UID_RETRIEVAL, group), (KEY_DATA, self.keys.chip_key(KEY_CHIP_AES, plan.epoch))):
            yield from self.pages.write_key(ultralight_aes.key_pages(number, key))

    def _lock_keys(self, plan):
        """The keys' locks freeze themselves: once they are set, the chip refuses to hear of them again and ends the session."""
        pages, page, locks = self.pages, ultralight_aes.PAGE_LOCK_KEYS, ultralight_aes.LOCK_KEYS
        if not self.rewrite_all:
            yield from pages.write_surely(page, locks)
            return
        for _ in range(_LOCK_TRIES):
            if all_alike((yield from self.looks(page, page)), 0) == locks or (yield from pages.write(page, locks)):
                return
            if not pages.is_secure:
                yield from self._open(plan, True)
        raise CardRefused("The card does not lock its keys.", "Take another card.", "WRITE_REFUSED")

    def _protect(self, plan, cfg1_may_be_torn):
        """CFG1 first, CFG0 with AUTH0 and MACed messages last; then a new session, and both read back through it."""
        pages, again, config = self.pages, self.rewrite_all, self._config
        vctid = ultralight_aes.VCTID if cfg1_may_be_torn else config[PAGE + 1]
        cfg0, cfg1 = ultralight_aes.encode_config(_RIGHTS, _CFG0_TAIL if again else config[1:3], vctid)
        if config == cfg0 + cfg1 and pages.is_secure and not again:
            return
        if cfg1_may_be_torn or all_alike(self._looks, 1) != cfg1:
            yield from pages.write_surely(ultralight_aes.PAGE_CFG1, cfg1)
        if again or config[:PAGE] != cfg0:
            yield from pages.write(ultralight_aes.PAGE_CFG0, cfg0)  # whether it took is seen behind the new session
        yield from pages.drop()  # the configuration counts from the next selection
        yield from self._open(plan, True)
        first, last = ultralight_aes.PAGE_CFG0, ultralight_aes.PAGE_CFG1
        if (yield from pages.read(first, last)) != cfg0 + cfg1:
            raise CardRefused("The card does not keep its access rights.", "Present the card again.", "WRITE_REFUSED")


def _is_untouched(cfg0):
    """True for a CFG0 that read alike in all looks and neither protects nor MACs nor hides: nobody needs the keys, they may be written."""
    return cfg0 is not None and cfg0[3] >= ultralight_aes.AUTH0_OFF and not cfg0[0] & _MODES


def _is_frozen(looks, lock_page):
    """True when a torn page froze, for ever, rights or key locks that are not ours: take another chip."""
    cfg1, locks = all_alike(looks, 1), all_alike(looks, lock_page)
    if cfg1 is not None and cfg1[0] & _CFGLCK:
        return True
    return locks is not None and locks[0] & _FREEZE != 0 and locks != ultralight_aes.LOCK_KEYS
