"""The persistent memory of a soft DESFire: the PICC level, its applications, the configuration, and how it is saved.

Everything a power cut leaves is here and nothing else. Usable bytes are those that EV1 chips of 2, 4 and 8 KB tell
(nfc-tools wiki); EV2 and EV3 are taken to be alike. What an application costs beyond its files is not public, chosen here:
32 bytes, its keys, and 32 bytes more for an ISO name. Only FormatPICC gives memory back.
"""

from cardos.bytes import uint_le
from cardos.errors import BadInput
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.desfire_files import TMAC, blocks, file_from_state
from cardos.soft_cards.desfire_numbers import read_le
from cardos.soft_cards.desfire_keys import DES, KEY_BYTES, KEY_BYTES_MAX, KIND_BITS, KeySet

# Size option: (usable bytes, storage byte of GetVersion).
SIZES = {2048: (2304, 0x16), 4096: (4864, 0x18), 8192: (7936, 0x1A)}

PICC_AID = 0
DELIVERED_KEY_SETTINGS = 0x0F
ISO_FILE_IDS = 0x20  # in KeySettings 2
MORE_SETTINGS = 0x10

UID_BYTES, SIGNATURE_BYTES, BATCH_BYTES, MADE_BYTES = 7, 56, 5, 2
FAILURES_MAX = 255  # in a row, where the counter of failures stays
ATS_BYTES_MAX = 20
FAILURE_RULE, FAILURE_RULE_BYTES = 0x0A, 5


class Application:
    """One application, or the PICC level (AID 000000). sets: key sets, the active one first. files: {number: file}."""

    def __init__(self, aid, key_settings, sets):
        self.aid = aid
        self.key_settings = key_settings
        self.iso = False  # files may have ISO file identifiers
        self.fid = None
        self.df_name = b""
        self.sets = sets
        self.roll_key = None  # key that RollKeySet wants, None without key sets
        self.key_bytes_max = KEY_BYTES_MAX
        self.files = {}

    @property
    def kind(self):
        """Kind of the keys in use."""
        return self.sets[0].kind

    @property
    def keys(self):
        """The keys in use."""
        return self.sets[0].keys

    def second_settings(self):
        """KeySettings 2 as GetKeySettings tells them."""
        return len(self.keys) | (ISO_FILE_IDS if self.iso else 0) | KIND_BITS[self.kind]

    def allows(self, bit):
        """True when bit `bit` of KeySettings 1 is set."""
        return bool(self.key_settings >> bit & 1)

    def tmac(self):
        """The transaction MAC file, or None."""
        for file in self.files.values():
            if file.kind == TMAC:
                return file
        return None

    def by_fid(self, fid):
        """(number, file) of the file with this ISO identifier, or None."""
        for number in sorted(self.files):
            if self.files[number].fid == fid:
                return number, self.files[number]
        return None

    def memory(self):
        """Bytes that the application takes without its files."""
        keys = len(self.sets) * len(self.keys) * KEY_BYTES[self.kind]
        return 32 + blocks(keys) + (32 if self.fid is not None or self.df_name else 0)

    def state(self):
        return {
            "aid": uint_le(self.aid, 3).hex(),
            "key_settings": self.key_settings,
            "iso": self.iso,
            "fid": self.fid,
            "df_name": self.df_name.hex(),
            "key_sets": [one.state() for one in self.sets],
            "roll_key": self.roll_key,
            "key_bytes_max": self.key_bytes_max,
            "files": [{"number": number, "file": self.files[number].state()} for number in sorted(self.files)],
        }

    @classmethod
    def from_state(cls, state):
        fields.an_object(state, "application")
        aid = fields.hex_bytes(state.get("aid"), 3, "application identifier")
        sets = [KeySet.from_state(one) for one in fields.a_list(state.get("key_sets"), "key sets")]
        if not sets:
            raise BadInput("an application has at least one key set")
        application = cls(aid[0] | aid[1] << 8 | aid[2] << 16, fields.number(state.get("key_settings"), 0, 255, "key settings"), sets)
        application.iso = fields.one_of(state.get("iso"), (False, True), "iso")
        application.fid = _or_none(state.get("fid"), 0xFFFF, "file identifier")
        application.df_name = fields.any_hex(state.get("df_name"), "DF name")
        application.roll_key = _or_none(state.get("roll_key"), 14, "roll key")
        application.key_bytes_max = fields.number(state.get("key_bytes_max"), 16, KEY_BYTES_MAX, "key size")
        for entry in fields.a_list(state.get("files"), "files"):
            fields.an_object(entry, "file")
            application.files[fields.number(entry.get("number"), 0, 31, "file number")] = file_from_state(entry.get("file"))
        return application


