"""ISO-DEP cards on a PN532 through nfcpy's driver: one command is one exchange, the chip speaks the block protocol."""

import pytest

from cardos.errors import CardLost, ReaderCannot, ReaderLost
from host_tools.readers.find import open_reader
from tests import needs, soft_lab

UID = "04A1B2C3D4E5F6"
ATS = "067777710280"
HANG_GUARD_S = 30
SELECT = bytes.fromhex("00A4040C07D276000085010100")
SELECT_FILE_2 = bytes.fromhex("00A4000C02E104")


@pytest.fixture
def link_path(tmp_path):
    needs.needs_module("nfc")
    return tmp_path / "reader"


@pytest.fixture
def card(tmp_path):
    return soft_lab.new_card(tmp_path / "card.json", "ntag424", UID)


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


def test_activation_tells_all_without_an_exchange(card, link_path, reader):
    with serving(card, link_path), present(reader) as link:
        assert link.presented() == ("iso-dep", bytes.fromhex(UID), bytes.fromhex(ATS), None, None)
        assert link.presented(uid_wanted=True).uid == bytes.fromhex(UID)
        assert link.exchange(SELECT, 50) == b"\x90\x00"
        assert link.exchange(bytes.fromhex("9060000000"), 50)[-2:] == b"\x91\xaf"
        assert (link.exchanges, link.bytes_out, link.bytes_in) == (2, 13 + 5, 2 + 9)


def test_answers_longer_than_one_frame_of_the_line_and_than_one_of_the_chip(card, link_path, reader):
    with serving(card, link_path), present(reader) as link:
        link.exchange(SELECT, 50)
        link.exchange(SELECT_FILE_2, 50)
        assert len(link.exchange(bytes.fromhex("00B0000000"), 50)) == 256 + 2
        assert len(link.exchange(bytes.fromhex("00B0000080"), 50)) == 128 + 2


def test_an_answer_over_262_bytes_comes_in_parts_and_is_one_exchange(tmp_path, link_path, reader):
    """A DESFire EV2 answers AD (ReadData in ISO-DEP chaining) with all 600 bytes."""
    card = soft_lab.new_card(tmp_path / "desfire.json", "desfire-ev2", UID)
    with serving(card, link_path), present(reader) as link:
        for apdu in ("90CA0000050100000F8100", "905A00000301000000", "90CD0000070100EEEE00080000"):
            assert link.exchange(bytes.fromhex(apdu), 100) == b"\x91\x00"
        assert link.exchange(bytes.fromhex("90AD0000070100000058020000"), 100) == bytes(600) + b"\x91\x00"
        assert link.exchanges == 4 and link.bytes_in == 3 * 2 + 602


@pytest.mark.parametrize("mode", ["not-sent", "not-executed", "half", "answer-lost"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_every_cut_position_is_card_lost_at_that_exchange(card, link_path, reader, mode, at):
    with serving(card, link_path, "--tear", "%d:%s" % (at, mode)), present(reader) as link:
        for _ in range(at):
            assert link.exchange(SELECT, 50) == b"\x90\x00"
        for _ in range(2):
            with pytest.raises(CardLost):
                link.exchange(SELECT, 50)
        assert link.exchanges == at + 1


def test_a_flipped_bit_is_delivered_and_the_card_stays(card, link_path, reader):
    with serving(card, link_path, "--tear", "0:corrupt"), present(reader) as link:
        assert link.exchange(SELECT, 50) != b"\x90\x00"
        assert link.exchange(SELECT, 50) == b"\x90\x00"


def test_it_leaves_and_comes_back(card, link_path, reader):
    with serving(card, link_path, "--tear", "1:answer-lost", "--again", "0.3"):
        link = present(reader)
        link.exchange(SELECT, 50)
        with pytest.raises(CardLost):
            link.exchange(SELECT, 50)
        link.close()
        with present(reader) as again:
            assert again.exchange(SELECT, 50) == b"\x90\x00"


def test_removal_is_seen_and_so_is_a_dead_line(card, link_path, reader):
    with serving(card, link_path) as server:
        link = present(reader)
        link.close()
        assert reader.wait_for_removal(0.6) is False
        assert reader.status()[0] == "card"
        link = present(reader)
        server.kill()
        server.wait()
        with pytest.raises(ReaderLost):
            link.exchange(SELECT, 50)


def test_a_card_with_a_random_id_that_stays_is_not_another_card(tmp_path, link_path, reader):
    freefare = needs.needs_program("mifare-desfire-ev1-configure-random-uid", "libfreefare-bin")
    card = soft_lab.new_card(tmp_path / "desfire.json", "desfire-ev1", UID)
    with serving(card, link_path):
        soft_lab.libnfc(freefare, link_path, "-y")
        link = present(reader)
        first = link.presented().uid
        assert len(first) == 4 and first[0] == 0x08 and link.ats.hex() == "067577810280"
        link.close()
        assert reader.wait_for_removal(0.6) is False
        with present(reader) as again:
            assert again.uid != first and again.exchange(bytes.fromhex("9060000000"), 50)[-2:] == b"\x91\xaf"


def test_the_bit_rate_is_set_before_the_first_command_only(card, link_path, reader):
    with serving(card, link_path), present(reader) as link:
        with pytest.raises(ReaderCannot):
            link.set_bit_rate(848)
        link.set_bit_rate(424)
        assert link.exchange(SELECT, 50) == b"\x90\x00" and link.exchanges == 1
        with pytest.raises(ReaderCannot):
            link.set_bit_rate(106)
        assert link.exchange(SELECT, 50) == b"\x90\x00"
