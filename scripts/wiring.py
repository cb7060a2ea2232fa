"""Draw docs/pictures/wiring-BOARD-READER.svg from the board files' own tables of pins: `.venv/bin/python scripts/wiring.py`.

The board stands on the left, its parts on the right, and pins stand in the order of the parts' pins, so every signal wire is one
straight line. Supply and ground are two rails between them; a wire that crosses a rail without a dot is not joined to it.
"""

import importlib
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a file, Python looks beside it only

from terminal.boards.choice import ROLES, chosen  # noqa: E402 - after the path is right

PICTURES = ROOT / "docs" / "pictures"
FILES = {"pico-w": "pico_w", "pico2-w": "pico2_w", "esp32": "esp32", "esp32-s3": "esp32_s3"}
TITLES = {"pico-w": "Raspberry Pi Pico W", "pico2-w": "Raspberry Pi Pico 2 W", "esp32": "ESP32 DevKit", "esp32-s3": "ESP32-S3 DevKitC-1"}
READERS = {"pn532-uart": "PN532 on UART", "pn532-i2c": "PN532 on I2C", "pn532-spi": "PN532 on SPI", "mfrc522": "MFRC522 on SPI"}
DRAWN = tuple((board, reader) for board in FILES for reader in ("pn532-uart", "mfrc522")) + (("pico-w", "pn532-i2c"), ("esp32", "pn532-spi"))
# GP number -> pin of the Pico's header (Pico W data sheet, figure 4).
PICO_HEADER = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 29, None, None, None, 31, 32, 34)
PICO_SUPPLY = {"3V3": "3V3(OUT), pin 36", "GND": "GND, pin 38"}
ON_BOARD = {"esp32-s3": ("light",)}  # soldered there already

RED, BLACK, ORANGE, BLUE, GREEN, PURPLE, GREY = "#c62828", "#212121", "#e07000", "#1565c0", "#2e7d32", "#7b1fa2", "#5d6d7e"
COLOURS = (("3.3 V", RED), ("ground", BLACK), ("clock", ORANGE), ("board to part", BLUE), ("part to board", GREEN), ("select, reset", PURPLE),
           ("buttons", GREY))
VCC, GND = ("VCC", None, RED), ("GND", None, BLACK)
BUS = (("SCK", "reader_sck", ORANGE), ("MISO", "reader_miso", GREEN), ("MOSI", "reader_mosi", BLUE))
# Kind of a part -> (its title, a few words beside it, [(pin as the module names it, role or None for a supply pin, colour)]).
PARTS = {
    "pn532-uart": ("PN532 module", "both switches OFF (HSU)", (VCC, GND, ("TXD / SDA", "reader_rx", GREEN), ("RXD / SCL", "reader_tx", BLUE))),
    "pn532-i2c": ("PN532 module", "switch 1 ON, 2 OFF (I2C)", (VCC, GND, ("SDA", "reader_sda", BLUE), ("SCL", "reader_scl", ORANGE))),
    "pn532-spi": ("PN532 module", "switch 1 OFF, 2 ON (SPI)", (VCC, GND, *BUS, ("SS", "reader_cs", PURPLE))),
    "mfrc522": ("RC522 module", "3.3 V only: 5 V destroys it", (("3.3V", None, RED), GND, *BUS, ("SDA (= select)", "reader_cs", PURPLE),
                                                             ("RST", "reader_reset", PURPLE))),
    "ssd1306": ("OLED 128 x 64", "SSD1306 or SH1106", (VCC, GND, ("SDA", "display_sda", BLUE), ("SCL", "display_scl", ORANGE))),
    "ws2812": ("WS2812 light", "one pixel; 330 ohm before DIN", (("VDD", None, RED), GND, ("DIN", "light", BLUE))),
    "buzzer": ("Passive piezo buzzer", "100 ohm before +", (("+", "buzzer", BLUE), ("-", None, BLACK))),
    "three": ("Three buttons", "to ground, no resistors", (*[(word, word, GREY) for word in ROLES["three"]], ("common", None, BLACK))),
}

ROW, GAP, TOP, WIDTH = 26, 44, 96, 900
BOARD_LEFT, BOARD_RIGHT, PART_LEFT, PART_RIGHT = 30, 300, 560, 870
RAILS = {RED: 390, BLACK: 430}
FONT = "DejaVu Sans, Verdana, sans-serif"
RULES = "Wires join a rail only where there is a dot. All parts run at 3.3 V. Put 100 uF and 100 nF between the reader's supply and ground."


def table(board):
    """The module of a board's file."""
    return importlib.import_module("terminal.boards." + FILES[board])


def label(board, pin):
    """A pin as the board's print names it."""
    return "GP%d, pin %d" % (pin, PICO_HEADER[pin]) if board.startswith("pico") else "IO%d" % pin


def function(module, role):
    """What the chip calls a role's pin, or ""."""
    bus, _, wire = role.partition("_")
    number = {"reader_tx": "uart", "reader_rx": "uart", "reader_sda": "i2c", "reader_scl": "i2c", "display_sda": "display", "display_scl": "display"}.get(role)
    if number:
        return "%s%d %s" % ("UART" if number == "uart" else "I2C", module.BUSES[number], wire.upper())
    if role in ROLES["pn532-spi"][:3]:
        return "SPI%d %s" % (module.BUSES["spi"], wire.upper())
    return {"buzzer": "PWM"}.get(role, "")


