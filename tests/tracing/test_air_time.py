"""The model of the air, by hand."""

import pytest

from host_tools.tracing.air_time import RATES, WORK_MS, blocks, exchange_ms, exchanges_ms
from host_tools.tracing.desfire_names import COMMANDS

TURN = 0.091 + 0.087


def test_a_read_and_a_write_of_pages():
    """READ: 4 bytes out, 18 back, each of 9 bits and a frame's 2; delays and 0.09 ms of thinking."""
    assert exchange_ms("type2", "page read", 2, 16) == pytest.approx((38 + 164) * 0.00944 + TURN + 0.09)
    assert exchange_ms("type2", "page write", 6, 1, eeprom_ms=2.0) == pytest.approx((74 + 6) * 0.00944 + TURN + 2.0)


def test_an_iso_dep_block_has_a_prologue():
    """5 bytes and the prologue and a CRC: 8 bytes of 9 bits and 2; the answer 2 + 1 + 2."""
    assert exchange_ms("iso-dep", "select", 5, 2) == pytest.approx((74 + 47) * 0.00944 + TURN + 0.77)


def test_what_does_not_fit_a_frame_is_cut_and_each_piece_acknowledged():
    assert blocks(61, 64) == [62] and blocks(62, 64) == [62, 2] and blocks(0, 64) == [1] and blocks(122, 64) == [62, 62]
    one, two = exchange_ms("iso-dep", "read", 61, 2), exchange_ms("iso-dep", "read", 62, 2)
    # one more byte: itself, another frame's prologue, CRC and bits, an empty block back, and one more turn
    assert two - one == pytest.approx((9 + (2 + 27) + (2 + 27)) * 0.00944 + TURN)
    assert exchange_ms("iso-dep", "read", 62, 2, frame_size=128) - one == pytest.approx(9 * 0.00944)


def test_a_faster_bit_rate_shortens_bits_and_nothing_else():
    times = [exchange_ms("iso-dep", "read", 20, 60, rate=rate) for rate in RATES]
    fixed = TURN + 1.07
    assert [(times[0] - fixed) / (found - fixed) for found in times] == pytest.approx([1, 2, 4, 8])


def test_an_answer_that_never_came_takes_no_time():
    assert exchange_ms("type2", "page read", 2, None) == pytest.approx(38 * 0.00944 + TURN + 0.09)


def test_authentications_of_the_ultralights_are_told_by_their_sizes():
    c, aes = [exchanges_ms("type2", [("authenticate 1", 2, n + 1), ("authenticate 2", 2 * n + 1, n + 1)]) for n in (8, 16)]
    bits = [sum(2 + 9 * (size + 2) for size in (2, n + 1, 2 * n + 1, n + 1)) * 0.00944 + 2 * TURN for n in (8, 16)]
    assert c - bits[0] == pytest.approx(0.84 + 0.84) and aes - bits[1] == pytest.approx(1.43 + 1.50)


def test_every_named_command_has_its_work():
    assert {work for _, work in COMMANDS.values()} <= set(WORK_MS)
