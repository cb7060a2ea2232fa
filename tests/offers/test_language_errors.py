"""What is wrong with a file is told with file, line, key and remedy, all of it at once; and nothing but BadInput is ever raised."""

import random

import hypothesis
import pytest
from hypothesis import strategies as st

from cardos.errors import BadInput
from host_tools.offers.checking import check_file
from host_tools.offers.diagnostics import OfferProblems
from host_tools.offers.language import read_offer
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.rows import check_row, read_json
from host_tools.offers.schema import KINDS, check_parameters
from tests.house_rules.sources import ROOT



def of(kind, rest):
    """An offer of a template: two lines and the rest."""
    return 'template = "%s"\ncurrency = "EUR"\n%s' % (kind, rest)


HEAD = of("stamp-card", 'category = "coffee"\nstamps_needed = 10\n')  # four lines
POINTS = of("cashback", 'earn_bp = 500\npoint_value = 1\n')
CODE = of("code", '[codes.SPRING]\nbp = 1000\n')
RULES = of("custom", '')

# (text, line, key, words of the sentence, words of the remedy)
BAD_OFFERS = {
    "an empty file": ("", 1, "", "the file is empty", "Begin it with template"),
    "only a comment": ("# nothing\n", 1, "", "the file is empty", "Begin it with template"),
    "no TOML": (HEAD + "per_qty == 1\n", 5, "", "not TOML", "key = value"),
    "text without quotes": ('template = "code"\ncurrency = EUR\n', 2, "", "not TOML", '"quotes"'),
    "an open list": (HEAD + "x = [1, 2\n", 6, "", "not TOML: unclosed array", "[brackets]"),
    "a key given twice": (HEAD + "per_qty = 1\nper_qty = 2\n", 6, "", "not TOML", "Give each key once"),
    "brackets without end": (HEAD + "x = " + "[" * 9000 + "\n", 1, "", "nested too deeply", "four levels"),
    "a number without end": (HEAD + "per_qty = " + "9" * 5000 + "\n", 1, "", "thousands of digits", "13 digits"),
    "no template": ('currency = "EUR"\n', 1, "template", "missing", 'Add template'),
    "an unknown template": ('currency = "EUR"\ntemplate = "stampcard"\n', 2, "template", "no template", "Did you mean `stamp-card`?"),
    "a template that is a number": ("template = 3\n", 1, "template", "3 is not text", '"quotes"'),
    "an unknown key": (HEAD + "stamps_neded = 10\n", 5, "stamps_neded", "no such key", "Did you mean `stamps_needed`?"),
    "a missing key": (of("cashback", 'earn_bp = 1\n'), 1, "point_value", "missing", "Add point_value = … (what one point is worth"),
    "text for a number": (HEAD + 'per_qty = "1"\n', 5, "per_qty", '"1" is text', "without quotes"),
    "true for a number": (HEAD + "per_qty = true\n", 5, "per_qty", "true is not a number", "from 1 to 8 388 607"),
    "a number for true": (of("nth-unit", 'category = "x"\nnth = 2\noff_bp = 1\ncard_required = 1\n'), 6, "card_required", "neither", "true or false"),
    "a decimal fraction": (HEAD + "per_qty = 1.5\n", 5, "per_qty", "1.5 is a decimal fraction", "250 for 2.5 %"),
    "not a number at all": (HEAD + "per_qty = inf\n", 5, "per_qty", "decimal fraction", "whole number"),
    "more than a counter holds": (HEAD + "per_qty = 8388608\n", 5, "per_qty", "too large", "8 388 607"),
    "more than anything holds": (HEAD + "per_qty = %d\n" % 10**60, 5, "per_qty", "more than 40 digits is too large", "8 388 607"),
    "hexadecimal without end": (HEAD + "per_qty = 0x%s\n" % ("f" * 9000), 5, "per_qty", "more than 40 digits", "8 388 607"),
    "below zero": (POINTS + "priority = -2000\n", 5, "priority", "too small", "-1000"),
    "more than the whole": (POINTS.replace("500", "10001"), 3, "earn_bp", "10001 is too large", "10 000"),
    "a rate with a sign of per cent": (POINTS.replace("500", '"5 %"'), 3, "earn_bp", '"5 %" is not a number', "whole number"),
    "an unknown word": (POINTS + 'earn_base = "nett"\n', 5, "earn_base", "not known", "Did you mean `net`?"),
    "a currency in small letters": ('template = "manual-discount"\ncurrency = "eur"\nmax_bp = 1\n', 2, "currency", "does not fit", '"EUR"'),
    "no currency": ('template = "manual-discount"\nmax_bp = 1\n', 1, "currency", "missing", "ISO 4217"),
    "digits that no money has": (HEAD + "minor_digits = 1\n", 5, "minor_digits", "no money", "0, 2 or 3"),
    "digits that no currency has": (HEAD + "minor_digits = 4\n", 5, "minor_digits", "too large", "0 to 3"),
    "blanks around a name": (HEAD.replace("coffee", " coffee"), 3, "category", "blanks at an end", "1 to 64"),
    "an empty name": (HEAD.replace("coffee", ""), 3, "category", "empty", "1 to 64"),
    "a long name": (HEAD.replace("coffee", "c" * 65), 3, "category", "65 characters", "1 to 64"),
    "a name that cannot be seen": (HEAD.replace("coffee", "a\\u200bb"), 3, "category", "cannot be seen", "1 to 64"),
    "a list for a name": (HEAD.replace('"coffee"', '["coffee"]'), 3, "category", "not text", '"quotes"'),
    "a day that does not exist": (HEAD + 'from = "2027-02-30"\n', 5, "from", "not a day", "2026-03-31"),
    "a day with a time": (HEAD + "from = 2027-02-01T10:00:00\n", 5, "from", "has a time of day", "2026-03-31"),
    "a day before all cards": (HEAD + "from = 1999-12-31\n", 5, "from", "outside the calendar", "2000-01-01"),
    "the last day first": (HEAD + "from = 2027-02-01\nthrough = 2027-01-31\n", 6, "through", "is before 2027-02-01", "last good day"),
    "a code's last day first": (CODE + "from = 2027-02-01\nthrough = 2027-01-31\n", 6, "codes.SPRING.through", "is before", "last good day"),
    "a key of a code": (CODE + "min_basked = 1\n", 5, "codes.SPRING.min_basked", "no such key", "Did you mean `min_basket`?"),
    "codes that mean the same": (CODE + '[codes."spring "]\nbp = 1\n', 5, 'codes."spring "', "means the same", "Leave one"),
    "no codes": (of("code", 'codes = {}\n'), 3, "codes", "0 entries", "at least 1"),
    "codes as a list": (of("code", 'codes = ["A"]\n'), 3, "codes", "not a table", "[codes]"),
    "bands that fall": (of("marginal-units", 'category = "c"\nbands = [\n  [0, 0],\n  [9, 1],\n  [9, 2],\n]\n'), 7, "bands[2][0]", "not above 9",
        "low to high"),
    "a band of three": (of("marginal-units", 'category = "c"\nbands = [[0, 0, 0]]\n'), 4, "bands[0]", "not a pair", "[from, rate_bp]"),
    "no bands": (of("marginal-units", 'category = "c"\nbands = []\n'), 4, "bands", "0 entries", "at least 1"),
    "a season that ends first": (
        of("issued-card", 'issue_over = 1\nrate_bp = 1\nsale_periods = [[2027-02-01, 2027-01-01]]\n'), 5, "sale_periods[0]", "is after", "first day first"),
    "more than all on the birthday": (
        of("issued-card", 'issue_over = 1\nrate_bp = 6000\nbirthday_extra_bp = 6000\n'), 5, "birthday_extra_bp", "more than 100 %", "Lower"),
    "bands above every counter": (
        of("basket-bands", 'mode = "lifetime"\nbands = [[9000000, 1]]\n'), 4, "bands[0]", "count up to 9000000", "raise spend_unit"),
    "levels that repeat": (
        of("tier-decay", 'months_per_level = 1\ntiers = ["a", "b", "a"]\n'), 4, "tiers[2]", "twice", "Leave one"),
    "a rate for a level that is not": (
        of("simple-or-status", 'mode = "status"\nsimple_bp = 1\ntiers = ["a"]\n[status_bp]\na = 1\nb = 2\n'), 8, "status_bp.b", "no such level", "Known: a"),
    "a level without a rate": (
        of("simple-or-status", 'mode = "status"\nsimple_bp = 1\ntiers = ["a", "b"]\n[status_bp]\na = 1\n'), 6, "status_bp", "level b is missing", "Add b"),
    "an invitation that can be earned": (
        of("year-status", 'category = "n"\nover = 1\ntiers = ["a", "b"]\ninvitation_tier = "b"\n'), 6, "invitation_tier", "can be earned", "own"),
    "miles that fall": (
        of("tier-earn", 'step = 1\nper_step = 1\n[[tiers]]\nname = "a"\nat = 5\ntimes_bp = 1\n[[tiers]]\nname = "b"\nat = 4\ntimes_bp = 1\n'),
        11, "tiers[1].at", "not above 5", "low to high"),
    "versions that fall": (
        of("version-change", 'category = "c"\n[[versions]]\nversion = 2\nfrom = 2027-01-01\nstamps_needed = 1\n'
           '[[versions]]\nversion = 1\nfrom = 2027-02-01\nstamps_needed = 1\n'), 9, "versions[1].version", "not above 2", "low to high"),
    "no days for lots": (of("point-expiry", 'mode = "buckets"\nearn_bp = 1\npoint_value = 1\n'), 1, "valid_days", "missing", 'mode = "never"'),
    "no card to buy": (of("enrolment", 'mode = "buy"\nearn_bp = 1\npoint_value = 1\n'), 1, "card_sku", "missing", "card_sku"),
    "coupons that no card holds": (of("coupon-book", 'coupons = 33\noff = 1\nvalid_through = 2027-01-01\n'), 3, "coupons", "too large", "1 to 32"),
    "an unknown language": (HEAD + '[name]\nee = "x"\n', 6, "name.ee", "no such key", "en"),
    "a name that is no table": (HEAD + 'name = "x"\n', 5, "name", "not a table", "{braces}"),
    "a long message": (HEAD + '[message]\nlv = "%s"\n' % ("x" * 201), 6, "message.lv", "201 characters", "1 to 200"),
    "an id with capitals": (HEAD + 'id = "Coffee"\n', 5, "id", "does not fit", "small letters"),
    "two margins": ('template = "economics"\ncalc = "discount"\nprice = 1\nmargin_bp = 1\ncost = 1\ndiscount_bp = 1\n', 5, "cost", "2 ways", "exactly one"),
    "no margin": ('template = "economics"\ncalc = "uplift"\nprice = 1\ndiscount_bp = 1\n', 1, "margin_bp", "margin is missing", "exactly one"),
    "no formula": ('template = "economics"\nprice = 1\n', 1, "calc", "missing", "discount"),
    "an unknown formula": ('template = "economics"\ncalc = "discounts"\n', 2, "calc", "not known", "Did you mean `discount`?"),
    "no rules": (RULES, 1, "rules", "missing", "Add rules"),
    "a rule that is no table": (RULES + "rules = [1]\n", 3, "rules[0]", "not a table", "[[rules]]"),
    "a rule without an operation": (RULES + '[[rules]]\nphase = "earn"\n', 3, "rules[0].op", "says its operation", "phase ="),
    "a counter that is no name": (RULES + '[[rules]]\nphase = "earn"\nop = "stamps"\ncounter = ["x"]\n', 6, "rules[0].counter", "name of a counter", "quotes"),
    "a condition that is none": (RULES + '[[rules]]\nphase = "earn"\nop = "stamps"\nwhen = true\n', 6, "rules[0].when", "no condition", "weekdays"),
    "a condition inside that is none": (
        RULES + '[[rules]]\nphase = "earn"\nop = "stamps"\nwhen = ["not", ["all", ["good", 1]]]\n', 6, "rules[0].when[1][1][1]", "name of a counter", "quotes"),
    "an exception that is none": (RULES + '[[rules]]\nphase = "earn"\nop = "stamps"\nunless = [["card"]]\n', 6, "rules[0].unless[0]", "no exception", "pairs"),
    "a source that is none": (RULES + '[[rules]]\nphase = "prices"\nop = "rate"\nrates = [1]\n', 6, "rules[0].rates[0]", "no source", "fixed"),
    "a source without its counter": (
        RULES + '[[rules]]\nphase = "prices"\nop = "rate"\nrates = [{ is = "held", c = 1 }]\n', 6, "rules[0].rates[0].c", "name of a counter", "quotes"),
    "a counter's kind that is no text": (RULES + '[[rules]]\n[[counters]]\nname = "x"\nkind = 3\n', 6, "counters[0].kind", "not text", "quotes"),
    "a counter's lots that are no count": (RULES + '[[rules]]\n[[counters]]\nname = "x"\nlots = "4"\n', 6, "counters[0].lots", "not a count", "from 0"),
    "a fraction in a rule": (RULES + "[[rules]]\nx = 1\n[[rules]]\nx = [1, 2.5]\n", 6, "rules[1].x[1]", "decimal fraction", "whole number"),
    "rules without end": (RULES + "[[rules]]\nx = " + "[" * 30 + "]" * 30 + "\n", 4, "rules[0].x[0][0][0][0][0][0][0][0][0][0][0][0]", "too deep", "simpler"),
    "a pack for an offer": ('offers = ["a.toml"]\n', 1, "offers", "is a pack", "Name a file with template"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_OFFERS)
def test_a_bad_offer_is_told_with_its_line_and_remedy(tmp_path, name):
    text, line, key, what, remedy = BAD_OFFERS[name]
    path = tmp_path / "bad.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(OfferProblems) as caught:
        read_offer(path)
    found = caught.value.problems
    fitting = [problem for problem in found if (problem.line, problem.key) == (line, key)]
    assert fitting, found
    assert what in fitting[0].what and remedy in fitting[0].remedy, fitting
    assert "%s:%d: %s" % (path, line, key) in caught.value.message and caught.value.hint and caught.value.code == "OFFER"
    assert found[0] in fitting or len(found) > 1  # what is told beside it follows from it


def test_all_problems_of_a_file_are_told_in_the_order_of_its_lines(tmp_path):
    (tmp_path / "a.toml").write_text('template = "stamp-card"\ncategory = 3\nstamps_needed = 0\nper_qty = 1.0\ncurency = "EUR"\n')
    with pytest.raises(OfferProblems) as caught:
        read_offer(tmp_path / "a.toml")
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (1, "currency"), (2, "category"), (3, "stamps_needed"), (4, "per_qty"), (5, "curency")]  # fmt: skip
    assert len(caught.value.message.splitlines()) == 5


