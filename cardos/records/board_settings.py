"""A board's settings: a canonical CBOR map, checked where they are written and once more when a board takes them over.

| key | what it is | when it is left out |
|---|---|---|
| format | 1 | must be there |
| number | of these settings, rising | must be there |
| shop | the shop's name, at most 40 bytes | must be there |
| language | en, lv, lt or ru | en |
| currency, digits | ISO 4217 code and its decimals, 0 to 3 | EUR, 2 |
| mode | stamp: one tap is a sale; amount: the cashier types it | stamp |
| article | what is sold: {sku, category, quantity, unit_price}, or null | null |
| amount | of a tap's sale in minor units, or null; with article null too, a tap only shows | null |
| amounts | quick amounts, at most 8 | none |
| guard_s | seconds in which the same card is not stamped twice | 30 |
| counters | how many counters the scheme's cards usually carry, 1 to 8 | 1 |
| limits | whether rewards are limited by the card's class | true |
| reward_value, cheap_max | what a reward is worth; up to what it counts as cheap | 0, 0 |
| sync | {how, host, port, path, every_s} and what the line takes besides: ca, user, password | {how: none} |
| quiet | no sounds | false |
| brightness | 0 to 255 | 128 |
| bit_rate | 106, 212 or 424 kbit/s between reader and card | 106 |

Trouble is BadInput: SETTINGS_DAMAGED, SETTINGS_VERSION, and SETTINGS, whose message names the key.
"""

from cardos.cbor import decode, encode
from cardos.errors import BadInput

FORMAT = 1
SETTINGS_BYTES_MAX = 2048
AMOUNTS_MAX = 8
LINES_FIELDS = ("category", "quantity", "sku", "unit_price")
HOWS = ("tcp", "http", "https", "mqtt", "none")

_AMOUNT_MAX = 0xFFFFFF
_SHOP_MAX = 40
_TEXT_MAX = 200
_DEFAULTS = {
    "language": "en", "currency": "EUR", "digits": 2, "mode": "stamp", "article": None, "amount": None, "amounts": [], "guard_s": 30,
    "counters": 1, "limits": True, "reward_value": 0, "cheap_max": 0, "sync": {"how": "none"}, "quiet": False, "brightness": 128, "bit_rate": 106,
}  # fmt: skip
_NUMBERS = (
    ("number", 1, 0xFFFFFFFF), ("digits", 0, 3), ("guard_s", 0, 3600), ("counters", 1, 8), ("reward_value", 0, _AMOUNT_MAX),
    ("cheap_max", 0, _AMOUNT_MAX), ("brightness", 0, 255),
)  # fmt: skip
_WORDS = (("language", ("en", "lv", "lt", "ru")), ("mode", ("stamp", "amount")))
_BIT_RATES = (106, 212, 424)


def pack_settings(settings):
    """The bytes of checked settings, defaults filled in."""
    data = encode(check_settings(settings))
    if len(data) > SETTINGS_BYTES_MAX:
        raise _wrong("settings", "have %d bytes; at most %d fit" % (len(data), SETTINGS_BYTES_MAX), "Shorten the texts.")
    return data


def open_settings(data):
    """The settings map in these bytes, checked, defaults filled in."""
    try:
        settings = decode(data, bytes_max=SETTINGS_BYTES_MAX)
    except BadInput as trouble:  # said as what it means for settings
        raise BadInput("These settings are damaged: %s" % trouble.message, "Send them to the board again.", "SETTINGS_DAMAGED")
    return check_settings(settings)


