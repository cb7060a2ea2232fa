"""A PN532 on a serial line through nfcpy's driver, without its tag layer (reader notes, section 7)."""

import os
import pty
import subprocess
import sys
import threading
import tty

import pytest

from cardos.errors import CardLost, ReaderCannot, ReaderLost
from host_tools.readers.find import open_reader
from tests import needs, soft_lab

UID = "04A1B2C3D4E5F6"
HANG_GUARD_S = 30


@pytest.fixture
def link_path(tmp_path):
    needs.needs_module("nfc")
    return tmp_path / "reader"


@pytest.fixture
def card(tmp_path):
    return soft_lab.new_card(tmp_path / "card.json", uid=UID)


@pytest.fixture
def reader(link_path):
    with open_reader("pn532:%s" % link_path) as opened:
        yield opened


def serving(card, link_path, *options):
    return soft_lab.serving(card, "pn532:%s" % link_path, *options)


def present(reader):
    link = reader.wait_for_card(HANG_GUARD_S)
    assert link is not None
    return link


def test_7_3_c_any_path_opens_and_one_frame_is_one_exchange(card, link_path, reader):
    """7.3 (c): a link anywhere, no root, no search. 7.5: no hidden repeats: every payload counted once."""
    with serving(card, link_path), present(reader) as link:
        assert (link.uid.hex().upper(), link.kind, link.card_kind) == (UID, "nfcpy", "type2")
        assert link.exchange(b"\xa2\x04abcd", 10) == b"\x0a"
        assert link.exchange(b"\x3a\x04\x04", 5) == b"abcd"
        assert link.exchange(b"\x1b\xff\xff\xff\xff", 5) == b"\x00\x00"
        assert link.exchange(b"\x60", 5).hex() == "0004040201001103"
        assert (link.exchanges, link.bytes_out, link.bytes_in) == (4, 6 + 3 + 5 + 1, 1 + 4 + 2 + 8)


def test_7_2_a_nak_is_one_byte_and_the_card_is_selected_again(card, link_path, reader):
    """7.2: CIU_RxMode bit 7 off, so a 4-bit answer comes as itself; the card fell to IDLE and is selected by its UID."""
    with serving(card, link_path), present(reader) as link:
        refused = link.exchange(b"\x1b\x00\x00\x00\x00", 5)
        assert len(refused) == 1 and refused != b"\x0a"
        assert len(link.exchange(b"\x30\x04", 5)) == 16
        assert link.exchanges == 2


@pytest.mark.parametrize("mode", ["not-sent", "not-executed", "half:old", "half:new", "half:garbage", "answer-lost"])
@pytest.mark.parametrize("at", [0, 1, 2, 4])
def test_7_5_every_cut_position_is_card_lost_at_that_exchange(card, link_path, reader, mode, at):
    """7.5: nfcpy's tag layer retries, loops for ever or says "no NDEF", by position; here N is N. The three kinds of cut."""
    with serving(card, link_path, "--tear", "%d:%s" % (at, mode)), present(reader) as link:
        for number in range(at):
            assert link.exchange(b"\xa2" + bytes([4 + number]) + b"abcd", 10) == b"\x0a"
        with pytest.raises(CardLost):
            link.exchange(b"\xa2" + bytes([4 + at]) + b"abcd", 10)
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)
        assert link.exchanges == at + 1
    landed = soft_lab.memory(card)
    landed.field_on()
    landed.activate()
    page = landed.transceive(bytes([0x3A, 4 + at, 4 + at]))
    if mode in ("half:new", "answer-lost"):
        assert page == b"abcd"
    elif mode != "half:garbage":
        assert page != b"abcd"


def test_7_5_half_an_answer_and_a_flipped_bit_are_never_data(card, link_path, reader):
    """7.5: an answer whose CRC does not fit is CardLost. (A flip that the card itself made would pass: it has a CRC.)"""
    with serving(card, link_path, "--tear", "0:half"), present(reader) as link:
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)


def test_7_5_a_card_that_comes_back_is_a_new_link(card, link_path, reader):
    with serving(card, link_path, "--tear", "1:answer-lost", "--again", "0.3"):
        link = present(reader)
        link.exchange(b"\x30\x04", 5)
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)
        link.close()
        with present(reader) as again:
            assert len(again.exchange(b"\x30\x04", 5)) == 16


