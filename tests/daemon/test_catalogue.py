"""catalogue.toml: what is sold, as the till's keys and as `--item` of a sale; every mistake with file, article and remedy."""

import pytest

from cardos.errors import BadInput
from host_tools.catalogue import FILE, read_catalogue
from host_tools.daemon.wishes import Line

GOOD = """
[latte]
name = "Caffè latte"
category = "coffee"
price = "4.50"

["cup-35"]
category = "goods"
price = "12"
tile = false
"""


def read(folder, text, digits=2):
    (folder / FILE).write_text(text, "utf-8")
    return read_catalogue(folder, digits)


def test_a_shop_without_one_sells_amounts_and_lines(tmp_path):
    assert read_catalogue(tmp_path, 2).items == ()
    with pytest.raises(BadInput) as trouble:
        read_catalogue(tmp_path, 2).line("latte")
    assert trouble.value.code == "ITEM_UNKNOWN" and "--line" in trouble.value.hint


def test_articles_in_their_order_prices_in_minor_units(tmp_path):
    catalogue = read(tmp_path, GOOD)
    assert [tuple(item) for item in catalogue.items] == [("latte", "Caffè latte", "coffee", 450, True), ("cup-35", "cup-35", "goods", 1200, False)]
    assert catalogue.line("latte:3") == Line("latte", "coffee", 3, 450) and catalogue.line("cup-35") == Line("cup-35", "goods", 1, 1200)
    assert read(tmp_path, GOOD.replace("4.50", "4.505"), 3).item("latte").price == 4505


@pytest.mark.parametrize("text", ["latte:0", "latte:x", "latte:-1", "latte:1:2", "latte:9999999999"])
def test_quantities_that_nobody_buys(tmp_path, text):
    with pytest.raises(BadInput) as trouble:
        read(tmp_path, GOOD).line(text)
    assert trouble.value.code == "BAD_LINE"


def test_an_article_that_is_not_there_lists_those_that_are(tmp_path):
    with pytest.raises(BadInput) as trouble:
        read(tmp_path, GOOD).line("mocha:2")
    assert "latte, cup-35" in trouble.value.hint


@pytest.mark.parametrize(
    "text, says",
    [
        ("[latte\n", "line 1"), ("latte = 3\n", "`latte` is not a table"), (GOOD + 'cost = "1"\n', "unknown key `cost`"),
        (GOOD.replace('"coffee"', '""'), "[latte] needs a category"), (GOOD.replace('"coffee"', '"hot:coffee"'), "without colons"),
        (GOOD.replace('"coffee"', "7"), "needs a category"), (GOOD.replace('"4.50"', "4.5"), "price in quotes"),
        (GOOD.replace("4.50", "4.505"), "[latte]: '4.505' has more than 2 digits"), (GOOD.replace("4.50", "-1"), "[latte]"),
        (GOOD.replace("4.50", "free"), "[latte]: 'free' is not an amount"), (GOOD.replace("false", '"no"'), "[cup-35]"),
        ("".join('[a%d]\ncategory = "x"\nprice = "1"\n' % n for n in range(501)), "more than 500 articles"),
    ],
)
def test_mistakes_name_file_article_and_remedy(tmp_path, text, says):
    with pytest.raises(BadInput) as trouble:
        read(tmp_path, text)
    assert trouble.value.code == "CATALOGUE" and says in trouble.value.message and str(tmp_path / FILE) in trouble.value.message
    assert trouble.value.hint.endswith(".")


def test_the_till_has_the_catalogue_s_keys(served, till):
    assert till.get("/api/v1/state")["shop"]["catalogue"] == []
    (served.home.path / FILE).write_text(GOOD, "utf-8")
    assert [item["sku"] for item in till.get("/api/v1/state")["shop"]["catalogue"]] == ["latte", "cup-35"]
