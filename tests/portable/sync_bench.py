"""A board with its journal and its shop in one process, for the tests of the sync: every step of it can fail, or be the last one.

`Shop` does what the daemon's sync does, plainly. `ShopLine` carries a message to it, or what goes wrong instead. `Board` is the
board's part of flash: what a power cut leaves, and the objects that a start makes of it.
"""

import hashlib

from cardos.cbor import encode
from cardos.crypto.ed25519 import verify
from cardos.crypto.ed25519_sign import expand_steps
from cardos.crypto.steps import finished
from cardos.offers import pack_file
from cardos.records import board_settings, certificate
from cardos.records import board_sync as sync
from cardos.records.journal_line import GENESIS, link
from terminal.clock import Clock
from terminal.fetch import board_downloads
from terminal.kept import Kept
from terminal.line import NoShop
from terminal.slices import Quiet
from terminal.sync import Sync
from tests.portable.ed25519_signer import Signer
from tests.portable.journal_bench import TERMINAL, MemoryFiles, opened

SCHEME, SERIAL = 0x5354, 70001
SECOND = 90000 * 60
SCHEME_KEY = Signer(b"scheme key of a test, no secret.")
BOARD_SEED = b"board's key of a test, no secret"
BOARD_KEY = finished(expand_steps(BOARD_SEED))
ZONES = [[0, 120], [120000, 180]]


class PowerCut(Exception):
    """The board stops here."""


def mac_of(label):
    """A stand-in for AES-CMAC: not every interpreter of these tests has AES."""
    return lambda message: hashlib.sha256(label + message).digest()[:16]


LINK_MAC = mac_of(b"link")


def run(steps):
    """The value of a coroutine that waits for nothing but the bench's clock."""
    try:
        steps.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something else than the bench's clock")


def signed_pack(number, size=5000, signer=SCHEME_KEY):
    protected, payload, message = pack_file.unsigned_pack({"format": 1, "number": number, "scheme": SCHEME, "pad": "x" * size}, SCHEME)
    return pack_file.assemble(protected, payload, signer.sign(message))


def signed_certificate(begin, signer=SCHEME_KEY, key=BOARD_KEY[2]):
    fields = {
        "format": 1, "scheme": SCHEME, "terminal": TERMINAL, "serial": SERIAL, "key": key, "from": begin, "until": begin + 1440,
        "operations": ["earn"], "amount_max": 5000, "rewards_max": {"A": 3, "B": 2, "C": 1}, "unsure_taps_max": 20, "epochs": [1],
    }  # fmt: skip
    protected, payload, message = certificate.unsigned_certificate(fields)
    return certificate.assemble(protected, payload, signer.sign(message))


def settings(number):
    return board_settings.pack_settings({"format": 1, "number": number, "shop": "Test"})


class Shop:
    """The daemon's side. lines: of the one board. offers: {what: (number, bytes)}. heard: [kind] of every request that was genuine."""

    def __init__(self):
        self.lines, self.chain, self.status = [], GENESIS, sync.OK
        self.offers, self.certificate, self.heard, self.states, self.second = {}, None, [], [], SECOND
        self.stored = None  # what it says instead of the truth
        self._offered, self._good = None, set()

    def answer(self, message):
        request = sync.open_request(LINK_MAC, message)
        assert sync.claimed(message) == (SCHEME, TERMINAL, SERIAL)
        self.heard.append((request.kind, request.what, request.offset))
        self.states.append(request.state)
        if request.kind == sync.FETCH:
            number, data = self.offers.get(request.what, (0, b""))
            piece = data[request.offset : request.offset + sync.CHUNK_SIZE] if number == request.number else b""
            return self._packed(request, sync.OK if piece else sync.REFUSED, (request.what, request.number, request.offset, piece))
        if request.kind == sync.BATCH and self.status in (sync.OK, sync.CLONED):
            self._fold(request)
        offers = {what: [self.offers[what][0], len(self.offers[what][1]), hashlib.sha256(self.offers[what][1]).digest()] for what in self.offers}
        return self._packed(request, self.status, (ZONES, offers, self.certificate))

    def _packed(self, request, status, more):
        stored = len(self.lines) if self.stored is None else self.stored
        return sync.pack_answer(LINK_MAC, request, status, 0 if status in (sync.REVOKED, sync.REFUSED) else stored, self.second, more)

    def _fold(self, request):
        before, after = request.lines_before, request.chain_before
        for line in request.lines:
            after = link(after, line)
        signed = sync.batch_message(SCHEME, TERMINAL, SERIAL, before, request.chain_before, before + len(request.lines), after)
        if (signed, request.signature) not in self._good:
            assert verify(BOARD_KEY[2], signed, request.signature), "a batch that this board did not sign"
            self._good.add((signed, request.signature))
        have = len(self.lines)
        if before > have:
            if self._offered != (before, request.chain_before):
                self._offered = (before, request.chain_before)
                return
            self.lines.extend([None] * (before - have))  # a case: these are lost
            self.chain = request.chain_before
        for place, line in enumerate(request.lines):
            if before + place < len(self.lines):
                assert self.lines[before + place] == line, "another line than before"
            else:
                self.lines.append(line)
                self.chain = link(self.chain, line)
        assert before + len(request.lines) < len(self.lines) or self.chain == after, "the chain does not fit"


