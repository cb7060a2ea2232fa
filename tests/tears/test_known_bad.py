"""The tear suite must be able to fail: with a rule taken out, some cut of a sale breaks a promise."""

import pytest

from cardos.errors import StampdError
from cardos.records.backup_record import BackupRecord
from cardos.records.counted_slots import CountedSlots
from cardos.records.file_slots import FileSlots
from cardos.records.page_slots import PageSlots
from cardos.taps import settle
from host_tools.daemon.journal_desk import JournalDesk
from tests.tears import held
from tests.tears.flows import CUTS, flow, length_of
from tests.tears.stories import Broken, Idle
from tests.tears.work import case, tell


def over_the_newest(patch):
    """The new record goes where the newest stands, not into the other slot."""
    def bad(self, record):
        body = record.body()
        mac = self.record_mac.of(body, record.epoch)
        yield from self._put(self.snapshot.newest_index, body + mac, record, None)
        return mac

    patch.setattr(PageSlots, "append", bad)


def not_read_back(patch):
    """What was written is not read back: a torn or unheard write passes for done."""
    def bad(self, index, image):
        return True
        yield

    patch.setattr(PageSlots, "_reads_back", bad)
    patch.setattr("cardos.families.type2.Pages.write_surely", lambda self, page, data: self.write(page, data))


def an_intent_twice(patch):
    """A doubt is forgotten, so that the sale is made once more."""
    recall = JournalDesk.recall
    patch.setattr(JournalDesk, "recall", lambda self, family, uid: recall(self, family, uid)._replace(doubts=[]))


def a_guess(patch):
    """Whatever is in doubt is called landed."""
    one = settle._settle_one

    def bad(card, entry):
        _, record, mac = yield from one(card, entry)
        return settle.LANDED, record, mac

    patch.setattr(settle, "_settle_one", bad)


def unheard(slots):
    """An answer that was not heard passes for done: of INCR on an Ultralight AES, of the commit on a DESFire, of the write on a 424."""
    append = slots.append

    def bad(self, record):
        mac = self.mac_at(record)
        try:
            mac = yield from append(self, record)
        except StampdError:
            pass  # this is what is bad
        return mac

    def patched(patch):
        patch.setattr(slots, "append", bad)

    patched.__name__ = "unheard_%s" % slots.__name__
    return patched


def settled_before_it_is_seen(patch):
    """A redemption in doubt is settled as not landed before the card has ended its old session: what was held back lands after that."""
    recall = JournalDesk.familiar

    def bad(self, found):
        store = self._home.store
        for entry in store.all_doubts():
            store.record_outcome(entry["transaction"], "not_landed", at=self._home.at(), sequence=entry["sequence"])
        return recall(self, found)

    patch.setattr(JournalDesk, "familiar", bad)


def cuts(exchanges):
    return [(number, mode) for number in range(exchanges) for mode in CUTS]


def kept(exchanges):
    return [(number, "%s%d" % (held.MODE, then)) for number in range(exchanges) for then in (0, 1)]


KNOWN_BAD = (
    (over_the_newest, "ntag215", "earn", "repeated", cuts),
    (not_read_back, "ntag215", "earn", "repeated", cuts),
    (an_intent_twice, "ntag215", "earn", "another_sale", cuts),
    (a_guess, "ntag215", "redeem", "another_sale", cuts),
    (unheard(CountedSlots), "ultralight-aes", "earn", "another_sale", cuts),
    (unheard(FileSlots), "ntag424", "earn", "another_sale", cuts),
    (unheard(BackupRecord), "desfire-ev2", "earn", "another_sale", cuts),
    (settled_before_it_is_seen, "desfire-ev2", "redeem", "repeated", kept),
)


@pytest.mark.parametrize("bad, family, name, story, cuts", KNOWN_BAD, ids=lambda value: getattr(value, "__name__", value))
def test_it_is_seen(bad, family, name, story, cuts, shops, monkeypatch):
    shop, staged = shops(family)
    one = flow(name)
    tried = [case(name, story, number, mode, place) for place, (number, mode) in enumerate(cuts(length_of(shop, staged[one.stage], one.wish)))]
    assert _broken(shop, staged, tried) == 0
    bad(monkeypatch)
    assert _broken(shop, staged, tried)


def _broken(shop, staged, cases):
    seen = 0
    for one in cases:
        try:
            tell(shop, staged, one)
        except Broken:
            seen += 1
        except Idle:
            continue  # without the rule a tap is shorter: this cut lies behind its end
    return seen
