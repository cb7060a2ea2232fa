"""What `stampd doctor` looks at: this machine, this shop. Each check yields lines; none changes anything."""

import importlib.metadata
import shutil
import stat
import sys
from collections import namedtuple
from datetime import datetime, timezone
from pathlib import Path

from cardos.errors import StampdError
from cardos.records.fields import minute_number

OK, WARN, FAIL = "ok", "warn", "fail"
Line = namedtuple("Line", ["check", "verdict", "message", "hint"])

PYTHON_MIN = (3, 11)
FREE_FAIL_BYTES = 64 * 2**20  # a day's journal and its WAL take a few MB; below this anything else on the disk can stop the till
FREE_WARN_BYTES = 512 * 2**20
_NEEDED = ("click", "cryptography", "jinja2", "msgspec", "starlette", "uvicorn")
_FOR_READERS = (("pyscard", "PC/SC readers"), ("nfcpy", "PN532 on a serial line"))


def examine(home):
    """Every `Line`, in order. home: the shop's directory, which need not be there."""
    home = Path(home)
    lines = [_python(), *_libraries(), *_readers()]
    if not home.is_dir():
        lines.append(Line("home", WARN, "There is no shop in %s." % home, "Make one: stampd keys init (or, to try: stampd keys init --test)."))
        return lines
    lines += _home(home)
    settings, line = _settings(home)
    lines.append(line)
    if settings is not None:
        lines += [*_keys(home, settings), *_ledger(home, settings), _port(home, settings)]
    lines.append(_disk(home))
    return lines


def _python():
    version = "%d.%d.%d" % sys.version_info[:3]
    if sys.version_info >= PYTHON_MIN:
        return Line("python", OK, "Python %s" % version, "")
    return Line("python", FAIL, "Python %s is too old." % version, "Install Python %d.%d or newer and run make setup." % PYTHON_MIN)


def _libraries():
    for name in _NEEDED:
        version = _version(name)
        if version is None:
            yield Line("library", FAIL, "%s is missing." % name, "Run make setup.")
        else:
            yield Line("library", OK, "%s %s" % (name, version), "")
    for name, what in _FOR_READERS:
        version = _version(name)
        if version is None:
            yield Line("library", WARN, "%s is missing: no %s." % (name, what), "Run make setup; it says what it could not build.")
        else:
            yield Line("library", OK, "%s %s" % (name, version), "")


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _readers():
    from host_tools.readers.find import pcsc_names

    names, why = pcsc_names()
    if why is not None:
        yield Line("pcscd", WARN, why, "Debian: apt install pcscd, then systemctl start pcscd.socket. The demo and serial readers work without it.")
        return
    yield Line("pcscd", OK, "The smart card service answers.", "")
    for name in names:
        yield Line("reader", OK, name, "")
    if not names:
        yield Line("reader", WARN, "No PC/SC reader is plugged in.", "Plug one in, or name a serial one in shop.toml: reader = \"pn532:/dev/ttyUSB0\".")


def _home(home):
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        yield Line("home", WARN, "%s can be read by other users (mode %o)." % (home, mode), "chmod 700 %s" % home)
    else:
        yield Line("home", OK, "%s is its owner's alone." % home, "")
    for path in sorted(home.iterdir()):
        if path.name in ("keys.stampd", "tokens.json", "daemon.json") and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Line("home", FAIL, "%s can be read by other users." % path, "chmod 600 %s" % path)


def _settings(home):
    from host_tools.settings import FILE, read_settings

    try:
        settings = read_settings(home / FILE)
    except StampdError as error:
        return None, Line("settings", FAIL, error.message, error.hint)
    return settings, Line("settings", OK, "%s, %d stamps give: %s" % (settings.shop, settings.stamps_needed, settings.reward), "")


