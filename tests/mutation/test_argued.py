"""The page of mutants and the sources agree: what is argued about still stands in its file."""

import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def test_every_line_that_is_argued_about_still_stands():
    gone = []
    for entry in tomllib.loads((HERE / "argued.toml").read_text("utf-8"))["survivor"]:
        lines = [line.strip() for line in (ROOT / "cardos" / "offers" / entry["file"]).read_text("utf-8").split("\n")]
        if entry["line"] not in lines or not entry["why"] or not entry["becomes"]:
            gone.append("%s: %s" % (entry["file"], entry["line"]))
    assert not gone, "Run `make mutation` and argue again about: %s" % "\n".join(gone)


def test_every_argument_is_on_the_page():
    page = (ROOT / "docs" / "mutation.md").read_text("utf-8")
    for entry in tomllib.loads((HERE / "argued.toml").read_text("utf-8"))["survivor"]:
        assert entry["line"] in page and " ".join(entry["why"].split()) in page, entry["line"]
