"""DESFire's files: data, values, records and the transaction that commits them (EV1, EV2, EV3).

Backup, value and record files are written to a shadow; CommitTransaction makes all of one application's changes real at once, and
leaving the field makes none. Standard files are written at once and torn undefined. On EV2 and EV3 a command goes as one APDU where it
fits (codes 8D, AD, 8B, AB); on EV1, and where it does not fit, in pieces of 59 bytes with 91AF between them.
"""

from cardos.bytes import uint, uint_le
from cardos.errors import RangeError
from cardos.families import commands as rows
from cardos.families.commands import PLAIN
from cardos.families.file_settings import access_word, read_file_settings, read_signed_le, signed_le
from cardos.families.picc import Picc
from cardos.families.status import wrong_length
from cardos.families.wrapped import APDU_DATA_MAX

_ANSWER_DATA_MAX = 224  # one whole answer holds this in every mode
_MESSAGE_OVERHEAD = 8 + 16  # MAC and the longest padding
FILE_NUMBER_MAX = 31


class DesfireFiles(Picc):
    """File commands of one selected application. generation: 1, 2 or 3."""

    # EV3's transaction timer ends a transaction that is held open too long, against commits that are delivered late. It is set by an
    # option of SetConfiguration; no public source gives its number and bytes (AN12753 names it), so nothing is sent here. A subclass that
    # knows them sets (option, data), and personalisation sends that by `set_configuration`.
    transaction_timer = None

    def __init__(self, nonces, generation, minimum, framing=None):
        super().__init__(nonces, minimum, framing)
        self.generation = generation

    # --- making and describing ---

    def file_ids(self):
        """GetFileIDs: a sorted list of numbers."""
        return sorted((yield from self.command(rows.GET_FILE_IDS, size=None)))

    def file_settings(self, file):
        """GetFileSettings: `FileSettings`."""
        return read_file_settings((yield from self.command(rows.GET_FILE_SETTINGS, uint(file, 1), size=None)))

    def change_file_settings(self, file, mode, access):
        """ChangeFileSettings: another communication mode and access word for a file. Outside a session plain, where everybody may."""
        yield from self.command(rows.CHANGE_FILE_SETTINGS, uint(file, 1), uint(mode, 1) + access_word(access))

    def create_std_file(self, file, mode, access, size):
        """CreateStdDataFile of `size` bytes, zero filled."""
        yield from self._create(rows.CREATE_STD_DATA_FILE, file, mode, access, uint_le(size, 3))

    def create_backup_file(self, file, mode, access, size):
        """CreateBackupDataFile of `size` bytes, zero filled; it takes twice the memory."""
        yield from self._create(rows.CREATE_BACKUP_DATA_FILE, file, mode, access, uint_le(size, 3))

    def create_value_file(self, file, mode, access, lower, upper, value, limited_credit=0):
        """CreateValueFile: limits (inclusive) and start value, signed 32 bits. limited_credit: bit 0 allows it, bit 1 frees GetValue."""
        body = signed_le(lower) + signed_le(upper) + signed_le(value) + uint(limited_credit, 1)
        yield from self._create(rows.CREATE_VALUE_FILE, file, mode, access, body)

    def create_linear_file(self, file, mode, access, record_size, records_max):
        """CreateLinearRecordFile: refuses records (STATUS_BE) when full."""
        yield from self._create(rows.CREATE_LINEAR_RECORD_FILE, file, mode, access, uint_le(record_size, 3) + uint_le(records_max, 3))

    def create_cyclic_file(self, file, mode, access, record_size, records_max):
        """CreateCyclicRecordFile: keeps the newest records_max - 1 records."""
        yield from self._create(rows.CREATE_CYCLIC_RECORD_FILE, file, mode, access, uint_le(record_size, 3) + uint_le(records_max, 3))

    def create_tmac_file(self, file, access, key, version=0, mode=PLAIN):
        """CreateTransactionMACFile (EV2, EV3) with an AES key. access.write must be NEVER; access.read_write: CommitReaderID's key,
        FREE without a key, NEVER for none."""
        header = self._file(file) + uint(mode, 1) + access_word(access) + b"\x02"  # key type AES
        yield from self.command(rows.CREATE_TRANSACTION_MAC_FILE, header, key + uint(version, 1))

    def delete_file(self, file):
        """DeleteFile. On EV1 its memory is not given back before a format."""
        yield from self.command(rows.DELETE_FILE, uint(file, 1))

    def _create(self, row, file, mode, access, body):
        yield from self.command(row, self._file(file) + uint(mode, 1) + access_word(access) + body)

    def _file(self, file):
        if not 0 <= file <= FILE_NUMBER_MAX:
            raise RangeError("A file has a number of 0 to %d, not %r." % (FILE_NUMBER_MAX, file))
        return uint(file, 1)

    # --- data ---

    def read(self, file, offset, length, mode):
        """ReadData: `length` bytes, as many as asked for. length 0 reads to the end (not enciphered on EV1: the size must be known)."""
        header = self._range(file, offset, length)
        whole = self._whole_answer(length)
        row = rows.READ_DATA_ISO if whole else rows.READ_DATA
        return (yield from self.command(row, header, mode=mode, size=length or None, whole=whole))

    def write(self, file, offset, data, mode):
        """WriteData. One exchange where command, MAC and padding fit in one frame; else pieces, of which a standard file may keep some."""
        header = self._range(file, offset, self._some(data))
        whole = self._whole_command(header, data)
        yield from self.command(rows.WRITE_DATA_ISO if whole else rows.WRITE_DATA, header, data, mode, whole=whole)

    # --- records ---

    def read_records(self, file, first, count, record_size, mode):
        """ReadRecords: a list of records, oldest of them first. first: 0 is the newest; count: how many, going back; 0 = all there are."""
        header = self._range(file, first, count)
        whole = self._whole_answer(count * record_size)
        row = rows.READ_RECORDS_ISO if whole else rows.READ_RECORDS
        data = yield from self.command(row, header, mode=mode, size=count * record_size or None, whole=whole)
        if len(data) % record_size:
            self.forget()
            raise wrong_length(row.name, len(data), "whole records")
        return [data[start : start + record_size] for start in range(0, len(data), record_size)]

    def write_record(self, file, offset, data, mode):
        """WriteRecord: into the one new record that the next commit adds."""
        header = self._range(file, offset, self._some(data))
        whole = self._whole_command(header, data)
        yield from self.command(rows.WRITE_RECORD_ISO if whole else rows.WRITE_RECORD, header, data, mode, whole=whole)

    def update_record(self, file, record, offset, data, mode):
        """UpdateRecord (EV2, EV3): changes a record that is there. record: 0 is the newest."""
        header = uint(file, 1) + uint_le(record, 3) + uint_le(offset, 3) + uint_le(self._some(data), 3)
        whole = self._whole_command(header, data)
        yield from self.command(rows.UPDATE_RECORD_ISO if whole else rows.UPDATE_RECORD, header, data, mode, whole=whole)

    def clear_records(self, file):
        """ClearRecordFile: all records go at the next commit."""
        yield from self.command(rows.CLEAR_RECORD_FILE, uint(file, 1))

    # --- values ---

    def get_value(self, file, mode):
        """GetValue: the committed value, a signed number."""
        return read_signed_le((yield from self.command(rows.GET_VALUE, uint(file, 1), mode=mode, size=4)))

    def credit(self, file, amount, mode):
        """Credit: raises the value at the next commit. STATUS_BE when the upper limit would be passed."""
        yield from self._change_value(rows.CREDIT, file, amount, mode)

    def debit(self, file, amount, mode):
        """Debit: lowers the value at the next commit. STATUS_BE when the lower limit would be passed."""
        yield from self._change_value(rows.DEBIT, file, amount, mode)

    def limited_credit(self, file, amount, mode):
        """LimitedCredit: gives back at most what the last transaction debited, once."""
        yield from self._change_value(rows.LIMITED_CREDIT, file, amount, mode)

    def _change_value(self, row, file, amount, mode):
        if amount < 0:
            raise RangeError("An amount is not negative: %r." % (amount,))
        yield from self.command(row, uint(file, 1), signed_le(amount), mode)

    # --- transaction ---

    def commit_reader_id(self, reader_id):
        """CommitReaderID (EV2, EV3), 16 bytes: returns EncTMRI, the previous reader's identifier under the transaction key."""
        if len(reader_id) != 16:
            raise RangeError("A reader identifier has 16 bytes.")
        return (yield from self.command(rows.COMMIT_READER_ID, reader_id, size=16))

    def commit(self, with_tmac=False):
        """CommitTransaction. with_tmac: also return (TMC, TMV): the counter after this commit, and 8 bytes (EV2, EV3).

        CardLost means "old or new": only the next tap can tell.
        """
        if not with_tmac:
            yield from self.command(rows.COMMIT_TRANSACTION)
            return None
        answer = yield from self.command(rows.COMMIT_TRANSACTION, b"\x01", size=12)
        return int.from_bytes(answer[:4], "little"), answer[4:]

    def abort(self):
        """AbortTransaction: what was not committed is forgotten by the card."""
        yield from self.command(rows.ABORT_TRANSACTION)

    # --- how a command travels ---

    def _range(self, file, start, count):
        return uint(file, 1) + uint_le(start, 3) + uint_le(count, 3)

    def _some(self, data):
        if not data:
            raise RangeError("There is nothing to write.")
        return len(data)

    def _whole_command(self, header, data):
        limit = self.framing.whole_max
        return self.generation > 1 and limit == APDU_DATA_MAX and len(header) + len(data) + _MESSAGE_OVERHEAD <= limit

    def _whole_answer(self, length):
        return self.generation > 1 and self.framing.whole_max == APDU_DATA_MAX and 0 < length <= _ANSWER_DATA_MAX
