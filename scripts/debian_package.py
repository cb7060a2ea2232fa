"""Unpack one Debian package into a folder without root: `apt-get download` and `dpkg-deb -x`.

Where the machine has no package lists yet (a new container), private ones are fetched under the same folder first.
"""

import os
import shutil
import subprocess
from pathlib import Path

LISTS_MAX_S = 180  # fetching package lists over a slow line
DOWNLOAD_MAX_S = 60


class NotToBeHad(Exception):
    """The package could not be fetched or unpacked here."""


def unpack(name, folder):
    """Return the folder that now holds the package's files. Raises NotToBeHad."""
    folder = Path(folder)
    tree, parcels = folder / "tree", folder / "parcels"
    for program in ("apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise NotToBeHad("no %s here" % program)
    parcels.mkdir(parents=True, exist_ok=True)
    tree.mkdir(parents=True, exist_ok=True)
    parcel = _download(name, parcels, []) or _download_with_own_lists(name, parcels, folder / "apt")
    if parcel is None:
        raise NotToBeHad("apt could not download %s" % name)
    if not _works(["dpkg-deb", "-x", parcel, tree], tree, DOWNLOAD_MAX_S):
        raise NotToBeHad("dpkg-deb could not unpack %s" % name)
    return tree


def _download_with_own_lists(name, parcels, state):
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (state / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = ["-o", "Dir::State::lists=%s" % (state / "lists"), "-o", "Dir::Cache=%s" % (state / "cache"),
               "-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User=%s" % _me()]
    if not _works(["apt-get", "-q", *options, "update"], parcels, LISTS_MAX_S):
        return None
    return _download(name, parcels, options)


def _download(name, parcels, options):
    if not _works(["apt-get", "-q", "-o", "APT::Sandbox::User=%s" % _me(), *options, "download", name], parcels,
                  DOWNLOAD_MAX_S):
        return None
    found = sorted(parcels.glob(name + "_*.deb"))
    return found[-1] if found else None


def _me():
    import pwd
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "root"  # a user without a name: apt then keeps the rights it has


def _works(command, folder, seconds):
    try:
        return subprocess.run([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
