"""Numbers on the DESFire interface: least significant byte first, values signed in 32 bits, data addressed in 3 bytes."""

INT32_MIN = -0x80000000
INT32_MAX = 0x7FFFFFFF


def read_le(data):
    """The unsigned number in `data`, least significant byte first."""
    value = 0
    for byte in reversed(data):
        value = value << 8 | byte
    return value


def read_int32_le(data):
    """The signed number in 4 bytes."""
    value = read_le(data)
    return value - 0x100000000 if value & 0x80000000 else value


def int32_le(value):
    """`value` as 4 bytes, two's complement. The caller has checked its range."""
    assert INT32_MIN <= value <= INT32_MAX
    value &= 0xFFFFFFFF
    return bytes([value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >> 24])
