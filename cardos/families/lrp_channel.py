"""LRP secure messaging, the reader's side (NT4H2421Gx data sheet section 9.2; AN12321).

As EV2, with the leakage resilient primitive in place of AES-CBC and AES-CMAC. Its cipher runs on one counter through the session:
block 00000000 is spent by the answer of AuthenticateLRPFirst, commands and answers go on from 00000001.
"""

from cardos.bytes import uint
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.lrp import Lrp
from cardos.crypto.secure_messaging import lrp_session_master, mac_input, truncated
from cardos.errors import CardAnswered
from cardos.families.commands import LRP_FIRST, LRP_NON_FIRST
from cardos.families.ev2_channel import BLOCK, CountedChannel, accepted, challenge_of
from cardos.families.status import MORE, wrong_key
from cardos.families.wrapped import one

CAPABILITIES = b"\x02\x00\x00\x00\x00\x00"  # PCDcap2.1 bit 1: LRP
_AUTH_MODE_LRP = 0x01
_ENC_KEY = 1  # updated key 0 makes MACs, 1 enciphers (AN12304)


class LrpChannel(CountedChannel):
    """LRP secure messaging under a session master key. block: the next block of the cipher's counter."""

    name = "lrp"
    rank = 3

    def __init__(self, master, ti, counter=0, block=1):
        super().__init__(ti, counter)
        self._lrp = Lrp(master)
        self._block = block

    def _mac(self, first, counter, data):
        return truncated(self._lrp.cmac(mac_input(first, counter, self.ti, data)))

    def _encrypt(self, blocks):
        data, self._block = self._lrp.encrypt(_ENC_KEY, self._block, blocks)
        return data

    def _decrypt(self, blocks):
        data, self._block = self._lrp.decrypt(_ENC_KEY, self._block, blocks)
        return data


def authenticate_first(framing, nonces, number, key):
    """AuthenticateLRPFirst: returns a new `LrpChannel`. CHANNEL_OTHER when the card answers in AES mode: never a fall-back."""
    master, lrp, answer, rnd_b, rnd_a = yield from _handshake(
        framing, nonces, LRP_FIRST, uint(number, 1) + uint(len(CAPABILITIES), 1) + CAPABILITIES, key, 32
    )
    if not constant_time_equal(answer[BLOCK:], lrp.cmac(rnd_b + rnd_a + answer[:BLOCK])):
        raise wrong_key()
    plain, _ = lrp.decrypt(_ENC_KEY, 0, answer[:BLOCK])
    if plain[10:16] != CAPABILITIES or not plain[4] & 0x02:
        raise CardAnswered("The card echoes other capabilities than were sent.", "Present the card again.", "AUTHENTICATION_ALTERED")
    return LrpChannel(master, plain[:4])


def authenticate_non_first(framing, nonces, number, key, ti, counter):
    """AuthenticateLRPNonFirst inside a session: counter and identifier go on, the cipher's counter starts at 0 (section 9.2.4)."""
    master, lrp, answer, rnd_b, rnd_a = yield from _handshake(framing, nonces, LRP_NON_FIRST, uint(number, 1), key, 16)
    if not constant_time_equal(answer, lrp.cmac(rnd_b + rnd_a)):
        raise wrong_key()
    return LrpChannel(master, ti, counter, 0)


def _handshake(framing, nonces, row, request, key, answer_size):
    status, challenge = yield from one(framing, row, row.code, request)
    challenge = challenge_of(row, status, challenge, 1 + BLOCK)
    if challenge[0] != _AUTH_MODE_LRP:
        raise CardAnswered("The card names an unknown way to authenticate.", "This card is set up for another shop.", "CHANNEL_OTHER")
    rnd_b = challenge[1:]
    rnd_a = nonces(BLOCK)
    master = lrp_session_master(key, rnd_a, rnd_b)
    lrp = Lrp(master)
    status, answer = yield from one(framing, row, MORE, rnd_a + lrp.cmac(rnd_a + rnd_b))
    accepted(row, status, answer, answer_size)
    return master, lrp, answer, rnd_b, rnd_a
