"""A daemon that kills itself (SIGKILL) at the n-th point of its work: before or after a store write, or a card exchange.

Runs in a forked process with the product's code, patched here only. Points are counted in the order in which they happen.
"""

import os
import signal

from host_tools.daemon.demo_shop import DemoShop
from host_tools.daemon.service import Service
from host_tools.home import Home
from host_tools.readers.soft import SoftLink
from host_tools.soft_hardware.card_file import CardFile
from host_tools.store.idempotency import Idempotency
from host_tools.store.store import Store

STORE, CARD = "store", "card"
_WATCHED = ((Store, "record_intent", STORE), (Store, "record_outcome", STORE), (Idempotency, "put", STORE), (SoftLink, "_exchange", CARD))


class Points:
    """Counts; kills at point `kill_at`. names: what each point was."""

    def __init__(self, kill_at):
        self.kill_at = kill_at
        self.names = []

    def reach(self, kind, name):
        if len(self.names) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append((kind, name))

    def watch(self, owner, name, kind):
        original = getattr(owner, name)

        def watched(*arguments, **more):
            self.reach(kind, "before " + name)
            answer = original(*arguments, **more)
            self.reach(kind, "after " + name)
            return answer

        setattr(owner, name, watched)


def run(folder, card_path, settings, kill_at, pipe):
    """Serve the home with the card in a file; tells the pipe where, and at an end in order which points were passed."""
    points = Points(kill_at)
    for owner, name, kind in _WATCHED:
        points.watch(owner, name, kind)
    demo = DemoShop(delay_s=0)
    with CardFile(card_path) as held:
        demo.add().chip = held.card
        service = Service(Home.open(folder, settings=settings), port=0, demo=demo)
        service.on_ready = lambda _: pipe.send((service.url, service.shop.tokens.passing("pos", "technician")))
        service.run()
    pipe.send(points.names)
