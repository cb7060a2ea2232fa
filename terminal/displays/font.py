"""The terminal's letters: ASCII, Latvian, Lithuanian, Russian, and a few symbols. Drawn for it; no other font was used.

A letter is a list of columns, left to right; each is a number whose bit 0 is the cell's top row:

    rows 0-1    marks over capitals (a capital under a mark is one row lower than others)
    rows 2-8    capitals and digits; small letters without a stem are rows 4-8, marks over them stand in rows 1-2
    rows 9-11   what hangs down: g, commas, ogoneks

Lines stand `PITCH` rows apart: rows 10 and 11 of one line share the display's rows with the marks of the next. Letters with marks are put
together when they are drawn, and Cyrillic letters that look like Latin ones are those, so that the whole font is about 1 KB.
"""

from terminal.displays.font_cells import HANGING, LETTERS, OTHERS, PICTURES, SYMBOLS

CELL_ROWS = 12
PITCH = 10
CAPITAL_TOP, CAPITAL_ROWS = 2, 7  # for those who place a line by its capitals
SPACE_COLUMNS = 3

STAMP, NO_STAMP, ARROW, TICK, CROSS = "●", "○", "→", "✓", "✗"
HOME, STAR = "⌂", "★"
NO_NETWORK, CLOCK_UNSURE, JOURNAL_LOW = "\ue000", "\ue001", "\ue002"

LETTER_COLUMNS, SYMBOL_COLUMNS = 5, 8
MISSING = "□"
FIRST, LAST = 33, 126  # printable ASCII stands first in LETTERS

# One letter under the other.
LOOKS = "АВЕКМНОРСТХаеорсух”’‘—−"
LIKE_ = "ABEKMHOPCTXaeopcyx“''–-"

MARKED = "ĀāČčĒēĢģĪīĶķĻļŅņŠšŪūŽžĄąĘęĖėĮįŲųЁёЙйÄäÖöÜüÕõÉéŌōŖŗĆćŃńÓóŚśŹźŻż"
BASE__ = "AaCcEeGgIıKkLlNnSsUuZzAaEeEeIiUuEeИиAaOoUuOoEeOoRrCcNnOoSsZzZz"
MARK__ = "--vv--,'--,,,,,,vv--vvgggg..gggg::vv::::::~~''--,,''''''''''.."
ABOVE = {"-": (2, 2, 2), "v": (1, 2, 1), ".": (0, 2, 0), ":": (2, 0, 2), "~": (2, 3, 1), "'": (0, 2, 1)}  # three columns of two rows
BELOW = {",": (0x800, 0x400, 0), "g": (0, 0x600, 0x400)}  # a comma, and an ogonek at the letter's right foot
SQUEEZED_ROW = 2  # of a capital's seven rows, the one that it can do without


def _place(letter):
    """(cells, where its cell begins, its columns without the empty ones on the right) of a letter without marks; a box for a strange one."""
    code = ord(letter)
    if FIRST <= code <= LAST:
        return _trimmed(LETTERS, code - FIRST, LETTER_COLUMNS)
    at = SYMBOLS.find(letter)
    if at >= 0:
        return _trimmed(PICTURES, at, SYMBOL_COLUMNS)
    at = OTHERS.find(letter)
    return _trimmed(LETTERS, (at if at >= 0 else OTHERS.find(MISSING)) + LAST - FIRST + 1, LETTER_COLUMNS)


def _trimmed(cells, index, width):
    start = index * width
    while width > 1 and not cells[start + width - 1]:
        width -= 1
    return cells, start, width


def _plain(letter):
    """The columns of a letter without marks."""
    cells, start, width = _place(letter)
    shift = CAPITAL_TOP + 1 if letter in HANGING else CAPITAL_TOP
    return [cells[at] << shift for at in range(start, start + width)]


def _marked(base, mark):
    columns = _plain(base)
    shapes = BELOW.get(mark)
    capital = base not in "abcdefghiıjklmnopqrstuvwxyzи"
    if shapes is None:
        if capital:
            columns = [_squeezed(column) for column in columns]
        shapes = [column if capital else column << 1 for column in ABOVE[mark]]
    start = len(columns) - 3 if mark == "g" else (len(columns) - 3) // 2
    for at in range(3):
        columns[start + at] |= shapes[at]
    return columns


def _squeezed(column):
    """A column of a capital, one row lower: SQUEEZED_ROW is left out."""
    rows = column >> CAPITAL_TOP
    low = rows & (1 << SQUEEZED_ROW) - 1
    return (low | rows >> SQUEEZED_ROW + 1 << SQUEEZED_ROW) << CAPITAL_TOP + 1


def columns(letter):
    """The columns of one character; a box for one that the font has not."""
    if letter == " ":
        return [0] * SPACE_COLUMNS
    at = MARKED.find(letter)
    return _marked(BASE__[at], MARK__[at]) if at >= 0 else _plain(_without_twin(letter))


def width(letter):
    """How many columns a character has; makes hardly any garbage."""
    if letter == " ":
        return SPACE_COLUMNS
    if ord(letter) > LAST:
        at = MARKED.find(letter)
        letter = BASE__[at] if at >= 0 else _without_twin(letter)
    return _place(letter)[2]


def _without_twin(letter):
    """The letter that this one looks like, or itself."""
    at = LOOKS.find(letter) if ord(letter) > LAST else -1
    return LIKE_[at] if at >= 0 else letter


def has(letter):
    """Whether the font shows this character."""
    return letter in " " + LOOKS + MARKED + SYMBOLS + OTHERS or FIRST <= ord(letter) <= LAST
