"""Every return code that was measured, replayed by a stand-in for pyscard (reader notes, sections 3, 4, 5, 9)."""

import subprocess
import sys
import threading

import pytest

from cardos.errors import CardLost, ReaderCannot, ReaderLost
from host_tools.readers import scard
from host_tools.readers.pcsc import PcscReader
from tests.readers.fake_scard import NAME, OK, FakeScard

PAGES = bytes(range(16))
READ_OK = [OK, list(PAGES + b"\x90\x00")]
LEAVE, RESET, SHARED = 0, 1, 2
HANG_GUARD_S = 20


@pytest.fixture
def api():
    return FakeScard()


@pytest.fixture
def reader(api):
    with PcscReader(NAME, api, margin_ms=200, connect_limit_s=0.3, lease_limit_s=0.3) as opened:
        yield opened


def present(reader):
    link = reader.wait_for_card(HANG_GUARD_S)
    assert link is not None
    return link


def read(link):
    return link.exchange(b"\x30\x04", 5)


@pytest.mark.parametrize("answer", [[], [0x90]])
def test_4_and_9_4_empty_and_one_byte_answers_are_card_lost(api, reader, answer):
    """4: a card that closes gives SUCCESS with 0 bytes; pyscard's classes make hresult 0 of it. Fewer than 2 bytes = torn."""
    api.will("SCardTransmit", [OK, answer])
    with pytest.raises(CardLost):
        read(present(reader))


@pytest.mark.parametrize("code", [0x80100016, 0x80100068, 0x80100069, 0x8010000C, 0x80100066, 0x80100067, -2146435050])
def test_4_and_9_5_the_handle_is_dropped_on_every_code_that_speaks_of_the_card(api, reader, code):
    """4: after 0x80100016 the same handle would talk to a swapped card with success. Signed codes count too."""
    api.will("SCardTransmit", code, READ_OK)
    link = present(reader)
    with pytest.raises(CardLost):
        read(link)
    with pytest.raises(CardLost):
        read(link)
    assert len(api.called("SCardTransmit")) == 1


@pytest.mark.parametrize("code", [0x8010001D, 0x8010001E, 0x80100003, 0x80100017, 0x80100009, 0x8010002E, 0x80100013, 0x80101234])
def test_4_service_and_reader_codes_are_reader_lost(api, reader, code):
    api.will("SCardTransmit", code)
    with pytest.raises(ReaderLost) as caught:
        read(present(reader))
    assert caught.value.hint


def test_5_a_bad_handle_raises_system_error_in_pyscard_and_reader_lost_here(api, reader):
    """5: a failed SCardConnect returns an unusable handle: using it raises SystemError."""
    api.will("SCardTransmit", SystemError("returned NULL without setting an exception"))
    with pytest.raises(ReaderLost):
        read(present(reader))


def test_5_a_failed_connect_never_gives_a_link(api, reader):
    api.will("SCardConnect", [0x8010000C, 0, 0])
    assert reader.wait_for_card(0.1) is None
    assert not api.called("SCardTransmit") and not api.called("SCardDisconnect")


def test_5_sharing_violation_names_the_cause(api, reader):
    """5: exclusive against shared gives 0x8010000B at once."""
    api.will("SCardConnect", [0x8010000B, 0, 0])
    with pytest.raises(ReaderLost) as caught:
        reader.wait_for_card(0.1)
    assert caught.value.code == "READER_BUSY" and "Close" in caught.value.hint


def test_5_reset_by_another_program_is_met_by_one_reconnect(api, reader):
    """5: others get 0x80100068 on begin until SCardReconnect; the reconnect leaves the card as it is."""
    api.will("SCardBeginTransaction", 0x80100068, OK)
    present(reader)
    assert api.called("SCardReconnect") == [(42, SHARED, 3, LEAVE)]


def test_4_and_9_6_disposition_is_leave_everywhere(api, reader):
    """4: UNPOWER right after a torn command wedged the reader for ever (4 of 4)."""
    api.will("SCardTransmit", 0x80100069)
    link = present(reader)
    with pytest.raises(CardLost):
        read(link)
    link.close()
    assert [arguments[2] for arguments in api.called("SCardConnect")] == [SHARED]
    assert api.called("SCardEndTransaction") == [(42, LEAVE)] and api.called("SCardDisconnect") == [(42, LEAVE)]


def test_9_11_a_link_is_a_transaction_from_start_to_end(api, reader):
    api.will("SCardTransmit", READ_OK)
    link = present(reader)
    read(link)
    link.close()
    names = [name for name, _ in api.calls if name in ("SCardBeginTransaction", "SCardTransmit", "SCardEndTransaction", "SCardDisconnect")]
    assert names == ["SCardBeginTransaction", "SCardTransmit", "SCardEndTransaction", "SCardDisconnect"]
    link.close()
    with pytest.raises(ReaderLost):
        read(link)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_3_and_9_7_nothing_under_four_bytes_is_ever_sent(api, reader, size):
    """3: one byte collides with vpcd's control bytes and hangs the caller for ever."""
    link = present(reader)
    link.card_kind = "iso-dep"
    with pytest.raises(ReaderCannot):
        link.exchange(bytes(size), 5)
    assert not api.called("SCardTransmit")


