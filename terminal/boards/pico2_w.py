"""Raspberry Pi Pico 2 W: RP2350, 520 KB of memory, 4 MB of flash; header and pins of the Pico W.

Its clock runs on through a restart (not through a power cut) with MicroPython newer than 1.29; before, each start begins in 2021.
"""

from terminal.boards.common import Board
from terminal.boards.pico_w import BUSES, PINS, USABLE, WATCHDOG_MS  # noqa: F401 - taken from this file's names by Board
from terminal.boards.pico_w import ABILITIES as PICO_W

NAME = "pico2-w"
ABILITIES = PICO_W + ("rtc",)


def open_board(data="/data"):
    """This board with its parts; `terminal.boards.common.Board`. Never raises for a part that is not there."""
    return Board(globals(), data)
