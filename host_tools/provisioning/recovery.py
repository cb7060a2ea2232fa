"""The recovery copy: the same keys under the same pass phrase, sealed anew, at a second place. Lost keys are dead cards.

It is written, read again from the disk, unlocked and compared before anything calls it proven. `keys-recovery.json` in the
home says where and when; it holds no secret. Putting a copy back is copying it to `keys.stampd` in the home.
"""

import json
from collections import namedtuple
from pathlib import Path

from cardos.errors import BadInput
from host_tools.provisioning.key_file import read_key_file, seal, unlock, write_private
from host_tools.provisioning.roles import KeyTrouble

NOTE_FILE = "keys-recovery.json"


class Recovery(namedtuple("Recovery", ["path", "at", "epochs", "same_disk", "there_now"])):
    """A proven copy. same_disk: it was written to the disk that holds the home; there_now: it can be read now, unchanged or not."""


def check_place(home, path):
    """Raises BadInput when a recovery copy at `path` would not be a second place, or would overwrite something."""
    home, path = Path(home).resolve(), Path(path).resolve()
    if path.is_relative_to(home):
        raise BadInput(
            "The recovery copy may not lie in the shop's own directory.", "Name a file on a USB stick or another disk.", "RECOVERY_SAME_PLACE"
        )
    if path.exists():
        raise BadInput("There is a file at %s already." % path, "Name a new file; nothing is overwritten.", "RECOVERY_EXISTS")
    if not path.parent.is_dir():
        raise BadInput("There is no directory %s." % path.parent, "Make it, or plug the stick in, then try again.", "RECOVERY_NO_DIRECTORY")


def write_recovery(home, path, secrets, passphrase, at):
    """Writes the copy, proves it by reading it back, notes it. Raises BadInput (place), KEYS_NOT_WRITTEN, RECOVERY_NOT_PROVEN."""
    check_place(home, path)
    home, path = Path(home).resolve(), Path(path).resolve()
    write_private(path, seal(secrets, passphrase))
    if unlock(read_key_file(path), passphrase) != secrets:
        raise KeyTrouble("The recovery copy %s read back differently." % path, "Use another disk.", "RECOVERY_NOT_PROVEN")
    same_disk = path.stat().st_dev == home.stat().st_dev
    note = {"path": str(path), "at": at, "epochs": sorted(secrets.masters), "same_disk": same_disk}
    write_private(home / NOTE_FILE, json.dumps(note) + "\n")
    return Recovery(str(path), at, tuple(note["epochs"]), same_disk, True)


def recovery_of(home, epochs):
    """The proven `Recovery` of a home whose keys have these epochs, or None when there is none for all of them."""
    try:
        note = json.loads((Path(home) / NOTE_FILE).read_text("ascii"))
        found = Recovery(str(note["path"]), str(note["at"]), tuple(note["epochs"]), bool(note["same_disk"]), _there(note["path"], note["epochs"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no note, or not one of ours: then nothing is proven
    return found if set(epochs) <= set(found.epochs) else None


def _there(path, epochs):
    try:
        return list(read_key_file(Path(path)).epochs) == epochs
    except KeyTrouble:
        return False
