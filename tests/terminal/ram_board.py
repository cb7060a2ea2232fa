"""A board on CPython, whole but for its chip's wires: the firmware's own tap loop, journal, vault, authority and clock, with flash in memory,
time that only passes when somebody waits, and soft cards in the chip's place.

    board = RamBoard(Flash.of(home, "counter"), time)    with ticking() as time
    board.power()
    word, facts = board.hold(card)                       one card, until the board has said what became of it
    board.hold(card, Mishap(5, "answer-lost", None))     torn at exchange 5
    board.hold(card, Mishap(5, "half", board.cut))       the power goes there: None, and `power` starts it again

The loop is one coroutine that is driven by hand: it stands still where the chip looks for a card and none is there.
"""

import errno
import types
from collections import namedtuple
from contextlib import contextmanager

import pytest

from cardos.crypto.cmac import Cmac
from cardos.errors import CardLost
from cardos.exchange import ISO_DEP, kind_of_sak
from cardos.offers.pack_file import trusted_pack
from cardos.records.board_vault import open_vault
from cardos.records.kept_file import pack_kept
from cardos.soft_cards.noise import Noise
from host_tools.boards.demo.spot import LaidCard
from host_tools.boards.provisioning import store_key, vault_bytes
from host_tools.boards.register import first_load, pair
from host_tools.soft_hardware.faces import pn532_face
from terminal import presentation, tap_loop
from terminal.authority import Authority
from terminal.clock import Clock
from terminal.journal import Journal
from terminal.journal_segments import JournalTrouble
from terminal.kept import Kept
from terminal.key_vault import KeyVault
from terminal.nfc_chips.selected import Selected
from terminal.settings import load_settings
from terminal.slices import Quiet
from terminal.stop_list import ListedDesk, StopList
from terminal.tap_loop import TapLoop

BETWEEN = ("idle", "reading", "amount", "reader_gone")
ACK = b"\x0a"
TICKS = 0x3FFFFFFF

Said = namedtuple("Said", ["word", "facts"])


class PowerCut(BaseException):
    """The board's power is gone: nothing of the firmware may catch it."""


class RamFiles:
    """`journal_segments.FlashFiles` in memory. cut_at: number of the write, from 0, at which the power goes; cut_after: it is there then.
    fails: None, or the errno with which that write is refused instead."""

    def __init__(self, content=None):
        self.content = dict(content or {})
        self.writes = 0
        self.cut_at, self.cut_after, self.fails = None, False, None

    def names(self):
        return list(self.content)

    def read(self, name, offset=0, size=-1):
        if name not in self.content:
            raise OSError(errno.ENOENT, name)
        data = self.content[name][offset:]
        return data if size < 0 else data[:size]

    def create(self, name, data):
        self._write(name, bytes(data))

    def append(self, name, data):
        self._write(name, self.content.get(name, b"") + bytes(data))

    def replace(self, name, pieces):
        self._write(name, b"".join(map(bytes, pieces)))

    def remove(self, name):
        self._write(name, None)

    def free_bytes(self):
        return 1 << 20

    def _write(self, name, data):
        number, self.writes = self.writes, self.writes + 1
        is_cut = number == self.cut_at
        if is_cut and self.fails is not None:
            raise OSError(self.fails, name)
        if not is_cut or self.cut_after:
            if data is None:
                del self.content[name]
            else:
                self.content[name] = data
        if is_cut:
            raise PowerCut()


class Flash:
    """What lies in a board's flash: vault fields, kept files and journal, {name: bytes} each."""

    def __init__(self, vault, kept, journal):
        self.vault, self.kept, self.journal = vault, kept, journal

    @classmethod
    def of(cls, home, name):
        """As `stampd board provision` leaves it; the home takes the board in."""
        pairing = pair(home, name)
        store = store_key(home.keys, pairing.terminal, pairing.serial)
        load = first_load(home, pairing.terminal)
        kept = {what: pack_kept(Cmac(store).of, what, load[what]) for what in ("pack", "list", "settings", "certificate")}
        return cls(open_vault(vault_bytes(home.keys, pairing, store, None)), kept, {})

    def copy(self):
        return Flash(self.vault, dict(self.kept), dict(self.journal))


class Time:
    """Milliseconds that pass while somebody waits, and with each exchange."""

    def __init__(self):
        self.ms = 1000

    def ticks_ms(self):
        return self.ms & TICKS

    async def sleep_ms(self, ms):
        self.ms += ms


@contextmanager
def ticking():
    """The firmware's loop reads this `Time` meanwhile."""
    time = Time()
    with pytest.MonkeyPatch.context() as patch:
        for module in (tap_loop, presentation):
            patch.setattr(module, "ticks_ms", time.ticks_ms)
        patch.setattr(tap_loop, "sleep_ms", time.sleep_ms)
        yield time


