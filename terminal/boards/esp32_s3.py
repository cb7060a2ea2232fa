"""ESP32-S3 (WROOM-1 on a DevKitC-1): 512 KB of memory, 8 MB of flash, with or without PSRAM.

Left alone: 0, 3, 45, 46 (read at power-on), 19 and 20 (USB), 26 to 32 (flash), 33 to 37 (octal flash and PSRAM), 43 and 44 (USB
serial). The light is the DevKitC-1's own WS2812 on 48; board version 1.1 has it on 38: {"pins": {"light": 38}} in board.json.
"""

from terminal.boards.common import Board

NAME = "esp32-s3"
PINS = {
    "reader_tx": 17, "reader_rx": 18,
    "reader_sda": 18, "reader_scl": 17,
    "reader_cs": 10, "reader_mosi": 11, "reader_sck": 12, "reader_miso": 13,  # this SPI's own pins
    "reader_reset": 14, "reader_irq": 21,
    "display_sda": 8, "display_scl": 9,
    "row1": 4, "row2": 5, "row3": 6, "row4": 7,
    "column1": 15, "column2": 16, "column3": 1, "column4": 2,
    "redeem": 15, "undo": 16, "cancel": 1,
    "buzzer": 47,
    "light": 48,
    "red": 40, "green": 41, "blue": 42,
}
BUSES = {"uart": 1, "i2c": 1, "display": 0, "spi": 1}
USABLE = (1, 2) + tuple(range(4, 19)) + (21, 38, 39, 40, 41, 42, 47, 48)
ABILITIES = ("pn532", "mfrc522", "display", "light", "rgb", "buzzer", "buttons", "keypad", "watchdog", "wifi", "rtc")
WATCHDOG_MS = 8000


def open_board(data="/data"):
    """This board with its parts; `terminal.boards.common.Board`. Never raises for a part that is not there."""
    return Board(globals(), data)
