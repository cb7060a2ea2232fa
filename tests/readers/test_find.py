"""From what a person calls a reader to the reader (reader notes, 2 and 9.1: names, not indexes)."""

import pytest

from cardos.errors import BadInput
from host_tools.readers.find import find_readers, open_reader, pcsc_names, report
from host_tools.readers.first_of import FirstOf
from host_tools.readers.nfcpy_link import NfcpyReader
from host_tools.readers.pcsc import PcscReader
from tests.readers.fake_scard import FakeScard

NAMES = ["ACS ACR122U PICC 00 00", "ACS ACR122U PICC 01 00", "Lane 0 00 00", "Lane 0"]


class SerialToo:
    readers = ("pn532:/dev/ttyUSB0", "Lane 0")


@pytest.mark.parametrize("name, found", [("Lane 0 00 00", "Lane 0 00 00"), ("lane 0 00", "Lane 0 00 00"), ("01 00", NAMES[1]), ("Lane 0", "Lane 0")])
def test_an_exact_name_or_an_unambiguous_part(name, found):
    assert open_reader(name, api=FakeScard(NAMES)).name == found


@pytest.mark.parametrize("name, code", [("acr122", "READER_AMBIGUOUS"), ("Omnikey", "READER_NOT_FOUND"), ("pn532:", "READER_NOT_FOUND")])
def test_what_does_not_fit_lists_what_there_is(name, code):
    with pytest.raises(BadInput) as caught:
        open_reader(name, api=FakeScard(NAMES))
    assert caught.value.code == code
    assert "pn532" in caught.value.hint or "ACS ACR122U PICC 00 00" in caught.value.hint


def test_no_reader_says_what_to_do():
    with pytest.raises(BadInput) as caught:
        open_reader(None, api=FakeScard([]))
    assert caught.value.code == "NO_READER" and "pn532:" in caught.value.hint
    dead = FakeScard(NAMES)
    dead.will("SCardEstablishContext", [0x8010001D, 0])
    assert pcsc_names(dead)[0] == []
    with pytest.raises(BadInput) as caught:
        open_reader("Lane", api=dead)
    assert caught.value.code == "NO_READER" and "pcscd" in caught.value.message


def test_without_a_name_the_only_one_or_the_first_that_gets_a_card():
    assert isinstance(open_reader(None, api=FakeScard(NAMES[:1])), PcscReader)
    several = open_reader(None, api=FakeScard(NAMES[:2]))
    assert isinstance(several, FirstOf)
    with several, several.wait_for_card(5) as link:
        assert link.name in NAMES[:2]


def test_the_first_that_gets_a_card_comes_through_a_busy_reader():
    api = FakeScard(NAMES[:1] + NAMES[2:3])
    api.will("SCardConnect", [0x8010000B, 0, 0], [0x8010000B, 0, 0], [0, 42, 2])
    with open_reader(None, api=api) as several, several.wait_for_card(10) as link:
        assert link.name in api.names


def test_serial_readers_of_the_settings_are_listed():
    found = find_readers(SerialToo(), FakeScard(NAMES[:1]))
    assert [reader.name for reader in found] == [NAMES[0], "pn532:/dev/ttyUSB0"]
    assert isinstance(open_reader("ttyUSB0", SerialToo(), FakeScard([])), NfcpyReader)


def test_the_report_is_the_shape_scripts_rely_on():
    rows = report(find_readers(SerialToo(), FakeScard(NAMES[:1])))
    assert [set(row) for row in rows] == [{"name", "kind", "state", "card"}] * 2
    assert (rows[0]["kind"], rows[0]["state"], rows[0]["card"]["kind"]) == ("pcsc", "card", "type2")
    assert rows[1] == {"name": "pn532:/dev/ttyUSB0", "kind": "nfcpy", "state": "gone", "card": None}
