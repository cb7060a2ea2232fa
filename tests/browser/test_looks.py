"""Sizes, colours, keyboard and names: what a page must give everybody."""

import httpx
import pytest

SIZES = ((360, 740), (768, 1024), (1280, 800), (1920, 1080))
TOUCH_PX = 44
CONTRAST = 4.5  # WCAG 2 AA, text
CONTRAST_LARGE = 3.0  # from 24 px, or 18.66 px bold


def unreadable(till):
    return [one for one in till.measure("contrast") if one["ratio"] < (CONTRAST_LARGE if one["large"] else CONTRAST)]


@pytest.mark.parametrize("dark", (False, True), ids=("light", "dark"))
@pytest.mark.parametrize("width,height", SIZES, ids=("360", "768", "1280", "1920"))
def test_every_phase_fits_and_is_readable(open_till, picture, width, height, dark):
    till = open_till(width, height, dark, reduced_motion="reduce", has_touch=width == 360, is_mobile=width == 360)
    label = till.blank_card()
    till.page.evaluate("scrollTo(0, 0)")

    def check(word):
        assert till.measure("outside") == [], word
        assert unreadable(till) == [], word

    check("idle")
    till.keys("3", ".", "5").page.wait_for_timeout(200)
    check("typed")
    till.keys("Enter").until("waiting")
    check("waiting")
    till.keys("Escape").until("idle").keys("Escape")
    till.lay_down(label).until("blank")
    check("blank")
    till.keys("n").until("issue")
    check("issue")
    till.press("Start the card").until("done")
    check("done")
    till.keys("u").until("undo")
    check("undo")
    till.keys("Escape").take_away().keys("F1", "Enter").until("waiting").tear_next().lay_down(label).until("doubt")
    check("doubt")
    till.lay_down(label).until("settled")
    check("settled")
    till.page.evaluate("scrollTo(0, 0)")
    if width == 360 and not dark:
        picture(till, "till-phone")
    till.keys("?").page.wait_for_timeout(200)
    check("keys")


@pytest.mark.parametrize("width", (360, 1280))
def test_touch_targets_are_large_enough(open_till, width):
    till = open_till(width, 800)
    assert till.measure("small", TOUCH_PX) == []


def test_every_control_has_a_name_and_every_part_a_role(till):
    assert till.measure("nameless") == []
    page = till.page
    assert page.locator("h1").count() == 1
    assert page.locator("main, header").count() == 2
    assert page.locator("[aria-live=polite]").count() == 1 and page.locator("[aria-live=assertive]").count() == 1
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(n => n.id)).size === document.querySelectorAll('[id]').length")
    assert page.evaluate("document.querySelectorAll('[style*=\"://\"], [onclick], script:not([src]), style').length") == 0


def test_a_sale_with_the_keyboard_alone(till):
    """Nothing but keys: a blank demo card, a new card, a sale, a look at the help, and back."""
    till.keys("b").page.wait_for_timeout(600)
    till.keys("p").until("blank")
    assert till.focused().startswith("Start a new card")
    till.keys("n").until("issue")
    assert till.focused().startswith("Start the card")
    till.keys("Enter").until("done")
    assert "New card started" in till.says
    till.keys("p").page.wait_for_timeout(500)
    till.keys("4", ",", "5", "0")
    assert till.page.locator("output.figures").inner_text() == "4.50"
    till.keys("Backspace", "Backspace", "2")
    assert till.page.locator("output.figures").inner_text() == "4.20"
    till.keys("Enter").until("waiting").keys("p").until("done")
    assert "1 of 10" in till.says
    assert "1 stamp" in till.page.inner_text("#say")
    till.keys("?")
    assert till.page.locator("dialog[open]").count() == 1
    till.keys("Escape")
    assert till.page.locator("dialog[open]").count() == 0
    before = till.page.evaluate("document.documentElement.dataset.theme")
    till.keys("d")
    assert till.page.evaluate("document.documentElement.dataset.theme") != before
    till.keys("m")
    assert till.page.get_attribute("#sound", "aria-pressed") == "false"


def test_the_focus_goes_through_the_page_in_reading_order_and_is_seen(till):
    seen = []
    for _ in range(12):
        till.keys("Tab")
        seen.append(till.focused())
        assert till.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", seen
    assert seen[:3] == ["Sound is on", "Dark colours", "Show the keys"]
    assert seen[3:6] == ["€2.50", "€3.50", "€4.50"]
    assert seen[6:8] == ["One coffee less", "One coffee more"]
    assert seen[8:12] == ["7", "8", "9", "Delete the last digit"]


def test_enter_asks_for_the_card_wherever_the_mouse_was(till):
    till.page.locator("#sound").click()
    till.page.locator("#pad button", has_text="5").first.click()
    till.keys("Enter").until("waiting")
    till.keys("Escape").until("idle")
    till.keys("Escape", "Tab", "Tab", "7", "Enter").until("waiting")


def test_the_till_shows_that_it_is_offline_and_comes_back(till):
    expected = len(till.complaints)
    till.context.set_offline(True)
    till.page.evaluate("window.dispatchEvent(new Event('offline'))")
    till.keys("5", "Enter").until("trouble")
    assert "no connection" in till.says
    till.context.set_offline(False)
    till.keys("Escape").until("idle")
    del till.complaints[expected:]  # the browser's own lines about the network that this test cut
    till.keys("Escape", "5", "Enter").until("waiting")


def test_untrusted_names_are_shown_as_text(open_till, browser, shop):
    till = open_till()
    evil = "<img src=x onerror=alert(1)>"
    till.page.route("**/api/v1/state", lambda route: route.fulfill(json=_renamed(route.fetch().json(), evil)))
    till.page.reload()
    till.page.wait_for_selector("body:not(.starting)")
    assert till.page.inner_text("#shop-name") == evil
    assert till.page.locator("#stage img, header img").count() == 0


def _renamed(state, name):
    state["shop"]["name"] = name
    state["shop"]["reward"] = name
    state["shop"]["stamp_items"] = [name]
    return state


def test_a_till_that_lost_the_daemon_for_a_while_learns_what_became_of_its_sale(till):
    label = till.blank_card()
    till.lay_down(label).until("blank").keys("n").until("issue").press("Start the card").until("done").take_away()
    till.keys("Escape", "6", "Enter").until("waiting")
    card = till.page.locator(".rack button.vcard", has_text=label).first.get_attribute("data-id")
    cookies = {one["name"]: one["value"] for one in till.context.cookies()}
    till.cut()
    answer = httpx.post(till.url + "/api/v1/demo/reader", json={"present": card}, cookies=cookies, headers={"Origin": till.url})
    assert answer.status_code == 202
    till.page.wait_for_timeout(2500)
    assert till.phase == "waiting"
    till.complaints.clear()
    till.context.set_offline(False)
    till.until("done")
    assert "1 of 10" in till.says
    till.complaints.clear()
