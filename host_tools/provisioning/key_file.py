"""The encrypted key file, `keys.stampd`, and its recovery copy: JSON with a clear head and a sealed body.

    {"file": "stampd keys", "version": 1, "scheme": hex 4, "epoch": n, "epochs": [n…],
     "kdf": {"name": "scrypt", "n", "r", "p", "salt": hex 32}, "check": hex 16, "nonce": hex 24, "sealed": hex, "sum": hex 64}

scrypt gives 64 bytes: 32 for AES-256-GCM over the body (the rest of the head as associated data), 32 for `check`, the first
8 bytes of HMAC-SHA256 over "stampd keys check": with it a wrong pass phrase and a damaged file are told apart. `sum` is
SHA-256 of everything else, so that an accident is seen before a pass phrase is asked. The body is epochs u8, then epoch u8 and
16 bytes each, then the 32-byte signing root. A TEST home's file is {"file": "stampd keys", "version": 1, "test": true, "sum"}.
"""

import hashlib
import hmac
import json
import os
import secrets
import unicodedata
from collections import namedtuple

from host_tools.provisioning.roles import KeyTrouble

_FILE, _VERSION = "stampd keys", 1
SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 15, 8, 1  # 32 MB and about 0.1 s: RFC 7914 interactive use, doubled
_N_MAX = 1 << 20  # a crafted file must not eat the machine
_SIZE_MAX = 64 * 1024
_CHECK_LABEL = b"stampd keys check"
MASTER_SIZE, ROOT_SIZE = 16, 32
PASSPHRASE_MIN = 8


class Secrets(namedtuple("Secrets", ["scheme", "epoch", "masters", "signing_root"])):
    """What the file protects. masters: {epoch: 16 bytes}; epoch: the current one; signing_root: 32 bytes."""

    def __repr__(self):
        return "<Secrets scheme %04X epochs %s>" % (self.scheme, sorted(self.masters))


class KeyFile(namedtuple("KeyFile", ["path", "is_test", "head"])):
    """A key file as read: checked for accidents, not unlocked. head: its JSON (nothing in it is secret but `sealed`)."""

    scheme = property(lambda self: int(self.head["scheme"], 16))
    epoch = property(lambda self: self.head["epoch"])
    epochs = property(lambda self: tuple(self.head["epochs"]))


def new_secrets(scheme):
    """Fresh random keys of epoch 1."""
    return Secrets(scheme, 1, {1: secrets.token_bytes(MASTER_SIZE)}, secrets.token_bytes(ROOT_SIZE))


def seal(held, passphrase):
    """The text of a key file for these `Secrets`."""
    head = {
        "file": _FILE, "version": _VERSION, "scheme": "%04X" % held.scheme, "epoch": held.epoch, "epochs": sorted(held.masters),
        "kdf": {"name": "scrypt", "n": SCRYPT_N, "r": SCRYPT_R, "p": SCRYPT_P, "salt": secrets.token_hex(16)}, "nonce": secrets.token_hex(12),
    }  # fmt: skip
    body = bytes([len(held.masters)])
    for epoch in sorted(held.masters):
        body += bytes([epoch]) + held.masters[epoch]
    cipher, check = _keys_of(head["kdf"], passphrase)
    head["check"] = check
    head["sealed"] = cipher.encrypt(bytes.fromhex(head["nonce"]), body + held.signing_root, _associated(head)).hex()
    return _with_sum(head)


def text_of_a_test_home():
    """The text of a TEST home's key file: a mark, no key."""
    return _with_sum({"file": _FILE, "version": _VERSION, "test": True})


