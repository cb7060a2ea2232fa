"""The soft NTAG 424 DNA at its surface: activation, selection, ISO commands, framing, identity, memory on disk."""

from cardos.errors import BadInput
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import families, load_card, new_card
from tests.portable.ntag424_bench import MAC, OK, SELECT, UID, Reader, copy_of, native, on_reader, present, send

CC = "001720010000ff0406e104010000000506e10500808283" + "00" * 9
SIGNATURE = bytes(range(56))


def refused(function, *arguments, **options):
    """True when it raises BadInput."""
    try:
        function(*arguments, **options)
    except BadInput:
        return True
    return False


def test_activation_as_the_data_sheet_has_it():
    card = new_card("ntag424", UID)
    assert card.activate() is None and card.transceive(b"\x90\x60\x00\x00\x00") is None
    card.field_on()
    shown = card.activate()
    assert (shown.atqa.hex(), shown.sak, shown.uid, shown.ats.hex()) == ("4403", 0x20, UID, "067777710280")
    card.halt()
    assert card.activate(wake=False) is None and card.activate().uid == UID
    assert "ntag424" in families() and "ntag424-lrp" in families()


def test_what_cannot_be_made_is_refused():
    assert refused(new_card, "ntag424", UID[:4]) and refused(new_card, "ntag424", UID, signature=b"short")


def test_the_three_files_as_delivered():
    card = on_reader()
    assert send(card, "00a4000c02e103") == "9000" and send(card, "00b0000000") == CC + "9000"
    assert send(card, "00a4000002e10400") == "9000" and send(card, "00b0000000") == "00" * 256 + "9000"
    assert native(card, 0xF5, "01") == "000000e0200000" + OK
    assert native(card, 0xF5, "02") == "0000e0ee000100" + OK
    assert native(card, 0xF5, "03") == "0003302380" + "0000" + OK
    assert send(card, "00b0850000") == "6982"
    for number in range(5):
        assert native(card, 0x64, "%02x" % number) == "00" + OK
        assert Reader(card, number).authenticated
        present(card)


def test_selection_by_every_way():
    card = on_reader(selected=False)
    assert send(card, "00b0000000") == "6985"
    assert send(card, "00a4000c02e103") == "6a82"  # a file is found in the application only
    for way in ("00a4000c02e110", "00a4010c02e110", "00a4000002e11000", SELECT, "00a4040c07d2760000850101"):
        assert send(card, "00a4000c023f00") == "9000" and native(card, 0xF5, "01") == "919d"
        assert send(card, way) == "9000", way
        assert native(card, 0xF5, "02")[-4:] == OK
    for way in ("00a4000c", "00a4030c", "00a4000c023f00", "00a4040007d276000085010000"):
        assert send(card, SELECT) == "9000" and send(card, way) == "9000", way
        assert native(card, 0xF5, "01") == "919d"
    assert send(card, SELECT) == "9000" and send(card, "00a4020c02e105") == "9000"


def test_selection_that_fails_leaves_the_application_selected():
    card = on_reader()
    for frame, sw in (
        ("00a4000c02e106", "6a82"), ("00a4000c021234", "6a82"), ("00a4020c02e110", "6a82"), ("00a4010c02e103", "6a82"),
        ("00a4040c06d27600008501", "6a82"), ("00a4040c07a0000000031010", "6a82"),
        ("00a4050c02e103", "6a86"), ("00a4000402e103", "6a86"), ("00a4000c01e1", "6a87"), ("00a4000c03e10300", "6a87"),
        ("00a4010c", "6a87"), ("00a4020c", "6a87"), ("00a4030c023f00", "6a87"), ("00a4040c", "6a87"),
        ("00a4040c11" + "d2" * 17, "6a87"), ("00a4000c02e1", "6700"), ("00a4000c02e1030000", "6700"), ("00a400", "6700"),
        ("00a4000c00e103", "6700"),
    ):  # fmt: skip
        assert send(card, frame) == sw, frame
        assert native(card, 0xF5, "01")[-4:] == OK


