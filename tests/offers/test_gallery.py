"""The gallery: one example for each row of the acceptance offers, complete in four languages, neutral, and clean at `check`."""

import json
import re

import pytest
from click.testing import CliRunner

from cardos.calendar import parse_date
from cardos.offers.events import WORDS
from host_tools.cli.offers import offers
from host_tools.offers.checking import check_file, compiled, encoded_size
from host_tools.offers.language import LANGUAGES, read_offer
from host_tools.offers.lint import lint
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.replay import replay_row
from host_tools.offers.rows import check_row, row_of
from host_tools.offers.schema import NO_MONEY
from tests.house_rules.sources import ROOT

FOLDER = ROOT / "docs" / "offers"
FILES = sorted(FOLDER.glob("*.toml"))
SHOP = FOLDER / "shop"
NAME = re.compile(r"([a-f]\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.toml")
ROWS = json.loads((ROOT / "tests" / "offers" / "offers.json").read_text("utf-8"))["rows"]
FIXED = ("f01-discount.toml", "f02-points.toml")
PACK_GOAL_BYTES = 4096
SIGNATURE_BYTES = 160  # headers and signature around a pack
# Names and codes of real companies that the mechanics are known by; written in pieces, so that this file does not hold them.
BRANDS = re.compile(
    r"skid" r"ka|insc" r"ale|\bk30" r"a\b|\bw" r"wf\b|\bh" r"on\b|rail" r"card|bahn" r"card|\bpri" r"me\b|ama" r"zon|star" r"bucks|miles & m" r"ore"
    r"|vkus" r"vill|pay" r"back|ne" r"ctar|tes" r"co|ri" r"mi\b|max" r"ima|sen" r"ator|chair" r"man", re.IGNORECASE)  # fmt: skip
LETTERS = {"lv": "āčēģīķļņšūž", "lt": "ąčęėįšųūž", "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяё"}


def test_every_row_has_exactly_one_file_named_by_its_id():
    found = [NAME.fullmatch(path.name) for path in FILES]
    assert all(found), [path.name for path, match in zip(FILES, found) if not match]
    assert [match.group(1).upper() for match in found] == sorted(row["id"] for row in ROWS)
    assert {path.name for path in FILES} >= set(FIXED)


def test_every_file_uses_the_template_of_its_row():
    kinds = {row["id"]: row["kind"] for row in ROWS}
    assert {path.name[:3].upper(): read_offer(path).kind for path in FILES} == kinds