def check_settings(settings):
    """The map with its defaults filled in. Raises BadInput: SETTINGS names the key and what to write there."""
    if not isinstance(settings, dict) or not is_number(settings.get("format"), 0, 0xFFFF):
        raise BadInput("These settings have no format.", "Send them to the board again.", "SETTINGS_DAMAGED")
    if settings["format"] != FORMAT:
        text = "These settings are of format %d; this program knows format %d." % (settings["format"], FORMAT)
        raise BadInput(text, "Update the board, or write them with the version that runs there.", "SETTINGS_VERSION")
    whole = dict(_DEFAULTS)
    for name in settings:
        if name not in _DEFAULTS and name not in ("format", "number", "shop"):
            raise _wrong(name, "is no setting", "Take it out; docs/terminal.md lists them.")
        whole[name] = settings[name]
    for name, least, most in _NUMBERS:
        if not is_number(whole.get(name), least, most):
            raise _wrong(name, "is no whole number of %d to %d" % (least, most), "Write one.")
    for name, words in _WORDS:
        if whole[name] not in words:
            raise _wrong(name, "is unknown", "Write one of: %s." % ", ".join(words))
    for name in ("limits", "quiet"):
        if whole[name] is not True and whole[name] is not False:
            raise _wrong(name, "is neither true nor false", "Write one of these.")
    if not is_number(whole["bit_rate"], 0, 1000) or whole["bit_rate"] not in _BIT_RATES:
        raise _wrong("bit_rate", "is unknown", "Write 106, 212 or 424.")
    if not _is_text(whole.get("shop"), 1, _SHOP_MAX):
        raise _wrong("shop", "is no name of 1 to %d bytes" % _SHOP_MAX, "Write the shop's name.")
    currency = whole["currency"]
    if not _is_text(currency, 3, 3) or [letter for letter in currency if not "A" <= letter <= "Z"]:
        raise _wrong("currency", "is no currency", "Write its three letters, as EUR.")
    _check_sale(whole)
    whole["sync"] = _checked_sync(whole["sync"])
    return whole


def _check_sale(whole):
    article, amounts = whole["article"], whole["amounts"]
    if whole["amount"] is not None and not is_number(whole["amount"], 0, _AMOUNT_MAX):
        raise _wrong("amount", "is no amount", "Write minor units, as 350 for 3.50, or leave it out.")
    if not isinstance(amounts, list) or len(amounts) > AMOUNTS_MAX or not all([is_number(one, 1, _AMOUNT_MAX) for one in amounts]):
        raise _wrong("amounts", "are no list of at most %d amounts" % AMOUNTS_MAX, "Write minor units, as [250, 350].")
    if article is None:
        return
    if not isinstance(article, dict) or sorted(article) != list(LINES_FIELDS):
        raise _wrong("article", "is no article", "Write sku, category, quantity and unit_price.")
    if not _is_text(article["sku"], 0, 40) or not _is_text(article["category"], 0, 40):
        raise _wrong("article", "has no sku or no category", "Write them as texts of at most 40 bytes.")
    if not is_number(article["quantity"], 1, 999) or not is_number(article["unit_price"], 0, _AMOUNT_MAX):
        raise _wrong("article", "has no quantity of 1 to 999 or no unit_price", "Write whole numbers; the price in minor units.")


def _checked_sync(sync):
    whole = {"how": "none", "host": "", "port": 0, "path": "/api/v1/boards/sync", "every_s": 60, "ca": None, "user": None, "password": None}
    if not isinstance(sync, dict):
        raise _wrong("sync", "is no map", "Write how, host and port.")
    for name in sync:
        if name not in whole:
            raise _wrong("sync." + str(name), "is no setting", "Take it out; docs/terminal.md lists them.")
        whole[name] = sync[name]
    if whole["how"] not in HOWS:
        raise _wrong("sync.how", "is unknown", "Write one of: %s." % ", ".join(HOWS))
    if not _is_text(whole["host"], 0 if whole["how"] == "none" else 1, _TEXT_MAX):
        raise _wrong("sync.host", "is no name of a machine", "Write the name or address of the shop's machine.")
    if not is_number(whole["port"], 0 if whole["how"] == "none" else 1, 0xFFFF):
        raise _wrong("sync.port", "is no port", "Write a number of 1 to 65535.")
    if not _is_text(whole["path"], 1, _TEXT_MAX) or whole["path"][0] != "/":
        raise _wrong("sync.path", "is no path", "Write it with a slash before it, as /boards.")
    if not is_number(whole["every_s"], 5, 86400):
        raise _wrong("sync.every_s", "is no number of 5 to 86400", "Write the seconds between two syncs.")
    for name in ("ca", "user", "password"):
        if whole[name] is not None and not _is_text(whole[name], 1, _TEXT_MAX):
            raise _wrong("sync." + name, "is no text", "Write it as text, or leave it out.")
    return whole


def is_number(value, least, most):
    """True for a whole number in range; what is true or false is none."""
    return isinstance(value, int) and value is not True and value is not False and least <= value <= most


def _is_text(value, least, most):
    return isinstance(value, str) and least <= len(value.encode()) <= most


def _wrong(name, what, remedy):
    return BadInput("The setting \"%s\" %s." % (name, what), remedy, "SETTINGS")
