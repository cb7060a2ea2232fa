"""Offers and packs as an owner writes them: what a good file becomes."""

import json
import re

import pytest

from cardos.calendar import parse_date
from cardos.errors import BadInput
from host_tools.offers.calculation_words import WORDS, sentences
from host_tools.offers.economics import economics
from host_tools.offers.language import LANGUAGES, read_offer, slug
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.rows import check_row, read_json, row_of
from host_tools.offers.schema import KINDS, TEMPLATES, check_parameters
from host_tools.offers.toml_lines import line_of, lines_of

STAMPS = 'template = "stamp-card"\ncategory = "coffee"\nstamps_needed = 10\n'
EUR = 'currency = "EUR"\n'


def written(folder, **files):
    """The folder with files of these texts: stamps='…' becomes stamps.toml."""
    for name, text in files.items():
        (folder / (name + ".toml")).write_text(text, "utf-8")
    return folder


def test_an_offer_comes_back_complete_and_plain(tmp_path):
    offer = read_offer(written(tmp_path, coffee=STAMPS + EUR + '[name]\nen = "Free coffee"\nru = "Кофе"\n') / "coffee.toml")
    assert (offer.id, offer.kind, offer.names["ru"], offer.name("lv")) == ("coffee", "stamp-card", "Кофе", "Free coffee")
    assert offer.parameters == {
        "currency": "EUR", "minor_digits": 2, "category": "coffee", "stamps_needed": 10, "per_qty": 1, "free_qty": 1, "max_free_per_sale": 1,
    }  # fmt: skip
    assert json.loads(json.dumps(offer.parameters)) == offer.parameters


def test_the_file_s_name_is_the_id_and_the_name_when_none_is_written(tmp_path):
    offer = read_offer(written(tmp_path, **{"Coffee Card_2": STAMPS + EUR}) / "Coffee Card_2.toml")
    assert (offer.id, offer.name()) == ("coffee-card-2", "Coffee card 2")
    assert (slug("Ёлка"), slug("-"), len(slug("x" * 99))) == ("offer", "offer", 40)


def test_an_offer_may_have_its_own_days_group_and_place(tmp_path):
    text = STAMPS + EUR + 'from = 2027-01-01\nthrough = "2027-12-31"\ngroup = "prices"\npriority = -5\nid = "c"\n'
    offer = read_offer(written(tmp_path, a=text) / "a.toml")
    assert (offer.starts, offer.ends, offer.group, offer.priority, offer.id) == (parse_date("2027-01-01"), parse_date("2027-12-31"), "prices", -5, "c")


