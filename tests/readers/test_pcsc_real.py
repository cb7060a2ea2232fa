"""PC/SC readers through a real pcscd and vpcd: cards that leave, swap, hang and return (reader notes, sections 1 to 4, 9)."""

import signal
import subprocess
import sys
import threading

import pytest

from cardos.errors import CardLost, ReaderLost
from host_tools.readers.find import find_readers, open_reader
from host_tools.readers.pcsc import PcscReader
from tests.readers.conftest import LANES, private_pcscd
from tests.readers.vpcd_card import CLOSE, HALF_A_FRAME, HANG, UID_A, UID_B, VpcdCard, after, storage_card

HANG_GUARD_S = 30


@pytest.fixture
def lanes(pcscd):
    """The private pcscd once it has seen the cards of the test before leave: it looks every 400 ms only."""
    for name in pcscd.reader_names:
        with PcscReader(name) as opened:
            assert opened.wait_for_removal(HANG_GUARD_S)
    return pcscd


@pytest.fixture
def reader(lanes):
    with PcscReader(lanes.reader_names[0]) as opened:
        yield opened


def present(reader):
    link = reader.wait_for_card(HANG_GUARD_S)
    assert link is not None
    return link


def present_soon(reader):
    """A link whose first exchange works, and the UID. After an unseen swap the first one fails (0x80100016 once): at most three."""
    for _ in range(3):
        link = present(reader)
        try:
            return link, uid_of(link)
        except CardLost:
            link.close()
    raise AssertionError("three presentations were not enough")


def uid_of(link):
    header = link.exchange(b"\x30\x00", 5)
    return header[:3] + header[4:8]


def test_1_the_environment_names_the_service(pcscd):
    """1, 9.2: PCSCLITE_CSOCK_NAME is respected; our readers are those of the private service."""
    assert [reader.name for reader in find_readers()][0] == "Lane 0 00 00"


def test_2_and_9_1_two_slots_each_and_chosen_by_name(pcscd):
    """2: each driver instance has exactly two slots, shown as "Lane 0 00 00" and "Lane 0 00 01"."""
    names = [reader.name for reader in find_readers()]
    assert names == ["Lane 0 00 00", "Lane 0 00 01", "Lane 1 00 00", "Lane 1 00 01"]
    with open_reader("lane 1 00 00") as chosen:
        assert chosen.name == "Lane 1 00 00"


def test_a_tap_reads_writes_and_authenticates(pcscd, reader):
    """6.1: READ, FAST_READ, WRITE, PWD_AUTH right and wrong, through pcscd as through plastic."""
    face = storage_card()
    with VpcdCard(pcscd.ports[0], face.transceive) as card, present(reader) as link:
        assert uid_of(link) == UID_A
        assert link.exchange(b"\xa2\x04abcd", 10) == b"\x0a"
        assert link.exchange(b"\x3a\x04\x04", 5) == b"abcd"
        assert link.exchange(b"\x1b\xff\xff\xff\xff", 5) == b"\x00\x00"
        assert len(link.exchange(b"\x1b\x00\x00\x00\x00", 5)) == 1
        assert link.exchanges == len(card.apdus) == 5
        assert (link.bytes_out, link.kind, link.card_kind) == (sum(map(len, card.apdus)), "pcsc", "type2")


