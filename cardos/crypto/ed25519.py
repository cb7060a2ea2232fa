"""Ed25519, checking only (RFC 8032, section 5.1.7): the signatures of packs and receipts, on PCs and boards alike.

Strict, so that every machine gives the same answer for the same bytes: numbers and points count only in their one
encoding, s is below the group's order, the equation is checked without the cofactor, and a public key of small order
(which "signs" anything) is refused. Plain integers, public data only, nothing secret and therefore nothing timed. A board
needs a second or two, and a quarter of a second more for each KB: when something is downloaded, in steps of about 5 ms
(`cardos.crypto.steps`) between taps, never in one.
"""

from cardos.crypto.sha512 import sha512_steps
from cardos.crypto.steps import finished

SIGNATURE_SIZE = 64
KEY_SIZE = 32

_BITS = (1 << 255) - 1
_P = (1 << 255) - 19
_L = (1 << 252) + 27742317777372353535851937790883648493  # the order of the base point
_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555  # -121665 / 121666
_2D = 2 * _D % _P
_ROOT_OF_MINUS_1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
_BASE_T = _BASE_X * _BASE_Y % _P

# A point is (X, Y, Z, T): x = X/Z, y = Y/Z, x*y = T/Z. To be added it is kept as (Y-X, Y+X, 2dT, 2Z): section 5.1.4.
_NOWHERE = (0, 1, 1, 0)


def verify(public_key, message, signature):
    """True when `signature` (64 bytes) is over `message` by the owner of `public_key` (32 bytes); False for everything else."""
    return finished(verify_steps(public_key, message, signature))


def verify_steps(public_key, message, signature):
    """What `verify` says, in steps."""
    if len(signature) != SIGNATURE_SIZE or len(public_key) != KEY_SIZE:
        return False
    s = _number(signature[KEY_SIZE:])
    key = yield from _point(public_key)
    if s >= _L or key is None:
        return False
    eightfold = key
    for _ in range(3):
        yield
        eightfold = _doubled(eightfold)
    if _is_nowhere(eightfold):
        return False
    k = _number((yield from sha512_steps(bytes(signature[:KEY_SIZE]) + bytes(public_key) + bytes(message)))) % _L
    x, y, z, t = key
    total = yield from _sum_of_products(s, (_BASE_X, _BASE_Y, 1, _BASE_T), k, (_P - x, y, z, _P - t))
    return (yield from _encoded(total)) == bytes(signature[:KEY_SIZE])


def _number(data):
    return int.from_bytes(bytes(data), "little")


def _point(data):
    """The point that 32 bytes encode (section 5.1.3), or None: no point, or not its one encoding."""
    number = _number(data)
    y, odd = number & _BITS, number >> 255
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P  # x^2 = u / v
    v3 = v * v * v % _P
    w = u * v3 * v3 * v % _P
    power = yield from _power_2_250_less_1(w)
    x = u * v3 * w * power**4 % _P  # u v^3 (u v^7)^((p-5)/8); (p-5)/8 = 2^252 - 3
    if v * x * x % _P != u:
        x = x * _ROOT_OF_MINUS_1 % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and odd:
        return None
    if x & 1 != odd:
        x = _P - x
    return x, y, 1, x * y % _P


def _encoded(point):
    x, y, z, _ = point
    power = yield from _power_2_250_less_1(z)
    power = yield from _squared(power, 5)
    inverse = z * z * z * power % _P * z**8 % _P  # z^(p-2); p-2 = 2^255 - 21 = 2^5 (2^250 - 1) + 8 + 3
    return ((x * inverse % _P & 1) << 255 | y * inverse % _P).to_bytes(KEY_SIZE, "little")


def _squared(value, times):
    for turn in range(times):
        if turn & 7 == 0:
            yield
        value = value * value % _P
    return value


def _power_2_250_less_1(value):
    """value^(2^250 - 1), by way of 2^5 - 1, 2^10 - 1, 2^25 - 1, 2^50 - 1, 2^100 - 1 and 2^200 - 1."""
    five = value
    for _ in range(4):
        five = five * five * value % _P  # one more bit of the exponent each
    ten = (yield from _squared(five, 5)) * five % _P
    twenty_five = (yield from _squared(ten, 10)) * ten % _P
    twenty_five = (yield from _squared(twenty_five, 5)) * five % _P
    fifty = (yield from _squared(twenty_five, 25)) * twenty_five % _P
    hundred = (yield from _squared(fifty, 50)) * fifty % _P
    two_hundred = (yield from _squared(hundred, 100)) * hundred % _P
    return (yield from _squared(two_hundred, 50)) * fifty % _P


def _is_nowhere(point):
    return point[0] == 0 and point[1] == point[2]


def _sum_of_products(s, one, k, two):
    """s * one + k * two, both at once, two bits of each at a time from the highest down (Straus)."""
    sums, kept_one, doubled = [], _kept(one), _doubled(two)  # sums[i + 4 j] = i * one + j * two
    for row in (_NOWHERE, two, doubled, _add(doubled, _kept(two))):
        for _ in range(4):
            yield
            sums.append(_kept(row))
            row = _add(row, kept_one)
    total = _NOWHERE
    for place in range(252, -1, -2):
        yield
        total = _doubled(total)
        yield
        total = _doubled(total)
        yield
        pick = (s >> place & 3) + 4 * (k >> place & 3)
        if pick:
            total = _add(total, sums[pick])
    return total


def _kept(point):
    x, y, z, t = point
    return (y - x) % _P, (y + x) % _P, _2D * t % _P, 2 * z % _P


def _doubled(point):
    x, y, z, _ = point
    a, b = x * x % _P, y * y % _P
    h, g = a + b, a - b
    e, f = h - (x + y) * (x + y) % _P, 2 * z * z % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _add(point, kept):
    """A point and a kept one; the formulas are complete, so no case is special."""
    x, y, z, t = point
    a, b = (y - x) * kept[0] % _P, (y + x) * kept[1] % _P
    c, d = t * kept[2] % _P, z * kept[3] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P
