"""The settings of each board: what shop.toml says, and what `boards/<terminal>.toml` says otherwise. A new number whenever they change.

What a board has been offered is kept as `boards/<terminal>.settings`, the bytes of `cardos.records.board_settings`.
"""

import logging
import socket
from pathlib import Path

import msgspec

from cardos.errors import BadInput, StampdError
from cardos.records.board_settings import open_settings, pack_settings
from cardos.records.certificate import CLASSES, OPERATIONS
from host_tools.boards.stop_lists import is_believed, write_whole

log = logging.getLogger("stampd.boards")

FOLDER = "boards"
AMOUNT_MAX = 20000  # minor units of one sale, where nobody says otherwise
REWARDS_MAX = {"A": 3, "B": 2, "C": 1}  # a card and day, by the card's class
UNSURE_TAPS_MAX = 200  # taps without a sure clock
_LANGUAGES = ("en", "lv", "lt", "ru")
_SHOP_BYTES = 40
_COUNTERS_MAX = 8
_ANY_ADDRESS = ("0.0.0.0", "::")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class Options(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What boards/<terminal>.toml may say; None: as shop.toml has it. docs/settings.md says what each is."""

    language: str | None = None
    mode: str | None = None
    article: dict | None = None
    amount: int | None = None
    amounts: list[int] | None = None
    guard_s: int | None = None
    limits: bool | None = None
    sync: dict | None = None
    quiet: bool | None = None
    brightness: int | None = None
    bit_rate: int | None = None
    operations: list[str] | None = None  # this and the rest stand in the certificate
    amount_max: int | None = None
    rewards_max: dict[str, int] | None = None
    unsure_taps_max: int | None = None


_OF_CERTIFICATE = ("operations", "amount_max", "rewards_max", "unsure_taps_max")


def options_of(home, terminal):
    """The `Options` of a board. BadInput (SETTINGS) with the file and the remedy."""
    path = Path(home.path) / FOLDER / ("%d.toml" % terminal)
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Options)
    except FileNotFoundError:  # nothing is otherwise on this board
        return Options()
    except OSError as error:
        raise BadInput("%s cannot be read (%s)." % (path, error.strerror), "Check its rights.", "SETTINGS") from error
    except msgspec.DecodeError as error:  # also ValidationError: unknown key, wrong type
        raise BadInput("%s: %s." % (path, error), "Correct that line; docs/settings.md lists all keys.", "SETTINGS") from error


def limits_of(home, terminal):
    """What a board's certificate allows: {"operations", "amount_max", "rewards_max", "unsure_taps_max", "epochs"}. BadInput (SETTINGS)."""
    options = options_of(home, terminal)
    says: dict = {"operations": list(OPERATIONS), "amount_max": AMOUNT_MAX, "rewards_max": REWARDS_MAX, "unsure_taps_max": UNSURE_TAPS_MAX}
    for name in _OF_CERTIFICATE:
        if getattr(options, name) is not None:
            says[name] = getattr(options, name)
    says["rewards_max"] = {of: says["rewards_max"].get(of, 0) for of in CLASSES}
    says["operations"] = [word for word in OPERATIONS if word in says["operations"]]
    return {**says, "epochs": list(home.keys.epochs[-2:])}


def settings_of(home, terminal):
    """(number, bytes) of a board's settings now. BadInput (SETTINGS); while a file is wrong a board keeps what it was offered before."""
    path = Path(home.path) / FOLDER / ("%d.settings" % terminal)
    number, data = _kept(path)
    try:
        wanted = _wanted(home, terminal)
        same = pack_settings({**wanted, "number": number}) if number else None
    except BadInput as trouble:
        if not number:
            raise
        log.warning("board %d keeps its settings: %s %s", terminal, trouble.message, trouble.hint)
        return number, data
    if number and same == data:
        return number, data
    row = home.store.boards.of(terminal)
    said = (row.state or {}).get("settings", 0) if row else 0  # a home that lost its files goes on above it
    number = max(number, said if is_believed(said, number) else 0) + 1
    data = pack_settings({**wanted, "number": number})
    write_whole(path, data, "SETTINGS_NOT_WRITTEN")
    return number, data


def _kept(path):
    try:
        data = path.read_bytes()
        return open_settings(data)["number"], data
    except (OSError, StampdError):  # none yet, or damaged: they are made anew with a higher number
        return 0, None


def _wanted(home, terminal):
    shop, options = home.settings, options_of(home, terminal)
    wanted = {
        "format": 1, "number": 1, "shop": shop.shop.encode()[:_SHOP_BYTES].decode("utf-8", "ignore"),
        "language": shop.language if shop.language in _LANGUAGES else "en", "currency": shop.currency, "digits": shop.minor_digits,
        "mode": "stamp", "article": None, "amount": shop.quick_amounts[0] if shop.quick_amounts else None, "amounts": list(shop.quick_amounts),
        "guard_s": shop.double_tap_guard_s, "counters": min(shop.counters, _COUNTERS_MAX), "limits": True,
        "reward_value": shop.reward_value, "cheap_max": shop.cheap_max, "sync": sync_of(shop), "quiet": False,
    }  # fmt: skip
    for name in Options.__struct_fields__:
        said = getattr(options, name)
        if said is not None and name not in _OF_CERTIFICATE:
            wanted[name] = {**wanted["sync"], **said} if name == "sync" else said
    if options.article is not None and options.amount is None:
        wanted["amount"] = None
    return wanted


def sync_of(shop):
    """How boards reach this shop, as far as shop.toml says it."""
    if shop.boards_host:
        host = _own_address() if shop.boards_host in _ANY_ADDRESS else shop.boards_host
        return {"how": "tcp", "host": host, "port": shop.boards_port, "every_s": 60}
    if shop.mqtt_broker:
        host, port = shop.mqtt_broker
        return {"how": "mqtt", "host": _own_address() if host in _THIS_MACHINE else host, "port": port, "every_s": 60}
    return {"how": "none"}


def _own_address():
    """The address under which this machine stands in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            return asking.getsockname()[0]
        except OSError:  # no network: boards cannot come from there either
            return socket.gethostname()
