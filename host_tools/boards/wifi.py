"""A network's name and password for a board: from a file or a prompt, never from an argument or the environment."""

import sys
from pathlib import Path

import click

from cardos.errors import BadInput

NAME_MAX, PASSWORD_MAX = 32, 63  # IEEE 802.11: an SSID's bytes, a WPA pass phrase's characters
_SIZE_MAX = 4096
_LINES = "Its first line is the network's name, its second the password."


def from_file(path):
    """(name, password) of a file's first two lines; "-" is standard input. BadInput (WIFI)."""
    try:
        data = sys.stdin.buffer.read(_SIZE_MAX) if str(path) == "-" else Path(path).read_bytes()[:_SIZE_MAX]
        lines = data.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:  # the cause is left out: it would carry the file's bytes
        raise BadInput("The file %s cannot be read (%s)." % (path, type(error).__name__), _LINES, "WIFI") from None
    if not lines:
        raise BadInput("The file %s is empty." % path, _LINES, "WIFI")
    return checked(lines[0], lines[1] if len(lines) > 1 else "")


def ask():
    """(name, password) as a person types them."""
    name = click.prompt("Name of the network", err=True)
    return checked(name, click.prompt("Its password (empty for none)", hide_input=True, default="", show_default=False, err=True))


def checked(name, password):
    """The pair, or BadInput (WIFI)."""
    if not 1 <= len(name.encode()) <= NAME_MAX:
        raise BadInput("A network's name has 1 to %d bytes." % NAME_MAX, "", "WIFI")
    if password and not 8 <= len(password) <= PASSWORD_MAX:
        raise BadInput("A network's password has 8 to %d characters." % PASSWORD_MAX, "", "WIFI")
    return name, password
