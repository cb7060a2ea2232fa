"""Session keys, MACs, IVs and padding of the cards' secure channels. Pure functions: who counts and who sends is elsewhere.

  EV2   AuthenticateEV2First and NonFirst of NTAG 424 DNA, DESFire EV2, EV3 and Light (NT4H2421Gx section 9.1, AN12343)
  LRP   the same channel with LRP in place of AES (NT4H2421Gx section 9.2, AN12321); the primitive is in `lrp`
  EV1   Authenticate (1A) and AuthenticateAES (AA) of DESFire (public code; recorded dialogues of real cards)
  Ultralight AES   the MAC-only channel of MF0AES(H)20 (recorded dialogues of real cards)

All numbers in these inputs go least significant byte first. Keys, nonces and UIDs are bytes as they stand in the manuals.
"""

from cardos.bytes import uint_le, xor
from cardos.crypto.aes import cbc_encrypt
from cardos.crypto.cmac import Cmac, aes_cmac
from cardos.crypto.lrp import Lrp

BLOCK = 16
MAC_SIZE = 8
_ZERO = bytes(BLOCK)
_ENC_LABEL = b"\xa5\x5a"
_MAC_LABEL = b"\x5a\xa5"
_ONE_BLOCK_OF_128_BITS = b"\x00\x01\x00\x80"  # counter 1, 128 bits of key: SP 800-108 in counter mode


def _context(rnd_a, rnd_b):
    if len(rnd_a) != 16 or len(rnd_b) != 16:
        raise ValueError("RndA and RndB have 16 bytes each")
    return bytes(rnd_a[:2]) + xor(rnd_a[2:8], rnd_b[:6]) + bytes(rnd_b[6:]) + bytes(rnd_a[8:])


def ev2_session_keys(key, rnd_a, rnd_b):
    """(SesAuthENCKey, SesAuthMACKey), 16 bytes each, after EV2First or EV2NonFirst (NT4H2421Gx section 9.1.7)."""
    tail = _ONE_BLOCK_OF_128_BITS + _context(rnd_a, rnd_b)
    mac = Cmac(key)
    return mac.of(_ENC_LABEL + tail), mac.of(_MAC_LABEL + tail)


def lrp_session_master(key, rnd_a, rnd_b):
    """The 16-byte session master of LRPFirst and LRPNonFirst: Lrp(master) then MACs and enciphers (section 9.2.7)."""
    return Lrp(key).cmac(_ONE_BLOCK_OF_128_BITS + _context(rnd_a, rnd_b) + b"\x96\x69")


def ultralight_aes_session_key(key, rnd_a, rnd_b):
    """The 16-byte CMAC key of an Ultralight AES session: the EV2 MAC key by another name."""
    return aes_cmac(key, _MAC_LABEL + _ONE_BLOCK_OF_128_BITS + _context(rnd_a, rnd_b))


def ev1_session_key(kind, rnd_a, rnd_b):
    """The session key of an EV1 channel: 8 bytes for kind "des", 16 for "2k3des" and "aes", 24 for "3k3des".

    RndA and RndB have 8 bytes for "des" and "2k3des", 16 for the others. A 16-byte key with two equal halves is "des".
    """
    if kind not in _EV1_PARTS:
        raise ValueError("no EV1 channel of kind %r" % (kind,))
    size, parts = _EV1_PARTS[kind]
    if len(rnd_a) != size or len(rnd_b) != size:
        raise ValueError("RndA and RndB have %d bytes each" % size)
    return b"".join(bytes(rnd_a[start : start + 4]) + bytes(rnd_b[start : start + 4]) for start in parts)


# kind -> (bytes in a nonce, where the pieces of four bytes start)
_EV1_PARTS = {"des": (8, (0,)), "2k3des": (8, (0, 4)), "3k3des": (16, (0, 6, 12)), "aes": (16, (0, 12))}


