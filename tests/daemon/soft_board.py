"""A board beside a till: a real journal in memory, real taps of soft cards, real messages; only wires are missing."""

import hashlib
import itertools

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardos import tap_runner
from cardos.errors import StampdError
from cardos.records import board_sync as sync
from cardos.records.board_vault import LINK_LABEL, board_diversifier
from cardos.records.journal_line import link
from cardos.taps.sell import sell
from cardos.taps.settle_only import settle_only
from cardos.taps.undo import undo
from host_tools.boards import register
from host_tools.daemon.wishes import Wish
from host_tools.readers.soft import SoftReader
from terminal.journal import Journal
from terminal.journal_desk import JournalDesk
from tests.portable.journal_bench import MemoryFiles, head_mac


class SoftBoard:
    """A board of `home`, paired under `name`. send: bytes -> bytes or None, the way to the shop."""

    def __init__(self, home, send, name="counter", pairing=None, files=None):
        self.home, self.send = home, send
        self.pairing = pairing or register.pair(home, name)
        self.terminal, self.serial = self.pairing.terminal, self.pairing.serial
        self._signer = Ed25519PrivateKey.from_private_bytes(self.pairing.seed)
        self.files = files or MemoryFiles()
        self.journal = Journal(self.files, self.terminal, head_mac, 60, 32, 4096)
        self.has = {"pack": 0, "list": 0, "settings": 0, "release": 0}
        self.troubles = 0
        self._nonces = itertools.count(1)

    def clone(self):
        return SoftBoard(self.home, self.send, pairing=self.pairing, files=MemoryFiles(self.files.content))

    # Taps

    def tap(self, card, make, tear=None):
        """One presentation; the outcome, or the trouble before an intent was durable. make(terms) -> the tap."""
        terms = self.home.terms()._replace(terminal=self.terminal, transaction=self.journal.next_transaction)
        reader = SoftReader()
        if tear is not None:
            reader.pull_after(*tear)
        reader.put(card)
        desk = JournalDesk(self.journal, lambda: terms.minute)
        try:
            with reader.wait_for_card(0) as presented:
                outcome = tap_runner.run(make(terms), presented, desk)
        except StampdError as trouble:
            return trouble
        finally:
            reader.remove()
        desk.finish(outcome)
        return outcome

    def sell(self, card, tear=None, redeem="none"):
        wish = Wish(kind="sell", amount=450, redeem=redeem)
        reference = "t%d-%d" % (self.terminal, self.journal.next_transaction)
        return self.tap(card, lambda terms: sell(terms, wish.sale_event(terms.pack, terms.day, 36000), reference), tear)

    def settle(self, card):
        return self.tap(card, settle_only)

    def undo(self, card):
        return self.tap(card, lambda terms: undo(terms, self.journal.last_sale, False))

    # Messages

    def mac(self, data):
        keys = self.home.keys
        return keys.mac("board", keys.epochs[0], board_diversifier(LINK_LABEL, self.terminal, self.serial), data)

    def ask(self, kind, more=(), mac=None):
        """The `Answer` to a request, or None."""
        nonce = next(self._nonces).to_bytes(8, "big")
        state = sync.State(
            *(self.has[what] for what in ("pack", "list", "settings", "release")), self.journal.newest_minute, True,
            self.journal.segments_free, self.journal.open_intents, self.troubles,
        )  # fmt: skip
        request, digest = sync.pack_request(mac or self.mac, kind, self.home.keys.scheme, self.terminal, self.serial, nonce, state, more)
        answer = self.send(request)
        return None if answer is None else sync.open_answer(self.mac, digest, kind, self.terminal, nonce, answer)

    def poll(self):
        return self.ask(sync.POLL)

    def offer(self, before, chain, lines, signer=None):
        """One batch as it stands; the `Answer`."""
        end = chain
        for line in lines:
            end = link(end, line)
        message = sync.batch_message(self.home.keys.scheme, self.terminal, self.serial, before, chain, before + len(lines), end)
        return self.ask(sync.BATCH, [before, chain, (signer or self._signer).sign(message), lines])

    def sync(self, first=None):
        """Everything there is, then a poll; the last `Answer`."""
        first = self.journal.stored + 1 if first is None else first
        while first <= self.journal.count:
            before, chain, lines = self.journal.batch(first, sync.BATCH_BYTES_MAX)
            answer = self.offer(before, chain, lines)
            assert answer.status in (sync.OK, sync.CLONED) and answer.stored == before + len(lines)
            self.journal.stored_up_to(answer.stored)
            first = answer.stored + 1
        return self.poll()

    def fetch(self, what, offers):
        """The bytes of a thing that was offered, piece by piece."""
        number, size, digest = offers[what]
        data = b""
        while len(data) < size:
            answer = self.ask(sync.FETCH, [what, number, len(data)])
            assert (answer.status, answer.what, answer.number, answer.offset) == (sync.OK, what, number, len(data))
            data += answer.data
        assert hashlib.sha256(data).digest() == digest
        return data
