"""The page of the boards and its pictures are what `make docs` makes of the board files."""

import re
import xml.etree.ElementTree as ET

from scripts import docs_boards, wiring
from tests.house_rules.sources import report

TEXT_PX = {"normal": 0.55, "bold": 0.63}  # width of a letter beside its height, measured on what a browser drew


def test_the_tables_are_those_of_the_board_files():
    written = docs_boards.PAGE.read_text("utf-8")
    assert written == docs_boards.page(written), "docs/boards.md is not what the board files say; run `make docs`"


def test_the_wirings_are_drawn_from_the_tables_of_pins():
    drawn = wiring.pictures()
    report(["%s is not what the board files say; run `make docs`" % path.name for path, svg in drawn.items()
            if not path.is_file() or path.read_text("utf-8") != svg])
    left_over = set(wiring.PICTURES.glob("wiring-*.svg")) - set(drawn)
    assert not left_over, "pictures that nothing draws: %s" % sorted(path.name for path in left_over)


def test_every_board_has_its_picture_with_either_chip():
    for board in wiring.FILES:
        assert {(board, "pn532-uart"), (board, "mfrc522")} <= set(wiring.DRAWN)


def test_every_wire_of_a_picture_is_labelled_with_its_pin():
    for board, reader in wiring.DRAWN:
        module = wiring.table(board)
        svg = wiring.drawing(board, reader)
        for kind in wiring.kinds(board, reader):
            for name, role, _ in wiring.PARTS[kind][2]:
                assert ">%s<" % wiring.escape(name) in svg
                assert role is None or ">%s<" % wiring.label(board, module.PINS[role]) in svg, (board, role)


def test_no_words_of_a_picture_lie_over_others():
    """By the letters' width: two texts on one line do not meet, and none leaves the picture."""
    problems = []
    for path, svg in wiring.pictures().items():
        spans = []
        for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
            width = len(node.text) * int(node.get("font-size")) * TEXT_PX[node.get("font-weight")]
            left = int(node.get("x")) - (width if node.get("text-anchor") == "end" else 0)
            spans.append((int(node.get("y")), left, left + width, node.text))
        for number, (y, left, right, words) in enumerate(spans):
            if left < 0 or right > wiring.WIDTH:
                problems.append("%s: %r leaves the picture" % (path.name, words))
            problems += ["%s: %r lies over %r" % (path.name, words, other) for y2, left2, right2, other in spans[number + 1:]
                         if abs(y - y2) < 10 and left < right2 and left2 < right]
    report(problems)


def test_the_page_names_every_board_and_shows_its_picture():
    text = docs_boards.PAGE.read_text("utf-8")
    for board in wiring.FILES:
        assert "pictures/wiring-%s-pn532-uart.svg" % board in text
    assert re.search(r"\*\*Thief\.\*\*.*", text) and text.count("**Thief.**") == text.count("**Clock.**") == text.count("**Update.**") == len(wiring.FILES)
