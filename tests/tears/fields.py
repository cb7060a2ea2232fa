"""Where a card is presented in a tear test: on the soft reader of this process, behind vpcd and pcscd, or on an emulated PN532.

A field has `present(wish, tear)` and `settle()`; `card` is the true memory behind it. On the two stacks the servers of
`stampd softcard serve` run in a thread of this process, and the tear is set before the card comes, for its first tap.
"""

import contextlib
import os
import threading

from host_tools.daemon.settlement import settle_card
from host_tools.readers.soft import SoftReader
from host_tools.soft_hardware import faces
from host_tools.soft_hardware.card_file import CardFile
from host_tools.soft_hardware.stop_signal import StopSignal
from tests.tears import held

WAIT_S = 10.0


class SoftField:
    """The soft reader: each presentation is one tap. The mode of a tear may also be one of an attacker (`held`)."""

    def __init__(self, shop, card):
        self._shop, self.card = shop, card
        self._shown = card

    @property
    def holds(self):
        """True while an attacker keeps a command of the last presentation."""
        return self._shown is not self.card

    def present(self, wish, tear=None):
        if tear is not None and tear[1].startswith(held.MODE):
            self._shown = held.HeldBack(self.card, tear[0], int(tear[1][len(held.MODE) :]))
            return self._shop.present(self._shown, wish)
        return self._shop.present(self._next(), wish, tear)

    def settle(self):
        reader = SoftReader()
        reader.put(self._next())
        link = reader.wait_for_card(0)
        try:
            return settle_card(self._shop.home, link)
        finally:
            link.close()
            reader.remove()

    def _next(self):
        """What comes to the reader now; the attacker has one presentation to deliver what he kept."""
        shown, self._shown = self._shown, self.card
        return shown


class ServedField:
    """A card file on a server; the card stays on the reader but for its one tear."""

    holds = False

    def __init__(self, shop, served, reader):
        self._shop, self._reader = shop, reader
        self.card = served.file.card

    def present(self, wish, tear=None):
        return self._shop.desk.perform(wish, self._reader, wait_s=WAIT_S)

    def settle(self):
        with self._reader.wait_for_card(WAIT_S) as link:
            return settle_card(self._shop.home, link)


@contextlib.contextmanager
def on_pn532(shop, card, tear, folder):
    """A `ServedField` on an emulated PN532 that nfcpy's driver speaks to."""
    from host_tools.readers.nfcpy_link import NfcpyReader
    from host_tools.soft_hardware.pn532 import Pn532Server

    link = os.path.join(folder, "pn532")
    with _served(folder, card, tear, faces.served_on_pn532) as served:
        ready = threading.Event()
        with _running(lambda stop: Pn532Server(served, link, stop=stop, on_ready=ready.set)):
            assert ready.wait(WAIT_S)
            with NfcpyReader(link) as reader:
                yield ServedField(shop, served, reader)


@contextlib.contextmanager
def on_pcsc(shop, card, tear, folder, reader, port):
    """A `ServedField` behind vpcd. reader: the open `PcscReader` of that lane; port: its driver's."""
    from host_tools.soft_hardware.vpcd import VpcdServer

    with _served(folder, card, tear, faces.served_on_vpcd) as served:
        ready = threading.Event()
        with _running(lambda stop: VpcdServer(served, "127.0.0.1", port, stop=stop, on_ready=ready.set)):
            assert ready.wait(WAIT_S)
            yield ServedField(shop, served, reader)


@contextlib.contextmanager
def _served(folder, card, tear, serve):
    path = os.path.join(folder, "card.json")
    CardFile.create(path, card, overwrite=True)
    served = serve(path, tears=[tear] if tear else [], again_s=0.0)
    try:
        yield served
    finally:
        served.close()


@contextlib.contextmanager
def _running(make_server):
    stop = StopSignal()
    thread = threading.Thread(target=make_server(stop).run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        stop.__exit__()
