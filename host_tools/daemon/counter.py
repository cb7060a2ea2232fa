"""The counter: one thread for each reader. A card comes, and the waiting wish is done with it.

Without a wish: a card with a doubt is settled; else it is shown, or stamped where the shop taps alone. The thread blocks in
the reader and is woken by cards, wishes and the end only. No trouble of a card or a reader ends it.
A wish that comes while a card lies there takes that card: an explicit sale is a sale.
"""

import logging
import threading
import time

from cardos.errors import ReaderLost, StampdError
from host_tools.daemon.answers import refusal
from host_tools.daemon.settlement import settle_card
from host_tools.daemon.wishes import Wish
from host_tools.readers.base import CARD, EMPTY, GONE

log = logging.getLogger("stampd.counter")

_PAUSE_FIRST_S, _PAUSE_MAX_S = 0.5, 30.0  # after trouble: soon at first, then a dead reader costs two wake-ups a minute
_FAULT = "stampd made a mistake with this card and wrote it to its log."
_FAULT_HINT = "Present the card to see what it holds, then repeat the same sale."
_STAMPS = ("earn", "redeem")
_ALREADY_STAMPED = "Stamped a moment ago: this tap gave no second stamp."


class Counter:
    """One reader at work. `start` it, `stop` it from another thread."""

    def __init__(self, shop, reader):
        self.shop = shop
        self.reader = reader
        self.name = reader.name
        self.state = EMPTY
        self.card = None
        self._nudge = threading.Event()
        self._stopping = threading.Event()
        self._stamped = {}  # uid: monotonic seconds of its last stamp in tap-alone mode
        self._thread = threading.Thread(target=self._run, name="counter " + self.name, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self, wait_s=5.0):
        """Ends the thread; a tap at work is finished first. Returns False when it did not end in time."""
        self._stopping.set()
        self.nudge()
        if self._thread.ident is not None:  # a wish may be refused before its own reader went to work
            self._thread.join(wait_s)
        self.reader.close()
        return not self._thread.is_alive()

    def nudge(self):
        """A wish came, or the end: look again."""
        self._nudge.set()
        self.reader.wake()

    def shape(self):
        """{"name", "kind", "state", "card"}"""
        return {"name": self.name, "kind": self.reader.kind, "state": self.state, "card": self.card}

    def set_state(self, state, card=None):
        """Publish what the reader is doing, when it changed."""
        if (state, card) != (self.state, self.card):
            self.state, self.card = state, card
            self.shop.hub.publish("reader", self.shape())

    def _run(self):
        pause_s = _PAUSE_FIRST_S
        while not self._stopping.is_set():
            try:
                self._one_presentation()
                pause_s = _PAUSE_FIRST_S
            except StampdError as trouble:
                log.warning("%s: %s", self.name, trouble.message)
                if isinstance(trouble, ReaderLost):
                    self.set_state(GONE)
                self._stopping.wait(pause_s)
                pause_s = min(_PAUSE_MAX_S, pause_s * 2)
            except Exception:  # a fault of ours must not end the till: it is logged whole, and the next card is served
                log.exception("%s: a fault while serving a card", self.name)
                self._stopping.wait(pause_s)
                pause_s = min(_PAUSE_MAX_S, pause_s * 2)

    def _one_presentation(self):
        self._nudge.clear()
        if self._stopping.is_set():
            return
        if self.state == GONE:
            self.set_state(self.reader.status()[0])
        link = self.reader.wait_for_card(None, self._nudge)
        if link is None:
            return
        self._arrived(link)
        try:
            with link:
                self._serve(link)
            self._while_it_lies()
        finally:
            self._left()

    def _arrived(self, link):
        self.set_state(CARD, {"uid": link.uid.hex().upper() if link.uid else None})
        self._publish_card({"outcome": "reading", "message": "", "hint": "", "refused": None, "face": None})

    def _left(self):
        self.set_state(EMPTY)
        self.shop.hub.publish("card", {"present": False, "reader": self.name, "face": None, "outcome": None, "message": "", "hint": "", "refused": None})

    def _while_it_lies(self):
        """Until the card leaves; wishes that come meanwhile take it."""
        while not self._stopping.is_set():
            self._nudge.clear()
            intent = self.shop.intents.take(self.name)
            if intent is None:
                if self.reader.wait_for_removal(None, self._nudge):
                    return
                continue
            link = self._the_same_card()
            if link is None:
                self.shop.intents.give_back(intent)
                return
            with link:
                self._perform(intent, link)

    def _the_same_card(self):
        """A new link to the card that lies here, or None when it left."""
        if self.reader.wait_for_removal(0):
            return None
        return self.reader.wait_for_card(0)

    def _serve(self, link):
        intent = self.shop.intents.take(self.name)
        if intent is not None:
            self._perform(intent, link)
        else:
            self._without_wish(link)

    def _perform(self, intent, link):
        try:
            self.shop.perform(intent.wish, link, tracing=intent.tracing, on_answer=lambda answer: self._finish(intent, answer))
        except BaseException:
            if intent.answer is None:
                self.shop.intents.finish(intent, refusal("FAULT", intent.wish.kind, intent.wish.sale, message=_FAULT, hint=_FAULT_HINT))
            raise

    def _finish(self, intent, answer):
        """The answer stands: everybody hears it now, whatever is still written behind the record."""
        self.shop.intents.finish(intent, answer)
        if answer["outcome"] == "done" and answer["operation"] in _STAMPS:
            row = self.shop.home.store.card_by_number(answer["card_number"])
            if row is not None:  # the same card alone, a moment later, is no second sale
                self._note_stamp(row.uid.hex().upper())
        self._tell(answer)
        self.shop.intents.settle()

    def _without_wish(self, link):
        answer = self.shop.perform(Wish(kind="show"), link)
        doubt = answer.get("in_doubt")
        if doubt is not None or self._unfinished_issue(link, answer):
            uid = answer.get("uid") or (link.uid.hex().upper() if link.uid else None)
            answer = self._settle(link, answer)
            if any(item["outcome"] == "landed" and item["operation"] in _STAMPS for item in answer["settled"]):
                self._note_stamp(uid)
        elif self.shop.home.settings.tap_alone == "stamp" and answer["outcome"] == "done":
            self._stamp(link, answer)
            return
        self._tell(answer)

    def _unfinished_issue(self, link, shown):
        """An issue that was cut shows a blank card; only its UID tells that it is ours."""
        if link.uid is None or shown["outcome"] == "done":
            return False
        return any(entry["operation"] == "issue" and entry["uid"] == link.uid.hex() for entry in self.shop.home.store.all_doubts())

    def _settle(self, link, shown):
        doubt = shown.get("in_doubt")
        if doubt is None or doubt["operation"] == "issue":  # an issue is finished by the same wish, nothing else
            answer = self.shop.perform(Wish(kind="issue"), link)
            self.shop.intents.settle()
            return answer
        with self.shop.tap_lock:
            face, desk = settle_card(self.shop.home, link)
        told = self.shop.intents.settle(face)
        answer = told[-1] if told else self.shop.perform(Wish(kind="show"), link)
        answer["settled"] = desk.settled
        return answer

    def _stamp(self, link, shown):
        settings, now = self.shop.home.settings, time.monotonic()
        last = self._stamped.get(shown["uid"])
        if last is not None and now - last < settings.double_tap_guard_s:
            shown["message"], shown["hint"] = _ALREADY_STAMPED + " " + shown["message"], ""
            self._tell(shown)
            return
        if not settings.quick_amounts:
            self._tell(shown)
            return

        def stamped(answer):
            if answer["outcome"] == "done":
                self._note_stamp(shown["uid"])
            self._tell(answer)

        self.shop.perform(Wish(kind="sell", amount=settings.quick_amounts[0]), link, on_answer=stamped)

    def _note_stamp(self, uid):
        """From now on the guard counts for this card."""
        now, guard_s = time.monotonic(), self.shop.home.settings.double_tap_guard_s
        self._stamped = {known: at for known, at in self._stamped.items() if now - at < guard_s}
        self._stamped[uid] = now

    def _tell(self, answer):
        """The till, the day's numbers and the reader's lamp."""
        self.reader.signal(_signal(answer))
        self._publish_card({
            "outcome": answer["outcome"], "message": answer["message"], "hint": answer["hint"], "refused": answer["refused"],
            "face": self.shop.face_of(answer), "settled": answer["settled"], "rewards": answer["rewards"], "operation": answer["operation"],
            "earned": answer["earned"], "sale": answer["sale"], "paid": answer["paid"], "discount": answer["discount"], "spent": answer["spent"],
            "declined": answer["declined"], "refunded": answer["refunded"],
        })  # fmt: skip
        if answer["operation"] not in ("show", "history"):
            self.shop.publish_today()

    def _publish_card(self, data):
        self.shop.hub.publish("card", {"present": True, "reader": self.name, **data})


def _signal(answer):
    if answer["outcome"] == "in_doubt" or answer["refused"] in ("CARD_LOST", "READ_AGAIN"):
        return "again"
    if answer["outcome"] != "done":
        return "refused"
    return "reward" if answer["rewards"] else "done"
