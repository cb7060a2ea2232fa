"""A driver that hangs in the middle of a write: the desk gives the tap up, and what it had promised stays in doubt."""

import threading

from cardos.errors import CardLost, ReaderLost, StampdError
from cardos.soft_cards.registry import new_card
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers.base import Link


class SoftLink(Link):
    """A soft card in the field; exchange `hangs_at` never comes back until `let_go`."""

    def __init__(self, card, hangs_at=None):
        super().__init__("lab")
        self.card, self.hangs_at = card, hangs_at
        self.hanging, self.let_go = threading.Event(), threading.Event()
        card.field_off()
        card.field_on()
        card.activate()

    def _exchange(self, frame, wait_ms):
        self._count_out(frame)
        if self.exchanges - 1 == self.hangs_at:
            self.hanging.set()
            assert self.let_go.wait(30)
            raise CardLost("came back late")
        return self.card.transceive(frame)

    def guarded(self, job):
        if self.hangs_at is None:
            return job()
        self.thread = threading.Thread(target=self._late, args=(job,), daemon=True)
        self.thread.start()
        assert self.hanging.wait(30)
        raise ReaderLost("The reader lab does not answer any more.", "Unplug it.", "READER_HANGS")

    def _late(self, job):
        try:
            job()
        except StampdError as error:
            self.late = error  # nobody listens any more


def test_a_hang_after_the_intent_is_in_doubt_and_settles(home):
    make_test_keys(home)
    card = new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6"))
    with Home.open(home) as shop:
        desk = TapDesk(shop)
        assert desk.perform(Wish(kind="issue"), SoftLink(card))["outcome"] == "done"
        link = SoftLink(card, hangs_at=6)
        answer = desk.perform(Wish(kind="sell", amount=450, sale="A"), link)
        assert (answer["outcome"], answer["sale"]) == ("in_doubt", "A")
        link.let_go.set()
        link.thread.join(30)
        answer = desk.perform(Wish(kind="sell", amount=450, sale="A"), SoftLink(card))
        assert answer["outcome"] == "done" and answer["counters"] == {"stamps": 1}
        assert answer["settled"] == [{"sale": "A", "outcome": "landed", "operation": "earn"}]


def test_a_hang_before_the_intent_changed_nothing(home):
    make_test_keys(home)
    card = new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6"))
    with Home.open(home) as shop:
        desk = TapDesk(shop)
        desk.perform(Wish(kind="issue"), SoftLink(card))
        link = SoftLink(card, hangs_at=0)
        answer = desk.perform(Wish(kind="sell", amount=450), link)
        assert (answer["outcome"], answer["refused"]) == ("refused", "READER_HANGS")
        link.let_go.set()
        link.thread.join(30)
        assert shop.store.all_doubts() == []


def test_a_refused_sale_names_no_reference_that_another_sale_will_get(home):
    make_test_keys(home)
    card = new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6"))
    with Home.open(home) as shop:
        desk = TapDesk(shop)
        refused = desk.perform(Wish(kind="sell", amount=450), SoftLink(card))
        assert (refused["outcome"], refused["sale"]) == ("not_ours", None)
        desk.perform(Wish(kind="issue"), SoftLink(card))
        refused = desk.perform(Wish(kind="sell", amount=450, redeem="free-coffee"), SoftLink(card))
        assert (refused["refused"], refused["sale"]) == ("OVERDRAW", None)
        assert desk.perform(Wish(kind="sell", amount=450, redeem="free-coffee", sale="A"), SoftLink(card))["sale"] == "A"
