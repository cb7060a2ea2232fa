"""SUN messages of NTAG 424 DNA: what the chip mirrors into its link, made (for the soft card) and opened.

Sources: NT4H2421Gx section 9.3 (secure dynamic messaging), AN12196 (AES), AN12321 and public code (LRP).

  PICCData     tag || UID || counter || random, enciphered with SDMMetaReadKey: 16 bytes AES, 8 + 16 bytes LRP
  ENCFileData  a piece of the file, enciphered with a key made of SDMFileReadKey, UID and counter
  SDMMAC       8 bytes over the text from SDMMACInputOffset up to the MAC itself, as it stands in the link

SDMReadCtr has 3 bytes, least significant first wherever it is enciphered or MACed, and most significant first in text.
`sun_link` has the strict check of a whole link. `uid` and `counter` may be None where a link does not mirror them.
"""

from cardos.bytes import Cursor, uint_le
from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.cmac import aes_cmac
from cardos.crypto.lrp import Lrp
from cardos.crypto.secure_messaging import truncated
from cardos.errors import CardAnswered

BLOCK = 16
MAC_SIZE = 8
UID_SIZE = 7
COUNTER_SIZE = 3
LRP_RANDOM_SIZE = 8
TAG_UID, TAG_COUNTER = 0x80, 0x40
_ZERO = bytes(BLOCK)
_SV1 = b"\xc3\x3c\x00\x01\x00\x80"
_SV2 = b"\x3c\xc3\x00\x01\x00\x80"
_LRP_SV, _LRP_SV_END = b"\x00\x01\x00\x80", b"\x1e\xe1"
_FILE_NIBBLES = 12  # the LRICB counter of ENCFileData: SDMReadCtr and three zero bytes


def _identity(uid, counter):
    if uid is not None and len(uid) != UID_SIZE:
        raise ValueError("SDM mirrors a 7-byte UID")
    return bytes(uid or b"") + (b"" if counter is None else uint_le(counter, COUNTER_SIZE))


def picc_data_size(lrp):
    """Bytes of an enciphered PICCData; in a link it takes twice as many characters."""
    return BLOCK + LRP_RANDOM_SIZE if lrp else BLOCK


def encrypt_picc_data(meta_key, uid, counter, noise, lrp=False):
    """The enciphered PICCData: 16 bytes, or 24 with `lrp`. `noise(count)` gives the chip's random bytes."""
    tag = (TAG_UID | UID_SIZE if uid is not None else 0) | (TAG_COUNTER if counter is not None else 0)
    plain = bytes([tag]) + _identity(uid, counter)
    if not lrp:
        return cbc_encrypt(meta_key, _ZERO, plain + noise(BLOCK - len(plain)))
    start = noise(LRP_RANDOM_SIZE)
    plain += noise(BLOCK - len(plain))
    return start + Lrp(meta_key).encrypt(0, int.from_bytes(start, "big"), plain, 2 * LRP_RANDOM_SIZE)[0]


def picc_data_plain(meta_key, data, lrp=False):
    """The 16 plain bytes of an enciphered PICCData, not looked at yet. CardAnswered SUN_PICC_DATA for a wrong size."""
    if len(data) != picc_data_size(lrp):
        raise unreadable()
    if not lrp:
        return cbc_decrypt(meta_key, _ZERO, bytes(data))
    start = int.from_bytes(bytes(data[:LRP_RANDOM_SIZE]), "big")
    return Lrp(meta_key).decrypt(0, start, data[LRP_RANDOM_SIZE:], 2 * LRP_RANDOM_SIZE)[0]


def decrypt_picc_data(meta_key, data, lrp=False):
    """(uid or None, counter or None) in an enciphered PICCData. CardAnswered SUN_PICC_DATA when it makes no sense.

    It carries no MAC: what comes out is a claim until the SDMMAC was checked.
    """
    cursor = Cursor(picc_data_plain(meta_key, data, lrp))
    tag = cursor.uint(1)
    if tag not in (TAG_UID | TAG_COUNTER | UID_SIZE, TAG_UID | UID_SIZE, TAG_COUNTER):
        raise unreadable()
    uid = cursor.take(UID_SIZE) if tag & TAG_UID else None
    counter = int.from_bytes(cursor.take(COUNTER_SIZE), "little") if tag & TAG_COUNTER else None
    return uid, counter


def session_keys(file_key, uid, counter):
    """(SesSDMFileReadENC, SesSDMFileReadMAC) of one AES message, 16 bytes each (NT4H2421Gx section 9.3.9.1)."""
    identity = _identity(uid, counter)
    return tuple(aes_cmac(file_key, label + identity + bytes(-(len(label) + len(identity)) % BLOCK)) for label in (_SV1, _SV2))


def lrp_session_master(file_key, uid, counter):
    """The 16-byte SesSDMFileReadMaster of one LRP message (section 9.3.9.2): updated key 0 MACs, 1 enciphers."""
    identity = _identity(uid, counter)
    filled = _LRP_SV + identity + bytes(-(len(_LRP_SV) + len(identity) + len(_LRP_SV_END)) % BLOCK)
    return Lrp(file_key).cmac(filled + _LRP_SV_END)


def sdm_mac(file_key, uid, counter, text, lrp=False):
    """The 8-byte SDMMAC over `text`: the bytes of the file from SDMMACInputOffset up to SDMMACOffset, as they are sent."""
    if lrp:
        return truncated(Lrp(lrp_session_master(file_key, uid, counter)).cmac(text))
    return truncated(aes_cmac(session_keys(file_key, uid, counter)[1], text))


def encrypt_file_data(file_key, uid, counter, data, lrp=False):
    """ENCFileData of `data` (whole 16-byte blocks)."""
    if lrp:
        return Lrp(lrp_session_master(file_key, uid, counter)).encrypt(1, _file_start(counter), data, _FILE_NIBBLES)[0]
    key, iv = _file_key_and_iv(file_key, uid, counter)
    return cbc_encrypt(key, iv, bytes(data))


def decrypt_file_data(file_key, uid, counter, data, lrp=False):
    """The inverse of `encrypt_file_data`."""
    if lrp:
        return Lrp(lrp_session_master(file_key, uid, counter)).decrypt(1, _file_start(counter), data, _FILE_NIBBLES)[0]
    key, iv = _file_key_and_iv(file_key, uid, counter)
    return cbc_decrypt(key, iv, bytes(data))


def _file_start(counter):
    return int.from_bytes(uint_le(counter, COUNTER_SIZE) + bytes(3), "big")


def _file_key_and_iv(file_key, uid, counter):
    key = session_keys(file_key, uid, counter)[0]
    return key, cbc_encrypt(key, _ZERO, uint_le(counter, COUNTER_SIZE) + bytes(BLOCK - COUNTER_SIZE))


def unreadable():
    """The error for a PICCData that makes no sense."""
    return CardAnswered("The link does not hold this shop's card data.", "Tap the card again; a link of another shop never fits.", "SUN_PICC_DATA")
