"""The commands of the README, run as they stand there, on one soft card behind the emulated PN532."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs, soft_lab

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
STAMPD = Path(sys.executable).parent / "stampd"
RUNS_ON = ("demo", "serve")  # until stopped; started and stopped by tests/daemon and tests/browser


def fences():
    return re.findall(r"^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands(fence):
    """The stampd commands of a block, without comments and prompts."""
    lines = [line.removeprefix("$ ").split("  #")[0].strip() for line in fence.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("stampd ")]


class Field:
    """One soft card file, and an emulated PN532 on which it is presented while `with field.card(…)` lasts."""

    def __init__(self, folder):
        self.folder, self.link = folder, folder / "nfc"
        self.file = soft_lab.new_card(folder / "blank.json", "ntag215", "04A1B2C3D4E5F6")

    def card(self, *options):
        return soft_lab.serving(self.file, "pn532:%s" % self.link, *options)

    def run(self, words):
        words = [str(self.link) if word == "/tmp/nfc" else str(ROOT / word) if word.startswith("docs/") else word for word in words[1:]]
        if words[0] == "card" and "--reader" not in words:
            words += ["--reader", "pn532:%s" % self.link]
        return subprocess.run([STAMPD, *words], cwd=self.folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def field(tmp_path, home):
    needs.needs_module("nfc")
    return Field(tmp_path)


def test_your_own_shop(field):
    block = next(fence for fence in fences() if "stampd card issue" in fence)
    ran = []
    with field.card():
        for words in commands(block):
            if words[1] in RUNS_ON:
                continue
            done = field.run(words)
            if words[1] == "doctor":
                assert done.returncode in (0, 1) and done.stdout, words
                continue
            if "auto" in words:
                assert "2 of 10" in done.stdout
            assert done.returncode == 0, (words, done.stdout, done.stderr)
            ran.append(words[1])
    assert ran == ["keys", "card", "card", "card", "card", "ledger"]


def test_offers(field):
    block = next(fence for fence in fences() if "stampd offers check" in fence)
    assert field.run(["stampd", "keys", "init", "--test"]).returncode == 0
    said = {}
    with field.card():
        for words in commands(block):
            done = field.run(words)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
            said[" ".join(words[1:3])] = said.get(" ".join(words[1:3]), "") + done.stdout
    assert "1/6 against 1/12" in said["offers simulate"] and "Pack 2 runs: cashback." in said["offers install"]
    assert "72 points" in block and "72 points" in said["card sell"] and "37 points" in said["card sell"] and "Refund 4.20 EUR" in said["card refund"]
    assert (field.folder / "compare.html").exists() and (field.folder / "shop.stampdpack").exists()


def test_every_page_that_the_readme_names_is_there():
    for name in re.findall(r"\]\(([^)#]+)\)", README):
        assert name.startswith("http") or (ROOT / name).exists(), name


def test_a_pulled_card_says_what_the_readme_shows(field):
    block = next(fence for fence in fences() if "R-17" in fence)
    said = [line for line in block.splitlines() if line and not line.startswith("$")]
    first, second = commands(block)
    field.run(["stampd", "keys", "init", "--test"])
    with field.card():
        assert field.run(["stampd", "card", "issue", "--opening", "stamps=7", "--reason", "paper card"]).returncode == 0
    with field.card("--tear", "13:answer-lost"):  # the last exchange: the stamp is on the card, nobody heard it
        torn = field.run(first)
    with field.card():
        settled = field.run(second)
    assert (torn.returncode, settled.returncode) == (3, 0)
    told = torn.stdout.replace(" --reader pn532:%s" % field.link, "").splitlines() + settled.stdout.splitlines()
    assert told[: len(said)] == said


def test_every_command_that_makes_or_serves_a_soft_card_is_real(field):
    block = next(fence for fence in fences() if "softcard new" in fence)
    made = field.run(commands(block)[0])
    assert made.returncode == 0 and (field.folder / "card.json").exists()
    served = [words for words in commands(block) if words[1:3] == ["softcard", "serve"]]
    assert [words[-2] for words in served] == ["--attach", "--attach"]
    with field.card():
        shown = field.run(commands(block)[-1])
    assert shown.returncode == 1 and "stampd keys init" in shown.stdout + shown.stderr  # the block makes no shop


def test_make_run_and_make_test_are_targets():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(r"^%s:" % target, makefile, re.MULTILINE)
