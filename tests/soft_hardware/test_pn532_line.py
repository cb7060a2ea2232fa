"""`softcard serve --attach pn532:LINK` with unmodified nfc-list, nfc-mfultralight and nfcpy."""

import contextlib
import os
import signal
import subprocess
import time

import pytest

from tests import needs, soft_lab


@pytest.fixture
def card(tmp_path):
    return soft_lab.new_card(tmp_path / "card.json")


@pytest.fixture
def link(tmp_path):
    return tmp_path / "reader"


def libnfc(program, link, *words):
    path = needs.needs_program(program, "libnfc-bin")
    environment = dict(os.environ, LIBNFC_DEFAULT_DEVICE="pn532_uart:%s" % link)
    return subprocess.run([path, *words], env=environment, capture_output=True, text=True, timeout=30)


@contextlib.contextmanager
def on_nfcpy(card, link, *options):
    """The card served on the link. Yields (server, a function that opens nfcpy there); closes nfcpy before the line goes."""
    with soft_lab.serving(card, "pn532:%s" % link, *options) as server:
        opened = []

        def open_frontend():
            close_all()
            opened.append(soft_lab.nfcpy_frontend(link))
            return opened[-1]

        def close_all():
            while opened:
                frontend = opened.pop()
                if server.poll() is None:
                    frontend.close()

        try:
            yield server, open_frontend
        finally:
            close_all()


def connect(frontend, seconds=5.0):
    deadline = time.monotonic() + seconds
    return frontend.connect(rdwr={"on-connect": lambda tag: False}, terminate=lambda: time.monotonic() > deadline)


def test_the_link_is_there_while_served_and_gone_after(card, link):
    with soft_lab.serving(card, "pn532:%s" % link):
        assert os.readlink(link).startswith("/dev/pts/")
    assert not os.path.lexists(link)


def test_a_stale_link_is_replaced_and_a_file_is_not(card, link, tmp_path):
    with soft_lab.serving(card, "pn532:%s" % link) as server:
        server.send_signal(signal.SIGKILL)
        server.wait(5)
    assert os.path.islink(link)
    with soft_lab.serving(card, "pn532:%s" % link):
        pass
    link.write_text("precious")
    with pytest.raises(AssertionError, match="ended with"):
        with soft_lab.serving(card, "pn532:%s" % link):
            pass
    assert link.read_text() == "precious"


def test_nfc_list_sees_the_card(card, link):
    with soft_lab.serving(card, "pn532:%s" % link):
        told = libnfc("nfc-list", link, "-v")
    assert told.returncode == 0
    assert "1 ISO14443A passive target(s) found" in told.stdout and "04  a1  b2  c3  d4  e5  f6" in told.stdout
    assert "error level" not in told.stderr and "Application level error" not in told.stderr


@pytest.mark.parametrize("family, pages", [("ntag213", 45), ("ntag215", 135), ("ntag216", 231)])
def test_nfc_mfultralight_dumps_the_whole_memory(tmp_path, link, family, pages):
    card = soft_lab.new_card(tmp_path / "card.json", family)
    dump = tmp_path / "dump.mfd"
    with soft_lab.serving(card, "pn532:%s" % link):
        told = libnfc("nfc-mfultralight", link, "r", str(dump))
    assert "%d of %d pages read" % (pages, pages) in told.stdout, told
    memory = bytes.fromhex("".join(soft_lab.memory(card).state()["pages"]))
    assert dump.read_bytes() == memory[:-8] + bytes(8), "PWD and PACK read as zeros"


def test_nfcpy_knows_the_chip_and_reads_and_writes_its_link(card, link):
    ndef = needs.needs_module("ndef")
    with on_nfcpy(card, link) as (server, nfcpy):
        tag = connect(nfcpy())
        assert tag.product == "NXP NTAG215" and tag.identifier == bytes.fromhex("04A1B2C3D4E5F6")
        assert tag.ndef is not None and tag.ndef.capacity == 492
        tag.ndef.records = [ndef.UriRecord("https://example.org/c/7")]
        again = connect(nfcpy())
        assert [record.uri for record in again.ndef.records] == ["https://example.org/c/7"]
        assert again.signature == bytes(32)
    assert soft_lab.memory(card).state()["pages"][4:6] == ["0314d101", "10550465"]


def test_nfcpy_protects_and_opens_a_card_with_a_password(tmp_path, link):
    """nfcpy writes AUTH0 before PWD, so it takes chips for granted whose configuration counts from the next selection on."""
    card = soft_lab.new_card(tmp_path / "card.json", locks_effective="after selection")
    with on_nfcpy(card, link) as (server, nfcpy):
        tag = connect(nfcpy())
        assert tag.protect(b"secret", read_protect=True, protect_from=0x10)
        tag.write(0x10, b"\1\2\3\4")
        again = connect(nfcpy())
        tt2 = needs.needs_module("nfc.tag.tt2")
        with pytest.raises(tt2.Type2TagCommandError):
            again.read(0x10)
        assert again.authenticate(b"secret")
        assert again.read(0x10)[:4] == b"\1\2\3\4"


def test_nfcpy_dump_stops_at_the_last_page(card, link):
    with on_nfcpy(card, link) as (server, nfcpy):
        lines = connect(nfcpy()).dump()
    assert "134" in "".join(lines) or any(line.startswith("086") for line in lines), lines[-3:]


