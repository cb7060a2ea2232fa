"""Commands and status bytes of DESFire and NTAG 424 DNA as tables, for traces. Sources: NT4H2421Gx tables 22 and 23,
MF2DL(H)x0 section 11, and the lists of libfreefare and proxmark3 where no open data sheet names a command.
"""

# code: (name, the card's work, a key of `air_time.WORK_MS`)
COMMANDS = {
    0x0A: ("AuthenticateLegacy", "authenticate 1"), 0x1A: ("AuthenticateISO", "authenticate 1"), 0xAA: ("AuthenticateAES", "authenticate 1"),
    0x71: ("AuthenticateEV2First", "authenticate 1"), 0x77: ("AuthenticateEV2NonFirst", "authenticate 1"),
    0x45: ("GetKeySettings", "settings"), 0x54: ("ChangeKeySettings", "write"), 0x5C: ("SetConfiguration", "write"),
    0x64: ("GetKeyVersion", "settings"), 0xC4: ("ChangeKey", "write"), 0xC6: ("ChangeKeyEV2", "write"),
    0x56: ("InitializeKeySet", "write"), 0x57: ("FinalizeKeySet", "write"), 0x55: ("RollKeySet", "write"),
    0xCA: ("CreateApplication", "write"), 0xDA: ("DeleteApplication", "write"), 0xC9: ("CreateDelegatedApplication", "write"),
    0x5A: ("SelectApplication", "select"), 0x6A: ("GetApplicationIDs", "settings"), 0x6D: ("GetDFNames", "settings"),
    0x60: ("GetVersion", "settings"), 0x6E: ("FreeMemory", "settings"), 0x51: ("GetCardUID", "read"), 0xFC: ("FormatPICC", "write"),
    0x6F: ("GetFileIDs", "settings"), 0x61: ("GetISOFileIDs", "settings"), 0xF5: ("GetFileSettings", "settings"),
    0x5F: ("ChangeFileSettings", "write"), 0xF6: ("GetFileCounters", "settings"),
    0xCD: ("CreateStdDataFile", "write"), 0xCB: ("CreateBackupDataFile", "write"), 0xCC: ("CreateValueFile", "write"),
    0xC1: ("CreateLinearRecordFile", "write"), 0xC0: ("CreateCyclicRecordFile", "write"), 0xCE: ("CreateTransactionMACFile", "write"),
    0xDF: ("DeleteFile", "write"), 0xBD: ("ReadData", "read"), 0xAD: ("ReadData", "read"), 0x3D: ("WriteData", "write"),
    0x8D: ("WriteData", "write"), 0x6C: ("GetValue", "read"), 0x0C: ("Credit", "write"), 0xDC: ("Debit", "write"),
    0x1C: ("LimitedCredit", "write"), 0xBB: ("ReadRecords", "read"), 0xAB: ("ReadRecords", "read"), 0x3B: ("WriteRecord", "write"),
    0x8B: ("WriteRecord", "write"), 0xDB: ("UpdateRecord", "write"), 0xBA: ("UpdateRecord", "write"), 0xEB: ("ClearRecordFile", "write"),
    0xC7: ("CommitTransaction", "write"), 0xA7: ("AbortTransaction", "little"), 0xC8: ("CommitReaderID", "read"),
    0xF0: ("PreparePC", "little"), 0xF2: ("ProximityCheck", "little"), 0xFD: ("VerifyPC", "little"), 0x3C: ("Read_Sig", "read"),
}  # fmt: skip

STATUS = {
    0x00: "done", 0x0C: "no changes", 0x0E: "out of memory", 0x1C: "command not known or not allowed", 0x1E: "integrity error (MAC, CRC or padding)",
    0x40: "no such key", 0x7E: "length error", 0x90: "signature is right", 0x9D: "permission denied", 0x9E: "parameter error",
    0xA0: "no such application", 0xA1: "application integrity error", 0xAD: "authentication delay", 0xAE: "authentication error",
    0xAF: "more frames follow", 0xBE: "boundary error", 0xC1: "card integrity error", 0xCA: "command aborted", 0xCD: "card disabled",
    0xCE: "too many applications or files", 0xDE: "it exists already", 0xEE: "memory error", 0xF0: "no such file", 0xF1: "file integrity error",
}  # fmt: skip

APDU_STATUS = {
    0x9000: "done", 0x6282: "end of file reached", 0x6300: "no information (the reader may not know)", 0x6581: "memory failure",
    0x6700: "wrong length", 0x6881: "logical channel not supported", 0x6982: "security status not satisfied", 0x6985: "conditions of use not satisfied",
    0x6986: "command not allowed", 0x6A80: "wrong data", 0x6A81: "function not supported", 0x6A82: "file or application not found",
    0x6A84: "not enough memory", 0x6A86: "wrong P1 P2", 0x6A87: "Lc does not fit P1 P2", 0x6B00: "offset outside the file",
    0x6D00: "instruction not supported", 0x6E00: "class not supported", 0x6F00: "no precise diagnosis",
}  # fmt: skip