def kinds(board, reader):
    """The parts of a drawing, in their order from the top."""
    choice = chosen({"reader": reader}, table(board).ABILITIES)
    wanted = [choice["reader"], choice["display"], choice["light"], "buzzer", choice["buttons"]]
    return [kind for kind in wanted if not set(ROLES.get(kind, ())) & set(ON_BOARD.get(board, ()))]


def drawing(board, reader):
    """One picture as SVG text."""
    module = table(board)
    rows, boxes, y = [], [], TOP
    for name, colour in (("3V3", RED), ("GND", BLACK)):
        rows.append(("board", y, PICO_SUPPLY[name] if board.startswith("pico") else name, "", colour))
        y += ROW
    y += GAP - ROW
    for kind in kinds(board, reader):
        title, note, pins = PARTS[kind]
        boxes.append((y, y + 40 + ROW * len(pins), title, note))
        y += 46
        for name, role, colour in pins:
            pin = None if role is None else module.PINS[role]
            named = ("", "") if pin is None else (label(board, pin), function(module, role))
            rows.append(("wire" if role else "rail", y, *named, colour, name))
            y += ROW
        y += GAP - ROW
    bottom = y - GAP + ROW
    height = bottom + 92
    heading = "%s, %s" % (TITLES[board], READERS[reader])
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="%s" role="img">'
           % (WIDTH, height, WIDTH, height, FONT),
           "<title>%s</title>" % escape(heading),
           '<rect width="%d" height="%d" fill="#ffffff"/>' % (WIDTH, height),
           text(BOARD_LEFT, 34, heading, size=20, weight="bold"),
           box(BOARD_LEFT, 56, BOARD_RIGHT, bottom + 4, "#eef4ee"), text(BOARD_LEFT + 14, 78, TITLES[board], weight="bold")]
    for top, end, title, note in boxes:
        out += [box(PART_LEFT, top, PART_RIGHT, end, "#f2f2f8"), text(PART_LEFT + 14, top + 20, title, weight="bold"),
                text(PART_RIGHT - 12, top + 20, note, size=11, anchor="end", fill="#444444")]
    last = {colour: max(row[1] for row in rows if row[0] == "rail" and row[4] == colour) for colour in RAILS}
    for colour, x in RAILS.items():
        first = min(row[1] for row in rows if row[4] == colour)
        out.append(line(x, first, x, last[colour], colour, 3))
    for row in rows:
        kind, y, on_board, job, colour = row[:5]
        if kind == "board":
            out += [line(BOARD_RIGHT, y, RAILS[colour], y, colour, 3), dot(RAILS[colour], y, colour)]
        elif kind == "rail":
            out += [line(RAILS[colour], y, PART_LEFT, y, colour), dot(RAILS[colour], y, colour), pad(PART_LEFT, y, colour)]
        else:
            out += [line(BOARD_RIGHT, y, PART_LEFT, y, colour), pad(PART_LEFT, y, colour)]
        if on_board:
            out += [text(BOARD_RIGHT - 14, y + 5, on_board, anchor="end", weight="bold" if job == "" and kind == "board" else "normal"),
                    text(BOARD_LEFT + 14, y + 5, job, size=12, fill="#444444"), pad(BOARD_RIGHT, y, colour)]
        if kind != "board":
            out.append(text(PART_LEFT + 14, y + 5, row[5]))
    out += legend(bottom + 40, {row[4] for row in rows})
    if ON_BOARD.get(board):
        out.append(text(PART_RIGHT, bottom + 22, "The light is the board's own.", size=12, anchor="end", fill="#444444"))
    return "\n".join(out) + "\n</svg>\n"


def legend(y, used):
    """The colours of this picture."""
    out, x = [], BOARD_LEFT
    for name, colour in COLOURS:
        if colour in used:
            out += [line(x, y, x + 26, y, colour, 3), text(x + 32, y + 5, name, size=12)]
            x += 48 + 8 * len(name)
    return out + [text(BOARD_LEFT, y + 30, RULES, size=12, fill="#444444")]


def text(x, y, words, size=14, weight="normal", anchor="start", fill="#111111"):
    if not words:
        return ""
    return '<text x="%d" y="%d" font-size="%d" font-weight="%s" text-anchor="%s" fill="%s">%s</text>' % (
        x, y, size, weight, anchor, fill, escape(words))


def line(x1, y1, x2, y2, colour, width=2):
    return '<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="%d"/>' % (x1, y1, x2, y2, colour, width)


def dot(x, y, colour):
    return '<circle cx="%d" cy="%d" r="5" fill="%s"/>' % (x, y, colour)


def pad(x, y, colour):
    return '<rect x="%d" y="%d" width="10" height="10" fill="#ffffff" stroke="%s" stroke-width="2"/>' % (x - 5, y - 5, colour)


def box(left, top, right, bottom, fill):
    return '<rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="#777777"/>' % (left, top, right - left, bottom - top, fill)


def pictures():
    """{path: SVG text} of every drawing."""
    return {PICTURES / ("wiring-%s-%s.svg" % (board, reader)): drawing(board, reader) for board, reader in DRAWN}


def main():
    for path, svg in pictures().items():
        path.write_text(svg, encoding="utf-8")
    print("drew %d wirings" % len(DRAWN))
    return 0


if __name__ == "__main__":
    sys.exit(main())
