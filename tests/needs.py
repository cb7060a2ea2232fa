"""What a test needs from the machine. Each helper skips the test, saying what is missing and how to get it.

A skip is counted and shown at the end of a run, and fails the run where STAMPD_NO_SKIPS=1 says that everything is there.
Call them in a test or a fixture, or at the top of a module (`allow_module_level` is set).
"""

import importlib
import shutil
import sys
from pathlib import Path

import pytest

SYSTEM_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")  # Debian keeps daemons there, off a user's PATH


def skip(reason, remedy):
    """Skip with "reason; remedy"."""
    pytest.skip("%s; %s" % (reason, remedy), allow_module_level=True)


def find_program(name):
    """Path of a program: beside this Python, on the PATH, or in a system folder; None when there is none."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return str(beside)
    found = shutil.which(name)
    for folder in SYSTEM_FOLDERS:
        found = found or shutil.which(name, path=folder)
    return found


def needs_program(name, package):
    """Return the program's path, or skip naming the Debian package that has it."""
    found = find_program(name)
    if found is None:
        skip("%s is not installed" % name, "apt-get install %s" % package)
    return found


def needs_module(name, remedy="make setup"):
    """Return the imported module, or skip. Only a missing module skips: one that fails to load is an error."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as trouble:
        if trouble.name is None or not (name == trouble.name or name.startswith(trouble.name + ".")):
            raise
        skip("Python module %s is not installed" % name, remedy)


def needs_file(path, what, remedy):
    """Return the path of a file the machine may have, or skip."""
    if not Path(path).exists():
        skip("%s is not there" % what, remedy)
    return Path(path)
