"""Checks of the values in a soft card's saved state. Each returns the value, or raises BadInput and names the field."""

from cardos.errors import BadInput

_HINT = "this is not the file of a soft card, or it was edited; make one: stampd softcard new"


def one_of(value, allowed, name):
    """value, when it is one of `allowed`."""
    for choice in allowed:
        if value is choice or (type(value) is type(choice) and value == choice):
            return value
    raise BadInput("%s %r is not one of: %s" % (name, value, ", ".join([str(choice) for choice in allowed])), _HINT)


def number(value, lowest, highest, name):
    """value, when it is an int from lowest to highest."""
    if type(value) is not int or not lowest <= value <= highest:
        raise BadInput("%s must be a number from %d to %d" % (name, lowest, highest), _HINT)
    return value


def exactly(value, count, name):
    """value, when it is `count` bytes long."""
    if len(value) != count:
        raise BadInput("%s must be %d bytes, not %d" % (name, count, len(value)), _HINT)
    return value


def hex_bytes(text, count, name):
    """The bytes of a hex text of `count` bytes."""
    try:
        value = bytes.fromhex(text)
    except (ValueError, TypeError):
        raise BadInput("%s must be %d bytes in hex" % (name, count), _HINT)
    return exactly(value, count, name)
