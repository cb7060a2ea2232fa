"""Who may ask what: exact Host and Origin, one token per client, roles with scopes, a session cookie for the till.

Tokens are 256 random bits, shown once; `tokens.json` (0600, in the home) keeps their SHA-256 only. A session cookie is its
own random value, kept the same way under its client, so that a till stays signed in over a restart and goes with its client.
Loopback is not a permission: any page in the cashier's browser can reach 127.0.0.1, so every call needs a token, and a call
that changes something and rests on the cookie must come from our own page (Origin).
"""

import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections import OrderedDict, namedtuple
from pathlib import Path

from cardos.errors import BadInput, StampdError
from host_tools.daemon.problems import Problem

FILE = "tokens.json"
COOKIE = "stampd_session"
COOKIE_DAYS = 400  # as long as browsers keep one; the client can be removed any day

_ROLE_SCOPES = {
    "reader": ("read",),
    "auditor": ("read", "audit"),
    "cashier": ("read", "sell", "issue"),
    "manager": ("read", "sell", "issue", "audit", "manage"),
    "technician": ("read", "sell", "issue", "audit", "manage", "service"),
}
ROLES = tuple(_ROLE_SCOPES)
SESSIONS_MAX = 16  # a client's open browsers; the oldest goes

WRONG_MAX = 10  # wrong tokens from one address ...
WRONG_WINDOW_S = 60.0  # ... in this time, then 429 until it has passed; right tokens still pass
_ADDRESSES_MAX = 256

Identity = namedtuple("Identity", ["client", "role", "scopes", "by_cookie"])


def identity(client, role, by_cookie=False):
    """The `Identity` of a client with a role."""
    return Identity(client, role, frozenset(_ROLE_SCOPES[role]), by_cookie)


