"""Follows a recorded dialogue of DESFire's EV1 channel with nothing but the crypto functions, as a witness for them.

The IV starts at zero after authentication and runs through every CMAC and every cryptogram (CARDS handbook, secure
messaging). Frames are native: command byte first, status byte first; AF continues a command or an answer.
"""

from cardos.bytes import xor
from cardos.crypto import aes, tdes
from cardos.crypto.cmac import Cmac
from cardos.crypto.secure_messaging import crc32, ev1_session_key, rotate_left
from tests.portable.vector_files import h

MORE = 0xAF
AUTHENTICATE = {0x1A, 0xAA}
SELECT, CHANGE_KEY, GET_CARD_UID = 0x5A, 0xC4, 0x51
READS, WRITES = {0xBD, 0xBB, 0x6C}, {0x3D, 0x3B, 0x0C, 0xDC, 0x1C}
CREATES = {0xCD, 0xCB, 0xCC, 0xC1, 0xC0}
HEADER = {0xBD: 8, 0xBB: 8, 0x6C: 2, 0x3D: 8, 0x3B: 8, 0x0C: 2, 0xDC: 2, 0x1C: 2}  # command byte and parameters in clear
MAC, FULL = 1, 3


class Session:
    """One EV1 session: a key, its cipher and the IV that runs."""

    def __init__(self, kind, key):
        self.cipher = aes if kind == "aes" else tdes
        self.block = 16 if kind == "aes" else 8
        self.key, self.iv = key, bytes(self.block)
        self.cmac = Cmac(key) if kind == "aes" else tdes.TdesCmac(key)

    def mac(self, data):
        self.iv = self.cmac.of(data, self.iv)
        return self.iv[:8]

    def encrypt(self, data):
        made = self.cipher.cbc_encrypt(self.key, self.iv, data)
        self.iv = made[-self.block :]
        return made

    def decrypt(self, data):
        plain = self.cipher.cbc_decrypt(self.key, self.iv, data)
        self.iv = data[-self.block :]
        return plain

    def zeros(self, data):
        return data + bytes(-len(data) % self.block)


def joined(frames):
    """[(index of the first frame, command, answer)]: chained frames as one; an answer's status stands first."""
    found, index = [], 0
    while index < len(frames):
        first = index
        command, answer = h(frames[index][0]), h(frames[index][1])
        if command[0] in AUTHENTICATE:
            index += 2
            found.append((first, command, answer))
            continue
        data = answer[1:]
        while answer[0] == MORE:
            index += 1
            command += h(frames[index][0])[1:]
            answer = h(frames[index][1])
            data += answer[1:]
        found.append((first, command, answer[:1] + data))
        index += 1
    return found


def replay(e):
    """Asserts that every MAC and cryptogram of one recording fits; returns how many of each kind there were."""
    checked = {"authentications": 0, "macs": 0, "cryptograms": 0, "change_keys": 0}
    auths = {auth["at"]: auth for auth in e["auths"]}
    changes = {change["at"]: change for change in e["change_keys"]}
    session, modes = None, {}
    for at, command, answer in joined(e["frames"]):
        if command[0] in AUTHENTICATE:
            session = authenticated(auths[at], e["frames"][at], e["frames"][at + 1])
            checked["authentications"] += 1
        elif command[0] == SELECT:
            assert answer[0] == 0
            session = None
        elif answer[0] != 0:
            session = None
        elif session is None:
            assert at not in changes
        elif command[0] == CHANGE_KEY:
            session = changed_key(session, changes[at], command, answer)
            checked["change_keys"] += 1
        else:
            if command[0] in CREATES:
                modes[command[1]] = command[2]
            checked[exchanged(session, modes, command, answer)] += 1
    return checked


def authenticated(auth, first, second):
    kind = {"des": "des", "2k3des": "2k3des", "3k3des": "3k3des", "aes": "aes"}[auth["alg"]]
    line = Session(kind, h(auth["key"]))
    rnd_a, rnd_b = h(auth["rnd_a"]), h(auth["rnd_b"])
    assert h(first[1]) == b"\xaf" + line.encrypt(rnd_b)
    assert h(second[0]) == b"\xaf" + line.encrypt(rnd_a + rotate_left(rnd_b))
    assert h(second[1]) == b"\x00" + line.encrypt(rotate_left(rnd_a))
    key = ev1_session_key(kind, rnd_a, rnd_b)
    assert key.hex() == auth["session_key"]
    return Session(kind, key)


def changed_key(session, change, command, answer):
    new = h(change["new_key"]) + (b"" if change["key_version"] is None else bytes([change["key_version"]]))
    crc = crc32(command[:2] + new)
    assert command[1] == change["key_no_byte"] and crc.hex() == change["crc32"]
    if len(answer) == 1:  # the key in use: a bare status, and the session is over
        assert command[2:] == session.encrypt(session.zeros(new + crc))
        return None
    plain = session.decrypt(command[2:])
    old = xor(plain[: len(h(change["new_key"]))], h(change["new_key"]))
    body = plain[: len(new)]
    assert plain == session.zeros(body + crc32(command[:2] + body) + crc32(h(change["new_key"]))), old.hex()
    assert answer[-8:] == session.mac(answer[:1])
    return session


def exchanged(session, modes, command, answer):
    """Checks one command and its answer in `session`; returns which kind of proof the answer carried."""
    code, data = command[0], answer[1:]
    mode = modes.get(command[1]) if code in READS | WRITES else None
    if code in WRITES and mode == FULL:
        plain = session.decrypt(command[HEADER[code] :])
        size = int.from_bytes(command[5:8], "little") if HEADER[code] == 8 else 4
        assert plain == session.zeros(plain[:size] + crc32(command[: HEADER[code]] + plain[:size]))
    elif code in WRITES and mode == MAC:
        assert command[-8:] == session.mac(command[:-8])
    else:
        session.mac(command)
    if code == GET_CARD_UID or code in READS and mode == FULL:
        plain = session.decrypt(data)
        sizes = [size for size in range(len(plain) - 3) if crc32(plain[:size] + answer[:1]) == plain[size : size + 4]
                 and not plain[size + 4 :].strip(b"\0").lstrip(b"\x80")]
        assert sizes, "the answer's CRC does not fit"
        return "cryptograms"
    assert data[-8:] == session.mac(data[:-8] + answer[:1])
    return "macs"
