"""The rows of the manuals: every DESFire and NTAG 424 DNA command that our drivers send.

mode: how the command travels inside a session (PLAIN, MAC, FULL), or None where the file's own mode decides. Outside a session
everything is plain; `keyed` says that the card takes the command only inside one. wait_ms: how long the card may take at most,
with all its waiting-time extensions, not how long it usually does (CARDS of one kind differ by a factor of three).
padded: an enciphered answer is padded, as all are but one.
writes: the card changes its memory. secret: the frame carries a key, if only enciphered.

Sources: NT4H2421Gx data sheet section 10 (424); MF2DL(H)x0 data sheet and AN12343 (EV2); libfreefare and proxmark3 agree (EV1).
"""

from collections import namedtuple

PLAIN, MAC, FULL = 0, 1, 3

Command = namedtuple("Command", ["name", "code", "mode", "wait_ms", "writes", "secret", "keyed", "padded"])

_ASK_MS = 100  # no EEPROM work
_AUTH_MS = 200  # random number, two key schedules; a delay after wrong keys shows as 91AD, not as silence
_WRITE_MS = 400  # a few EEPROM rows
_MAKE_MS = 1500  # a file is cleared when it is made
_WIPE_MS = 5000


def _ask(name, code, mode=MAC, keyed=False):
    return Command(name, code, mode, _ASK_MS, False, False, keyed, True)


def _write(name, code, mode=MAC, wait_ms=_WRITE_MS, secret=False, keyed=False, padded=True):
    return Command(name, code, mode, wait_ms, True, secret, keyed, padded)


# --- authentication (own rules; failures are counted by some chips, but no data changes) ---
AUTHENTICATE_ISO = Command("AuthenticateISO", 0x1A, PLAIN, _AUTH_MS, False, False, False, True)
AUTHENTICATE_AES = Command("AuthenticateAES", 0xAA, PLAIN, _AUTH_MS, False, False, False, True)
EV2_FIRST = Command("AuthenticateEV2First", 0x71, PLAIN, _AUTH_MS, False, False, False, True)
EV2_NON_FIRST = Command("AuthenticateEV2NonFirst", 0x77, PLAIN, _AUTH_MS, False, False, False, True)
LRP_FIRST = Command("AuthenticateLRPFirst", 0x71, PLAIN, _AUTH_MS, False, False, False, True)
LRP_NON_FIRST = Command("AuthenticateLRPNonFirst", 0x77, PLAIN, _AUTH_MS, False, False, False, True)

# --- the chip ---
SELECT_APPLICATION = _ask("SelectApplication", 0x5A, PLAIN)
GET_VERSION = _ask("GetVersion", 0x60)
GET_CARD_UID = _ask("GetCardUID", 0x51, FULL, keyed=True)
READ_SIG = _ask("Read_Sig", 0x3C, FULL)
FREE_MEMORY = _ask("FreeMemory", 0x6E)
GET_APPLICATION_IDS = _ask("GetApplicationIDs", 0x6A)
CREATE_APPLICATION = _write("CreateApplication", 0xCA, wait_ms=_MAKE_MS)
DELETE_APPLICATION = _write("DeleteApplication", 0xDA, wait_ms=_MAKE_MS)
FORMAT_PICC = _write("FormatPICC", 0xFC, wait_ms=_WIPE_MS, keyed=True)
SET_CONFIGURATION = _write("SetConfiguration", 0x5C, FULL, keyed=True)

# --- keys ---
GET_KEY_VERSION = _ask("GetKeyVersion", 0x64)
GET_KEY_SETTINGS = _ask("GetKeySettings", 0x45)
CHANGE_KEY_SETTINGS = _write("ChangeKeySettings", 0x54, FULL, keyed=True)
CHANGE_KEY = _write("ChangeKey", 0xC4, FULL, secret=True, keyed=True)
CHANGE_KEY_EV2 = _write("ChangeKeyEV2", 0xC6, FULL, secret=True, keyed=True)
INITIALIZE_KEY_SET = _write("InitializeKeySet", 0x56, keyed=True)
FINALIZE_KEY_SET = _write("FinalizeKeySet", 0x57, keyed=True)
ROLL_KEY_SET = _write("RollKeySet", 0x55, keyed=True)

# --- files ---
GET_FILE_IDS = _ask("GetFileIDs", 0x6F)
GET_FILE_SETTINGS = _ask("GetFileSettings", 0xF5)
GET_FILE_COUNTERS = _ask("GetFileCounters", 0xF6, FULL, keyed=True)
CHANGE_FILE_SETTINGS = _write("ChangeFileSettings", 0x5F, FULL)
CREATE_STD_DATA_FILE = _write("CreateStdDataFile", 0xCD, wait_ms=_MAKE_MS)
CREATE_BACKUP_DATA_FILE = _write("CreateBackupDataFile", 0xCB, wait_ms=_MAKE_MS)
CREATE_VALUE_FILE = _write("CreateValueFile", 0xCC, wait_ms=_MAKE_MS)
CREATE_LINEAR_RECORD_FILE = _write("CreateLinearRecordFile", 0xC1, wait_ms=_MAKE_MS)
CREATE_CYCLIC_RECORD_FILE = _write("CreateCyclicRecordFile", 0xC0, wait_ms=_MAKE_MS)
CREATE_TRANSACTION_MAC_FILE = _write("CreateTransactionMACFile", 0xCE, FULL, wait_ms=_MAKE_MS, secret=True, keyed=True)
DELETE_FILE = _write("DeleteFile", 0xDF, wait_ms=_MAKE_MS)

# --- data: the second code of a pair is carried whole by ISO-DEP, the first is cut into pieces ---
READ_DATA = _ask("ReadData", 0xBD, None)
READ_DATA_ISO = _ask("ReadData", 0xAD, None)
WRITE_DATA = _write("WriteData", 0x3D, None)
WRITE_DATA_ISO = _write("WriteData", 0x8D, None)
READ_RECORDS = _ask("ReadRecords", 0xBB, None)
READ_RECORDS_ISO = _ask("ReadRecords", 0xAB, None)
WRITE_RECORD = _write("WriteRecord", 0x3B, None)
WRITE_RECORD_ISO = _write("WriteRecord", 0x8B, None)
UPDATE_RECORD = _write("UpdateRecord", 0xDB, None)
UPDATE_RECORD_ISO = _write("UpdateRecord", 0xBA, None)
CLEAR_RECORD_FILE = _write("ClearRecordFile", 0xEB)
GET_VALUE = _ask("GetValue", 0x6C, None)
CREDIT = _write("Credit", 0x0C, None)
DEBIT = _write("Debit", 0xDC, None)
LIMITED_CREDIT = _write("LimitedCredit", 0x1C, None)

# --- transactions ---
# Its answer is one enciphered block without padding (transcript in AN12343, recomputed from the printed session keys).
COMMIT_READER_ID = _write("CommitReaderID", 0xC8, FULL, keyed=True, padded=False)
COMMIT_TRANSACTION = _write("CommitTransaction", 0xC7, wait_ms=1000)
ABORT_TRANSACTION = _ask("AbortTransaction", 0xA7)  # changes no stored byte: what it throws away was never stored
