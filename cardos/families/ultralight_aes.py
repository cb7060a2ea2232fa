"""Ultralight AES, MF0AES(H)20: where things are on the chip, its pages behind an AES key, and its one-way counters.

The user pages lie as on an NTAG213. From an authentication on, a chip with SEC_MSG_ACT takes MACed commands only and MACs its
answers; it answers nothing to a plain one. No data sheet was at hand: layout and channel are those of public code, production
notes and recorded dialogues of real cards (docs of `cardos.soft_cards.ultralight_aes` name what is unsure).
"""

from collections import namedtuple

from cardos.bytes import uint, uint_le
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.ultralight_auth import KEY_SIZE, MAC_SIZE, ReaderSide, SessionMac, chain_aes
from cardos.errors import CardAnswered, CardLost, CardRefused
from cardos.exchange import exchange
from cardos.families.ntag21x import Chip
from cardos.families.type2 import ACK, INCR_CNT, PAGE, READ, READ_CNT, KeyPages, Pages, frame_of

FAMILY = "ultralight-aes"
LAST_USER_PAGE = 0x27
PAGE_LOCKS_2_4 = 0x28
PAGE_CFG0 = 0x29
PAGE_CFG1 = 0x2A
PAGE_LOCK_KEYS = 0x2D
PAGE_KEYS = 0x30  # four pages a key

CHIP = Chip(FAMILY, 0x12, LAST_USER_PAGE, PAGE_LOCKS_2_4, PAGE_CFG0)

KEY_DATA, KEY_UID_RETRIEVAL, KEY_ORIGINALITY = 0, 1, 2
COUNTER = 2  # the one that may be kept behind the key
COUNTER_LAST = 0xFFFFFF
AUTH0_OFF = 0x3C
LOCK_KEYS = b"\xe0\x00\x00\x00"  # page 2Dh: keys 0 and 1 are never written again, nor these bits

_VERSION_START = b"\x00\x04\x03"  # NXP, Ultralight; then the subtype (1 to 3: input capacitance) and major version 4
_MAJOR_AES = 0x04
_RID_ACT, _SEC_MSG_ACT = 0x01, 0x02
_PROT, _CFGLCK, _CNT_INC_EN, _CNT_RD_EN = 0x80, 0x40, 0x08, 0x04
VCTID = 0x05  # byte 1 of CFG1 as delivered
_AUTH_LIM_MAX = 0x3FF
_BLOCK = 16

# CFG0 and CFG1 in words. auth0: first page behind the key. reads_need_key: not only writes. locked: no change any more.
# counter_2_reads_free, counter_2_counts_free: without the key. auth_lim: wrong keys until the chip locks for ever, 0 = no limit.
Config = namedtuple(
    "Config",
    [
        "auth0", "random_id", "secure_messaging", "reads_need_key", "locked", "counter_2_reads_free", "counter_2_counts_free",
        "auth_lim",
    ],
)  # fmt: skip


def encode_config(config, tail=b"\x00\x00", vctid=VCTID):
    """(CFG0, CFG1), 4 bytes each. tail: bytes 1 and 2 of CFG0 as found. ValueError when a number does not fit."""
    if not 0 <= config.auth_lim <= _AUTH_LIM_MAX:
        raise ValueError("AUTH_LIM has ten bits")
    first = (_RID_ACT if config.random_id else 0) | (_SEC_MSG_ACT if config.secure_messaging else 0)
    access = (
        (_PROT if config.reads_need_key else 0)
        | (_CFGLCK if config.locked else 0)
        | (_CNT_INC_EN if config.counter_2_counts_free else 0)
        | (_CNT_RD_EN if config.counter_2_reads_free else 0)
    )
    return bytes([first]) + bytes(tail) + uint(config.auth0, 1), bytes([access, vctid]) + uint_le(config.auth_lim, 2)


def decode_config(cfg0, cfg1):
    """The `Config` in the two pages."""
    access = cfg1[0]
    return Config(
        cfg0[3],
        bool(cfg0[0] & _RID_ACT),
        bool(cfg0[0] & _SEC_MSG_ACT),
        bool(access & _PROT),
        bool(access & _CFGLCK),
        bool(access & _CNT_RD_EN),
        bool(access & _CNT_INC_EN),
        cfg1[2] | (cfg1[3] & 0x03) << 8,
    )