def raw(frontend, frame, timeout=0.05):
    """One frame through nfcpy's exchange."""
    return frontend.exchange(bytearray(frame), timeout)


def sense(frontend):
    clf = needs.needs_module("nfc.clf")
    return frontend.sense(clf.RemoteTarget("106A"))


@pytest.mark.parametrize("mode, left", [("not-sent", "00000000"), ("not-executed", "00000000"), ("half:new", "0a0b0c0d"), ("half:zero", "00000000"),
                                        ("answer-lost", "0a0b0c0d")])
def test_a_tear_silences_the_card_until_it_is_served_again(card, link, mode, left):
    clf = needs.needs_module("nfc.clf")
    with on_nfcpy(card, link, "--tear", "1:" + mode) as (server, nfcpy):
        frontend = nfcpy()
        assert sense(frontend) is not None
        assert len(raw(frontend, b"\x30\x10")) == 16
        with pytest.raises(clf.TimeoutError):
            raw(frontend, bytes.fromhex("a2100a0b0c0d"))
        with pytest.raises(clf.TimeoutError):
            raw(frontend, b"\x30\x10")
        assert sense(frontend) is None
    assert soft_lab.memory(card).state()["pages"][0x10] == left


def test_half_an_answer_is_a_transmission_error(card, link):
    clf = needs.needs_module("nfc.clf")
    with on_nfcpy(card, link, "--tear", "0:half") as (server, nfcpy):
        frontend = nfcpy()
        sense(frontend)
        with pytest.raises(clf.TransmissionError):
            raw(frontend, b"\x30\x00")


def test_corrupt_passes_the_crc_and_the_card_stays(card, link):
    with on_nfcpy(card, link, "--tear", "1:corrupt") as (server, nfcpy):
        frontend = nfcpy()
        sense(frontend)
        answers = [bytes(raw(frontend, b"\x30\x00")) for _ in range(3)]
    assert answers[0] == answers[2]
    assert bin(int.from_bytes(answers[0], "big") ^ int.from_bytes(answers[1], "big")).count("1") == 1


def test_again_brings_it_back(card, link):
    clf = needs.needs_module("nfc.clf")
    with on_nfcpy(card, link, "--tear", "0:answer-lost", "--again", "0.5") as (server, nfcpy):
        frontend = nfcpy()
        sense(frontend)
        with pytest.raises(clf.TimeoutError):
            raw(frontend, bytes.fromhex("a2100a0b0c0d"))
        assert sense(frontend) is None
        assert soft_lab.wait_until(lambda: sense(frontend) is not None, 3)
        assert raw(frontend, b"\x30\x10")[:4] == b"\x0a\x0b\x0c\x0d"


def test_presentations_count_nfcpys_many_selections_as_one(card, link):
    with on_nfcpy(card, link, "--presentations", "2") as (server, nfcpy):
        for left in (True, False):
            frontend = nfcpy()
            assert connect(frontend) is not None
            assert server.poll() is None
            frontend.device.mute()
            assert soft_lab.wait_until(lambda: server.poll() is not None, 1.0) is not left
        assert server.poll() == 0


def test_a_host_may_abort_a_poll_without_end(card, link):
    """4A with MaxRetry FF keeps the chip waiting; the host's ACK ends it and the next command is answered."""
    from host_tools.soft_hardware import hsu_frames

    with soft_lab.serving(card, "pn532:%s" % link, "--tear", "0:not-sent"):
        line = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            def say(payload):
                os.write(line, hsu_frames.frame(bytes.fromhex(payload)))
                return heard(0.3)

            def heard(seconds):
                os.set_blocking(line, False)
                deadline, got = time.monotonic() + seconds, b""
                while time.monotonic() < deadline:
                    try:
                        got += os.read(line, 500)
                    except BlockingIOError:
                        time.sleep(0.01)
                return got

            assert say("d44a0100") == hsu_frames.ACK + hsu_frames.frame(bytes.fromhex("d54b010100440007" + "04a1b2c3d4e5f6"))
            assert say("d4423000") == hsu_frames.ACK + hsu_frames.frame(bytes.fromhex("d54301")), "gone: time-out"
            assert say("d44a0100") == hsu_frames.ACK, "acknowledged, and waiting"
            os.write(line, hsu_frames.ACK)
            version = hsu_frames.frame(bytes.fromhex("d50332010607"))
            assert say("d402") == hsu_frames.ACK + version
            os.write(line, hsu_frames.NACK)
            assert heard(0.2) == version, "NACK: once more"
            assert say("d499") == hsu_frames.ACK + hsu_frames.SYNTAX_ERROR
        finally:
            os.close(line)


def test_kill_9_leaves_the_true_memory(card, link):
    with on_nfcpy(card, link) as (server, nfcpy):
        frontend = nfcpy()
        sense(frontend)
        assert raw(frontend, bytes.fromhex("a2100a0b0c0d")) == b"\x0a"
        server.send_signal(signal.SIGKILL)
        server.wait(5)
    assert soft_lab.memory(card).state()["pages"][0x10] == "0a0b0c0d"


def test_an_older_image_put_back_while_served(card, link):
    older = card.read_bytes()
    with on_nfcpy(card, link) as (server, nfcpy):
        frontend = nfcpy()
        sense(frontend)
        assert raw(frontend, bytes.fromhex("a2100a0b0c0d")) == b"\x0a"
        card.write_bytes(older)
        assert sense(frontend) is not None
        assert raw(frontend, b"\x30\x10")[:4] == bytes(4)
