"""Ultralight AES, MF0AES20, made of code (field handbook, section 4: no data sheet was at hand, only public code, production
notes and recorded dialogues of real cards).

60 pages: 4 to 27h user, 28h lock bytes 2 to 4, 29h CFG0, 2Ah CFG1, 2Dh LOCK_KEYS, 2Eh one-time bytes, 30h to 33h DataProtKey
(key 0), 34h to 37h UIDRetrKey (key 1). Three one-way counters beside the pages. Key pages read as zeros.

Unsure on silicon, chosen here:
  locks           lock bytes 2 to 4 as on an NTAG213 (a public production note locks pages 10h and 11h with bit 0)
  configuration   AUTH0, PROT and CFGLCK count from the next selection on (pretix writes AUTH0 before CFG1 and the data, unauthenticated,
                  on real chips); locks and the rest at once; `locks_effective` has two other ways; keys at once; whether a
                  session has MACs is decided by the authentication that opens it, random ID when the chip is powered
  rights          DataProtKey opens the protected pages and counter 2, UIDRetrKey shows the UID of a chip with random ID, the
                  originality key neither; that key stands in pages 38h to 3Bh, zeros here, which read as zeros and take no writes
  counters        0 and 1 free to read and to raise, 2 without CNT_RD_EN or CNT_INC_EN only with DataProtKey; all tear-protected
  refusals        in a session a NAK is plain and ends it; a frame whose MAC is missing or wrong is not answered and drops the
                  card; AUTHENTICATE stays plain and opens a new session; pages 2Bh, 2Ch, 2Fh read as zeros, take no writes
  AUTH_LIM        wrong second messages are counted, a right one sets the count back; at the limit AUTHENTICATE is NAK 4 for ever
  delivery        page 3 and the user pages hold zeros
"""

from collections import namedtuple

from cardos.crypto.compare import constant_time_equal
from cardos.crypto.ultralight_auth import MAC_SIZE, CardSide, SessionMac, chain_aes
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards import type2_locks as locks
from cardos.soft_cards.page_card import PROTECTION_AFTER_SELECTION, PageCard, factory, or_bytes
from cardos.soft_cards.pages import PAGE
from cardos.soft_cards.type2_card import ACK, NAK_ARGUMENT, NAK_LIMIT, Nak, Row

FAMILY = "ultralight-aes"
VERSION = b"\x00\x04\x03\x01\x04\x00\x0f\x03"

PAGES = 0x3C
USER_LAST = 0x27
PAGE_LOCKS_2_4, PAGE_CFG0, PAGE_CFG1, PAGE_LOCK_KEYS, PAGE_ONE_TIME = 0x28, 0x29, 0x2A, 0x2D, 0x2E
PAGE_KEYS, PAGE_KEYS_END = 0x30, 0x38  # DataProtKey, UIDRetrKey

KEY_DATA, KEY_UID, KEY_ORIGINALITY = 0, 1, 2
COUNTERS = 3
COUNTER_GATED = 2
COUNTER_LAST = 0xFFFFFF
FAILURES_MAX = 0x3FF  # AUTH_LIM has ten bits

RID_ACT, SEC_MSG_ACT = 0x01, 0x02
PROT, CFGLCK, CNT_INC_EN, CNT_RD_EN = 0x80, 0x40, 0x08, 0x04
LOCK_KEY_1, LOCK_KEY_0, FREEZE_KEY_LOCKS = 0x80, 0x40, 0x20

_LOCKS = locks.DynamicLocks(lock_span=2, lock_bits=12, lock_byte_3=0x00)
_DELIVERY = {PAGE_CFG0: b"\x00\x00\x00\x3c", PAGE_CFG1: b"\x8c\x05\x00\x00"}
_ATQA_4_BYTES, _ATQA_7_BYTES = b"\x04\x00", b"\x44\x00"

# CFG0 and CFG1 taken apart.
Access = namedtuple("Access", ["rid", "sec_msg", "auth0", "prot", "cfglck", "cnt_inc", "cnt_rd", "auth_lim"])


