"""Keys of DESFire applications: values with versions, in sets of one kind, and who may change them (EV1 key settings).

Kinds: "des" (DES and 2K3DES in 16 bytes, the version in the lowest bits of the first half), "3k3des" (24 bytes, likewise),
"aes" (16 bytes and a version byte). A 16-byte DES key with two equal halves, parity bits included, acts as single DES.
"""

from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.desfire_status import PARAMETER_ERROR, Refusal

DES, TDES3, AES = "des", "3k3des", "aes"
KINDS = (DES, TDES3, AES)
KEY_BYTES = {DES: 16, TDES3: 24, AES: 16}
KEY_BYTES_MAX = 24

MASTER_KEY = 0
FAILURES_MAX = 0xFFFF
CHANGE_EACH_ITSELF, CHANGE_FROZEN = 0xE, 0xF

# High bits of KeySettings 2, and of KeyNo when the PICC master key gets another kind.
KIND_BITS = {DES: 0x00, TDES3: 0x40, AES: 0x80}
KIND_MASK = 0xC0


def kind_of_bits(value):
    """The kind in the two high bits of KeySettings 2 or KeyNo. Refuses 9E."""
    for kind in KINDS:
        if KIND_BITS[kind] == value & KIND_MASK:
            return kind
    raise Refusal(PARAMETER_ERROR)


class Key:
    """One key. value: KEY_BYTES[kind] bytes. version: for AES; DES keys carry theirs in themselves."""

    def __init__(self, kind, value, version=0):
        self.kind = kind
        self.value = bytes(value)
        self.version = version if kind == AES else version_in(self.value)
        self.failures = 0  # of all authentications with it, where the chip counts them (EV2 and EV3)

    def cipher_kind(self):
        """What `ev1_session` calls it: "des", "2k3des", "3k3des" or "aes"."""
        if self.kind != DES:
            return self.kind
        return "des" if self.value[:8] == self.value[8:] else "2k3des"

    def cipher_value(self):
        """The bytes for the cipher: half of a single DES key."""
        return self.value[:8] if self.cipher_kind() == "des" else self.value


class KeySet:
    """The keys of one set of an application. version: of the set; None for one that was never finalised."""

    def __init__(self, kind, keys, version=0):
        self.kind = kind
        self.keys = keys
        self.version = version

    @classmethod
    def blank(cls, kind, count, default, version=0):
        """`count` equal keys. default: (24 bytes, version) of SetConfiguration option 1."""
        return cls(kind, [Key(kind, default[0][: KEY_BYTES[kind]], default[1]) for _ in range(count)], version)

    def state(self):
        return {
            "kind": self.kind,
            "version": self.version,
            "keys": [{"value": key.value.hex(), "version": key.version, "failures": key.failures} for key in self.keys],
        }

    @classmethod
    def from_state(cls, state):
        fields.an_object(state, "key set")
        kind = fields.one_of(state.get("kind"), KINDS, "key kind")
        keys = [_key(kind, key) for key in fields.a_list(state.get("keys"), "keys")]
        version = state.get("version")
        return cls(kind, keys, version if version is None else fields.number(version, 0, 255, "key set version"))


def _key(kind, state):
    fields.an_object(state, "key")
    version = fields.number(state.get("version"), 0, 255, "key version")
    key = Key(kind, fields.hex_bytes(state.get("value"), KEY_BYTES[kind], "key"), version)
    key.failures = fields.number(state.get("failures"), 0, FAILURES_MAX, "key failures")
    return key


def version_in(value):
    """The key version in the lowest bits of the first 8 bytes of a DES key, most significant bit first."""
    version = 0
    for byte in value[:8]:
        version = version << 1 | byte & 1
    return version


def changer_of(key_settings, number):
    """Which key must be authenticated to change key `number`, or None when it can never be changed."""
    if number == MASTER_KEY:
        return MASTER_KEY if key_settings & 1 else None
    right = key_settings >> 4
    if right == CHANGE_FROZEN:
        return None
    if right == CHANGE_EACH_ITSELF:
        return number
    return MASTER_KEY if right == number else right
