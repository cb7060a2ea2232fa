"""The till as a cashier meets it: keys, buttons, cards; and everything a browser complains about."""

import re
from pathlib import Path
from urllib.parse import urlsplit

WAIT_MS = 10_000
SETTLE_MS = 250  # the last events of a tap


MEASURES = (Path(__file__).parent / "measures.js").read_text("utf-8")
KEEP_STREAM = "window.EventSource = class extends EventSource { constructor(...words) { super(...words); window.stream = this; } }"


class Till:
    """One page in one context. complaints: what went wrong in the browser, as sentences."""

    def __init__(self, context, url):
        self.context, self.url, self.complaints = context, url, []
        self.page = context.new_page()
        host = urlsplit(url).netloc
        page = self.page
        page.on("console", lambda line: self.complaints.append("console: " + line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append("script: %s" % error))
        page.on("request", lambda one: self.complaints.append("elsewhere: " + one.url) if urlsplit(one.url).netloc != host else None)
        page.on("response", lambda one: self.complaints.append("%d %s" % (one.status, one.url)) if one.status >= 400 else None)
        page.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective, e.blockedURI))")

        page.add_init_script(KEEP_STREAM)

    def open(self):
        self.page.goto(self.url + "/")
        self.page.wait_for_selector("body:not(.starting)", timeout=WAIT_MS)
        self.page.wait_for_selector("#online:not(.bad)", timeout=WAIT_MS)
        return self

    @property
    def phase(self):
        return self.page.evaluate("document.body.dataset.phase")

    @property
    def says(self):
        """The words on the stage."""
        return re.sub(r"\s+", " ", self.page.inner_text("#stage"))

    def today(self):
        """{"Sales": 3, "Stamps": 2, ...}"""
        return {row.locator("dt").inner_text(): int(row.locator("dd").inner_text()) for row in self.page.locator("#today .number").all()}

    def until(self, *phases):
        """Wait for one of these phases, then until the page is at rest."""
        self.page.wait_for_function("phases => phases.includes(document.body.dataset.phase)", arg=list(phases), timeout=WAIT_MS)
        self.page.wait_for_timeout(SETTLE_MS)
        return self

    def keys(self, *names):
        for name in names:
            self.page.keyboard.press(name)
        return self

    def press(self, name):
        """Press the button of that name."""
        self.page.get_by_role("button", name=name, exact=False).first.click()
        return self

    def lay_down(self, label):
        """Press the virtual card of that name onto the reader."""
        self.page.locator(".rack button.vcard", has_text=label).first.click()
        return self

    def take_away(self):
        """Pull away what lies on the reader."""
        if self.page.locator(".spot .vcard").count():
            self.press("Pull away")
            self.page.wait_for_function("() => !document.querySelector('.spot .vcard')", timeout=WAIT_MS)
        self.page.wait_for_timeout(300)
        return self

    def blank_card(self):
        """The label of a new blank card."""
        before = self.page.locator(".vcard").count()
        self.press("New blank card")
        self.page.wait_for_function("n => document.querySelectorAll('.vcard').length > n", arg=before, timeout=WAIT_MS)
        return self.page.locator("button.vcard.blank").last.inner_text().strip()

    def tear_next(self):
        """The next card is pulled away mid-write."""
        self.page.get_by_role("switch").click()
        return self

    def cut(self):
        """The network between browser and daemon is gone, the open stream too (the browser's own switch leaves that one)."""
        self.context.set_offline(True)
        self.page.evaluate("() => { window.stream.close(); window.stream.onerror(); }")
        self.page.wait_for_selector("#online.bad", timeout=WAIT_MS)

    def measure(self, name, argument=None):
        """Run one function of measures.js in the page."""
        source = MEASURES[MEASURES.index("({") :]
        return self.page.evaluate("([name, argument]) => %s[name](argument)" % source.strip(), [name, argument])

    def leave(self):
        """Leave the shop as it was found: nothing waits, nothing lies on the reader."""
        self.page.evaluate("""async () => {
            const state = await (await fetch('/api/v1/state')).json();
            if (state.intent && state.intent.state === 'waiting') await fetch('/api/v1/intents/' + state.intent.id, {method: 'DELETE'});
            await fetch('/api/v1/demo/reader', {method: 'DELETE'});
        }""")

    def focused(self):
        """What has the focus, as its accessible name or text."""
        return self.page.evaluate("(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').replace(/\\s+/g, ' ').trim()")
