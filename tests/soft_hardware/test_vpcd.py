"""`softcard serve --attach vpcd://` through a real pcscd."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from host_tools.soft_hardware.private_pcscd import PrivatePcscd
from tests import needs, soft_lab

UID = "04a1b2c3d4e5f6"
ATR = "3b8f8001804f0ca0000003060300030000000068"
READ_10, WRITE_10 = "ffb0001004", "ffd60010040a0b0c0d"
MODES = ("not-sent", "not-executed", "half:old", "half:zero", "half:garbage", "half:new", "half:weak", "answer-lost")


@pytest.fixture(scope="module")
def pcscd():
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    with PrivatePcscd(["Lane %d" % number for number in range(8)]) as running:
        yield running


@pytest.fixture
def card(tmp_path):
    return soft_lab.new_card(tmp_path / "card.json")


@pytest.fixture
def lane(pcscd):
    """(attach address, reader name) of a reader that no test used in the last moments: pcscd looks every 400 ms."""
    lane.next = (getattr(lane, "next", -1) + 1) % len(pcscd.ports)
    return pcscd.attach(lane.next), pcscd.reader_names[lane.next]


def test_a_card_is_read_and_written(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach):
        heard = soft_lab.apdus(pcscd, reader, ["ffca000000", "atr", WRITE_10, READ_10, "ffb0009010", "ff00000003d44260"])
    assert heard == [UID + "9000", ATR, "9000", "0a0b0c0d9000", "6300", "d5430000040402010011039000"]
    assert soft_lab.memory(card).state()["pages"][0x10] == "0a0b0c0d"


def test_opensc_tool_sees_it(pcscd, lane, card):
    tool = needs.needs_program("opensc-tool", "opensc")
    attach, reader = lane
    with soft_lab.serving(card, attach):
        soft_lab.apdus(pcscd, reader, ["ffca000000"])
        told = subprocess.run([tool, "-r", reader, "-a", "-s", "FF:CA:00:00:00"], env=pcscd.environment(), capture_output=True, text=True, timeout=20)
    assert "3b:8f:80:01:80:4f" in told.stdout and "04 A1 B2 C3 D4 E5 F6" in told.stdout, told


@pytest.mark.parametrize("ability", ["pn532", "bare", "transparent", "none"])
def test_readers_of_different_ability(pcscd, lane, card, ability):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--reader", ability):
        heard = soft_lab.apdus(pcscd, reader, ["ff00000003d44260", "ff0000000160", "ffc2000002810000"])
    assert heard == {
        "pn532": ["d5430000040402010011039000", "6300", "6a81"],
        "bare": ["6300", "00040402010011039000", "6a81"],
        "transparent": ["6a81", "6a81", "c0030090009000"],
        "none": ["6a81", "6a81", "6a81"],
    }[ability]


@pytest.mark.parametrize("mode", MODES)
def test_a_tear_takes_the_card_and_leaves_the_page(pcscd, lane, card, mode):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--tear", "2:" + mode):
        heard = soft_lab.apdus(pcscd, reader, ["ffca000000", READ_10, WRITE_10, READ_10])
    assert heard == [UID + "9000", "000000009000", "", "error 80100016"]
    state = soft_lab.memory(card).state()
    if mode in ("half:new", "half:weak", "answer-lost"):
        assert state["pages"][0x10] == "0a0b0c0d"
    elif mode != "half:garbage":
        assert state["pages"][0x10] == "00000000"
    assert state["weak"] == ({"16": "0a0b0c0d"} if mode == "half:weak" else {})


def test_half_of_a_read_arrives_as_half(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--tear", "1:half"):
        assert soft_lab.apdus(pcscd, reader, ["ffca000000", "ffb0000010", READ_10]) == [UID + "9000", "04a1b29fc3d4e5f604", "error 80100016"]


def test_corrupt_flips_one_bit_and_the_card_stays(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--tear", "1:corrupt"):
        whole, corrupted, after = soft_lab.apdus(pcscd, reader, ["ffb0000010"] * 3)
    assert whole == after
    assert bin(int(whole, 16) ^ int(corrupted, 16)).count("1") == 1


def test_again_brings_the_card_back_after_its_seconds(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--tear", "0:answer-lost", "--again", "0.8"):
        before = time.monotonic()
        assert soft_lab.apdus(pcscd, reader, [WRITE_10]) == [""]
        assert soft_lab.apdus(pcscd, reader, [READ_10]) == ["0a0b0c0d9000"]
        assert time.monotonic() - before >= 0.8


def test_without_again_a_new_serve_brings_it_back(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--tear", "0:answer-lost"):
        soft_lab.apdus(pcscd, reader, [WRITE_10])
    with soft_lab.serving(card, attach):
        assert soft_lab.apdus(pcscd, reader, [READ_10]) == ["0a0b0c0d9000"]


def test_kill_9_leaves_the_true_memory_and_the_file_free(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach) as server:
        assert soft_lab.apdus(pcscd, reader, [WRITE_10]) == ["9000"]
        server.send_signal(signal.SIGKILL)
        server.wait(5)
    assert soft_lab.memory(card).state()["pages"][0x10] == "0a0b0c0d"
    with soft_lab.serving(card, attach):
        assert soft_lab.apdus(pcscd, reader, [READ_10]) == ["0a0b0c0d9000"]
    assert os.listdir(card.parent) == [card.name]


def test_an_older_image_put_back_while_served(pcscd, lane, card):
    attach, reader = lane
    older = card.read_bytes()
    with soft_lab.serving(card, attach):
        assert soft_lab.apdus(pcscd, reader, [WRITE_10, READ_10]) == ["9000", "0a0b0c0d9000"]
        card.write_bytes(older)
        time.sleep(0.6)  # one look of pcscd
        assert soft_lab.apdus(pcscd, reader, [READ_10]) == ["000000009000"]


def test_presentations_end_the_server(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--tear", "1:not-sent", "--again", "0.1", "--presentations", "1") as server:
        soft_lab.apdus(pcscd, reader, ["ffca000000", READ_10])
        assert server.wait(5) == 0


def test_a_presentation_ends_when_pcscd_powers_the_card_down(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach, "--presentations", "1") as server:
        time.sleep(0.8)
        assert server.poll() is None, "pcscd's own look at the card is no presentation"
        soft_lab.apdus(pcscd, reader, ["ffca000000"])
        assert server.poll() is None
        assert server.wait(9) == 0, "a moment after the last program let go"


def test_a_second_server_of_the_same_card_is_refused(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach):
        told = subprocess.run([sys.executable, "-m", "host_tools.cli.softcard", "serve", str(card), "--attach", attach], cwd=soft_lab.ROOT,
                              capture_output=True, text=True, timeout=20)
    assert told.returncode == 1 and "in use" in told.stderr


def catches(pid, number):
    """Whether a process has a handler of its own for this signal (Linux)."""
    mask = next(line.split()[1] for line in Path("/proc/%d/status" % pid).read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> number - 1 & 1)


def test_the_server_waits_for_a_driver_that_is_not_there_yet(card, free_port):
    server = subprocess.Popen([sys.executable, "-m", "host_tools.cli.softcard", "serve", str(card), "--attach", "vpcd://127.0.0.1:%d" % free_port],
                              cwd=soft_lab.ROOT, stdout=subprocess.PIPE, text=True)
    assert soft_lab.wait_until(lambda: catches(server.pid, signal.SIGTERM), 60)  # it has begun, however busy the machine is
    with pytest.raises(subprocess.TimeoutExpired):
        server.wait(0.7)
    server.terminate()
    assert server.communicate(timeout=5)[0] == "" and server.returncode == 0


def test_sixteen_bytes_and_long_answers_pass(pcscd, lane, card):
    attach, reader = lane
    with soft_lab.serving(card, attach):
        long = soft_lab.apdus(pcscd, reader, ["ff00000005d4423a003c", "ffd6001010" + bytes(range(16)).hex(), READ_10])
    assert len(long[0]) == 2 * (3 + 61 * 4 + 2) and long[1:] == ["9000", "000102039000"]


def test_ready_means_that_pcscd_has_looked(tmp_path):
    """A card that takes another's place at once is not ready before the driver's first look: until then pcscd shows the old one."""
    with socket.create_server(("127.0.0.1", 0)) as driver:
        path = soft_lab.new_card(tmp_path / "card.json")
        attach = "vpcd://127.0.0.1:%d" % driver.getsockname()[1]
        command = [sys.executable, "-m", "host_tools.cli.softcard", "serve", str(path), "--attach", attach]
        server = subprocess.Popen(command, cwd=soft_lab.ROOT, stdout=subprocess.PIPE)
        try:
            line, _ = driver.accept()
            with line:
                assert select.select([server.stdout], [], [], 0.3)[0] == []
                line.sendall(b"\x00\x01\x04")  # the driver asks for the ATR
                assert server.stdout.readline() == b"ready\n"
                assert line.recv(64)[2:].hex() == ATR
        finally:
            server.terminate()
            server.wait(10)
            server.stdout.close()
