"""SoftNtag21x: identity, memory map, reading and writing, states, as the field handbook tables them."""

from tests.portable.soft_card_bench import ACK, FAMILIES, NAK, UID, cfg, copy_of, on_reader, present, read, send, write

from cardos.errors import BadInput
from cardos.soft_cards.registry import families, load_card, new_card

# family: (pages, last user page, GET_VERSION, CC, page 4, page 5)
TABLE = {
    "ntag213": (0x2D, 0x27, "0004040201000f03", "e1101200", "0103a00c", "340300fe"),
    "ntag215": (0x87, 0x81, "0004040201001103", "e1103e00", "0300fe00", "00000000"),
    "ntag216": (0xE7, 0xE1, "0004040201001303", "e1106d00", "0300fe00", "00000000"),
}


def test_activation_is_that_of_a_type_2_tag():
    card = new_card("ntag215", UID)
    assert card.activate() is None, "no field, no answer"
    card.field_on()
    found = card.activate()
    assert (found.atqa, found.sak, found.uid, found.ats) == (b"\x44\x00", 0x00, UID, None)


def test_delivery_state_and_version_of_each_family():
    for family in FAMILIES:
        pages, user_end, version, cc, page4, page5 = TABLE[family]
        card = on_reader(family)
        assert send(card, "60").hex() == version
        assert read(card, 0).hex() == "04a1b29f" + "c3d4e5f6" + "04480000" + cc
        assert read(card, 4)[:8].hex() == page4 + page5
        assert card.layout.pages == pages and card.layout.user_end == user_end
        assert read(card, user_end + 1).hex() == "000000bd" + "040000ff" + "00050000" + "00000000"


def test_check_bytes_of_the_uid():
    first = read(on_reader(), 0)
    assert first[3] == 0x88 ^ 0x04 ^ 0xA1 ^ 0xB2
    assert first[8] == 0xC3 ^ 0xD4 ^ 0xE5 ^ 0xF6


def test_read_rolls_over_to_page_0():
    for family in FAMILIES:
        card = on_reader(family)
        last = card.layout.pages - 1
        assert read(card, last) == bytes(4) + read(card, 0)[:12]
        assert read(card, last + 1) == NAK
        assert read(card, 0xFF) == NAK


def test_fast_read_ranges():
    card = on_reader("ntag213")
    assert send(card, "3a0003") == read(card, 0)
    assert send(card, "3a0404") == bytes.fromhex("0103a00c")
    assert len(send(card, "3a002c")) == 45 * 4
    assert send(card, "3a0403") == NAK, "end before start"
    assert send(card, "3a002d") == NAK, "end behind the memory"
    assert send(card, "3a2d2d") == NAK


def test_write_changes_one_page():
    card = on_reader()
    assert write(card, 0x10, "11223344") == ACK
    assert read(card, 0x0F) == bytes(4) + bytes.fromhex("11223344") + bytes(8)
    assert read(copy_of(card), 0x10)[:4] == bytes.fromhex("11223344")


def test_write_outside_the_writable_pages():
    card = on_reader("ntag213")
    for page in (0x00, 0x01, 0x2D, 0xFF):
        assert write(card, page, "ffffffff") == NAK
    assert read(card, 0)[:10].hex() == "04a1b29fc3d4e5f60448"


def test_compatibility_write_takes_two_steps_and_four_bytes():
    card = on_reader()
    assert send(card, "a010") == ACK
    assert send(card, "0102030405060708090a0b0c0d0e0f10") == ACK
    assert read(card, 0x10).hex() == "01020304" + "00" * 12
    assert send(card, "a000") == NAK, "a page that cannot be written is refused in the first step"
    assert send(card, "a010") == ACK
    assert send(card, "3010") == NAK, "anything but 16 bytes ends it"
    assert read(card, 0x10).hex() == "01020304" + "00" * 12


def test_password_and_pack_read_as_zeros():
    card = on_reader()
    assert write(card, cfg(card, 2), "dae55796") == ACK
    assert write(card, cfg(card, 3), "abda1234") == ACK
    assert read(card, cfg(card, 2))[:8] == bytes(8)
    assert send(card, "3a%02x%02x" % (cfg(card, 2), cfg(card, 3))) == bytes(8)


