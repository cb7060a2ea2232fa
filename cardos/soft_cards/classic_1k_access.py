"""Access conditions of MIFARE Classic: three bits a block, each stored twice in bytes 6 to 8 of the sector trailer.

MF1S50yyX/V1 data sheet, section 8.7. Byte 6 = inverted C2 (high nibble), inverted C1; byte 7 = C1, inverted C3; byte 8 = C3, C2;
bit i of a nibble belongs to block i of the sector.
"""

# C1 C2 C3 of a data block -> (keys that read, keys that write). Value operations are left out.
_DATA = {
    0b000: ("AB", "AB"),
    0b010: ("AB", ""),
    0b100: ("AB", "B"),
    0b110: ("AB", "B"),
    0b001: ("AB", ""),
    0b011: ("B", "B"),
    0b101: ("B", ""),
    0b111: ("", ""),
}

# C1 C2 C3 of a trailer -> keys that (write key A, read access bits, write access bits, read key B, write key B)
_TRAILER = {
    0b000: ("A", "A", "", "A", "A"),
    0b010: ("", "A", "", "A", ""),
    0b100: ("B", "AB", "", "", "B"),
    0b110: ("", "AB", "", "", ""),
    0b001: ("A", "A", "A", "A", "A"),
    0b011: ("B", "AB", "B", "", "B"),
    0b101: ("", "AB", "B", "", ""),
    0b111: ("", "AB", "", "", ""),
}
_TRAILER_RIGHTS = ("A w", "access r", "access w", "B r", "B w")


def conditions(access):
    """C1 C2 C3 of the sector's blocks 0 to 3, a list of numbers 0..7, or None when the two copies contradict each other."""
    c1, c2, c3 = access[1] >> 4, access[2] & 0x0F, access[2] >> 4
    if access[0] != (c2 << 4 | c1) ^ 0xFF or access[1] & 0x0F != c3 ^ 0x0F:
        return None
    return [(c1 >> i & 1) << 2 | (c2 >> i & 1) << 1 | c3 >> i & 1 for i in range(4)]


def data_rights(condition, letter):
    """What key "A" or "B" may do with a data block: a tuple of "r" and "w"."""
    reads, writes = _DATA[condition]
    return (("r",) if letter in reads else ()) + (("w",) if letter in writes else ())


def trailer_rights(condition, letter):
    """What a key may do with the trailer: a tuple of "A w", "access r", "access w", "B r", "B w"."""
    keys = _TRAILER[condition]
    return tuple([_TRAILER_RIGHTS[i] for i in range(5) if letter in keys[i]])
