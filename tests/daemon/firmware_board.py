"""A board with the firmware's own sync beside a till: real keys, a real journal, real taps; its line is the caller's."""

import os
from collections import namedtuple

from cardos.crypto.cmac import Cmac
from terminal.clock import Clock
from terminal.fetch import board_downloads
from terminal.kept import Kept
from terminal.line import NoShop
from terminal.slices import Quiet
from terminal.sync import Sync
from tests.daemon.soft_board import SoftBoard
from tests.portable.journal_bench import MemoryFiles
from tests.portable.sync_bench import run

Vault = namedtuple("Vault", ["scheme", "terminal", "serial", "seed", "public", "link_mac"])


class Settings:
    sync = {"every_s": 60}


class Wire:
    """Carries messages to a desk; loses the request, or the answer, when told so."""

    def __init__(self, desk):
        self.desk, self.loses = desk, None

    async def exchange(self, message, fits=None):
        loses, self.loses = self.loses, None
        answer = None if loses == "request" else self.desk.answer(message)
        if answer is None or loses == "answer":
            raise NoShop("The shop was not reached.", "", "SHOP_NOT_REACHED")
        assert fits is None or fits(answer)
        return answer

    async def close(self):
        pass


class Firmware(SoftBoard):
    """A board with the firmware's sync. line(scheme, terminal): its way to the shop; None: straight to the desk, as `wire`."""

    def __init__(self, home, desk, line=None, **more):
        super().__init__(home, desk.answer, **more)
        keys, pairing = home.keys, self.pairing
        public = {purpose: keys.public_key(purpose) for purpose in ("pack", "list", "certificate", "release")}
        self.vault = Vault(keys.scheme, pairing.terminal, pairing.serial, pairing.seed, public, self.mac)
        self.kept = Kept(MemoryFiles(), lambda pieces: Cmac(bytes(16)).of(b"".join(bytes(piece) for piece in pieces)))
        self.wire, self.news, self.now = line(keys.scheme, self.terminal) if line else Wire(desk), [], 0
        self.clock = Clock(lambda: self.journal.newest_minute, lambda: self.now & 0x3FFFFFFF)
        downloads = board_downloads(self.vault, self.kept, MemoryFiles(), {})
        self.firmware = Sync(
            self.journal, self.vault, self.kept, self.clock, Settings, self.wire, Quiet(self.sleep_ms), downloads, self.news.append, None,
            os.urandom, lambda: self.now & 0x3FFFFFFF, self.sleep_ms,
        )  # fmt: skip

    async def sleep_ms(self, ms):
        self.now += ms

    def once(self):
        return run(self.firmware.once())
