"""The ASCII mirror of NTAG21x: UID (14), NFC counter (6) or both with an `x` between (21 characters).

It stands in read answers only, never in the memory. It is off when its page is below 4 or when it would not fit into the
user pages. A counter that needs the password is left out until it was given [A: the sheet does not say what stands there].
"""

NONE, UID, COUNTER, BOTH = 0, 1, 2, 3

_LENGTH = {UID: 14, COUNTER: 6, BOTH: 21}


def mirror(layout, cfg0, uid, counter):
    """(first byte address, ASCII bytes), or None. counter: int, or None when it may not be seen."""
    kind = cfg0[0] >> 6
    page = cfg0[2]
    start = page * 4 + (cfg0[0] >> 4 & 3)
    if kind == NONE or page < 4 or start + _LENGTH[kind] > (layout.user_end + 1) * 4:
        return None
    uid_text = uid.hex().upper()
    counter_text = "" if counter is None else "%06X" % counter
    if kind == UID:
        text = uid_text
    elif kind == COUNTER:
        text = counter_text
    else:
        text = uid_text + ("x" + counter_text if counter_text else "")
    return start, text.encode()


def overlay(mirrored, page, data):
    """`data` (the 4 bytes of `page`) with the mirror's characters over it."""
    if mirrored is None:
        return data
    start, text = mirrored
    seen = bytearray(data)
    for i in range(4):
        offset = page * 4 + i - start
        if 0 <= offset < len(text):
            seen[i] = text[offset]
    return bytes(seen)