def test_what_is_no_file_of_an_offer_is_said(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'template = "code"\n\n# caf\xe9\n')
    (tmp_path / "big.toml").write_bytes(b"#" * (1 << 21))
    (tmp_path / "shop.stampdpack").write_bytes(b"\xd2\x84")
    for name, words in (
        ("none.toml", "there is no such file"), (".", "is a directory"), ("latin.toml", "latin.toml:3: a byte here is not UTF-8"),
        ("big.toml", "2097152 bytes"), ("shop.stampdpack", "compiled pack"), ("a\0b", "cannot be read"),
    ):  # fmt: skip
        for read in (read_offer, read_pack):
            with pytest.raises(BadInput, match=words):
                read(tmp_path / name)


A, B = HEAD.replace('currency = "EUR"\n', ""), POINTS.replace('currency = "EUR"\n', "")
PACK = 'offers = ["a.toml", "b.toml"]\ncurrency = "EUR"\n'

# (pack, a, b, file, line, key, words)
BAD_PACKS = {
    "a file that is missing": ('offers = [\n  "a.toml",\n  "c.toml",\n]\ncurrency = "EUR"\n', A, B, "pack", 3, "offers[1]", "c.toml is no file"),
    "a file named twice": ('offers = ["a.toml", "a.toml"]\ncurrency = "EUR"\n', A, B, "pack", 1, "offers[1]", "twice"),
    "no offers": ('offers = []\ncurrency = "EUR"\n', A, B, "pack", 1, "offers", "0 entries"),
    "no currency": ('offers = ["a.toml"]\n', A, B, "pack", 1, "currency", "missing"),
    "an unknown key": (PACK + "numbr = 2\n", A, B, "pack", 3, "numbr", "no such key"),
    "number 0": (PACK + "number = 0\n", A, B, "pack", 3, "number", "too small"),
    "a time zone": (PACK + '[calendar]\ntimezone = "Europe/Rigga"\n', A, B, "pack", 4, "calendar.timezone", "no time zone"),
    "another currency": (PACK, 'currency = "USD"\n' + A, B, "a", 1, "currency", "is in USD, its pack"),
    "other digits": (PACK, A, "minor_digits = 3\n" + B, "b", 1, "minor_digits", "3 digits"),
    "the same id": (PACK, A, B + 'id = "a"\n', "b", 4, "id", "also the id of"),
    "a calculation": (PACK, A, 'template = "economics"\ncalc = "liability"\noutstanding_points = 1\npoint_value = 1\n', "pack", 1, "offers[1]", "calculation"),
    "a problem of an offer": (PACK, A, B + "x = 1\n", "b", 4, "x", "no such key"),
    "an offer that is no TOML": (PACK, A, "x y\n", "b", 1, "", "not TOML"),
    "a pack in a pack": (PACK, A, PACK, "b", 1, "offers", "is a pack"),
    "a group that nobody has": (PACK, A + 'group = "prise"\n', B, "a", 4, "group", "no group prise"),
    "an unknown member": (PACK + '[groups.g]\nmode = "best"\nmembers = ["a", "c"]\n', A, B, "pack", 5, "groups.g.members[1]", "no offer or group c"),
    "an unknown mode": (PACK + '[groups.g]\nmode = "bests"\nmembers = ["a"]\n', A, B, "pack", 4, "groups.g.mode", "not known"),
    "a member in two groups": (
        PACK + '[groups.g]\nmode = "best"\nmembers = ["a"]\n[groups.h]\nmode = "best"\nmembers = ["b", "a"]\n',
        A, B, "pack", 8, "groups.h.members[1]", "also in the group g"),
    "another group in the offer": (PACK + '[groups.g]\nmode = "best"\nmembers = ["a"]\n[groups.h]\nmode = "best"\n',
        A + 'group = "h"\n', B, "a", 4, "group", "in the group g"),
    "an empty group": (PACK + '[groups.g]\nmode = "best"\n', A, B, "pack", 3, "groups.g", "no members"),
    "a group named as an offer": (PACK + '[groups.a]\nmode = "best"\nmembers = ["b"]\n', A, B, "pack", 3, "groups.a", "also the id"),
    "a group in itself": (PACK + '[groups.g]\nmode = "best"\nmembers = ["a", "g"]\n', A, B, "pack", 3, "groups.g", "contain each other: g in g"),
    "groups in a ring": (
        PACK + '[groups.g]\nmode = "best"\nmembers = ["a", "h"]\n[groups.h]\nmode = "first"\nmembers = ["b", "i"]\n'
        '[groups.i]\nmode = "best"\nmembers = ["g"]\n', A, B, "pack", 3, "groups.g", "contain each other"),
    "groups too deep": (
        PACK + "".join('[groups.g%d]\nmode = "best"\nmembers = ["%s"]\n' % (n, "g%d" % (n + 1) if n < 4 else "a") for n in range(1, 5)),
        A, B, "pack", 12, "groups.g4", "nested 4 deep"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_PACKS)
def test_a_bad_pack_is_told_with_the_file_that_must_change(tmp_path, name):
    pack, a, b, file, line, key, what = BAD_PACKS[name]
    for stem, text in (("pack", pack), ("a", a), ("b", b)):
        (tmp_path / (stem + ".toml")).write_text(text)
    with pytest.raises(OfferProblems) as caught:
        read_pack(tmp_path / "pack.toml")
    fitting = [problem for problem in caught.value.problems if (problem.file, problem.line, problem.key) == (str(tmp_path / (file + ".toml")), line, key)]
    assert len(fitting) == 1 and what in fitting[0].what and fitting[0].remedy, caught.value.problems
    ring = "contain each other" in what
    assert not ring or sum("contain" in problem.what for problem in caught.value.problems) == 1  # a ring is told once


def test_a_rule_that_the_compiler_refuses_has_its_line(tmp_path):
    (tmp_path / "a.toml").write_text(RULES + '[[rules]]\nphase = "earn"\nop = "no-such"\n')
    with pytest.raises(BadInput, match=r"a\.toml:3: rules\[0\]"):
        check_file(tmp_path / "a.toml")


def test_more_state_than_a_card_holds_is_refused_at_check(tmp_path):
    (tmp_path / "a.toml").write_text(A)
    (tmp_path / "b.toml").write_text(B)
    (tmp_path / "pack.toml").write_text(PACK + "[limits]\ncounters = 1\n")
    with pytest.raises(BadInput, match=r"pack\.toml:4: limits\.counters: .*2 counters on a card; the shop's cards carry 1"):
        check_file(tmp_path / "pack.toml")


def test_more_than_any_card_holds_and_more_than_a_board_keeps_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text(POINTS.replace("cashback", "pending-points") + "pending_days = 30\n")
    (tmp_path / "b.toml").write_text(of("catalogue", 'counter = "x"\nstep = 1\nper_step = 1\n[catalogue]\ny = 1\n'))
    (tmp_path / "c.toml").write_text(of("basket-bands", 'mode = "lifetime"\nspend_unit = 100\nbands = [[1, 1]]\n'))
    (tmp_path / "pack.toml").write_text('offers = ["a.toml", "b.toml", "c.toml"]\ncurrency = "EUR"\n[limits]\npack_bytes = 256\n')
    with pytest.raises(OfferProblems) as caught:
        check_file(tmp_path / "pack.toml")
    assert ["a card holds at most 9" in problem.what for problem in caught.value.problems] == [True, False]
    assert "the limit is 256" in caught.value.problems[1].what


def test_json_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "latin.json").write_bytes(b'["\xe9"]')
    for name, words in (("none.json", "no such file"), (".", "is a directory"), ("latin.json", "not UTF-8"), ("a" * 300, "cannot be read")):
        with pytest.raises(BadInput, match=words):
            read_json(tmp_path / name)