def test_capability_container_only_gains_bits():
    card = on_reader()
    assert write(card, 3, "0000000f") == ACK
    assert read(card, 3)[:4].hex() == "e1103e0f"
    assert write(card, 3, "00000000") == ACK
    assert read(card, 3)[:4].hex() == "e1103e0f"


def test_unknown_and_malformed_commands_are_nak_0():
    for frame in ("1a00", "3e00", "a500000000", "c2ff", "3000aa", "30", "60aa", "a21001", "3b", "3c01", "1b", "ff"):
        assert send(on_reader(), frame) == NAK, frame


def test_signature():
    signature = bytes.fromhex("8b76052ee42f5567beb53238b3e3f9950707c0dcc956b5c5efcfdb709b2d82b3")
    card = on_reader(signature=signature)
    assert send(card, "3c00") == signature
    assert send(copy_of(card), "3c00") == signature
    assert send(on_reader(), "3c00") == bytes(32)


def test_a_nak_drops_the_card_to_idle():
    card = on_reader()
    assert read(card, 0xF0) == NAK
    assert not card.is_active
    assert card.transceive(b"\x30\x00") is None, "an idle card is silent"
    assert card.activate(wake=False) is not None, "REQA finds it"
    assert card.transceive(b"\x30\x00") is not None


def test_halt_is_left_with_wupa_only_and_a_nak_leads_back_there():
    card = on_reader()
    assert card.transceive(b"\x50\x00") is None
    assert card.status == "halt"
    assert card.activate(wake=False) is None
    assert card.activate(wake=True) is not None
    assert card.transceive(b"\x30\xf0") == NAK
    assert card.activate(wake=False) is None, "woken from HALT, dropped to HALT"
    present(card)
    assert card.transceive(b"\x30\xf0") == NAK
    assert card.activate(wake=False) is not None, "a power cycle made it IDLE again"


def test_a_request_drops_an_active_card_first():
    card = on_reader()
    assert card.request(False) is None
    assert card.request(False) == b"\x44\x00"
    assert card.transceive(b"\x30\x00") is None, "a command in READY drops it again"
    assert card.status == "idle"


def test_a_garbled_frame_is_nak_1():
    card = on_reader()
    assert card.receive_garbled() == b"\x01"
    assert card.receive_garbled() is None


def test_state_is_complete_and_stable():
    for family in FAMILIES:
        card = on_reader(family)
        write(card, 0x11, "01020304")
        assert load_card(card.state()).state() == card.state()


def test_each_change_is_told_before_the_answer_and_nothing_else_is():
    card = on_reader()
    seen = []
    card.on_change = lambda: seen.append(card.state()["pages"][0x10])
    read(card, 0)
    send(card, "60")
    write(card, 0, "ffffffff")
    assert seen == []
    write(card, 0x10, "aabbccdd")
    assert seen == ["aabbccdd"]


def test_a_state_that_is_none_is_refused_with_its_field_named():
    good = on_reader("ntag213").state()
    assert [family for family in families() if family.startswith("ntag21")] == list(FAMILIES)
    for change, named in (
        ({"family": "ntag999"}, "ntag999"), ({"family": None}, "family"), ({"pages": good["pages"][:-1]}, "45 pages"),
        ({"pages": None}, "45 pages"), ({"pages": ["xx"] + good["pages"][1:]}, "page 0"), ({"uid": "04"}, "uid"),
        ({"uid": None}, "uid"), ({"signature": "zz"}, "signature"), ({"counter": -1}, "counter"), ({"counter": True}, "counter"),
        ({"counter": 1 << 24}, "counter"), ({"failures": 8}, "failures"), ({"locked_for_good": 1}, "locked_for_good"),
        ({"weak": {"99": "ffffffff"}}, "weak page 99"), ({"weak": []}, "weak"), ({"locks_effective": "never"}, "locks_effective"),
    ):
        bad = dict(good)
        bad.update(change)
        try:
            load_card(bad)
        except BadInput as trouble:
            assert named in str(trouble), (named, str(trouble))
        else:
            raise AssertionError("accepted: %r" % (change,))


def test_a_refused_state_leaves_the_card_as_it_was():
    card = on_reader()
    before = card.state()
    bad = dict(before)
    bad["weak"] = {"x": "00"}
    bad["counter"] = 7
    try:
        card.restore(bad)
    except BadInput:
        assert card.state() == before
    else:
        raise AssertionError("accepted")