@pytest.mark.parametrize("action", [CLOSE, HALF_A_FRAME, b"\x90"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_4_a_card_that_leaves_in_an_apdu_is_lost_and_the_next_one_is_fine(pcscd, reader, action, at):
    """4: SUCCESS with 0 bytes, with partial bytes, or with one byte; then the same reader takes the next card (no wedge)."""
    with VpcdCard(pcscd.ports[0], after(at, action, storage_card())):
        link = present(reader)
        for _ in range(at):
            link.exchange(b"\x30\x04", 5)
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)
        link.close()
    assert reader.wait_for_removal(HANG_GUARD_S)
    with VpcdCard(pcscd.ports[0], storage_card(UID_B).transceive), present(reader) as link:
        assert uid_of(link) == UID_B


def test_4_and_9_6_no_wedge_after_a_cut_and_an_immediate_disconnect(pcscd, reader):
    """4: UNPOWER right after a cut left the reader empty for ever, 4 of 4. With LEAVE, six in a row go on."""
    for _ in range(6):
        with VpcdCard(pcscd.ports[0], after(2, CLOSE, storage_card())):
            link, _uid = present_soon(reader)
            with pytest.raises(CardLost):
                for _ in range(3):
                    link.exchange(b"\x30\x04", 5)
            link.close()


def test_4_and_9_5_a_swapped_card_is_never_spoken_to_on_the_old_link(pcscd, reader):
    """4: another card between two polls gives 0x80100016 once; then the same handle would serve the new card with success."""
    second = storage_card(UID_B)
    first = VpcdCard(pcscd.ports[0], after(1, CLOSE, storage_card(UID_A)))
    link = present(reader)
    assert uid_of(link) == UID_A
    with pytest.raises(CardLost):
        link.exchange(b"\xa2\x04abcd", 10)
    with VpcdCard(pcscd.ports[0], second.transceive) as card:
        for _ in range(3):
            with pytest.raises(CardLost):
                link.exchange(b"\xa2\x04abcd", 10)
        assert card.apdus == []
        link.close()
        first.leave()
        fresh, uid = present_soon(reader)
        assert uid == UID_B
        fresh.close()


def test_4_and_9_10_a_swap_with_no_command_running_is_told_at_the_next_command(pcscd, reader):
    """4, 9.10: the poll gap hides the swap; the first command fails, nothing reaches the new card, the next link has it."""
    first = VpcdCard(pcscd.ports[0], storage_card(UID_A).transceive)
    link = present(reader)
    assert uid_of(link) == UID_A
    first.leave()
    with VpcdCard(pcscd.ports[0], storage_card(UID_B).transceive) as second:
        try:
            seen = uid_of(link)
        except CardLost:
            seen = None
        assert seen in (None, UID_B), "the tap compares the UID: it sees another card, or none"
        if seen is None:
            assert second.apdus == []
        link.close()
        fresh, uid = present_soon(reader)
        assert uid == UID_B
        fresh.close()


def test_4_fast_retaps_of_one_card_all_work(pcscd, reader):
    """4: presentations shorter than the poll may not be seen; whoever is seen, works."""
    card_face = storage_card()
    for _ in range(5):
        with VpcdCard(pcscd.ports[0], card_face.transceive):
            link, uid = present_soon(reader)
            assert uid == UID_A
            link.close()


def test_3_and_9_3_a_silent_card_does_not_hold_the_caller(lanes):
    """3: a silent card blocks SCardTransmit for ever; dropping the card is the only cure, and then the reader works again."""
    with PcscReader(lanes.reader_names[0], margin_ms=300, connect_limit_s=1.0, lease_limit_s=1.0) as reader:
        with VpcdCard(lanes.ports[0], after(1, HANG, storage_card())) as card:
            link = present(reader)
            link.exchange(b"\x30\x04", 5)
            with pytest.raises(ReaderLost) as caught:
                link.exchange(b"\x30\x04", 5)
            assert caught.value.code == "READER_HANGS" and card.hanging.is_set()
            link.close()
        with VpcdCard(lanes.ports[0], storage_card(UID_B).transceive):
            fresh, uid = present_soon(reader)
            assert uid == UID_B
            fresh.close()


def test_3_a_hung_reader_does_not_delay_its_sibling(lanes):
    """3: a busy slot does not delay its sibling, and two readers run side by side."""
    first, second = (PcscReader(name, margin_ms=1500) for name in lanes.reader_names[:2])
    with first, second, VpcdCard(lanes.ports[0], after(0, HANG, storage_card())) as stuck:
        link, troubles = present(first), []

        def hang():
            try:
                link.exchange(b"\x30\x04", 5)
            except ReaderLost as trouble:
                troubles.append(trouble)

        hanging = threading.Thread(target=hang)
        hanging.start()
        assert stuck.hanging.wait(HANG_GUARD_S)
        with VpcdCard(lanes.ports[1], storage_card(UID_B).transceive), present(second) as other:
            assert uid_of(other) == UID_B
        hanging.join(HANG_GUARD_S)
        assert len(troubles) == 1
        link.close()


def test_several_readers_at_once(lanes):
    """Two readers in parallel threads, 200 exchanges each, nothing crosses over."""
    seen = {}

    def tap(name, port, uid):
        with PcscReader(name) as reader, VpcdCard(port, storage_card(uid).transceive), present(reader) as link:
            seen[name] = {uid_of(link) for _ in range(200)}, link.exchanges

    threads = [threading.Thread(target=tap, args=row) for row in zip(lanes.reader_names, lanes.ports, (UID_A, UID_B))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_GUARD_S)
    assert seen == {lanes.reader_names[0]: ({UID_A}, 200), lanes.reader_names[1]: ({UID_B}, 200)}


def test_3_long_answers_pass_byte_for_byte(pcscd, reader):
    """3: vpcd passes everything; the longest direct answer that we ask for arrives whole."""
    face = storage_card()
    with VpcdCard(pcscd.ports[0], face.transceive), present(reader) as link:
        whole = link.exchange(b"\x3a\x04\x41", 20)
        assert len(whole) == 248
        assert whole[:16] == link.exchange(b"\x30\x04", 5)


@pytest.mark.parametrize("ability", ["bare", "transparent", "none"])
def test_6_1_a_reader_that_refuses_direct_transmit_is_remembered(pcscd, reader, ability):
    """6.1: the first FAST_READ is the probe; READ and WRITE go on; the next card is not asked again."""
    from cardos.errors import ReaderCannot

    for round_number in range(2):
        with VpcdCard(pcscd.ports[0], storage_card(ability=ability).transceive) as card, present(reader) as link:
            with pytest.raises(ReaderCannot):
                link.exchange(b"\x3a\x00\x07", 5)
            assert uid_of(link) == UID_A
            assert link.exchange(b"\xa2\x04abcd", 10) == b"\x0a"
            direct = [apdu for apdu in card.apdus if apdu[:2] == b"\xff\x00"]
            assert len(direct) == (1 if round_number == 0 else 0)
        assert reader.wait_for_removal(HANG_GUARD_S)


def test_2_lamps_go_by_the_readers_name_and_are_not_counted():
    """2: the reader name is FRIENDLYNAME, so an "ACR122U" of ours has its lamps; the APDU goes to the reader, not the card."""
    with private_pcscd(["ACS ACR122U"]) as pcscd:
        with PcscReader(pcscd.reader_names[0]) as reader, VpcdCard(pcscd.ports[0], storage_card().transceive) as card:
            with present(reader) as link:
                uid_of(link)
                reader.signal("done")
                assert card.apdus[-1].hex() == "ff00400e0401010101" and link.exchanges == 1
                reader.signal("no such word")
            reader.signal("done")
            assert len(card.apdus) == 2


def test_4_pcscd_killed_and_back():
    """4: killed: transmit 0x8010001D; reopen with back-off when the service returns; the wait outlives it."""
    with private_pcscd(LANES) as pcscd:
        with PcscReader(pcscd.reader_names[0]) as reader:
            with VpcdCard(pcscd.ports[0], storage_card().transceive):
                link = present(reader)
                uid_of(link)
                pcscd.stop(signal.SIGKILL)
                with pytest.raises(ReaderLost) as caught:
                    uid_of(link)
                assert caught.value.code == "NO_SERVICE"
                link.close()
            with pytest.raises(ReaderLost):
                reader.wait_for_card(0.2)
            assert reader.status() == ("gone", None)
            links = []
            waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(HANG_GUARD_S)))
            waiting.start()
            pcscd.start()
            with VpcdCard(pcscd.ports[0], storage_card(UID_B).transceive):
                waiting.join(HANG_GUARD_S)
                assert uid_of(links[0]) == UID_B
                links[0].close()


def test_4_and_9_12_harness_a_forked_child_does_not_keep_a_card_on_the_reader(pcscd, reader):
    """4: a child forked after the card's socket was opened keeps it alive; our cards shut the socket down."""
    card = VpcdCard(pcscd.ports[0], storage_card().transceive)
    present(reader).close()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        card.leave()
        assert reader.wait_for_removal(HANG_GUARD_S)
    finally:
        child.communicate(b"\n")
