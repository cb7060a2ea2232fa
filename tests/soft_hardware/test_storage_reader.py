"""The pseudo-APDUs of a storage-card reader, in process, with each kind of ability for direct commands."""

import pytest

from cardos.errors import BadInput
from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from host_tools.soft_hardware.storage_reader import StorageReader

UID = "04a1b2c3d4e5f6"


def reader(ability="pn532", **options):
    made = StorageReader(new_card("ntag215", bytes.fromhex(UID), **options), ability=ability)
    assert made.power_on()
    return made


def say(made, apdu):
    return made.transceive(bytes.fromhex(apdu)).hex()


def dialogue(made, lines):
    """Lines `> APDU` and `< answer`, as recorded."""
    for sent, answered in lines:
        assert say(made, sent) == answered, sent


def test_standard_commands():
    dialogue(reader(), [
        ("ffca000000", UID + "9000"), ("ffca000007", UID + "9000"), ("ffca000004", "6c07"), ("ffca010000", "6a81"),
        ("ffb0000010", "04a1b29fc3d4e5f604480000e1103e009000"), ("ffb0000004", "04a1b29f9000"), ("ffb0000000", "04a1b29fc3d4e5f604480000e1103e009000"),
        ("ffd600100401020304", "9000"), ("ffb0001004", "010203049000"),
        ("ffd60010101112131415161718191a1b1c1d1e1f20", "9000"), ("ffb0001008", "11121314000000009000"),
        ("ffd600000401020304", "6300"), ("ffb0009010", "6300"), ("ffb0000010", "04a1b29fc3d4e5f604480000e1103e009000"),
    ])


def test_errors_of_form():
    dialogue(reader(), [
        ("ffca00", "6700"), ("00a4040000", "6e00"), ("ff99000000", "6d00"), ("ffb0000020", "6700"), ("ffb00000", "6700"), ("ffb0010010", "6b00"),
        ("ffd6001003010203", "6700"), ("ffd600100501020304", "6700"), ("ff00000003d44260", "d543000004040201001103" + "9000"),
        ("ff00000004d44260", "6700"), ("ff0000000160", "6300"), ("ff00000002d499", "6300"), ("ff820000060102030405ff", "6300"),
        ("ff860000050100046000", "6300"),
    ])


def test_direct_transmit_of_an_acr122u():
    made = reader()
    dialogue(made, [
        ("ff00000002d402", "d503320106079000"),
        ("ff00000005d4423a1010", "d54300000000009000"),
        ("ff00000007d4421bffffffff", "d5430000009000"),
        ("ff00000005d440013000", "d54127" + "9000"),  # nothing listed by the host yet
        ("ff00000004d44a0100", "d54b010100440007" + UID + "9000"),
        ("ff00000005d440013000", "d54100" + "04a1b29fc3d4e5f604480000e1103e00" + "9000"),
        ("ff00000009d44001a21001020304", "d541009000"),
        ("ff00000008d442a21001020304", "d543029000"),  # the ACK is 4 bits: CRC error
        ("ff00000004d4320100", "d5339000"), ("ffb0000010", "6300"), ("ff00000004d4320101", "d5339000"),
        ("ffb0000004", "04a1b29f9000"),
        ("ff00480000", b"ACR122U214".hex()), ("ff00400f0403000101", "9003"), ("ff00520000", "9000"), ("ff00500000", "90ff"),
        ("ff0051df00", "90df"), ("ff00410000", "9000"), ("ff00990000", "6a81"),
    ])


def test_a_nak_loses_the_authentication_and_the_next_apdu_finds_the_card_again():
    made = reader(locks_effective="at once")
    dialogue(made, [
        ("ffd6008304040000" + "10", "9000"),
        ("ffd600100401010101", "6300"),
        ("ff00000007d4421bffffffff", "d5430000009000"),
        ("ffd600100401010101", "9000"),
        ("ffb000f010", "6300"),
        ("ffd600100402020202", "6300"),
        ("ffb0001004", "010101019000"),
    ])


