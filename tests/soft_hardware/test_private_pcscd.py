"""The launcher: unprivileged, private, several readers, gone when told."""

import os
import signal
import socket
import subprocess

import pytest

from cardos.errors import BadInput
from host_tools.soft_hardware.private_pcscd import ENTRIES_MAX, PrivatePcscd
from tests import needs, soft_lab


@pytest.fixture(autouse=True)
def _machine():
    soft_lab.needs_pcscd()


def names(pcscd):
    tool = needs.needs_program("opensc-tool", "opensc")
    listed = subprocess.run([tool, "-l"], env=pcscd.environment(), capture_output=True, text=True, timeout=20).stdout
    return [line[20:].strip() for line in listed.splitlines()[2:]]


def test_it_has_the_readers_by_name_and_ends_without_a_trace():
    with PrivatePcscd(["Till one", "ACS ACR122U"]) as pcscd:
        assert names(pcscd) == ["Till one 00 00", "Till one 00 01", "ACS ACR122U 00 00", "ACS ACR122U 00 01"]
        assert pcscd.reader_names == ["Till one 00 00", "ACS ACR122U 00 00"]
        pid, folder = pcscd.pid, os.path.dirname(pcscd.socket_path)
        assert os.path.isdir("/proc/%d" % pid)
    assert not os.path.exists(folder) and not os.path.isdir("/proc/%d" % pid)


def test_it_runs_unprivileged_in_a_folder_of_its_own():
    with PrivatePcscd() as pcscd:
        assert os.stat("/proc/%d" % pcscd.pid).st_uid != 0
        assert os.stat(os.path.dirname(pcscd.socket_path)).st_mode & 0o077 == 0


def test_eight_entries_make_sixteen_readers():
    with PrivatePcscd(["Lane %d" % n for n in range(ENTRIES_MAX)]) as pcscd:
        assert len(names(pcscd)) == 16
        assert len(set(pcscd.ports)) == ENTRIES_MAX


def test_more_are_refused():
    with pytest.raises(BadInput):
        PrivatePcscd(["Lane"] * (ENTRIES_MAX + 1))


def test_two_live_side_by_side():
    with PrivatePcscd(["One"]) as one, PrivatePcscd(["Two"]) as two:
        assert names(one)[0] == "One 00 00" and names(two)[0] == "Two 00 00"


def test_it_can_die_and_come_back_with_the_same_ports_and_socket(tmp_path):
    card = soft_lab.new_card(tmp_path / "card.json")
    with PrivatePcscd() as pcscd, soft_lab.serving(card, pcscd.attach()):
        ports, path = pcscd.ports, pcscd.socket_path
        assert soft_lab.apdus(pcscd, pcscd.reader_names[0], ["ffca000000"]) == ["04a1b2c3d4e5f69000"]
        pcscd.stop(signal.SIGKILL)
        pcscd.start()
        assert (pcscd.ports, pcscd.socket_path) == (ports, path)
        assert soft_lab.apdus(pcscd, pcscd.reader_names[0], ["ffca000000"]) == ["04a1b2c3d4e5f69000"], "the card dialled again"


def test_ports_that_others_hold_are_avoided():
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        with PrivatePcscd() as pcscd:
            taken = other.getsockname()[1]
            assert taken not in (pcscd.ports[0], pcscd.ports[0] + 1)
