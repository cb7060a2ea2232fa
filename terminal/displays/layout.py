"""Put what a screen says onto a display of 32 or 64 rows: a big line, text, stamps as dots, and marks in the corner.

A screen is a tuple (big, lines, dots, marks). big: a short text, drawn as large as there is room, or ""; a long
one is a line like the others. lines: texts that are wrapped.
dots: (stamps, needed), or None. marks: symbols for the top right corner. What does not fit gives way in this order: dots, the size of
the big line, the last lines.
"""

from terminal.displays.drawing import clear, shortened, text, text_width, wrapped
from terminal.displays.font import CAPITAL_ROWS, CAPITAL_TOP, CELL_ROWS, NO_STAMP, PITCH, STAMP

BIG_SCALE = 3
TEXT_SCALE = 2  # of a text that stands alone and is short
DOTS_MAX, DOTS_A_ROW = 20, 10
DOT_PITCH, DOT_ROWS = 12, 11
BIG_GAP = 5  # rows between a big line and what comes next, for what hangs down from it
MARK_GAP = 3


def draw(display, screen):
    """Clear the frame and draw `screen` into it, centred. `display.show()` is the caller's."""
    big, texts, dots, marks = screen
    clear(display)
    top = _draw_marks(display, marks)
    rows = display.height - top
    if big and text_width(big, TEXT_SCALE) > display.width:
        big, texts = "", [big] + texts
    lines, scale = _lines(display, texts, rows, not big and not dots)
    big_scale = _big_scale(display, big, rows - len(lines) * PITCH)
    if big and not big_scale:
        lines, big_scale = lines[: max(0, (rows - _big_rows(1)) // PITCH)], 1
    used = _big_rows(big_scale) + len(lines) * PITCH * scale
    dot_rows = _dot_rows(dots)
    if used + dot_rows > rows:
        dot_rows = 0
    space = rows - used - dot_rows
    y = top + space // 2
    if big:
        big = shortened(big, display.width, big_scale)
        _centred(display, big, y - CAPITAL_TOP * big_scale, big_scale)
        y += _big_rows(big_scale)
    if dot_rows:
        _draw_dots(display, dots, y)
        y += dot_rows
    for line in lines:
        _centred(display, line, y - scale, scale)
        y += PITCH * scale


def _lines(display, texts, rows, may_be_large):
    """(lines, their scale): wrapped, cut to `rows`; large when they are alone and fit so without breaking a word."""
    texts = [line for line in texts if line]
    if may_be_large:
        is_whole = all([text_width(word, TEXT_SCALE) <= display.width for line in texts for word in line.split(" ")])
        large = [part for line in texts for part in wrapped(line, display.width, TEXT_SCALE)]
        if is_whole and len(large) * PITCH * TEXT_SCALE <= rows + TEXT_SCALE:
            return large, TEXT_SCALE
    lines = [part for line in texts for part in wrapped(line, display.width)]
    most = (rows - CELL_ROWS + 1) // PITCH + 1
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = shortened(lines[-1] + "…", display.width)
    return lines, 1


def _big_rows(scale):
    return CAPITAL_ROWS * scale + BIG_GAP if scale else 0


def _big_scale(display, big, rows):
    """The largest scale at which `big` fits the display's width and `rows`; 0 when there is none, or nothing to draw."""
    if not big:
        return 0
    scale = BIG_SCALE
    while scale and (text_width(big, scale) > display.width and scale > 1 or _big_rows(scale) > rows):
        scale -= 1
    return scale


def _dot_rows(dots):
    if not dots or not 0 < dots[1] <= DOTS_MAX:
        return 0
    return DOT_ROWS * (1 + (dots[1] - 1) // DOTS_A_ROW)


def _draw_dots(display, dots, y):
    """Rows of up to ten stamps, as even as they go."""
    stamps, needed = dots
    rows = _dot_rows(dots) // DOT_ROWS
    a_row = (needed + rows - 1) // rows
    for at in range(needed):
        x = (display.width - a_row * DOT_PITCH) // 2 + at % a_row * DOT_PITCH + 2
        text(display, STAMP if at < stamps else NO_STAMP, x, y + at // a_row * DOT_ROWS - CAPITAL_TOP)


def _draw_marks(display, marks):
    """Draw the marks; return the row below them."""
    x = display.width
    for mark in marks:
        x -= text_width(mark) + MARK_GAP
        text(display, mark, x + MARK_GAP, -CAPITAL_TOP)
    return PITCH if marks else 0


def _centred(display, line, y, scale):
    text(display, line, (display.width - text_width(line, scale)) // 2, y, scale)
