"""SSD1306: Solomon Systech data sheet rev. 1.1. Commands are named as in its section 9, table 9-1; the order is that of its
application note, "Software initialization flow chart". 128x64 and 128x32 modules with the charge pump.
"""

from terminal.displays.oled import DISPLAY_OFF, Oled

SET_MEMORY_ADDRESSING_MODE = 0x20  # 10.1.3
SET_DISPLAY_START_LINE = 0x40  # 10.1.6
SET_SEGMENT_RE_MAP = 0xA0  # 10.1.8
ENTIRE_DISPLAY_FROM_RAM = 0xA4  # 10.1.9
SET_NORMAL_DISPLAY = 0xA6  # 10.1.10
SET_MULTIPLEX_RATIO = 0xA8  # 10.1.11
SET_COM_OUTPUT_SCAN_DIRECTION = 0xC0  # 10.1.14
SET_DISPLAY_OFFSET = 0xD3  # 10.1.15
SET_DISPLAY_CLOCK = 0xD5  # 10.1.16
SET_PRE_CHARGE_PERIOD = 0xD9  # 10.1.17
SET_COM_PINS = 0xDA  # 10.1.18
SET_VCOMH_DESELECT_LEVEL = 0xDB  # 10.1.19
CHARGE_PUMP_SETTING = 0x8D  # application note, section 2.1

PAGE_ADDRESSING = 0x02
REMAPPED, REVERSED = 0x01, 0x08  # modules are soldered with pixel 0, 0 at segment 127 and the last common
ALTERNATIVE_COMS, SEQUENTIAL_COMS = 0x12, 0x02  # 64 rows, and 32 rows
PUMP_ON = 0x14


class Ssd1306(Oled):
    """An SSD1306 on `bus` (terminal/displays/buses.py). See `Oled`."""

    def start_commands(self):
        """The start as in the application note."""
        coms = ALTERNATIVE_COMS if self.height > 32 else SEQUENTIAL_COMS
        return bytes((
            DISPLAY_OFF, SET_DISPLAY_CLOCK, 0x80, SET_MULTIPLEX_RATIO, self.height - 1, SET_DISPLAY_OFFSET, 0, SET_DISPLAY_START_LINE,
            CHARGE_PUMP_SETTING, PUMP_ON, SET_MEMORY_ADDRESSING_MODE, PAGE_ADDRESSING, SET_SEGMENT_RE_MAP | REMAPPED,
            SET_COM_OUTPUT_SCAN_DIRECTION | REVERSED, SET_COM_PINS, coms, SET_PRE_CHARGE_PERIOD, 0xF1, SET_VCOMH_DESELECT_LEVEL, 0x20,
            ENTIRE_DISPLAY_FROM_RAM, SET_NORMAL_DISPLAY,
        ))  # fmt: skip
