"""Secure dynamic messaging of a soft NTAG 424 DNA: what a read without authentication sees of a file (NT4H2421Gx section 9.3).

The counter and the random bytes belong to a run of reads: the first ReadData (or ISOReadBinary) of a run counts and draws
them, further ones of the same kind on the same file see the same text, any other command or file ends the run.

Unsure on silicon, chosen here: SDMReadCtr counts only where SDMOptions switch it on; the session keys take UID and counter
in as far as they are mirrored, so not a counter whose offset is FFFFFF or under SDMMetaRead = F.
"""

from cardos.crypto.sun import encrypt_file_data, encrypt_picc_data, sdm_mac
from cardos.soft_cards.ntag424_files import COUNTER_LAST
from cardos.soft_cards.ntag424_settings import FREE, KEY_LAST, NEVER, NOT_MIRRORED, SDM_COUNTER, SDM_UID
from cardos.soft_cards.ntag424_status import INTEGRITY_ERROR, PERMISSION_DENIED, NativeRefused


class Run:
    """One run of reads. ins: the command. picc_data: enciphered PICCData of this run, or None."""

    def __init__(self, ins, file, picc_data):
        self.ins = ins
        self.file = file
        self.picc_data = picc_data

    def goes_on(self, ins, file):
        return self.ins == ins and self.file is file


def is_readable(file):
    """True when SDM alone lets anybody read."""
    sdm = file.settings.sdm
    return sdm is not None and sdm.file_read <= KEY_LAST


def read_dynamic(chip, ins, file):
    """All bytes of the file as they go out without authentication; counts. Raises NativeRefused at the counter's end."""
    sdm = file.settings.sdm
    if chip.run is None or not chip.run.goes_on(ins, file):
        if sdm is not None and sdm.options & SDM_COUNTER:
            _count(chip, file)
        chip.run = Run(ins, file, None if sdm is None else _picc_data(chip, file))
    return bytes(file.data) if sdm is None else _overlaid(chip, file, chip.run.picc_data)


def _count(chip, file):
    limit = file.settings.sdm.limit
    if limit is not None and file.counter >= limit:
        raise NativeRefused(PERMISSION_DENIED)
    if file.counter >= COUNTER_LAST:
        raise NativeRefused(INTEGRITY_ERROR)

    def change():
        file.counter += 1

    chip.atom(change)


def _picc_data(chip, file):
    sdm = file.settings.sdm
    if sdm.picc_offset is None:
        return None
    uid = chip.uid if sdm.options & SDM_UID else None
    counter = file.counter if sdm.options & SDM_COUNTER else None
    return encrypt_picc_data(chip.keys[sdm.meta_read].key, uid, counter, chip.noise.take, chip.lrp)


def _overlaid(chip, file, picc_data):
    sdm = file.settings.sdm
    seen = bytearray(file.data)
    if sdm.uid_offset is not None:
        _put(seen, sdm.uid_offset, chip.uid)
    if sdm.counter_offset is not None and sdm.counter_offset != NOT_MIRRORED:
        _put(seen, sdm.counter_offset, file.counter.to_bytes(3, "big"))
    if picc_data is not None:
        _put(seen, sdm.picc_offset, picc_data)
    if sdm.mac_offset is not None:
        _secure(chip, file, seen)
    return bytes(seen)


def _secure(chip, file, seen):
    """ENCFileData, then the MAC over what now stands there."""
    sdm = file.settings.sdm
    key = chip.keys[sdm.file_read].key
    if sdm.enc_offset is not None:
        plain = bytes(file.data[sdm.enc_offset : sdm.enc_offset + sdm.enc_length // 2])
        _put(seen, sdm.enc_offset, encrypt_file_data(key, chip.uid, file.counter, plain, chip.lrp))
    uid = chip.uid if sdm.options & SDM_UID else None
    counted = sdm.options & SDM_COUNTER and sdm.meta_read != NEVER
    if sdm.meta_read == FREE and sdm.counter_offset == NOT_MIRRORED:
        counted = False
    text = bytes(seen[sdm.mac_input : sdm.mac_offset])
    _put(seen, sdm.mac_offset, sdm_mac(key, uid, file.counter if counted else None, text, chip.lrp))


def _put(seen, offset, value):
    """The bytes as upper-case hexadecimal characters."""
    text = value.hex().upper().encode()
    seen[offset : offset + len(text)] = text