def test_a_bare_reader_says_63_to_every_short_answer():
    made = reader("bare")
    dialogue(made, [
        ("ff0000000160", "00040402010011039000"), ("ff000000033a0000", "04a1b29f9000"), ("ff000000051bffffffff", "00009000"),
        ("ff00000006a21001020304", "6300"), ("ffb0001004", "010203049000"), ("ff000000023090", "6300"), ("ff00480000", "6a81"), ("ffc2000002810000", "6a81"),
    ])


def test_a_weak_reader_reads_and_writes_only():
    made = reader("none")
    dialogue(made, [("ffb0000004", "04a1b29f9000"), ("ffd600100401020304", "9000"), ("ff00000003d44260", "6a81"), ("ffc2000002810000", "6a81")])


def test_transparent_session():
    made = reader("transparent")
    dialogue(made, [
        ("ffc200010495023004" + "00", "c0030169859000"),  # not started
        ("ffc2000002810000", "c0030090009000"),
        ("ffc20002048f02000300", "c0030090009000"),
        ("ffc200010495023004" + "00", "c003009000" + "920100" + "96020000" + "9710" + "0300fe00" + "00" * 12 + "9000"),
        ("ffc2000108950695" + "0000000000" + "00", "c003009000" + "920104" + "96020000" + "970100" + "9000"),  # NAK: 4 bits
        ("ffc200010495023004" + "00", "c0030164019000"),  # dropped: the host must select anew in a session
        ("ffc20002048f02000300", "c0030090009000"),
        ("ffc200010b5f4604000186a09502" + "600000", "c003009000" + "920104" + "96020000" + "970100" + "9000"),
        ("ffc2000002830000", "c0030090009000"), ("ffc20002048f02000300", "c0030164019000"), ("ffc2000002840000", "c0030090009000"),
        ("ffc20002048f02000400", "c003016a819000"), ("ffc2000002990000", "c003016a819000"), ("ffc20000028200" + "00", "c0030090009000"),
        ("ffc2000302810000", "6a81"), ("ffc2000003810200", "6700"), ("ffc20000", "6700"),
        ("ffb0000004", "04a1b29f9000"),
    ])


def test_a_transparent_exchange_of_any_length():
    made = reader("transparent")
    say(made, "ffc2000002810000")
    for last, head in ((0x1F, "978180"), (0x42, "9782010c")):
        answer = say(made, "ffc200010595033a00%02x00" % last)
        assert answer.startswith("c0030090009201009602" + "0000" + head) and len(answer) == (5 + 3 + 4 + len(head) // 2 + 4 * (last + 1) + 2) * 2


def test_an_unknown_ability_is_refused():
    with pytest.raises(BadInput):
        StorageReader(new_card("ntag215", bytes(7)), ability="psychic")


@pytest.mark.parametrize("write", ["ffd600100401020304", "ff00000008d442a21001020304"])
def test_a_tear_inside_a_write_apdu_tears_the_page(write):
    torn = TornCard(reader(), {0: "half:weak"})
    assert torn.transceive(bytes.fromhex(write)) is None
    assert torn.state()["weak"] == {"16": "01020304"} and not torn.is_active


def test_half_of_another_apdu_answers_half_its_bytes():
    torn = TornCard(reader(), {0: "half"})
    assert torn.transceive(bytes.fromhex("ffb0000010")).hex() == "04a1b29fc3d4e5f604"


def test_corrupt_reaches_the_status_word_too():
    flipped = set()
    for number in range(40):
        torn = TornCard(reader(), {number: "corrupt"})
        for _ in range(number):
            torn.transceive(bytes.fromhex("ffca000000"))
        answer = torn.transceive(bytes.fromhex("ffca000000"))
        flipped.add(next(at for at in range(9) if answer[at] != bytes.fromhex(UID + "9000")[at]))
    assert {7, 8} & flipped and len(flipped) > 6
