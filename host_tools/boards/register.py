"""A shop's boards: taken in, certified, listed, revoked. What is durable about them is in the ledger (`host_tools.store.boards`)."""

import secrets
from collections import namedtuple
from datetime import timezone

from cardos.errors import BadInput
from cardos.records import certificate
from cardos.records.fields import minute_number
from host_tools.boards.board_settings import limits_of
from host_tools.boards.journal_words import line_text
from host_tools.boards.zones import zones_of

CERTIFICATE_DAYS = 35
AHEAD_MIN = 10  # minutes that a certificate may begin after now: clocks are set by a little at any time
RENEW_DAYS = 14  # a new certificate when less is left
NAME_MAX, REASON_MAX = 40, 200
_DAY = 1440


class Pairing(namedtuple("Pairing", ["terminal", "serial", "name", "seed", "public_key"])):
    """A board that was just taken in. seed: 32 bytes of its signing key, given out here once and kept nowhere, or None: its key was made
    elsewhere. repr does not show it."""

    def __repr__(self):
        return "<Pairing terminal %d serial %d name %r>" % (self.terminal, self.serial, self.name)


def new_key():
    """(seed, public key) of a board's signing key, 32 random bytes and their Ed25519 public half."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = secrets.token_bytes(32)
    return seed, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def pair(home, name, public_key=None, terminal=None):
    """Takes a board in, durable when it returns; a `Pairing`.

    public_key: 32 bytes when its signing key was made elsewhere. terminal: None for a board that is new or whose flash was wiped; its
    number when it is provisioned anew and keeps its journal: the serial rises, and whoever has the old one is refused from here on.
    Raises BadInput (BOARD_NAME) and `LedgerRule` BOARD_NAME_TAKEN, BOARD_UNKNOWN, BOARD_REVOKED, BOARD_NUMBERS_USED_UP.
    """
    _check_name(name)
    seed = None
    if public_key is None:
        seed, public_key = new_key()
    terminal, serial = home.store.boards.pair(name, public_key, home.at(), terminal)
    return Pairing(terminal, serial, name, seed, bytes(public_key))


def _check_name(name):
    if not name or len(name) > NAME_MAX or not name.isprintable() or name != name.strip():
        raise BadInput("A board's name has 1 to %d printable characters." % NAME_MAX, "For example --name counter.", "BOARD_NAME")


def first_load(home, terminal, shelf=None):
    """What a board gets over the cable: {"pack", "list", "settings", "certificate": bytes, "zones": [[minute, minutes east], …]}.

    shelf: the `Shelf` of this home where there is one already: two would number lists and settings beside each other.
    Raises BadInput SETTINGS, PACK_… and `LedgerRule` BOARD_UNKNOWN.
    """
    from host_tools.boards.shelf import Shelf

    shelf = shelf or Shelf(home)
    load = {what: shelf.of(what, terminal)[1] for what in ("pack", "list", "settings")}
    return {**load, "certificate": certificate_of(home, terminal), "zones": zones_of(home)}


def certificate_of(home, terminal):
    """The bytes of a board's certificate now; made anew when less than `RENEW_DAYS` are left or what it allows changed. None for a board
    that gets none any more (revoked, cloned). While this machine's clock is unsure nothing is made anew; one that was made while the clock
    was ahead is, as soon as that is right again. `LedgerRule` BOARD_UNKNOWN.
    """
    boards = home.store.boards
    row = boards.of(terminal)
    if row is None or row.status != "paired":
        return None
    says, now = limits_of(home, terminal), _minute(home)
    since, until = row.certificate_from, row.certificate_until
    if until - now < RENEW_DAYS * _DAY or row.certificate_says != says or since > now + AHEAD_MIN:
        if not until or not (home.clock_unsure() or home.clock_leaps()):
            since = now
            until = since + CERTIFICATE_DAYS * _DAY
            boards.certify(terminal, since, until, says, home.at())
        else:
            says = row.certificate_says
    fields = {
        "format": certificate.FORMAT, "scheme": home.keys.scheme, "terminal": terminal, "serial": row.serial, "key": row.public_key,
        "from": since, "until": until, **says,
    }  # fmt: skip
    protected, payload, message = certificate.unsigned_certificate(fields)
    return certificate.assemble(protected, payload, home.keys.sign(certificate.KEY_PURPOSE, message))


def _minute(home):
    utc = home.clock().astimezone(timezone.utc)
    return minute_number(utc.year, utc.month, utc.day, utc.hour, utc.minute)


def listed(home):
    """Every board, by number: [{"terminal", "name", "serial", "status", "paired_at", "lines", "forks", "certificate_until", "last_seen",
    "state"}]. certificate_until: ISO UTC or None; state: what it said of itself at its last request, or None."""
    from host_tools.daemon.shown import minute_text

    return [
        {
            "terminal": row.terminal, "name": row.name, "serial": row.serial, "status": row.status, "paired_at": row.paired_at,
            "lines": row.lines, "forks": row.forks, "certificate_until": minute_text(row.certificate_until) if row.certificate_until else None,
            "last_seen": row.seen_at, "state": row.state,
        }
        for row in home.store.boards.all()
    ]  # fmt: skip


def revoke(home, terminal, reason):
    """Ends a board: nothing that it sends is taken from here on, its certificate is not renewed, the stop list names it.

    BadInput (BAD_REASON), `LedgerRule` BOARD_UNKNOWN.
    """
    if not reason or len(reason) > REASON_MAX or not reason.isprintable():
        raise BadInput("A reason has 1 to %d printable characters." % REASON_MAX, "For example --reason stolen.", "BAD_REASON")
    home.store.boards.revoke(terminal, reason, home.at())


def restore(home, terminal):
    """Takes a revocation back, or says that a cloned board is one again. `LedgerRule` BOARD_UNKNOWN."""
    home.store.boards.restore(terminal, home.at())


def rename(home, terminal, name):
    """Gives a board another name. BadInput (BOARD_NAME), `LedgerRule` BOARD_UNKNOWN."""
    _check_name(name)
    home.store.boards.rename(terminal, name, home.at())


def logs(home, terminal, count):
    """The last `count` lines of a board's journal as they were folded, oldest first, in words."""
    return [line_text(event) for event in reversed(home.store.boards.events_of(terminal, count))]
