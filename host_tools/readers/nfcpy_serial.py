"""nfcpy's PN532 driver on a serial line named by its path, without its search and without its tag layer.

nfcpy finds serial lines by a regular expression over /dev, so a pty or a link elsewhere cannot be named. The transport is
therefore built from the path and handed to the driver's `init` (the way that needs no root). This module imports nfcpy;
it is itself imported on first use only.
"""

import errno
import os
import re
import struct
import termios
import time

import nfc.clf.pn532
import nfc.clf.transport
from nfc.clf.pn53x import Chipset

from host_tools.readers.lease import LineLease

# nfcpy waits 100 ms for the chip's ACK; USB converters and busy machines take longer, and a late ACK reads as a dead reader.
ANSWER_MIN_MS = 600
_AUTOMATIC_RATS = 0x10  # SetParameters (UM0701-02, section 7.2.9)
_PAYLOAD_MAX = 262  # of one InDataExchange
_BLOCKS_S = 2.0  # for the chip's own waits and repeats around one command
_SAFE_PATH = re.compile(r"[A-Za-z0-9/._+-]+\Z")  # nfcpy puts the path into a shell line (stty)

# What nfcpy lets out when a line dies under it: short frames make IndexError or struct.error, a closed transport the others.
LINE_TROUBLE = (OSError, termios.error, IndexError, AttributeError, TypeError, struct.error)

ChipError = Chipset.Error


class Line(nfc.clf.transport.TTY):
    """nfcpy's serial transport, more patient, and with a read that another thread may end."""

    def read(self, timeout):
        frame = super().read(max(timeout, ANSWER_MIN_MS))
        if frame is None or len(frame) < 6:
            raise OSError(errno.EIO, "a frame was cut short")
        return frame

    def end_read(self):
        """Make a blocked `read` time out now."""
        if self.tty is not None:
            self.tty.cancel_read()

    def drop(self):
        """Close without talking to the chip. Never raises."""
        try:
            self.close()
        except LINE_TROUBLE:
            self.tty = None  # the line is gone already


class Pn532:
    """An opened PN532: the few commands we need. Methods raise ChipError and LINE_TROUBLE."""

    def __init__(self, path):
        target = os.path.realpath(path)
        if not _SAFE_PATH.match(target):
            raise OSError(errno.EINVAL, "not a path of a serial line")
        self._lease = LineLease(target)
        self._line = None
        try:
            self._line = Line(target)
            self._device = nfc.clf.pn532.init(self._line)
        except LINE_TROUBLE:
            self.drop()
            raise
        self._chipset = self._device.chipset
        self._chipset.set_parameters(_AUTOMATIC_RATS)  # nfcpy switches it off
        self._retries = self._time_out = None

    def field_off(self):
        self._device.mute()

    def list_target(self, retries, timeout_s):
        """InListPassiveTarget, one target at 106 kbps type A: (SAK, UID, ATS) or None. An ISO-DEP card was sent RATS by the chip.

        retries: 0xFF lets the chip itself look until a card comes, without a wake-up of ours; OSError ETIMEDOUT after timeout_s.
        """
        if retries != self._retries:
            self._chipset.rf_configuration(0x05, bytes([0x01, 0x00, retries]))
            self._retries = retries
        answer = self._chipset.command(0x4A, b"\x01\x00", timeout_s)
        if not answer or not answer[0]:
            return None
        sak, size = answer[4], answer[5]
        uid = bytes(answer[6 : 6 + size])
        if sak & 0x60 == 0:
            # The chip shows a 4-bit ACK as a CRC error while it checks CRCs: switch that off and check here.
            mode = self._chipset.read_register("CIU_RxMode")
            self._chipset.write_register("CIU_RxMode", mode & 0x7F)
        return sak, uid, bytes(answer[6 + size :])

    def exchange(self, frame, wait_ms):
        """InCommunicateThru: the answer with its CRC_A, or one byte. The chip's time-out is the next of 100 us * 2^n over wait_ms."""
        step = 1
        while 0.1 * (1 << (step - 1)) < wait_ms and step < 16:
            step += 1
        if step != self._time_out:
            self._chipset.rf_configuration(0x02, bytes([10, 11, step]))
            self._time_out = step
        return bytes(self._chipset.in_communicate_thru(bytearray(frame), wait_ms / 1000 + 1.0))

    def exchange_whole(self, command, wait_ms):
        """InDataExchange with an ISO-DEP card: the whole answer to a whole command. The chip speaks the block protocol and keeps its times."""
        limit_s = wait_ms / 1000 + _BLOCKS_S
        parts = [command[at : at + _PAYLOAD_MAX] for at in range(0, len(command), _PAYLOAD_MAX)]
        for part in parts[:-1]:
            self._chipset.in_data_exchange(bytearray(part), limit_s, more=True)
        data, has_more = self._chipset.in_data_exchange(bytearray(parts[-1]), limit_s)
        answer = bytes(data)
        while has_more:
            data, has_more = self._chipset.in_data_exchange(b"", limit_s)
            answer += bytes(data)
        return answer

    def set_bit_rates(self, code):
        """InPSL, both ways; code: 0, 1, 2 for 106, 212, 424 kbit/s."""
        self._chipset.in_psl(code, code)

    def crc_fits(self, answer):
        return self._device.check_crc_a(bytearray(answer))

    def end_wait(self):
        """From another thread: make `list_target` time out."""
        line = self._line
        if line is not None:
            line.end_read()

    def abort(self):
        """Stop a command that was given up half-way."""
        self._retries = None
        self._chipset.send_ack()
        time.sleep(0.01)  # the chip's own time to come back, as nfcpy gives it

    def close(self):
        """Put the chip to sleep and close the line. Never raises."""
        try:
            self._device.close()
        except (ChipError, *LINE_TROUBLE):
            self.drop()
        self._lease.close()

    def drop(self):
        """Close a dead line."""
        if self._line is not None:
            self._line.drop()
        self._lease.close()
