"""One board of the simulation: the firmware's own parts on a flash in RAM, its tap loop, its sync; only chip, display and network are made here."""

from cardos.cbor import decode, encode
from cardos.errors import StampdError
from cardos.exchange import UNKNOWN_CARD
from cardos.offers.pack import check_pack
from cardos.offers.pack_file import trusted_pack
from cardos.records.board_vault import open_vault
from host_tools.boards import register
from host_tools.boards.provisioning import store_key, vault_bytes
from host_tools.readers.soft import SoftReader
from terminal.authority import Authority
from terminal.clock import Clock
from terminal.fetch import board_downloads
from terminal.journal import Journal
from terminal.journal_desk import JournalDesk
from terminal.kept import Kept
from terminal.key_vault import KeyVault
from terminal.settings import load_settings
from terminal.slices import Quiet
from terminal.stop_list import ListedDesk, StopList
from terminal.sync import Sync
from terminal.tap_loop import TapLoop
from tests.portable.sync_bench import run
from tests.simulation.boards.flash import Flash, PowerCut

TICKS = 0x3FFFFFFF
DONE = ("earned", "redeemed", "undone", "offer")  # words after which the customer has it
CARDS_MAX = 48


class Board:
    """world: `world.World`. label: how its owner calls it; two of one terminal have two labels. vault: bytes; image: of another's flash.

    `told`: the words of its display since it was made. An honest board becomes a thief's by `is_stolen`, a forger's by `forges`.
    """

    def __init__(self, world, label, vault, image=None, segments_max=40):
        self.world, self.label, self.vault_bytes = world, label, vault
        self.terminal = open_vault(vault)["terminal"]
        self.flash, self.told = Flash(image), []
        self.is_stolen = self.forges = False
        self._segments_max = segments_max
        self.starts = 0

    @classmethod
    def provisioned(cls, world, label, seed, **more):
        """A new board of the shop, with what its cable brings it. seed: 32 bytes of its signing key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        home, public = world.home, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        pairing = register.pair(home, label, public)._replace(seed=seed)
        store = store_key(home.keys, pairing.terminal, pairing.serial)
        board = cls(world, label, vault_bytes(home.keys, pairing, store, None), **more)
        kept, load = board._kept(), register.first_load(home, pairing.terminal)
        for name in ("pack", "list", "settings", "certificate"):
            kept.keep(name, load[name])
        kept.keep("zones", encode(load["zones"]))
        board.start()
        return board

    def _kept(self):
        self.vault = KeyVault(open_vault(self.vault_bytes))
        return Kept(self.flash.folders["kept"], self.vault.store_mac_of_pieces)

    # Its life

    def start(self, told_second=None, age_s=0):
        """Power comes: every object anew from flash, as `terminal.main` makes them. told_second: of a clock that ran on, or None."""
        self.starts += 1
        folders = self.flash.folders
        self.kept = self._kept()
        self.settings = load_settings(self.kept)
        self.journal = Journal(folders["journal"], self.terminal, self.vault.head_mac, self._segments_max, CARDS_MAX)
        assert not self.journal.troubles, (self.label, self.journal.troubles)
        self.stop_list = StopList(self.kept)
        self.authority = Authority(self.vault, self.kept, self.journal, self.settings, self.stop_list)
        self.clock = self.authority.clock = Clock(self.authority.floor, self._ticks)
        self.clock.tell_zones(decode(self.kept.read("zones")))
        if told_second is not None:
            self.clock.tell(told_second, age_s)
        self.authority.catch_up()
        self.quiet = Quiet(self._sleep_ms)
        pack = trusted_pack(self.kept.read("pack"), self.vault.scheme)
        numbers = {"pack": pack["number"], "list": self.stop_list.number, "settings": self.settings.number}
        downloads = board_downloads(self.vault, self.kept, folders["fetch"], numbers, check_pack)
        self.sync = Sync(
            self.journal, self.vault, self.kept, self.clock, self.settings, self.world.wire.open(self.terminal), self.quiet, downloads,
            self._news, None, self.world.bytes, self._ticks, self._sleep_ms,
        )  # fmt: skip
        self.chip = SoftChip()
        self.loop = TapLoop(self.chip, self, self.vault, self.journal, self.clock, self.authority, self._new_desk, self.quiet, self.world.bytes, self.sync)
        self.loop.gone_every_ms = 0
        self.loop.configure(self.settings.values, pack)

    def _ticks(self):
        return self.world.ms & TICKS

    async def _sleep_ms(self, ms):
        pass

    def _news(self, what):
        if what in ("list", "certificate", "status"):
            self.authority.reload()

    def _new_desk(self):
        kind = _ForgingDesk if self.forges else _WatchedDesk
        self._desk = kind(self.journal, self.clock.minute, self.stop_list)
        self._desk.board = self
        return self._desk

    def rest(self):
        """A quiet moment: the clock is looked at, the journal keeps house."""
        self.clock.minute()
        if not self.forges:
            self.journal.rest()

    # Its display

    def configure(self, settings):
        """What `Signals` does with settings is not looked at here."""

    def show(self, word, facts=None):
        """The display says a word: from "done" words on the customer has it."""
        if word not in ("idle", "reading"):
            self.told.append(word if word != "trouble" else "trouble " + facts["code"])

    # What people do with it

    def tap(self, card, wish=None, tear=None, cut=None):
        """One presentation through the tap loop; the word told, None when the power went. tear: (exchange, mode). cut: as `Flash.cut_at`,
        or "chip": the power goes with the tear."""
        self._desk, before = None, len(self.told)
        if wish is not None and self.loop.wish.special != wish:
            self.loop.press(wish)
        if cut is not None and cut != "chip":
            self.flash.cut_at(*cut)
        try:
            self.chip.put(card, tear, cut == "chip")
            run(self.loop.serve())
        except _Enough:
            word = self.told[-1] if len(self.told) > before else None
            if word in DONE and self._desk is not None and self._desk.intended is not None:
                self.world.was_told(self, self._desk.intended)
            return word
        except PowerCut:
            return None
        finally:
            self.chip.remove()
            self.flash.forget_cut()
            if wish is not None:
                self.loop.wish.clear()

    def once(self):
        """One sync; the trouble that ended it, or None. PowerCut passes."""
        try:
            run(self.sync.once())
        except StampdError as trouble:  # as `Sync.run` does: later again
            return trouble
        return self.sync.trouble

    @property
    def waits(self):
        """Lines that the shop has not confirmed."""
        return self.journal.count - self.journal.stored


class _WatchedDesk(ListedDesk):
    """The board's own desk; the world hears of each intent before it is durable."""

    board = None

    def intend(self, entry):
        self.board.world.intends(self.board.label, entry)
        super().intend(entry)


