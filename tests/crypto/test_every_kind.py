"""No vector is forgotten: each kind in each file of tests/vectors is named by a test that computes it."""

import json
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted((TESTS / "vectors").glob("*.json"))
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("test_*.py")))


def test_there_are_vectors():
    assert {path.name for path in FILES} >= {"an10922.json", "cmac.json", "ev1.json", "ev2.json", "lrp.json", "ndef.json", "ntag424.json", "originality.json",
                                             "ultralight.json"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_test_asks_for_every_kind(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["format"] == 1 and content["vectors"]
    for kind, found in content["vectors"].items():
        assert found and all(entry["source"] and entry["id"] for entry in found), kind
        assert '"%s"' % kind in SOURCES, "no test reads the kind %s of %s" % (kind, path.name)
