"""Ed25519, signing (RFC 8032, section 5.1.6), in steps of about 5 ms on a board: a batch of its journal, between taps.

    key = finished(expand_steps(seed))          once: a board keeps it in RAM
    signature = finished(sign_steps(key, message))

Every signature over a message of one length takes the same steps: the nonce and the secret number go through the same 64 windows
of four bits, each four doublings and one addition, of the neutral point too; nothing branches on them, they only select in a table.
What plain integers still tell: how long one multiplication or remainder takes depends on its operands, and which row of the table
is read can be seen on a machine whose cache somebody else shares. A board signs once a batch, in slices that wait for taps and for
the network, with nobody else's program on it; who can measure it at its power pins can open it as well, and its seed is in its
flash. On a PC use a library.
"""

from cardos.crypto.ed25519 import _BASE_T, _BASE_X, _BASE_Y, _L, _NOWHERE, KEY_SIZE, _add, _doubled, _encoded, _kept, _number
from cardos.crypto.sha512 import sha512_steps
from cardos.crypto.steps import finished

SEED_SIZE = 32

_CLAMP = (1 << 254) - 8  # section 5.1.5: the three lowest bits and the two highest go, bit 254 is set


def public_key(seed):
    """The 32-byte public key of a 32-byte seed."""
    return finished(expand_steps(seed))[2]


def sign(seed, message):
    """The 64-byte signature over `message` by the owner of a 32-byte seed."""
    return finished(sign_steps(finished(expand_steps(seed)), message))


def expand_steps(seed):
    """(secret number, prefix 32 bytes, public key 32 bytes) of a 32-byte seed: what `sign_steps` takes. ValueError for another size."""
    if len(seed) != SEED_SIZE:
        raise ValueError("a seed has 32 bytes")
    digest = yield from sha512_steps(seed)
    number = _number(digest[:KEY_SIZE]) & _CLAMP | 1 << 254
    return number, digest[KEY_SIZE:], (yield from _base_times(number))


def sign_steps(key, message):
    """The 64-byte signature over `message`. key: of `expand_steps`."""
    number, prefix, public = key
    message = bytes(message)
    nonce = _number((yield from sha512_steps(prefix + message))) % _L
    point = yield from _base_times(nonce)
    challenge = _number((yield from sha512_steps(point + public + message))) % _L
    yield
    return point + ((nonce + challenge * number) % _L).to_bytes(KEY_SIZE, "little")


def _base_times(number):
    """The 32 bytes of a number below 2^256 times the base point."""
    base = _kept((_BASE_X, _BASE_Y, 1, _BASE_T))
    row, table = _NOWHERE, []  # table[i] = i times the base point
    for _ in range(16):
        yield
        table.append(_kept(row))
        row = _add(row, base)
    total = _NOWHERE
    for place in range(252, -1, -4):
        for _ in range(4):
            yield
            total = _doubled(total)
        yield
        total = _add(total, table[number >> place & 15])
    return (yield from _encoded(total))
