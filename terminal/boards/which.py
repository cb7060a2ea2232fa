"""Which board this is: by what MicroPython says of its machine, so that nothing has to be written down at flashing."""

import sys

from cardos.errors import BadInput

# (a part of `sys.implementation._machine`, the board's file); the first that fits counts
_MACHINES = (
    ("Pico 2 W", "pico2_w"), ("Pico W", "pico_w"), ("ESP32S3", "esp32_s3"), ("ESP32-S3", "esp32_s3"), ("ESP32", "esp32"), ("linux", "desk"),
)  # fmt: skip


def board_file(machine=None):
    """The name of this board's file in terminal/boards. machine: what MicroPython says, for a test. BadInput (BOARD_UNKNOWN)."""
    machine = getattr(sys.implementation, "_machine", "linux") if machine is None else machine
    for part, name in _MACHINES:
        if part in machine:
            return name
    raise BadInput("This board is not known: %s." % machine, "docs/boards.md lists those that are.", "BOARD_UNKNOWN")


def open_this_board(data):
    """The `Board` that this is. data: its data folder."""
    return __import__("terminal.boards." + board_file(), None, None, ("open_board",)).open_board(data)