def tmac_session_keys(key, tmc, uid):
    """(SesTMMACKey, SesTMENCKey) of one transaction (DESFire Light data sheet section 10.3.2).

    `tmc` is the counter's value **after** the commit (old value + 1), `uid` the 7-byte UID, `key` the AppTransactionMACKey.
    """
    if len(uid) != 7:
        raise ValueError("a transaction MAC is made over a 7-byte UID")
    tail = _ONE_BLOCK_OF_128_BITS + uint_le(tmc, 4) + bytes(uid)
    return aes_cmac(key, b"\x5a" + tail), aes_cmac(key, b"\xa5" + tail)


def truncated(mac16):
    """The 8 bytes of a 16-byte CMAC that go on the line: offsets 1, 3, .. 15 (the sheets count from 1: "even-numbered")."""
    if len(mac16) != BLOCK:
        raise ValueError("a CMAC has 16 bytes")
    return bytes(mac16[place] for place in range(1, BLOCK, 2))


def ev2_mac(ses_mac, first, counter, ti, data):
    """The 8-byte MAC of one EV2 message (NT4H2421Gx section 9.1.9).

    `ses_mac`: the 16-byte session key, or its `Cmac`, which a channel keeps.
    `first`: the command code, or the status byte of an answer. `counter`: CmdCtr for a command, CmdCtr + 1 for its answer.
    `ti`: the 4-byte transaction identifier. `data`: header and data as they go on the line, enciphered or not.
    """
    mac = ses_mac if isinstance(ses_mac, Cmac) else Cmac(ses_mac)
    return truncated(mac.of(mac_input(first, counter, ti, data)))


def mac_input(first, counter, ti, data):
    """What an EV2 or LRP MAC is made over: first byte || counter in 2 bytes || TI || data."""
    if len(ti) != 4:
        raise ValueError("TI has 4 bytes")
    return uint_le(first, 1) + uint_le(counter, 2) + bytes(ti) + bytes(data)


def ev2_iv(ses_enc, ti, counter, answer):
    """The 16-byte IV for data of a command (`answer` False) or an answer (True) in an EV2 session (section 9.1.4).

    `counter` is the one in the MAC of the same message: CmdCtr for a command, CmdCtr + 1 for its answer.
    """
    if len(ti) != 4:
        raise ValueError("TI has 4 bytes")
    label = _MAC_LABEL if answer else _ENC_LABEL
    return cbc_encrypt(ses_enc, _ZERO, label + bytes(ti) + uint_le(counter, 2) + bytes(8))


def pad_80(data):
    """`data` and 80 00.. up to whole 16-byte blocks (ISO/IEC 9797-1 method 2); at least one byte is always added."""
    return bytes(data) + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def unpad_80(data):
    """The data in front of 80 00.., or None when `data` are not whole blocks closed by such a padding of 1 to 16 bytes."""
    if not data or len(data) % BLOCK:
        return None
    for end in range(len(data) - 1, len(data) - BLOCK - 1, -1):
        if data[end]:
            return bytes(data[:end]) if data[end] == 0x80 else None
    return None


def crc32(data):
    """The 4-byte CRC of DESFire ChangeKey and EV1 cryptograms: IEEE 802.3, start FFFFFFFF, no final complement, LSB first."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        value = (value >> 4) ^ _CRC_NIBBLES[value & 15]
        value = (value >> 4) ^ _CRC_NIBBLES[value & 15]
    return uint_le(value, 4)


def _crc_nibble(value):
    for _ in range(4):
        value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value


_CRC_NIBBLES = tuple(_crc_nibble(value) for value in range(16))


def rotate_left(data):
    """`data` with its first byte moved to the end (RndA', RndB')."""
    return bytes(data[1:]) + bytes(data[:1])


def rotate_right(data):
    """The inverse of `rotate_left`."""
    return bytes(data[-1:]) + bytes(data[:-1])
