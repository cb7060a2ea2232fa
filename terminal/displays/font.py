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


def _plain(letter):
    """The columns of a letter without marks, trimmed on the right; None when there is no such letter."""
    code = ord(letter)
    if FIRST <= code <= LAST:
        index = code - FIRST
    else:
        index = OTHERS.find(letter)
        if index < 0:
            return None
        index += LAST - FIRST + 1
    cell = LETTERS[index * LETTER_COLUMNS : (index + 1) * LETTER_COLUMNS]
    return _trimmed(cell, CAPITAL_TOP + 1 if letter in HANGING else CAPITAL_TOP)


def _trimmed(cell, shift):
    """The cell's bytes as columns, `shift` rows down, without the empty ones on its right."""
    width = len(cell)
    while width > 1 and not cell[width - 1]:
        width -= 1
    return [cell[at] << shift for at in range(width)]


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
    at = LOOKS.find(letter)
    if at >= 0:
        return _plain(LIKE_[at])
    at = MARKED.find(letter)
    if at >= 0:
        return _marked(BASE__[at], MARK__[at])
    at = SYMBOLS.find(letter)
    if at >= 0:
        return _trimmed(PICTURES[at * SYMBOL_COLUMNS : (at + 1) * SYMBOL_COLUMNS], CAPITAL_TOP)
    return _plain(letter) or _plain(MISSING)


def has(letter):
    """Whether the font shows this character."""
    return letter in " " + LOOKS + MARKED + SYMBOLS + OTHERS or FIRST <= ord(letter) <= LAST
