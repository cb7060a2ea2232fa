"""`Shop`: what every route and every counter can reach. Made by the service (and by tests), closed by it."""

import threading
from contextlib import ExitStack

from cardos.offers.standing import counter_names
from host_tools.boards.sync_desk import SyncDesk
from host_tools.catalogue import read_catalogue
from host_tools.daemon.effects import Effects
from host_tools.daemon.events import Hub
from host_tools.daemon.intents import Intents
from host_tools.daemon.offered import offered
from host_tools.daemon.security import Addresses, Tokens, WrongTokens
from host_tools.daemon.shown import minute_text
from host_tools.daemon.tap_desk import TapDesk

_STANDING = ("levels", "spendable", "coupons", "entitlements", "next")  # of `answers.standing`, beside counters and progress


class Shop:
    """An open home at work: desk, intents, hub, clients. demo: the demo's virtual cards, or None."""

    def __init__(self, home, port, *, tokens=None, demo=None, intent_life_s=None):
        self.home = home
        self.desk = TapDesk(home)
        self.hub = Hub()
        self.effects = Effects(home)
        self.tokens = tokens if tokens is not None else Tokens()
        self.wrong_tokens = WrongTokens()
        self.addresses = Addresses(port, home.settings.names)
        self.demo = demo
        self.tap_lock = threading.Lock()  # one tap at a time: the next transaction number is read, then taken
        self.counters = {}  # reader name: Counter
        life = {} if intent_life_s is None else {"life_s": intent_life_s}
        self.intents = Intents(home, self.hub.publish, self.nudge, lambda wish: self.desk.perform(wish, None), **life)
        self.sync_desk = SyncDesk(home, self._boards_told)
        self.abort_connection = None  # set by the service: cuts a client's connection; takes its ASGI "client"

    def perform(self, wish, link, *, tracing=False, on_answer=None):
        """One wish with the card behind `link`. Returns the desk's answer.

        on_answer(answer): called once when it stands. A seal may follow on this card; other readers' taps do not wait for that.
        """
        with ExitStack() as turn:
            turn.enter_context(self.tap_lock)

            def answered(answer):
                turn.close()
                if on_answer is not None:
                    on_answer(answer)

            return self.desk.perform(wish, link, on_answer=answered, tracing=tracing)

    def nudge(self):
        """Every counter looks again."""
        for counter in list(self.counters.values()):
            counter.nudge()

    def add_counter(self, counter):
        """A reader joins; it works at once."""
        self.counters[counter.name] = counter
        counter.start()
        self.hub.publish("reader", counter.shape())

    def stop_counters(self):
        """Ends every reader's thread. Returns the names of those that did not end in time."""
        return [name for name, counter in list(self.counters.items()) if not counter.stop()]

    # What the till shows

    def about(self):
        """The `shop` of GET /api/v1/state."""
        settings = self.home.settings
        return {
            "name": settings.shop, "currency": settings.currency, "minor_digits": settings.minor_digits, "language": settings.language,
            "reward": settings.reward, "reward_id": settings.reward_id, "stamps_needed": settings.stamps_needed,
            "test_keys": self.home.keys.is_test, "production": settings.production, "stamp_items": list(settings.stamp_items),
            "quick_amounts": list(settings.quick_amounts), **offered(self.home.pack),
            "catalogue": [item._asdict() for item in read_catalogue(self.home.path, settings.minor_digits).items],
        }  # fmt: skip

    def readers(self):
        """[{"name", "kind", "state", "card"}]"""
        return [counter.shape() for counter in list(self.counters.values())]

    def today(self):
        """{"sales", "stamps", "rewards", "doubts", "undos"} of the shop's own day."""
        return self.home.store.today(self.home.local_day())

    def publish_today(self):
        self.hub.publish("today", self.today())

    def _boards_told(self):
        """A board's lines are in the ledger: the day's numbers and the cases may be others now."""
        self.publish_today()

    def state(self):
        """The whole of GET /api/v1/state."""
        intent = self.intents.current()
        return {
            "shop": self.about(), "readers": self.readers(), "online": True, "today": self.today(),
            "intent": intent.shape() if intent else None, "tap_alone": self.home.settings.tap_alone, "demo": self.demo is not None,
            "cases": len(self.home.store.cases()), "clock_unsure": self.home.clock_unsure(),
        }  # fmt: skip

    def doubts(self):
        """Open doubts, oldest first: [{"sale", "card_number", "operation", "since"}]."""
        return [
            {
                "sale": entry["sale"] or entry["details"].get("sale"), "card_number": entry["card_number"],
                "operation": entry["operation"], "since": minute_text(entry["minute"]),
            }
            for entry in self.home.store.all_doubts()
        ]  # fmt: skip

    def card(self, number):
        """What the register knows of a card: number, status, counters, progress, history; None when it knows none."""
        from host_tools.daemon import answers

        row = self.home.store.card_by_number(number)
        if row is None:
            return None
        counters = {int(key): tuple(pair) for key, pair in row.counters.items()}
        pack, names = self.home.pack, {str(key): name for key, name in counter_names(self.home.pack).items()}
        doubts = self.home.store.doubts(row.family, row.uid)
        history = [
            {**line, "change": {names.get(key, key): delta for key, delta in line["change"].items()}}
            for line in self.home.store.history(row.family, row.uid)
        ]
        return {
            "card_number": row.card_number, "family": row.family, "status": row.status, "sequence": row.last_seen_sequence,
            "counters": answers.named_counters(pack, counters), "expires": answers.expiry_days(pack, counters),
            "progress": answers.standing(pack, counters, self.home.terms().day)["progress"], "in_doubt": bool(doubts),
            "updated_at": row.updated_at, "history": history,
        }  # fmt: skip

    def face_of(self, answer):
        """The `face` of a `card` event from a desk's answer; None when no card of ours was read."""
        if answer.get("card_number") is None or "progress" not in answer and not answer.get("counters"):
            return None
        progress = answer.get("progress", answer.get("offers")) or []
        return {
            "card_number": answer["card_number"], "status": answer.get("status"), "counters": answer["counters"],
            "progress": progress, "expires": answer.get("expires", {}), "in_doubt": answer.get("in_doubt"),
            **{key: answer[key] for key in _STANDING if key in answer},
        }  # fmt: skip
