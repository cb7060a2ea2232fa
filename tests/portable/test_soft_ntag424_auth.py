"""Authentication of the soft NTAG 424 DNA: recorded dialogues, refusals, the end of a session, counters of failure, LRP."""

from cardos.soft_cards.ntag424_keys import DELAY_FROM
from tests.portable.ntag424_bench import MAC, OK, PLAIN, SELECT, UID, ZERO, Reader, Scripted, copy_of, native, on_reader, present, send
from tests.portable.vector_files import entries, h

WRONG = bytes([1]) + bytes(15)


def test_recorded_ev2_authentications():
    recorded = [e for e in entries("ev2.json", "ev2_auth", 6) if e["chip"] == "NTAG 424 DNA"]
    assert len(recorded) >= 4
    for e in recorded:
        card = on_reader()
        if e["variant"] == "EV2First":
            command = "71%02x06%s" % (e["key_no"], e["pcdcap2"])
        else:
            Reader(card)
            command = "77%02x" % e["key_no"]
        card.noise = Scripted(e["rnd_b"], e["ti"] or "")
        card.keys[e["key_no"]].key = h(e["key"])
        assert native(card, int(command[:2], 16), command[2:]) == e["resp1"] + "91af", e["id"]
        assert native(card, 0xAF, e["cmd2"]) == e["resp2"] + OK, e["id"]


def test_recorded_lrp_authentications():
    for e in entries("lrp.json", "lrp_auth", 2):
        card = on_reader("ntag424-lrp")
        card.noise = Scripted(e["rnd_b"], e["ti"])
        assert send(card, e["cmd1"]) == e["resp1"], e["id"]
        assert send(card, e["cmd2"]) == e["resp2"], e["id"]


def test_recorded_commands_after_a_recorded_authentication():
    """AN12196: the authentication of section 5.6 opens the session in which section 5.4 writes the NDEF file."""
    auth = [e for e in entries("ev2.json", "ev2_auth", 6) if e["ti"] == "9d00c4df"][0]
    write = [e for e in entries("ntag424.json", "ntag424_secure_messaging", 3) if e["ti"] == auth["ti"]][0]
    card = on_reader()
    assert Reader(card).settings(2, "0300e0") == ""  # file 2 enciphered, written under key 0, as in the note
    card.noise = Scripted(auth["rnd_b"], auth["ti"])
    assert native(card, 0x71, "0006" + auth["pcdcap2"]) == auth["resp1"] + "91af"
    assert native(card, 0xAF, auth["cmd2"]) == auth["resp2"] + OK
    assert send(card, write["cmd"]) == write["resp"]
    assert card.files[1].data.hex()[:248] == write["plain_cmd"][:248]


def test_capabilities_are_negotiated():
    for asked, heard in (("", "000000000000"), ("00", "000000000000"), ("02", "020000000000"), ("0201ff", "0201ff000000"), ("01020304050607", "010203040506")):
        reader = Reader(on_reader(), asked=bytes.fromhex(asked))  # the AES answer, whatever was asked for
        assert reader.authenticated and reader.capabilities.hex() == "00" * 6 + heard, asked
    for asked, heard in (("02", "020000000000"), ("fe01", "fe0100000000")):
        assert Reader(on_reader("ntag424-lrp"), asked=bytes.fromhex(asked)).capabilities.hex() == "020000000000" + heard
    for asked in ("", "00", "fd02"):
        assert Reader(on_reader("ntag424-lrp"), asked=bytes.fromhex(asked)).refusal == "919d"
    card = on_reader()
    assert Reader(card).configure(0x05, "00" * 8 + "ab12") == ""
    assert Reader(card).capabilities.hex() == "00000000ab12" + "00" * 6


