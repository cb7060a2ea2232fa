"""The card side of ISO/IEC 14443-4: blocks of a reader against a card that echoes. Rule names are those of section 7.5.4."""

from tests.portable.iso_dep_bench import ATS, EchoChip

from cardos.soft_cards.iso_dep_target import AtsFields, IsoDepTarget
from cardos.soft_cards.tears import TornCard


def on_reader(rats="e080", tears=(), times=1, **options):
    """A target after selection, and after RATS unless `rats` is None. Returns (target, echo chip)."""
    chip = EchoChip(times)
    target = IsoDepTarget(TornCard(chip, dict(tears)), **options)
    target.field_on()
    assert target.activate().ats == ATS
    if rats is not None:
        assert target.transceive(bytes.fromhex(rats)) == ATS
    return target, chip


def say(target, block):
    answer = target.transceive(bytes.fromhex(block))
    return None if answer is None else answer.hex()


def dialogue(target, *lines):
    """Blocks in pairs: sent, answered (None for silence)."""
    for number, (sent, answered) in enumerate(lines):
        heard = say(target, sent)
        assert heard == answered, "line %d, %s: %s" % (number, sent, heard)


def test_ats_fields():
    fields = AtsFields(ATS)
    assert (fields.frame_size, fields.ta, fields.has_cid, fields.historical) == (64, 0x77, True, b"\x80")
    assert AtsFields(bytes.fromhex("067777710280")).frame_size == 128
    bare = AtsFields(b"\x01")
    assert (bare.frame_size, bare.ta, bare.has_cid, bare.historical) == (32, 0, True, b"")
    assert AtsFields(b"\x05\x72\x80\x40\x00").has_cid is False
    assert AtsFields(b"\x02\x0f").frame_size == 256


def test_nothing_but_rats_opens_the_protocol():
    target, chip = on_reader(rats=None)
    dialogue(target, ("026000", None), ("d01100", None), ("e0", None), ("e08f", None), ("", None), ("e080", ATS.hex()), ("e080", None))
    assert chip.commands == [] and target.is_in_protocol


def test_hlta_before_rats_silences_the_card():
    target, _ = on_reader(rats=None)
    dialogue(target, ("5000", None), ("e080", None))
    assert target.activate(wake=False) is None
    assert target.activate() is not None and say(target, "e080") == ATS.hex()


def test_d_and_10_numbers_toggle_from_zero():
    target, chip = on_reader()
    dialogue(target, ("0260", "02609000"), ("0361", "03619000"), ("0262", "02629000"))
    assert chip.commands == [b"\x60", b"\x61", b"\x62"]


def test_an_empty_block_is_answered_and_is_no_command():
    target, chip = on_reader()
    dialogue(target, ("02", "02"), ("0360", "03609000"))
    assert chip.commands == [b"\x60"]


def test_2_a_chained_command_is_one_command():
    target, chip = on_reader()
    dialogue(target, ("0260", "02609000"))
    assert not chip.frame_was_chained
    dialogue(target, ("13aabb", "a3"), ("12ccdd", "a2"), ("03ee", "03aabbccddee9000"))
    assert chip.frame_was_chained, "NTAG 424 DNA looks at it"
    assert chip.commands == [b"\x60", bytes.fromhex("aabbccddee")] and target.exchanges == 2


def test_13_a_long_answer_comes_in_the_readers_frame_size():
    target, _ = on_reader(rats="e000", times=10)  # FSDI 0: 16 bytes, 13 of them data
    dialogue(target, ("02010203", "12" + "010203" * 4 + "01"), ("a3", "13" + "0203" + "010203" * 3 + "0102"), ("a2", "02" + "03" + "010203" + "9000"))


def test_11_a_lost_answer_is_sent_again_and_nothing_is_done_twice():
    target, chip = on_reader(times=1)
    dialogue(target, ("0260", "02609000"), ("b2", "02609000"), ("b2", "02609000"), ("0361", "03619000"))
    assert chip.commands == [b"\x60", b"\x61"]


def test_11_in_both_kinds_of_chaining():
    target, chip = on_reader(rats="e000", times=5)
    first, last = "13" + "aabbcc" * 4 + "aa", "02bbcc9000"
    dialogue(target, ("12aa", "a2"), ("b2", "a2"), ("03bbcc", first), ("b3", first), ("a2", last), ("a2", last), ("b2", last))
    assert chip.commands == [bytes.fromhex("aabbcc")]