class ShopLine:
    """The line between them. faults: {number of the exchange: a word}; the words are the branches of `exchange`."""

    def __init__(self, shop, step=lambda: None, faults=None):
        self.shop, self.step, self.faults = shop, step, faults or {}
        self.count, self.closed = 0, 0
        self.last = None

    async def exchange(self, message, fits=None):
        word = self.faults.get(self.count, self.faults.get("always", "good"))
        self.count += 1
        self.step()
        if word == "lost":
            raise NoShop("lost")
        answer = self.shop.answer(message)
        self.step()
        if word == "twice":
            answer = self.shop.answer(message)
        if word == "unheard":
            raise NoShop("unheard")
        if word == "garbled":
            answer = answer[:20] + bytes([answer[20] ^ 4]) + answer[21:]
        if word == "short":
            answer = answer[:-3]
        if word == "ours":
            answer = message
        answer, self.last = self.last if word == "old" and self.last else answer, answer
        assert word == "old" or fits(answer) is (word in ("good", "twice"))
        return answer

    async def close(self):
        self.closed += 1


class Vault:
    """What the sync asks of the key vault."""

    def __init__(self):
        self.scheme, self.terminal, self.serial, self.seed = SCHEME, TERMINAL, SERIAL, BOARD_SEED
        self.public = {"pack": SCHEME_KEY.public_key, "list": SCHEME_KEY.public_key, "certificate": SCHEME_KEY.public_key}
        self.link_mac = LINK_MAC


class Settings:
    sync = {"every_s": 60}


class Board:
    """One board: its files stay, its objects are made by `start`. Steps are counted; step `cut_at` is the last one of a life."""

    def __init__(self, shop):
        self.shop = shop
        self.journal_files, self.kept_files, self.fetch_files = MemoryFiles(), MemoryFiles(), MemoryFiles()
        self.steps, self.cut_at, self.now, self.news, self.slept = 0, None, 0, [], []
        self.on_sleep = self.on_step = lambda: None
        for files in (self.journal_files, self.kept_files, self.fetch_files):
            files.before = self.step
        self.start()

    def step(self, *change):
        """One thing that a power cut can come before."""
        self.on_step()
        self.steps += 1
        if self.cut_at is not None and self.steps > self.cut_at:
            raise PowerCut

    async def sleep_ms(self, ms):
        self.now += ms
        self.slept.append(ms)
        self.on_sleep()

    def ticks_ms(self):
        return self.now & 0x3FFFFFFF

    def start(self, faults=None):
        self.journal = opened(self.journal_files)
        self.kept = Kept(self.kept_files, lambda pieces: mac_of(b"store")(b"".join([bytes(piece) for piece in pieces])))
        numbers = {"settings": self._number("settings"), "pack": self._number("pack")}
        self.downloads = board_downloads(Vault(), self.kept, self.fetch_files, numbers)
        self.quiet = Quiet(self.sleep_ms)
        self.clock = Clock(lambda: self.journal.newest_minute, self.ticks_ms)
        self.line = ShopLine(self.shop, self.step, faults)
        self.sync = Sync(self.journal, Vault(), self.kept, self.clock, Settings, self.line, self.quiet, self.downloads, self.news.append,
                         None, self.random, self.ticks_ms, self.sleep_ms)  # fmt: skip

    def _number(self, what):
        data = self.kept.read(what)
        if data is None:
            return 0
        if what == "pack":
            return pack_file.open_pack(data, SCHEME_KEY.public_key, SCHEME, 0)["number"]
        return board_settings.open_settings(data)["number"]

    def random(self, count):
        self.drawn = getattr(self, "drawn", 0) + 1
        return hashlib.sha256(encode([self.drawn])).digest()[:count]

    def once(self):
        return run(self.sync.once())
