"""One file names the shop: `shop.toml` in its home. Read and checked once; every message says which line to change.

    shop = "Corner Coffee"      currency = "EUR"      stamp_items = ["coffee"]      stamps_needed = 10
    reward = "free coffee"      link = "http://127.0.0.1:8787/c/{card}"
"""

import os
import re
from pathlib import Path

import msgspec

from cardos.errors import BadInput

FILE = "shop.toml"
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "HUF": 2, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}  # ISO 4217; the rest 2
LINK_DEFAULT = "http://127.0.0.1:8787/c/{card}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BROKER = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>(?:%s\.)*%s)):(?P<port>[0-9]{1,5})" % (_LABEL, _LABEL))
_NAME = r"^[^\x00-\x1f\x7f]{1,80}$"


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What an owner can set. Units are in the names; every field has a default, so that an empty file is a shop."""

    shop: str = "My shop"
    language: str = "en"
    currency: str = "EUR"
    stamp_items: tuple[str, ...] = ("coffee",)  # categories or article numbers that earn a stamp
    stamps_needed: int = 10
    reward: str = "free coffee"
    valid_days: int = 0  # stamps end after so many days without a new one; 0 = never
    counters: int = 1  # how many counters new cards carry: 1, 3, 5, 7 or 9
    limits: bool = False  # True: rewards a day are limited by the card's class (docs/families.md), also with the ledger at hand
    reward_value: int = 0  # what the reward is worth, minor units; for the limits
    cheap_max: int = 1000  # a reward up to this value is a cheap item, which a class C card may give
    seal: bool = False  # True: a signature on the newest record, written after each tap where the card has room (docs/card-format.md)
    ring: bool = False  # True: an entry for each tap in the card's own list of past taps, where it has room
    originality: str = "note"  # the maker's signature of a new chip: "note" what was found, or "require" it
    link: str = LINK_DEFAULT  # written on cards; {card} becomes the card's own short code
    terminal: int = 1
    production: bool = False  # True refuses TEST keys and TEST cards
    tap_alone: str = "show"  # what a card does that is presented without a sale: "show" it, or "stamp" it
    double_tap_guard_s: int = 30  # tap-alone only: the same card again within so many seconds gets no second stamp
    quick_amounts: tuple[int, ...] = (250, 350, 450)  # minor units, keys on the till
    reader: str = ""  # name or part of a name; empty = the only one there is
    readers: tuple[str, ...] = ()  # serial readers, which nobody can find by asking: "pn532:/dev/ttyUSB0"
    host: str = "127.0.0.1"
    port: int = 8787
    names: tuple[str, ...] = ()  # further names under which the till is reached, exact, with port if not 80/443
    boards_host: str = ""  # address on the shop's own network where stand-alone terminals are heard; "" = not at all
    boards_port: int = 8788
    boards_mqtt: str = ""  # "host:port" of an MQTT broker by way of which boards are heard; "" = none
    boards_mqtt_login: str = ""  # a file: the user's name at the broker, and the password
    passphrase_file: str = ""  # first line opens keys.stampd when nobody is there to type

    @property
    def minor_digits(self):
        """Digits after the point of the shop's currency."""
        return MINOR_DIGITS.get(self.currency, 2)

    @property
    def mqtt_broker(self):
        """(host, port) of `boards_mqtt`; None without one, or for what is no address."""
        found = _BROKER.fullmatch(self.boards_mqtt)
        if not found or not 1 <= int(found["port"]) <= 65535:
            return None
        return found["six"] or found["name"], int(found["port"])

    @property
    def reward_id(self):
        """What `--redeem` names: the reward in small letters with hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.reward.lower()).strip("-") or "reward"


def read_settings(path):
    """The `Settings` in a file; a missing file gives the defaults. BadInput (SETTINGS) with the file, the key and the remedy."""
    try:
        text = Path(path).read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise BadInput("%s cannot be read (%s)." % (path, error.strerror), "Check its rights.", "SETTINGS") from error
    try:
        settings = msgspec.toml.decode(text, type=Settings)
    except msgspec.DecodeError as error:  # also ValidationError: unknown key, wrong type
        raise BadInput("%s: %s." % (path, error), "Correct that line; docs/settings.md lists all keys.", "SETTINGS") from error
    _check(settings, path)
    return settings


def write_starter(path, settings=None):
    """Write a commented starter file for a new home; an existing one is left alone."""
    path = Path(path)
    if path.exists():
        return
    settings = settings or Settings()
    lines = [
        "# The shop. docs/settings.md lists all keys.",
        "shop = %s" % _quoted(settings.shop),
        "currency = %s" % _quoted(settings.currency),
        "stamp_items = [%s]   # categories or article numbers that earn a stamp" % ", ".join(map(_quoted, settings.stamp_items)),
        "stamps_needed = %d" % settings.stamps_needed,
        "reward = %s" % _quoted(settings.reward),
        *(["counters = %d   # that new cards carry" % settings.counters] if settings.counters != Settings().counters else []),
        "# link = %s   # written on cards; {card} is the card's own code" % _quoted(settings.link),
        "# production = true   # refuses TEST keys",
        "",
    ]
    temporary = path.with_suffix(".new")
    temporary.write_text("\n".join(lines), "utf-8")
    os.replace(temporary, path)


def _quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def _is_loopback(host):
    import ipaddress

    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host):
    import ipaddress

    try:
        return host in ("", "localhost") or bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _check(settings, path):
    checks = (
        (re.match(_NAME, settings.shop), "shop", "a name of 1 to 80 characters"),
        (re.match(r"^[A-Z]{3}$", settings.currency), "currency", 'three capital letters, as "EUR"'),
        (1 <= settings.stamps_needed <= 1000, "stamps_needed", "1 to 1000"),
        (re.match(_NAME, settings.reward), "reward", "what is handed over, 1 to 80 characters"),
        (0 <= settings.valid_days <= 3660, "valid_days", "0 (never) to 3660"),
        (settings.counters in (1, 3, 5, 7, 9), "counters", "1, 3, 5, 7 or 9"),
        (1 <= settings.terminal <= 0xFFFF, "terminal", "1 to 65535"),
        (0 <= settings.reward_value <= 10**9, "reward_value", "an amount in minor units"),
        (0 <= settings.cheap_max <= 10**9, "cheap_max", "an amount in minor units"),
        (settings.originality in ("note", "require"), "originality", '"note" or "require"'),
        (settings.tap_alone in ("show", "stamp"), "tap_alone", '"show" or "stamp"'),
        (0 <= settings.double_tap_guard_s <= 3600, "double_tap_guard_s", "0 to 3600"),
        (settings.link.startswith(("http://", "https://")), "link", "a web address"),
        (_is_loopback(settings.host), "host", "an address of this machine alone, as 127.0.0.1: the till speaks plain HTTP"),
        (0 <= settings.port <= 65535, "port", "0 to 65535"),
        (0 <= settings.boards_port <= 65535, "boards_port", "0 to 65535"),
        (_is_address(settings.boards_host), "boards_host", 'an address of this machine, as "192.168.1.10", or "" for none'),
        (not settings.boards_mqtt or settings.mqtt_broker, "boards_mqtt", 'a name or address and a port, as "192.168.1.10:1883", or "" for none'),
        (len(settings.quick_amounts) <= 8 and all(0 < n <= 10**9 for n in settings.quick_amounts), "quick_amounts", "up to 8 amounts in minor units"),
    )
    for good, key, wanted in checks:
        if not good:
            raise BadInput("%s: `%s` must be %s." % (path, key, wanted), "Correct that line and start again.", "SETTINGS")
