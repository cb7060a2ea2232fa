"""NTAG 424 DNA made of code (NT4H2421Gx data sheet revision 3.0; AN12196; field handbook section 6).

This file is the chip's frame: memory, power, selection, and the row of each native command. What the commands do stands in
`ntag424_auth`, `ntag424_admin` and `ntag424_data`; files, keys, settings and SDM have their own files.

Every error ends the session. Native commands travel in CLA 90 with P1 = P2 = 00 and Le = 00, nothing else.
Unsure on silicon, chosen here: any selection by ISOSelectFile ends the session, also of a file; P1 or P2 other than 00 is
PARAMETER_ERROR, AF out of turn ILLEGAL_COMMAND; LRP and the failure rule count from the next authentication on.
"""

from collections import namedtuple

from cardos.errors import BadInput
from cardos.soft_cards import ntag424_admin as admin
from cardos.soft_cards import ntag424_auth as auth
from cardos.soft_cards import ntag424_data as data
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards import type4_apdu as apdu
from cardos.soft_cards.ev2_session import IntegrityError
from cardos.soft_cards.lrp_session import LRP_CAPABILITY
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.ntag424_files import delivered_files, files_from_state
from cardos.soft_cards.ntag424_keys import KEY_COUNT, FailureRule, KeySlot
from cardos.soft_cards.ntag424_sdm import is_readable, read_dynamic
from cardos.soft_cards.ntag424_settings import FREE
from cardos.soft_cards.ntag424_status import (
    COMMAND_ABORTED,
    FILE_NOT_FOUND,
    ILLEGAL_COMMAND,
    LENGTH_ERROR,
    OPERATION_OK,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    NativeRefused,
)
from cardos.soft_cards.type4_apdu import Refused
from cardos.soft_cards.type4_chip import ISO_READ_BINARY, Type4Chip

FAMILIES = ("ntag424", "ntag424-lrp")
UID_BYTES = 7
SIGNATURE_BYTES = 56
CLA_NATIVE = 0x90
ADDITIONAL_FRAME_INS = 0xAF

# handler(chip, command data) -> (answer, status byte). application_only: PERMISSION_DENIED at PICC level.
Row = namedtuple("Row", ["name", "handler", "application_only"])