class Memory:
    """All of one chip. applications: {AID: Application} in `order`; used: bytes taken, deleted things included."""

    def __init__(self, uid, size):
        self.uid = uid
        self.size = size
        self.signature = b""
        self.batch, self.made = bytes(BATCH_BYTES), b"\x30\x24"  # GetVersion; made: week and year, BCD
        self.default_key = (bytes(KEY_BYTES_MAX), 0)
        self.picc = Application(PICC_AID, DELIVERED_KEY_SETTINGS, [KeySet.blank(DES, 1, self.default_key)])
        self.applications = {}
        self.order = []
        self.used = 0
        self.random_id = False
        self.format_forbidden = False
        self.ats = b""  # set by SetConfiguration, else empty
        self.options = {}  # {option number: data} of SetConfiguration as sent; this model acts on FAILURE_RULE alone
        self.failures = 0  # authentications in a row that failed
        self.delays = 0  # AUTHENTICATION_DELAY answers still to come

    def free(self):
        """Bytes that are left."""
        return SIZES[self.size][0] - self.used

    def failure_rule(self):
        """(failures that kill a key, what a success takes off) of SetConfiguration option 0A, or None when it is off."""
        data = self.options.get(FAILURE_RULE)
        return (read_le(data[1:3]), read_le(data[3:5])) if data and data[0] & 1 else None

    def add(self, application):
        self.applications[application.aid] = application
        self.order.append(application.aid)

    def remove(self, aid):
        del self.applications[aid]
        self.order.remove(aid)

    def state(self):
        return {
            "uid": self.uid.hex(),
            "size": self.size,
            "signature": self.signature.hex(),
            "batch": self.batch.hex(),
            "made": self.made.hex(),
            "default_key": {"value": self.default_key[0].hex(), "version": self.default_key[1]},
            "picc": self.picc.state(),
            "applications": [self.applications[aid].state() for aid in self.order],
            "used": self.used,
            "random_id": self.random_id,
            "format_forbidden": self.format_forbidden,
            "ats": self.ats.hex(),
            "options": {str(number): self.options[number].hex() for number in sorted(self.options)},
            "failures": self.failures,
            "delays": self.delays,
        }

    @classmethod
    def from_state(cls, state):
        """The memory that gave this `state()`. Raises BadInput."""
        size = fields.one_of(state.get("size"), tuple(sorted(SIZES)), "size")
        memory = cls(fields.hex_bytes(state.get("uid"), UID_BYTES, "uid"), size)
        memory.signature = fields.any_hex(state.get("signature"), "signature")
        if memory.signature:
            fields.exactly(memory.signature, SIGNATURE_BYTES, "signature")
        memory.batch = fields.hex_bytes(state.get("batch"), BATCH_BYTES, "batch")
        memory.made = fields.hex_bytes(state.get("made"), MADE_BYTES, "made")
        default = _object(state.get("default_key"), "default_key")
        value = fields.hex_bytes(default.get("value"), KEY_BYTES_MAX, "default key")
        memory.default_key = (value, fields.number(default.get("version"), 0, 255, "default key version"))
        memory.picc = Application.from_state(_object(state.get("picc"), "picc"))
        for one in fields.a_list(state.get("applications"), "applications"):
            memory.add(Application.from_state(_object(one, "application")))
        memory.used = fields.number(state.get("used"), 0, SIZES[size][0], "used")
        memory.random_id = fields.one_of(state.get("random_id"), (False, True), "random_id")
        memory.format_forbidden = fields.one_of(state.get("format_forbidden"), (False, True), "format_forbidden")
        memory.ats = fields.any_hex(state.get("ats"), "ats")
        for number, text in _object(state.get("options"), "options").items():
            memory.options[fields.spelled(number, 255, "option " + number)] = fields.any_hex(text, "option " + number)
        if FAILURE_RULE in memory.options:
            fields.exactly(memory.options[FAILURE_RULE], FAILURE_RULE_BYTES, "option 10")
        memory.failures = fields.number(state.get("failures"), 0, FAILURES_MAX, "failures")
        memory.delays = fields.number(state.get("delays"), 0, FAILURES_MAX, "delays")
        return memory


def _or_none(value, highest, name):
    return value if value is None else fields.number(value, 0, highest, name)


def _object(value, name):
    if not isinstance(value, dict):
        raise BadInput("%s must be an object" % name)
    return value