class SoftUltralightAes(PageCard):
    """One chip. `fresh` makes a new one as delivered, `from_state` brings one back."""

    ROWS = {
        0x60: Row("GET_VERSION", (1,), "_get_version"),
        0x30: Row("READ", (2,), "_read"),
        0x3A: Row("FAST_READ", (3,), "_fast_read"),
        0xA2: Row("WRITE", (6,), "_write"),
        0x39: Row("READ_CNT", (2,), "_read_cnt"),
        0xA5: Row("INCR_CNT", (6,), "_incr_cnt"),
        0x1A: Row("AUTHENTICATE", (2,), "_authenticate"),
        0x3C: Row("READ_SIG", (2,), "_read_sig"),
    }
    SIGNATURE_BYTES = 48
    LOCKS_EFFECTIVE = PROTECTION_AFTER_SELECTION

    def __init__(self, family=FAMILY, *, noise=None):
        super().__init__(family, PAGES, noise)
        self.counters = [0] * COUNTERS
        self.failures = 0
        self.locked_for_good = False
        self._key_number = None  # of the authentication that stands
        self._session = None
        self._random_uid = None

    @classmethod
    def families(cls):
        return (FAMILY,)

    # --- selection ---

    def _powered(self):
        super()._powered()
        rid = self._access().rid
        self._random_uid = b"\x08" + self.noise.take(3) if rid else None
        self.atqa = _ATQA_4_BYTES if rid else _ATQA_7_BYTES

    def anticollision_uid(self):
        return self._random_uid or self.uid

    def _dropped(self):
        self._open(None, None)

    def _open(self, key_number, session):
        self._key_number, self._session = key_number, session
        self._authenticated = key_number == KEY_DATA

    # --- secure messaging ---

    def _command(self, frame):
        session = self._session
        if session is None or frame[0] == 0x1A:
            return super()._command(frame)
        command, mac = frame[:-MAC_SIZE], frame[-MAC_SIZE:]
        if session.is_used_up or not command or not constant_time_equal(mac, session.of_command(command)):
            raise Nak(None)
        answer = super()._command(command)
        data = b"" if answer == ACK else answer
        answer = data + session.of_answer(data)
        session.next()
        return answer

    # --- authentication ---

    def _authenticate(self, frame):
        self._open(None, None)
        number = frame[1]
        if number > KEY_ORIGINALITY:
            raise Nak(NAK_ARGUMENT)
        if self.locked_for_good:
            raise Nak(NAK_LIMIT)
        key = self._key(number)
        handshake = CardSide(chain_aes(key), self.noise.take(16))
        self._second_part = lambda answer: self._prove(number, key, handshake, answer)
        return b"\xaf" + handshake.challenge()

    def _prove(self, number, key, handshake, frame):
        if frame[0] != 0xAF or len(frame) != 33:
            raise Nak(NAK_ARGUMENT)
        proof = handshake.proof(frame[1:])
        if proof is None:
            self._count_failure()
            raise Nak(NAK_ARGUMENT)
        if self.failures:
            self.failures = 0
            self._changed()
        secure = self._access().sec_msg
        self._open(number, SessionMac(key, handshake.rnd_a, handshake.rnd_b) if secure else None)
        return b"\x00" + proof

    def _count_failure(self):
        limit = self._access().auth_lim
        if limit:
            self.failures = min(self.failures + 1, FAILURES_MAX)
            self.locked_for_good = self.failures >= limit
            self._changed()

    def _key(self, number):
        """The 16 bytes of a key: its pages hold them back to front."""
        first = PAGE_KEYS + 4 * number
        pages = b"".join([self.memory.read(first + i) for i in range(4)])
        return bytes([pages[15 - i] for i in range(16)])

    # --- counters ---

    def _read_cnt(self, frame):
        number = self._counter(frame[1], self._access().cnt_rd)
        value = self.counters[number]
        return bytes([value & 0xFF, value >> 8 & 0xFF, value >> 16])

    def _incr_cnt(self, frame):
        number = self._counter(frame[1], self._access().cnt_inc)
        value = self.counters[number] + (frame[2] | frame[3] << 8 | frame[4] << 16)
        if value > COUNTER_LAST:
            raise Nak(NAK_ARGUMENT)
        self.memory.atom(lambda: self._set_counter(number, value))
        return ACK

    def _counter(self, number, is_free):
        if number >= COUNTERS or (number == COUNTER_GATED and not is_free and not self._authenticated):
            raise Nak(NAK_ARGUMENT)
        return number

    def _set_counter(self, number, value):
        self.counters[number] = value

    # --- pages ---

    def _get_version(self, frame):
        return VERSION

    def _access(self):
        cfg0, cfg1 = self._governing(PAGE_CFG0), self._governing(PAGE_CFG1)
        auth0, protects = self._governing(PAGE_CFG0, True)[3], self._governing(PAGE_CFG1, True)[0]
        return Access(
            bool(cfg0[0] & RID_ACT),
            bool(cfg0[0] & SEC_MSG_ACT),
            auth0,
            bool(protects & PROT),
            bool(protects & CFGLCK),
            bool(cfg1[0] & CNT_INC_EN),
            bool(cfg1[0] & CNT_RD_EN),
            cfg1[2] | (cfg1[3] & 0x03) << 8,
        )

    def _governing_pages(self):
        return (2, PAGE_LOCKS_2_4, PAGE_CFG0, PAGE_CFG1, PAGE_LOCK_KEYS)

    def _readable_end(self):
        access = self._access()
        if access.prot and not self._authenticated:
            return min(access.auth0, PAGES)
        return PAGES

    def _protected_from(self):
        return self._access().auth0

    def _visible(self, pages):
        hides_uid = self._random_uid is not None and self._key_number != KEY_UID
        return b"".join(
            [bytes(PAGE) if page >= PAGE_KEYS or (hides_uid and page < 2) else self.memory.read(page) for page in pages]
        )

    def _locked(self, page):
        if page <= USER_LAST:
            return locks.dynamic_page_locked(_LOCKS, self._governing(PAGE_LOCKS_2_4), page)
        key_locks = self._governing(PAGE_LOCK_KEYS)[0]
        if page in (PAGE_CFG0, PAGE_CFG1):
            return self._access().cfglck
        if page == PAGE_LOCK_KEYS:
            return bool(key_locks & FREEZE_KEY_LOCKS)
        if PAGE_KEYS <= page < PAGE_KEYS_END:
            return bool(key_locks & (LOCK_KEY_0 if page < PAGE_KEYS + 4 else LOCK_KEY_1))
        return page not in (PAGE_LOCKS_2_4, PAGE_ONE_TIME)

    def _store_page(self, page, data):
        if page == PAGE_LOCKS_2_4:
            merged = locks.write_dynamic(_LOCKS, self.memory.read(page), self._governing(page), data)
            self.memory.write(page, merged, protected=True)
        elif page == PAGE_ONE_TIME:
            self.memory.write(page, or_bytes(self.memory.read(page), data), protected=True)
        elif page == PAGE_LOCK_KEYS:
            self.memory.write(page, bytes([data[0] & 0xE0]) + bytes(PAGE - 1))
        else:
            self.memory.write(page, data)

    # --- state ---

    def _factory_pages(self, uid):
        return factory(PAGES, uid, _DELIVERY)

    def _add_to_state(self, state):
        state["counters"] = list(self.counters)
        state["failures"] = self.failures
        state["locked_for_good"] = self.locked_for_good

    def _checked(self, state):
        counters = state.get("counters")
        if not isinstance(counters, list) or len(counters) != COUNTERS:
            counters = [None] * COUNTERS  # refused by the next line, which names the field
        counters = [fields.number(value, 0, COUNTER_LAST, "counters") for value in counters]
        failures = fields.number(state.get("failures"), 0, FAILURES_MAX, "failures")
        return counters, failures, fields.one_of(state.get("locked_for_good"), (False, True), "locked_for_good")

    def _take(self, own):
        self.counters, self.failures, self.locked_for_good = own
