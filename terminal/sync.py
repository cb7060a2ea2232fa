"""The sync of a board: its journal up, what is new down, one connection at a time, always behind the taps.

    batch      lines of the journal, signed by this board in slices; the same bytes again until the shop has confirmed them
    receipt    journal.stored_up_to(n), only from an answer whose MAC and nonce fit, and never beyond what was sent
    down       time, zones, status, certificate and downloads (`fetch`), each of them proven before it is kept

Sending twice is harmless and so is a lost answer: the shop compares lines that it has. An answer fits its one request, so an old
one, another board's or a changed one is refused as BOARD_MAC, and nothing of it is used. A shop that says it has less than it
once confirmed (its ledger came back from a backup) gets again what is still here, and `trouble` says so; one that says it has more
than was ever written here is not believed (SHOP_HAS_MORE). Nothing here computes while a card is served; pieces that cannot be
cut are one batch read and packed (about 50 ms on an RP2040) and one file written.
"""

import hashlib
import os

from cardos.cbor import encode
from cardos.crypto.ed25519_sign import expand_steps, sign_steps
from cardos.errors import BadInput, StampdError
from cardos.records import board_sync
from cardos.records.board_sync import BATCH, BATCH_BYTES_MAX, NONCE_SIZE, OK, POLL, REFUSED, REVOKED, STATUSES, State
from cardos.records.journal_line import link
from terminal.compat import elapsed_ms
from terminal.compat import sleep_ms as board_sleep_ms
from terminal.compat import ticks_ms as board_ticks_ms
from terminal.fetch import ORDER, RELEASE_BYTES_MAX, fetch
from terminal.line import NoShop
from terminal.slices import in_slices

QUICK_S = 5  # from a sync to the next when lines wait
RETRY_S = 5  # after the first failure; doubled with each further one
RETRY_S_MAX = 600
RETRY_WAITING_S_MAX = 60  # while lines wait
ROUND_TRIP_MS_MAX = 4000  # half of it is the clock's error, SYNC_ERROR_S; slower answers only tell a clock that knows nothing
OFFERS_MAX = 4  # batches in one sync that the shop takes nothing of: it says so with the first, takes a gap with the next but one

_STATUS = "status"


class Synced:
    """What one sync did. lines: confirmed by it. fetched: [what], kept by it."""

    def __init__(self):
        self.lines, self.fetched = 0, []


