"""The data of tests/portable/test_offer_rows.py is what compiler and rows make now."""

from tests.offers import portable_rows

BYTES_MAX = 400_000


def test_the_portable_rows_are_of_this_compiler():
    assert portable_rows.FILE.read_text("utf-8") == portable_rows.content(), "run: python -m tests.offers.portable_rows"
    assert portable_rows.FILE.stat().st_size < BYTES_MAX