def test_3_and_9_3_a_hung_driver_gives_the_caller_back(api, reader):
    """3: no APDU time-out exists anywhere. The handle is abandoned, and given back if the driver ever returns."""
    come_back = threading.Event()
    api.will("SCardTransmit", lambda *_: come_back.wait(HANG_GUARD_S) and READ_OK)
    link = present(reader)
    with pytest.raises(ReaderLost) as caught:
        read(link)
    assert caught.value.code == "READER_HANGS"
    link.close()
    assert not api.called("SCardDisconnect")
    with pytest.raises(ReaderLost) as caught:
        reader.wait_for_card(0.05)
    assert caught.value.code == "READER_HANGS" and len(api.called("SCardConnect")) == 1
    come_back.set()
    api.will("SCardTransmit", READ_OK)
    assert read(present(reader)) == PAGES
    assert api.called("SCardDisconnect")


def test_5_a_lease_held_elsewhere_ends_as_busy_and_is_not_taken_late(api, reader):
    """5: BeginTransaction blocks with no time-out while another program holds it."""
    free = threading.Event()
    api.will("SCardBeginTransaction", lambda *_: OK if free.wait(HANG_GUARD_S) else OK, OK)
    with pytest.raises(ReaderLost) as caught:
        reader.wait_for_card(0.6)
    assert caught.value.code == "READER_BUSY"
    free.set()
    present(reader)
    assert api.called("SCardDisconnect") == [(42, LEAVE)]  # the late transaction was given back


def test_4_a_service_that_died_is_met_by_new_contexts(api, reader):
    """4: SCardIsValidContext still says valid, so it is never asked; a new context decides, with a growing pause."""
    api.will("SCardTransmit", 0x8010001D)
    with pytest.raises(ReaderLost):
        read(present(reader))
    api.will("SCardGetStatusChange", 0x8010001D, 0x8010001D, None)
    api.will("SCardEstablishContext", [0x8010001D, 0], [0x8010001D, 0], [OK, 8])
    api.will("SCardTransmit", READ_OK)
    assert read(present(reader)) == PAGES


def test_an_absent_reader_is_told_when_the_time_is_up(api, reader):
    api.names.clear()
    api.will("SCardGetStatusChange", lambda context, timeout, states: [0x80100009, []] if states[0][0] == NAME else [0x8010000A, []])
    with pytest.raises(ReaderLost) as caught:
        reader.wait_for_card(0.1)
    assert caught.value.code == "READER_GONE" and reader.status() == ("gone", None)


def test_6_1_one_refusal_is_remembered_once_the_card_is_known_to_be_there(api, reader):
    """6.1: 63 00 may also mean that the card left: only a later READ on the same card makes the reader an unable one."""
    api.will("SCardTransmit", [OK, [0x63, 0x00]])
    link = present(reader)
    for _ in range(2):
        with pytest.raises(ReaderCannot):
            link.exchange(b"\x3a\x00\x07", 5)
    assert len(api.called("SCardTransmit")) == 1 and reader.carry == "pn532"
    link.close()
    api.will("SCardTransmit", [OK, [0x63, 0x00]], READ_OK)
    link = present(reader)
    with pytest.raises(ReaderCannot):
        link.exchange(b"\x3a\x00\x07", 5)
    assert read(link) == PAGES and reader.carry == "none"


def test_6_1_an_unknown_command_may_be_the_card_s_word_until_a_page_is_read(api, reader):
    """A card of another kind, swapped in within one look of the service, must not make a good reader unable for ever."""
    api.will("SCardTransmit", [OK, [0x6A, 0x81]], [OK, [0x6A, 0x81]], [OK, list(PAGES) + [0x90, 0x00]])
    link = present(reader)
    with pytest.raises(ReaderCannot):
        link.exchange(b"\x1b\xff\xff\xff\xff", 5)
    link.close()
    link = present(reader)
    with pytest.raises(ReaderCannot):
        link.exchange(b"\x1b\xff\xff\xff\xff", 5)
    assert link.exchange(b"\x30\x00", 5) == PAGES
    link.close()
    with pytest.raises(ReaderCannot):
        present(reader).exchange(b"\x1b\xff\xff\xff\xff", 5)
    assert len(api.called("SCardTransmit")) == 3


def test_6_1_a_reader_that_could_is_not_called_unable_when_a_card_leaves(api, reader):
    api.will("SCardTransmit", [OK, list(b"\xd5\x43\x00" + PAGES + b"\x90\x00")], [OK, [0x63, 0x00]])
    link = present(reader)
    assert link.exchange(b"\x3a\x00\x03", 5) == PAGES
    with pytest.raises(CardLost):
        link.exchange(b"\x3a\x00\x03", 5)
    assert reader.carry == "pn532"


def test_a_fast_read_too_long_for_the_reader_is_refused_before_it_is_sent(api, reader):
    with pytest.raises(ReaderCannot):
        present(reader).exchange(b"\x3a\x00\x86", 5)
    assert not api.called("SCardTransmit")


