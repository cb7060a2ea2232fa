"""The shop's stop lists: signed files `lists/<number>.stamplist`, made from the register. A new number whenever what they say changes."""

import logging
import os
from datetime import timezone
from pathlib import Path

from cardos.errors import BadInput, StampdError
from cardos.records import stop_list
from cardos.records.fields import family_number, minute_number

log = logging.getLogger("stampd.boards")

FOLDER = "lists"
SUFFIX = ".stamplist"
AHEAD_MAX = 10000
AHEAD_MIN = 10


class StopLists:
    """The stop list of one home. Not for two threads at once: `Shelf` takes care of that."""

    def __init__(self, home):
        self._home = home
        self._folder = Path(home.path) / FOLDER
        self._newest = None  # (`StopList`, bytes)

    def current(self):
        """(number, bytes) of the list as the register stands now. BadInput (LIST_NOT_WRITTEN) when a new one cannot be kept."""
        home = self._home
        cards, terminals = home.store.boards.stopped()
        terminals = tuple(terminals)[-stop_list.TERMINALS_MAX :]
        rows = dict.fromkeys(stop_list.card_entry(family_number(family), uid) for family, uid in cards)
        table = stop_list.make_table(list(rows)[: stop_list.CARDS_MAX])
        lowest = max(home.keys.epochs[0], home.keys.epoch - 1)
        newest, data = self._read()
        is_ahead = newest is not None and newest.minute > _minute(home) + AHEAD_MIN  # made while this machine's clock was wrong
        if newest is not None and not is_ahead and (newest.terminals, newest.lowest_epoch, newest.table) == (terminals, lowest, table):
            return newest.number, data
        if len(rows) > stop_list.CARDS_MAX:
            log.warning("%d cards are stopped; the list takes the newest %d, the others carry their own flag", len(rows), stop_list.CARDS_MAX)
        number = self._above(max([newest.number if newest else 0, *self._numbers()])) + 1
        wanted = stop_list.StopList(home.keys.scheme, number, _minute(home), terminals, lowest, table)
        protected, payload, message = stop_list.unsigned_stop_list(wanted)
        data = stop_list.assemble(protected, payload, home.keys.sign(stop_list.KEY_PURPOSE, message))
        self._write(number, data)
        self._newest = wanted, data
        return number, data

    def _above(self, own):
        """The highest number of a list that some board has: a home that lost its lists goes on above it. A revoked board's word counts for
        nothing, and no board's word more than `AHEAD_MAX` numbers above the home's own: whoever said u32's last number ended all lists."""
        boards, highest = self._home.store.boards, own
        for row in boards.all():
            said = (row.state or {}).get("list", 0)
            if row.status != "revoked" and said > own:
                if is_believed(said, own):
                    highest = max(highest, said)
                else:
                    boards.suspect(row.terminal, "BOARD_LIST_NUMBER", {"says": said}, self._home.at())
        return highest

    def _numbers(self):
        return sorted(int(path.stem) for path in self._folder.glob("*" + SUFFIX) if path.stem.isdigit())

    def _read(self):
        """(`StopList`, bytes) of the newest list that was kept here; (None, b"") when there is none that is ours."""
        if self._newest is None:
            keys = self._home.keys
            for number in reversed(self._numbers()):
                try:
                    data = (self._folder / ("%d%s" % (number, SUFFIX))).read_bytes()
                    self._newest = stop_list.open_stop_list(data, keys.public_key(stop_list.KEY_PURPOSE), keys.scheme, number), data
                    break
                except (OSError, StampdError) as error:  # damaged on disk: the next number is made, which boards take
                    log.warning("stop list %d cannot be read (%s)", number, type(error).__name__)
        return self._newest or (None, b"")

    def _write(self, number, data):
        path = self._folder / ("%d%s" % (number, SUFFIX))
        write_whole(path, data, "LIST_NOT_WRITTEN")


def write_whole(path, data, code):
    """Makes `data` a file's content, durable when it returns. BadInput with `code`."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(exist_ok=True)
        with open(new, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise BadInput("%s could not be written (%s)." % (path, error.strerror), "Make room or correct its rights.", code) from error


def is_believed(said, own):
    """True when a board may say that it has a list, or settings, of this number. own: the highest that this home knows of itself."""
    return said <= own + AHEAD_MAX


def _minute(home):
    utc = home.clock().astimezone(timezone.utc)
    return max(minute_number(utc.year, utc.month, utc.day, utc.hour, utc.minute), home.store.newest_minute())
