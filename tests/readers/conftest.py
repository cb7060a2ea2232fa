"""Fixtures for readers: a private pcscd that this very process talks to.

libpcsclite keeps the first PCSCLITE_CSOCK_NAME of a process for ever, so the variable names a symbolic link (tests/conftest.py),
and each test points it at its own pcscd.
"""

import contextlib
import os
from pathlib import Path

import pytest

from host_tools.soft_hardware.private_pcscd import PrivatePcscd
from tests import needs, soft_lab

LANES = ("Lane 0", "Lane 1")


@contextlib.contextmanager
def private_pcscd(names):
    """A private pcscd that this process's PC/SC clients talk to meanwhile."""
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    link = Path(os.environ["PCSCLITE_CSOCK_NAME"])
    with PrivatePcscd(names) as running:
        before = os.readlink(link) if link.is_symlink() else None
        link.unlink(missing_ok=True)
        link.symlink_to(running.socket_path)
        try:
            yield running
        finally:
            link.unlink()
            if before is not None:
                link.symlink_to(before)


@pytest.fixture(scope="module")
def pcscd():
    """A private pcscd with two readers ("Lane 0 00 00", "Lane 1 00 00"), for a whole test module."""
    with private_pcscd(LANES) as running:
        yield running