def test_exchanges_and_bytes_are_counted_as_transmitted(api, reader):
    api.will("SCardTransmit", READ_OK, [OK, list(b"\xd5\x43\x00\x80\x80\x90\x00")])
    link = present(reader)
    read(link)
    link.exchange(b"\x1b\xff\xff\xff\xff", 5)
    assert (link.exchanges, link.bytes_out, link.bytes_in) == (2, 5 + 12, 18 + 7)


def test_wake_is_not_lost_when_it_comes_before_the_wait(api, reader):
    """SCardCancel is not remembered by pcscd; `wake` is."""
    api.card = False
    cancelled = threading.Event()
    for _ in range(20):
        waiting = threading.Thread(target=reader.wait_for_card, args=(None, cancelled))
        cancelled.set()
        reader.wake()
        waiting.start()
        waiting.join(HANG_GUARD_S)
        assert not waiting.is_alive()
        cancelled.clear()


@pytest.mark.parametrize("wait, lies_there", [("wait_for_card", False), ("wait_for_removal", True)])
def test_wake_ends_every_kind_of_wait(api, reader, wait, lies_there):
    api.card = lies_there
    cancelled, answers = threading.Event(), []
    waiting = threading.Thread(target=lambda: answers.append(getattr(reader, wait)(None, cancelled)))
    waiting.start()
    cancelled.set()
    reader.wake()
    waiting.join(HANG_GUARD_S)
    assert answers in ([None], [False])


def test_idle_waiting_calls_nothing(api, reader):
    """No polling of ours: one blocked call, whatever the time."""
    api.card = False
    assert reader.wait_for_card(0.3) is None
    assert len(api.called("SCardGetStatusChange")) <= 2


def test_4_a_card_away_and_back_between_two_looks_counts_as_removed(api, reader):
    """4, 9.10: a re-tap inside one poll of ours shows in the event counter only."""
    present(reader).close()
    assert reader.wait_for_removal(0.05) is False
    api.change(card=False)
    api.change(card=True)
    assert reader.wait_for_removal(HANG_GUARD_S) is True


def test_a_returning_service_does_not_make_a_lying_card_a_new_one(api, reader):
    present(reader).close()
    api.will("SCardGetStatusChange", 0x8010001D, None)
    api.counter = 9
    assert reader.wait_for_removal(0.5) is False
    api.change(card=False)
    assert reader.wait_for_removal(HANG_GUARD_S) is True


def test_without_libpcsclite_nothing_is_printed_and_the_reason_is_told():
    """pyscard without libpcsclite prints to stdout, where only one JSON document may stand."""
    program = (
        "import ctypes\n"
        "def missing(name): raise OSError('no ' + name)\n"
        "ctypes.CDLL = missing\n"
        "from host_tools.readers import find\n"
        "import sys\n"
        "names, why = find.pcsc_names()\n"
        "assert names == [] and 'libpcsclite' in why and 'smartcard' not in sys.modules, why\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_9_2_importing_our_readers_does_not_load_pyscard_or_nfcpy():
    """9.2: environment before import. The libraries are loaded on first use."""
    program = "import sys, host_tools.readers.find, host_tools.readers.watch; assert not {'smartcard', 'nfc', 'serial'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_codes_are_unsigned():
    assert scard.ScardError(-2146435050).code == 0x80100016


@pytest.mark.parametrize("frame, answers, disposition", [
    ("1a00", [[OK, list(bytes.fromhex("d54300af" + "00" * 8 + "9000"))]], RESET),
    ("1a00", [[OK, list(bytes.fromhex("d54300af" + "00" * 8 + "9000"))], 0x80100016], LEAVE),
    ("1bffffffff", [[OK, list(bytes.fromhex("d543000000" + "9000"))]], LEAVE),
])
def test_a_card_that_keeps_its_session_is_reset_at_the_end_unless_it_was_lost(api, reader, frame, answers, disposition):
    """An Ultralight AES left in its session is silent to the next tap's plain frames."""
    api.will("SCardTransmit", *answers)
    link = present(reader)
    link.exchange(bytes.fromhex(frame), 20)
    if len(answers) > 1:
        with pytest.raises(CardLost):
            read(link)
    link.close()
    assert [arguments[1] for arguments in api.called("SCardEndTransaction")] == [disposition]


def test_a_ghost_is_told_also_when_its_uid_was_asked_first(api, reader):
    api.will("SCardTransmit", 0x80100016)
    link = present(reader)
    with pytest.raises(CardLost):
        link.presented(uid_wanted=True)
    assert link.was_ghost
    link.close()
    api.will("SCardTransmit", [OK, [4, 1, 2, 3, 4, 5, 6, 0x90, 0x00]], 0x80100016)
    api.change(True)
    link = present(reader)
    assert link.presented(uid_wanted=True).uid == bytes([4, 1, 2, 3, 4, 5, 6])
    with pytest.raises(CardLost):
        read(link)
    assert not link.was_ghost
