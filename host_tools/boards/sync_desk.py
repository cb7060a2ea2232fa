"""What the shop answers its boards: one message in, one message out, whoever carries them.

Nothing that comes from the network raises. A message without the board's own MAC gets no answer at all; a trouble behind a good
MAC is an answer REFUSED. What a board wrote is folded in one transaction, before the receipt is made.
"""

import hashlib
import logging
import threading
from collections import Counter, namedtuple
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cardos.errors import BadInput, StampdError
from cardos.records import board_sync as sync
from cardos.records.board_vault import LINK_LABEL, board_diversifier
from cardos.records.journal_line import link
from host_tools.boards.register import certificate_of
from host_tools.boards.shelf import Shelf
from host_tools.boards.zones import zones_of

log = logging.getLogger("stampd.boards")

TOLD_MAX, TOLD_EVERY = 50, 1000  # messages of one kind in the log: the first, then every so many

_SECOND_0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
_STATUS = {"paired": sync.OK, "cloned": sync.CLONED, "revoked": sync.REVOKED}

_Reply = namedtuple("_Reply", ["status", "stored", "more"])


class SyncDesk:
    """The boards' counterpart at one home. Any thread may call `answer`; two boards never wait for each other but for the ledger.

    told(): called after a board changed the ledger. `shelf`: what boards fetch here. `counts`: {word: how many} of what came in, for the log and for tests.
    """

    def __init__(self, home, told=None):
        self.home = home
        self.counts: Counter[str] = Counter()
        self._told = told or (lambda: None)
        self.shelf = Shelf(home)
        self._zones: tuple = (None, [])
        self._forks: dict[int, int] = {}  # of a board whose identity had several journals: the one that its last batch belonged to
        self._lock = threading.Lock()

    def answer(self, message):
        """The bytes of the answer, or None: no answer, the connection is closed. message: the bytes of one request."""
        try:
            return self._answer(bytes(message))
        except Exception:  # a fault of ours must not end a listener: the log has it whole, the board asks again
            log.exception("a fault while answering a board")
            return None

    def _answer(self, message):
        request, mac = self._proven(message)
        if request is None:
            return None
        if self.home.clock_leaps():  # each answer sets a board's clock, and minutes that were journaled are never taken back
            self._count("clock", "this machine's clock is a year ahead of everything in the ledger: board %d gets no answer", request.terminal)
            return None
        try:
            reply = self._reply(request)
        except StampdError as trouble:  # the board cannot help it: it keeps what it has and asks again
            self._count("refused", "board %d: %s (%s)", request.terminal, trouble.message, trouble.code)
            reply = self._without(request, sync.REFUSED)
        return sync.pack_answer(mac, request, reply.status, reply.stored, self._second(), reply.more)

    def _count(self, word, text, *values):
        self.counts[word] += 1
        if self.counts[word] <= TOLD_MAX or self.counts[word] % TOLD_EVERY == 0:  # whoever floods this port does not fill the disk
            log.warning(text, *values)

    def _proven(self, message):
        """(`Request`, MAC function), or (None, None) for bytes that no board of this shop sent."""
        keys = self.home.keys
        try:
            scheme, terminal, serial = sync.claimed(message)
            if scheme != keys.scheme or self.home.store.boards.of(terminal) is None:
                raise BadInput("", "", "BOARD_UNKNOWN")
            diversifier = board_diversifier(LINK_LABEL, terminal, serial)

            def mac(data):
                return keys.mac("board", keys.epochs[0], diversifier, data)

            return sync.open_request(mac, message), mac
        except StampdError as trouble:  # not proven: nothing is told to whoever sent it, and nothing of it to the log
            self._count("unproven", "a message that is none of our boards' (%s)", trouble.code)
            return None, None

    def _reply(self, request):
        row = self.home.store.boards.of(request.terminal)
        if row.serial != request.serial:
            raise BadInput("It was provisioned anew since; this is the old one", "", "BOARD_SERIAL")
        if request.kind == sync.BATCH:
            end = self._signed_end(row, request)
            if row.status == "revoked":
                digest = hashlib.sha256(end).digest()
                self.home.store.boards.keep_refused(row.terminal, request.lines_before, len(request.lines), digest, self.home.at())
        if row.status == "revoked":
            self._count("revoked", "board %d is revoked and asks all the same", row.terminal)
            return self._without(request, sync.REVOKED)
        if request.kind == sync.FETCH:
            return self._fetched(row, request)
        stored = self._folded(row, request) if request.kind == sync.BATCH else self._held(row)
        is_poll, state = request.kind == sync.POLL, request.state._asdict()
        if self.home.store.boards.heard(row.terminal, self.home.at(), state, is_poll, request.digest, self._second() // 60):
            self._tell()
        status = _STATUS[self.home.store.boards.of(row.terminal).status]
        return _Reply(status, stored, (self._zones_now(), self._offers(row), self._certificate(row)))

    def _signed_end(self, row, request):
        """The chain after the batch. BadInput BOARD_SIGNATURE when the board's own key did not sign it."""
        chain = request.chain_before
        for line in request.lines:
            chain = link(chain, line)
        message = sync.batch_message(
            request.scheme, request.terminal, request.serial, request.lines_before, request.chain_before,
            request.lines_before + len(request.lines), chain,
        )  # fmt: skip
        try:
            Ed25519PublicKey.from_public_bytes(row.public_key).verify(request.signature, message)
        except (InvalidSignature, ValueError) as error:  # the link key is right, the board's own is not: somebody has only half of it
            raise BadInput("Its batch is not signed with its own key", "", "BOARD_SIGNATURE") from error
        return chain

    def _folded(self, row, request):
        """Folds a batch; returns the receipt."""
        store, at = self.home.store, self.home.at()
        batch = (row.terminal, row.serial, request.lines_before, request.chain_before, request.lines, at)
        found = store.fold(*batch)
        if found.new is None:
            digest = hashlib.sha256(request.lines_before.to_bytes(4, "big") + request.chain_before).digest()
            if store.boards.offered_before(row.terminal, digest, at) or request.state.troubles:
                found = store.fold(*batch, take_gap=True)
        if found.new or found.cases:
            self.counts["lines"] += found.new or 0
            for kind in found.cases:
                self._count("cases", "board %d: case %s", row.terminal, kind)
            self._tell()
        if row.status == "paired":
            self._forks[row.terminal] = found.fork
        return found.stored

    def _held(self, row):
        """How many lines of the board that asks are here. Of an identity with several journals: of the one that came last, else the fewest."""
        if not row.forks:
            return row.lines
        lines = self.home.store.boards.lines_of(row.terminal)
        return lines.get(self._forks.get(row.terminal), min(lines.values()))

    def _tell(self):
        """What a page wants of it changes no receipt: the lines are in the ledger."""
        try:
            self._told()
        except Exception:  # whatever a page could not show; the board needs its answer
            log.exception("what the boards told could not be shown")

    def _fetched(self, row, request):
        thing = self.shelf.of(request.what, row.terminal)
        if thing is None or thing[0] != request.number or request.offset > len(thing[1]):
            return self._without(request, sync.REFUSED)
        data = thing[1][request.offset : request.offset + sync.CHUNK_SIZE]
        return _Reply(_STATUS[row.status], row.lines, (request.what, request.number, request.offset, data))

    def _without(self, request, status):
        """A reply that gives nothing."""
        more = (request.what, request.number, request.offset, b"") if request.kind == sync.FETCH else ([], {}, None)
        return _Reply(status, 0, more)

    def _offers(self, row):
        return self.shelf.offers(row.terminal)

    def _certificate(self, row):
        try:
            return certificate_of(self.home, row.terminal)
        except StampdError as trouble:  # as above: the certificate that the board has is still good for a while
            log.warning("no certificate for board %d: %s %s", row.terminal, trouble.message, trouble.hint)
            return None

    def _zones_now(self):
        today = self.home.clock().astimezone(timezone.utc).date(), self.home.packs.current().get("zone")
        with self._lock:
            if self._zones[0] != today:
                try:
                    self._zones = (today, zones_of(self.home))
                except BadInput as trouble:  # the machine does not know the zone: the board keeps what it was told
                    log.warning("%s %s", trouble.message, trouble.hint)
                    return []
            return self._zones[1]

    def _second(self):
        return max(0, int((self.home.clock() - _SECOND_0).total_seconds()))
