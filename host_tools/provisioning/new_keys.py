"""Making a home's keys: what `stampd keys init` does, without asking anybody.

Order: the checks, the key file, the recovery copy, the ledger. Existing keys are never replaced: their cards would die.
"""

import os
from collections import namedtuple
from pathlib import Path

from cardos.errors import BadInput
from host_tools.provisioning.key_file import new_secrets, read_key_file, seal, text_of_a_test_home, unlock, write_private
from host_tools.provisioning.keys import KEY_FILE, KeyRing, key_status, test_keys
from host_tools.provisioning.passphrase import check_new
from host_tools.provisioning.recovery import check_place, write_recovery
from host_tools.provisioning.roles import KeyTrouble

Made = namedtuple("Made", ["keys", "recovery", "created"])  # created: False when the keys were there already


def make_test_keys(home, *, dry_run=False):
    """A TEST home's key file. Done again it does nothing; raises KEYS_EXIST over real keys."""
    home = Path(home)
    status = key_status(home)
    if status.present and not status.test:
        raise _exist(home)
    if not status.present and not dry_run:
        make_directory(home)
        write_private(home / KEY_FILE, text_of_a_test_home())
    return Made(test_keys(), None, not status.present)


def make_keys(home, scheme, passphrase, recovery, at, *, dry_run=False):
    """Fresh keys under a pass phrase (a callable), and a recovery copy at the path `recovery` (None: none).

    Over existing real keys it only writes the recovery copy. Raises `KeyTrouble` and BadInput before anything is written.
    """
    home = Path(home)
    status = key_status(home)
    if status.present and (status.test or recovery is None):
        raise _exist(home)
    if recovery is not None:
        check_place(home, recovery)
    if status.present:
        text = passphrase()
        secrets = unlock(read_key_file(home / KEY_FILE), text)
    else:
        text = check_new(passphrase())
        secrets = new_secrets(check_scheme(scheme))
    if dry_run:
        return Made(KeyRing(secrets, is_test=False), None, not status.present)
    make_directory(home)
    if not status.present:
        write_private(home / KEY_FILE, seal(secrets, text))
        if unlock(read_key_file(home / KEY_FILE), text) != secrets:
            raise KeyTrouble("The key file read back differently.", "Use another disk.", "KEYS_NOT_WRITTEN")
    proven = write_recovery(home, recovery, secrets, text, at) if recovery is not None else None
    return Made(KeyRing(secrets, is_test=False), proven, not status.present)


def check_scheme(scheme):
    """Raises BadInput unless a scheme number is 0001 to FFFE."""
    if not 1 <= scheme <= 0xFFFE:
        raise BadInput("A scheme number is 0001 to FFFE (hexadecimal); FFFF is TEST.", "Leave --scheme out to draw one.")
    return scheme


def make_directory(home):
    """Makes the home directory, for its owner alone. Raises HOME_NOT_WRITABLE."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("The directory %s cannot be made (%s)." % (home, error.strerror), "Name another with --home.", "HOME_NOT_WRITABLE") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise BadInput("The directory %s cannot be written." % home, "Give yourself the right, or name another with --home.", "HOME_NOT_WRITABLE")


def _exist(home):
    return KeyTrouble(
        "The shop %s has keys already; new ones would make its cards unreadable." % home,
        "Use another --home, or write a recovery copy of these with `stampd keys init --recovery FILE`.",
        "KEYS_EXIST",
    )
