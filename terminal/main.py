"""A board's program. The launcher calls `main`: everything is opened in order, proven, and then four tasks run until the power goes:
taps, buttons, sync and the watchdog.

Flash that refuses and faults of our own restart the board, after they were shown; the journal then says what is open. What only
the shop can mend (no keys, no offers, a certificate that ended) is shown, and the board goes on asking the shop.
"""

import asyncio
import gc
import os

from cardos.cbor import decode
from cardos.errors import BadInput, StampdError
from terminal.authority import Authority
from terminal.clock import Clock
from terminal.compat import sleep_ms
from terminal.journal import SEGMENTS_MAX, Journal
from terminal.journal_segments import FlashFiles, JournalTrouble, segments_that_fit
from terminal.kept import Kept
from terminal.room import Room, forget
from terminal.signals import Signals
from terminal.slices import Quiet
from terminal.stop_list import ListedDesk, StopList
from terminal.tap_loop import TapLoop

FEED_EVERY_MS = 1000
STUCK_MS = 20000  # a loop that was not seen for so long hangs: the watchdog may bite
SHOW_TROUBLE_MS = 10000  # before a restart, so that a person can read it
ROOM_PAUSE_MS = 2000  # after a full heap
SYNC_PAUSE_MS = 60000  # after a fault of ours in the sync
HEALTHY_AFTER_MS = 5000  # a release that has run for so long is good
FALLBACK_SETTINGS = {"shop": "stampd", "language": "en", "currency": "EUR", "digits": 2, "mode": "stamp", "quiet": False, "brightness": 128}

# Wanted at the start and seldom later: they make room, and come again when they are asked for.
_AT_START = (
    "terminal.boards.which", "terminal.settings", "cardos.records.board_settings", "cardos.records.board_vault", "cardos.records.certificate",
    "cardos.records.signed", "cardos.crypto.sign1", "cardos.offers.pack_file", "cardos.offers.clock_use",
)  # fmt: skip
_OF_SELF_TEST = ("cardos.crypto.lrp", "cardos.crypto.secure_messaging")  # what it loads and a tap may never need
_NOT_NEEDED = ("display", "light", "buzzer", "buttons", "part", "heap")  # the terminal works without, or has to try


class Terminal:
    """All parts of one board, opened. root: "" on boards, a folder on a desk."""

    def __init__(self, root, board):
        self.root, self.board = root, board
        self.signals = Signals(board, FALLBACK_SETTINGS)
        self.signals.show("starting")
        self.quiet = Quiet()
        from terminal.key_vault import open_vault_file

        Room().warm()
        _make_folder(board.data)
        self.vault = open_vault_file(board.data + "/vault")
        self.kept_files = FlashFiles(board.data + "/kept")
        self.kept = Kept(self.kept_files, self.vault.store_mac_of_pieces)
        self.settings = _settings(self.kept)
        self.signals.configure(self.settings.values)
        files = FlashFiles(board.data + "/journal")
        self.journal = Journal(files, self.vault.terminal, self.vault.head_mac, segments_that_fit(files, SEGMENTS_MAX), _cards_max())
        self.stop_list = StopList(self.kept)
        self.authority = Authority(self.vault, self.kept, self.journal, self.settings, self.stop_list)
        self.clock = self.authority.clock = Clock(self.authority.floor)
        self._tell_time()
        self.authority.catch_up()
        self.pack = self._pack()
        self.sync = self._open_sync()
        self.loop = TapLoop(
            board.new_reader(), self.signals, self.vault, self.journal, self.clock, self.authority,
            lambda: ListedDesk(self.journal, self.clock.minute, self.stop_list), self.quiet, os.urandom, self.sync,
        )  # fmt: skip
        if getattr(board, "gone_every_ms", None) is not None:
            self.loop.gone_every_ms = board.gone_every_ms
            self.loop.on_gone = board.gone
        if self.sync is not None and hasattr(board, "on_network"):
            board.on_network = self.sync.hurry
        self.loop.configure(self.settings.values, self.pack)

    def _tell_time(self):
        zones = self._whole("zones", decode)
        if zones is not None:
            self.clock.tell_zones(zones)
        then = self.board.kept_time()
        if then is not None:
            self.clock.tell(then[0], then[1])

    def _pack(self):
        from cardos.offers.pack_file import trusted_pack

        return self._whole("pack", lambda data: trusted_pack(data, self.vault.scheme))

    def _whole(self, name, opened):
        """What is kept under a name, opened; None when there is none, or a damaged one: the sync brings another."""
        try:
            data = self.kept.read(name)
            return None if data is None else opened(data)
        except BadInput as trouble:  # told; a start must not end here, or the sync could mend nothing
            self.board.note("%s %s" % (trouble.message, trouble.hint))
            return None

    def _open_sync(self):
        if self.settings.sync["how"] == "none":
            return None
        from terminal.fetch import board_downloads
        from terminal.launcher import Disk, is_usable, read_slot
        from terminal.line import open_line
        from terminal.sync import Sync
        from terminal.update import Installer

        vault, board = self.vault, self.board
        disk = Disk(self.root)  # frozen firmware runs from no slot: what came into one would hide it, and is flashed over the cable
        runs_from_slot = is_usable(disk, read_slot(disk)[0])
        installer = Installer(disk, vault.public["release"], vault.scheme, board.name) if runs_from_slot else None
        numbers = {"pack": self.pack["number"] if self.pack else 0, "list": self.stop_list.number, "settings": self.settings.number}
        downloads = board_downloads(vault, self.kept, FlashFiles(board.data + "/fetch"), numbers, _check_pack, installer)
        line = open_line(self.settings.sync, vault.scheme, vault.terminal)
        return Sync(
            self.journal, vault, self.kept, self.clock, self.settings, line, self.quiet, downloads,
            news=self.take_over, connect=self._connect,
        )  # fmt: skip

    async def _connect(self):
        self.loop.make_room()  # the sync's messages are the largest things that this heap ever holds
        return await self.board.connect(self.vault.wifi)

    def take_over(self, what):
        """Something new was kept by the sync: taps go on with it from the next card. A new release, and other words with the shop, are
        for the next start."""
        if what == "pack":
            self.pack = self._pack()
        elif what == "settings":
            self.settings = self.authority.settings = _settings(self.kept)
        elif what in ("list", "certificate", "status"):
            self.authority.reload()
        elif what == "time":
            self.board.keep_time(self.clock.second_utc())
        if what in ("pack", "settings"):
            self.loop.configure(self.settings.values, self.pack)
        if what == "release":
            self.signals.show("updating")
            self.restart_wanted = True

    restart_wanted = False