def _keys(home, settings):
    from host_tools.provisioning.keys import key_status
    from host_tools.provisioning.recovery import recovery_of

    try:
        status = key_status(home)
    except StampdError as error:
        yield Line("keys", FAIL, error.message, error.hint)
        return
    if not status.present:
        yield Line("keys", FAIL, "This shop has no keys.", "stampd keys init --recovery FILE, or put the recovery copy back.")
    elif status.test and settings.production:
        yield Line("keys", FAIL, "A production shop does not run with TEST keys: anybody can write cards for them.", "Make real keys in a new home.")
    elif status.test:
        yield Line("keys", WARN, "TEST keys: anybody can make cards for this shop.", "Good for trying out only; real keys: stampd keys init.")
    else:
        yield Line("keys", OK, "Scheme %04X, epoch %d" % (status.scheme, status.epoch), "")
        recovery = recovery_of(home, status.epochs)
        if recovery is None:
            hint = "stampd keys init --recovery FILE, on a stick or another disk."
            yield Line("recovery", WARN, "No recovery copy was ever proven: lost keys are dead cards.", hint)
        elif recovery.same_disk:
            yield Line("recovery", WARN, "The recovery copy lies on the same disk as the shop.", "Write another to a stick: stampd keys init --recovery FILE.")
        else:
            yield Line("recovery", OK, "Proven %s at %s" % (recovery.at, recovery.path), "")


def _ledger(home, settings):
    from host_tools.home import LEDGER_FILE
    from host_tools.store import Store

    path = home / LEDGER_FILE
    if not path.exists() and not path.with_suffix(".head").exists():
        yield Line("ledger", OK, "Nothing has happened yet.", "")
        return
    mac = _head_mac(home, settings)
    try:
        with Store.open(path, mac, settings.terminal, read_only=True) as store:
            store.refuse_other_terminal()
            verdict = store.verify()
            doubts, cases, newest = store.all_doubts(), store.cases(), store.newest_minute()
    except StampdError as error:
        yield Line("ledger", FAIL, error.message, error.hint)
        return
    if verdict["ok"]:
        heads = "chain and heads fit" if mac else "the chain fits (the heads need the keys: stampd ledger verify)"
        yield Line("ledger", OK, "%d events, %s" % (verdict["events"], heads), "")
    else:
        hint = "Stop the shop, keep a copy of the directory, see stampd ledger verify."
        yield Line("ledger", FAIL, "The ledger does not fit (first bad event: %s)." % verdict["first_bad"], hint)
    if doubts:
        yield Line("doubts", WARN, "%d changes are in doubt." % len(doubts), "Each ends with the next tap of its card.")
    if cases:
        yield Line("cases", WARN, "%d cases wait for a person." % len(cases), "The first: %s." % cases[0]["kind"])
    yield _clock(newest)


def _head_mac(home, settings):
    """What checks the heads, where the keys can be had without asking anybody; else None."""
    from host_tools.provisioning.keys import head_mac, open_keys
    from host_tools.provisioning.passphrase import from_file

    try:
        return head_mac(open_keys(home, False, from_file(settings.passphrase_file) if settings.passphrase_file else None))
    except StampdError:
        return None  # the check of the keys says what is wrong with them


def _clock(newest):
    now = datetime.now(timezone.utc)
    if now.year < 2026 or minute_number(now.year, now.month, now.day, now.hour, now.minute) + 1 < newest:
        message = "The clock (%s) stands before this shop's own journal." % now.isoformat(timespec="minutes")
        return Line("clock", FAIL, message, "Set the clock; stamps with an end date need it.")
    return Line("clock", OK, now.isoformat(timespec="minutes"), "")


def _disk(home):
    free = shutil.disk_usage(home).free
    message = "%d MB free for the ledger" % (free // 2**20)
    if free < FREE_FAIL_BYTES:
        return Line("disk", FAIL, message, "Free some space: a full disk stops the till.")
    return Line("disk", WARN if free < FREE_WARN_BYTES else OK, message, "Free some space soon." if free < FREE_WARN_BYTES else "")


def _port(home, settings):
    from host_tools.daemon.client import find_daemon
    from host_tools.daemon.server import listening_socket

    try:
        daemon = find_daemon(home)
        if daemon is not None:
            return Line("port", OK, "The shop is open: http://%s:%d" % (daemon["host"], daemon["port"]), "")
        listening_socket(settings.host, settings.port).close()
    except StampdError as error:
        return Line("port", FAIL, error.message, error.hint)
    return Line("port", OK, "Port %d is free." % settings.port, "")
