"""The soft DESFire under DES keys, as a card is delivered: the first channel (0A), triple DES in the EV1 channel, key types."""

import pytest

from cardos.bytes import xor
from cardos.crypto import tdes
from cardos.crypto.secure_messaging import crc32, ev1_session_key, rotate_left, rotate_right
from cardos.soft_cards.desfire_legacy import crc16
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from tests.portable.desfire_bench import UID, copy_of, le4, native, present, std_file, value_file
from tests.portable.desfire_bench import reader as desfire_reader
from tests.portable.desfire_reader import FULL, MAC, PLAIN, Reader

ZERO8, ZERO16 = bytes(8), bytes(16)
RND_A = bytes(range(1, 17))


def on_reader(family="desfire-ev1", **options):
    return present(new_card(family, UID, noise=Noise(7), **options))


class LegacyReader(Reader):
    """Authenticate (0A): the reader deciphers in both directions, IV zero each time."""

    def open(self, number):
        answer = self.card.transceive(bytes([0x0A, number]))
        if answer[0] != 0xAF:
            return False
        rnd_b = tdes.cbc_decrypt(self.key, ZERO8, answer[1:])
        answer = self.card.transceive(b"\xaf" + self.deciphered(RND_A[:8] + rotate_left(rnd_b), self.key))
        if answer[0]:
            return False
        assert rotate_right(tdes.cbc_decrypt(self.key, ZERO8, answer[1:])) == RND_A[:8]
        self.session_key = ev1_session_key("des" if len(self.key) == 8 else "2k3des", RND_A[:8], rnd_b)
        return True

    def deciphered(self, data, key):
        sent, iv = b"", ZERO8
        for start in range(0, len(data), 8):
            iv = tdes.cbc_decrypt(key, ZERO8, xor(data[start : start + 8], iv))
            sent += iv
        return sent

    def frame(self, ins, header, data, mode):
        if mode == FULL and data:
            plain = data + crc16(data)
            data = self.deciphered(plain + bytes(-len(plain) % 8), self.session_key)
        elif mode == MAC and data:
            data += self.mac(data)
        return bytes([ins]) + header + data

    def mac(self, data):
        return tdes.cbc_encrypt(self.session_key, ZERO8, data + bytes(-len(data) % 8))[-8:][:4]

    def heard(self, status, answer, mode):
        if mode == MAC and answer:
            assert answer[-4:] == self.mac(answer[:-4])
            return answer[:-4]
        if mode == FULL and answer:
            plain = tdes.cbc_decrypt(self.session_key, ZERO8, answer)
            for size in range(max(0, len(plain) - 10), len(plain) - 1):
                if plain[size : size + 2] == crc16(plain[:size]) and not plain[size + 2 :].strip(b"\x00\x80"):
                    return plain[:size]
            raise AssertionError("CRC of the answer")
        return answer


class TdesReader(Reader):
    """Authenticate (1A) and the EV1 channel under DES, 2K3DES or 3K3DES."""

    def open(self, number):
        kind = {8: "des", 16: "2k3des", 24: "3k3des"}[len(self.key)]
        answer = self.card.transceive(bytes([0x1A, number]))
        if answer[0] != 0xAF:
            return False
        size = len(answer) - 1
        rnd_b = tdes.cbc_decrypt(self.key, ZERO8, answer[1:])
        sent = tdes.cbc_encrypt(self.key, answer[-8:], RND_A[:size] + rotate_left(rnd_b))
        answer = self.card.transceive(b"\xaf" + sent)
        if answer[0]:
            return False
        assert rotate_right(tdes.cbc_decrypt(self.key, sent[-8:], answer[1:])) == RND_A[:size]
        self.session_key = ev1_session_key(kind, RND_A[:size], rnd_b)
        self.iv = ZERO8
        return True

    def frame(self, ins, header, data, mode):
        whole = bytes([ins]) + header
        if mode == FULL and data:
            return whole + self.enciphered(data + crc32(whole + data))
        self.iv = tdes.TdesCmac(self.session_key).of(whole + data, self.iv)
        return whole + data + (self.iv if mode == MAC and data else b"")

    def enciphered(self, plain):
        sent = tdes.cbc_encrypt(self.session_key, self.iv, plain + bytes(-len(plain) % 8))
        self.iv = sent[-8:]
        return sent

    def heard(self, status, answer, mode):
        data, mac = answer[:-8], answer[-8:]
        self.iv = tdes.TdesCmac(self.session_key).of(data + bytes([status]), self.iv)
        assert mac == self.iv
        return data

    def change_key(self, number, body, tail=b""):
        whole = bytes([0xC4, number])
        return self.card.transceive(whole + self.enciphered(body + crc32(whole + body) + tail))


def legacy(card, key=ZERO8, number=0):
    made = LegacyReader(card, number, key)
    assert made.authenticated
    return made


