"""The frames that the protocol of docs/card-format.md cannot do without for one changed record, family by family.

Each frame is (work, out, back): a key of `air_time.WORK_MS` and bytes without CRC. UID, family, key epoch and number of counters are
taken as known, as activation and this home's register tell them.
"""

from cardos.families.type2 import PAGE
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.record import MAC_SIZE, body_size, slot_size

MAC, STATUS = 8, 2  # of a session; 91xx
_WRAP = 5  # 90 ins 00 00 … and Lc or Le; a command with data has both, one more
_READ_PAGES = 4
_AES_BLOCK = 16
FSC = {"ntag424": 128, "ntag424-lrp": 128}  # frame sizes of ISO-DEP cards; DESFire's is the model's own default
NATIVE_DATA_MAX = 59  # data bytes of one frame of a DESFire EV1, which takes longer commands in pieces
NATIVE_ANSWER = 48  # data bytes of each but the last frame of a longer answer (measured on chips by others)


def frames(family, counters, written_pages, password):
    """[(work, out, back), ...]. written_pages: body pages that must be written (page cards). password: whether the card has one."""
    if family == "ultralight-c":
        return _ultralight_c(counters, written_pages)
    if family == "ultralight-aes":
        return _ultralight_aes(counters, written_pages)
    if family in ("ntag424", "ntag424-lrp"):
        return _ntag424(counters, family == "ntag424-lrp")
    if family.startswith("desfire"):
        return _desfire(counters, family == "desfire-ev1")
    return _ntag21x(counters, written_pages, password)


def _sizes(counters):
    """(bytes from the issuer block to the end of slot B, bytes of a slot before its trailer)."""
    return ISSUER_SIZE + 2 * slot_size(counters), slot_size(counters) - PAGE


def _ntag21x(counters, written_pages, password):
    whole, body = _sizes(counters)
    found = [("page read", 3, whole)] + ([("password", 5, 2)] if password else [])
    return found + [("page write", 6, 1)] * (2 + written_pages) + [("page read", 3, body)] * 2


def _ultralight_c(counters, written_pages):
    whole, body = _sizes(counters)
    found = [("page read", 2, 16)] * _reads(whole) + [("authenticate 1", 2, 9), ("authenticate 2", 17, 9)]
    return found + [("page write", 6, 1)] * (2 + written_pages) + [("page read", 2, 16)] * (2 * _reads(body))


def _ultralight_aes(counters, written_pages):
    whole, body = _sizes(counters)
    found = [("authenticate 1", 2, 17), ("authenticate 2", 33, 17), ("secured page read", 3 + MAC, whole + MAC)]
    found += [("secured page read", 2 + MAC, 3 + MAC)] * 2  # READ_CNT, before and after
    found += [("secured page write", 6 + MAC, MAC)] * (2 + written_pages + 1)  # trailer, body, trailer; INCR_CNT
    return found + [("secured page read", 3 + MAC, body + MAC)] * 2


def _ntag424(counters, lrp):
    whole, _ = _sizes(counters)
    first = 1 if lrp else 0  # one capability byte asks for LRP, one byte of the answer says so
    return [
        ("select", 5 + 7 + 1, STATUS), ("authenticate 1", _command(2 + first), 16 + first + STATUS), ("authenticate 2", _command(32), 32 + STATUS),
        ("read", _command(7 + MAC), whole + MAC + STATUS), ("write", _command(7 + slot_size(counters) + MAC), MAC + STATUS),
    ]  # fmt: skip


def _desfire(counters, ev1):
    record = body_size(counters) + MAC_SIZE
    asks_mac = 0 if ev1 else MAC  # a channel of EV1 sends none with what only asks
    found = [("select", _command(3), STATUS)]
    if ev1:
        found += [("authenticate 1", _command(1), 16 + STATUS), ("authenticate 2", _command(32), 16 + STATUS)]
    else:
        found += [("authenticate 1", _command(2), 16 + STATUS), ("authenticate 2", _command(32), 32 + STATUS)]
    found += _read(7 + asks_mac, ISSUER_SIZE + record + MAC, ev1)
    for data in (record + MAC_SIZE, record):  # file 1: the record and its predecessor's MAC; file 2: the past one
        found += _write(7 + data + MAC, ev1)
    if ev1:
        return found + [("write", _WRAP, MAC + STATUS)]
    reader_id = _command(_AES_BLOCK + MAC)
    return found + [("read", reader_id, _AES_BLOCK + MAC + STATUS), ("write", _command(1 + MAC), 4 + 8 + MAC + STATUS)]


def _command(data):
    return _WRAP + data + 1


def _read(data, back, in_pieces):
    """A read with so many bytes of parameters, and as many bytes back, whole or as a card gives them in pieces."""
    if not in_pieces or back <= NATIVE_DATA_MAX:
        return [("read", _command(data), back + STATUS)]
    return [("read", _command(data), NATIVE_ANSWER + STATUS), ("read", _WRAP, back - NATIVE_ANSWER + STATUS)]


def _write(data, in_pieces):
    """A write with so many bytes of parameters and data, whole or as a card takes it in pieces."""
    if not in_pieces or data <= NATIVE_DATA_MAX:
        return [("write", _command(data), MAC + STATUS)]
    return [("little", _command(NATIVE_DATA_MAX), STATUS), ("write", _command(data - NATIVE_DATA_MAX), MAC + STATUS)]


def _reads(size):
    return -(-size // (_READ_PAGES * PAGE))