def test_12_a_command_that_never_arrived_is_asked_for():
    target, chip = on_reader()
    dialogue(target, ("b2", "a3"), ("b2", "a3"), ("0260", "02609000"), ("b3", "a2"), ("0361", "03619000"))
    assert chip.commands == [b"\x60", b"\x61"]


def test_an_ack_out_of_place_is_met_with_silence():
    target, _ = on_reader()
    dialogue(target, ("a2", None), ("a3", None), ("0260", "02609000"), ("a3", None), ("a2", "02609000"))


def test_3_deselect_halts():
    target, chip = on_reader()
    dialogue(target, ("0260", "02609000"), ("c2", "c2"), ("0361", None))
    assert target.activate(wake=False) is None and target.activate() is not None
    dialogue(target, ("0260", None), ("e080", ATS.hex()), ("0262", "02629000"))
    assert chip.commands == [b"\x60", b"\x62"]


def test_a_cid_is_asked_for_and_given_back():
    target, chip = on_reader(rats="e083")
    dialogue(target, ("0260", None), ("0a0160", None), ("0a0360", "0a03609000"), ("ba03", "0a03609000"), ("bb03", "aa03"), ("ca03", "ca03"))
    target, chip = on_reader(rats="e080")
    dialogue(target, ("0a0060", "0a00609000"), ("0361", "03619000"))
    assert chip.commands == [b"\x60", b"\x61"]


def test_a_cid_takes_a_byte_of_the_frame():
    target, _ = on_reader(rats="e001", times=6)
    dialogue(target, ("0a01aabb", "1a01" + "aabb" * 6), ("ab01", "0b019000"))


def test_9_waiting_time_is_asked_for_before_the_command_is_carried_out():
    target, chip = on_reader(wtx_requests=2, wtx_multiplier=7)
    assert say(target, "0260") == "f207" and chip.commands == []
    dialogue(target, ("b2", "f207"), ("f206", None), ("f207", "f207"), ("f207", "02609000"), ("f207", None))
    assert chip.commands == [b"\x60"]


def test_a_pps_is_taken_right_after_rats_only():
    target, _ = on_reader()
    dialogue(target, ("d1110f", None), ("d0110f", "d0"), ("d0110f", None))
    assert target.bit_rates == (3, 3)
    target, _ = on_reader()
    dialogue(target, ("d0110a", "d0"), ("0260", "02609000"))
    assert target.bit_rates == (2, 2)
    target, _ = on_reader()
    dialogue(target, ("0260", "02609000"), ("d0110a", None))
    target, _ = on_reader()
    dialogue(target, ("d001", "d0"))
    target, _ = on_reader()
    dialogue(target, ("d011", None), ("d01110", None), ("d0110104", None))


def test_bit_rates_follow_ta():
    only_106 = AtsFields(b"\x02\x05")
    assert only_106.takes_bit_rates(0, 0) and not only_106.takes_bit_rates(1, 0)
    same = AtsFields(b"\x03\x15\xb3")  # same rate both ways; 212 and 424
    assert same.takes_bit_rates(2, 2) and not same.takes_bit_rates(1, 2) and not same.takes_bit_rates(3, 3)


def test_what_is_no_block_is_met_with_silence():
    target, chip = on_reader()
    for block in ("060060", "00", "2260", "82", "f3", "c3", "f0", "a260", "02" + "00" * 62):
        assert say(target, block) is None, block
    assert chip.commands == [] and say(target, "02" + "00" * 61) is not None, "64-byte frames: PCB, 61 bytes, CRC"


def test_tears_count_commands_and_not_blocks():
    target, chip = on_reader(rats="e000", tears={1: "answer-lost"}, times=7)
    dialogue(target, ("12aa", "a2"), ("b2", "a2"), ("03bb", "13" + "aabb" * 6 + "aa"), ("a2", "02bb9000"), ("b2", "02bb9000"), ("13cc", "a3"), ("02dd", None))
    assert target.exchanges == 2 and chip.commands == [b"\xaa\xbb", b"\xcc\xdd"]


def test_a_torn_card_is_silent_to_every_block():
    for mode in ("not-sent", "not-executed", "answer-lost"):
        target, chip = on_reader(tears={1: mode})
        dialogue(target, ("0260", "02609000"), ("0361", None), ("b3", None), ("0361", None), ("c2", None))
        assert target.is_lost and len(chip.commands) == (2 if mode == "answer-lost" else 1)


def test_half_an_answer_is_a_cut_block():
    target, _ = on_reader(tears={0: "half"})
    assert say(target, "02" + "11" * 8) == "02" + "11" * 5 and target.answer_was_cut
    assert say(target, "b2") is None and not target.answer_was_cut