@pytest.mark.parametrize("text, words", [
    ("", "not JSON"), ("[1.5]", "decimal fraction"), ("[NaN]", "decimal fraction"), ("[" * 100000, "no end"), ("[" + "9" * 5000 + "]", "no end"),
        ('{"a":\n1,}', "json:2"),
])  # fmt: skip
def test_bad_json_is_told(tmp_path, text, words):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BadInput, match=words):
        read_json(tmp_path / "x.json")


@pytest.mark.parametrize("row, words", [
    (3, "no row"), ({}, "no row"), ({"kind": "x"}, "no template"), ({"kind": 3}, "no template"), ({"kind": "cashback"}, "parameters are null"),
    ({"kind": "economics", "inputs": {"calc": "lint"}}, "standing_rates"),
        ({"kind": "economics", "inputs": {"calc": "lint", "standing_rates": []}, "more": 3}, "more"),
    ({"kind": "manual-discount", "parameters": {"currency": "EUR", "max_bp": 1}, "sequences": 3}, "sequences"),
    ({"kind": "manual-discount", "parameters": {"currency": "EUR", "max_bp": 1}, "sequences": [3]}, "no sequence"),
    ({"kind": "manual-discount", "parameters": {"currency": "EUR", "max_bp": 1}, "sequences": [{"events": 3}]}, "not a list"),
    ({"kind": "manual-discount", "parameters": {"currency": "EUR", "max_bp": 1}, "sequences": [{"start": 3}]}, "start: 3 is not a table"),
    ({"kind": "manual-discount", "parameters": {"currency": "EUR", "max_bp": 1}, "sequences": [{"events": [3]}]}, r"events\[0\]"),
    ({"kind": "manual-discount", "parameters": {"currency": "EUR", "max_bp": 1}, "sequences": [{"events": [], "with": {"max_bp": -1}}]}, "sequence 1: max_bp"),
])  # fmt: skip
def test_a_bad_row_is_told(row, words):
    with pytest.raises(BadInput, match=words):
        check_row(row, "row")


