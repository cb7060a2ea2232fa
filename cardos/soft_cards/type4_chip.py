"""The ISO 7816 side that soft Type 4 Tags share: select, read binary, update binary over a handful of files
(NFC Forum Type 4 Tag specification 2.0; NT4H2421Gx section 10.9 for what it leaves open: status words, selection rules).

A subclass gives `_find_file`, `_iso_read`, `_iso_update`, and may take commands of other classes in `_other_class`.
"""

from cardos.soft_cards import type4_apdu as apdu
from cardos.soft_cards.iso_dep_chip import IsoDepChip
from cardos.soft_cards.type4_apdu import Refused

APPLICATION_NAME = b"\xd2\x76\x00\x00\x85\x01\x01"
MASTER_FID = 0x3F00

ISO_SELECT_FILE, ISO_READ_BINARY, ISO_UPDATE_BINARY = 0xA4, 0xB0, 0xD6

_BY_FID, _CHILD_DF, _EF_OF_DF, _PARENT_DF, _BY_NAME = 0, 1, 2, 3, 4
_NAME_MAX = 16
_SHORT_FID_RFU = 0x1F


class Type4Chip(IsoDepChip):
    """Base. `in_application`: False at PICC level. `selected`: the file that commands without a short identifier mean."""

    application_fid = 0xE110
    master_name = None  # DF name of the PICC level, where a chip has one

    # The block layer says True before `transceive` when ISO-DEP chaining carried the command; it counts for that command only.
    frame_was_chained = False

    def __init__(self):
        super().__init__()
        self.in_application = False
        self.selected = None

    def _reset(self):
        self.in_application = False
        self.selected = None

    def _command(self, frame):
        try:
            return self._answer(frame)
        finally:
            self.frame_was_chained = False

    def _answer(self, frame):
        command = apdu.parse(frame)
        if frame[0] != 0x00:
            return self._other_class(frame[0], command)
        try:
            if command is None:
                raise Refused(apdu.WRONG_LENGTH)
            return self._iso(command) + apdu.status_word(apdu.OK)
        except Refused as refused:
            self._refused()
            return apdu.status_word(refused.sw)

    def _iso(self, command):
        if command.ins == ISO_SELECT_FILE:
            self._before_iso(command)
            return self._select(command)
        if command.ins == ISO_READ_BINARY:
            self._before_iso(command)
            if command.data or command.le is None:
                raise Refused(apdu.WRONG_LENGTH)
            file, offset = self._target(command)
            return self._iso_read(file, offset, command.le)
        if command.ins == ISO_UPDATE_BINARY:
            self._before_iso(command)
            if not command.data:
                raise Refused(apdu.WRONG_LENGTH)
            file, offset = self._target(command)
            self._iso_update(file, offset, command.data)
            return b""
        raise Refused(apdu.INS_NOT_SUPPORTED)

    # --- for subclasses ---

    def _find_file(self, fid):
        """The file with this 2-byte identifier in the application, or None."""
        raise NotImplementedError("a chip knows its files")

    def _iso_read(self, file, offset, le):
        raise NotImplementedError("a chip knows its rights")

    def _iso_update(self, file, offset, data):
        raise NotImplementedError("a chip knows its rights")

    def _other_class(self, cla, command):
        """Answer to a command whose CLA is not 00. command: Apdu, or None when its lengths do not fit."""
        self._refused()
        return apdu.status_word(apdu.CLA_NOT_SUPPORTED)

    def _before_iso(self, command):
        """An ISO command is about to run."""

    def _refused(self):
        """The command ends with an error."""

    def _file_selected(self):
        """A selection took place."""

    # --- selection ---

    def _select(self, command):
        if command.p1 > _BY_NAME or command.p2 not in (0x00, 0x0C):
            raise Refused(apdu.WRONG_P1_P2)
        if command.p1 == _BY_NAME:
            self._select_by_name(command.data)
        elif not command.data and command.p1 in (_BY_FID, _PARENT_DF):
            self._enter(False)
        elif len(command.data) != 2 or command.p1 == _PARENT_DF:
            raise Refused(apdu.LC_INCONSISTENT)
        else:
            self._select_by_fid(command.p1, command.data[0] << 8 | command.data[1])
        self._file_selected()
        return b""  # no chip here holds file control information

    def _select_by_name(self, name):
        if not 1 <= len(name) <= _NAME_MAX:
            raise Refused(apdu.LC_INCONSISTENT)
        if name == APPLICATION_NAME:
            self._enter(True)
        elif self.master_name is not None and name == self.master_name:
            self._enter(False)
        else:
            raise Refused(apdu.FILE_NOT_FOUND)

    def _select_by_fid(self, how, fid):
        if how == _BY_FID and fid == MASTER_FID:
            self._enter(False)
        elif how != _EF_OF_DF and fid == self.application_fid:
            self._enter(True)
        else:
            file = self._find_file(fid) if self.in_application and how != _CHILD_DF else None
            if file is None:
                raise Refused(apdu.FILE_NOT_FOUND)
            self.selected = file

    def _enter(self, application):
        self.in_application = application
        self.selected = None

    def _target(self, command):
        """(file, offset) of a binary command; a short file identifier in P1 selects, too."""
        if not command.p1 & 0x80:
            file, offset = self.selected, command.p1 << 8 | command.p2
        else:
            short = command.p1 & 0x1F
            if command.p1 & 0x60 or short == _SHORT_FID_RFU:
                raise Refused(apdu.WRONG_P1_P2)
            offset = command.p2
            file = self.selected
            if short:
                file = self._find_file(0xE100 | short) if self.in_application else None
                if file is None:
                    raise Refused(apdu.FILE_NOT_FOUND)
                self.selected = file
        if file is None:
            raise Refused(apdu.CONDITIONS_OF_USE)
        return file, offset


def torn(old, new, outcome, noise):
    """What a write without any guarantee leaves when it ends torn, by outcome (see `pages`). noise: source with `take`."""
    if outcome == "old":
        return bytes(old)
    if outcome == "new":
        return bytes(new)
    if outcome == "zero":
        return bytes(len(new))
    found = noise.take(len(new))
    if outcome == "garbage":
        return found
    if outcome == "weak0":
        return bytes([new[i] & found[i] for i in range(len(new))])
    return bytes([new[i] ^ ((old[i] ^ new[i]) & found[i]) for i in range(len(new))])
