"""Draw text and boxes into a display's frame. No framebuf: every interpreter and the desk draw the same pixels.

A display has `width`, `height` (pixels, height a multiple of 8) and `frame`, a bytearray of width * height / 8 bytes in the layout of
framebuf's MONO_VLSB, which is that of the chips' memory: a byte is eight pixels of one column, bit 0 on top; the bytes of a page of
eight rows stand one after the other.
"""

from terminal.displays.font import columns
from terminal.displays.font import width as columns_of

_DARK = bytes(64)  # frames are whole multiples of it
GAP = 1  # between letters, in the font's pixels


def clear(display):
    """Every pixel dark."""
    frame = display.frame
    for at in range(0, len(frame), len(_DARK)):
        frame[at : at + len(_DARK)] = _DARK


def fill(display, x, y, width, height, lit=True):
    """A box of lit or dark pixels; what lies outside is cut off."""
    bottom = min(y + height, display.height)
    y = max(y, 0)
    if bottom > y:
        bits = (1 << bottom - y) - 1
        for column in range(max(x, 0), min(x + width, display.width)):
            _column(display, column, y, bits, lit)


def text(display, line, x, y, scale=1):
    """Draw `line` with its cells' top left corner at x, y, each pixel `scale` wide and high. Returns the x after it."""
    for letter in line:
        for column in columns(letter):
            if column and -scale < x < display.width:
                bits = _stretched(column, scale) if scale > 1 else column
                for at in range(max(x, 0), min(x + scale, display.width)):
                    _column(display, at, y, bits, True)
            x += scale
        x += GAP * scale
    return x


def text_width(line, scale=1):
    """The pixels that `text` needs for `line`, without the gap after its last letter."""
    width = -GAP if line else 0
    for letter in line:
        width += columns_of(letter) + GAP
    return width * scale


def wrapped(line, width, scale=1):
    """`line` in pieces of at most `width` pixels, broken at spaces and "\\n"; a word that is too long is broken where it must be."""
    lines = []
    for part in line.split("\n"):
        now = ""
        for word in part.split(" "):
            longer = now + " " + word if now else word
            if text_width(longer, scale) <= width:
                now = longer
                continue
            if now:
                lines.append(now)
            while text_width(word, scale) > width:
                fits = len(word) - 1
                while fits > 1 and text_width(word[:fits], scale) > width:
                    fits -= 1
                lines.append(word[:fits])
                word = word[fits:]
            now = word
        lines.append(now)
    return lines


def shortened(line, width, scale=1):
    """`line`, or as much of its beginning as fits `width` pixels with "…" behind it."""
    if text_width(line, scale) <= width:
        return line
    while line and text_width(line + "…", scale) > width:
        line = line[:-1]
    return line + "…"


def _stretched(column, scale):
    """A column with each of its pixels repeated `scale` times."""
    bits, pixel, at = 0, (1 << scale) - 1, 0
    while column >> at:
        if column >> at & 1:
            bits |= pixel << at * scale
        at += 1
    return bits


def _column(display, x, y, bits, lit):
    """Light or darken the pixels of `bits` in column x, bit 0 at row y; rows above and below the display are cut off."""
    if y < 0:
        bits, y = bits >> -y, 0
    frame, at = display.frame, (y >> 3) * display.width + x
    bits <<= y & 7
    while bits and at < len(frame):
        if lit:
            frame[at] |= bits & 0xFF
        else:
            frame[at] &= ~bits & 0xFF
        bits >>= 8
        at += display.width
