"""The command table of a soft DESFire: one row a command, in the groups of the manual. Authentications are in
`desfire_authentication`.

Not there, so answered 1C: PreparePC, ProximityCheck, VerifyPC (F0, F2, FD; no public bytes to check against) and EV3's timer.
"""

from cardos.soft_cards import desfire_application as application
from cardos.soft_cards import desfire_data as data
from cardos.soft_cards import desfire_picc as picc
from cardos.soft_cards import desfire_security as security
from cardos.soft_cards import desfire_tmac as tmac
from cardos.soft_cards import desfire_transaction as transaction
from cardos.soft_cards.desfire_rows import DATA, QUERY, enciphered, managed, open_plan, raw, row

ROWS = {
    # keys
    0x45: row("GetKeySettings", 0, managed, security.get_key_settings, QUERY),
    0x54: row("ChangeKeySettings", 0, enciphered(1), security.change_key_settings),
    0x64: row("GetKeyVersion", 1, managed, security.get_key_version, QUERY),
    0xC4: row("ChangeKey", 1, raw, security.change_key),
    0xC6: row("ChangeKeyEV2", 2, raw, security.change_key_ev2, since=2),
    0x56: row("InitializeKeySet", 0, managed, security.initialize_key_set, since=2),
    0x57: row("FinalizeKeySet", 0, managed, security.finalize_key_set, since=2),
    0x55: row("RollKeySet", 0, managed, security.roll_key_set, since=2),
    # PICC level
    0x60: row("GetVersion", 0, managed, picc.get_version, QUERY),
    0x6E: row("FreeMem", 0, managed, picc.free_memory, QUERY),
    0x51: row("GetCardUID", 0, enciphered(0), picc.get_card_uid, QUERY),
    0x3C: row("Read_Sig", 1, picc.plan_read_signature, picc.read_signature, QUERY),
    0xFC: row("FormatPICC", 0, managed, picc.format_picc),
    0x5C: row("SetConfiguration", 1, picc.plan_set_configuration, picc.set_configuration),
    0x5A: row("SelectApplication", 0, open_plan, picc.select_application),
    0x6A: row("GetApplicationIDs", 0, managed, picc.get_application_ids, QUERY),
    0x6D: row("GetDFNames", 0, managed, picc.get_df_names, QUERY),
    0xCA: row("CreateApplication", 0, managed, picc.create_application),
    0xDA: row("DeleteApplication", 0, managed, picc.delete_application),
    0xC9: row("CreateDelegatedApplication", 0, managed, picc.create_delegated_application, since=2),
    # files
    0x6F: row("GetFileIDs", 0, managed, application.get_file_ids, QUERY),
    0x61: row("GetISOFileIDs", 0, managed, application.get_iso_file_ids, QUERY),
    0xF5: row("GetFileSettings", 1, managed, application.get_file_settings, QUERY),
    0x5F: row("ChangeFileSettings", 1, application.plan_change_file_settings, application.change_file_settings),
    0xCD: row("CreateStdDataFile", 0, managed, application.create_standard_file),
    0xCB: row("CreateBackupDataFile", 0, managed, application.create_backup_file),
    0xCC: row("CreateValueFile", 0, managed, application.create_value_file),
    0xC1: row("CreateLinearRecordFile", 0, managed, application.create_linear_file),
    0xC0: row("CreateCyclicRecordFile", 0, managed, application.create_cyclic_file),
    0xCE: row("CreateTransactionMACFile", 5, enciphered(17), application.create_tmac_file, since=2),
    0xDF: row("DeleteFile", 1, managed, application.delete_file),
    # content
    0xBD: row("ReadData", 7, data.plan_read_data, data.read_data, DATA),
    0xAD: row("ReadData (ISO chaining)", 7, data.plan_read_data, data.read_data, DATA, 2, True),
    0x3D: row("WriteData", 7, data.plan_write_data, data.write_data, DATA),
    0x8D: row("WriteData (ISO chaining)", 7, data.plan_write_data, data.write_data, DATA, 2, True),
    0x6C: row("GetValue", 1, data.plan_get_value, data.get_value, DATA),
    0x0C: row("Credit", 1, data.plan_credit, data.credit, DATA),
    0xDC: row("Debit", 1, data.plan_debit, data.debit, DATA),
    0x1C: row("LimitedCredit", 1, data.plan_limited_credit, data.limited_credit, DATA),
    0xBB: row("ReadRecords", 7, data.plan_read_records, data.read_records, DATA),
    0xAB: row("ReadRecords (ISO chaining)", 7, data.plan_read_records, data.read_records, DATA, 2, True),
    0x3B: row("WriteRecord", 7, data.plan_write_record, data.write_record, DATA),
    0x8B: row("WriteRecord (ISO chaining)", 7, data.plan_write_record, data.write_record, DATA, 2, True),
    0xDB: row("UpdateRecord", 10, data.plan_update_record, data.update_record, DATA, 2),
    0xBA: row("UpdateRecord (ISO chaining)", 10, data.plan_update_record, data.update_record, DATA, 2, True),
    0xEB: row("ClearRecordFile", 1, data.plan_clear_records, data.clear_records, DATA),
    # transactions
    0xC7: row("CommitTransaction", 0, managed, transaction.commit, DATA),
    0xA7: row("AbortTransaction", 0, managed, transaction.abort, DATA),
    0xC8: row("CommitReaderID", 16, tmac.plan_reader_id, tmac.commit_reader_id, DATA, 2),
}