FOLDER = ROOT / "docs" / "offers"
GALLERY = sorted([*FOLDER.glob("*.toml"), *[FOLDER / "custom" / "quiet-hours.toml"] * 5])
VALUES = ['[["days", 1], 2]', '[["card"]]', '["all", 3]', '[{ is = "held", c = "x" }]', "true", "1.5",
          "-1", "99999999999999999999", '""', '"x"', "[]", "[[1, 2], [1, 2]]", "{}", '["a", 1]', "2027-01-01", "[[]]", '{ a = { b = 1 } }']


@pytest.mark.property
@hypothesis.given(st.sampled_from(GALLERY), st.integers(0, 2**32), st.integers(1, 3))
def test_a_mutated_file_never_raises_anything_but_bad_input(tmp_path_factory, path, seed, times):
    """A good file with lines dropped, doubled, values swapped, characters changed: it is read, or told as BadInput."""
    draw = random.Random(seed)
    lines = path.read_text("utf-8").splitlines()
    for _ in range(times):
        at = draw.randrange(len(lines))
        key, equals, _ = lines[at].partition(" = ")
        match draw.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, draw.choice(lines))
            case 2 if equals:
                lines[at] = key + " = " + draw.choice(VALUES)
            case 3 if lines[at]:
                spot = draw.randrange(len(lines[at]))
                lines[at] = lines[at][:spot] + draw.choice("[]{}\"'=.,\\#0aé\t\x00") + lines[at][spot + 1 :]
            case _:
                lines[at] = draw.choice(lines).partition(" = ")[0] + equals + lines[at].partition(" = ")[2]
        lines = lines or [""]
    file = tmp_path_factory.mktemp("mutated") / "a.toml"
    file.write_text("\n".join(lines), "utf-8")
    try:
        check_file(file)
    except BadInput as error:
        assert str(file) in error.message


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8)


@pytest.mark.property
@hypothesis.given(st.sampled_from(KINDS), st.data())
def test_no_parameters_raise_anything_but_bad_input(kind, data):
    from host_tools.offers.schema import TEMPLATES
    keys = [field.name for field in TEMPLATES[kind].fields] + ["currency", "calc"]
    parameters = data.draw(st.dictionaries(st.sampled_from(keys) | st.text(max_size=4), JSON, max_size=6))
    try:
        check_parameters(kind, parameters, "row")
    except BadInput as error:
        assert error.message.startswith("row: ")
