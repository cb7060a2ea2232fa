"""The tear suite must be able to fail: with a rule taken out, some cut of a sale breaks a promise."""

import pytest

from cardos.records.page_slots import PageSlots
from cardos.taps import settle
from host_tools.daemon.journal_desk import JournalDesk
from tests.tears.fields import SoftField
from tests.tears.flows import CUTS, flow, length_of, stand
from tests.tears.stories import Broken, Told, another_sale, cut_first, repeated


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


KNOWN_BAD = (
    (over_the_newest, "earn", repeated), (not_read_back, "earn", repeated), (an_intent_twice, "earn", another_sale), (a_guess, "redeem", another_sale),
)  # fmt: skip


@pytest.mark.parametrize("bad, name, story", KNOWN_BAD, ids=lambda value: getattr(value, "__name__", value))
def test_it_is_seen(bad, name, story, shop, staged, monkeypatch):
    one = flow(name)
    stage = staged[one.stage]
    cuts = [(number, mode) for number in range(length_of(shop, stage, one.wish)) for mode in CUTS]
    bad(monkeypatch)
    seen = 0
    for place, cut in enumerate(cuts):
        try:
            told = Told(shop, SoftField(shop, stand(shop, stage, place)), one, stage)
            story(told, cut_first(told, *cut))
        except Broken:
            seen += 1
    assert seen
