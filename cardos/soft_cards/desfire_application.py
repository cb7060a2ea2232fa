"""Commands that make, list, change and delete the files of an application."""

from cardos.bytes import uint_le
from cardos.soft_cards.desfire_access import (
    FREE_CREATE, FREE_LISTS, PLAIN, mode_for, need_application_level, need_master, need_master_unless,
)
from cardos.soft_cards.desfire_files import (
    FREE_GET_VALUE, LIMITED_CREDIT_ON, NEVER, TMAC, TMAC_KEY_KIND, DataFile, RecordFile, TmacFile, ValueFile,
)
from cardos.soft_cards.desfire_numbers import read_int32_le, read_le
from cardos.soft_cards.desfire_picc import no_data
from cardos.soft_cards.desfire_rows import FULL, Plan
from cardos.soft_cards.desfire_status import (
    DUPLICATE, FILE_NOT_FOUND, LENGTH_ERROR, OUT_OF_MEMORY, PARAMETER_ERROR, Refusal,
)

FILES_MAX = 32
COMM_MODES = (0, 1, 2, 3)
TMC_LIMIT_FOLLOWS = 0x20  # in the file option of ChangeFileSettings on a transaction MAC file (DESFire Light data sheet)


# --- making ---


def create_standard_file(card, call):
    """CreateStdDataFile: No [FID 2] comm AR 2 size 3."""
    return _create_data(card, call, False)


def create_backup_file(card, call):
    """CreateBackupDataFile."""
    return _create_data(card, call, True)


def _create_data(card, call, backup):
    number, fid, comm, access, rest = _parts(card, call.data, 3, with_fid=True)
    size = read_le(rest)
    if not size:
        raise Refusal(PARAMETER_ERROR)
    _check_room(card, size)
    return _add(card, number, DataFile(comm, access, fid, size, backup))


def create_value_file(card, call):
    """CreateValueFile: No comm AR 2 lower 4 upper 4 value 4 flags 1."""
    number, _, comm, access, rest = _parts(card, call.data, 13, with_fid=False)
    lower, upper, value = [read_int32_le(rest[i : i + 4]) for i in (0, 4, 8)]
    if not lower <= value <= upper or rest[12] & ~(LIMITED_CREDIT_ON | FREE_GET_VALUE):
        raise Refusal(PARAMETER_ERROR)
    return _add(card, number, ValueFile(comm, access, lower, upper, value, rest[12]))


def create_linear_file(card, call):
    """CreateLinearRecordFile: No [FID 2] comm AR 2 record size 3 records 3."""
    return _create_records(card, call, False)


def create_cyclic_file(card, call):
    """CreateCyclicRecordFile: one of its records is always kept for the next commit."""
    return _create_records(card, call, True)


def _create_records(card, call, cyclic):
    number, fid, comm, access, rest = _parts(card, call.data, 6, with_fid=True)
    size, places = read_le(rest[:3]), read_le(rest[3:])
    if not size or places < (2 if cyclic else 1):
        raise Refusal(PARAMETER_ERROR)
    _check_room(card, size * places)
    return _add(card, number, RecordFile(comm, access, fid, size, places, cyclic))


def create_tmac_file(card, call):
    """CreateTransactionMACFile: No comm AR 2, kind of key (02) / key 16, version. Write and Change as sent, Write must be F."""
    number, _, comm, access, rest = _parts(card, call.header, 1, with_fid=False)
    need_master(card, card.application)  # the key is only ever sent in a session
    if len(call.data) != 17:
        raise Refusal(LENGTH_ERROR)
    if rest[0] != TMAC_KEY_KIND or access >> 8 & 15 != NEVER:
        raise Refusal(PARAMETER_ERROR)
    if card.application.tmac() is not None:
        raise Refusal(DUPLICATE)
    return _add(card, number, TmacFile(comm, access, call.data[:16], call.data[16]))


