"""SH1106: Sino Wealth data sheet V2.3, commands named and numbered as in its "Command Table". Its memory has 132 columns: modules of
128 show columns 2 to 129. It knows page addressing only. 1.3 inch modules that are sold as SSD1306 are often this one: their picture
is then two pixels to the side, with noise at the edge.
"""

from terminal.displays.oled import DISPLAY_OFF, Oled

SET_PUMP_VOLTAGE = 0x30  # 3; the low bits choose 6.4, 7.4, 8.0, 9.0 V
SET_DISPLAY_START_LINE = 0x40  # 4
SET_SEGMENT_RE_MAP = 0xA0  # 6
SET_ENTIRE_DISPLAY_OFF = 0xA4  # 7: the pixels of the memory are shown
SET_NORMAL_DISPLAY = 0xA6  # 8
SET_MULTIPLEX_RATIO = 0xA8  # 9
SET_DC_DC = 0xAD  # 10
SET_COMMON_SCAN_DIRECTION = 0xC0  # 13
SET_DISPLAY_OFFSET = 0xD3  # 14
SET_DISPLAY_CLOCK = 0xD5  # 15
SET_CHARGE_PERIODS = 0xD9  # 16
SET_COMMON_PADS = 0xDA  # 17
SET_VCOM_DESELECT_LEVEL = 0xDB  # 18

RAM_COLUMNS = 132
DC_DC_ON = 0x8B
VOLTS_8 = 0x02
REMAPPED, REVERSED = 0x01, 0x08
ALTERNATIVE_PADS, SEQUENTIAL_PADS = 0x12, 0x02


class Sh1106(Oled):
    """An SH1106 on `bus` (terminal/displays/buses.py). See `Oled`."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.offset = (RAM_COLUMNS - self.width) // 2

    def start_commands(self):
        """The start; the chip's other settings are its power-on values."""
        pads = ALTERNATIVE_PADS if self.height > 32 else SEQUENTIAL_PADS
        return bytes((
            DISPLAY_OFF, SET_DISPLAY_CLOCK, 0x80, SET_MULTIPLEX_RATIO, self.height - 1, SET_DISPLAY_OFFSET, 0, SET_DISPLAY_START_LINE,
            SET_DC_DC, DC_DC_ON, SET_PUMP_VOLTAGE | VOLTS_8, SET_SEGMENT_RE_MAP | REMAPPED, SET_COMMON_SCAN_DIRECTION | REVERSED,
            SET_COMMON_PADS, pads, SET_CHARGE_PERIODS, 0x22, SET_VCOM_DESELECT_LEVEL, 0x35, SET_ENTIRE_DISPLAY_OFF, SET_NORMAL_DISPLAY,
        ))  # fmt: skip
