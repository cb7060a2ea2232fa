"""Several programs on one reader, through a real pcscd (reader notes, section 5, 9.11)."""

import subprocess
import sys
import threading

import pytest

from cardos.errors import ReaderLost
from host_tools.readers import scard
from host_tools.readers.pcsc import PcscReader
from tests.readers.vpcd_card import UID_A, VpcdCard, storage_card

HANG_GUARD_S = 30
EXCLUSIVE, SHARED, ANY = 1, 2, 3
LEAVE, RESET = 0, 1
SHARING_VIOLATION = 0x8010000B


class OtherProgram:
    """Another program's handle on the reader, by bare PC/SC calls."""

    def __init__(self, name):
        self._api = scard.load()
        _, self._context = self._api.SCardEstablishContext(2)
        self._name = name
        self.handle = None

    def connect(self, share):
        code, self.handle, _ = self._api.SCardConnect(self._context, self._name, share, ANY)
        return code & 0xFFFFFFFF

    def begin(self):
        return self._api.SCardBeginTransaction(self.handle) & 0xFFFFFFFF

    def end(self, disposition):
        return self._api.SCardEndTransaction(self.handle, disposition) & 0xFFFFFFFF

    def read_uid(self):
        code, answer = self._api.SCardTransmit(self.handle, self._api.SCARD_PCI_T1, [0xFF, 0xCA, 0, 0, 0])
        return code & 0xFFFFFFFF, bytes(answer)

    def disconnect(self):
        if self.handle is not None:
            self._api.SCardDisconnect(self.handle, LEAVE)
            self.handle = None

    def close(self):
        self.disconnect()
        self._api.SCardReleaseContext(self._context)


@pytest.fixture
def reader(pcscd):
    with PcscReader(pcscd.reader_names[0], lease_limit_s=0.5) as opened:
        assert opened.wait_for_removal(HANG_GUARD_S)
        yield opened


@pytest.fixture
def card(pcscd, reader):
    with VpcdCard(pcscd.ports[0], storage_card().transceive) as lying:
        reader.wait_for_card(HANG_GUARD_S).close()
        yield lying


@pytest.fixture
def other(pcscd, card):
    program = OtherProgram(pcscd.reader_names[0])
    yield program
    program.close()


def uid_of(link):
    header = link.exchange(b"\x30\x00", 5)
    return header[:3] + header[4:8]


def test_5_exclusive_elsewhere_is_told_and_waited_for(reader, other):
    """5: exclusive against shared: 0x8010000B at once. pcscd tells nobody that it is over, so the wait looks again."""
    assert other.connect(EXCLUSIVE) == 0
    assert reader.status()[0] == "in_use"
    with pytest.raises(ReaderLost) as caught:
        reader.wait_for_card(0.3)
    assert caught.value.code == "READER_BUSY"
    links = []
    waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(HANG_GUARD_S)))
    waiting.start()
    threading.Timer(0.05, other.disconnect).start()
    waiting.join(HANG_GUARD_S)
    assert uid_of(links[0]) == UID_A
    links[0].close()


def test_5_the_other_order_an_exclusive_program_waits_for_the_end_of_our_lease(reader, other):
    """5: and never disturbs it. (Without a transaction it would get 0x8010000B at once; inside one its connect waits.)"""
    codes = []
    with reader.wait_for_card(HANG_GUARD_S) as link:
        connecting = threading.Thread(target=lambda: codes.append(other.connect(EXCLUSIVE)))
        connecting.start()
        for _ in range(50):
            assert uid_of(link) == UID_A
        assert codes in ([], [SHARING_VIOLATION])
    connecting.join(HANG_GUARD_S)
    assert codes in ([0], [SHARING_VIOLATION])


def test_5_a_transaction_elsewhere_is_waited_for_and_then_named(reader, other):
    """5: BeginTransaction of others blocks with no time-out; when the holder ends, the late lease is given back and a new one taken."""
    assert other.connect(SHARED) == 0 and other.begin() == 0
    with pytest.raises(ReaderLost) as caught:
        reader.wait_for_card(1.0)
    assert caught.value.code == "READER_BUSY"
    assert other.end(LEAVE) == 0
    with reader.wait_for_card(HANG_GUARD_S) as link:
        assert uid_of(link) == UID_A


def test_5_end_transaction_with_reset_by_another(reader, other):
    """5: the others get 0x80100068 until they reconnect."""
    assert other.connect(SHARED) == 0 and other.begin() == 0
    links = []
    waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(HANG_GUARD_S)))
    waiting.start()
    assert other.end(RESET) == 0
    waiting.join(HANG_GUARD_S)
    assert uid_of(links[0]) == UID_A
    links[0].close()


def test_5_closing_our_link_does_not_reset_the_handles_of_others(reader, other):
    """5: pyscard's disconnect() resets the other handles (0x80100068); ours leaves them alone."""
    assert other.connect(SHARED) == 0
    with reader.wait_for_card(HANG_GUARD_S) as link:
        uid_of(link)
    assert other.read_uid() == (0, UID_A + b"\x90\x00")


HOLDER = """
import sys
sys.path.insert(0, {root!r})
from host_tools.readers.pcsc import PcscReader
link = PcscReader({name!r}).wait_for_card(20)
print("holds", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("end", ["release", "kill"])
def test_5_and_9_11_two_processes_take_turns(pcscd, reader, card, end):
    """5, 9.11: one link is one transaction: the second process waits; a holder that dies frees it at once."""
    from tests.soft_lab import ROOT

    program = HOLDER.format(root=str(ROOT), name=pcscd.reader_names[0])
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "holds\n"
        with pytest.raises(ReaderLost) as caught:
            reader.wait_for_card(1.0)
        assert caught.value.code == "READER_BUSY"
        if end == "kill":
            holder.kill()
        else:
            holder.stdin.write("\n")
            holder.stdin.flush()
        with reader.wait_for_card(HANG_GUARD_S) as link:
            assert uid_of(link) == UID_A
    finally:
        holder.kill()
        holder.communicate()


def test_5_a_card_that_leaves_while_we_wait_for_the_lease(pcscd, reader):
    """5: both get 0x80100069 in ~0.6 s: we go back to waiting for a card."""
    with VpcdCard(pcscd.ports[0], storage_card().transceive):
        reader.wait_for_card(HANG_GUARD_S).close()
        other = OtherProgram(pcscd.reader_names[0])
        assert other.connect(SHARED) == 0 and other.begin() == 0
        links = []
        waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(HANG_GUARD_S)))
        waiting.start()
    threading.Timer(1.0, other.close).start()
    with VpcdCard(pcscd.ports[0], storage_card().transceive):
        waiting.join(HANG_GUARD_S)
        assert links[0] is not None
        links[0].close()
