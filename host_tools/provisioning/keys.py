"""The one interface to keys, `derive / mac / sign`, and the door that opens a home's keys.

    KeyRing        keys in memory, unlocked from the encrypted key file or made of the printed TEST constants
    open_keys      a home's key ring; refuses TEST keys in a production shop
    head_mac       the callable that MACs the ledger's head

No key byte leaves through repr, errors or pickles. `derive` hands out a card's own key (a chip needs it) and `board_masters`
what a board's vault holds; `mac` and `sign` do not even that: prefer them.
"""

from collections import namedtuple
from functools import lru_cache
from pathlib import Path

from cardos.crypto.cmac import Cmac
from cardos.records.board_vault import ROLES as BOARD_ROLES
from host_tools.provisioning.key_file import read_key_file, unlock
from host_tools.provisioning.roles import HEAD_DIVERSIFIER, ROLES, KeyTrouble, card_key, check_role, role_master, signing_seed
from host_tools.provisioning.test_keys import TEST_SECRETS

KEY_FILE = "keys.stampd"
_CACHE_CARDS = 256  # card keys kept: a shop's busy hour; older ones are derived again (~30 µs)


class KeyRing:
    """The keys of one scheme. secrets: `key_file.Secrets`; is_test: True for the printed TEST keys."""

    def __init__(self, secrets, *, is_test):
        self.is_test = is_test
        self.scheme = secrets.scheme
        self.epoch = secrets.epoch
        self.epochs = tuple(sorted(secrets.masters))
        masters, root, scheme = dict(secrets.masters), secrets.signing_root, secrets.scheme

        @lru_cache(maxsize=len(masters) * len(ROLES))
        def master_of(role, epoch):
            return role_master(masters[epoch], role, scheme, epoch)

        @lru_cache(maxsize=_CACHE_CARDS)
        def key_of(role, epoch, diversifier):
            return card_key(master_of(role, epoch), diversifier)

        @lru_cache(maxsize=_CACHE_CARDS)
        def cmac_of(role, epoch, diversifier):
            return Cmac(key_of(role, epoch, diversifier))

        @lru_cache(maxsize=8)
        def signer_of(purpose):
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

            return Ed25519PrivateKey.from_private_bytes(signing_seed(root, purpose))

        # Closures, not attributes: a dump of this object's __dict__ shows functions, no bytes.
        self._master_of, self._key_of, self._cmac_of, self._signer_of = master_of, key_of, cmac_of, signer_of

    def _check(self, role, epoch):
        check_role(role)
        if epoch not in self.epochs:
            raise KeyTrouble(
                "This shop holds no keys of epoch %s." % (epoch,), "Import the keys of that epoch, or give the card to head office.", "KEYS_EPOCH"
            )

    def derive(self, role, epoch, diversifier):
        """The 16-byte key of `role` in `epoch` for a diversifier of 1 to 31 bytes. Raises KEYS_EPOCH, BadInput."""
        self._check(role, epoch)
        return self._key_of(role, epoch, bytes(diversifier))

    def mac(self, role, epoch, diversifier, message):
        """The 16-byte AES-CMAC of `message` under the key that `derive` would give."""
        self._check(role, epoch)
        return self._cmac_of(role, epoch, bytes(diversifier)).of(bytes(message))

    def sign(self, purpose, message):
        """The 64-byte Ed25519 signature of `message` with the key of a purpose."""
        return self._signer_of(purpose).sign(bytes(message))

    def public_key(self, purpose):
        """The 32 bytes that verify `sign(purpose, …)`."""
        return self._signer_of(purpose).public_key().public_bytes_raw()

    def board_masters(self, epoch):
        """{role: 16 bytes} of the masters that a board of this scheme carries for an epoch: enough to serve cards, not to issue them. Raises KEYS_EPOCH."""
        for role in BOARD_ROLES:
            self._check(role, epoch)
        return {role: self._master_of(role, epoch) for role in BOARD_ROLES}

    def __repr__(self):
        return "<KeyRing scheme %04X epochs %s%s>" % (self.scheme, ",".join(map(str, self.epochs)), " TEST" if self.is_test else "")

    def __reduce__(self):
        raise TypeError("keys are not pickled or copied")


def test_keys():
    """The fixed TEST keys (scheme FFFF)."""
    return KeyRing(TEST_SECRETS, is_test=True)


test_keys.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name tells a collector

KeyStatus = namedtuple("KeyStatus", ["present", "test", "scheme", "epoch", "epochs"])


def key_status(home):
    """What can be said of a home's keys without the pass phrase. home: directory. Raises KEYS_DAMAGED."""
    path = Path(home) / KEY_FILE
    if not path.exists():
        return KeyStatus(False, False, None, None, ())
    found = read_key_file(path)
    if found.is_test:
        return KeyStatus(True, True, TEST_SECRETS.scheme, TEST_SECRETS.epoch, tuple(sorted(TEST_SECRETS.masters)))
    return KeyStatus(True, False, found.scheme, found.epoch, found.epochs)


def open_keys(home, production, passphrase=None):
    """The `KeyRing` of a home directory.

    production: True refuses TEST keys. passphrase: a callable that gives the pass phrase as text (a prompt, or
    `passphrase.from_file`), called only when one is needed; None: KEYS_NEED_PASSPHRASE.
    Raises `KeyTrouble`: KEYS_MISSING, KEYS_DAMAGED, KEYS_WRONG_PASSPHRASE, KEYS_NEED_PASSPHRASE, TEST_KEYS_IN_PRODUCTION.
    """
    path = Path(home) / KEY_FILE
    if not path.exists():
        raise KeyTrouble(
            "This shop has no keys yet (%s)." % path, "Make them with `stampd keys init --recovery FILE` (or `stampd keys init --test` to try things out).",
            "KEYS_MISSING",
        )  # fmt: skip
    found = read_key_file(path)
    if found.is_test:
        if production:
            raise KeyTrouble(
                "A production shop does not run with TEST keys: anybody can write cards for them.",
                "Make real keys in a new home with `stampd keys init --recovery FILE`.",
                "TEST_KEYS_IN_PRODUCTION",
            )
        return test_keys()
    if passphrase is None:
        raise KeyTrouble(
            "The keys of this shop are locked by a pass phrase.",
            "Name a file that holds it with --passphrase-file, or `passphrase_file` in shop.toml.",
            "KEYS_NEED_PASSPHRASE",
        )
    return KeyRing(unlock(found, passphrase()), is_test=False)


def head_mac(keys, epoch=None):
    """The callable (bytes -> 16 bytes) that `Store.open` takes.

    The first epoch by default, so that old heads are still good after a rotation.
    """
    epoch = keys.epochs[0] if epoch is None else epoch
    return lambda message: keys.mac("head", epoch, HEAD_DIVERSIFIER, message)
