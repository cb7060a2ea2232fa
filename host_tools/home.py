"""A home: all state of one shop under one directory. Settings, keys, ledger and packs, opened together.

    shop.toml  keys.stampd  ledger.sqlite  packs/  catalogue.toml  lock  daemon.json
"""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cardos.errors import BadInput
from cardos.records.diversification import diversifier
from cardos.records.fields import day_number, minute_number
from cardos.taps.classes import Limits
from cardos.taps.terms import Terms
from host_tools.home_lock import HomeLock
from host_tools.settings import FILE as SETTINGS_FILE
from host_tools.settings import read_settings, write_starter
from host_tools.shop_packs import ShopPacks

LEDGER_FILE = "ledger.sqlite"
_CODE_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no letters that look alike
LEAP_DAYS = 366
_CODE_CHECK = 4  # letters of the code that nobody can guess: one in a million
_KEY_LINK = 0x12  # key number of the link code, beside those in cardos.records.diversification


def default_path():
    """Where a shop lives when nobody says: STAMPD_HOME, else per XDG."""
    if os.environ.get("STAMPD_HOME"):
        return Path(os.environ["STAMPD_HOME"])
    base = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(base) / "stampd"


class Home:
    """An open home. Made by `Home.open`; close it, or use it in a `with`."""

    def __init__(self, path, settings, keys, store, lock, clock):
        self.path = path
        self.settings = settings
        self.keys = keys
        self.store = store
        self.lock = lock
        self.clock = clock
        self.packs = ShopPacks(path, settings, keys)
        self.pack = self.packs.current()
        self.second = 0  # of the local day, at the moment of the last `terms()`
        self.nonces = os.urandom  # the terminal's half of every authentication

    @classmethod
    def open(cls, path=None, *, settings=None, test_now=None, passphrase=None, lock_wait_s=5.0):
        """Open the home at `path`. settings: a `Settings` or None (shop.toml). test_now: an aware datetime, TEST keys only.

        Raises BadInput (NO_HOME, SETTINGS, HOME_IN_USE, TEST_KEYS_ONLY) and what keys and store raise.
        """
        from host_tools.provisioning.keys import head_mac, open_keys
        from host_tools.store import Store

        path = Path(path) if path is not None else default_path()
        if not path.is_dir():
            raise BadInput("There is no shop in %s." % path, "Make one: stampd keys init (or, to try: stampd keys init --test).", "NO_HOME")
        settings = settings or read_settings(path / SETTINGS_FILE)
        lock = HomeLock(path).take(lock_wait_s)
        try:
            keys = open_keys(path, production=settings.production, passphrase=passphrase or _passphrase(settings))
            if test_now is not None and not keys.is_test:
                raise BadInput("--test-now and --test-seed go with TEST keys only.", "Leave them out.", "TEST_KEYS_ONLY")
            write_starter(path / SETTINGS_FILE, settings)
            store = Store.open(path / LEDGER_FILE, head_mac(keys), settings.terminal)
            try:
                store.refuse_other_terminal()
                clock = (lambda: test_now) if test_now is not None else (lambda: datetime.now(timezone.utc))
                return cls(path, settings, keys, store, lock, clock)
            except BaseException:
                store.close()
                raise
        except BaseException:
            lock.free()
            raise

    def close(self):
        """Write the ledger's head and let go of everything."""
        try:
            self.store.write_head(self.at())
        finally:
            self.store.close()
            self.lock.free()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def at(self):
        """Now, as events carry it: UTC, ISO, seconds."""
        return self.clock().astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def local_day(self):
        """Today where the shop stands, "YYYY-MM-DD"."""
        return self.local().date().isoformat()

    def local(self, now=None):
        """Now as the shop's walls show it: in the pack's time zone, else in the machine's."""
        now, zone = now or self.clock(), self.pack.get("zone")
        try:
            return now.astimezone(ZoneInfo(zone) if zone else None)
        except (ZoneInfoNotFoundError, ValueError) as error:  # a machine without time zone data, or a zone it does not know
            hint = "Install its time zone data (Debian: apt install tzdata)."
            raise BadInput("This machine does not know the time zone %s." % zone, hint, "NO_TIME_ZONE") from error

    def terms(self):
        """The `Terms` of a tap that begins now. The minute is never before the newest in this home's own journal."""
        self.pack = self.packs.current()
        now = self.clock()
        utc, local = now.astimezone(timezone.utc), self.local(now)
        self.second = local.hour * 3600 + local.minute * 60 + local.second
        minute = minute_number(utc.year, utc.month, utc.day, utc.hour, utc.minute)
        newest = self.store.newest_minute()
        return Terms(
            self.keys, self.keys.scheme, self.keys.epoch, self.settings.terminal, self.store.next_transaction(),
            max(minute, newest), day_number(local.year, local.month, local.day), self.pack, self.settings.counters, True,
            self.nonces, self._limits(),
        )  # fmt: skip

    def _limits(self):
        """The `Limits` on rewards, or None: a shop's own ledger is always at hand, so they are on only where the settings say so."""
        settings = self.settings
        if not settings.limits:
            return None
        day = self.local_day()
        return Limits(0, settings.reward_value, settings.cheap_max, lambda family, uid: self.store.redeemed_on(family, uid, day))

    def clock_unsure(self):
        """True when the clock stands before what this home has journaled already: dates cannot be trusted."""
        utc = self.clock().astimezone(timezone.utc) + timedelta(minutes=1)
        return minute_number(utc.year, utc.month, utc.day, utc.hour, utc.minute) < self.store.newest_minute()

    def clock_leaps(self):
        """True when the clock stands more than a year after everything that this ledger holds: a wrong one, until somebody does something here."""
        newest = self.store.newest_at()
        return newest is not None and (self.clock() - timedelta(days=LEAP_DAYS)).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") > newest

    def card_code(self, card_number):
        """The short code in a card's link: its number in base 32 and four letters that only this shop can make."""
        digits, number = "", card_number
        while number or not digits:
            digits, number = _CODE_LETTERS[number % 32] + digits, number // 32
        return digits + self._code_check(card_number)

    def number_of_code(self, code):
        """The card number of a link code, or None when it is not one of ours."""
        import hmac

        code = code.lower()
        if not _CODE_CHECK < len(code) <= _CODE_CHECK + 7 or any(letter not in _CODE_LETTERS for letter in code):
            return None
        number = 0
        for letter in code[:-_CODE_CHECK]:
            number = number * 32 + _CODE_LETTERS.index(letter)
        if number > 0xFFFFFFFF or not hmac.compare_digest(self.card_code(number), code):
            return None
        return number

    def link_of(self, card_number):
        """The link written on a card."""
        return self.settings.link.replace("{card}", self.card_code(card_number))

    def _code_check(self, card_number):
        m = diversifier(bytes(4), _KEY_LINK, self.keys.scheme, self.keys.epochs[0])
        value = int.from_bytes(self.keys.mac("uid", self.keys.epochs[0], m, card_number.to_bytes(4, "big"))[:4], "big")
        return "".join(_CODE_LETTERS[value >> (5 * place) & 31] for place in range(_CODE_CHECK))


def _passphrase(settings):
    if not settings.passphrase_file:
        return None
    from host_tools.provisioning.passphrase import from_file

    return from_file(settings.passphrase_file)