def key_pages(number, key):
    """[(page, 4 bytes), ..] that make `key`, 16 bytes as AES takes them, key 0 or 1: it stands back to front."""
    if len(key) != KEY_SIZE or number not in (KEY_DATA, KEY_UID_RETRIEVAL):
        raise ValueError("an Ultralight AES takes a key of 16 bytes as number 0 or 1")
    stored = bytes([key[KEY_SIZE - 1 - i] for i in range(KEY_SIZE)])
    first = PAGE_KEYS + 4 * number
    return [(first + i, stored[i * PAGE : i * PAGE + PAGE]) for i in range(KEY_SIZE // PAGE)]


def is_version(version):
    """True when GET_VERSION's 8 bytes are those of an Ultralight AES."""
    return len(version) == 8 and bytes(version[:3]) == _VERSION_START and version[4] == _MAJOR_AES


class UltralightAesPages(KeyPages):
    """Page input and output on one presented Ultralight AES: plain before `authenticate`, MACed from then on.

    In a session nothing is believed without its MAC: a read whose MAC does not fit raises CardAnswered (MAC_WRONG), a write or
    an INCR_CNT is simply not acknowledged. The session goes on after that, so that a read decides what became of it: both ends
    count every exchange, and a card that did not take a command stays silent. A NAK or silence ends it: whatever is asked next
    raises CardRefused (SESSION_ENDED), until `authenticate` opens a new one.
    """

    fast_pages_max = 48  # with its MAC 200 bytes: what every reader's buffer takes
    signature_bytes = 48

    def __init__(self):
        KeyPages.__init__(self)
        self._session = None
        self._has_ended = False

    @property
    def is_secure(self):
        """True while exchanges are MACed and the session stands."""
        return self._session is not None and not self._has_ended

    def authenticate(self, number, key, nonces, secure=True):
        """Generator: prove key `number` (KEY_DATA ..), 16 bytes as AES takes them, and have the card prove it.

        nonces: callable n -> n random bytes. secure: False for a chip without SEC_MSG_ACT, whose commands stay plain. Raises
        CardRefused (WRONG_KEY, AUTHENTICATION_REFUSED, TOO_MANY_FAILURES), CardAnswered.
        """
        side = ReaderSide(chain_aes(key), nonces(_BLOCK))
        self._session = None
        self._has_ended = secure  # until the proof fits, a secure channel does not fall back to plain
        yield from self._prove(number, side, _BLOCK)
        self._session = SessionMac(key, side.rnd_a, side.rnd_b) if secure else None
        self._has_ended = False

    def drop(self):
        """Generator: have the card refuse a read of no page, so that it is selected anew: configuration and locks count from then on."""
        yield from self._ask(READ, b"\xff")
        self._session, self._has_ended, self.authenticated = None, False, False

    def read_counter(self, number=COUNTER):
        """Generator: the value of counter 0, 1 or 2. Raises CardRefused (READ_REFUSED), CardAnswered."""
        answer = yield from self._ask(READ_CNT, uint(number, 1))
        if len(answer) == 1:
            raise CardRefused("The card refuses to tell its counter.", "Present the card again.", "READ_REFUSED")
        if len(answer) != 3:
            raise CardAnswered("The card's answer was cut short.", "Present the card again.", "READ_AGAIN")
        return answer[0] | answer[1] << 8 | answer[2] << 16

    def increment(self, number=COUNTER, by=1):
        """Generator: raise a counter, one exchange, never repeated. True only when the card's ACK, or its MAC, fits.

        After False the counter may have been raised: read it. The card refuses to go beyond FFFFFFh.
        """
        return (yield from self._acknowledged(INCR_CNT, uint(number, 1) + uint_le(by, 3) + b"\x00"))

    def _ask(self, command, parameters):
        session = self._session
        if self._has_ended or (session is not None and session.is_used_up):
            raise CardRefused("The card ended its session.", "Present the card again.", "SESSION_ENDED")
        if session is None:
            return (yield from Pages._ask(self, command, parameters))
        frame = frame_of(command, parameters)
        sent = frame + session.of_command(frame)
        try:
            answer = yield exchange(command.name, sent, command.wait_ms, command.writes, command.secret)
        except CardLost:
            self._end()
            raise
        return self._opened(session, bytes(answer))

    def _opened(self, session, answer):
        """What a MACed answer says; ACK for a MAC over nothing. Raises CardAnswered (MAC_WRONG)."""
        if len(answer) == 1:  # NAK; a bare ACK is not believed either
            self._end()
            return b"\x00"
        data, mac = answer[:-MAC_SIZE], answer[-MAC_SIZE:]
        fits = len(mac) == MAC_SIZE and constant_time_equal(mac, session.of_answer(data))
        session.next()
        if not fits:
            raise CardAnswered("The card's answer is not authentic.", "Present the card again.", "MAC_WRONG")
        return data or ACK

    def _acknowledged(self, command, parameters):
        try:
            return (yield from Pages._acknowledged(self, command, parameters))
        except CardAnswered as error:
            if error.code != "MAC_WRONG":
                raise
            return False

    def _end(self):
        self._has_ended = True
        self.authenticated = False
