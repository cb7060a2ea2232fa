"""Wishes that wait for a card: two phases, so that a POS says what it wants and the customer's tap completes it.

waiting -> working -> done, or waiting -> cancelled. A cancelled or expired wish never touches a card. Every sale gets its REF
before the card comes, so that whatever happens between, the same request is the same transaction.
The first answer to an Idempotency-Key is kept for good; `lookup` answers for intents of an earlier run from the ledger.
"""

import hashlib
import json
import logging
import secrets
import threading
from collections import OrderedDict

from cardos.errors import StampdError
from host_tools.daemon import answers
from host_tools.daemon.problems import Problem
from host_tools.daemon.sales import check_receipt
from host_tools.daemon.settlement import answer_of

log = logging.getLogger("stampd.intents")

WAITING, WORKING, DONE, CANCELLED = "waiting", "working", "done", "cancelled"
LIFE_S = 120.0  # a cashier looks away for a minute; a forgotten sale must not meet the next customer
KEPT = 500  # finished intents in memory; older ones are answered from the ledger

_SALES = ("sell", "redeem", "event")
_BOOK = "intents"  # under this client name the idempotency table keeps what became of each intent


class Intent:
    """One wish on its way. answer: the dict of docs/commands.md once there is one; transaction: set while it is in doubt."""

    def __init__(self, wish, reader, intent_id):
        self.id = intent_id
        self.wish = wish
        self.reader = reader
        self.state = WAITING
        self.answer = None
        self.transaction: tuple | None = None  # (number, terminal)
        self.settled = False
        self.tracing = False
        self.finished = threading.Event()
        self.timer = None

    def shape(self):
        """The JSON of an intent."""
        wish = self.wish
        return {
            "id": self.id, "kind": wish.kind, "state": self.state, "amount": wish.amount, "sale": wish.sale, "redeem": wish.redeem,
            "reader": self.reader, "settled": self.settled, "answer": self.answer,
        }  # fmt: skip


