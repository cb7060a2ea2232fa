"""Classic ESP32 (WROOM or WROVER on a DevKit): 320 KB of memory of which MicroPython gets about 160 KB, 4 MB of flash or more.

Thirteen pins are free of second meanings: not 0, 2, 5, 12, 15 (read at power-on), 6 to 11 (flash), 16 and 17 (PSRAM of a WROVER),
1 and 3 (USB serial), 34 to 39 (inputs without pull-up). So the reader's pins are shared by its kinds, and there is no keypad.
The module's pin "SDA/TXD" goes to 19 and "SCL/RXD" to 23 for UART as for I2C.
"""

from terminal.boards.common import Board

NAME = "esp32"
PINS = {
    "reader_tx": 23, "reader_rx": 19,
    "reader_sda": 19, "reader_scl": 23,
    "reader_sck": 18, "reader_miso": 19, "reader_mosi": 23,  # this SPI's own pins
    "reader_cs": 27, "reader_reset": 26, "reader_irq": 25,
    "display_sda": 21, "display_scl": 22,
    "redeem": 14, "undo": 32, "cancel": 33,
    "buzzer": 4,
    "light": 13,
}
BUSES = {"uart": 1, "i2c": 1, "display": 0, "spi": 2}  # UART1's own pins are the flash's: it always gets pins by name
USABLE = (4, 13, 14, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33)
ABILITIES = ("pn532", "mfrc522", "display", "light", "buzzer", "buttons", "watchdog", "wifi", "rtc")
WATCHDOG_MS = 8000


def open_board(data="/data"):
    """This board with its parts; `terminal.boards.common.Board`. Never raises for a part that is not there."""
    return Board(globals(), data)
