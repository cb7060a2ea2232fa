"""The noise of half-written memory cells: bits that nobody can foretell.

A test passes its own source, anything with `take(count) -> bytes`, to know what a weak bit reads.
"""

import os


class Noise:
    """Pseudo-random bytes; equal seeds give equal noise on every machine. seed: int, or None for a fresh one."""

    def __init__(self, seed=None):
        self._value = (int.from_bytes(os.urandom(4), "big") if seed is None else seed) & 0xFFFFFFFF

    def take(self, count):
        """`count` bytes. xorshift32 behind an odd multiplier: every bit flips often, which is all that is asked of it."""
        taken = bytearray()
        for _ in range(count):
            value = (self._value + 0x9E3779B9) & 0xFFFFFFFF
            self._value = value
            value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
            value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
            taken.append((value >> 24) & 0xFF)
        return bytes(taken)
