"""The families of cards: every page and table names the same ones, with the class that the limits know."""

import json

from cardos.records.fields import FAMILIES
from cardos.taps.classes import CLASS_OF, LEDGER_DAYS_MAX, REWARDS_A_DAY
from host_tools.families import ROWS, classes, costs_of, row_of
from tests.house_rules.sources import ROOT

NAMES = [name for name, _ in FAMILIES]


def test_every_family_of_the_format_is_in_one_row_and_has_one_class():
    assert sorted(name for row in ROWS for name in row.names) == sorted(NAMES) == sorted(CLASS_OF)
    assert {classes(row) for row in ROWS} == {"A", "B", "C"} == set(REWARDS_A_DAY) == set(LEDGER_DAYS_MAX)
    assert all(row_of(name).names.count(name) == 1 for name in NAMES)


def test_the_readme_s_table_is_the_one_that_make_docs_writes():
    from scripts import docs
    assert docs.README.read_text("utf-8") == docs.readme(), "the README's table of families is old; run `make docs`"


def test_the_readme_says_the_limits_that_the_code_keeps():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "A %d rewards a day, B %d, C one cheap one" % (REWARDS_A_DAY["A"], REWARDS_A_DAY["B"]) in text and REWARDS_A_DAY["C"] == 1


def test_the_page_of_families_has_each_of_them_with_its_class():
    page = (ROOT / "docs" / "families.md").read_text("utf-8")
    for row in ROWS:
        assert "### %s · class %s\n" % (row.title, classes(row)) in page, row.title
        for name in row.names:
            assert "`%s`" % name in page, name


def test_a_cost_is_a_range_over_the_earning_taps():
    counted = {
        "ntag215, n=1, password, FAST_READ, equal pages skipped": {"first earn": [15, 14], "earn": [14, 13], "issue": [44, 43]},
        "ntag215, n=3, password, FAST_READ, equal pages skipped": {"first earn": [17], "earn": [13]},
        "ntag215, n=1, open, READ only, equal pages skipped": {"first earn": [23], "earn": [22]},
        "ntag424, n=1": {"first earn": [5], "earn": [5]},
        "ntag424, n=3": {"first earn": [5], "earn": [5]},
    }
    assert costs_of(counted) == {"ntag215": "13 to 14 (13 to 17 with three counters)", "ntag424": "5"}


def test_the_committed_table_counts_every_family_that_can_be_tapped():
    counted = json.loads((ROOT / "tests" / "benchmarks" / "exchanges.json").read_text("utf-8"))
    families = {name.split(", ")[0] for name in counted} - {"columns"}
    assert families <= set(NAMES) | {"ntag424-lrp"}