def test_first_part_that_is_refused():
    card = on_reader()
    for ins, data, sw in (
        (0x71, "", "917e"), (0x71, "00", "917e"), (0x71, "0001", "917e"), (0x71, "000000", "917e"), (0x71, "0500", "9140"),
        (0x71, "4000", "919e"), (0x77, "00", "919d"), (0x77, "", "917e"), (0x77, "0000", "917e"),
    ):  # fmt: skip
        assert native(card, ins, data) == sw, data
    Reader(card)
    assert native(card, 0x77, "05") == "9140" and native(card, 0x77, "00") == "919d"  # the error before ended the session
    assert send(card, "00a4000c023f00") == "9000"
    assert native(card, 0x71, "0000") == "9140" and native(card, 0x71, "0100") == "919d" and native(card, 0x77, "05") == "9140"


def test_originality_keys_are_asked_for_and_nobody_has_them():
    card = on_reader(selected=False)
    assert len(native(card, 0x71, "030102")) == 38
    assert native(card, 0xAF, "00" * 32) == "91ae"
    assert len(native(card, 0x77, "04")) == 38 and native(card, 0xAF, "00" * 32) == "91ae"
    assert all(slot.failures == 0 for slot in card.keys)


def test_second_part_that_is_refused():
    card = on_reader()
    for data, sw in (("", "917e"), ("00" * 31, "917e"), ("00" * 33, "917e"), ("00" * 32, "91ae")):
        assert native(card, 0x71, "0000")[-4:] == "91af"
        assert native(card, 0xAF, data) == sw
        assert native(card, 0xAF, "00" * 32) == "911c"
    assert [slot.failures for slot in card.keys] == [1, 0, 0, 0, 0]


def test_non_first_keeps_ti_and_counter():
    for family in ("ntag424", "ntag424-lrp"):
        reader = Reader(on_reader(family))
        ti = reader.ti
        assert reader.call(0x51) == UID.hex() and reader.counter == 1
        assert reader.again(3) and (reader.ti, reader.counter) == (ti, 1)
        assert reader.write(3, 0, "0102") == "" and reader.call(0x51) == UID.hex() and reader.counter == 3
        assert not reader.again(2, WRONG) and reader.refusal == "91ae"
        assert not reader.again(2) and reader.refusal == "919d"


def test_every_error_ends_the_session():
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family)
        for frame in ("90f5000001050000", "9000000000", "90f50000010500", "00b0830000", "00ff000000", "9060000000", "90af000000"):
            reader = Reader(card)
            assert reader.call(0x51) == UID.hex()
            send(card, frame)
            assert reader.call(0x51) == "91ae", frame
        for way in (SELECT, "00a4000c02e103"):
            reader = Reader(card)
            assert send(card, way) == "9000" and reader.call(0x51) == "91ae"
        reader = Reader(card)
        assert present(card) and reader.call(0x51) == "91ae"
        reader = Reader(card)
        card.halt()
        assert card.activate() and send(card, SELECT) == "9000" and reader.call(0x51) == "91ae"


def test_flipped_bits_of_a_command_are_refused():
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family)
        frame = Reader(card, 3).frame(0x8D, bytes.fromhex("03000000020000"), b"\xbe\xef", 3)
        for index in range(5, len(frame) - 1):
            reader = Reader(card, 3)
            wrong = bytearray(reader.frame(0x8D, bytes.fromhex("03000000020000"), b"\xbe\xef", 3))
            wrong[index] ^= 1 << (index & 7)
            assert card.transceive(bytes(wrong)).hex()[:2] == "91" and card.session is None
            assert card.files[2].data[:2] == b"\x00\x7e"


def test_a_replayed_command_is_refused():
    card = on_reader()
    reader = Reader(card, 3)
    frame = reader.frame(0x8D, bytes.fromhex("03000000020000"), b"\xbe\xef", 3)
    assert reader.heard(card.transceive(frame), 3) == ""
    assert card.transceive(frame).hex() == "911e"


