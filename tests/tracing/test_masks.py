"""What a trace hides: checked byte by byte, and over whatever frame a fuzz can think of it never falls."""

import random

import pytest

from cardos.records.issuer_block import IssuerBlock, Profile
from cardos.records.record import slot_size
from host_tools.tracing.masks import COUNTERS, SECRET_PAGES, Masker


def hidden(kind, frame, answer=None, masker=None):
    """Hex of the bytes that are masked in a frame, or in its answer."""
    masker = masker or Masker(kind)
    frame = bytes.fromhex(frame)
    places = masker.sent(frame)
    if answer is None:
        return "".join("%02x" % frame[place] for place in sorted(places))
    answer = bytes.fromhex(answer)
    return "".join("%02x" % answer[place] for place in sorted(masker.answered(frame, answer)))


def issuer(counters, layout=0):
    return IssuerBlock(1, 0xFFFF, 1, 7, Profile(layout, counters, False, False), 2251).body() + b"\xaa\xbb\xcc\xdd"


def slot(counters, letter):
    """A slot whose MAC is `letter`0 to `letter`7, so that a leak is seen."""
    mac = bytes(int("%s%d" % (letter, place), 16) for place in range(8))
    return b"\x11" * (slot_size(counters) - 12) + mac + b"\x5a\xff\x00\x01"


@pytest.mark.parametrize("frame, secret", [
    ("1bdae55796", "dae55796"),
    ("a285dae55796", "dae55796"),  # PWD of NTAG215
    ("a286abda0000", "abda0000"),  # PACK
    ("a22cdae55796", "dae55796"),  # key of Ultralight C, PACK of NTAG213
    ("a230dae55796", "dae55796"), ("a23bdae55796", "dae55796"),  # keys of Ultralight AES
    ("a230dae557961122334455667788", "dae55796"),  # the same with a MAC behind
    ("a2e5dae55796", "dae55796"),
    ("a20cdae55796", ""),
    ("a02c", ""), ("3030", ""),
    ("ff82000006a0a1a2a3a4a5", "a0a1a2a3a4a5"),
    ("ffd6008504dae55796", "dae55796"),
    ("ff00000007d4421bdae55796", "dae55796"),
    ("ffc2000107" + "95051bdae55796", "dae55796"),
])  # fmt: skip
def test_passwords_and_keys_on_type_2(frame, secret):
    assert hidden("type2", frame) == secret


def test_a_key_written_in_two_steps():
    masker = Masker("type2")
    assert hidden("type2", "a02d", masker=masker) == ""
    assert hidden("type2", "dae55796" + "00" * 12, masker=masker) == "dae55796"
    assert hidden("type2", "dae55796" + "00" * 12, masker=masker) == ""


def test_pack_and_nak():
    assert hidden("type2", "1bdae55796", "abda") == "abda"
    assert hidden("type2", "1bdae55796", "04") == ""
    assert hidden("type2", "ff00000007d4421bdae55796", "d54300abda9000") == "abda"


def test_classic_keys():
    assert hidden("classic", "6004a0a1a2a3a4a5") == "a0a1a2a3a4a5"
    assert hidden("classic", "6107a0a1a2a3a4a504112233") == "a0a1a2a3a4a5"
    assert hidden("classic", "a007a0a1a2a3a4a5ff078069b0b1b2b3b4b5") == "a0a1a2a3a4a5b0b1b2b3b4b5"
    assert hidden("classic", "3007", "000000000000ff078069b0b1b2b3b4b5") == "b0b1b2b3b4b5"


@pytest.mark.parametrize("counters", COUNTERS)
def test_ends_of_record_macs_in_the_copy_on_a_classic(counters):
    copy = slot(counters, "a")[:-4]
    blocks = [copy[at : at + 16].ljust(16, b"\x00") for at in range(0, len(copy), 16)]
    for teacher in ("3004", "a004" + issuer(counters, 3).hex()):
        masker = Masker("classic")
        hidden("classic", teacher, issuer(counters, 3).hex(), masker)
        sent = "".join(hidden("classic", "a0%02x%s" % (number, block.hex()), masker=masker) for number, block in zip((5, 6, 8, 9, 10), blocks))
        read = "".join(hidden("classic", "30%02x" % number, block.hex(), masker) for number, block in zip((5, 6, 8, 9, 10), blocks))
        assert sent == read == "a4a5a6a7"


@pytest.mark.parametrize("counters", COUNTERS)
def test_ends_of_record_macs_on_pages(counters):
    memory = bytes(12 * 4) + issuer(counters) + slot(counters, "a") + slot(counters, "b")
    last = len(memory) // 4 - 1
    masker = Masker("type2")
    assert hidden("type2", "3a00%02x" % last, memory.hex(), masker) == "a4a5a6a7b4b5b6b7"
    assert masker.counters == {counters}
    tail = (16 * 4 + slot_size(counters) - 8) // 4
    assert hidden("type2", "30%02x" % (tail - 1), memory[tail * 4 - 4 : tail * 4 + 12].hex(), masker) == "a4a5a6a7"
    assert hidden("type2", "a2%02x01020304" % tail, masker=masker) == "01020304"
    if counters < 9:  # beyond, the pages are those of other chips' keys
        assert hidden("type2", "a2%02x01020304" % (tail - 1), masker=masker) == ("01020304" if tail - 1 in SECRET_PAGES else "")
    assert hidden("type2", "a2%02x01020304" % tail) == "01020304"  # also before anything was read