class _ForgingDesk(JournalDesk):
    """Of a thief who took the journal out: keys are asked, nothing is remembered."""

    board = None

    def __init__(self, journal, minute, stop_list):
        super().__init__(journal, minute)

    def familiar(self, found):
        return found

    def recall(self, family, uid):
        return UNKNOWN_CARD

    def intend(self, entry):
        self.board.world.intends(self.board.label + ", forging", entry)

    def settle(self, settled):
        pass

    land = case = finish = settle


class _Enough(Exception):
    """The one card of this presentation is gone."""


class SoftChip:
    """A reader chip for the tap loop, over a soft card, without any wire."""

    def __init__(self):
        self.card = self._link = None
        self._reader, self._is_found, self._dies = None, False, False

    def put(self, card, tear, dies):
        """Lay a card on it for one presentation."""
        self._reader, self._is_found, self._dies = SoftReader(), False, dies
        if tear is not None:
            self._reader.pull_after(*tear)
        self._reader.put(card)

    def remove(self):
        """Take it away."""
        if self._reader is not None:
            self._reader.remove()
            self._reader = None

    async def start(self):
        pass

    async def find(self, wait_ms):
        if self._is_found:
            raise _Enough
        self._is_found = True
        self._link = self._reader.wait_for_card(0)
        self.card = None if self._link is None else self._link.presented(True)
        return self.card

    async def exchange(self, frame, wait_ms):
        try:
            return self._link.exchange(frame, wait_ms)
        except StampdError:
            if self._dies:  # not the card left: the board's plug was pulled
                raise PowerCut from None
            raise

    async def is_present(self):
        return False