@pytest.mark.parametrize("currency, digits", [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_the_currency_says_its_digits_and_what_one_unit_is(currency, digits):
    plain = check_parameters("month-benefit", {"currency": currency, "bands": [[0, 100]]}, "here")
    assert (plain["minor_digits"], plain["spend_unit"], plain["voucher_unit"], plain["mode"]) == (digits, 10**digits, 10**digits, "amount")


def test_codes_are_kept_as_tills_compare_them():
    plain = check_parameters("code", {"currency": "EUR", "codes": {" spring 15 ": {"bp": 1500}, "ė": {"bp": 1}}}, "here")
    assert list(plain["codes"]) == ["SPRING 15", "ė"]
    assert plain["codes"]["SPRING 15"] == {
        "bp": 1500, "from": "2000-01-01", "through": "2199-06-05", "categories": ["*"], "min_basket": 0, "excluded_skus": [],
    }  # fmt: skip


def test_levels_without_perks_get_an_empty_list():
    plain = check_parameters("tier-perks", {"currency": "EUR", "tiers": ["base", "gold"], "entitlements": {"gold": ["x"]}}, "here")
    assert plain["entitlements"] == {"base": [], "gold": ["x"]}


def test_defaults_are_not_shared_between_offers():
    one, two = (check_parameters("coalition", {"currency": "EUR", "partners": {"a": 1}, "point_value": 1}, "here") for _ in range(2))
    one["bonus_skus"]["x"] = 1
    assert two["bonus_skus"] == {}


def test_every_template_has_words_for_the_docs():
    assert len(KINDS) == 40
    for template in TEMPLATES.values():
        assert template.title and template.sentence.endswith("."), template.kind
        assert all(field.about and field.type.words for field in template.fields), template.kind


def test_a_pack_gives_its_money_to_its_offers(tmp_path):
    pack = 'offers = ["a.toml", "b.toml"]\ncurrency = "KWD"\nnumber = 7\nscheme = "00a1"\n'
    folder = written(tmp_path, pack=pack, a=STAMPS, b=STAMPS + 'currency = "KWD"\n')
    source = read_pack(folder / "pack.toml")
    assert [offer.parameters["minor_digits"] for offer in source.offers] == [3, 3]
    assert (source.number, source.scheme, source.currency, source.minor_digits) == (7, 0xA1, "KWD", 3)
    assert source.limits == {"counters": None, "pack_bytes": 4096, "standing_bp": 2000}
    assert source.calendar == {"timezone": None}


def test_a_group_has_the_members_it_lists_and_those_that_name_it(tmp_path):
    pack = 'offers = ["a.toml", "b.toml", "c.toml"]\n' + EUR
    pack += '[groups.outer]\nmode = "first"\nmembers = ["inner"]\n[groups.inner]\nmode = "best"\nmembers = ["b"]\n'
    folder = written(tmp_path, pack=pack, a=STAMPS + 'group = "outer"\n', b=STAMPS + 'group = "inner"\n', c=STAMPS)
    assert read_pack(folder / "pack.toml").groups == {
        "outer": {"mode": "first", "members": ["inner", "a"]}, "inner": {"mode": "best", "members": ["b"]},
    }  # fmt: skip


def test_one_offer_is_a_pack_of_one(tmp_path):
    source = read_pack(written(tmp_path, a=STAMPS + EUR) / "a.toml")
    assert ([offer.id for offer in source.offers], source.currency, source.groups, source.number) == (["a"], "EUR", {}, 1)


def test_rules_of_an_expert_pass_through(tmp_path):
    text = 'template = "custom"\n' + EUR + '[[counters]]\nname = "visits"\n[[rules]]\nphase = "earn"\nop = "x"\nsince = 2027-01-01\nwhen = ["all", ["card"]]\n'
    parameters = read_offer(written(tmp_path, a=text) / "a.toml").parameters
    assert parameters["counters"] == [{"name": "visits"}]
    assert parameters["rules"] == [{"phase": "earn", "op": "x", "since": "2027-01-01", "when": ["all", ["card"]]}]


def test_windows_files_are_read_too(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (STAMPS + EUR).replace("\n", "\r\n").encode())
    assert read_offer(path).id == "a"


def test_lines_are_found_wherever_a_key_stands():
    text = """# one
a = 1
b = [
  [1, 2],
  # a comment with ] and "
  [3, 4], ]
c = { x = 1, "y z" = { q = "}" } }
[t."u v".w]
k = '''
many
'''
z = 2026-01-01 10:00:00
[[r]]
n = 1
[[r]]
n = "\\"]"
[r.s]
m.o = 3
"""
    lines = lines_of(text)
    wanted = {
        ("a",): 2, ("b",): 3, ("b", 0): 4, ("b", 1, 1): 6, ("c", "y z", "q"): 7, ("t",): 8, ("t", "u v", "w", "k"): 9,
        ("t", "u v", "w", "z"): 12, ("r", 0, "n"): 14, ("r", 1, "n"): 16, ("r", 1, "s"): 17, ("r", 1, "s", "m", "o"): 18,
    }  # fmt: skip
    assert {path: lines[path] for path in wanted} == wanted
    assert line_of(lines, ("r", 1, "missing")) == 15 and line_of(lines, ("nothing",)) == 1 and line_of(lines_of(text.replace("\n", "\r\n")), ("a",)) == 2


def test_a_row_is_checked_with_what_each_sequence_replaces():
    parameters = {"currency": "EUR", "earn_bp": 100, "point_value": 1}
    row = {"kind": "cashback", "parameters": parameters, "sequences": [{"with": {"currency": "JPY"}, "events": []}, {"events": []}]}
    checked = check_row(row, "row")
    assert checked["parameters"]["earn_base"] == "net" and checked["sequences"][0]["with"]["minor_digits"] == 0 and "with" not in checked["sequences"][1]
    row["sequences"][0]["with"] = {"earn_bp": "x"}
    with pytest.raises(BadInput, match=r'^row, sequence 1: earn_bp: "x" is not a number'):
        check_row(row, "row")


def test_events_become_a_row(tmp_path):
    offer = read_offer(written(tmp_path, a=STAMPS + EUR) / "a.toml")
    (tmp_path / "e.json").write_text('[{"at": "2026-03-01T10:00", "on": "tap"}]')
    row = check_row(row_of(offer, read_json(tmp_path / "e.json")), "e.json")
    assert row["sequences"] == [{"customer": "new", "events": [{"at": "2026-03-01T10:00", "on": "tap"}]}]


@pytest.mark.parametrize("inputs, words", [
    ({"calc": "uplift", "price": 100, "margin_bp": 1000, "discount_bp": 1000}, ["No growth makes up for it: the discount takes the whole margin."]),
    ({"calc": "liability", "currency": "JPY", "outstanding_points": 9, "point_value": 5}, [
        "The points not spent yet may still cost 45 JPY; 45 JPY if all of them come back."]),
    ({"calc": "lint", "warn_from_bp": 2000, "standing_rates": [["a", 1999]]}, ["No standing rate reaches 20 %."]),
    ({"calc": "kpi", "customers": []}, []),
    ({"calc": "discount", "price": 100, "cost": 150, "discount_bp": 1000}, [
        "One unit sells for 1.00 and costs 1.50.",
        "The profit before is -0.50; 0.10 are given away and -0.60 stay.", "That is -1/5 of the profit (-20.00 %)."]),
])  # fmt: skip
def test_a_calculation_is_told_in_sentences(inputs, words):
    plain = check_parameters("economics", inputs, "here")
    answer = economics(plain)
    assert sentences(plain, answer) == words
    for language in LANGUAGES:
        assert len(sentences(plain, answer, language)) == len(words)


def test_every_sentence_of_a_calculation_has_the_same_places_in_every_language():
    for name, told in WORDS.items():
        assert tuple(told) == LANGUAGES and len({tuple(sorted(re.findall(r"{(\w+)}", text))) for text in told.values()}) == 1, name
