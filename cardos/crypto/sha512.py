"""SHA-512 (FIPS 180-4): `hashlib` where it has it, as on a PC; the same in plain integers on a board, whose hashlib ends at SHA-256.

For checking signatures of what was downloaded and for signing batches. Both are there under their own name, so that one can test
the other. In integers a block of 128 bytes takes a board about 25 ms, so that it comes in steps as well (`cardos.crypto.steps`).
"""

from cardos.crypto.steps import finished

try:
    from hashlib import sha512 as _hashlib_sha512
except ImportError:  # MicroPython
    _hashlib_sha512 = None

BACK_END = "cardos" if _hashlib_sha512 is None else "hashlib"
BLOCK = 128
_MASK = 0xFFFFFFFFFFFFFFFF


def sha512(message):
    """The 64-byte SHA-512 of `message`."""
    return sha512_of_integers(message) if _hashlib_sha512 is None else _hashlib_sha512(bytes(message)).digest()


def sha512_steps(message):
    """The 64-byte SHA-512 of `message`, in steps where it is slow."""
    if _hashlib_sha512 is None:
        return (yield from sha512_of_integers_steps(message))
    return _hashlib_sha512(bytes(message)).digest()


def sha512_of_integers(message):
    """The 64-byte SHA-512 of `message`, without a library."""
    return finished(sha512_of_integers_steps(message))


def sha512_of_integers_steps(message):
    """The same in steps of 16 rounds."""
    size = len(message)
    rest = bytes(message[size - size % BLOCK :]) + b"\x80"
    rest += bytes(-(len(rest) + 16) % BLOCK) + (8 * size).to_bytes(16, "big")  # section 5.1.2
    state = _START
    for data in (message, rest):
        for offset in range(0, len(data) - len(data) % BLOCK, BLOCK):
            state = yield from _after_block(state, data, offset)
    return b"".join([word.to_bytes(8, "big") for word in state])


def _after_block(state, data, offset):
    """The eight words after one block (section 6.4.2). A word is rotated by shifting it written twice: x | x << 64."""
    w = [int.from_bytes(data[place : place + 8], "big") for place in range(offset, offset + BLOCK, 8)]
    a, b, c, d, e, f, g, h = state
    for t in range(80):
        if t & 15 == 0:
            yield
        if t >= 16:
            x, y = w[(t + 1) & 15], w[(t + 14) & 15]
            x, y = x | x << 64, y | y << 64
            s0 = (x >> 1 ^ x >> 8 ^ (x & _MASK) >> 7) & _MASK
            s1 = (y >> 19 ^ y >> 61 ^ (y & _MASK) >> 6) & _MASK
            w[t & 15] = w[t & 15] + s0 + w[(t + 9) & 15] + s1 & _MASK
        x, y = e | e << 64, a | a << 64
        t1 = h + ((x >> 14 ^ x >> 18 ^ x >> 41) & _MASK) + (g ^ e & (f ^ g)) + _ROUND[t] + w[t & 15]
        t2 = ((y >> 28 ^ y >> 34 ^ y >> 39) & _MASK) + (a & b | c & (a | b))
        a, b, c, d, e, f, g, h = t1 + t2 & _MASK, a, b, c, d + t1 & _MASK, e, f, g
    return [x + y & _MASK for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def _root(value, power):
    """The integer `power`-th root of a number below 2^(67 * power), by Newton's steps from above."""
    guess = 1 << 69
    while True:
        better = ((power - 1) * guess + value // guess ** (power - 1)) // power
        if better >= guess:
            return guess
        guess = better


def _primes(count):
    found, number = [], 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


# The first 64 bits behind the point of the square and cube roots of the first primes (sections 5.3.5 and 4.2.3).
_START = [_root(prime << 128, 2) & _MASK for prime in _primes(8)]
_ROUND = [_root(prime << 192, 3) & _MASK for prime in _primes(80)]