def test_read_binary():
    card = on_reader()
    assert send(card, "00b0830010") == CC[:32] + "9000"  # a short identifier selects
    assert send(card, "00b0001200") == CC[36:] + "9000"  # less is left than was asked for
    assert send(card, "00b080001f") == CC[:62] + "9000"  # short identifier 0: the selected file
    assert send(card, "00b0840a04") == "00000000" + "9000"
    for frame, sw in (
        ("00b0840000", None), ("00b0010001", "6a86"), ("00b0830000", None), ("00b0002001", "6a86"), ("00b0860001", "6a82"),
        ("00b09f0001", "6a86"), ("00b0a30001", "6a86"), ("00b00000", "6700"), ("00b000000101", "6700"),
        ("00b00000020000", "6700"), ("00b10000", "6d00"), ("00c0000000", "6d00"), ("00ca000000", "6d00"),
    ):  # fmt: skip
        assert sw is None and send(card, frame)[-4:] == "9000" or send(card, frame) == sw, frame


def test_update_binary():
    card = on_reader()
    assert send(card, "00d684000500030102ff") == "9000" and send(card, "00b0000006") == "00030102ff00" + "9000"
    assert send(card, "00d600fe02beef") == "9000" and send(card, "00b000fe00") == "beef9000"
    for frame, sw in (
        ("00d600ff02beef", "6985"), ("00d6830001ff", "6982"), ("00d6850001ff", "6982"), ("00d60000", "6700"), ("00d6860001ff", "6a82"),
        ("00d69f0001ff", "6a86"),
    ):  # fmt: skip
        assert send(card, frame) == sw, frame
    present(card)
    assert send(card, "00d6000001ff") == "6985"  # nothing selected


def test_classes_instructions_and_frames_that_are_not_of_the_chip():
    card = on_reader()
    for frame, answer in (
        ("60", "6e00"), ("8060000000", "6e00"), ("ff00000000", "6e00"), ("9000000000", "911c"), ("90bd000000", "911c"),
        ("90af000000", "911c"), ("9060000000", None), ("90af000000", None), ("9060", "917e"), ("90600000", "917e"),
        ("9060000001", "917e"), ("90f500000101", "917e"), ("90f5000000000101", "917e"), ("9060010000", "919e"), ("9060000100", "919e"),
    ):  # fmt: skip
        got = send(card, frame)
        assert got[-4:] == "91af" if answer is None else got == answer, frame


def test_get_version_in_three_frames():
    card = on_reader(selected=False)
    assert native(card, 0x60) == "04040230001105" + "91af"
    assert native(card, 0xAF) == "04040201021105" + "91af"
    assert native(card, 0xAF) == UID.hex() + "00000000000124" + OK
    assert native(card, 0x60, "00") == "917e"


def test_a_command_between_frames_aborts():
    card = on_reader()
    assert native(card, 0x60)[-4:] == "91af" and native(card, 0xF5, "01") == "91ca"
    assert native(card, 0xF5, "01")[-4:] == OK
    assert native(card, 0x60)[-4:] == "91af" and send(card, "00b0830001") == "6985"
    assert native(card, 0x71, "000000")[-4:] == "917e"
    assert native(card, 0x71, "0000")[-4:] == "91af" and native(card, 0x71, "0000") == "91ca"
    assert native(card, 0xAF, "00" * 32) == "911c"
    assert native(card, 0x60)[-4:] == "91af" and native(card, 0xAF, "00") == "917e"


def test_get_version_in_a_session_has_one_mac_over_all_parts():
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family)
        reader = Reader(card)
        first = card.transceive(reader.frame(0x60, b"", b"", MAC))
        second = card.transceive(bytes.fromhex("90af000000"))
        third = card.transceive(bytes.fromhex("90af000000"))
        assert (len(first), len(second), len(third)) == (9, 9, 14 + 8 + 2)
        whole = first[:-2] + second[:-2] + third
        assert reader.heard(whole, MAC)[28:42] == UID.hex()
        assert reader.call(0x64, "01", "", MAC) == "00"
        assert Reader(present(card)).call(0x51) == UID.hex()
        assert native(card, 0x60) == "917e"  # in a session without its MAC


