"""A cashier's day in a real browser: a new card, ten taps, the reward, an undo, a card pulled away mid-write."""

import re

from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys


def sell(till, label, amount=("4", ".", "5", "0")):
    till.take_away()
    till.keys("Escape", *amount, "Enter").until("waiting")
    return till.lay_down(label)


def test_a_card_is_issued_filled_redeemed_undone_and_torn(till, picture):
    label = till.blank_card()
    till.keys("4", ".", "5", "0")
    picture(till, "till-ready")
    till.keys("Escape")

    till.lay_down(label).until("blank")
    assert "This card is blank" in till.says
    till.keys("n").until("issue").press("Start the card").until("done")
    assert "New card started" in till.says
    assert "0 of 10 · 10 to go" in till.says

    for count in range(1, 10):
        sell(till, label).until("done")
        assert "1 stamp" in till.says
        assert "%d of 10 · %d to go" % (count, 10 - count) in till.says
        if count == 7:
            picture(till, "till-stamp")
    sell(till, label).until("done")
    assert "Free coffee ready" in till.says and "Give it now?" in till.says
    picture(till, "till-reward")
    assert till.today() == {"Sales": 10, "Stamps": 10, "Rewards": 0, "Open doubts": 0}

    till.keys("r").until("done")
    assert "Free coffee!" in till.says and "Hand it over" in till.says
    assert "0 of 10" in till.says
    assert till.today()["Rewards"] == 1

    till.keys("u").until("undo")
    assert "Take back the last sale?" in till.says and "free coffee" in till.says
    till.press("Yes, take it back").until("done")
    assert "Taken back" in till.says and "Free coffee ready" in till.says

    till.take_away().keys("r").until("waiting")
    till.tear_next().lay_down(label).until("doubt")
    assert "Do not hand over yet" in till.says and "Present the card again" in till.says
    assert till.today()["Open doubts"] == 1
    picture(till, "till-doubt")
    till.lay_down(label).until("settled")
    assert "It had not arrived" in till.says and "Nothing was taken" in till.says
    assert till.today()["Open doubts"] == 0

    sell_torn(till, label)
    till.lay_down(label).until("settled")
    assert "Settled: the stamp is on the card" in till.says
    assert "1 towards the next" in till.says


def sell_torn(till, label):
    till.take_away().keys("Escape", "4", ".", "5", "0", "Enter").until("waiting")
    till.tear_next().lay_down(label).until("doubt")
    assert "Present the card again" in till.says
    assert "Do not hand over" not in till.says


def test_others_are_served_while_a_doubt_is_open(till):
    torn, other = till.blank_card(), till.blank_card()
    for label in (torn, other):
        till.lay_down(label).until("blank").keys("n").until("issue").press("Start the card").until("done")
        till.take_away().keys("Escape")
    sell_torn(till, torn)
    till.keys("Escape").until("idle")
    assert "1 card must be presented again" in till.page.inner_text("#today")
    sell(till, other).until("done")
    assert "1 of 10" in till.says
    till.take_away().keys("Escape")
    till.lay_down(torn).until("settled")
    assert "1 of 10" in till.says
    assert "must be presented again" not in till.page.inner_text("#today")


def test_a_cancelled_sale_touches_no_card(till):
    label = till.blank_card()
    till.lay_down(label).until("blank").keys("n").until("issue").press("Start the card").until("done").take_away()
    till.keys("Escape", "9", "Enter").until("waiting").keys("Escape").until("idle")
    till.lay_down(label).until("shown")
    assert "0 of 10" in till.says


def test_stamps_from_a_paper_card_and_several_units(till):
    label = till.blank_card()
    till.lay_down(label).until("blank").keys("n").until("issue")
    for _ in range(4):
        till.page.get_by_role("button", name="One stamp more").click()
    assert till.page.get_by_label("Reason").input_value() == "Paper card"
    till.press("Start the card").until("done")
    assert "4 of 10" in till.says
    till.take_away().keys("Escape", "1", "0", "+", "+", "Enter").until("waiting")
    till.lay_down(label).until("done")
    assert "3 stamps" in till.says and "7 of 10" in till.says and "€10.00" in till.says


def test_a_card_can_be_dragged_onto_the_reader_and_off_again(till):
    label = till.blank_card()
    card = till.page.locator(".rack button.vcard", has_text=label).first
    drag(till.page, card, till.page.locator(".desk-reader"))
    till.until("blank")
    assert till.page.locator(".spot .vcard", has_text=label).count() == 1
    drag(till.page, till.page.locator(".spot .vcard"), till.page.locator(".demo-words"))
    till.page.wait_for_function("() => !document.querySelector('.spot .vcard')")


def drag(page, what, where):
    start, end = what.bounding_box(), where.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    page.mouse.up()


def test_the_customers_page_shows_the_last_known_balance_without_scripts(till, browser, shop, tmp_path):
    label = till.blank_card()
    till.lay_down(label).until("blank").keys("n").until("issue").press("Start the card").until("done")
    number = int(re.search(r"Card (\d+)", till.says).group(1))
    make_test_keys(tmp_path)
    with Home.open(tmp_path) as twin:  # TEST keys are the same everywhere, so is the code in a card's link
        code = twin.card_code(number)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    answer = page.goto(shop + "/c/" + code)
    assert answer.status == 200
    assert "0 of 10" in page.inner_text("main") and "10 more until your free coffee." in page.inner_text("main")
    assert page.locator(".stamp").count() == 10
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.goto(shop + "/c/wrong").status == 404
    assert "There is nothing here" in page.inner_text("main")
    context.close()