def test_plain_commands_count():
    card = on_reader()
    reader = Reader(card)
    assert reader.read(2, 0, 4, PLAIN) == "00000000"
    assert reader.counter == 1 and reader.call(0x51) == UID.hex()
    assert reader.call(0xF5, "02", "", MAC) == "0000e0ee000100"


def fail(card, number, times=1):
    """So many wrong answers; the last status word."""
    for _ in range(times):
        reader = Reader(card, number, WRONG)
        assert not reader.authenticated
    return reader.refusal


def test_failures_are_counted_for_each_key_and_taken_off_by_success():
    card = on_reader()
    assert fail(card, 1, 25) == "91ae" and fail(card, 2) == "91ae"
    assert [slot.failures for slot in card.keys] == [0, 25, 1, 0, 0]
    present(card)
    assert Reader(card, 1).authenticated and [slot.failures for slot in card.keys] == [0, 15, 1, 0, 0]
    assert Reader(card, 2).authenticated and card.keys[2].failures == 0
    assert copy_of(card).keys[1].failures == 15


def test_a_key_at_the_limit_is_dead_until_it_is_changed():
    card = on_reader()
    assert Reader(card).configure(0x0A, "0103000100") == ""
    assert fail(card, 3, 3) == "91ae" and fail(card, 3) == "919d"
    card = copy_of(card)
    assert not Reader(card, 3).authenticated
    reader = Reader(card)
    assert reader.change_key(3, ZERO, 1) == "" and Reader(card, 3).authenticated
    assert fail(card, 0, 3) == "91ae"
    assert not Reader(card, 0).authenticated  # key 0: no recovery


def test_counting_can_be_switched_off():
    card = on_reader()
    assert Reader(card).configure(0x0A, "00ffff0000") == "" and fail(card, 3, 4) == "91ae" and card.keys[3].failures == 0
    assert (card.failure_rule.limit, card.failure_rule.step) == (1000, 10)
    assert Reader(card).configure(0x0A, "0100000100") == "919e"


def test_the_delay_grows_survives_power_off_and_ends_with_a_success():
    card = on_reader()
    card.keys[2].in_a_row = DELAY_FROM - 2
    assert fail(card, 2) == "91ae" and fail(card, 2) == "91ae"  # number 50
    card = copy_of(card)
    assert fail(card, 2) == "91ad" and fail(card, 2) == "91ae"
    assert fail(card, 2) == "91ad" and fail(card, 2) == "91ad"
    assert Reader(card, 1).authenticated  # other keys are not slowed down
    assert Reader(card, 2).authenticated
    assert fail(card, 2, 2) == "91ae"


def test_lrp_for_ever():
    card = on_reader()
    reader = Reader(card)
    assert reader.configure(0x05, "00" * 10) == "" and not card.lrp
    assert reader.configure(0x05, "0000000002" + "00" * 5) == "" and card.lrp
    assert reader.call(0x51) == UID.hex()  # the session that switched goes on
    assert native(card, 0x71, "0000") == "919d" and native(card, 0x71, "000100") == "919d"
    reader = Reader(card)
    assert reader.lrp and reader.configure(0x05, "00" * 10) == "" and card.lrp
    assert Reader(copy_of(card)).lrp


def test_lrp_commands():
    card = on_reader("ntag424-lrp")
    reader = Reader(card, 3)
    for text in ("00" * 16, "0102030405", "ab" * 48):
        assert reader.write(3, 3, text) == "" and reader.read(3, 3, len(text) // 2) == text
    assert reader.call(0x64, "03", "", MAC) == "00" and reader.call(0x51) == UID.hex()
    reader = Reader(card)
    assert reader.change_key(3, bytes(range(16)), 7) == "" and reader.change_key(0, bytes(range(1, 17)), 1) == OK
    assert Reader(card, 3, bytes(range(16))).read(3, 3, 2) == "abab" and Reader(card, 0, bytes(range(1, 17))).authenticated