def test_card_uid_needs_any_key():
    card = on_reader()
    assert native(card, 0x51) == "91ae"
    for number in range(5):
        assert Reader(card, number).call(0x51) == UID.hex()


def test_signature():
    card = on_reader(signature=SIGNATURE)
    assert native(card, 0x3C, "00") == SIGNATURE.hex() + "9190"
    assert native(card, 0x3C, "01") == "910c" and native(card, 0x3C) == "910c" and native(card, 0x3C, "0000") == "910c"
    assert Reader(card).call(0x3C, "00") == SIGNATURE.hex()
    Reader(card)
    assert native(card, 0x3C, "00" * 9) == "910b"
    assert send(card, "00a4000c023f00") == "9000" and native(card, 0x3C, "00")[-4:] == "9190"


def test_random_id_counts_from_the_next_power_up():
    card = on_reader()
    assert Reader(card).configure(0x00, "02") == ""
    assert card.activate().uid == UID
    present(card, selected=False)
    shown = card.activate()
    assert (shown.atqa.hex(), len(shown.uid), shown.uid[0]) == ("0403", 4, 8)
    assert card.activate().uid == shown.uid
    again = present(card).activate().uid
    assert again != shown.uid and again[0] == 8
    assert send(card, SELECT) == "9000"
    assert native(card, 0x60)[-4:] == native(card, 0xAF)[-4:] == "91af"
    assert native(card, 0xAF)[:14] == "00" * 7
    assert native(card, 0x3C, "00") == "910b"
    reader = Reader(card)
    assert reader.call(0x51) == UID.hex() and len(reader.call(0x3C, "00")) == 112
    assert reader.configure(0x00, "00") == ""  # "no change": there is no way back
    assert present(card).activate().uid[0] == 8 and copy_of(card).random_id


def test_state_brings_the_same_card_back():
    card = on_reader("ntag424", signature=SIGNATURE)
    assert Reader(card, 3).write(3, 5, "c0ffee") == "" and Reader(card).change_key(3, bytes(range(16)), 9) == ""
    twin = copy_of(card)
    assert twin.state() == card.state() and twin.uid == UID
    reader = Reader(twin, 3, bytes(range(16)))
    assert reader.read(3, 5, 3) == "c0ffee"
    assert native(present(twin), 0x64, "03") == "09" + OK
    card.restore(twin.state())
    assert card.transceive(b"\x90\x60\x00\x00\x00") is None  # out of the field


def test_a_state_that_was_edited_is_refused_and_changes_nothing():
    card = on_reader()
    good = card.state()
    for name, value in (
        ("family", "ntag213"), ("family", None), ("uid", "04"), ("signature", "00"), ("keys", []), ("keys", None), ("files", []),
        ("files", None), ("failure_rule", None), ("failure_rule", {}), ("lrp", 1), ("random_id", None), ("user_capability", "zz"),
        ("strong_modulation", "yes"), ("chained_writes_refused", 0), ("keys", [{}] * 5), ("files", [{}] * 3),
    ):  # fmt: skip
        bad = card.state()
        bad[name] = value
        assert refused(card.restore, bad), name
        assert refused(load_card, bad) or name == "family"
        assert card.state() == good
    for name, value in (("settings", "00"), ("settings", "zz"), ("settings", "40e0eec1feef"), ("data", "00"), ("counter", -1), ("number", 2)):
        bad = card.state()
        bad["files"][0][name] = value
        assert refused(card.restore, bad) and card.state() == good
    for name, value in (("key", "00"), ("version", 256), ("failures", -1), ("in_a_row", 256), ("delay", None)):
        bad = card.state()
        bad["keys"][4][name] = value
        assert refused(card.restore, bad) and card.state() == good


def test_changes_are_told_before_the_answer():
    card = on_reader()
    told = []
    reader = Reader(card, 3)
    card.on_change = lambda: told.append(card.state()["files"][2]["data"][:6])
    assert reader.write(3, 0, "abcdef") == "" and told == ["abcdef"]
    assert reader.read(3, 0, 3) == "abcdef" and len(told) == 1
    assert new_card("ntag424", UID, noise=Noise(2)).on_change is None
