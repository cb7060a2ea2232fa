"""The PN532's commands over one soft card: from `cmd data` to `data` of the answer, without any framing.

Both the emulated PN532 on a pty and the direct transmit of an ACR122U-like reader use it (PN532 user manual UM0701-02,
chapter 7; what nfcpy and libnfc need of it: reader notes, section 7.2). One target, 106 kbps type A.
"""

from collections import namedtuple

from host_tools.soft_hardware.pn532_registers import Registers, crc_a

OK, TIME_OUT, CRC_ERROR, BUFFER_TOO_SMALL, NOT_ACKNOWLEDGED, WRONG_CONTEXT = 0x00, 0x01, 0x02, 0x07, 0x13, 0x27

ANSWER_BYTES_MAX = 262  # what an InCommunicateThru or InDataExchange answer may carry
FIRMWARE = bytes([0x32, 0x01, 0x06, 0x07])  # PN532, version 1.6, all supports
FOREVER = 0xFF  # as a number of retries
POLL_S = 0.005  # one try of InListPassiveTarget that finds nothing
HALT_FRAME = b"\x50\x00"

# What a command comes to. data: bytes after `cmd + 1`, or None for a syntax error. after_s: how long the chip takes; the
# host may abort it meanwhile. retry: ask again after `after_s`, nothing is answered yet (a poll without end).
Reply = namedtuple("Reply", ["data", "after_s", "retry"], defaults=(0.0, False))

_SYNTAX_ERROR = Reply(None)


