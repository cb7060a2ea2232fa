"""A real browser before a real demo shop: Debian's chromium, driven by Playwright, and `stampd demo` in a process of its own.

Fixtures: `shop` (its address), `till` (a `Till` at 1280 x 800, watched: any console error, refused script, request to another
host or failed request fails the test), `open_till` (the same in another size or colour). STAMPD_PICTURES=1 writes docs/pictures.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.till_page import Till
from tests.needs import needs_module, needs_program

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
PICTURE_BYTES_MAX = 220_000  # they are in the README of every clone
START_MAX_S = 60
PRESS_MS = 900  # the last stamp is pressed on
BROWSER_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    """One chromium for a module; closed with it, so that no event loop stays for the tests of other rooms."""
    playwright = needs_module("playwright.sync_api")
    program = needs_program("chromium", "chromium")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=list(BROWSER_OPTIONS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def shop(browser):
    """The address of a fresh demo shop."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from host_tools.cli.main import main; main()", "demo", "--port", "0", "--json"],
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
def open_till(browser, shop):
    """open_till(width=1280, height=800, dark=False, locale="en-GB", **context options) -> Till; all are checked at the end."""
    opened = []

    def open_one(width=1280, height=800, dark=False, **options):
        options.setdefault("locale", "en-GB")
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", **options)
        till = Till(context, shop)
        opened.append(till)
        return till.open()

    yield open_one
    for till in opened:
        till.leave()
        till.context.close()
    for till in opened:
        assert till.complaints == []


@pytest.fixture
def till(open_till):
    return open_till()


@pytest.fixture
def picture():
    """picture(till, "till-ready") writes docs/pictures/till-ready.png when pictures are wanted."""

    def take(till, name):
        if os.environ.get("STAMPD_PICTURES", "") in ("", "0"):
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / (name + ".png")
        till.page.wait_for_timeout(PRESS_MS)
        till.page.screenshot(path=str(path))
        assert path.stat().st_size < PICTURE_BYTES_MAX

    return take