def test_7_2_no_card_is_not_a_time_out_and_wake_ends_the_wait(card, link_path, reader):
    """7.2: 4A with MaxRetry FF keeps waiting until a card comes or the host's ACK; the chip looks, not we."""
    with serving(card, link_path, "--tear", "0:not-sent"):
        link = present(reader)
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)
        link.close()
        assert reader.wait_for_removal(HANG_GUARD_S) is True
        assert reader.wait_for_card(0.3) is None
        cancelled, answers = threading.Event(), []
        waiting = threading.Thread(target=lambda: answers.append(reader.wait_for_card(None, cancelled)))
        waiting.start()
        cancelled.set()
        reader.wake()
        waiting.join(HANG_GUARD_S)
        assert answers == [None]
        assert reader.status() == ("empty", None)


def test_7_5_a_card_that_stays_is_told_from_one_that_left(card, link_path, reader):
    with serving(card, link_path) as server:
        present(reader).close()
        assert reader.wait_for_removal(0.6) is False
        server.terminate()
        assert reader.wait_for_removal(HANG_GUARD_S) is True


def test_7_2_the_line_dies_and_comes_back(card, link_path, reader):
    """A dead line is ReaderLost, not "no card"; the next wait opens it again."""
    with serving(card, link_path) as server:
        link = present(reader)
        server.kill()
        server.wait()
        with pytest.raises(ReaderLost):
            link.exchange(b"\x30\x04", 5)
        link.close()
    with pytest.raises(ReaderLost):
        reader.wait_for_card(0.3)
    assert reader.status() == ("gone", None)
    links = []
    waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(HANG_GUARD_S)))
    waiting.start()
    with serving(card, link_path):
        waiting.join(HANG_GUARD_S)
        assert len(links[0].exchange(b"\x30\x04", 5)) == 16


def test_7_1_a_chip_that_says_nothing_is_reader_lost(link_path, reader):
    """7.1: every command is ACKed first; nobody at the other end is no card problem."""
    master, slave = pty.openpty()
    try:
        tty.setraw(slave)
        link_path.symlink_to(os.ttyname(slave))
        with pytest.raises(ReaderLost) as caught:
            reader.wait_for_card(0.1)
        assert caught.value.code == "READER_GONE"
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("rubbish", [b"\x00", b"\x00\x00\xff", b"\x00\x00\xff\x00\xff\x00" * 3, b"\xff" * 300, b"\x00\x00\xff\x02\xfe\xd5"])
def test_7_1_rubbish_on_the_line_is_reader_lost(link_path, reader, rubbish):
    master, slave = pty.openpty()
    stop = threading.Event()

    def babble():
        while not stop.is_set():
            if os.read(master, 4096):
                os.write(master, rubbish)

    try:
        tty.setraw(slave)
        link_path.symlink_to(os.ttyname(slave))
        threading.Thread(target=babble, daemon=True).start()
        with pytest.raises(ReaderLost):
            reader.wait_for_card(0.1)
    finally:
        stop.set()
        os.write(slave, b"end")
        os.close(slave)


def test_7_3_a_path_that_is_no_line(tmp_path, link_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with open_reader("pn532:%s" % path) as reader, pytest.raises(ReaderLost):
            reader.wait_for_card(0.1)
    odd = tmp_path / "a;touch b"
    odd.write_text("")
    with open_reader("pn532:%s" % odd) as reader, pytest.raises(ReaderLost):
        reader.wait_for_card(0.1)
    assert not (tmp_path / "b").exists()


def test_one_line_has_one_user_across_processes(card, link_path, reader):
    with serving(card, link_path), present(reader):
        program = (
            "from cardos.errors import ReaderLost\n"
            "from host_tools.readers.find import open_reader\n"
            "try: open_reader('pn532:%s').wait_for_card(0.2)\n"
            "except ReaderLost as error: print(error.code)\n" % link_path
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=soft_lab.ROOT)
        assert done.stdout == "READER_BUSY\n", done.stderr


def test_a_classic_card_is_told_and_never_sent_anything(reader):
    from host_tools.readers.nfcpy_link import NfcpyLink

    link = NfcpyLink(reader, None, 0x08, b"\x04" * 4)
    for ask in (link.presented, lambda: link.exchange(b"\x60\x04" + b"\xff" * 6, 5)):
        with pytest.raises(ReaderCannot) as caught:
            ask()
        assert caught.value.code == "FAMILY_NOT_ON_THIS_READER"
    assert link.exchanges == 0
