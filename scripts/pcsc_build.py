"""Build pyscard for `.venv`. It has no wheel for Linux; its source needs a C compiler, Python's own header and four
headers of pcsc-lite: winscard.h, wintypes.h, pcsclite.h, reader.h (swig comes from requirements/build.txt).

The headers come from the machine where it has libpcsclite-dev, else from that Debian package unpacked under .venv,
without root. At run time pyscard opens libpcsclite.so.1 by itself; a machine with readers has it beside pcscd.
"""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from debian_package import NotToBeHad, unpack

HEADERS = ("winscard.h", "wintypes.h", "pcsclite.h", "reader.h")
SYSTEM_FOLDERS = (Path("/usr/include/PCSC"), Path("/usr/local/include/PCSC"))
BUILD_MAX_S = 300


def system_headers():
    """The folder of the machine that has all four headers, or None. STAMPD_PCSC_HEADERS names it, or `none`."""
    named = os.environ.get("STAMPD_PCSC_HEADERS", "")
    for folder in [Path(named)] if named else SYSTEM_FOLDERS:
        if all((folder / header).is_file() for header in HEADERS):
            return folder
    return None


def surroundings():
    """What decides whether a build can work, as text: when it changes, the build is tried again."""
    return repr((str(system_headers()), bool(_compiler()), _python_header().is_file()))


def build(python, venv, pins, say):
    """Install pyscard into the environment of `python`. Returns None, or the reason (one line) why it is not there."""
    if not _compiler():
        return "building pyscard needs a C compiler (as root: apt-get install gcc python3-dev libpcsclite-dev)"
    folder, extra = system_headers(), []
    if folder is None:
        say("fetching the pcsc-lite headers (no root needed)")
        try:
            folder = unpack("libpcsclite-dev", venv / "debian") / "usr" / "include" / "PCSC"
        except NotToBeHad as trouble:
            return "building pyscard needs pcsc-lite's headers, and %s (as root: apt-get install libpcsclite-dev)" % trouble
    if not _python_header().is_file():
        say("fetching Python's headers (no root needed)")
        try:
            extra = _python_headers(venv)
        except NotToBeHad as trouble:
            return "building pyscard needs Python's headers, and %s (as root: apt-get install python3-dev)" % trouble
    say("building pyscard")
    return _install(python, venv, pins, [folder, folder.parent, *extra])


def _install(python, venv, pins, folders):
    environment = dict(os.environ)
    environment["CFLAGS"] = " ".join(["-I%s" % folder for folder in folders] + [os.environ.get("CFLAGS", "")]).strip()
    environment["PATH"] = "%s:%s" % (venv / "bin", os.environ.get("PATH", os.defpath))  # swig
    try:
        done = subprocess.run(
            [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet",
             "--require-hashes", "--no-build-isolation", "--no-deps", "--requirement", str(pins)],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=BUILD_MAX_S)
    except subprocess.TimeoutExpired:
        return "pyscard was not built within %d s" % BUILD_MAX_S
    log = venv / "pyscard-build.log"
    log.write_text(done.stdout)
    return None if done.returncode == 0 else "pyscard could not be built; see .venv/%s" % log.name


def _compiler():
    return shutil.which(os.environ.get("CC", "").split(" ")[0] or "cc") or shutil.which("gcc")


def _python_header():
    return Path(sysconfig.get_paths()["include"]) / "Python.h"


def _python_headers(venv):
    """Include folders of this Python from Debian's package, for Debian's own Python only."""
    version = sysconfig.get_python_version()
    tree = unpack("libpython%s-dev" % version, venv / "debian")
    folder = tree / "usr" / "include" / ("python" + version)
    if not (folder / "Python.h").is_file():
        raise NotToBeHad("Debian has none for Python %s" % version)
    return [folder, tree / "usr" / "include"]
