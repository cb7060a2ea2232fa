"""The generated files of the terminal's display are what their scripts make: the font's cells, and the gallery of the docs."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name):
    """A file of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / (name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_font_is_packed_from_its_drawings():
    font = script("terminal_font")
    assert font.CELLS.read_text("utf-8") == font.module(), "run: python scripts/terminal_font.py"


def test_a_drawing_of_the_wrong_size_is_refused():
    font = script("terminal_font")
    for drawing in ("= A B\n..... .....\n.....\n", "= A\n....\n", "= A\n" + "#....\n" * 9, "= A\n" + ".....\n" * 10):
        with pytest.raises(ValueError):
            font.packed(drawing)


def test_the_gallery_is_drawn_from_the_screens():
    screens = script("terminal_screens")
    assert screens.PICTURE.read_text("utf-8") == screens.gallery(), "run: python scripts/terminal_screens.py"


def test_every_word_has_a_piece_to_be_looked_at(tmp_path, monkeypatch):
    from terminal.signals import WORDS

    screens = script("terminal_screens")
    assert {word for word, _ in screens.PIECES} == set(WORDS)
    monkeypatch.setattr(screens, "PIECES", screens.PIECES[:3])
    monkeypatch.setattr(screens, "PICTURE", tmp_path / "picture.svg")
    monkeypatch.setattr(screens, "gallery", lambda: "<svg/>")
    screens.main(["--png", str(tmp_path)])
    assert (tmp_path / "lv-32.png").read_bytes().startswith(b"\x89PNG") and len(list(tmp_path.glob("*.png"))) == 8
