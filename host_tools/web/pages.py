"""The pages as text: templates filled in, translations with English for what is missing, and the headers that guard them.

Framework-free: the daemon decides the routes. Shop names, references and messages are untrusted; templates escape everything.
"""

import datetime
import json
import re
from functools import cache
from pathlib import Path

import jinja2

HERE = Path(__file__).parent
STATIC = HERE / "static"
TRANSLATIONS = HERE / "translations"
DEFAULT_LANGUAGE = "en"
_LANGUAGE = re.compile(r"^[a-z]{2}$")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@cache
def languages():
    """The languages there is a file for, English first."""
    found = sorted(path.stem for path in TRANSLATIONS.glob("*.json") if _LANGUAGE.match(path.stem))
    return sorted(found, key=lambda language: language != DEFAULT_LANGUAGE)


@cache
def texts(language):
    """{key: text} of one language; keys it lacks are English. KeyError for a language without a file."""
    if language not in languages():
        raise KeyError(language)
    english = json.loads((TRANSLATIONS / (DEFAULT_LANGUAGE + ".json")).read_text("utf-8"))
    return {**english, **json.loads((TRANSLATIONS / (language + ".json")).read_text("utf-8"))}


def choose_language(accept, default=DEFAULT_LANGUAGE):
    """The language to answer in. accept: an Accept-Language header or None; default: the shop's own language."""
    wishes = []
    for part in (accept or "")[:400].split(","):
        name, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.partition("q=")[2] or 1)
        except ValueError:
            weight = 0.0
        wishes.append((weight, name.strip().lower()[:2]))
    for weight, name in sorted(wishes, key=lambda wish: -wish[0]):
        if weight > 0 and name in languages():
            return name
    return default if default in languages() else DEFAULT_LANGUAGE


def translate(language, key, **values):
    """One text with its {names} filled in; `n` chooses between key.one and key.other where both are there (as in i18n.js)."""
    words = texts(language)
    if "n" in values:
        form = plural_form(language, values["n"])
        key = next((name for name in (key + "." + form, key + ".other") if name in words), key)
    text = words[key]
    for name, value in values.items():
        text = text.replace("{%s}" % name, str(value))
    return text


def plural_form(language, n):
    """zero, one, few, many or other for a whole number (CLDR rules of the four languages we speak)."""
    ten, hundred = n % 10, n % 100
    if language == "lv":
        return "zero" if ten == 0 or 11 <= hundred <= 19 else "one" if ten == 1 and hundred != 11 else "other"
    if language == "lt":
        if ten == 0 or 11 <= hundred <= 19:
            return "other"
        return "one" if ten == 1 else "few"
    if language == "ru":
        if ten == 1 and hundred != 11:
            return "one"
        return "few" if 2 <= ten <= 4 and not 12 <= hundred <= 14 else "many"
    return "one" if n == 1 else "other"


def date_text(language, iso):
    """An ISO date or minute as people write it: "22 November 2026" or "22 November 2026, 14:05"; "" for none."""
    if not iso:
        return ""
    moment = datetime.datetime.fromisoformat(str(iso))
    month = translate(language, "month.%d" % moment.month)
    text = translate(language, "date.pattern", day=moment.day, month=month, year=moment.year)
    return text if len(str(iso)) <= 10 else translate(language, "date.at", date=text, time=moment.strftime("%H:%M"))


@cache
def _environment():
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


_ABSENT: dict[str, dict] = {
    "till.html": {"demo": False},
    "sign_in.html": {},
    "card.html": {},
    "not_found.html": {},
    "trouble.html": {"title": None, "detail": None, "hint": None},
}  # values a caller may leave out
_CARD: dict = {"status": "active", "progress": (), "counters": {}, "updated_at": None, "expires": None, "in_doubt": False}


_REWARDS = {"free ": "reward.free", "gift ": "reward.gift", "coupon ": "reward.coupon"}  # how packs name rewards
_OWN_NOTES = ("offer_version", "carry", "card_active", "rate_bp")  # counters that tell a customer nothing


def reward_name(language, text):
    """A pack's name of a reward ("free coffee", "gift tote-bag") in a language; a shop's own words stay as they are."""
    for word, key in _REWARDS.items():
        if text.startswith(word):
            return translate(language, key, item=text[len(word) :].replace("-", " ").replace("_", " "))
    return text


def counter_name(language, name):
    """What people call a counter: its text, else its own name."""
    words = texts(language).get("counter_name." + name)
    return words or name.replace("_", " ").capitalize()


def _numbers(card):
    """[(counter, n)] that no reward of the card shows already."""
    told = {offer.get("counter") for offer in card["progress"]}
    return [(name, n) for name, n in card["counters"].items() if name not in told and name not in _OWN_NOTES]


def render(name, language, *, shop=None, **values):
    """One page as text. shop: the `shop` of /api/v1/state (a dict with at least "name"), or None where nobody knows it.

    till.html: demo (bool). card.html: card {status, progress [{counter, stamps, needed, ready, reward}], counters {name: n}, updated_at and expires (ISO or
    None), in_doubt}. trouble.html: title, detail, hint. sign_in.html and not_found.html need nothing.
    """
    context: dict = {**_ABSENT[name], **values, "shop": shop, "language": language, "languages": languages()}
    context["shop_name"] = shop["name"] if shop else translate(language, "product")
    if "card" in context:
        context["card"] = {**_CARD, **context["card"]}
        context["card"]["numbers"] = _numbers(context["card"])
        context["counter_name"] = lambda name: counter_name(language, name)
        context["reward"] = lambda text: reward_name(language, text)
    context["t"] = lambda key, **named: translate(language, key, **named)
    context["date_text"] = lambda iso: date_text(language, iso)
    return _environment().get_template(name).render(context)