def _parts(card, data, tail, with_fid):
    """(number, FID or None, comm, access, the last `tail` bytes) of a create command. Refuses."""
    need_application_level(card)
    need_master_unless(card, card.application, FREE_CREATE)
    fid, plain = None, 4 + tail
    if len(data) == plain + 2 and with_fid:
        if not card.application.iso:
            raise Refusal(PARAMETER_ERROR)
        fid = read_le(data[1:3])
        data = data[:1] + data[3:]
    if len(data) != plain:
        raise Refusal(LENGTH_ERROR)
    if data[0] >= FILES_MAX or data[1] not in COMM_MODES:
        raise Refusal(PARAMETER_ERROR)
    if data[0] in card.application.files or fid is not None and card.application.by_fid(fid):
        raise Refusal(DUPLICATE)
    _check_rights(card, read_le(data[2:4]))
    return data[0], fid, data[1], read_le(data[2:4]), data[4:]


def _check_rights(card, access):
    for shift in (0, 4, 8, 12):
        right = access >> shift & 15
        if len(card.application.keys) <= right < 14:
            raise Refusal(PARAMETER_ERROR)


def _check_room(card, size):
    if size > card.memory.free():  # before a bytearray of that size is made
        raise Refusal(OUT_OF_MEMORY)


def _add(card, number, file):
    memory, application = card.memory, card.application
    if file.memory() > memory.free():
        raise Refusal(OUT_OF_MEMORY)

    def change():
        application.files[number] = file
        memory.used += file.memory()

    card.atom(change)
    return b""


def delete_file(card, call):
    """DeleteFile. Its memory stays taken until FormatPICC."""
    need_application_level(card)
    need_master_unless(card, card.application, FREE_CREATE)
    no_data(call)
    application, number, _ = card.file(call.header[0])

    def change():
        del application.files[number]

    card.atom(change)
    return b""


# --- looking ---


def get_file_ids(card, call):
    """GetFileIDs: one byte each, ascending."""
    need_application_level(card)
    need_master_unless(card, card.application, FREE_LISTS)
    no_data(call)
    return bytes(sorted(card.application.files))


def get_iso_file_ids(card, call):
    """GetISOFileIDs: two bytes each, LSB first, files without one left out; where none has one only an error tells so (EV1 sheet)."""
    need_application_level(card)
    need_master_unless(card, card.application, FREE_LISTS)
    no_data(call)
    files = card.application.files
    found = [uint_le(files[number].fid, 2) for number in sorted(files) if files[number].fid is not None]
    if not found:
        raise Refusal(FILE_NOT_FOUND)
    return b"".join(found)


def get_file_settings(card, call):
    """GetFileSettings."""
    need_application_level(card)
    no_data(call)
    application, _, file = card.file(call.header[0])
    need_master_unless(card, application, FREE_LISTS)
    return file.settings()


# --- changing ---


def plan_change_file_settings(card, ins, header):
    need_application_level(card)
    application, number, file = card.file(header[0])
    mode = mode_for(card, application, file, (file.change_right,))
    enciphered = card.session is not None and card.session_aid == application.aid and card.session.key_number == file.change_right
    return Plan(FULL if enciphered or mode != PLAIN else PLAIN, None if file.kind == TMAC else 3, file)


def change_file_settings(card, call):
    """ChangeFileSettings: comm AR 2; for a transaction MAC file with bit 5 of comm also the limit of its counter, 4 bytes."""
    file, data = call.plan.target, call.data
    limited = file.kind == TMAC and len(data) > 0 and bool(data[0] & TMC_LIMIT_FOLLOWS)
    if len(data) != (7 if limited else 3):
        raise Refusal(LENGTH_ERROR)
    comm, access = data[0] & ~TMC_LIMIT_FOLLOWS if limited else data[0], read_le(data[1:3])
    if comm not in COMM_MODES or file.kind == TMAC and access >> 8 & 15 != NEVER:
        raise Refusal(PARAMETER_ERROR)
    _check_rights(card, access)
    limit = read_le(data[3:]) if limited else None
    if limit is not None and limit <= file.counter:
        raise Refusal(PARAMETER_ERROR)

    def change():
        file.comm, file.access = comm, access
        if file.kind == TMAC:
            file.limit = limit

    card.atom(change)
    return b""