def _hash(token):
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class Tokens:
    """The clients of one home. path: tokens.json, or None to keep them in memory only (tests, the demo)."""

    def __init__(self, path=None):
        self._path = Path(path) if path is not None else None
        self._lock = threading.Lock()
        self._read_at = None
        self._clients = {}  # name: {"role", "hash", "sessions": [hash, ...]}
        self._passing = {}  # hash: Identity of tokens and sessions that live as long as this process
        self._load()

    def add(self, name, role):
        """A new client; returns its token, the only time it can be had. BadInput CLIENT_EXISTS, CLIENT_NAME, ROLE_UNKNOWN."""
        if role not in _ROLE_SCOPES:
            raise BadInput("There is no role %r." % role, "Roles: " + " ".join(ROLES), "ROLE_UNKNOWN")
        if not name or len(name) > 60 or not name.isprintable() or name.startswith("local"):
            raise BadInput("A client's name has 1 to 60 printable characters.", "For example --add-client till-1", "CLIENT_NAME")
        with self._lock:
            self._load()
            if name in self._clients:
                raise BadInput("There is a client %r already." % name, "Remove it first, or take another name.", "CLIENT_EXISTS")
            token = secrets.token_urlsafe(32)
            self._clients[name] = {"role": role, "hash": _hash(token), "sessions": []}
            self._save()
        return token

    def remove(self, name):
        """Ends a client and all its sessions. BadInput CLIENT_UNKNOWN."""
        with self._lock:
            self._load()
            if self._clients.pop(name, None) is None:
                raise BadInput("There is no client %r." % name, "Known: %s" % (" ".join(self._clients) or "none"), "CLIENT_UNKNOWN")
            self._save()

    def names(self):
        """{name: role}"""
        with self._lock:
            return {name: entry["role"] for name, entry in self._clients.items()}

    def passing(self, client, role):
        """A token that is good until this process ends and stands in no file of ours but where the caller puts it."""
        token = secrets.token_urlsafe(32)
        self._passing[_hash(token)] = identity(client, role)
        return token

    def of_token(self, token):
        """The `Identity` of a token, or None."""
        return self._find(_hash(token), cookie=False)

    def of_session(self, value):
        """The `Identity` of a session cookie, or None."""
        return self._find(_hash(value), cookie=True)

    def open_session(self, who):
        """A new cookie value for a client that showed its token."""
        value = secrets.token_urlsafe(32)
        with self._lock:
            entry = self._clients.get(who.client)
            if entry is None:
                self._passing[_hash(value)] = who._replace(by_cookie=True)
                open_ones = [known for known, one in self._passing.items() if one.by_cookie]
                for oldest in open_ones[:-SESSIONS_MAX]:
                    del self._passing[oldest]
            else:
                entry["sessions"] = [*entry["sessions"], _hash(value)][-SESSIONS_MAX:]
                self._save()
        return value

    def _find(self, digest, cookie):
        """Every stored hash is compared, each in constant time; what another process added or removed counts at once."""
        with self._lock:
            self._load()
            return self._look(digest, cookie)

    def _look(self, digest, cookie):
        found = None
        for known, who in self._passing.items():
            if hmac.compare_digest(known, digest) and who.by_cookie == cookie:
                found = who
        for name, entry in self._clients.items():
            for known in entry["sessions"] if cookie else (entry["hash"],):
                if hmac.compare_digest(known, digest):
                    found = identity(name, entry["role"], cookie)
        return found

    def _changed(self):
        return self._path is not None and self._stamp() != self._read_at

    def _stamp(self):
        if self._path is None:
            return None
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _load(self):
        if self._path is None or not self._changed():
            return
        try:
            found = json.loads(self._path.read_text("utf-8"))
            clients = {
                str(name): {"role": str(entry["role"]), "hash": str(entry["hash"]), "sessions": [str(one) for one in entry["sessions"]]}
                for name, entry in found["clients"].items()
                if entry["role"] in _ROLE_SCOPES
            }
        except FileNotFoundError:
            clients = {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StampdError(
                "The list of clients %s cannot be read." % self._path,
                "Check its rights, or delete it and sign the tills in again with `stampd serve --add-client`.", "TOKENS_DAMAGED",
            ) from error  # fmt: skip
        self._clients, self._read_at = clients, self._stamp()

    def _save(self):
        if self._path is None:
            return
        new = self._path.with_suffix(".new")
        try:
            write_private(new, json.dumps({"clients": self._clients}, indent=1) + "\n")
            os.replace(new, self._path)
        except OSError as error:
            message = "The list of clients could not be written (%s)." % error.strerror
            raise StampdError(message, "Check the home's rights and free space.", "TOKENS_NOT_WRITTEN") from error
        self._read_at = self._stamp()


def write_private(path, text):
    """Write a file that only its owner can read, whole and on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


class WrongTokens:
    """Counts wrong tokens by address."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = OrderedDict()  # address: [count, window's end]

    def note(self, address):
        """One more wrong token. Raises Problem 429 when there were too many."""
        now = self._clock()
        with self._lock:
            count, end = self._seen.pop(address, (0, now + WRONG_WINDOW_S))
            if now >= end:
                count, end = 0, now + WRONG_WINDOW_S
            self._seen[address] = (count + 1, end)
            while len(self._seen) > _ADDRESSES_MAX:
                self._seen.popitem(last=False)
        if count + 1 > WRONG_MAX:
            wait = str(int(end - now) + 1)
            raise Problem(429, "TOO_MANY_TRIES", "Too many wrong tokens.", "Wait %s seconds." % wait, [("retry-after", wait)])


class Addresses:
    """Under which names this daemon may be asked: exact Host values and the Origins of its own pages."""

    def __init__(self, port, names=()):
        self.port = port
        suffix = ":%d" % port
        self.hosts = {"127.0.0.1" + suffix, "localhost" + suffix, "[::1]" + suffix, *(name.lower() for name in names)}
        self.origins = {scheme + host for host in self.hosts for scheme in ("http://", "https://")}
        self.origins -= {"https://" + host for host in ("127.0.0.1" + suffix, "localhost" + suffix, "[::1]" + suffix)}

    def check(self, host, origin):
        """Raises Problem 421 or 403. host, origin: header texts or None."""
        if host is None or host.lower() not in self.hosts:
            hint = "Use http://127.0.0.1:%d, or add the name to `names` in shop.toml." % self.port
            raise Problem(421, "HOST_UNKNOWN", "This daemon is not known by that name.", hint)
        if origin is not None and origin.lower() not in self.origins:
            raise Problem(403, "ORIGIN_UNKNOWN", "This page may not use the till.", "Open the till itself: http://127.0.0.1:%d" % self.port)


def cookie_header(value):
    """The Set-Cookie of a session. Not `Secure`: the till speaks plain HTTP on loopback."""
    return "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d" % (COOKIE, value, COOKIE_DAYS * 86400)
