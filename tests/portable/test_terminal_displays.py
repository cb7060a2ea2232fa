"""The terminal's displays: both chips on both buses into a model of their memory, a wire that comes loose, the font, drawing, layout."""

from terminal.displays import drawing, font, layout
from terminal.displays.buses import I2cBus, SpiBus
from terminal.displays.oled import RETRY_MS
from terminal.displays.sh1106 import Sh1106
from terminal.displays.ssd1306 import Ssd1306

LATVIAN, LITHUANIAN = "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "ąčęėįšųūžĄČĘĖĮŠŲŪŽ"
RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
SYMBOLS = (font.STAMP, font.NO_STAMP, font.ARROW, font.TICK, font.CROSS, font.NO_NETWORK, font.CLOCK_UNSURE, font.JOURNAL_LOW, "€")
ARGUMENTS = {0x81: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1, 0x20: 1, 0x8D: 1, 0xAD: 1}  # commands of two bytes


class FakeChip:
    """Memory of 8 pages with 132 columns and noise in it, as after power-on. `registers`: the last argument of each command."""

    def __init__(self):
        self.memory = [bytearray(b"\xa5" * 132) for _ in range(8)]
        self.page = self.column = 0
        self.registers, self.sent, self.is_there = {}, [], True

    def take(self, is_pixels, data):
        if not self.is_there:
            raise OSError(19)
        if is_pixels:
            self.sent.append(self.page)
            for value in data:
                self.memory[self.page][self.column] = value
                self.column += 1
            return
        data = list(data)
        while data:
            command = data.pop(0)
            if command in ARGUMENTS:
                self.registers[command] = data.pop(0)
            elif 0xB0 <= command <= 0xB7:
                self.page = command & 7
            elif command < 0x10:
                self.column = self.column & 0xF0 | command
            elif command < 0x20:
                self.column = self.column & 0x0F | (command & 0x0F) << 4
            else:
                self.registers[command & 0xF0 if command & 0xF0 in (0x30, 0x40) else command] = True

    def seen(self, offset, display):
        return b"".join([bytes(page[offset : offset + display.width]) for page in self.memory[: display.height // 8]])


class FakeI2c:
    def __init__(self, chip):
        self.chip = chip

    def writevto(self, address, parts):
        assert address == 0x3C and bytes(parts[0]) in (b"\x00", b"\x40")
        self.chip.take(bytes(parts[0]) == b"\x40", bytes(parts[1]))


class Level:
    def __init__(self):
        self.level, self.levels = 1, []

    def value(self, level=None):
        if level is None:
            return self.level
        self.level = level
        self.levels.append(level)


class FakeSpi:
    def __init__(self, chip):
        self.chip, self.cs, self.dc = chip, Level(), Level()

    def write(self, data):
        assert self.cs.level == 0
        self.chip.take(self.dc.level == 1, bytes(data))


class Ticks:
    now = 0

    def __call__(self):
        return self.now


class Glass:
    def __init__(self, width=128, height=64):
        self.width, self.height, self.frame = width, height, bytearray(width * height // 8)

    def picture(self):
        return ["".join(["#" if self.frame[(y >> 3) * self.width + x] >> (y & 7) & 1 else "." for x in range(self.width)]) for y in range(self.height)]


# --- chips ---


def test_both_chips_on_both_buses_show_the_frame():
    for kind, offset in ((Ssd1306, 0), (Sh1106, 2)):
        for height, coms in ((64, 0x12), (32, 0x02)):
            for on_spi in (False, True):
                chip, reset = FakeChip(), Level()
                wires = FakeSpi(chip) if on_spi else FakeI2c(chip)
                display = kind(SpiBus(wires, wires.cs, wires.dc, reset) if on_spi else I2cBus(wires), 128, height)
                drawing.text(display, "Ķiršu kūka", 3, 5)
                assert display.show() and chip.seen(offset, display) == bytes(display.frame)
                assert chip.registers[0xA8] == height - 1 and chip.registers[0xDA] == coms and chip.registers[0x81] == 0xCF
                assert 0xAF in chip.registers and 0xA1 in chip.registers and 0xC8 in chip.registers
                assert chip.registers.get(0x8D if kind is Ssd1306 else 0xAD) == (0x14 if kind is Ssd1306 else 0x8B)
                assert reset.levels == ([0, 1] if on_spi else [])


def test_only_pages_that_changed_are_sent():
    chip = FakeChip()
    display = Ssd1306(I2cBus(FakeI2c(chip)))
    display.show()
    assert chip.sent == [0, 1, 2, 3, 4, 5, 6, 7]
    chip.sent = []
    display.show()
    assert chip.sent == []
    drawing.fill(display, 0, 20, 5, 10)
    display.show()
    assert chip.sent == [2, 3] and chip.seen(0, display) == bytes(display.frame)


def test_a_display_that_is_missing_or_comes_loose_is_told_once_and_comes_back():
    chip, said, ticks = FakeChip(), [], Ticks()
    chip.is_there = False
    display = Sh1106(I2cBus(FakeI2c(chip)), say=said.append, ticks_ms=ticks)
    assert not display.show() and not display.show() and not display.contrast(9) and said == ["The display does not answer."]
    chip.is_there = True
    assert not display.show()  # asked again only after a while
    ticks.now += RETRY_MS
    drawing.fill(display, 0, 0, 9, 9)
    assert display.show() and said[1:] == ["The display is back."] and chip.registers[0x81] == 9
    chip.is_there = False
    drawing.fill(display, 9, 9, 9, 9)
    assert not display.show() and len(said) == 3
    chip.memory = [bytearray(132) for _ in range(8)]  # it was without power
    chip.is_there = True
    ticks.now += RETRY_MS
    assert display.show() and len(said) == 4 and chip.seen(2, display) == bytes(display.frame)


def test_nobody_need_hear_of_it():
    chip = FakeChip()
    chip.is_there = False
    assert not Ssd1306(I2cBus(FakeI2c(chip))).show()


def test_sleep_and_wake():
    chip = FakeChip()
    display = Ssd1306(I2cBus(FakeI2c(chip)))
    display.sleep()
    assert 0xAE in chip.registers and 0xAF not in chip.registers
    display.wake()
    assert 0xAF in chip.registers


# --- font ---


def test_every_letter_of_four_languages_is_there_and_no_two_look_alike():
    letters = "".join([chr(code) for code in range(33, 127)]) + LATVIAN + LITHUANIAN + "".join(SYMBOLS)
    for alphabet in (letters, RUSSIAN):
        looks = {}
        for letter in alphabet:
            assert font.has(letter), letter
            columns = font.columns(letter)
            assert len(columns) == font.width(letter), letter
            assert 1 <= len(columns) <= 8 and all([0 <= column < 1 << font.CELL_ROWS for column in columns]) and any(columns), letter
            other = looks.get(tuple(columns), letter)
            assert other == letter, other + letter
            looks[tuple(columns)] = letter


def test_marks_keep_a_row_off_their_letter():
    for letter in "āčēģīšūžėёйĀČĒĪŠŪŽĖЁЙ":
        rows = 0
        for column in font.columns(letter):
            rows |= column
        top = 2 if letter in "ĀČĒĪŠŪŽĖЁЙ" else 3
        assert not rows >> top & 1 and rows & (1 << top) - 1, letter


def test_capitals_stand_on_the_line_and_hanging_letters_hang():
    for letter, rows in (("A", 0x1FC), ("x", 0x1F0), ("g", 0x7F0), ("0", 0x1FC), ("Ķ", 0xDFC)):
        seen = 0
        for column in font.columns(letter):
            seen |= column
        assert seen == rows, letter


def test_a_strange_letter_is_a_box_and_cyrillic_twins_are_latin():
    assert font.columns("漢") == font.columns("□") and not font.has("漢")
    assert font.columns("С") == font.columns("C") and font.columns("р") == font.columns("p")


def test_the_tables_of_marks_are_of_one_length():
    assert len(font.MARKED) == len(font.BASE__) == len(font.MARK__) and len(font.LOOKS) == len(font.LIKE_)


# --- drawing ---


def test_text_is_drawn_at_any_scale_and_row():
    for scale in (1, 2, 3):
        for y in (0, 3, 8, 13):
            glass = Glass()
            end = drawing.text(glass, "Iž", 4, y, scale)
            assert end == 4 + drawing.text_width("Iž", scale) + scale
            picture, letters = glass.picture(), [(at, column) for at, column in enumerate(font.columns("I") + [0] + font.columns("ž"))]
            for at, column in letters:
                for row in range(font.CELL_ROWS):
                    for dx in range(scale):
                        for dy in range(scale):
                            lit = picture[y + row * scale + dy][4 + at * scale + dx] == "#"
                            assert lit == bool(column >> row & 1), (scale, y, at, row)


def test_what_is_outside_is_cut_off():
    glass = Glass(16, 16)
    drawing.text(glass, "WWW", -4, 12, 2)
    drawing.text(glass, "W", 3, -6, 1)
    drawing.fill(glass, -5, -5, 7, 7)
    picture = glass.picture()
    assert picture[1][:3] == "##." and picture[2][:2] == ".."
    drawing.fill(glass, 0, 0, 99, 99)
    assert set("".join(glass.picture())) == {"#"}
    drawing.fill(glass, 4, 4, 8, 8, False)
    assert glass.picture()[4] == "####........####"
    drawing.clear(glass)
    assert set(glass.frame) == {0}


def test_width_wrapping_and_shortening():
    assert drawing.text_width("") == 0 and drawing.text_width("I") == 3 and drawing.text_width("II", 2) == 14
    assert drawing.wrapped("one two three", drawing.text_width("one two")) == ["one two", "three"]
    assert drawing.wrapped("a\nb", 99) == ["a", "b"]
    for line in drawing.wrapped("Donaudampfschifffahrt und mehr", 60):
        assert drawing.text_width(line) <= 60
    assert drawing.shortened("abc", 99) == "abc"
    short = drawing.shortened("abcdefghijk", 40)
    assert short.endswith("…") and drawing.text_width(short) <= 40


# --- layout ---


def test_a_big_count_with_its_dots_fills_a_large_display_and_gives_way_on_a_small_one():
    glass = Glass()
    layout.draw(glass, ("7/10", ["3 to go"], (7, 10), ""))
    full = sum([row.count("#") for row in glass.picture()])
    layout.draw(glass, ("7/10", ["3 to go"], None, ""))
    assert sum([row.count("#") for row in glass.picture()]) < full
    small = Glass(128, 32)
    layout.draw(small, ("7/10", ["3 to go"], (7, 10), ""))
    first = small.frame[:]
    layout.draw(small, ("7/10", ["3 to go"], None, ""))
    assert small.frame == first


def test_dots_are_as_many_as_needed():
    for needed in (1, 5, 10, 11, 20):
        glass = Glass()
        layout.draw(glass, ("", [], (0, needed), ""))
        rings = sum([row.count("#") for row in glass.picture()])
        one = sum([bin(column).count("1") for column in font.columns(font.NO_STAMP)])
        assert rings == one * needed, needed
    glass = Glass()
    layout.draw(glass, ("", [], (3, 21), ""))
    assert set(glass.frame) == {0}


def test_too_much_text_is_cut_with_a_sign():
    for height in (32, 64):
        glass = Glass(128, height)
        layout.draw(glass, ("7/10", ["word " * 60], (1, 10), font.NO_NETWORK))
        layout.draw(glass, ("", ["word " * 60], None, ""))
        assert any(glass.frame)
