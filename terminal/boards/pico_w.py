"""Raspberry Pi Pico W: RP2040, 264 KB of memory, 2 MB of flash, 26 pins on the header.

Each bus of this chip has its own groups of pins, and two PWM pins share a frequency (GP 2n and 2n+1): the buzzer's neighbour is
left alone. GP23, 24, 25 and 29 belong to the radio. The first two roles of each bus stand side by side on the header.
"""

from terminal.boards.common import Board

NAME = "pico-w"
PINS = {
    "reader_tx": 0, "reader_rx": 1,  # UART0
    "reader_sda": 2, "reader_scl": 3,  # I2C1
    "display_sda": 4, "display_scl": 5,  # I2C0
    "row1": 6, "row2": 7, "row3": 8, "row4": 9,
    "column1": 10, "column2": 11, "column3": 12, "column4": 13,
    "redeem": 10, "undo": 11, "cancel": 12,
    "buzzer": 14,
    "reader_miso": 16, "reader_cs": 17, "reader_sck": 18, "reader_mosi": 19,  # SPI0
    "reader_reset": 20, "reader_irq": 21,
    "light": 22,
    "red": 26, "green": 27, "blue": 28,
}
BUSES = {"uart": 0, "i2c": 1, "display": 0, "spi": 0}
USABLE = tuple(range(23)) + (26, 27, 28)
ABILITIES = ("pn532", "mfrc522", "display", "light", "rgb", "buzzer", "buttons", "keypad", "watchdog", "wifi")
WATCHDOG_MS = 8000  # the chip counts to 8388 at most


def open_board(data="/data"):
    """This board with its parts; `terminal.boards.common.Board`. Never raises for a part that is not there."""
    return Board(globals(), data)
