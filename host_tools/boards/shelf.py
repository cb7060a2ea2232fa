"""What boards fetch from the shop: the pack that runs, the stop list, their settings, a release. Each as (number, bytes), signed or canonical."""

import hashlib
import logging
import threading
from pathlib import Path

from cardos.errors import BadInput, StampdError
from cardos.records import release
from cardos.records.board_sync import PACK, RELEASE, SETTINGS, STOP_LIST
from host_tools.boards.board_settings import settings_of
from host_tools.boards.stop_lists import StopLists

log = logging.getLogger("stampd.boards")

FOLDER = "boards"  # in the home
RELEASE_FILE = "release.stampdrelease"


class Shelf:
    """The things of one home. Any thread may ask."""

    def __init__(self, home):
        self._home = home
        self._lock = threading.Lock()
        self._lists = StopLists(home)
        self._pack: tuple = (None, b"")
        self._release: tuple = (None, None)

    def of(self, what, terminal):
        """(number, bytes) of a thing as this board may have it, or None when there is none. BadInput SETTINGS, PACK_…."""
        with self._lock:
            found = _THINGS.get(what)
            return found(self, terminal) if found else None

    def offers(self, terminal):
        """{what: [number, size, SHA-256]} of everything there is for a board. One thing that is wrong takes no other away."""
        offered = {}
        for what in _THINGS:
            try:
                thing = self.of(what, terminal)
            except StampdError as trouble:  # a file of the owner's is wrong: the board keeps what it has of this
                log.warning("no %s is offered to board %d: %s %s", what, terminal, trouble.message, trouble.hint)
                continue
            if thing is not None:
                offered[what] = [thing[0], len(thing[1]), hashlib.sha256(thing[1]).digest()]
        return offered

    def _of_pack(self, terminal):
        from host_tools.offers.signing import sign_pack

        pack = self._home.packs.current()
        if self._pack[0] is not pack:
            self._pack = (pack, sign_pack(pack, self._home.keys))
        return pack["number"], self._pack[1]

    def _of_list(self, terminal):
        return self._lists.current()

    def _of_settings(self, terminal):
        return settings_of(self._home, terminal)

    def _of_release(self, terminal):
        path = Path(self._home.path) / FOLDER / RELEASE_FILE
        try:
            about = path.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            if self._release[0] != stamp:
                self._release = (stamp, _numbered(path.read_bytes()))
        except (OSError, BadInput):  # no release was made, or it is damaged: boards keep what they have
            return None
        return self._release[1]


def _numbered(blob):
    """(number, blob) of a release. BadInput RELEASE_DAMAGED."""
    size = release.manifest_size(blob)
    return release.trusted_release(blob[release.LENGTH_SIZE : release.LENGTH_SIZE + size])["number"], blob


_THINGS = {PACK: Shelf._of_pack, STOP_LIST: Shelf._of_list, SETTINGS: Shelf._of_settings, RELEASE: Shelf._of_release}
