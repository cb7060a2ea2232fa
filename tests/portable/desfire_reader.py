"""A small reader side for the tests of the soft DESFire: the EV2 channel, and the EV1 channel under AES, in native frames.

Written from the functions of `cardos.crypto` alone; it knows nothing of the card's own session classes.
"""

from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.cmac import Cmac
from cardos.crypto.secure_messaging import (
    crc32, ev1_session_key, ev2_iv, ev2_mac, ev2_session_keys, pad_80, rotate_left, rotate_right, unpad_80,
)

PLAIN, MAC, FULL = 0, 1, 3
ZERO = bytes(16)
RND_A = bytes(range(16, 32))
FRAME = 60  # command code and 59 bytes


def text(data):
    """The bytes as hex; one interpreter's `b"".hex()` is no text."""
    return data.hex() if data else ""


class Reader:
    """What both channels share. `call` gives the plain data of a good answer as hex, or the status after "!"."""

    def __init__(self, card, number, key):
        self.card = card
        self.key = key
        self.authenticated = self.open(number)

    def exchange(self, frame):
        """A command in as many frames as it needs; (status, the whole answer)."""
        answer = self.card.transceive(frame[:FRAME])
        left = frame[FRAME:]
        while left and answer[0] == 0xAF:
            answer = self.card.transceive(b"\xaf" + left[: FRAME - 1])
            left = left[FRAME - 1 :]
        status, data = answer[0], answer[1:]
        while status == 0xAF:
            answer = self.card.transceive(b"\xaf")
            status, data = answer[0], data + answer[1:]
        return status, data

    def call(self, ins, header="", data="", mode=FULL, answer_mode=None):
        header, data = bytes.fromhex(header), bytes.fromhex(data)
        status, answer = self.exchange(self.frame(ins, header, data, mode))
        if status:
            return "!%02x" % status
        return text(self.heard(status, answer, mode if answer_mode is None else answer_mode))

    def read(self, file, offset, length, mode=FULL):
        return self.call(0xBD, place(file, offset, length), "", mode)

    def write(self, file, offset, data, mode=FULL):
        return self.call(0x3D, place(file, offset, len(data) // 2), data, mode, MAC if mode else PLAIN)

    def settings(self, file, body, mode=FULL):
        return self.call(0x5F, "%02x" % file, body, mode)


class Ev2Reader(Reader):
    """AuthenticateEV2First and its channel."""

    def open(self, number, ins=0x71):
        asked = bytes([ins, number]) + (b"\x00" if ins == 0x71 else b"")
        answer = self.card.transceive(asked)
        if answer[0] != 0xAF:
            return False
        rnd_b = cbc_decrypt(self.key, ZERO, answer[1:])
        answer = self.card.transceive(b"\xaf" + cbc_encrypt(self.key, ZERO, RND_A + rotate_left(rnd_b)))
        if answer[0]:
            return False
        plain = cbc_decrypt(self.key, ZERO, answer[1:])
        if ins == 0x71:
            self.ti, self.counter, plain = plain[:4], 0, plain[4:]
        assert rotate_right(plain[:16]) == RND_A
        self.enc, self.mac = ev2_session_keys(self.key, RND_A, rnd_b)
        return True

    def again(self, number, key=ZERO):
        self.key = key
        return self.open(number, 0x77)

    def frame(self, ins, header, data, mode):
        """The command as it goes on the line, chaining left out."""
        if mode == FULL and data:
            data = cbc_encrypt(self.enc, ev2_iv(self.enc, self.ti, self.counter, False), pad_80(data))
        mac = ev2_mac(self.mac, ins, self.counter, self.ti, header + data) if mode != PLAIN else b""
        return bytes([ins]) + header + data + mac

    def heard(self, status, answer, mode):
        self.counter += 1
        if mode == PLAIN:
            return answer
        data, mac = answer[:-8], answer[-8:]
        assert mac == ev2_mac(self.mac, status, self.counter, self.ti, data), "MAC of the answer"
        if mode == FULL and data:
            data = cbc_decrypt(self.enc, ev2_iv(self.enc, self.ti, self.counter, True), data)
            return data if self.unpadded else unpad_80(data)
        return data

    unpadded = False  # the answer of CommitReaderID is one whole block

    def reader_id(self, reader_id):
        self.unpadded = True
        try:
            return self.call(0xC8, reader_id.hex())
        finally:
            self.unpadded = False

    def change_key(self, number, new, version, old=ZERO, in_use=False):
        """"" or the status after "!"; a bare 00 for the key in use is "bare"."""
        plain = new + bytes([version])
        if not in_use:
            plain = bytes([new[i] ^ old[i] for i in range(16)]) + bytes([version]) + crc32(new)
        answer = self.card.transceive(self.frame(0xC4, bytes([number]), plain, FULL))
        if answer[0]:
            return "!%02x" % answer[0]
        return "bare" if len(answer) == 1 else text(self.heard(0, answer[1:], FULL))


class Ev1Reader(Reader):
    """AuthenticateAES and its channel with the running IV."""

    def open(self, number):
        answer = self.card.transceive(bytes([0xAA, number]))
        if answer[0] != 0xAF:
            return False
        challenge = answer[1:]
        rnd_b = cbc_decrypt(self.key, ZERO, challenge)
        sent = cbc_encrypt(self.key, challenge, RND_A + rotate_left(rnd_b))
        answer = self.card.transceive(b"\xaf" + sent)
        if answer[0]:
            return False
        assert rotate_right(cbc_decrypt(self.key, sent[-16:], answer[1:])) == RND_A
        self.session_key = ev1_session_key("aes", RND_A, rnd_b)
        self.iv = ZERO
        return True

    def frame(self, ins, header, data, mode):
        whole = bytes([ins]) + header
        if mode == FULL and data:
            plain = data + crc32(whole + data)
            sent = cbc_encrypt(self.session_key, self.iv, plain + bytes(-len(plain) % 16))
            self.iv = sent[-16:]
            return whole + sent
        self.iv = Cmac(self.session_key).of(whole + data, self.iv)
        return whole + data + (self.iv[:8] if mode == MAC and data else b"")

    def heard(self, status, answer, mode):
        end = bytes([status])
        if mode == FULL and len(answer) != 8:
            plain = cbc_decrypt(self.session_key, self.iv, answer)
            self.iv = answer[-16:]
            for size in range(len(plain) - 4, -1, -1):
                if plain[size : size + 4] == crc32(plain[:size] + end) and not plain[size + 4 :].strip(b"\x00\x80"):
                    return plain[:size]
            raise AssertionError("CRC of the answer")
        data, mac = answer[:-8], answer[-8:]
        self.iv = Cmac(self.session_key).of(data + end, self.iv)
        assert mac == self.iv[:8], "CMAC of the answer"
        return data

    def change_key(self, number, new, version, old=ZERO, in_use=False):
        body = (new if in_use else bytes([new[i] ^ old[i] for i in range(16)])) + bytes([version])
        whole = bytes([0xC4, number])
        plain = body + crc32(whole + body) + (b"" if in_use else crc32(new))
        sent = cbc_encrypt(self.session_key, self.iv, plain + bytes(-len(plain) % 16))
        self.iv = sent[-16:]
        answer = self.card.transceive(whole + sent)
        if answer[0]:
            return "!%02x" % answer[0]
        return "bare" if len(answer) == 1 else text(self.heard(0, answer[1:], PLAIN))


def place(file, offset, length):
    """File number, offset and length of ReadData and WriteData, as hex."""
    return "%02x%s%s" % (file, _le3(offset), _le3(length))


def _le3(value):
    return "%02x%02x%02x" % (value & 0xFF, value >> 8 & 0xFF, value >> 16)
