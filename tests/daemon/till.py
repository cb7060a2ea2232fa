"""A daemon in this process and a client of it: what the daemon's tests stand on. Requests are real HTTP over loopback."""

import itertools
import json
import threading
import time

import httpx

from host_tools.daemon.demo_shop import DemoShop
from host_tools.daemon.service import Service
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.settings import Settings

PATIENCE_S = 30  # nothing here takes a second; a test that hangs should say where


class Served:
    """A demo shop with blank cards and a reader without delay, served on a free port by a thread."""

    def __init__(self, folder, cards=2, intent_life_s=None, demo=None, **settings):
        make_test_keys(folder)
        self.home = Home.open(folder, settings=Settings(shop="Test Coffee", **settings))
        self.demo = demo or DemoShop(delay_s=0)
        for _ in range(cards):
            self.demo.add()
        self.service = Service(self.home, port=0, demo=self.demo)
        self.shop = self.service.shop
        if intent_life_s is not None:
            self.shop.intents._life_s = intent_life_s
        ready = threading.Event()
        self.service.on_ready = lambda _: ready.set()
        self._thread = threading.Thread(target=self.service.run)
        self._thread.start()
        assert ready.wait(PATIENCE_S)
        self.till = Till(self.service.url, self.shop.tokens.passing("till", "technician"))

    def close(self):
        self.till.close()
        self.service.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


class Till:
    """A client with a token. Every effect gets a fresh key unless one is given."""

    def __init__(self, url, token):
        self.url, self.token = url, token
        self.http = httpx.Client(base_url=url, headers={"Authorization": "Bearer " + token}, timeout=PATIENCE_S)
        self._keys = itertools.count(1)

    def close(self):
        self.http.close()

    def get(self, path, status=200):
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def wish(self, key=None, status=202, **body):
        """The shape of a new intent, or the problem when `status` says so."""
        answer = self.http.post("/api/v1/intents", json=body, headers={"Idempotency-Key": key or "key-%d" % next(self._keys)})
        assert answer.status_code == status, answer.text
        return answer.json()

    def present(self, card="card-1", **how):
        answer = self.http.post("/api/v1/demo/reader", json={"present": card, **how})
        assert answer.status_code == 202, answer.text

    def remove(self):
        assert self.http.delete("/api/v1/demo/reader").status_code == 200

    def finished(self, intent, good=lambda shape: shape["state"] in ("done", "cancelled")):
        """The intent's shape once `good`."""
        return self.until(lambda: self.get("/api/v1/intents/" + intent["id"]), good)

    def until(self, look, good):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            seen = look()
            if good(seen):
                return seen
            time.sleep(0.005)
        raise AssertionError("never came: %r" % (seen,))

    def tap(self, card="card-1", key=None, how=None, **body):
        """One wish and one presentation; the answer."""
        intent = self.wish(key, **body)
        self.present(card, **(how or {}))
        answer = self.finished(intent)["answer"]
        self.remove()
        self.until(lambda: self.get("/api/v1/state")["readers"][0]["state"], lambda state: state == "empty")
        return answer

    def stamps(self, number=1):
        return self.get("/api/v1/cards/%d" % number)["counters"]["stamps"]

    def listen(self, last_id=None):
        return Listening(self, last_id)


class Listening:
    """The event stream. Use in a `with`; `until(name, good)` reads on to the event that is wanted."""

    def __init__(self, till, last_id=None):
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        self._stream = till.http.stream("GET", "/api/v1/events", headers=headers)

    def __enter__(self):
        self.answer = self._stream.__enter__()
        assert self.answer.status_code == 200
        self._lines = self.answer.iter_lines()
        assert next(self._lines).startswith("retry:")
        return self

    def __exit__(self, *trouble):
        self._stream.__exit__(*trouble)

    def next(self):
        """(id, name, data)"""
        found = {}
        for line in self._lines:
            if not line and "event" in found:
                return int(found["id"]), found["event"], json.loads(found["data"])
            name, _, value = line.partition(": ")
            found[name] = value
        raise AssertionError("the stream ended")

    def until(self, name, good=lambda data: True):
        while True:
            event = self.next()
            if event[1] == name and good(event[2]):
                return event
