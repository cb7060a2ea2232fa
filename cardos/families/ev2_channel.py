"""EV2 secure messaging, the reader's side (NT4H2421Gx data sheet section 9.1; MF2DL(H)x0 section 10; AN12343).

One command and its answer share a counter: the command is sent under n, the answer comes under n + 1. The MAC covers what is
sent, so it is checked before anything is deciphered. Plain commands carry no MAC and count all the same.
"""

from cardos.bytes import uint, xor
from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.cmac import Cmac
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import crc32, ev2_iv, ev2_mac, ev2_session_keys, pad_80, rotate_left, unpad_80
from cardos.errors import CardAnswered, CardRefused
from cardos.families.commands import EV2_FIRST, EV2_NON_FIRST, FULL, PLAIN
from cardos.families.status import AUTHENTICATION_ERROR, MORE, OK, mac_wrong, refused, wrong_key, wrong_length
from cardos.families.wrapped import one

BLOCK = 16
_ZERO_IV = bytes(BLOCK)
MAC_SIZE = 8
COUNTER_END = 0xFFFF


class CountedChannel:
    """What EV2 and LRP share: counter, transaction identifier, the order of MAC and cipher. A subclass gives `_mac`, `_encrypt`, `_decrypt`."""

    name = ""
    rank = 0  # a higher rank is the stronger channel

    def __init__(self, ti, counter):
        self.ti = ti
        self.counter = counter

    def outgoing(self, row, header, data, mode, tail=b""):
        """The bytes behind the command code: header, then data and tail as `mode` (PLAIN, MAC, FULL) wants them."""
        if self.counter >= COUNTER_END:
            raise CardRefused("This session has no command left.", "Present the card again.", "SESSION_USED_UP")
        data = data + tail
        if mode == PLAIN:
            return header + data
        if mode == FULL and data:
            data = self._encrypt(pad_80(data))
        return header + data + self._mac(row.code, self.counter, header + data)

    def incoming(self, row, status, answer, mode, size):
        """The plain data of an answer; CardAnswered MAC_WRONG unless its MAC fits. `size` is checked by the caller."""
        self.counter += 1
        if mode == PLAIN:
            return answer
        data, mac = answer[:-MAC_SIZE], answer[-MAC_SIZE:]
        if len(mac) != MAC_SIZE or not constant_time_equal(mac, self._mac(status, self.counter, data)):
            raise mac_wrong(row.name)
        if mode == FULL and data:
            if len(data) % BLOCK:
                raise wrong_length(row.name, len(data), "whole blocks")
            data = self._decrypt(data)
            data = unpad_80(data) if row.padded else data
            if data is None:
                raise CardAnswered("The card's answer to %s is enciphered badly." % row.name, "Present the card again.", "PADDING_WRONG")
        return data

    def new_key(self, new, version, old):
        """(data, tail) of ChangeKey. old: None when the key in use is changed (AN12196 section 5.16)."""
        if old is None:
            return new + uint(version, 1), b""
        return xor(new, old) + uint(version, 1) + crc32(new), b""

    def _mac(self, first, counter, data):
        raise NotImplementedError("a channel knows its MAC")

    def _encrypt(self, blocks):
        raise NotImplementedError("a channel knows its cipher")

    def _decrypt(self, blocks):
        raise NotImplementedError("a channel knows its cipher")


class Ev2Channel(CountedChannel):
    """AES secure messaging after AuthenticateEV2First or NonFirst. ti: 4 bytes. counter: commands done under this ti."""

    name = "ev2"
    rank = 2

    def __init__(self, ses_enc, ses_mac, ti, counter=0):
        super().__init__(ti, counter)
        self._enc_key = ses_enc
        self._mac_key = Cmac(ses_mac)

    def _mac(self, first, counter, data):
        return ev2_mac(self._mac_key, first, counter, self.ti, data)

    def _encrypt(self, blocks):
        return cbc_encrypt(self._enc_key, ev2_iv(self._enc_key, self.ti, self.counter, False), blocks)

    def _decrypt(self, blocks):  # the counter has moved on already: an answer's IV is made of n + 1
        return cbc_decrypt(self._enc_key, ev2_iv(self._enc_key, self.ti, self.counter, True), blocks)


def authenticate_first(framing, nonces, number, key):
    """AuthenticateEV2First: returns a new `Ev2Channel`.

    Sends no capabilities (LenCap 0): the card must echo six zero bytes. CardRefused WRONG_KEY when either side does not know the key.
    """
    ses_enc, ses_mac, plain = yield from _handshake(framing, nonces, EV2_FIRST, uint(number, 1) + b"\x00", key, 32)
    if plain[26:32] != bytes(6):
        raise CardAnswered("The card echoes other capabilities than were sent.", "Present the card again.", "AUTHENTICATION_ALTERED")
    return Ev2Channel(ses_enc, ses_mac, plain[:4])


def authenticate_non_first(framing, nonces, number, key, ti, counter):
    """AuthenticateEV2NonFirst inside a session: another key, the same transaction identifier and counter."""
    ses_enc, ses_mac, _ = yield from _handshake(framing, nonces, EV2_NON_FIRST, uint(number, 1), key, 16)
    return Ev2Channel(ses_enc, ses_mac, ti, counter)


def _handshake(framing, nonces, row, request, key, answer_size):
    status, challenge = yield from one(framing, row, row.code, request)
    challenge = challenge_of(row, status, challenge, BLOCK)
    rnd_b = cbc_decrypt(key, _ZERO_IV, challenge)
    rnd_a = nonces(BLOCK)
    status, answer = yield from one(framing, row, MORE, cbc_encrypt(key, _ZERO_IV, rnd_a + rotate_left(rnd_b)))
    accepted(row, status, answer, answer_size)
    plain = cbc_decrypt(key, _ZERO_IV, answer)
    start = answer_size - 32 + 4 if answer_size == 32 else 0
    if not constant_time_equal(plain[start : start + BLOCK], rotate_left(rnd_a)):
        raise wrong_key()
    ses_enc, ses_mac = ev2_session_keys(key, rnd_a, rnd_b)
    return ses_enc, ses_mac, plain


def challenge_of(row, status, answer, size):
    """The card's challenge, `size` bytes; CardRefused when it does not want to authenticate."""
    if status != MORE:
        raise refused(row.name, status)
    if len(answer) != size:
        raise CardAnswered("The card offers another way to authenticate.", "This card is set up for another shop.", "CHANNEL_OTHER")
    return answer


def accepted(row, status, answer, size):
    """Checks the frame of an authentication's second answer. CardRefused WRONG_KEY for 91AE."""
    if status == AUTHENTICATION_ERROR:
        raise wrong_key(status)
    if status != OK:
        raise refused(row.name, status)
    if len(answer) != size:
        raise wrong_length(row.name, len(answer), size)