def test_an_issuer_block_that_its_slots_speak_against_teaches_nothing():
    memory = issuer(3) + slot(1, "a") + slot(1, "b")
    masker = Masker("type2")
    shown = hidden("type2", "3a0c%02x" % (12 + len(memory) // 4 - 1), memory.hex(), masker)
    assert masker.counters == set() and "a4a5a6a7" in shown and "b4b5b6b7" in shown


def test_ends_of_record_macs_in_file_3_of_a_424():
    memory = issuer(1, 1) + slot(1, "a") + slot(1, "b")
    masker = Masker("iso-dep")
    masker.sent(bytes.fromhex("00a4040007d276000085010100"))
    session_mac = "e0e1e2e3e4e5e6e7"
    assert hidden("iso-dep", "90ad0000070300000058000000", memory.hex() + session_mac + "9100", masker) == "a4a5a6a7b4b5b6b7"
    write = "908d000033" + "03340000240000" + slot(1, "c").hex() + session_mac + "00"
    assert hidden("iso-dep", write, masker=masker) == "c4c5c6c7"


def test_ends_of_record_macs_of_a_desfire():
    memory = issuer(1, 2) + slot(1, "a")[:-4]
    masker = Masker("iso-dep")
    masker.sent(bytes.fromhex("905a00000373747000"))
    assert hidden("iso-dep", "90ad000007010000003000000000", memory.hex() + "e0e1e2e3e4e5e6e7" + "9100", masker) == "a4a5a6a7"
    write = "908d000037" + "01100000280000" + slot(1, "c")[:-4].hex() + "d0d1d2d3d4d5d6d7" + "e0e1e2e3e4e5e6e7" + "00"
    assert hidden("iso-dep", write, masker=masker) == "c4c5c6c7d4d5d6d7"
    past = "908b00002f" + "02000000200000" + slot(1, "f")[:-4].hex() + "e0e1e2e3e4e5e6e7" + "00"
    assert hidden("iso-dep", past, masker=masker) == "f4f5f6f7"
    two = (slot(1, "a")[:-4] + slot(1, "b")[:-4]).hex()
    assert hidden("iso-dep", "90ab000007020000000200000000", two + "e0e1e2e3e4e5e6e7" + "9100", masker) in (
        "a4a5a6a7b4b5b6b7", "a4a5a6a7b4b5b6b7" + "e0e1e2e3e4e5e6e7")  # fmt: skip


def test_a_read_in_pieces():
    memory = issuer(3, 2) + slot(3, "a")[:-4]
    masker = Masker("iso-dep")
    masker.sent(bytes.fromhex("5a737470"))
    assert hidden("iso-dep", "bd01000000" + "3c0000", "af" + memory[:52].hex(), masker) == ""
    assert hidden("iso-dep", "af", "00" + memory[52:].hex(), masker) == "a4a5a6a7"


@pytest.mark.parametrize("frame, secret", [
    ("90c4000019" + "02" + "5c" * 24 + "00", "5c" * 24),  # at issue this is enciphered under a key that everybody knows
    ("c402" + "5c" * 24, "5c" * 24),
    ("90c600001a" + "0002" + "5c" * 24 + "00", "5c" * 24),
    ("90ce00002d" + "0301101f02" + "5c" * 40 + "00", "5c" * 40),
    ("905c000019" + "01" + "5c" * 24 + "00", "5c" * 24),
    ("905c000019" + "00" + "5c" * 24 + "00", ""),
    ("90c7000000", ""),
])  # fmt: skip
def test_keys_on_their_way_to_iso_dep_cards(frame, secret):
    assert hidden("iso-dep", frame) == secret


def test_the_rest_of_a_key_that_comes_in_pieces():
    masker = Masker("iso-dep")
    hidden("iso-dep", "90c4000019" + "02" + "5c" * 24 + "00", masker=masker)
    assert hidden("iso-dep", "90af000008" + "5c" * 8 + "00", masker=masker) == "5c" * 8


def test_no_frame_and_no_answer_breaks_it():
    rng = random.Random(7)
    for kind in ("type2", "iso-dep", "classic", "other"):
        masker = Masker(kind)
        for _ in range(3000):
            frame = bytes([rng.choice(b"\x30\x3a\xa2\xa0\x1b\xaf\x90\x00\xff\xbd\x60")]) + rng.randbytes(rng.randrange(40))
            if rng.random() < 0.3:
                frame = frame[:1] + bytes([rng.choice(b"\xad\x8d\xab\x8b\xc4\xaf\xa4\x00\xc2\xd6\xb0")]) + frame[2:]
            answer = rng.randbytes(rng.randrange(1, 80))
            assert all(0 <= place < len(frame) for place in masker.sent(frame))
            assert all(0 <= place < len(answer) for place in masker.answered(frame, answer))
