"""How many cases, and where their bytes come from: noise, and true data with something wrong in it.

`make test` runs CASES of each parser; `make fuzz` (STAMPD_HYPOTHESIS=fuzz) LONGER times as many, with a fresh seed each time.
"""

import os

CASES = 10_000
LONGER = 20
_EDGES = (0x00, 0x01, 0x0A, 0x7F, 0x80, 0x90, 0x91, 0xAF, 0xFE, 0xFF)


def how_many(share=1):
    """Cases of one parser; share: a part of a test's cases where it has several parsers of one kind, or slow ones."""
    return max(1, int(CASES * share)) * (LONGER if os.environ.get("STAMPD_HYPOTHESIS") == "fuzz" else 1)


def noise(rng, most):
    """0 to `most` bytes: noise, one byte again and again, or bytes from the edges."""
    size = rng.randrange(most + 1)
    kind = rng.randrange(4)
    if kind == 0:
        return bytes([rng.choice(_EDGES)]) * size
    return bytes(rng.choices(_EDGES, k=size)) if kind == 1 else rng.randbytes(size)


def mutated(rng, data):
    """`data` with one to three things wrong in it; it may come out equal."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(made)) if made else 0
        kind = rng.randrange(7)
        if kind == 0 and made:
            made[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and made:
            made[at] = rng.choice(_EDGES)
        elif kind == 2:
            del made[at:]
        elif kind == 3:
            del made[at : at + rng.randrange(1, 5)]
        elif kind == 4:
            made[at:at] = rng.randbytes(rng.randrange(1, 5))
        elif kind == 5:
            made += made[at:] if rng.randrange(2) else rng.randbytes(rng.randrange(1, 9))
        else:
            made[at : at + 8] = rng.randbytes(len(made[at : at + 8]))
    return bytes(made)


def same_size(rng, data):
    """`data` with one to three bytes changed."""
    made = bytearray(data)
    for at in rng.sample(range(len(made)), rng.randrange(1, 4)):
        made[at] ^= rng.randrange(1, 256)
    return bytes(made)


def some(rng, valid, most=80):
    """Noise, or one of the `valid` mutated."""
    return mutated(rng, rng.choice(valid)) if valid and rng.randrange(3) else noise(rng, most)
