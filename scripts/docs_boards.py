"""The generated parts of docs/boards.md: what each board can, its table of pins, the words of board.json. All from terminal/boards.

`make docs` writes them; tests/house_rules/test_board_docs.py compares.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a file, Python looks beside it only

from scripts import wiring  # noqa: E402 - after the path is right
from terminal.boards import desk  # noqa: E402
from terminal.boards.choice import COUNTRY, FLAGS, ROLES, WORDS  # noqa: E402

PAGE = ROOT / "docs" / "boards.md"
ABILITIES = (
    ("pn532", "PN532 on UART, I2C or SPI"), ("mfrc522", "MFRC522 on SPI"), ("display", "display SSD1306 or SH1106"), ("light", "WS2812 light"),
    ("rgb", "RGB LED on three pins"), ("buzzer", "buzzer"), ("buttons", "three buttons"), ("keypad", "4 x 4 keypad for amounts"),
    ("watchdog", "watchdog"), ("wifi", "Wi-Fi"), ("rtc", "clock runs on through a restart"),
)
PARTS = (("pn532-uart", "PN532, UART"), ("pn532-i2c", "PN532, I2C"), ("pn532-spi", "reader, SPI"), ("ssd1306", "display"), ("ws2812", "WS2812"),
         ("rgb", "RGB LED"), ("buzzer", "buzzer"), ("three", "buttons"), ("keypad", "keypad"))
OTHERS = {"pn532-spi": (*ROLES["pn532-spi"], "reader_reset", "reader_irq"), "buzzer": ("buzzer",)}
OF_THE_MODULE = {"reader_tx": "RXD / SCL", "reader_rx": "TXD / SDA", "reader_cs": "SS, SDA on an RC522", "reader_reset": "RST (MFRC522)",
                 "reader_irq": "IRQ (optional)", "light": "DIN", "buzzer": "+"}


def put_between(page, name, body):
    """`page` with `body` between the two markers of a name. ValueError when they are not in it."""
    begin, end = "<!-- %s: written by `make docs` -->" % name, "<!-- end of %s -->" % name
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError("docs/boards.md has no place for %s" % name)
    return "%s%s\n\n%s\n\n%s%s" % (before, begin, body.strip(), end, after)


def abilities():
    """The table of what each board can."""
    names = [*wiring.FILES, "desk"]
    can = {name: desk.ABILITIES if name == "desk" else wiring.table(name).ABILITIES for name in names}
    unknown = {word for words in can.values() for word in words} - {word for word, _ in ABILITIES}
    if unknown:
        raise ValueError("no words for the abilities %s" % ", ".join(sorted(unknown)))
    rows = ["| | %s |" % " | ".join(names), "|---|%s" % ("---|" * len(names))]
    rows += ["| %s | %s |" % (words, " | ".join("yes" if word in can[name] else "–" for name in names)) for word, words in ABILITIES]
    return "\n".join(rows)


def pins(board):
    """The table of a board's pins, part by part."""
    module = wiring.table(board)
    rows = ["| part | its pin | pin of the board | of the chip |", "|---|---|---|---|"]
    for kind, title in PARTS:
        for role in OTHERS.get(kind, ROLES.get(kind, ())):
            if role in module.PINS and not (kind in ("rgb", "keypad") and kind not in module.ABILITIES):
                own = OF_THE_MODULE.get(role) or re.sub(r"^(reader|display)_", "", role).upper() if role not in ROLES["three"] else role
                rows.append("| %s | %s | %s | %s |" % (title, own, wiring.label(board, module.PINS[role]), wiring.function(module, role) or ""))
    return "\n".join(rows)


def choices():
    """The table of board.json's keys."""
    rows = ["| key | words | without it |", "|---|---|---|"]
    for key, words in WORDS.items():
        rows.append("| `%s` | %s | %s |" % (key, ", ".join("`%s`" % word for word, _ in words), words[0][0]))
    rows += ["| `%s` | true, false | %s |" % (key, str(value).lower()) for key, value in FLAGS.items()]
    rows.append("| `country` | two letters | %s |" % COUNTRY)
    rows.append("| `pins` | a map of role and pin number | the tables below |")
    return "\n".join(rows)


def page(text):
    """docs/boards.md as it should be, from what it is."""
    text = put_between(put_between(text, "abilities", abilities()), "board.json", choices())
    for board in wiring.FILES:
        text = put_between(text, "pins of %s" % board, pins(board))
    return text


def main():
    PAGE.write_text(page(PAGE.read_text("utf-8")), encoding="utf-8")
    wiring.main()
    print("wrote the tables of %s" % PAGE.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
