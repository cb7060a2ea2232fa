"""Shops and boards with one rule taken out. The month has to see each of them."""

from host_tools.boards.sync_desk import SyncDesk
from host_tools.store.boards import BoardRow, Boards
from host_tools.store.fold import Fold
from terminal.journal_desk import JournalDesk
from terminal.line import NoShop
from terminal.sync import Sync


def a_revoked_board_is_folded(patch):
    """The daemon goes on as if nobody had revoked it."""
    of, answered = Boards.of, SyncDesk._reply

    def reply(self, request):
        row = of(self.home.store.boards, request.terminal)
        if row.status == "revoked":
            with self.home.store._database.writing() as connection:
                connection.execute("UPDATE boards SET status = 'paired' WHERE terminal = ?", (request.terminal,))
        return answered(self, request)

    assert BoardRow._fields
    patch.setattr(SyncDesk, "_reply", reply)


def a_conflict_is_dropped(patch):
    """A fold that leaves out what another journal of the same identity has under the same number."""
    intent = Fold._intent

    def bad(self, fields, line, mark):
        if self._fork:
            self._line(mark, "again", b"")
            return True
        return intent(self, fields, line, mark)

    patch.setitem(Fold._fold.__globals__["_FOLDS"], 1, bad)
    patch.setattr(Fold, "_intent", bad)


def freed_without_a_receipt(patch):
    """A board that takes a request that was carried for one that was answered."""
    once = Sync.once

    async def bad(self):
        try:
            return await once(self)
        except NoShop:
            self._journal.stored_up_to(self._journal.count)
            self._place = self._journal.count
            raise

    patch.setattr(Sync, "once", bad)


def a_receipt_for_everything(patch):
    """A board that believes a receipt beyond what it sent."""
    take = Sync._take_receipt

    def bad(self, stored, before, last, done):
        take(self, stored, before, last, done)
        self._journal.stored_up_to(self._journal.count)
        self._place = self._journal.count

    patch.setattr(Sync, "_take_receipt", bad)


def a_doubt_forgotten(patch):
    """A board that takes what it did not hear for done."""
    intend = JournalDesk.intend

    def bad(self, entry):
        intend(self, entry)
        self._journal.outcome(entry["transaction"], 0, entry["sequence"], bytes(4), {}, entry["minute"])

    patch.setattr(JournalDesk, "intend", bad)
    patch.setattr(JournalDesk, "finish", lambda self, outcome: None)


KNOWN_BAD = (a_revoked_board_is_folded, a_conflict_is_dropped, freed_without_a_receipt, a_receipt_for_everything, a_doubt_forgotten)
