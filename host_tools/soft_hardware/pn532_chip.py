"""The PN532's commands over one soft card: from `cmd data` to `data` of the answer, without any framing.

Both the emulated PN532 on a pty and the direct transmit of an ACR122U-like reader use it (PN532 user manual UM0701-02,
chapter 7; what nfcpy and libnfc need of it: reader notes, section 7.2). One target of type A, selected at 106 kbit/s; what a
payload to it comes to stands in `pn532_target`.
"""

from collections import namedtuple

from host_tools.soft_hardware.pn532_registers import Registers, crc_a
from host_tools.soft_hardware.pn532_target import CRC_ERROR, MORE, OK, TIME_OUT, TYPE_2, TYPE_ISO_DEP, WRONG_CONTEXT, Target, data_reply

FIRMWARE = bytes([0x32, 0x01, 0x06, 0x07])  # PN532, version 1.6, all supports
FOREVER = 0xFF  # as a number of retries
POLL_S = 0.005  # one try of InListPassiveTarget that finds nothing
AUTOMATIC_RATS = 0x10  # SetParameters; on after a reset

_FOUND_BY = {TYPE_2: (0x00, 0x10), TYPE_ISO_DEP: (0x00, 0x20)}  # target type -> the kinds of InAutoPoll that find it

# What a command comes to. data: bytes after `cmd + 1`, or None for a syntax error. after_s: how long the chip takes; the
# host may abort it meanwhile. retry: ask again after `after_s`, nothing is answered yet (a poll without end).
Reply = namedtuple("Reply", ["data", "after_s", "retry"], defaults=(0.0, False))

_SYNTAX_ERROR = Reply(None)


class Pn532Chip:
    """One chip with one card (anything shaped like a soft card) in its field.

    before_selection: called before each try to select a card. wtx_requests: how often an ISO-DEP card asks for more time.
    """

    def __init__(self, card, *, before_selection=None, wtx_requests=0):
        self._target = Target(card, wtx_requests)
        self._before_selection = before_selection
        self.registers = Registers()
        self.field_is_on = False
        self._retry_time_out = 0x0A
        self._passive_retries = FOREVER
        self._parameters = AUTOMATIC_RATS
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
            0x4E: self._in_psl,
            0x50: lambda data: Reply(bytes([TIME_OUT]), self._time_out_s()),
            0x52: self._in_release,
            0x54: lambda data: self._told(bytes([self._target.select_again()])),
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
            return Reply(bytes([OK if self._target.is_listed and self._target.is_active else TIME_OUT]))
        return Reply(bytes([OK]))

    def _general_status(self):
        target = self._target
        rates = bytes([target.bit_rates[1], target.bit_rates[0]])
        targets = bytes([0x01, 0x01]) + rates + bytes([TYPE_2]) if target.is_listed else bytes([0x00])
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
        self._target.set_field(on)

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
        found = self._target.select(wanted, rats=bool(self._parameters & AUTOMATIC_RATS))
        self.registers.show_request(answered=found is not None)
        return found

    def _in_auto_poll(self, data):
        rounds, period, kinds = data[0], data[1], data[2:]
        found = self.select() if any(kind in (0x00, 0x10, 0x20) for kind in kinds) else None
        if found is not None and any(kind in _FOUND_BY[self._target.type] for kind in kinds):
            return Reply(bytes([0x01, self._target.type, len(found)]) + found)
        if rounds == FOREVER:
            return Reply(b"", 0.15 * max(period, 1), True)
        return Reply(bytes([0x00]), 0.15 * max(period, 1) * rounds * max(len(kinds), 1))

    def _in_deselect(self, data):
        self._target.deselect()
        return Reply(bytes([OK]))

    def _in_release(self, data):
        self._target.deselect()
        self._target.forget()
        return Reply(bytes([OK]))

    def _in_psl(self, data):
        return self._told(bytes([self._target.set_bit_rates(data[1], data[2])]))

    # --- frames to the card ---

    def _in_communicate_thru(self, data):
        # An empty frame only listens, as libnfc does to hear tags that talk first.
        answer, is_short, was_cut = self._on_air(data) if self.field_is_on else (None, False, False)
        if answer is None:
            return self._told(bytes([TIME_OUT]))
        checks_crc = self.registers.checks_crc
        if is_short or was_cut:  # no CRC, or none that fits
            return Reply(bytes([CRC_ERROR]) if checks_crc else bytes([OK]) + answer)
        return Reply(data_reply(answer if checks_crc else answer + crc_a(answer)))

    def _on_air(self, frame):
        if self.registers.adds_crc or not frame:
            return self._target.communicate(frame)
        if len(frame) > 2 and crc_a(frame[:-2]) == frame[-2:]:
            return self._target.communicate(frame[:-2])
        return self._target.receive_garbled()

    def _in_data_exchange(self, data):
        number, frame = data[0] & 0x0F, data[1:]
        if number != 1 or not self._target.is_listed:
            return Reply(bytes([WRONG_CONTEXT]))
        if not self.field_is_on:
            return self._told(bytes([TIME_OUT]))
        return self._told(self._target.data_exchange(bool(data[0] & MORE), frame))

    def _told(self, data):
        """A status and data; a time-out takes its time."""
        return Reply(data, self._time_out_s() if data[0] == TIME_OUT else 0.0)
