"""What a stand-alone terminal sells shows on the till's page while it is open, without a reload."""

import httpx

from tests.browser.till_page import WAIT_MS, Till
from tests.daemon.soft_board import SoftBoard
from tests.daemon.test_board_lines import issued
from tests.daemon.till import Served
from tests.whole_system import shop_lab


def test_the_days_numbers_follow_a_boards_sales(browser, tmp_path):
    served = Served(tmp_path / "home", quick_amounts=(450,))
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        def send(message):
            return httpx.post(served.till.url + "/api/v1/boards/sync", content=message, headers={"content-type": "application/octet-stream"}).content

        board, card = SoftBoard(served.home, send), shop_lab.blank(uid="04010203040506")
        board.tap(card, lambda terms: issued(terms, served.home))
        board.poll()
        till = Till(context, served.till.url)
        till.page.goto("%s/?token=%s" % (served.till.url, served.till.token))
        till.open()
        assert till.today()["Sales"] == 0
        for sales in (1, 2):
            board.sell(card)
            board.sync()
            till.page.wait_for_function(
                "n => [...document.querySelectorAll('#today .number')].some(row => row.textContent.startsWith('Sales') && row.textContent.endsWith(n))",
                arg=str(sales), timeout=WAIT_MS,
            )  # fmt: skip
        assert till.complaints == []
    finally:
        context.close()
        served.close()
