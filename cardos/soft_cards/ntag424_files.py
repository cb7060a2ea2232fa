"""The three files of a soft NTAG 424 DNA as delivered, and who may do what with them (NT4H2421Gx sections 8.2.3 and 10.8)."""

from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.ev2_session import PLAIN
from cardos.soft_cards.ntag424_settings import FREE, NEVER, parse_settings
from cardos.soft_cards.ntag424_status import AUTHENTICATION_ERROR, PERMISSION_DENIED, NativeRefused

CAPABILITY_CONTAINER, NDEF_FILE, DATA_FILE = 1, 2, 3
COUNTER_LAST = 0xFFFFFF

# Capability container: mapping version 2.0, largest read 256 and write 255 bytes, then one block for each other file.
_CONTAINER = b"\x00\x17\x20\x01\x00\x00\xff" + b"\x04\x06\xe1\x04\x01\x00\x00\x00" + b"\x05\x06\xe1\x05\x00\x80\x82\x83"

# Number, ISO identifier, size, settings, first bytes. File 3 begins with the length of 126 empty bytes (dump of a delivered chip).
_DELIVERED = (
    (CAPABILITY_CONTAINER, 0xE103, 32, b"\x00\x00\xe0", _CONTAINER),
    (NDEF_FILE, 0xE104, 256, b"\x00\xe0\xee", b""),
    (DATA_FILE, 0xE105, 128, b"\x03\x30\x23", b"\x00\x7e"),
)


class File:
    """A standard data file. counter: its SDMReadCtr."""

    def __init__(self, number, fid, size, settings, data, counter=0):
        self.number = number
        self.fid = fid
        self.size = size
        self.settings = settings
        self.data = bytearray(data)
        self.counter = counter

    @property
    def may_have_sdm(self):
        return self.number == NDEF_FILE

    def read_conditions(self):
        return (self.settings.read, self.settings.read_write)

    def write_conditions(self):
        return (self.settings.write, self.settings.read_write)

    def settings_answer(self):
        """What GetFileSettings says: type, option, access rights, size, SDM as it was set."""
        body = self.settings.body
        return b"\x00" + body[:3] + bytes([self.size & 0xFF, self.size >> 8, 0]) + body[3:]

    def state(self):
        return {"number": self.number, "settings": self.settings.body.hex(), "data": self.data.hex(), "counter": self.counter}


def mode_granted(conditions, key_number, mode):
    """How a command under `conditions` travels: `mode` where the session's key grants it, PLAIN where only freedom does.

    key_number: of the session, or None without one. Raises NativeRefused: 9D when nobody may, AE when others may.
    """
    if key_number is not None and key_number in conditions:
        return mode
    if FREE in conditions:
        return PLAIN
    never = all(condition == NEVER for condition in conditions)
    raise NativeRefused(PERMISSION_DENIED if never else AUTHENTICATION_ERROR)


def delivered_files():
    """The files of a new chip, in order."""
    made = []
    for number, fid, size, settings, start in _DELIVERED:
        parsed = parse_settings(settings, size, False, False, None)
        made.append(File(number, fid, size, parsed, start + bytes(size - len(start))))
    return made


def files_from_state(states, lrp):
    """The files that gave these states. Raises BadInput."""
    if not isinstance(states, list) or len(states) != len(_DELIVERED):
        raise fields.wrong("files must be a list of %d" % len(_DELIVERED))
    made = []
    for state, (number, fid, size, _, _) in zip(states, _DELIVERED):
        state = fields.an_object(state, "files")
        fields.number(state.get("number"), number, number, "file.number")
        data = fields.hex_bytes(state.get("data"), size, "file.data")
        counter = fields.number(state.get("counter"), 0, COUNTER_LAST, "file.counter")
        try:
            settings = parse_settings(bytes.fromhex(state.get("settings")), size, number == NDEF_FILE, lrp, None)
        except (NativeRefused, ValueError, TypeError):
            raise fields.wrong("file.settings are not settings of an NTAG 424 DNA")
        made.append(File(number, fid, size, settings, data, counter))
    return made
