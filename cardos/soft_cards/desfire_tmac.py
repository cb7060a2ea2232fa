"""Transaction MAC of EV2 and EV3 (DESFire Light data sheet section 10.3, AN12343): input, counter, reader ID.

The input (TMI) of a transaction grows with every read and write of a file of the application, the transaction MAC file
apart: command code and parameters as sent, zeros to 16 bytes, plain data, zeros to 16 bytes; a length 0 that meant "all"
stands there as the real one. EV2's and EV3's own documents are not public: taken over from Light.
"""

from cardos.bytes import uint_le
from cardos.crypto.aes import cbc_encrypt
from cardos.crypto.cmac import aes_cmac
from cardos.crypto.secure_messaging import tmac_session_keys, truncated
from cardos.soft_cards.desfire_access import mode_for
from cardos.soft_cards.desfire_files import NEVER, TMAC
from cardos.soft_cards.desfire_rows import FULL, Plan
from cardos.soft_cards.desfire_status import LENGTH_ERROR, PERMISSION_DENIED, Refusal

READER_ID_BYTES = 16


def padded(data):
    """`data` and zeros up to whole 16-byte blocks."""
    return data + bytes(-len(data) % 16)


def file_input(ins, params, data):
    """What one command on a file adds to the TMI."""
    return padded(bytes([ins]) + params) + padded(data)


def reader_id_input(ins, reader_id, enciphered):
    """What CommitReaderID adds: `enciphered` is EncTMRI, b"" without authentication.

    NXP's published reader library collects `Cmd || TMRI || EncTMRI || zeros`; never checked against a chip. A test or a
    chip that knows better replaces this function.
    """
    return padded(bytes([ins]) + reader_id + enciphered)


def check_open(application, file):
    """Refuses 9D when the counter stands at its limit. Unsure on silicon which status; chosen here."""
    tmac = application.tmac()
    if tmac is not None and file.kind != TMAC and tmac.at_limit():
        raise Refusal(PERMISSION_DENIED)


def collect(card, application, file, ins, params, data):
    """Note a command that was carried out."""
    if file.kind != TMAC and application.tmac() is not None:
        card.transaction.add_input(application.aid, file_input(ins, params, data))


def plan_reader_id(card, ins, header):
    tmac = card.application.tmac()
    if tmac is None or tmac.read_write_right == NEVER:
        raise Refusal(PERMISSION_DENIED)
    mode_for(card, card.application, tmac, (tmac.read_write_right,))
    plan = Plan(FULL, 0, tmac)  # a MACed command, an enciphered answer (AN12343 section 8.2.1)
    plan.unpadded = True
    return plan


def commit_reader_id(card, call):
    """CommitReaderID: takes 16 bytes; a session gets EncTMRI, the reader ID of the last transaction under SesTMENC."""
    if len(call.header) != READER_ID_BYTES or call.data:
        raise Refusal(LENGTH_ERROR)
    application, tmac = card.application, call.plan.target
    if application.aid in card.transaction.reader_ids:
        raise Refusal(PERMISSION_DENIED)  # one reader ID a transaction
    enciphered = b""
    if card.session is not None:
        keys = tmac_session_keys(tmac.key, tmac.counter + 1, card.memory.uid)
        enciphered = cbc_encrypt(keys[1], bytes(16), tmac.reader_id)
    card.transaction.add_input(application.aid, reader_id_input(call.ins, call.header, enciphered))
    card.transaction.reader_ids[application.aid] = call.header
    return enciphered


def check_commit(application, transaction):
    """Refuses 9D when the transaction wrote and the reader ID that the file asks for is missing."""
    tmac = application.tmac()
    if tmac is None or tmac.read_write_right == NEVER or application.aid in transaction.reader_ids:
        return
    if transaction.writes_to(application.aid):
        raise Refusal(PERMISSION_DENIED)


def sealed(application, transaction, uid):
    """(TMC, TMV, reader ID) that the transaction MAC file holds once this transaction is committed."""
    tmac = application.tmac()
    counter = tmac.counter + 1
    ses_mac = tmac_session_keys(tmac.key, counter, uid)[0]
    value = truncated(aes_cmac(ses_mac, bytes(transaction.inputs.get(application.aid, b""))))
    return counter, value, transaction.reader_ids.get(application.aid, tmac.reader_id)


def committed(tmac):
    """What CommitTransaction 01 answers: TMC || TMV."""
    return uint_le(tmac.counter, 4) + tmac.value
