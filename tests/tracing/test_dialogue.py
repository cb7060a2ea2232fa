"""A trace file says the same after being read as when it was written, and refuses what is none."""

import pytest

from cardos.errors import BadInput, CardLost
from host_tools.tracing.dialogue import FIRST_LINE, MASKED, Tap, parsed, written
from host_tools.tracing.replay import NotInTheTrace, ReplayLink
from host_tools.tracing.traced_link import TracingLink

TEXT = """# stampd trace 1
= {"kind": "type2", "uid": "04a1b2c3d4e5f6", "wish": {"kind": "show"}}
* READ page 04        air 2.15  reader 3.00  host 0.10 ms
> 3004
< 00112233445566778899aabbccddeeff  16 bytes

# a word between
* PWD_AUTH
> 1b********
< ****  2 bytes
* READ page 08
> 3008
! CARD_LOST
= {"kind": "type2", "uid": null, "wish": {"kind": "show"}}
"""


def test_reading():
    first, second = parsed(TEXT)
    assert first.told["uid"] == "04a1b2c3d4e5f6" and second.spoken == []
    assert [len(one.sent) for one in first.spoken] == [2, 5, 2]
    assert first.spoken[1].sent == (0x1B, MASKED, MASKED, MASKED, MASKED)
    assert first.spoken[1].answered == (MASKED, MASKED)
    assert first.spoken[2].answered is None and first.spoken[2].trouble == "CARD_LOST"


@pytest.mark.parametrize("text, line", [
    ("", 1),
    ("> 3004\n", 1),
    (FIRST_LINE + "\n> 3004\n< 00\n", 2),
    (FIRST_LINE + "\n= {}\n", 2),
    (FIRST_LINE + "\n= [\n", 2),
    (FIRST_LINE + '\n= {"kind": "type2"}\n> 300\n', 3),
    (FIRST_LINE + '\n= {"kind": "type2"}\n> zz\n', 3),
    (FIRST_LINE + '\n= {"kind": "type2"}\n> 3004\n> 3004\n', 4),
    (FIRST_LINE + '\n= {"kind": "type2"}\n< 3004\n', 3),
    (FIRST_LINE + '\n= {"kind": "type2"}\n> 3004\n', 3),
])  # fmt: skip
def test_what_is_no_trace(text, line):
    with pytest.raises(BadInput) as refused:
        parsed(text)
    assert refused.value.code == "BAD_TRACE" and "line %d" % line in refused.value.message


def test_a_replayed_card_answers_what_it_said_and_nothing_else():
    first, _ = parsed(TEXT)
    link = ReplayLink(first, fill=lambda frame, answered: (0xAB, 0xDA) if frame[0] == 0x1B else answered)
    assert link.exchange(b"\x30\x04", 5) == bytes(range(0, 256, 17))
    assert link.exchange(b"\x1b1234", 5) == b"\xab\xda"
    with pytest.raises(NotInTheTrace):
        link.finished()
    with pytest.raises(CardLost):
        link.exchange(b"\x30\x08", 5)
    link.finished()


@pytest.mark.parametrize("frame", [b"\x30\x05", b"\x30", b"\x30\x04\x00"])
def test_another_frame_is_not_in_the_trace(frame):
    with pytest.raises(NotInTheTrace):
        ReplayLink(parsed(TEXT)[0]).exchange(frame, 5)


def test_nobody_fills_a_masked_answer():
    link = ReplayLink(parsed(TEXT)[0])
    link.exchange(b"\x30\x04", 5)
    with pytest.raises(NotInTheTrace):
        link.exchange(b"\x1b1234", 5)


def test_time_is_split_into_air_reader_and_host():
    """The clock stands at 0 when the first frame goes, 8 ms later at its answer; 2 ms pass; the next takes 1 ms: less than the air."""
    moments = iter([0.0, 0.008, 0.010, 0.011])
    said = parsed(TEXT)[0].spoken[0]
    traced = TracingLink(ReplayLink(Tap({"kind": "type2"}, [said, said])), clock=lambda: next(moments))
    traced.exchange(b"\x30\x04", 5)
    first = traced.lines[0]
    assert (first.name, first.ms, first.host_ms) == ("READ", 8.0, 0.0)
    assert first.reader_ms == pytest.approx(8.0 - first.air_ms) and 2 < first.air_ms < 3
    traced.exchange(b"\x30\x04", 5)
    assert (traced.lines[1].ms, traced.lines[1].reader_ms, traced.lines[1].host_ms) == (1.0, 0.0, 2.0)


def test_written_and_read_again():
    first, _ = parsed(TEXT)
    traced = TracingLink(ReplayLink(first, fill=lambda frame, answered: (0xAB, 0xDA) if frame[0] == 0x1B else answered))
    for frame in (b"\x30\x04", b"\x1b1234"):
        traced.exchange(frame, 5)
    with pytest.raises(CardLost):
        traced.exchange(b"\x30\x08", 5)
    again = parsed(FIRST_LINE + "\n" + written(first.told, traced.lines))
    assert again == [first]
    assert "1234" not in written(first.told, traced.lines)
