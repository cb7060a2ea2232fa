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


def spelled(text, highest, name):
    """The number 0 to `highest` that the name of a field spells in plain digits."""
    if not isinstance(text, str) or not 0 < len(text) <= 9 or any([character not in "0123456789" for character in text]):
        raise BadInput("%s is no number" % name, _HINT)
    return number(int(text), 0, highest, name)


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


def any_hex(text, name):
    """The bytes of a hex text of any length."""
    try:
        return bytes.fromhex(text)
    except (ValueError, TypeError):
        raise BadInput("%s must be in hex" % name, _HINT)


def a_list(value, name):
    """value, when it is a list of objects or texts."""
    if not isinstance(value, list):
        raise BadInput("%s must be a list" % name, _HINT)
    return value


def an_object(value, name):
    """value, when it is a dict."""
    if not isinstance(value, dict):
        raise wrong("%s must be an object" % name)
    return value


def wrong(message):
    """The BadInput for a state that does not fit, to be raised."""
    return BadInput(message, _HINT)
