"""What the tests of the soft NTAG 424 DNA share: a card in the field, and a small reader side of its secure messaging.

The reader side is written here from the functions of `cardos.crypto` and knows nothing of the card's own session classes.
"""

from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.lrp import Lrp
from cardos.crypto.secure_messaging import (
    crc32,
    ev2_iv,
    ev2_mac,
    ev2_session_keys,
    lrp_session_master,
    mac_input,
    pad_80,
    rotate_left,
    rotate_right,
    truncated,
    unpad_80,
)
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card, new_card

UID = bytes.fromhex("04A1B2C3D4E5F6")
PLAIN, MAC, FULL = 0, 1, 3
ZERO = bytes(16)
RND_A = bytes(range(16, 32))
SELECT = "00a4040007d276000085010100"
OK, MORE = "9100", "91af"


class Scripted:
    """Noise that is known beforehand: these bytes, then zeros."""

    def __init__(self, *pieces):
        self.left = b"".join([bytes.fromhex(piece) for piece in pieces])

    def take(self, count):
        taken, self.left = self.left[:count], self.left[count:]
        return taken + bytes(count - len(taken))


def on_reader(family="ntag424", selected=True, noise=None, **options):
    """A new card, powered and activated, with its application selected."""
    return present(new_card(family, UID, noise=noise or Noise(7), **options), selected)


def present(card, selected=True):
    """Take the card off the reader and put it on again."""
    card.field_off()
    card.field_on()
    assert card.activate() is not None
    if selected:
        assert send(card, SELECT) == "9000"
    return card


def copy_of(card):
    """The card as its state brings it back, on the reader."""
    return present(load_card(card.state(), noise=Noise(1)))


def send(card, frame_hex):
    """One command; the answer as hex."""
    return card.transceive(bytes.fromhex(frame_hex)).hex()


def native(card, ins, data_hex=""):
    """One native command without secure messaging; the answer as hex."""
    return send(card, wrapped(ins, bytes.fromhex(data_hex)).hex())


def wrapped(ins, data):
    return bytes([0x90, ins, 0, 0]) + (bytes([len(data)]) if data else b"") + data + b"\x00"


class Reader:
    """An authenticated reader. `call` gives the plain data of a good answer, or the status word as text."""

    def __init__(self, card, number=0, key=ZERO, asked=None):
        """asked: PCDcap2, when it is not 6 bytes that ask for what the card does."""
        self.card = card
        self.lrp = card.lrp
        self.ti, self.counter, self.enc_counter = b"", 0, 0
        asked = bytes([2 if self.lrp else 0, 0, 0, 0, 0, 0]) if asked is None else asked
        self.authenticated = self._authenticate(0x71, bytes([number, len(asked)]) + asked, key)

    def again(self, number, key=ZERO):
        self.authenticated = self._authenticate(0x77, bytes([number]), key)
        return self.authenticated

    def _authenticate(self, ins, data, key):
        answer = self.card.transceive(wrapped(ins, data))
        if answer[-2:].hex() != MORE:
            self.refusal = answer[-2:].hex()
            return False
        part_2 = self._lrp_part_2 if self.lrp else self._ev2_part_2
        return part_2(ins == 0x71, key, answer[:-2])

    def _ev2_part_2(self, first, key, challenge):
        rnd_b = cbc_decrypt(key, ZERO, challenge)
        answer = self.card.transceive(wrapped(0xAF, cbc_encrypt(key, ZERO, RND_A + rotate_left(rnd_b))))
        self.refusal = answer[-2:].hex()
        if self.refusal != OK:
            return False
        plain = cbc_decrypt(key, ZERO, answer[:-2])
        if first:
            self.ti, self.counter, plain = plain[:4], 0, plain[4:]
            self.capabilities = plain[16:]
        assert rotate_right(plain[:16]) == RND_A
        self.enc, self.mac = ev2_session_keys(key, RND_A, rnd_b)
        return True

    def _lrp_part_2(self, first, key, challenge):
        assert challenge[0] == 1 and len(challenge) == 17
        rnd_b = challenge[1:]
        self.session = Lrp(lrp_session_master(key, RND_A, rnd_b))
        answer = self.card.transceive(wrapped(0xAF, RND_A + self.session.cmac(RND_A + rnd_b)))
        self.refusal = answer[-2:].hex()
        if self.refusal != OK:
            return False
        data, mac, self.enc_counter = answer[:-18], answer[-18:-2], 0
        assert mac == self.session.cmac(rnd_b + RND_A + data)
        if first:
            plain, self.enc_counter = self.session.decrypt(1, 0, data)
            self.ti, self.counter, self.capabilities = plain[:4], 0, plain[4:]
        return True

    # --- one command ---

    def frame(self, ins, header, data, mode):
        """The command as it goes on the line."""
        if mode == FULL and data:
            data = self._encrypt(pad_80(data))
        if mode != PLAIN:
            data = data + self._mac(ins, header + data)
        return wrapped(ins, header + data)

    def call(self, ins, header="", data="", mode=FULL):
        return self.heard(self.card.transceive(self.frame(ins, bytes.fromhex(header), bytes.fromhex(data), mode)), mode)

    def heard(self, answer, mode):
        """Plain data of an answer as hex, its MAC checked; or the status word."""
        if answer[-2:].hex() not in (OK, "9190"):
            return answer[-2:].hex()
        self.counter += 1
        body = answer[:-2]
        if mode == PLAIN:
            return body.hex() if body else ""
        assert len(body) >= 8 and body[-8:] == self._mac(answer[-1], body[:-8])
        body = body[:-8]
        if mode == FULL and body:
            body = unpad_80(self._decrypt(body))
        return body.hex() if body else ""

    def _mac(self, first, data):
        if self.lrp:
            return truncated(self.session.cmac(mac_input(first, self.counter, self.ti, data)))
        return ev2_mac(self.mac, first, self.counter, self.ti, data)

    def _encrypt(self, data):
        if self.lrp:
            made, self.enc_counter = self.session.encrypt(1, self.enc_counter, data)
            return made
        return cbc_encrypt(self.enc, ev2_iv(self.enc, self.ti, self.counter, False), data)

    def _decrypt(self, data):
        if self.lrp:
            made, self.enc_counter = self.session.decrypt(1, self.enc_counter, data)
            return made
        return cbc_decrypt(self.enc, ev2_iv(self.enc, self.ti, self.counter, True), data)

    # --- commands with parameters ---

    def read(self, file, offset, length, mode=FULL):
        return self.call(0xAD, place(file, offset, length), "", mode)

    def write(self, file, offset, data, mode=FULL):
        return self.call(0x8D, place(file, offset, len(data) // 2), data, mode)

    def settings(self, file, body, mode=FULL):
        return self.call(0x5F, "%02x" % file, body, mode)

    def change_key(self, number, new, version, old=ZERO):
        if number == 0:
            plain = new + bytes([version])
        else:
            plain = bytes(new[i] ^ old[i] for i in range(16)) + bytes([version]) + crc32(new)
        frame = self.frame(0xC4, bytes([number]), plain, FULL)
        answer = self.card.transceive(frame)
        return answer.hex() if number == 0 else self.heard(answer, FULL)

    def configure(self, option, data):
        return self.call(0x5C, "%02x" % option, data)


def place(file, offset, length):
    """File number, offset and length of ReadData and WriteData, as hex."""
    return "%02x" % file + le3(offset, length)


def le3(*values):
    """Numbers of three bytes, least significant first, as hex."""
    return "".join(["%02x%02x%02x" % (value & 0xFF, value >> 8 & 0xFF, value >> 16) for value in values])
