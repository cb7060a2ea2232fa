"""ISO-DEP and Classic cards behind a real pcscd: what activation tells, counting, tears (reader notes, sections 4 and 6)."""

import pytest

from cardos.errors import CardLost, ReaderCannot
from host_tools.readers.pcsc import PcscReader
from tests import soft_lab

UID = "04A1B2C3D4E5F6"
HANG_GUARD_S = 30
SELECT = bytes.fromhex("00A4040C07D276000085010100")
GET_VERSION = bytes.fromhex("9060000000")


@pytest.fixture
def lane(pcscd):
    """(attach address, reader) once the card of the test before has been seen to leave."""
    with PcscReader(pcscd.reader_names[0]) as opened:
        assert opened.wait_for_removal(HANG_GUARD_S)
        yield pcscd.attach(0), opened


def present(reader):
    link = reader.wait_for_card(HANG_GUARD_S)
    assert link is not None
    return link


@pytest.mark.parametrize("family", ["ntag424", "desfire-ev1", "desfire-ev3", "type4"])
def test_the_uid_of_an_iso_dep_card_is_no_exchange(tmp_path, lane, family):
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", family, UID)
    with soft_lab.serving(card, attach), present(reader) as link:
        assert link.card_kind == "iso-dep"
        assert link.presented() == ("iso-dep", bytes.fromhex(UID), b"", None, None)
        assert (link.exchanges, link.bytes_out, link.bytes_in) == (0, 0, 0)
        answer = link.exchange(GET_VERSION, 50)
        assert link.exchanges == 1 and (answer[-2:] == b"\x91\xaf") is (family != "type4")


@pytest.mark.parametrize("mode", ["not-sent", "half", "answer-lost"])
@pytest.mark.parametrize("at", [0, 2])
def test_a_tear_counts_as_the_link_counts(tmp_path, lane, mode, at):
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", "ntag424", UID)
    with soft_lab.serving(card, attach, "--tear", "%d:%s" % (at, mode)), present(reader) as link:
        link.presented()
        for _ in range(at):
            assert link.exchange(SELECT, 50) == b"\x90\x00"
        for _ in range(2):
            with pytest.raises(CardLost):
                link.exchange(SELECT, 50)
        assert link.exchanges == at + 1
        with pytest.raises(CardLost):
            link.presented()


def test_native_and_short_frames_are_refused_before_anything_is_sent(tmp_path, lane):
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", "desfire-ev1", UID)
    with soft_lab.serving(card, attach), present(reader) as link:
        for native in ("60", "bd03000000000000", "905a", "905a0000030000"):
            with pytest.raises(ReaderCannot):
                link.exchange(bytes.fromhex(native), 50)
        assert link.exchanges == 0 and link.exchange(GET_VERSION, 50)[-2:] == b"\x91\xaf"


def test_a_classic_card_by_its_frames(tmp_path, lane):
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", "classic-1k", "5CA1B2C3")
    key, block = b"\xff" * 6, bytes(range(16))
    with soft_lab.serving(card, attach), present(reader) as link:
        assert link.presented() == ("classic", bytes.fromhex("5CA1B2C3"), b"", "classic-1k", None)
        assert link.exchanges == 0
        assert link.exchange(b"\x60\x04" + key, 20) == b"\x0a" and link.exchanges == 2
        assert link.exchange(b"\xa0\x04" + block, 20) == b"\x0a"
        assert link.exchange(b"\x30\x04", 20) == block
        assert link.exchange(b"\x61\x08" + bytes(6) + bytes.fromhex("5CA1B2C3"), 20) == b"\x00", "a wrong key"
        assert link.exchange(b"\x30\x04", 20) == b"\x00"
        assert link.exchanges == 7
        with pytest.raises(ReaderCannot):
            link.exchange(b"\xc1\x04", 20)


def test_an_ultralight_c_is_named_by_its_atr_and_asked_for_its_uid(tmp_path, lane):
    """Its keys are made of the UID. FF CA is the reader's own answer: no exchange, on both sides."""
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", "ultralight-c", UID)
    with soft_lab.serving(card, attach, "--tear", "0:not-sent"), present(reader) as link:
        assert link.presented() == ("type2", bytes.fromhex(UID), b"", "ultralight-c", None)
        assert link.exchanges == 0
        with pytest.raises(CardLost):
            link.exchange(b"\x30\x04", 20)


def test_another_page_card_is_asked_only_when_its_uid_is_wanted(tmp_path, lane):
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", "ultralight-aes", UID)
    with soft_lab.serving(card, attach), present(reader) as link:
        assert link.presented() == ("type2", None, b"", None, None) and link.exchanges == 0
        assert link.presented(uid_wanted=True).uid == bytes.fromhex(UID) and link.exchanges == 0
        assert link.presented(uid_wanted=True).uid == bytes.fromhex(UID) and link.exchanges == 0


def test_the_reset_after_an_authentication_is_no_new_presentation(tmp_path, lane):
    """pcscd counts insertions, not resets: the card that lies there is not seen to leave, and the next link reads it plain."""
    attach, reader = lane
    card = soft_lab.new_card(tmp_path / "card.json", "ultralight-aes", UID)
    with soft_lab.serving(card, attach):
        with present(reader) as link:
            assert len(link.exchange(b"\x1a\x00", 20)) == 17
        assert reader.wait_for_removal(1.2) is False
        with present(reader) as link:
            assert len(link.exchange(b"\x3a\x04\x07", 20)) == 16