class Sync:
    """journal: `Journal`. vault: `KeyVault`. kept: `Kept`. clock: `Clock`. settings: `Settings`. line: of `line.open_line`.
    quiet: `slices.Quiet`. downloads: of `fetch.board_downloads`.

    news: called with a word of what is new (time, zones, status, certificate, settings, list, pack, release), between taps.
    connect: async, () -> whether there is a network; None where there always is one.
    `trouble` is the last thing that went wrong, None after a sync in which nothing did; `offline`: the shop was not reached last time.
    """

    def __init__(self, journal, vault, kept, clock, settings, line, quiet, downloads, news=None, connect=None,
                 random=os.urandom, ticks_ms=board_ticks_ms, sleep_ms=board_sleep_ms):  # fmt: skip
        self._journal, self._vault, self._kept, self._clock = journal, vault, kept, clock
        self._every_s = settings.sync["every_s"]
        self._line, self._quiet, self._downloads = line, quiet, downloads
        self._news, self._connect = news or (lambda what: None), connect
        self._random, self._ticks_ms, self._sleep_ms = random, ticks_ms, sleep_ms
        self.trouble, self.offline = None, True
        self._status = self._read(_STATUS)  # the number as kept, one byte
        self._key = None  # the expanded signing key, once it was needed
        self._signed = None  # (lines before, chain before, how many lines, signature) of the batch that waits for its receipt
        self._place = journal.stored  # the shop has every line up to it, as far as this board knows
        self._refused = {}  # what -> SHA-256 of the last thing that was whole and not good: not fetched again in this life
        self._taken = {}  # what -> number of the last that was kept in this life: a release counts only after a restart
        self._failures = 0
        self._hurry = self._told = False

    @property
    def status(self):
        """"ok", "revoked" or "cloned": what the shop last said of this board."""
        return STATUSES[self._status[0]] if self._status else STATUSES[OK]

    def _read(self, name):
        try:
            return self._kept.read(name)
        except BadInput:  # KEPT_DAMAGED: it comes anew, and whoever uses it says so itself
            return None

    async def run(self):
        """Syncs for ever. A shop that is not reached is asked again after 5 s to 10 min, never in step with other boards."""
        while True:
            try:
                done = await self.once()
                self.offline = False
                self._failures = self._failures + 1 if self._waits() and not done.lines else 0  # refused lines are not hurried
            except StampdError as trouble:  # told to whoever looks; what was not sent stays in the journal
                self._fail(trouble)
            except OSError as trouble:  # flash: the journal and what is kept say so themselves, in a tap too
                self._fail(StampdError("This board's flash did not work: %s." % trouble, "Start it again.", "FLASH"))
            await self._pause()

    def hurry(self):
        """The next sync is now: somebody pressed a button, or the network came back."""
        self._hurry = True

    def _fail(self, trouble):
        self.trouble, self._failures = trouble, self._failures + 1
        self.offline = isinstance(trouble, NoShop)

    def _waits(self):
        return self._journal.count > self._journal.stored

    async def _pause(self):
        spread, waited = 192 + self._random(1)[0] // 2, 0  # of 256: three quarters to one and a quarter
        while not self._hurry and waited < self._pause_s() * spread // 256:
            await self._sleep_ms(1000)
            waited += 1
        self._hurry = False

    def _pause_s(self):
        if not self._failures:
            return min(QUICK_S, self._every_s) if self._waits() else self._every_s
        return min(RETRY_S << min(self._failures - 1, 7), RETRY_WAITING_S_MAX if self._waits() else RETRY_S_MAX)

    # One sync

    async def once(self):
        """One sync, to its end: a `Synced`. Raises StampdError: NoShop (SHOP_NOT_REACHED), BOARD_MAC and its like. One at a time."""
        self.trouble, done = None, Synced()
        try:
            if self._connect is not None and not await self._connect():
                raise NoShop("There is no network.", "Look at the network's name and password, and at its strength here.")
            answer = await self._send(done)
            if answer is None:  # polls say that there is nothing to send: the daemon rests on that
                answer = await self._ask(POLL)
                self._compare(answer)
            await self._take(answer, done)
        finally:
            await self._line.close()
        return done

    async def _ask(self, kind, more=()):
        """The proven answer to one request; its time and status are taken. Raises NoShop, BadInput."""
        await self._quiet()
        vault, nonce = self._vault, self._random(NONCE_SIZE)
        message, digest = board_sync.pack_request(vault.link_mac, kind, vault.scheme, vault.terminal, vault.serial, nonce, self._state(), more)

        def opened(data):
            return board_sync.open_answer(vault.link_mac, digest, kind, vault.terminal, nonce, data)

        def fits(data):
            try:
                return bool(opened(data))
            except BadInput:  # for another request, or nobody's
                return False

        begin = self._ticks_ms()
        data = await self._line.exchange(message, fits)
        round_trip_ms = elapsed_ms(self._ticks_ms(), begin)
        await self._quiet()
        answer = opened(data)
        self._take_time(answer.second, elapsed_ms(self._ticks_ms(), begin) - round_trip_ms // 2, round_trip_ms)
        self._take_status(answer.status)
        return answer

    def _state(self):
        journal, clock, numbers = self._journal, self._clock, {}
        for what in ORDER:
            numbers[what] = self._downloads[what].number() if what in self._downloads else 0
        return State(numbers["pack"], numbers["list"], numbers["settings"], numbers["release"], clock.minute(), clock.is_sure,
                     max(0, journal.segments_free), journal.open_intents, len(journal.troubles))  # fmt: skip

    # Up

    async def _send(self, done):
        """Sends what the shop does not have. Returns the last answer, None when there was nothing to send."""
        answer, in_vain = None, 0
        while True:
            batch = await self._batch()
            if batch is None:
                return answer
            before, chain, signature, lines = batch
            answer = await self._ask(BATCH, batch)
            if answer.status in (REVOKED, REFUSED):  # nothing was taken, and `stored` says nothing
                return answer
            place = self._place
            self._take_receipt(answer.stored, before, before + len(lines), done)
            in_vain = 0 if self._place > place else in_vain + 1
            if in_vain == OFFERS_MAX:
                raise BadInput("The shop does not take this board's lines.", "Look at the shop's cases: stampd board logs.", "SHOP_TAKES_NOTHING")

    async def _batch(self):
        """(lines before, chain before, signature, lines) of the next batch; None when the shop has everything."""
        await self._quiet()
        journal, first = self._journal, self._place + 1
        while first <= journal.count:
            try:
                before, chain, lines = journal.batch(first, BATCH_BYTES_MAX)
            except BadInput:  # a receipt freed it, or damaged flash lost it: what follows goes on
                lines = []
            if lines:
                return await self._with_signature(before, chain, lines)
            first = _next_line(journal, first + 1)
        return None

    async def _with_signature(self, before, chain, lines):
        if self._signed is not None and self._signed[:2] == (before, chain) and self._signed[2] <= len(lines):
            return before, chain, self._signed[3], lines[: self._signed[2]]
        after = chain
        for line in lines:
            after = link(after, line)
        await self._expand()
        vault = self._vault
        message = board_sync.batch_message(vault.scheme, vault.terminal, vault.serial, before, chain, before + len(lines), after)
        signature = await in_slices(sign_steps(self._key, message), self._quiet)
        self._signed = (before, chain, len(lines), signature)
        return before, chain, signature, lines

    async def _expand(self):
        if self._key is None:
            self._key = await in_slices(expand_steps(self._vault.seed), self._quiet)

    def _take_receipt(self, stored, before, last, done):
        """stored: what the shop says it has, after a batch of the lines `before` + 1 to `last`."""
        self._refuse_more(stored)
        if stored < before:  # it took nothing, and lacks what it had: from there again, as far as it is still here
            self._place = stored
            self._lacks(stored)
            return
        self._place = max(self._place, min(stored, last))  # of what it says beyond this batch, the next batch gives the proof
        if self._place > self._journal.stored:
            done.lines += self._place - self._journal.stored
            self._journal.stored_up_to(self._place)
        if self._place >= last:
            self._signed = None

    def _compare(self, answer):
        """What a poll says the shop has frees nothing."""
        if answer.status == OK:
            self._refuse_more(answer.stored)
            if answer.stored < self._place:
                self._place = answer.stored
                self._lacks(answer.stored)

    def _refuse_more(self, stored):
        if stored > self._journal.count:
            text = "The shop says it has %d lines of this board, and there were %d." % (stored, self._journal.count)
            raise BadInput(text, "Another board has this one's identity, or its flash was wiped: provision it anew.", "SHOP_HAS_MORE")

    def _lacks(self, stored):
        if stored < self._journal.stored:
            text = "The shop has %d lines of this board; it had confirmed %d." % (stored, self._journal.stored)
            self.trouble = BadInput(text, "Its ledger came back from a backup: look at the shop's cases.", "SHOP_HAS_LESS")

    # Down

    def _take_time(self, second, since_ms, round_trip_ms):
        """second: the shop's. since_ms: how long ago it said so, give or take half a round trip."""
        if round_trip_ms <= ROUND_TRIP_MS_MAX or not self._clock.is_sure:
            self._clock.tell(second + since_ms // 1000, since_ms // 1000)
            self._told = True

    def _take_status(self, status):
        if status == REFUSED:
            self.trouble = BadInput("The shop refused what this board sent.", "Provision it again if this stays so.", "SHOP_REFUSED")
            return  # of one message, not of the board
        kept = bytes([status])
        if kept != (self._status or bytes([OK])):
            self._kept.keep(_STATUS, kept)
            self._status = kept
            self._news(_STATUS)

    async def _take(self, answer, done):
        """Zones, certificate and downloads of the answer to a batch or poll."""
        await self._quiet()
        if self._told:
            self._told = False
            self._news("time")
        zones = encode(answer.zones)
        if answer.zones and zones != self._read("zones"):
            self._kept.keep("zones", zones)
            self._clock.tell_zones(answer.zones)
            self._news("zones")
        if answer.certificate is not None and answer.certificate != self._read("certificate"):
            await self._guarded("certificate", hashlib.sha256(answer.certificate).digest(), self._take_certificate(answer.certificate), done)
        for what in ORDER:
            download = self._downloads.get(what)
            number, size, digest = answer.offers.get(what, (0, 0, b""))
            if download is None or number <= max(download.number(), self._taken.get(what, 0)):
                continue
            if 0 < size <= getattr(download, "bytes_max", RELEASE_BYTES_MAX):
                await self._guarded(what, digest, fetch(self._ask, self._quiet, download, what, number, size, digest), done)
                if what in done.fetched:
                    self._taken[what] = number

    async def _guarded(self, what, digest, work, done):
        """Something that the shop sends and this board has to prove; if it is not good, the rest goes on."""
        if self._refused.get(what) == digest:
            work.close()
            return
        try:
            if await work:
                done.fetched.append(what)
                await self._quiet()
                self._news(what)
        except BadInput as trouble:  # told, and what is in use stays
            if trouble.code in ("BOARD_MAC", "BOARD_MESSAGE", "BOARD_VERSION"):
                raise
            if trouble.code != "FETCH_DAMAGED":
                self._refused[what] = digest
            self.trouble = trouble

    async def _take_certificate(self, data):
        from cardos.records.certificate import open_certificate_steps

        # The answer that brings it is the shop's, to this very request; one that begins earlier takes a wrong clock of the shop's back.
        vault = self._vault
        await self._expand()
        steps = open_certificate_steps(data, vault.public["certificate"], vault.scheme, vault.terminal, vault.serial, self._key[2])
        await in_slices(steps, self._quiet)
        self._kept.keep("certificate", data)
        return True


def _next_line(journal, number):
    """The lowest line number from `number` on that is still there; beyond the last when none is."""
    for found, _ in journal.lines_from(number):
        return found
    return journal.count + 1