class Intents:
    """All intents of one daemon. Any thread may call any method."""

    def __init__(self, home, publish, wake, replay, life_s=LIFE_S):
        """publish(name, data): tell the clients. wake(): tell the readers' threads that a wish came. replay(wish): the answer
        of a sale that is in the ledger already; no card is asked for."""
        self._home = home
        self._publish = publish
        self._wake = wake
        self._replay = replay
        self._life_s = life_s
        self._lock = threading.RLock()
        self._all: OrderedDict[str, Intent] = OrderedDict()

    def create(self, client, key, request_hash, wish, reader=None, *, life_s=None, tracing=False):
        """(shape, replayed). Raises BadInput for a wish that makes no sense, Problem 409 and 422, and what the store raises."""
        store = self._home.store
        with self._lock:
            known = store.idempotency.get(client, key)
            if known is not None:
                if known.request_hash != request_hash:
                    raise Problem(422, "IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used for another request.", "Take a new key for each new request.")
                return json.loads(known.answer), True
            wish.check()
            check_receipt(self._home, wish)
            replayed = self._replay(wish) if self._is_sold(wish) else None
            if replayed is None:
                self._refuse_second(reader)
            intent = self._new(wish, reader)
            intent.tracing = tracing
            if replayed is not None:
                intent.state, intent.answer = DONE, replayed
                intent.finished.set()
            at, shape = self._home.at(), intent.shape()
            store.idempotency.put(_BOOK, intent.id, _asked(intent.wish), json.dumps(replayed) if replayed else None, at)
            store.idempotency.put(client, key, request_hash, json.dumps(shape), at)
            self._all[intent.id] = intent
            self._forget_old()
            if replayed is None:
                self._start_timer(intent, self._life_s if life_s is None else life_s)
            self._tell(intent)
        self._wake()
        return shape, False

    def _is_sold(self, wish):
        """True when this REF is a sale, or a refund, of the ledger already, and not in doubt."""
        if wish.kind == "refund" and wish.ref is not None:
            known = self._home.store.refund(wish.ref)
            return known is not None and known["state"] != "open"
        found = self._home.store.sale(wish.sale) if wish.kind in _SALES and wish.sale is not None else None
        return found is not None and found["state"] in ("done", "landed")

    def _new(self, wish, reader):
        intent_id = secrets.token_hex(12)
        if wish.kind in _SALES and wish.sale is None:
            import msgspec

            wish = msgspec.structs.replace(wish, sale="i-" + intent_id)
        return Intent(wish, reader, intent_id)

    def _refuse_second(self, reader):
        for other in self._all.values():
            if other.state in (WAITING, WORKING) and (reader is None or other.reader is None or reader == other.reader):
                raise Problem(409, "INTENT_WAITING", "Another wish is waiting for a card.", "Let its card come, or cancel it.")

    def _forget_old(self):
        for intent_id in list(self._all)[: max(0, len(self._all) - KEPT)]:
            if self._all[intent_id].state in (DONE, CANCELLED) and self._all[intent_id].transaction is None:
                del self._all[intent_id]

    def get(self, intent_id):
        """The living `Intent`, or None."""
        with self._lock:
            return self._all.get(intent_id)

    def current(self):
        """The newest intent that is waiting or working, or None."""
        with self._lock:
            return next((one for one in reversed(self._all.values()) if one.state in (WAITING, WORKING)), None)

    def lookup(self, intent_id):
        """The shape of any intent that ever was. Problem 404."""
        intent = self.get(intent_id)
        if intent is not None:
            return intent.shape()
        book = self._home.store.idempotency.get(_BOOK, intent_id)
        if book is None:
            raise Problem(404, "INTENT_UNKNOWN", "There is no such wish.", "Make one with POST /api/v1/intents.")
        asked = json.loads(book.request_hash)
        answer = json.loads(book.answer) if book.answer else None
        if answer is None or answer["outcome"] == "in_doubt":
            answer = self._from_ledger(asked, answer)
        state = CANCELLED if answer["refused"] == "CANCELLED" else DONE
        return {
            "id": intent_id, "kind": asked["kind"], "state": state, "amount": answer.get("paid"), "sale": asked["sale"], "redeem": "none",
            "reader": None, "settled": bool(answer["settled"]), "answer": answer,
        }  # fmt: skip

    def _from_ledger(self, asked, answer):
        """What became of a wish that an earlier run did not see to its end."""
        if asked["kind"] in _SALES:
            found = self._home.store.sale(asked["sale"])
            if found is not None:
                return answer_of(self._home, found)
        return answer or answers.refusal(
            "INTERRUPTED", asked["kind"], asked["sale"], message="The daemon stopped before a card came.",
            hint="Present the card to see what it holds, then enter it again if it is still wanted.",
        )  # fmt: skip

    def take(self, reader):
        """The waiting intent for this reader, now working; None when there is none."""
        with self._lock:
            for intent in self._all.values():
                if intent.state == WAITING and intent.reader in (None, reader):
                    intent.state = WORKING
                    self._stop_timer(intent)
                    self._tell(intent)
                    return intent
        return None

    def give_back(self, intent):
        """The card left before anything was sent to it: the wish waits again."""
        with self._lock:
            intent.state = WAITING
            self._start_timer(intent, self._life_s)
            self._tell(intent)

    def finish(self, intent, answer):
        """The tap is over. An answer in doubt is remembered until the card comes back."""
        with self._lock:
            intent.answer, intent.state = answer, DONE
            if answer["outcome"] == "in_doubt":
                intent.transaction = self._open_transaction(answer)
            self._keep(intent)
            self._tell(intent)
            intent.finished.set()

    def settle(self, face=None):
        """Tell what became of intents in doubt whose transaction is settled meanwhile. Returns their answers."""
        told = []
        with self._lock:
            for intent in list(self._all.values()):
                if intent.transaction is None:
                    continue
                number, terminal = intent.transaction
                found = self._home.store.transaction(number, terminal)
                if found["state"] == "open":
                    continue
                mine = face if face is not None and face.uid.hex() == found["entry"]["uid"] else None
                intent.answer, intent.transaction, intent.settled = answer_of(self._home, found, mine), None, True
                self._keep(intent)
                self._tell(intent)
                told.append(intent.answer)
        return told

    def cancel(self, intent_id):
        """The shape after cancelling. Problem 404, 409 when a card is at work or it is over."""
        with self._lock:
            intent = self._all.get(intent_id)
            if intent is None:
                self.lookup(intent_id)
                raise Problem(409, "INTENT_OVER", "This wish is over already.", "See its answer.")
            if intent.state == WORKING:
                raise Problem(409, "INTENT_WORKING", "The card is being changed.", "Wait for the answer; undo it if need be.")
            if intent.state == WAITING:
                self._end(intent, CANCELLED, "CANCELLED")
            elif intent.state == DONE:
                raise Problem(409, "INTENT_OVER", "This wish is over already.", "See its answer.")
            return intent.shape()

    def _expire(self, intent):
        with self._lock:
            if intent.state == WAITING:
                self._end(intent, DONE, "NO_CARD")

    def _end(self, intent, state, code):
        self._stop_timer(intent)
        found = self._home.store.sale(intent.wish.sale) if intent.wish.kind in _SALES else None
        if found is not None and found["state"] == "open":  # an earlier try of this REF: it stays in doubt until its card comes
            intent.answer = answer_of(self._home, found)
        else:
            intent.answer = answers.refusal(code, intent.wish.kind, intent.wish.sale)
        intent.state = state
        self._keep(intent)
        self._tell(intent)
        intent.finished.set()

    def close(self):
        """Stop all timers; nothing waits any more."""
        with self._lock:
            for intent in self._all.values():
                self._stop_timer(intent)
                intent.finished.set()

    def _open_transaction(self, answer):
        """(number, terminal) of the open transaction that an in-doubt answer is about."""
        for entry in reversed(self._home.store.all_doubts()):
            own = entry["terminal"] == self._home.store.terminal  # a board's doubt of the same card is another one
            if own and entry["card_number"] == answer["card_number"] and entry["operation"] == answer["operation"]:
                return entry["transaction"], entry["terminal"]
        return None

    def _keep(self, intent):
        if intent.answer["outcome"] == "in_doubt":
            return
        try:
            self._home.store.idempotency.put(_BOOK, intent.id, _asked(intent.wish), json.dumps(intent.answer), self._home.at())
        except StampdError as error:  # the card and the ledger have it; only this copy of the answer is missing
            log.warning("The answer of wish %s was not kept: %s", intent.id, error.message)

    def _tell(self, intent):
        self._publish("intent", intent.shape())

    def _start_timer(self, intent, seconds):
        intent.timer = threading.Timer(seconds, self._expire, (intent,))
        intent.timer.daemon = True
        intent.timer.start()

    @staticmethod
    def _stop_timer(intent):
        if intent.timer is not None:
            intent.timer.cancel()
            intent.timer = None


def _asked(wish):
    """What the book keeps of a wish: enough to find its sale in the ledger."""
    return json.dumps({"kind": wish.kind, "sale": wish.sale})


def hash_of(method, path, body):
    """The text that tells one request from another: of its decoded JSON, so that spaces and key order do not matter."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(("%s %s\n%s" % (method, path, canonical)).encode()).hexdigest()
