"""ISO/IEC 7816-4 commands of DESFire as NFC Forum Type 4 readers need them: SELECT, READ BINARY, UPDATE BINARY (CLA 00).

They see a file whose rights and communication mode let this reader in without secure messaging, and standard files only for
writing. Record commands, GET CHALLENGE and the ISO authentication are not there (6D00). Unsure on silicon: a session survives
them, as long as no DF is selected, and they add nothing to the input of a transaction MAC.
"""

from cardos.soft_cards.desfire_access import PLAIN, mode_for
from cardos.soft_cards.desfire_data import Found, write_now
from cardos.soft_cards.desfire_files import BACKUP, STANDARD
from cardos.soft_cards.desfire_status import Refusal
from cardos.soft_cards.desfire_tmac import check_open

CLASS = 0x00
SELECT, READ_BINARY, UPDATE_BINARY = 0xA4, 0xB0, 0xD6

DONE = b"\x90\x00"
WRONG_LENGTH = b"\x67\x00"
SECURITY_NOT_SATISFIED = b"\x69\x82"
CONDITIONS_NOT_SATISFIED = b"\x69\x85"
NO_CURRENT_FILE = b"\x69\x86"
FILE_NOT_FOUND = b"\x6a\x82"
WRONG_P1_P2 = b"\x6a\x86"
OUTSIDE_FILE = b"\x6b\x00"
NO_SUCH_COMMAND = b"\x6d\x00"

PICC_NAME = b"\xd2\x76\x00\x00\x85\x01\x00"
PICC_FID = 0x3F00
SHORT_FILE_ID = 0x80
READ_ALL = 256  # Le 00


def answer(card, frame):
    """The whole answer to a CLA 00 command."""
    if len(frame) < 4:
        return WRONG_LENGTH
    ins, p1, p2 = frame[1], frame[2], frame[3]
    if ins == SELECT:
        return _select(card, p1, p2, frame[4:])
    if ins == READ_BINARY:
        return _read(card, p1, p2, frame[4:])
    if ins == UPDATE_BINARY:
        return _update(card, p1, p2, frame[4:])
    return NO_SUCH_COMMAND


def _select(card, p1, p2, rest):
    if p2 not in (0x00, 0x0C) or p1 not in (0x00, 0x02, 0x04):
        return WRONG_P1_P2
    name = _body(rest)
    if name is None:
        return WRONG_LENGTH
    if p1 == 0x04:
        return _select_application(card, _named(card, name))
    fid = int.from_bytes(name, "big") if len(name) == 2 else None
    if fid is None and name:
        return WRONG_LENGTH
    if p1 == 0x00:
        if fid is None or fid == PICC_FID:
            return _select_application(card, card.memory.picc)
        for application in card.memory.applications.values():
            if application.fid == fid:
                return _select_application(card, application)
    found = card.application.by_fid(fid) if fid is not None else None
    if found is None:
        return FILE_NOT_FOUND
    card.iso_file = found[0]
    return DONE


def _named(card, name):
    if name == PICC_NAME:
        return card.memory.picc
    for aid in card.memory.order:
        if name and card.memory.applications[aid].df_name == name:
            return card.memory.applications[aid]
    return None


def _select_application(card, application):
    if application is None:
        return FILE_NOT_FOUND
    card.select(application, None)
    return DONE


def _body(rest):
    """The data of an APDU behind P2 (Lc data [Le]), or None when its length does not fit."""
    if len(rest) < 2:
        return b""
    if len(rest) not in (1 + rest[0], 2 + rest[0]):
        return None
    return rest[1 : 1 + rest[0]]


def _target(card, p1, p2):
    """(number, offset) of the file that P1 P2 mean, or the status word that says why not."""
    if p1 & SHORT_FILE_ID:
        number, offset = p1 & 0x1F, p2
        if number not in card.application.files:
            return FILE_NOT_FOUND
        card.iso_file = number
        return number, offset
    if card.iso_file not in card.application.files:
        return NO_CURRENT_FILE
    return card.iso_file, p1 << 8 | p2


def _allowed(card, file, rights):
    try:
        check_open(card.application, file)
        return mode_for(card, card.application, file, rights) == PLAIN
    except Refusal:
        return False


def _read(card, p1, p2, rest):
    if len(rest) != 1:
        return WRONG_LENGTH
    target = _target(card, p1, p2)
    if isinstance(target, bytes):
        return target
    number, offset = target
    file = card.application.files[number]
    if file.kind not in (STANDARD, BACKUP):
        return CONDITIONS_NOT_SATISFIED
    if not _allowed(card, file, (file.read_right, file.read_write_right)):
        return SECURITY_NOT_SATISFIED
    left = len(file.data) - offset
    if left <= 0:
        return OUTSIDE_FILE
    return file.read(card.noise, offset, min(rest[0] or READ_ALL, left)) + DONE


def _update(card, p1, p2, rest):
    data = _body(rest)
    if not data:
        return WRONG_LENGTH
    target = _target(card, p1, p2)
    if isinstance(target, bytes):
        return target
    number, offset = target
    file = card.application.files[number]
    if file.kind not in (STANDARD, BACKUP):
        return CONDITIONS_NOT_SATISFIED
    if not _allowed(card, file, (file.write_right, file.read_write_right)):
        return SECURITY_NOT_SATISFIED
    if offset + len(data) > len(file.data):
        return OUTSIDE_FILE
    if file.kind == BACKUP:
        card.transaction.of(card.application, number).data[offset : offset + len(data)] = data
    else:
        write_now(card, Found(card.application, number, file, offset, len(data)), data)
    return DONE
