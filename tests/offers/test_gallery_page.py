"""The page of the gallery is made from the examples: it is committed as it is generated, and says of each what an owner asks."""

import re

import pytest

from host_tools.offers import gallery
from host_tools.offers.checking import compiled
from host_tools.offers.gallery_examples import worked
from host_tools.offers.language import read_offer
from host_tools.offers.pack_toml import read_pack

FILES = sorted(gallery.FOLDER.glob("*.toml"))


@pytest.fixture(scope="module")
def page():
    return gallery.page()


def test_the_committed_page_is_the_generated_one(page):
    assert gallery.PAGE.read_text("utf-8") == page, "run `make docs`"


def test_every_example_has_a_section_and_its_link_leads_there(page):
    headings = {gallery._anchor(line[4:]) for line in page.splitlines() if line.startswith("### ")}
    for file in FILES:
        assert "(%s)" % file.name in page
    links = re.findall(r"\(#([^)]*)\)", page)
    assert len(links) == len(FILES) and [link for link in links if link not in headings] == []


@pytest.mark.parametrize("file", [file for file in FILES if read_offer(file).kind != "economics"], ids=lambda file: file.name[:3])
def test_every_example_is_played_with_its_own_numbers(file):
    told = worked(compiled(read_pack(file)), file.name[:3])
    assert 1 <= len(told) <= 5
    assert any(came or card for _, _, came, card in told), "nothing to see"
    assert [came for _, _, came, _ in told if re.search(r"_UNKNOWN|CURRENCY|EMPTY_SALE|CODE_NOT_YET|CAMPAIGN_CLOSED|NO_SUCH_SALE|OVERDRAW", came)] == []


def test_a_number_of_the_page_is_the_books_own():
    told = worked(compiled(read_pack(gallery.FOLDER / "a03-second-at-half-price.toml")), "a03")
    assert told[0] == ("2027-02-01", "buys shirts at 40.00 and shirts at 30.00", "pays 55.00; 15.00 off; earns 55 points", "points: 55")


def test_the_page_says_what_a_card_must_hold_and_what_it_does_not(page):
    section = page.partition("### C06 ")[2].partition("### ")[0]
    assert "that is 7 counters; cards with n = 7 and more; not on ntag213" in section
    referral = page.partition("### E04 ")[2].partition("### ")[0]
    assert "who brought whom, and how many in a month. Not at a till yet, it waits for head office" in referral
    assert "nothing; a card is shown, of any kind." in page.partition("### E06 ")[2].partition("### ")[0]
    assert "nothing; no card is needed." in page.partition("### A02 ")[2].partition("### ")[0]


def test_the_shop_is_told_offer_by_offer(page):
    shop = page.partition("### A coffee shop")[2]
    assert shop.count("\n* **") == 6 and shop.count("Only one of the offers") == 1


def test_no_example_is_without_its_row():
    assert [file.name for file in FILES if not gallery.ROW.match(file.name)] == []