@pytest.mark.parametrize("path", [*FILES, *sorted(path for path in SHOP.glob("*.toml") if not path.name.endswith("pack.toml"))], ids=lambda path: path.stem)
def test_an_example_speaks_four_languages(path):
    offer = read_offer(path, {"currency": "EUR"})
    texts = [offer.names] + ([] if offer.kind in NO_MONEY else [offer.messages])
    for words in texts:
        assert tuple(words) == LANGUAGES
        assert len(set(words.values())) == len(words)
    both = {language: " ".join(words[language].lower() for words in texts) for language in LANGUAGES}
    assert not re.search("[^\x00-\x7f–’]", both["en"])
    for language, letters in LETTERS.items():
        others = set("".join(LETTERS.values())) - set(letters)
        assert not set(both[language]) & others, (language, set(both[language]) & others)
    assert set(both["ru"]) & set(LETTERS["ru"]) and not re.search("[a-z]", both["ru"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_says_what_it_does_its_numbers_and_its_cost_on_the_card(path):
    comments = [line[2:] for line in path.read_text("utf-8").splitlines() if line.startswith("# ")]
    assert comments[0][:1].isupper() and comments[0].endswith(".")
    assert comments[1].startswith("Numbers: ") and comments[2].startswith("On the card: ")
    about = check_file(path)
    assert about["sentences"] and (about.get("profile") or not about["counters"])
    nothing = comments[2].startswith("On the card: nothing")
    assert nothing == (about.get("counters_needed", 0) == 0), (comments[2], about["counters"])


def test_no_file_names_a_brand():
    texts = [*FOLDER.rglob("*.toml"), *FOLDER.rglob("*.md"), ROOT / "docs" / "offers.md"]
    found = ["%s: %s" % (path.name, match.group()) for path in texts for match in BRANDS.finditer(path.read_text("utf-8"))]
    assert not found


def test_check_is_clean():
    answer = CliRunner().invoke(offers, ["check", "--json", *map(str, FILES), str(SHOP / "pack.toml")])
    told = json.loads(answer.stdout)
    assert answer.exit_code == 0 and told["outcome"] == "done" and told["problems"] == []
    assert len(told["files"]) == len(ROWS) + 1


@pytest.mark.parametrize("path", [*FILES, SHOP / "pack.toml", FOLDER / "custom" / "quiet-hours.toml"], ids=lambda path: path.stem)
def test_no_example_is_warned_of(path):
    source = read_pack(path)
    if source.offers[0].kind not in NO_MONEY:
        found = lint(compiled(source), source.offers, source.limits.get("counters"), today=parse_date("2027-01-01"))
        assert [finding for finding in found if finding["severity"] != "note"] == []


def test_the_shop_of_six_offers_fits_a_board():
    source = read_pack(SHOP / "pack.toml")
    assert len(source.offers) == 6 and source.groups["prices"]["mode"] == "best"
    assert {offer.kind for offer in source.offers} == {"stamp-card", "cashback", "welcome-window", "basket-bands", "code", "group-price"}
    assert encoded_size(compiled(source)) + SIGNATURE_BYTES < PACK_GOAL_BYTES


def test_a_new_home_takes_the_first_pack():
    about = check_file(SHOP / "first-pack.toml")
    assert (about["counters_needed"], about["profile"], about["number"]) == (1, 1, 2)


def test_every_event_and_every_code_is_told_in_the_docs():
    page = (ROOT / "docs" / "offers.md").read_text("utf-8")
    vocabulary = {code for row in ROWS for code in re.findall(r'"(?:refused|declined)": "([A-Z_]+)"', json.dumps(row))}
    for file in sorted((ROOT / "cardos" / "offers").glob("*.py")):
        vocabulary.update(re.findall(r'(?:Refusal\(|"refused": |decline\()"([A-Z_]+)"', file.read_text("utf-8")))
    assert [code for code in sorted(vocabulary) if "| `%s` |" % code not in page] == []
    assert [word for word in WORDS if "| `%s` |" % word not in page] == []
    assert all("\n## %s\n" % section in page for section in ("Rounding", "Events", "Refusals and declines", "Replay"))


def test_rules_of_one_s_own_are_shown_by_an_example_that_works():
    about = check_file(FOLDER / "custom" / "quiet-hours.toml")
    assert about["offers"][0]["kind"] == "custom" and about["counters_needed"] == 1
    row = row_of(read_offer(FOLDER / "custom" / "quiet-hours.toml"), [
        {"at": at, "on": "sale", "currency": "EUR", "lines": [{"sku": "c", "category": "coffee", "qty": 3, "unit_price": 250}]}
        for at in ("2026-03-02T09:00", "2026-03-02T12:00", "2026-03-04T09:00")])  # fmt: skip
    assert [result["earned"]["stamps"] for result in replay_row(check_row(row, "here"))["sequences"][0]] == [6, 3, 3]


def test_the_discount_costs_twice_the_bonus():
    shares = [check_file(FOLDER / name)["results"]["share"] for name in FIXED]
    assert shares == ["1/6", "1/12"]


def test_the_pages_of_the_offers_are_those_that_make_docs_writes():
    from scripts import docs
    for path, text in docs.offers().items():
        assert path.read_text("utf-8") == text, "%s is old; run `make docs`" % path.name