class SoftNtag424(Type4Chip):
    """One chip. `fresh` makes a new one as delivered, `from_state` brings one back."""

    sak = 0x20
    ats = b"\x06\x77\x77\x71\x02\x80"
    master_name = b"\xd2\x76\x00\x00\x85\x01\x00"

    ROWS = {
        0x71: Row("AuthenticateEV2First", auth.authenticate_first, False),
        0x77: Row("AuthenticateEV2NonFirst", auth.authenticate_non_first, False),
        0x5C: Row("SetConfiguration", admin.set_configuration, True),
        0x60: Row("GetVersion", admin.get_version, False),
        0x51: Row("GetCardUID", admin.get_card_uid, False),
        0xC4: Row("ChangeKey", admin.change_key, True),
        0x64: Row("GetKeyVersion", admin.get_key_version, False),
        0x5F: Row("ChangeFileSettings", admin.change_file_settings, True),
        0xF5: Row("GetFileSettings", admin.get_file_settings, True),
        0xF6: Row("GetFileCounters", data.file_counters, True),
        0xAD: Row("ReadData", data.read_data, True),
        0x8D: Row("WriteData", data.write_data, True),
        0x3C: Row("Read_Sig", admin.read_signature, False),
    }

    def __init__(self, family, *, noise=None):
        super().__init__()
        self.family = fields.one_of(family, FAMILIES, "family")
        self.noise = noise or Noise()
        self.keys = [KeySlot() for _ in range(KEY_COUNT)]
        self.files = delivered_files()
        self.failure_rule = FailureRule()
        self.signature = bytes(SIGNATURE_BYTES)
        self.random_id = False
        self.lrp = False
        self.user_capability = bytes(2)  # PDCap2.5 and PDCap2.6
        self.chained_writes_refused = False
        self.strong_modulation = True
        self.session = None
        self.pending = None  # what the AF that must come next runs
        self.run = None  # of reads without authentication, see ntag424_sdm
        self.chained = False
        self._shown_uid = b""

    @classmethod
    def fresh(cls, family, uid, *, signature=None, noise=None):
        """A chip as delivered. uid: 7 bytes. signature: 56 bytes for Read_Sig (zeros when not given)."""
        card = cls(family, noise=noise)
        if len(uid) != UID_BYTES:
            raise BadInput("an NTAG 424 DNA has a UID of 7 bytes, not %d" % len(uid))
        card.uid = bytes(uid)
        card.lrp = family == "ntag424-lrp"
        if signature is not None:
            card.signature = fields.exactly(bytes(signature), SIGNATURE_BYTES, "signature")
        return card

    @classmethod
    def from_state(cls, state, *, noise=None):
        """The chip that gave this `state()`. Raises BadInput."""
        card = cls(state.get("family"), noise=noise)
        card.restore(state)
        return card

    def state(self):
        """Everything that survives without a field, JSON-able and the same for the same memory."""
        return {
            "family": self.family,
            "uid": self.uid.hex(),
            "keys": [slot.state() for slot in self.keys],
            "files": [file.state() for file in self.files],
            "failure_rule": self.failure_rule.state(),
            "signature": self.signature.hex(),
            "random_id": self.random_id,
            "lrp": self.lrp,
            "user_capability": self.user_capability.hex(),
            "chained_writes_refused": self.chained_writes_refused,
            "strong_modulation": self.strong_modulation,
        }

    def restore(self, state):
        """Become the chip of this state in place, out of the field. Raises BadInput and leaves the chip as it was."""
        fields.one_of(state.get("family"), (self.family,), "family")
        uid = fields.hex_bytes(state.get("uid"), UID_BYTES, "uid")
        signature = fields.hex_bytes(state.get("signature"), SIGNATURE_BYTES, "signature")
        capability = fields.hex_bytes(state.get("user_capability"), 2, "user_capability")
        names = ("random_id", "lrp", "chained_writes_refused", "strong_modulation")
        flags = [fields.one_of(state.get(name), (False, True), name) for name in names]
        rule = FailureRule.from_state(state.get("failure_rule"))
        keys = state.get("keys")
        if not isinstance(keys, list) or len(keys) != KEY_COUNT:
            raise fields.wrong("keys must be a list of %d" % KEY_COUNT)
        keys = [KeySlot.from_state(key) for key in keys]
        self.files = files_from_state(state.get("files"), flags[1])
        self.random_id, self.lrp, self.chained_writes_refused, self.strong_modulation = flags
        self.uid, self.signature, self.user_capability = uid, signature, capability
        self.keys, self.failure_rule = keys, rule
        self.field_off()

    # --- power and selection ---

    def anticollision_uid(self):
        return self._shown_uid

    def _powered(self):
        """UID mode counts from power-up on; a random ID has four bytes, the first 08, and another ATQA."""
        self._shown_uid = b"\x08" + self.noise.take(3) if self.random_id else self.uid
        self.atqa = b"\x04\x03" if self.random_id else b"\x44\x03"

    def _reset(self):
        super()._reset()
        self._refused()

    # --- what a command needs of the chip ---

    @property
    def key_number(self):
        """Number of the key that the session was opened with, or None."""
        return None if self.session is None else self.session.key_number

    def capabilities(self):
        """PDCap2, 6 bytes."""
        return bytes([LRP_CAPABILITY if self.lrp else 0, 0, 0, 0]) + self.user_capability

    def file(self, number):
        """The file with this number. Raises NativeRefused."""
        if number & 0xE0:
            raise NativeRefused(PARAMETER_ERROR)
        for file in self.files:
            if file.number == number:
                return file
        raise NativeRefused(FILE_NOT_FOUND)

    def open(self, ins, header, body, mode):
        """Plain data of a command; without a session everything is plain. Raises NativeRefused."""
        if self.session is None:
            return body
        try:
            return self.session.open(ins, header, body, mode)
        except IntegrityError as trouble:
            raise NativeRefused(trouble.status)

    def close(self, answer, mode, status=OPERATION_OK):
        """(body of the answer, status)"""
        if self.session is not None:
            answer = self.session.close(status, answer, mode)
        return answer, status

    # --- what SetConfiguration sets ---

    def use_random_id(self):
        self.random_id = True

    def refuse_chained_writes(self):
        self.chained_writes_refused = True

    def modulate(self, strong):
        self.strong_modulation = strong

    def set_capability(self, lrp, user_capability):
        """PDCap2.5 and .6, and LRP for ever."""
        self.user_capability = bytes(user_capability)
        if lrp:
            admin.enable_lrp(self)

    # --- commands ---

    def _command(self, frame):
        self.chained = self.frame_was_chained or len(frame) > data.FRAME_MAX
        return super()._command(frame)

    def _refused(self):
        self.session = self.pending = self.run = None

    def _other_class(self, cla, command):
        if cla != CLA_NATIVE:
            return super()._other_class(cla, command)
        try:
            answer, status = self._native(command)
        except NativeRefused as refused:
            self._refused()
            answer, status = b"", refused.status
        return answer + bytes([0x91, status])

    def _native(self, command):
        if command is None or command.le != apdu.LE_ALL:
            raise NativeRefused(LENGTH_ERROR)
        if command.p1 or command.p2:
            raise NativeRefused(PARAMETER_ERROR)
        pending, self.pending = self.pending, None
        if pending is not None:
            if command.ins != ADDITIONAL_FRAME_INS:
                raise NativeRefused(COMMAND_ABORTED)
            return pending(command.data)
        row = self.ROWS.get(command.ins)
        if row is None:
            raise NativeRefused(ILLEGAL_COMMAND)
        if command.ins != data.READ_DATA:
            self.run = None
        if row.application_only and not self.in_application:
            raise NativeRefused(PERMISSION_DENIED)
        return row.handler(self, command.data)

    def _before_iso(self, command):
        if self.pending is not None:
            raise Refused(apdu.CONDITIONS_OF_USE)
        if command.ins != ISO_READ_BINARY:
            self.run = None

    def _file_selected(self):
        self.session = None

    def _find_file(self, fid):
        for file in self.files:
            if file.fid == fid:
                return file
        return None

    def _iso_read(self, file, offset, le):
        free = FREE in file.read_conditions() or is_readable(file)
        if self.session is not None or not free:
            raise Refused(apdu.SECURITY_STATUS)
        if offset >= file.size:
            raise Refused(apdu.WRONG_P1_P2)
        try:
            seen = read_dynamic(self, ISO_READ_BINARY, file)
        except NativeRefused:
            raise Refused(apdu.SECURITY_STATUS)
        return seen[offset : offset + le]

    def _iso_update(self, file, offset, content):
        if self.session is not None or FREE not in file.write_conditions():
            raise Refused(apdu.SECURITY_STATUS)
        if offset + len(content) > file.size:
            raise Refused(apdu.CONDITIONS_OF_USE)
        data.store(self, file, offset, content, 0)