class Pn532Chip:
    """One chip with one card (anything shaped like a soft card) in its field.

    before_selection: called before each try to select a card.
    """

    def __init__(self, card, *, before_selection=None):
        self._card = card
        self._before_selection = before_selection
        self.registers = Registers()
        self.field_is_on = False
        self._retry_time_out = 0x0A
        self._passive_retries = FOREVER
        self._parameters = 0
        self._listed = False
        self._commands = {
            0x00: self._diagnose,
            0x02: lambda data: Reply(FIRMWARE),
            0x04: lambda data: Reply(self._general_status()),
            0x06: lambda data: Reply(self.registers.read_all(data)),
            0x08: self._write_register,
            0x0C: lambda data: Reply(bytes(3)),
            0x0E: lambda data: Reply(b""),
            0x10: lambda data: Reply(b""),
            0x12: self._set_parameters,
            0x14: lambda data: Reply(b""),
            0x16: self._power_down,
            0x32: self._rf_configuration,
            0x40: self._in_data_exchange,
            0x42: self._in_communicate_thru,
            0x44: self._in_deselect,
            0x46: lambda data: Reply(bytes([TIME_OUT]), self._time_out_s()),
            0x4A: self._in_list_passive_target,
            0x50: lambda data: Reply(bytes([TIME_OUT]), self._time_out_s()),
            0x52: self._in_release,
            0x54: lambda data: Reply(bytes([OK if self._listed else WRONG_CONTEXT])),
            0x56: lambda data: Reply(bytes([TIME_OUT]), self._time_out_s()),
            0x60: self._in_auto_poll,
        }

    def command(self, code, data):
        """Reply to one command. code: int. data: bytes behind it."""
        handler = self._commands.get(code)
        if handler is None:
            return _SYNTAX_ERROR
        try:
            return handler(bytes(data))
        except IndexError:  # a command shorter than its row in the manual
            return _SYNTAX_ERROR

    # --- the chip itself ---

    def _diagnose(self, data):
        test = data[0]
        if test == 0x00:  # communication line: everything comes back
            return Reply(data)
        if test in (0x01, 0x02):  # ROM, RAM
            return Reply(bytes([OK]))
        if test == 0x06:  # attention request: is the target still there
            return Reply(bytes([OK if self._listed and self._card.is_active else TIME_OUT]))
        return Reply(bytes([OK]))

    def _general_status(self):
        targets = bytes([0x01, 0x01, 0x00, 0x00, 0x10]) if self._listed else bytes([0x00])
        return bytes([0x00, int(self.field_is_on)]) + targets + bytes([0x80])

    def _write_register(self, data):
        self.registers.write_all(data)
        return Reply(b"")

    def _set_parameters(self, data):
        self._parameters = data[0]
        return Reply(b"")

    def _power_down(self, data):
        self.set_field(False)
        return Reply(bytes([OK]))

    def _rf_configuration(self, data):
        item, rest = data[0], data[1:]
        if item == 0x01:
            self.set_field(bool(rest[0] & 0x01))
        elif item == 0x02:
            self._retry_time_out = rest[2]
        elif item == 0x05:
            self._passive_retries = rest[2]
        return Reply(b"")

    def set_field(self, on):
        """Switch the chip's field; without it the card forgets its state and its target number."""
        self.field_is_on = on
        self.registers.show_field(on)
        if on:
            self._card.field_on()
        else:
            self._card.field_off()
            self._listed = False

    def _time_out_s(self):
        return 100e-6 * 2 ** (self._retry_time_out - 1) if self._retry_time_out else 1.0

    # --- the target ---

    def _in_list_passive_target(self, data):
        targets, modulation, wanted = data[0], data[1], data[2:]
        if not 1 <= targets <= 2:
            return _SYNTAX_ERROR
        found = self.select(wanted) if modulation == 0x00 else None
        if found is not None:
            return Reply(bytes([0x01]) + found)
        if self._passive_retries == FOREVER:
            return Reply(b"", POLL_S, True)
        return Reply(bytes([0x00]), POLL_S * (self._passive_retries + 1))

    def select(self, wanted=b""):
        """Activate the card, when it is there and its UID is `wanted`: target data as in InListPassiveTarget, or None."""
        if self._before_selection is not None:
            self._before_selection()
        self.set_field(True)
        self._listed = False
        activation = self._card.activate(wake=False)
        self.registers.show_request(answered=activation is not None)
        if activation is None:
            return None
        if wanted and wanted not in (activation.uid, _cascaded(activation.uid)):
            self._card.halt()
            return None
        self._listed = True
        head = bytes([0x01, activation.atqa[1], activation.atqa[0], activation.sak, len(activation.uid)])
        return head + activation.uid + (activation.ats or b"")

    def _in_auto_poll(self, data):
        rounds, period, kinds = data[0], data[1], data[2:]
        found = self.select() if any(kind in (0x00, 0x10, 0x20, 0x40) for kind in kinds) else None
        if found is not None:
            return Reply(bytes([0x01, 0x10, len(found)]) + found)
        if rounds == FOREVER:
            return Reply(b"", 0.15 * max(period, 1), True)
        return Reply(bytes([0x00]), 0.15 * max(period, 1) * rounds * max(len(kinds), 1))

    def _in_deselect(self, data):
        if self._listed:
            self._card.halt()
        return Reply(bytes([OK]))

    def _in_release(self, data):
        self._in_deselect(data)
        self._listed = False
        return Reply(bytes([OK]))

    # --- frames to the card ---

    def _in_communicate_thru(self, data):
        # An empty frame only listens, as libnfc does to hear tags that talk first.
        answer = self._on_air(data) if self.field_is_on else None
        if answer is None:
            return Reply(bytes([TIME_OUT]), self._time_out_s())
        checks_crc = self.registers.checks_crc
        if len(answer) == 1:  # ACK or NAK: 4 bits, no CRC
            return Reply(bytes([CRC_ERROR]) if checks_crc else bytes([OK]) + answer)
        if self._card.answer_was_cut:
            return Reply(bytes([CRC_ERROR]) if checks_crc else bytes([OK]) + answer)
        return _data_reply(answer if checks_crc else answer + crc_a(answer))

    def _on_air(self, frame):
        if self.registers.adds_crc or not frame:
            return self._card.transceive(frame)
        if len(frame) > 2 and crc_a(frame[:-2]) == frame[-2:]:
            return self._card.transceive(frame[:-2])
        return self._card.receive_garbled()

    def _in_data_exchange(self, data):
        target, frame = data[0] & 0x0F, data[1:]
        if target != 1 or not self._listed:
            return Reply(bytes([WRONG_CONTEXT]))
        answer = self._card.transceive(frame) if self.field_is_on else None
        if answer is None:
            return Reply(bytes([TIME_OUT]), self._time_out_s())
        if self._card.answer_was_cut:
            return Reply(bytes([CRC_ERROR]))
        if len(answer) == 1:
            return Reply(bytes([OK if answer == b"\x0a" else NOT_ACKNOWLEDGED]))
        return _data_reply(answer)


def _data_reply(answer):
    if len(answer) > ANSWER_BYTES_MAX:
        return Reply(bytes([BUFFER_TOO_SMALL]))
    return Reply(bytes([OK]) + answer)


def _cascaded(uid):
    """A UID as libraries pass it in parts: 88h stands before each part but the last."""
    if len(uid) == 7:
        return b"\x88" + uid
    if len(uid) == 10:
        return b"\x88" + uid[0:3] + b"\x88" + uid[3:]
    return uid
