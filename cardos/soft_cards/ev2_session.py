"""The card's side of AES secure messaging: authentication and channel of NTAG 424 DNA, DESFire Light, EV2 and EV3
(NT4H2421Gx sections 9.1 and 10.4, AN12343). `lrp_session` has the same shapes.

One session answers one command with `open` and then `close`. Any error ends it: the card forgets the object.
"""

from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import ev2_iv, ev2_mac, ev2_session_keys, pad_80, rotate_left, unpad_80

PLAIN, MAC, FULL = 0, 1, 3  # the communication modes, as file settings have them

MAC_BYTES = 8
BLOCK = 16
COUNTER_LAST = 0xFFFF  # a command that arrives at this count is refused like one with a wrong MAC
INTEGRITY_ERROR, LENGTH_ERROR = 0x1E, 0x7E
CAPABILITY_BYTES = 6
_ZERO_IV = bytes(BLOCK)


class IntegrityError(Exception):
    """A command's MAC, padding or length does not fit. status: what the card answers, 1E or 7E (length, a MAC left out)."""

    def __init__(self, status=INTEGRITY_ERROR):
        super().__init__("secure messaging %02X" % status)
        self.status = status


class Ev2Session:
    """An authenticated channel. ses_enc, ses_mac: 16 bytes each. ti: 4 bytes. key_number: what it was opened with."""

    name = "ev2"

    def __init__(self, ses_enc, ses_mac, ti, key_number, counter=0):
        self._ses_enc = ses_enc
        self._ses_mac = ses_mac
        self.ti = ti
        self.key_number = key_number
        self.counter = counter

    def open(self, ins, header, body, mode):
        """Plain data of a command. body: all that came after the header, chained frames joined. Raises IntegrityError."""
        if self.counter >= COUNTER_LAST:
            raise IntegrityError()
        if mode == PLAIN:
            return body
        if len(body) < MAC_BYTES or (mode == FULL and (len(body) - MAC_BYTES) % BLOCK):
            raise IntegrityError(LENGTH_ERROR)
        sent, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
        if not constant_time_equal(mac, self._mac(ins, header + sent)):
            raise IntegrityError()
        if mode == MAC or not sent:
            return sent
        data = unpad_80(self._decipher(sent))
        if data is None:
            raise IntegrityError()
        return data

    def close(self, status, data, mode, padded=True):
        """Body of the answer: `data`, enciphered when FULL, and its MAC. Counts the command, a plain one too.

        padded False: whole blocks go without padding, as EncTMRI does (AN12343, CommitReaderID).
        """
        self.counter += 1
        if mode == PLAIN:
            return data
        if mode == FULL and data:
            data = self._encipher(pad_80(data) if padded else data)
        return data + self._mac(status, data)

    def _mac(self, first, data):
        return ev2_mac(self._ses_mac, first, self.counter, self.ti, data)

    def _decipher(self, data):
        return cbc_decrypt(self._ses_enc, ev2_iv(self._ses_enc, self.ti, self.counter, False), data)

    def _encipher(self, data):
        return cbc_encrypt(self._ses_enc, ev2_iv(self._ses_enc, self.ti, self.counter, True), data)


class Ev2Handshake:
    """AuthenticateEV2First (`first`) or NonFirst from the first command on; `challenge` is the body of its AF answer.

    rnd_b: 16 bytes. ti: 4 bytes, for First. pdcap2, pcdcap2: 6 bytes, the card's and the reader's capabilities.
    old_session: the session that NonFirst takes TI and counter over from.
    """

    session_name = "ev2"

    def __init__(self, key, key_number, rnd_b, ti=b"", pdcap2=bytes(CAPABILITY_BYTES), first=True, *, pcdcap2=b"", old_session=None):
        self._key = key
        self._key_number = key_number
        self._rnd_b = rnd_b
        self._ti = ti if first else old_session.ti
        self._counter = 0 if first else old_session.counter
        self._capabilities = pdcap2 + capabilities(pcdcap2)
        self._first = first
        self.challenge = cbc_encrypt(key, _ZERO_IV, rnd_b)

    def finish(self, body):
        """(session, body of the 00 answer), or None when the reader does not know the key. body: 32 bytes, checked here."""
        if len(body) != 2 * BLOCK:
            return None
        plain = cbc_decrypt(self._key, _ZERO_IV, body)
        rnd_a, rotated_b = plain[:BLOCK], plain[BLOCK:]
        if not constant_time_equal(rotated_b, rotate_left(self._rnd_b)):
            return None
        ses_enc, ses_mac = ev2_session_keys(self._key, rnd_a, self._rnd_b)
        session = Ev2Session(ses_enc, ses_mac, self._ti, self._key_number, self._counter)
        answer = rotate_left(rnd_a)
        if self._first:
            answer = self._ti + answer + self._capabilities
        return session, cbc_encrypt(self._key, _ZERO_IV, answer)


def capabilities(sent):
    """PCDcap2 as it is given back: cut to 6 bytes, or filled with zeros."""
    kept = bytes(sent[:CAPABILITY_BYTES])
    return kept + bytes(CAPABILITY_BYTES - len(kept))
