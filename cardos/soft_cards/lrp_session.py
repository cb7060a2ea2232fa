"""The card's side of LRP secure messaging: authentication and channel of NTAG 424 DNA and DESFire Light, EV3
(NT4H2421Gx sections 9.2 and 10.4, AN12321). Same shapes as `ev2_session`.

The encryption counter EncCtr runs through the session, commands and answers alike. First and NonFirst both set it to zero;
First's own answer uses up 00000000, after NonFirst it is the first one used (section 9.2.4; recorded sessions).
"""

from cardos.crypto.compare import constant_time_equal
from cardos.crypto.lrp import Lrp
from cardos.crypto.secure_messaging import lrp_session_master, mac_input, truncated
from cardos.soft_cards.ev2_session import BLOCK, CAPABILITY_BYTES, Ev2Session, capabilities

AUTH_MODE_LRP = b"\x01"
LRP_CAPABILITY = 0x02  # bit of the first byte of PDcap2 and PCDcap2
_KEY_ENC = 1  # updated key; the MAC has number 0


class LrpSession(Ev2Session):
    """An authenticated LRP channel. master: the 16-byte session master key. enc_counter: next LRICB counter."""

    name = "lrp"

    def __init__(self, master, ti, key_number, counter=0, enc_counter=0):
        super().__init__(None, None, ti, key_number, counter)
        self._lrp = master if isinstance(master, Lrp) else Lrp(master)
        self.enc_counter = enc_counter

    def encipher(self, data):
        """Whole blocks under the running counter."""
        cipher, self.enc_counter = self._lrp.encrypt(_KEY_ENC, self.enc_counter, data)
        return cipher

    def _mac(self, first, data):
        return truncated(self._lrp.cmac(mac_input(first, self.counter, self.ti, data)))

    def _decipher(self, data):
        plain, self.enc_counter = self._lrp.decrypt(_KEY_ENC, self.enc_counter, data)
        return plain

    def _encipher(self, data):
        return self.encipher(data)


class LrpHandshake:
    """AuthenticateLRPFirst or NonFirst; arguments as `Ev2Handshake`. `challenge` begins with AuthMode 01."""

    session_name = "lrp"

    def __init__(self, key, key_number, rnd_b, ti=b"", pdcap2=b"\x02\x00\x00\x00\x00\x00", first=True, *, pcdcap2=b"", old_session=None):
        self._key = key
        self._key_number = key_number
        self._rnd_b = rnd_b
        self._ti = ti if first else old_session.ti
        self._counter = 0 if first else old_session.counter
        self._capabilities = pdcap2[:CAPABILITY_BYTES] + capabilities(pcdcap2)
        self._first = first
        self.challenge = AUTH_MODE_LRP + rnd_b

    def finish(self, body):
        """(session, body of the 00 answer), or None when the reader does not know the key. body: RndA and PCDResponse."""
        if len(body) != 2 * BLOCK:
            return None
        rnd_a, response = body[:BLOCK], body[BLOCK:]
        lrp = Lrp(lrp_session_master(self._key, rnd_a, self._rnd_b))
        if not constant_time_equal(response, lrp.cmac(rnd_a + self._rnd_b)):
            return None
        session = LrpSession(lrp, self._ti, self._key_number, self._counter)
        data = session.encipher(self._ti + self._capabilities) if self._first else b""
        return session, data + lrp.cmac(self._rnd_b + rnd_a + data)
