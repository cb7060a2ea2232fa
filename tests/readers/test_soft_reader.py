"""The reader made of code: what the demo and the tests of taps stand on."""

import threading

import pytest

from cardos.errors import BadInput, CardLost
from cardos.soft_cards.registry import new_card
from host_tools.readers.soft import SoftReader

UID = bytes.fromhex("04A1B2C3D4E5F6")
HANG_GUARD_S = 20


@pytest.fixture
def card():
    return new_card("ntag215", UID)


@pytest.fixture
def reader():
    with SoftReader() as opened:
        yield opened


def test_a_card_put_down_is_a_link_with_its_uid(reader, card):
    reader.put(card)
    with reader.wait_for_card(0) as link:
        assert (link.uid, link.kind, link.card_kind) == (UID, "soft", "type2")
        assert link.exchange(b"\xa2\x04abcd", 10) == b"\x0a"
        assert link.exchange(b"\x3a\x04\x04", 5) == b"abcd"
        assert (link.exchanges, link.bytes_out, link.bytes_in) == (2, 6 + 3, 1 + 4)
    assert reader.status() == ("card", {"uid": UID.hex(), "kind": "soft"})


def test_waiting_ends_by_put_by_time_and_by_wake(reader, card):
    assert reader.wait_for_card(0) is None
    links, cancelled = [], threading.Event()
    waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(None, cancelled)))
    waiting.start()
    reader.put(card)
    waiting.join(HANG_GUARD_S)
    assert links[0].uid == UID
    reader.remove()
    waiting = threading.Thread(target=lambda: links.append(reader.wait_for_card(None, cancelled)))
    waiting.start()
    cancelled.set()
    reader.wake()
    waiting.join(HANG_GUARD_S)
    assert links[1] is None


def test_removal_and_a_fast_retap_are_seen(reader, card):
    reader.put(card)
    reader.wait_for_card(0).close()
    assert reader.wait_for_removal(0) is False
    reader.remove()
    reader.put(card)
    assert reader.wait_for_removal(0) is True


def test_a_card_taken_away_between_exchanges_is_lost(reader, card):
    reader.put(card)
    link = reader.wait_for_card(0)
    link.exchange(b"\x30\x04", 5)
    reader.remove()
    for _ in range(2):
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 5)
    reader.put(card)
    with pytest.raises(CardLost):
        link.exchange(b"\x30\x04", 5)
    assert reader.wait_for_card(0).exchange(b"\x30\x04", 5)


def test_a_card_pulled_during_the_delay_never_saw_the_command(reader, card):
    reader.delay_s = HANG_GUARD_S
    reader.put(card)
    link = reader.wait_for_card(0)
    threading.Timer(0.05, reader.remove).start()
    before = card.state()
    with pytest.raises(CardLost):
        link.exchange(b"\xa2\x04abcd", 10)
    assert card.state() == before


@pytest.mark.parametrize("mode, landed", [("not-sent", False), ("not-executed", False), ("half:old", False), ("half:new", True), ("answer-lost", True)])
def test_pull_after_n_exchanges_in_a_tear_mode(reader, card, mode, landed):
    reader.pull_after(1, mode)
    reader.put(card)
    link = reader.wait_for_card(0)
    link.exchange(b"\x30\x04", 5)
    with pytest.raises(CardLost):
        link.exchange(b"\xa2\x05abcd", 10)
    assert reader.status() == ("empty", None)
    reader.put(card)
    with reader.wait_for_card(0) as again:
        assert (again.exchange(b"\x3a\x05\x05", 5) == b"abcd") is landed


def test_half_a_read_is_lost_and_a_corrupt_one_is_delivered(reader, card):
    reader.pull_after(0, "half")
    reader.put(card)
    with pytest.raises(CardLost):
        reader.wait_for_card(0).exchange(b"\x30\x00", 5)
    reader.pull_after(0, "corrupt")
    reader.put(card)
    with reader.wait_for_card(0) as link:
        corrupt, whole = link.exchange(b"\x30\x00", 5), link.exchange(b"\x30\x00", 5)
    assert corrupt != whole and len(corrupt) == 16


def test_an_unknown_tear_mode_is_refused(reader):
    with pytest.raises(BadInput):
        reader.pull_after(0, "gently")


def test_a_nak_drops_the_card_and_the_reader_selects_it_again(reader, card):
    reader.put(card)
    with reader.wait_for_card(0) as link:
        assert link.exchange(b"\x1b\x00\x00\x00\x00", 5) != b"\x0a"
        assert len(link.exchange(b"\x30\x00", 5)) == 16


def test_two_cards_in_the_field(reader, card):
    reader.put(card)
    reader.put(new_card("ntag215", bytes.fromhex("04112233445566")))
    with pytest.raises(CardLost) as caught:
        reader.wait_for_card(0).exchange(b"\x30\x00", 5)
    assert caught.value.code == "TWO_CARDS"


def test_a_signal_is_kept_for_the_page(reader):
    reader.signal("reward")
    assert reader.last_signal == "reward"


def test_an_iso_dep_card_gets_whole_commands_and_never_falls_to_idle(reader):
    reader.put(new_card("ntag424", UID))
    with reader.wait_for_card(0) as link:
        assert link.presented() == ("iso-dep", UID, bytes.fromhex("067777710280"), None, None)
        assert link.exchange(bytes.fromhex("00A4040C07D276000085010100"), 50) == b"\x90\x00"
        assert link.exchange(bytes.fromhex("00A4000C02E104"), 50) == b"\x90\x00"
        assert link.exchange(b"\x00\xff\x00\x00", 50)[:1] == b"\x6d"
        assert link.exchange(bytes.fromhex("00B0000002"), 50) == b"\x00\x00\x90\x00", "the selected file survives a refusal"
        assert link.exchanges == 4


def test_an_iso_dep_card_is_pulled_at_a_command(reader):
    reader.pull_after(1, "answer-lost")
    reader.put(new_card("desfire-ev2", UID))
    with reader.wait_for_card(0) as link:
        assert link.exchange(bytes.fromhex("9060000000"), 50)[-2:] == b"\x91\xaf"
        with pytest.raises(CardLost):
            link.exchange(bytes.fromhex("90AF000000"), 50)
        with pytest.raises(CardLost):
            link.presented()


def test_a_classic_card_says_no_to_a_key_as_through_every_reader(reader):
    reader.put(new_card("classic-1k", bytes.fromhex("5CA1B2C3")))
    with reader.wait_for_card(0) as link:
        assert link.presented() == ("classic", bytes.fromhex("5CA1B2C3"), b"", "classic-1k", None)
        assert link.exchange(b"\x60\x04" + bytes(6), 20) == b"\x00"
        assert link.exchange(b"\x60\x04" + b"\xff" * 6, 20) == b"\x0a"
        assert link.exchange(b"\x30\x04", 20) == bytes(16)
    reader.remove()
    reader.pull_after(0, "not-sent")
    reader.put(new_card("classic-1k", bytes.fromhex("5CA1B2C3")))
    with reader.wait_for_card(0) as link, pytest.raises(CardLost):
        link.exchange(b"\x60\x04" + b"\xff" * 6, 20)
