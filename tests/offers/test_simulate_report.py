"""What people get of a simulation: sentences, table, CSV, plots and a page that stands alone; and the command."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from host_tools.offers.simulate.compare import simulate
from host_tools.offers.simulate.page import page
from host_tools.offers.simulate.plots import cost_bars, liability_lines, profit_lines, whole_svg
from host_tools.offers.simulate.sentences import money, per_hundred
from host_tools.offers.simulate.tables import CSV_COLUMNS, csv_table, label_of, rows_of, text_table
from tests.offers.played import population, source

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "offers"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def report():
    people = population(customers=12, months=14, variance="poisson", basket={"mean": 1000, "p90": 1800}, control_bp=1000)
    stamps = source("stamp-card", category="coffee", stamps_needed=5, per_qty=1, free_qty=1, max_free_per_sale=1)
    return simulate([source("cashback", earn_bp=500, point_value=1), stamps], people, seeds=4)


@pytest.fixture(scope="module")
def exact():
    return simulate([source("economics", calc="discount", price=900000, margin_bp=3000, discount_bp=500)])


def test_amounts_and_rates_as_people_write_them():
    assert [money(1234567, 2), money(-5, 2), money(1000, 0, "JPY"), money(None, 2)] == ["12 345.67", "-0.05", "1 000 JPY", "-"]
    assert [per_hundred(1667), per_hundred(-50), per_hundred(None)] == ["16.67", "-0.50", "-"]


def test_the_report_is_json_and_names_every_figure(report):
    again = json.loads(json.dumps(report))
    assert again == report
    for entry in report["offers"]:
        for name, figure in entry["figures"].items():
            assert label_of(name) and set(figure) == {"unit", "median", "p10", "p90"}
            assert all(figure[word] is None or isinstance(figure[word], int) for word in ("median", "p10", "p90"))
            assert figure["median"] is None or figure["p10"] <= figure["median"] <= figure["p90"]
    assert len(report["offers"][0]["months"]) == 14


def test_the_csv_has_every_figure_and_every_month(report):
    rows = list(csv.DictReader(io.StringIO(csv_table(report))))
    assert tuple(rows[0]) == CSV_COLUMNS
    figures = [row for row in rows if not row["month"]]
    assert len(figures) == sum(len(entry["figures"]) for entry in report["offers"])
    assert {row["month"] for row in rows} == {"", *("2026-%02d" % month for month in range(1, 13)), "2027-01", "2027-02"}
    share = next(row for row in figures if row["figure"] == "share")
    assert int(share["median"]) == report["offers"][0]["figures"]["share"]["median"]
    liability = [row for row in rows if row["figure"] == "liability" and row["month"]]
    assert len(liability) == 28


def test_the_table_of_the_terminal_lines_up(report, exact):
    lines = text_table(report).split("\n")
    assert len(lines) == len(rows_of(report)) + 1 and all(line == line.rstrip() and len(line) < 140 for line in lines)
    assert any(line.startswith("cost as a share of the profit") and "16.67 %" in line for line in text_table(exact).split("\n"))


@pytest.mark.parametrize("plot", [cost_bars, profit_lines, liability_lines, whole_svg])
def test_plots_are_well_formed_inside_their_picture_and_hold_no_script(plot, report, exact):
    for one in (report, exact):
        text = plot(one)
        tree = ElementTree.fromstring(text)
        assert tree.tag == SVG + "svg" and tree.get("aria-label")
        _, _, width, height = map(float, tree.get("viewBox").split())
        for mark in tree.iter():
            assert mark.tag in {SVG + tag for tag in ("svg", "style", "rect", "line", "path", "text", "circle")}
            assert not [name for name in mark.keys() if name.startswith("on") or "href" in name]
            for name, limit in (("x", width), ("x1", width), ("x2", width), ("cx", width), ("y", height), ("y1", height), ("y2", height), ("cy", height)):
                assert 0 <= float(mark.get(name) or 0) <= limit
            for across, down in re.findall(r"([-0-9.]+) ([-0-9.]+)", mark.get("d") or ""):
                assert 0 <= float(across) <= width and 0 <= float(down) <= height
        assert "prefers-color-scheme:dark" in text and "nan" not in text


def test_plots_name_their_axes_and_lines(report):
    words = [mark.text for mark in ElementTree.fromstring(whole_svg(report)).iter(SVG + "text")]
    assert words.count("Tried <&> (tried) (first)") == words.count("Tried <&> (tried) (second)") == 3  # a bar and two lines
    assert "without an offer" in words and "Jan 2026" in words and "0" in words
    assert any(word.startswith("EUR") and "median" in word for word in words)
    assert any("per cent of the profit" in word for word in words)


def test_the_page_stands_alone_and_says_it_in_plain_words(report, exact):
    for one in (report, exact):
        text = page(one)
        assert "<script" not in text and "<link" not in text and "@import" not in text and "url(" not in text
        assert not re.findall(r"(?:src|href)\s*=", text)
        assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}  # a name, nothing is fetched
        assert text.count("<svg") == 3 and text.startswith("<!doctype html>")
    assert "Tried <&>" not in page(report) and "Tried &lt;&amp;&gt;" in page(report)
    assert "Of every 100 of profit, the discount of 5&nbsp;% costs 16.67." in page(exact)


@pytest.mark.parametrize("settings", [{"control_bp": 10000}, {"visits_per_month": 0.0}, {"margin_bp": 0}, {"never_return_bp": 10000, "months": 2}])
def test_a_shop_in_which_nothing_happens_is_still_told(settings):
    one = simulate([source("cashback", earn_bp=500, point_value=1)] * 2, population(customers=3, basket={"mean": 1000}, **settings))
    assert json.loads(json.dumps(one)) == one and one["comparison"]["sentences"]
    assert all(entry["sentences"] for entry in one["offers"])
    ElementTree.fromstring(whole_svg(one))
    assert page(one) and text_table(one) and csv_table(one)


def test_the_command_reproduces_one_sixth_against_one_twelfth(stampd, tmp_path):
    pages = {kind: tmp_path / ("out." + kind) for kind in ("html", "svg", "csv")}
    options = [word for kind, file in pages.items() for word in ("--" + kind, str(file))]
    f01, f02 = (str(next(GALLERY.glob(row + "-*.toml"))) for row in ("f01", "f02"))
    done = stampd("offers", "simulate", f01, "--against", f02, *options, "--json")
    answer = json.loads(done.out)
    assert answer["comparison"]["share"] == ["1/6", "1/12"]
    assert all(file.stat().st_size > 500 for file in pages.values())
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file() and file.name.startswith("out")) == ["out.csv", "out.html", "out.svg"]


def test_the_command_tells_trouble_in_one_document(stampd, tmp_path):
    offer = str(next(GALLERY.glob("c01-*.toml")))
    people = tmp_path / "people.toml"
    people.write_text("customers = 5\n", "utf-8")
    done = stampd("offers", "simulate", offer, "--population", people, "--json", code=1)
    assert json.loads(done.out)["refused"] == "BAD_POPULATION"
    done = stampd("offers", "simulate", offer, "--seeds", 1, "--svg", tmp_path / "no" / "where.svg", code=1)
    assert "could not be written" in done.err
