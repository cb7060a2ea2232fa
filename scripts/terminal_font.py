"""Pack scripts/terminal_font.txt into terminal/displays/font_cells.py: `python scripts/terminal_font.py`. Run it after drawing a letter.

Five bytes a letter (eight a symbol), one a column, bit 0 on top. Cells stand flush left; empty columns on the right are no part of
the letter. Five bytes hold eight of a letter's nine rows: letters that hang down two rows leave their first row free (HANGING).
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DRAWINGS = Path(__file__).with_suffix(".txt")
CELLS = ROOT / "terminal" / "displays" / "font_cells.py"
ROWS, ROW_BITS = 9, 8
LETTER_COLUMNS, SYMBOL_COLUMNS = 5, 8
CELLS_A_LINE = 6
HEAD = '''"""The letters' pixels, packed by scripts/terminal_font.py from its drawings: change those, not this."""

'''


def bands(text):
    """[(characters, rows of cells)] of the drawings. ValueError where a band's cells and its characters do not go together."""
    found = []
    for band in re.findall(r"^=(.*)\n((?:[.#][.# ]*\n)+)", text, re.MULTILINE):
        names = [chr(int(name[2:], 16)) if name.startswith("U+") else name for name in band[0].split()]
        rows = [line.split() for line in band[1].splitlines()]
        if any(len(row) != len(names) for row in rows) or len(rows) > ROWS:
            raise ValueError("the band %s has cells too many or too few" % band[0])
        found.append((names, rows))
    return found


def columns_of(rows, width):
    """A cell's columns as numbers, bit 0 on top, moved to the left edge. rows: strings of "." and "#"."""
    if any(len(row) != width for row in rows):
        raise ValueError("a cell is not %d columns wide: %s" % (width, rows))
    columns = [sum(1 << y for y, row in enumerate(rows) if row[x] == "#") for x in range(width)]
    while any(columns) and not columns[0]:
        columns = columns[1:] + [0]
    return columns


def packed(text):
    """(letters, their bytes, hanging letters, symbols, their bytes)."""
    letters, symbols, hanging = {}, {}, []
    for names, rows in bands(text):
        for at, name in enumerate(names):
            cell = [row[at] for row in rows]
            if len(cell[0]) == SYMBOL_COLUMNS:
                symbols[name] = bytes(columns_of(cell, SYMBOL_COLUMNS))
                continue
            columns = columns_of(cell, LETTER_COLUMNS)
            if any(column >> ROW_BITS for column in columns):
                if any(column & 1 for column in columns):
                    raise ValueError("%s has nine rows" % name)
                hanging.append(name)
                columns = [column >> 1 for column in columns]
            letters[name] = bytes(columns)
    order = sorted(letters)
    return "".join(order), b"".join(letters[name] for name in order), "".join(sorted(hanging)), "".join(symbols), b"".join(symbols.values())


def as_python(name, data, width):
    """A bytes constant over several lines."""
    size = width * CELLS_A_LINE
    lines = ['    b"%s"' % "".join("\\x%02x" % value for value in data[at:at + size]) for at in range(0, len(data), size)]
    return "%s = (\n%s\n)\n" % (name, "\n".join(lines))


def module():
    """The text of font_cells.py."""
    letters, cells, hanging, symbols, symbol_cells = packed(DRAWINGS.read_text("utf-8"))
    first = letters.index("!")
    ascii_part = letters[first:first + 94]
    if ascii_part != "".join(map(chr, range(33, 127))):
        raise ValueError("printable ASCII is not whole")
    strings = "OTHERS = %s  # the letters after printable ASCII, in the order of their cells; rising\nHANGING = %s\nSYMBOLS = %s\n\n" % (
        quoted(letters[94:]), quoted(hanging), quoted(symbols))
    return HEAD + strings + as_python("LETTERS", cells, LETTER_COLUMNS) + "\n" + as_python("PICTURES", symbol_cells, SYMBOL_COLUMNS)


def quoted(text):
    return '"%s"' % "".join("\\u%04x" % ord(name) if 0xE000 <= ord(name) < 0xF900 else name for name in text)


if __name__ == "__main__":
    CELLS.write_text(module(), "utf-8")