@pytest.mark.parametrize("family", ["desfire-ev1", "desfire-ev2", "desfire-ev3"])
def test_first_channel_in_every_mode(family):
    card = on_reader(family)
    assert native(card, "ca0102030f01") == "00" and native(card, "5a010203") == "00"
    for number, comm in ((1, 0), (2, 1), (3, 3)):
        std_file(card, number, comm, "0000", 100)
    value_file(card, 5, 1, "0000")
    session = legacy(card)
    for number, mode in ((1, PLAIN), (2, MAC), (3, FULL)):
        assert session.write(number, 3, "c0ffee" * 25, mode) == ""
        assert session.read(number, 3, 75, mode) == "c0ffee" * 25
        assert session.read(number, 0, 0, mode)[:18] == "000000c0ffeec0ffee"
    assert session.call(0xDC, "05", le4(3), MAC) == "" and session.call(0xC7, mode=PLAIN) == ""
    assert session.call(0x6C, "05", "", MAC) == le4(97)
    assert session.call(0x51) == UID.hex()
    assert session.call(0x54, "", "0b", FULL) == "" and session.call(0x45, mode=PLAIN) == "0b01"
    frame = session.frame(0x3D, bytes.fromhex("02000000010000"), b"\xaa", MAC)
    assert card.transceive(frame[:-1] + bytes([frame[-1] ^ 1])) == b"\x1e" and native(card, "51") == "ae"


def test_change_key_in_the_first_channel():
    card = on_reader()
    assert native(card, "ca0102030f03") == "00" and native(card, "5a010203") == "00"
    new = bytes(range(0, 32, 2))  # two different halves: 2K3DES from now on
    session = legacy(card)
    body = new + crc16(new)
    answer = card.transceive(b"\xc4\x00" + session.deciphered(body + bytes(-len(body) % 8), session.session_key))
    assert answer == b"\x00"
    session = legacy(card, new)
    other = bytes(range(32, 64, 2))
    body = xor(other, ZERO16) + crc16(xor(other, ZERO16)) + crc16(other)
    answer = card.transceive(b"\xc4\x01" + session.deciphered(body + bytes(-len(body) % 8), session.session_key))
    assert answer == b"\x00" and legacy(card, other, 1).authenticated
    assert not LegacyReader(card, 1, new).authenticated


def test_three_key_triple_des_application():
    card = on_reader()
    assert native(card, "ca0102030f42") == "00" and native(card, "5a010203") == "00" and native(card, "0a00") == "ae"
    key = bytes(24)
    session = TdesReader(card, 0, key)
    assert session.authenticated and session.call(0x45, mode=PLAIN) == "0f42"
    new = bytes(range(0, 48, 2))
    assert session.change_key(1, new, crc32(new))[0] == 0
    assert TdesReader(copy_selected(card), 1, new).authenticated


def copy_selected(card):
    twin = copy_of(card)
    assert native(twin, "5a010203") == "00"
    return twin


def test_key_version_sits_in_the_low_bits():
    card = on_reader()
    session = TdesReader(card, 0, ZERO8)
    half = bytes([0x10 | (0xA5 >> (7 - i) & 1) for i in range(8)])
    assert session.change_key(0, half + half) == b"\x00", "bare"
    assert native(card, "6400") == "00a5" and TdesReader(card, 0, half).authenticated, "equal halves are single DES"


def test_configuration_format_and_random_id_are_for_the_master():
    card = on_reader("desfire-ev2")
    assert native(card, "fc") == "ae" and native(card, "5c00" + "00" * 8) == "ae"
    assert native(card, "ca0102030f01") == "00"
    session = TdesReader(card, 0, ZERO8)
    assert session.call(0xFC, mode=PLAIN) == "" and native(card, "6a") == "00" and native(card, "6e") == "00001300"
    session = TdesReader(card, 0, ZERO8)
    assert session.call(0x5C, "01", "11" * 24 + "09") == "", "default key of applications to come"
    ats = bytes.fromhex("0675778102a5")
    whole = b"\x5c\x02" + ats
    answer = card.transceive(b"\x5c\x02" + session.enciphered(ats + crc32(whole) + b"\x80"))
    assert session.heard(0, answer[1:], PLAIN) == b"" and answer[0] == 0
    assert session.call(0x5C, "00", "02") == ""
    assert native(card, "ca0102030f81")[:2] == "00" and native(card, "5a010203") == "00" and native(card, "6400") == "0009"
    assert card.activate().uid == UID, "until the next power-up"
    card.field_off()
    card.field_on()
    activation = card.activate()
    assert activation.uid[0] == 8 and len(activation.uid) == 4 and activation.ats == ats
    session = TdesReader(card, 0, ZERO8)
    assert session.call(0x5C, "00", "01") == "" and card.state()["random_id"], "no way back"
    assert session.call(0xFC, mode=PLAIN) == "!9d", "format is forbidden for ever"


def test_wrong_des_key():
    card = on_reader()
    assert not TdesReader(card, 0, b"12345678").authenticated and not LegacyReader(card, 0, b"12345678").authenticated
    assert native(card, "51") == "ae"


def test_a_failure_limit_kills_a_key():
    card = on_reader("desfire-ev3")
    assert native(card, "ca7374700f85") == "00"
    session = TdesReader(card, 0, ZERO8)
    rule = bytes.fromhex("0103000100")
    answer = card.transceive(b"\x5c\x0a" + session.enciphered(rule + crc32(b"\x5c\x0a" + rule) + b"\x80"))
    assert answer[0] == 0 and native(card, "5a737470") == "00"
    for _ in range(3):
        assert native(card, "710100")[:2] == "af" and native(card, "af" + "00" * 32) == "ae"
    assert native(card, "710100") == "9d" and native(card, "710000")[:2] == "af" and native(card, "af") == "ae"
    card = copy_of(card)
    assert native(card, "5a737470") == "00" and native(card, "710100") == "9d"
    assert desfire_reader(card, 0).change_key(1, ZERO16, 1) == "", "a new key lives again"
    assert desfire_reader(card, 1).authenticated and not card.application.keys[1].failures