@types.coroutine
def _stand_still():
    yield


class SoftChip:
    """A reader chip (terminal/nfc_chips) whose field is `laid`: a `LaidCard`, or None. It does with a card what the PN532 driver does."""

    def __init__(self, time):
        self._time = time
        self.laid = self.card = None
        self._fell_to_idle = self._is_dead = False

    async def start(self):
        """Nothing to set up."""

    async def find(self, wait_ms):
        self.card = None
        if self.laid is None:
            self._time.ms += wait_ms
            await _stand_still()
        if self.laid is None:
            return None
        self.laid.field_off()
        self.laid.field_on()
        found = self.laid.activate(False)
        if found is None:
            return None
        kind = kind_of_sak(found.sak)
        self._fell_to_idle = self._is_dead = False
        self.card = Selected(bytes(found.uid), found.sak, b"", bytes(found.ats or b"") if kind == ISO_DEP else b"", kind)
        return self.card

    async def exchange(self, frame, wait_ms):
        self._time.ms += 3
        laid = self.laid
        if self._is_dead or laid is None or self._fell_to_idle and laid.activate() is None:
            self._is_dead = True
            raise CardLost("The card left the reader.", "")
        self._fell_to_idle = False
        answer = laid.transceive(bytes(frame))
        if not answer or laid.answer_was_cut:
            self._is_dead = True
            raise CardLost("The card did not answer.", "")
        self._fell_to_idle = self.card.kind != ISO_DEP and len(answer) == 1 and answer != ACK
        return bytes(answer)

    async def is_present(self):
        """After an answer the hand takes the card away."""
        if self.laid is not None:
            self.laid.take_away()
            self.laid = None
        return False


class Heard:
    """The signals: what the board said, in order."""

    def __init__(self):
        self.said = []

    def configure(self, settings):
        """No words to choose."""

    def show(self, word, facts=None):
        self.said.append(Said(word, dict(facts or {})))


class RamBoard:
    """One board with its flash. time: the `Time` that `terminal.tap_loop` reads. seed: of the random numbers that it draws."""

    def __init__(self, flash, time, seed=1):
        self.flash, self.time, self._seed = flash, time, seed
        self.loop = None
        self.exchanges = 0  # of the last presentation

    def power(self, told=True):
        """Start it. told: the shop has told it the time since: what `time` says, counted from its certificate's first minute."""
        self.journal_files = RamFiles(self.flash.journal)
        self.flash.journal = self.journal_files.content
        self.kept_files = RamFiles(self.flash.kept)
        self.flash.kept = self.kept_files.content
        self.vault = KeyVault(self.flash.vault)
        kept = Kept(self.kept_files, self.vault.store_mac_of_pieces)
        self.journal = Journal(self.journal_files, self.vault.terminal, self.vault.head_mac)
        settings, stop_list = load_settings(kept), StopList(kept)
        authority = Authority(self.vault, kept, self.journal, settings, stop_list)
        clock = authority.clock = Clock(authority.floor, self.time.ticks_ms)
        if told:
            clock.tell(authority.certificate["from"] * 60 + self.time.ms // 1000)
        self.chip, self.heard = SoftChip(self.time), Heard()
        self.loop = TapLoop(
            self.chip, self.heard, self.vault, self.journal, clock, authority,
            lambda: ListedDesk(self.journal, clock.minute, stop_list), Quiet(self.time.sleep_ms), Noise(self._seed).take,
        )  # fmt: skip
        self.loop.configure(settings.values, trusted_pack(kept.read("pack"), self.vault.scheme))
        self._serving = self.loop.serve()
        self._serving.send(None)

    def cut(self):
        """Its power goes now. For `Mishap.then`."""
        raise PowerCut()

    def fill_heap(self):
        """Its heap is full now. For `Mishap.then`."""
        raise MemoryError()

    def press(self, word):
        self.loop.press(word)

    def hold(self, card, mishap=None):
        """Hold a card to the reader until the board has said what became of it: `Said`, or None when the power went; then it is off."""
        before = len(self.heard.said)
        laid = self.chip.laid = LaidCard(pn532_face(card), mishap)
        try:
            self._serving.send(None)
        except (PowerCut, JournalTrouble):  # flash that refuses ends the program, which then starts again
            self._serving.close()
            self.loop = None
        finally:
            card.field_off()
        self.exchanges = laid.exchanges
        told = [said for said in self.heard.said[before:] if said.word not in BETWEEN]
        assert len(told) <= 1, told
        return told[0] if told else None

    @property
    def is_on(self):
        return self.loop is not None
