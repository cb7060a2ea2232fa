"""Every visible word is in the translations, every key that is used exists, and the page stays in small rooms."""

import json
import re
from html.parser import HTMLParser

import pytest

from host_tools.web import pages

LINES_MAX = 250
MODULES = sorted((pages.STATIC / "js").glob("*.js"))
TEMPLATES = sorted((pages.HERE / "templates").glob("*.html"))
ENGLISH = json.loads((pages.TRANSLATIONS / "en.json").read_text("utf-8"))
OPTIONAL = ("code.", "operation.")  # looked up with `has`, or built from what the daemon says
PLURALS = ("zero", "one", "two", "few", "many", "other")
# Keys that are put together at run time: `waiting.${wish.kind}` and their like.
BUILT = re.compile(r"^(waiting|settled|operation|code|counter|counter_name|declined|month|card\.status|doubt\.hold_undo_text|doubt\.hold_text)(\.|$)")


def without_comments(text):
    return re.sub(r"(^|\s)//[^\n]*", "", text)


def used_keys():
    found = {}
    for path in MODULES:
        text = without_comments(path.read_text("utf-8"))
        for key in re.findall(r"""["'`]([a-z_]+(?:\.[a-z_]+)+)["'`]""", text):
            if key.split(".")[0] in {name.split(".")[0] for name in ENGLISH} and not key.startswith("stampd."):
                found.setdefault(key, path.name)
        for key in re.findall(r"""\bt\(\s*["'`]([a-z_]+)["'`]""", text):
            found.setdefault(key, path.name)
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        for key in re.findall(r"""\bt\("([^"]+)\"""", text) + re.findall(r"""data-(?:text|label)="([^"{]+)\"""", text):
            found.setdefault(key, path.name)
    return found


def stem(key):
    """The key without its plural form."""
    start, _, end = key.rpartition(".")
    return start if end in PLURALS else key


def exists(key, words=ENGLISH):
    return key in words or any("%s.%s" % (key, form) in words for form in PLURALS)


def test_every_key_that_is_used_exists():
    assert {key: where for key, where in used_keys().items() if not exists(key)} == {}


def test_every_text_is_used():
    used = used_keys()
    python = (pages.HERE / "pages.py").read_text("utf-8")
    spare = []
    for key in ENGLISH:
        if stem(key) not in used and '"%s"' % stem(key) not in python and not BUILT.match(stem(key)):
            spare.append(key)
    assert spare == []


@pytest.mark.parametrize("language", pages.languages())
def test_a_translation_has_the_same_keys_and_places(language):
    words = json.loads((pages.TRANSLATIONS / (language + ".json")).read_text("utf-8"))
    asked = {stem(key) for key in ENGLISH if not key.startswith(OPTIONAL)}
    assert asked - {stem(key) for key in words} == set()
    assert {stem(key) for key in words} - {stem(key) for key in ENGLISH} == set()
    for key, text in words.items():
        english = ENGLISH.get(key) or ENGLISH[stem(key) + ".other"]
        assert set(re.findall(r"\{(\w+)\}", text)) <= set(re.findall(r"\{(\w+)\}", english)) | {"n"}, key


def test_no_module_carries_words_of_its_own():
    """A string with a capital and a second word, or a text that is set to a literal, is a sentence somebody must translate."""
    found = []
    for path in MODULES:
        text = without_comments(path.read_text("utf-8"))
        for _, literal in re.findall(r"""(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1""", text):
            plain = re.sub(r"\$\{[^}]*\}", "", literal)
            if re.search(r"[A-ZÀ-Ž][a-zà-ž]+ [a-zà-ž]+", plain):
                found.append((path.name, literal))
        found += [(path.name, line) for line in re.findall(r"""(?:textContent|innerText|title|placeholder)\s*=\s*["'`][^"'`]*[a-z]{2}[^"'`]*["'`]""", text)]
        assert "innerHTML" not in text and "insertAdjacentHTML" not in text and "document.write" not in text, path.name
    assert found == []


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.handlers = [], []

    def handle_data(self, data):
        if re.search(r"[A-Za-z]{2}", data):
            self.words.append(data.strip())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name.startswith("on") or name == "style" or (value or "").startswith(("http:", "https:", "//")):
                self.handlers.append((tag, name))
            if name in ("title", "alt", "placeholder", "aria-label") and re.search(r"[A-Za-z]{2}", value or ""):
                self.words.append(value)
        if tag == "style" or (tag == "script" and "src" not in dict(attributes)):
            self.handlers.append((tag, "inline"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_carries_words_or_anything_inline(path):
    parser = _Words()
    parser.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8")))
    assert parser.words == [] and parser.handlers == []


@pytest.mark.parametrize("path", MODULES + sorted((pages.STATIC / "css").glob("*.css")), ids=lambda path: path.name)
def test_files_are_small_and_stay_at_home(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LINES_MAX
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


def test_pages_escape_what_a_shop_is_called():
    evil = "<script>alert(1)</script>"
    shop = {"name": evil, "test_keys": True}
    offer = {"stamps": 12, "needed": 10, "ready": 1, "reward": evil}
    for name, values in (("till.html", {"demo": True}), ("card.html", {"card": {"progress": [offer]}}), ("not_found.html", {}), ("sign_in.html", {}),
                         ("trouble.html", {"title": evil, "detail": evil, "hint": evil})):  # fmt: skip
        page = pages.render(name, "en", shop=shop, **values)
        assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_the_customers_page_has_no_scripts_and_tells_dates_in_words():
    page = pages.render("card.html", "en", shop={"name": "Corner Coffee", "test_keys": False},
                        card={"progress": [{"stamps": 9, "needed": 10, "ready": 0, "reward": "free coffee"}], "updated_at": "2026-11-22T08:05:00Z",
                              "expires": "2027-01-31", "in_doubt": True})  # fmt: skip
    assert "<script" not in page and "9 of 10" in page and "One more until your free coffee." in page
    assert "22 November 2026, 08:05" in page and "31 January 2027" in page and "Your last tap was interrupted" in page


def test_the_language_is_chosen_from_what_the_browser_asks():
    assert pages.choose_language("xx, en;q=0.5") == "en"
    assert pages.choose_language(None, "en") == "en"
    assert pages.choose_language("en;q=0, xx;q=bad,,", "zz") == "en"


def test_plural_forms():
    assert [pages.plural_form("en", n) for n in (0, 1, 2)] == ["other", "one", "other"]
    assert [pages.plural_form("lv", n) for n in (0, 1, 2, 11, 21)] == ["zero", "one", "other", "zero", "one"]
    assert [pages.plural_form("lt", n) for n in (1, 2, 10, 11, 22)] == ["one", "few", "other", "other", "few"]
    assert [pages.plural_form("ru", n) for n in (1, 3, 5, 11, 21, 112)] == ["one", "few", "many", "many", "one", "many"]
