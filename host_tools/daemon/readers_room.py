"""Which readers have a counter: those of PC/SC as they are plugged in and out, and the serial lines that the settings name."""

import logging
import threading
from typing import Any

from cardos.errors import StampdError
from host_tools.daemon.counter import Counter
from host_tools.readers.base import EMPTY, GONE

log = logging.getLogger("stampd.readers")


class ReadersRoom:
    """Watches PC/SC in one blocking thread and keeps the shop's counters. `start`, then `stop`."""

    def __init__(self, shop):
        self._shop = shop
        self._wanted = shop.home.settings.reader
        self._cancelled = threading.Event()
        self._watch: Any = None
        self._thread: Any = None
        self.trouble = None  # why there is no PC/SC here, in words

    def start(self):
        """Never raises: a till without a reader still shows the day, and says what is missing."""
        if self._wanted.startswith("pn532:"):
            self._add(self._wanted)
            return
        for name in self._shop.home.settings.readers:  # serial lines: nobody can find them by asking
            if self._wanted.lower() in name.lower():
                self._add(name)
        from host_tools.readers.scard import NoPcsc
        from host_tools.readers.watch import PcscWatch

        try:
            self._watch = PcscWatch()
        except (NoPcsc, StampdError) as error:
            self.trouble = str(error)
            log.warning("PC/SC readers cannot be used: %s", error)
            return
        self._thread = threading.Thread(target=self._run, name="readers", daemon=True)
        self._thread.start()

    def stop(self):
        self._cancelled.set()
        if self._watch is not None:
            self._watch.wake()
            self._thread.join(5.0)
            self._watch.close()

    def _run(self):
        try:
            for event in self._watch.events(self._cancelled):
                self._heard(event["event"], event["reader"])
        except StampdError as error:
            self.trouble = error.message
            log.warning("readers are no longer watched: %s", error.message)

    def _heard(self, word, name):
        counters = self._shop.counters
        if word == "reader_added" and self._wanted.lower() in name.lower():
            if name in counters:
                counters[name].set_state(EMPTY)
            else:
                self._add(name)
        elif word == "reader_removed" and name in counters:
            counters[name].set_state(GONE)
        elif word == "service_gone":
            for counter in list(counters.values()):
                counter.set_state(GONE)

    def _add(self, name):
        from host_tools.readers.find import open_reader

        try:
            self._shop.add_counter(Counter(self._shop, open_reader(name)))
        except StampdError as error:
            self.trouble = error.message
            log.warning("%s: %s", name, error.message)