def read_key_file(path):
    """Reads and checks a key file. Raises KEYS_DAMAGED, KEYS_NEWER, KEYS_UNREADABLE; asks no pass phrase."""
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE_MAX)
    except OSError as error:
        raise KeyTrouble(
            "The key file %s cannot be read (%s)." % (path, error.strerror), "Give the user who runs stampd the right to read it.", "KEYS_UNREADABLE"
        ) from error
    try:
        head = json.loads(data)
        total = head.pop("sum")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, "it is cut short or not a key file") from error
    if not isinstance(total, str) or not hmac.compare_digest(total.encode(), _sum(head).encode()):
        raise _damaged(path, "its check sum does not fit")
    if head.get("file") != _FILE or not isinstance(head.get("version"), int):
        raise _damaged(path, "it is not a key file")
    if head["version"] != _VERSION:
        raise KeyTrouble("The key file %s was written by a newer stampd." % path, "Install the newer stampd again.", "KEYS_NEWER")
    if head.get("test") is not True:
        _check_shape(path, head)
    return KeyFile(path, head.get("test") is True, head)


def _check_shape(path, head):
    try:
        kdf = head["kdf"]
        fits = (
            0 < int(head["scheme"], 16) < 0xFFFF and head["epoch"] in head["epochs"] and kdf["name"] == "scrypt"
            and all(isinstance(kdf[name], int) for name in "nrp") and SCRYPT_N <= kdf["n"] <= _N_MAX and kdf["n"] & (kdf["n"] - 1) == 0
            and kdf["r"] == SCRYPT_R and kdf["p"] == SCRYPT_P and len(bytes.fromhex(kdf["salt"])) >= 16
            and len(bytes.fromhex(head["nonce"])) == 12 and bytes.fromhex(head["sealed"]) and isinstance(head["check"], str)
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, "a field is missing or malformed") from error
    if not fits:
        raise _damaged(path, "a field is out of its range")


def unlock(found, passphrase):
    """The `Secrets` of a `KeyFile`. Raises KEYS_WRONG_PASSPHRASE, KEYS_DAMAGED."""
    from cryptography.exceptions import InvalidTag

    cipher, check = _keys_of(found.head["kdf"], passphrase)
    if not hmac.compare_digest(check.encode(), found.head["check"].encode()):
        raise KeyTrouble(
            "The pass phrase does not open %s." % found.path, "Try again; look for capital letters and the keyboard's language.", "KEYS_WRONG_PASSPHRASE"
        )
    try:
        body = cipher.decrypt(bytes.fromhex(found.head["nonce"]), bytes.fromhex(found.head["sealed"]), _associated(found.head))
    except InvalidTag as error:
        raise _damaged(found.path, "somebody changed it") from error
    masters, at = {}, 1
    for _ in range(body[0]):
        masters[body[at]] = body[at + 1 : at + 1 + MASTER_SIZE]
        at += 1 + MASTER_SIZE
    if len(body) != at + ROOT_SIZE or sorted(masters) != list(found.epochs):
        raise _damaged(found.path, "its keys do not fit its head")
    return Secrets(found.scheme, found.epoch, masters, body[at:])


def _keys_of(kdf, passphrase):
    """(AES-256-GCM, check text) of a pass phrase."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    memory = 128 * kdf["r"] * (kdf["n"] + kdf["p"] + 2)
    out = hashlib.scrypt(secret, salt=bytes.fromhex(kdf["salt"]), n=kdf["n"], r=kdf["r"], p=kdf["p"], maxmem=memory * 2, dklen=64)
    return AESGCM(out[:32]), hmac.new(out[32:], _CHECK_LABEL, "sha256").hexdigest()[:16]


def _associated(head):
    return _canonical({name: value for name, value in head.items() if name not in ("sealed", "sum")})


def _canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _sum(head):
    return hashlib.sha256(_canonical(head)).hexdigest()


def _with_sum(head):
    return json.dumps(head | {"sum": _sum(head)}, indent=1) + "\n"


def _damaged(path, what):
    return KeyTrouble("The key file %s is damaged: %s." % (path, what), "Put back the recovery copy (`stampd keys status` says where it is).", "KEYS_DAMAGED")


def write_private(path, text):
    """Writes a new file whole, readable by its owner alone: a new name, fsync, rename. Raises KEYS_NOT_WRITTEN."""
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise KeyTrouble(
            "%s could not be written (%s)." % (path, error.strerror), "Check the directory, the right to write there and the free space.", "KEYS_NOT_WRITTEN"
        ) from error
