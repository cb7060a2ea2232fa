"""Draw what the terminal shows: `python scripts/terminal_screens.py` writes docs/pictures/terminal-screens.svg, with `--png FOLDER`
also a sheet of every screen in each language and display size, to be looked at."""

import struct
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "terminal-screens.svg"
sys.path.insert(0, str(ROOT))

SHOP = {"shop": "Café Rīga", "language": "en", "currency": "EUR", "digits": 2, "mode": "stamp", "quiet": True, "brightness": 128}
CARD = {"now": 7, "needed": 10, "left": 3, "reward": "free coffee x1", "earned": {"stamps": 1}, "counters": {"stamps": 7}}
FULL = {"now": 10, "needed": 10, "left": 0, "reward": "free coffee x1"}
PIECES = [
    ("idle", {}), ("idle", {"offline": True, "unsure": True, "journal_low": True}), ("idle", {"wish": "redeem"}), ("idle", {"wish": "undo"}),
    ("idle", {"wish": 450}), ("amount", {"amount": 1250}), ("reading", {}), ("earned", CARD),
    ("earned", {"now": 14, "needed": 20, "left": 6, "earned": {"stamps": 3}}), ("earned", {"now": 320, "needed": 500, "left": 180, "earned": {"points": 12}}),
    ("offer", FULL), ("redeemed", {"rewards": ["free coffee x1"], "paid": 350, "discount": 250, "now": 1, "needed": 10}),
    ("undone", dict(CARD, now=6)), ("guard", CARD), ("in_doubt", {}), ("in_doubt_reward", {}), ("settled_landed", {"operation": "redeem"}),
    ("settled_not_landed", {}), ("lost", {}), ("refused", {"code": "STALE_CARD"}), ("refused", {"code": "FAMILY_NOT_ON_THIS_TERMINAL"}),
    ("earned", dict(CARD, code="LIMIT")), ("blocked", CARD), ("not_ours", {}), ("shown", CARD), ("reader_gone", {}), ("full", {}),
    ("expired", {}), ("revoked", {}), ("unsure", {}), ("trouble", {"code": "STATUS_9D"}), ("updating", {}), ("starting", {}), ("self_test_failed", {}),
]  # fmt: skip
GALLERY = [
    ("en", 0), ("lv", 7), ("lt", 10), ("ru", 14), ("en", 1), ("lv", 5), ("lt", 11), ("ru", 8),
    ("en", 15), ("lv", 19), ("lt", 2), ("ru", 27),
]  # fmt: skip
COLUMNS, SCALE, MARGIN = 4, 2, 14
LIT, GLASS, BACK = "#9fe8ff", "#0b0f14", "#ffffff"


class Glass:
    """A display that keeps what it was drawn."""

    def __init__(self, width=128, height=64):
        self.width, self.height, self.frame = width, height, bytearray(width * height // 8)

    def show(self):
        """Nothing to send."""

    def is_lit(self, x, y):
        """Whether a pixel is lit."""
        return bool(self.frame[(y >> 3) * self.width + x] >> (y & 7) & 1)


class OnlyGlass:
    """A board that has a display and nothing else."""

    light = buzzer = None

    def __init__(self, display):
        self.display = display


def drawn(language, piece, height=64):
    """The `Glass` with one of PIECES on it."""
    from terminal.signals import Signals

    glass = Glass(height=height)
    word, facts = piece
    Signals(OnlyGlass(glass), dict(SHOP, language=language)).show(word, facts)
    return glass


def gallery():
    """The SVG of the docs."""
    width, height = 128 * SCALE + 2 * MARGIN, 64 * SCALE + 2 * MARGIN
    rows = (len(GALLERY) + COLUMNS - 1) // COLUMNS
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">' % (COLUMNS * width, rows * height),
           "<title>Screens of the terminal in English, Latvian, Lithuanian and Russian</title>",
           '<rect width="100%%" height="100%%" fill="%s"/>' % BACK]
    for at, (language, number) in enumerate(GALLERY):
        glass = drawn(language, PIECES[number])
        x, y = at % COLUMNS * width + MARGIN, at // COLUMNS * height + MARGIN
        out.append('<rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="%s"/>' % (
            x - 8, y - 8, 128 * SCALE + 16, 64 * SCALE + 16, GLASS))
        out.append('<path transform="translate(%d %d) scale(%d)" fill="%s" d="%s"/>' % (x, y, SCALE, LIT, path_of(glass)))
    return "\n".join([*out, "</svg>"]) + "\n"


def path_of(glass):
    """The lit pixels as one path, a piece for each run in a row."""
    pieces = []
    for y in range(glass.height):
        x = 0
        while x < glass.width:
            start = x
            while x < glass.width and glass.is_lit(x, y):
                x += 1
            if x > start:
                pieces.append("M%d %dh%dv1h-%dz" % (start, y, x - start, x - start))
            x += 1
    return "".join(pieces)


def sheet(language, height, columns=6, zoom=2):
    """A PNG with all PIECES in one language."""
    glasses = [drawn(language, piece, height) for piece in PIECES]
    rows = (len(glasses) + columns - 1) // columns
    wide, high = 128 * zoom + 6, height * zoom + 6
    lines = [bytearray(b"\x50" * (columns * wide)) for _ in range(rows * high)]
    for at, glass in enumerate(glasses):
        left, top = at % columns * wide + 3, at // columns * high + 3
        for y in range(height * zoom):
            for x in range(128 * zoom):
                lines[top + y][left + x] = 255 if glass.is_lit(x // zoom, y // zoom) else 0
    return png(lines)


def png(lines):
    """A grey PNG file of rows of bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(lines[0]), len(lines), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(line) for line in lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def main(arguments):
    """Write the picture, and the sheets where they were asked for."""
    PICTURE.write_text(gallery(), "utf-8")
    if arguments[:1] == ["--png"]:
        folder = Path(arguments[1])
        folder.mkdir(parents=True, exist_ok=True)
        for language in ("en", "lv", "lt", "ru"):
            for height in (64, 32):
                (folder / ("%s-%d.png" % (language, height))).write_bytes(sheet(language, height))


if __name__ == "__main__":
    main(sys.argv[1:])