def _settings(kept):
    from terminal.settings import load_settings

    return load_settings(kept)


def _check_pack(pack):
    from cardos.offers.pack import check_pack  # when a pack comes, which is seldom

    return check_pack(pack)


async def _press(terminal):
    while True:
        word = await terminal.board.buttons.next()
        try:
            terminal.loop.press(word)
        except MemoryError:  # no room for the screen; the press itself is taken
            terminal.loop.make_room()


async def _feed(terminal):
    """The watchdog's food, as long as the tap loop is seen at work; and a word on what keeps the sync from its work, once each time."""
    noted = None
    while True:
        trouble = terminal.sync.trouble if terminal.sync is not None else None
        if trouble is not None and str(trouble) != noted:
            noted = str(trouble)
            terminal.board.note("sync: %s %s" % (trouble.code, trouble))
        if terminal.board.watchdog is not None and terminal.loop.last_look_ms < STUCK_MS:
            terminal.board.watchdog.feed()
        if getattr(terminal.board, "quits", False):
            raise SystemExit(0)
        if terminal.restart_wanted and not terminal.quiet.busy:
            terminal.board.restart()
        await sleep_ms(FEED_EVERY_MS)


async def _sync(terminal):
    """The sync for ever. A fault of ours in it must not stop the taps: it is told, and the sync begins anew."""
    while True:
        try:
            await terminal.sync.run()
        except (JournalTrouble, OSError):  # the flash: taps would fail too
            raise
        except MemoryError as fault:  # a row of taps came in between: room is made, and the next batch goes out soon
            terminal.board.note("sync: MemoryError %s" % fault)
            terminal.loop.make_room()
            await sleep_ms(ROOM_PAUSE_MS)
            continue
        except Exception as fault:  # noqa: BLE001 - told; what it left is proven anew by the next sync
            terminal.board.note("sync: %s %s" % (type(fault).__name__, fault))
        await sleep_ms(SYNC_PAUSE_MS)


async def _say_healthy(root):
    await sleep_ms(HEALTHY_AFTER_MS)
    from terminal.launcher import Disk
    from terminal.update import healthy

    healthy(Disk(root))


async def _tested(terminal):
    """Whether this board computes, writes and reads as it must; what does not is shown. A part that is not there is only told."""
    from terminal import self_test

    found = await self_test.run(terminal.board, None, terminal.kept_files)
    forget(("terminal.self_test", "terminal.self_test_vectors") + tuple(_OF_SELF_TEST))
    for name, is_good, note in found:
        if not is_good:
            terminal.board.note("self-test: %s: %s" % (name, note))
    failed = [name for name, is_good, _ in found if not is_good and name not in _NOT_NEEDED]
    if failed:
        terminal.signals.show("self_test_failed", {"code": failed[0]})
    return not failed


async def run(terminal):
    """All tasks of an opened board; ends when one of them does."""
    if not await _tested(terminal):
        await sleep_ms(SHOW_TROUBLE_MS)
        terminal.board.restart()
    tasks = [terminal.loop.serve(), _feed(terminal), _say_healthy(terminal.root)]
    if terminal.board.buttons is not None:
        tasks.append(_press(terminal))
    if terminal.sync is not None:
        tasks.append(_sync(terminal))
    await asyncio.gather(*tasks)


def main(root=""):
    """Run the board in the folder `root`. Returns only on a desk that was told to quit."""
    from terminal.boards.which import open_this_board

    board = open_this_board(root + "/data")
    try:
        terminal = Terminal(root, board)
        forget(_AT_START)
        gc.collect()
        if hasattr(gc, "threshold"):
            gc.threshold(gc.mem_free() // 4)  # often and early: a heap that is swept when it is full is a heap in crumbs
        asyncio.run(run(terminal))
    except StampdError as trouble:  # nothing that a tap may go on with: shown, then everything anew
        _give_up(board, trouble.code, "%s %s" % (trouble.message, trouble.hint))
    except Exception as fault:  # noqa: BLE001 - flash that refuses, a full heap, a fault of ours: a start may help, and the journal says what is open
        _give_up(board, "FAULT", "%s %s" % (type(fault).__name__, fault))


def _give_up(board, code, text):
    Signals(board, FALLBACK_SETTINGS).show("trouble", {"code": code})
    board.note("%s: %s" % (code, text))
    asyncio.run(_wait(SHOW_TROUBLE_MS))
    board.restart()


async def _wait(ms):
    await sleep_ms(ms)


def _make_folder(path):
    try:
        os.mkdir(path)
    except OSError:  # it is there already; a folder that cannot be made shows at the first write
        os.stat(path)


def _cards_max():
    """Rows of the journal's table of cards: one for each 512 bytes of free heap, 128 to 1024."""
    gc.collect()
    free = gc.mem_free() if hasattr(gc, "mem_free") else 1 << 20
    return max(128, min(1024, free // 512 // 64 * 64))
