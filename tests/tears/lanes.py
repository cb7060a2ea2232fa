"""Cases on the two reader stacks. `run_pn532` works in this process; the PC/SC lanes are a process of their own, because
libpcsclite asks for its service's place once in a process:  lanes.py < cases.json > results.json

A case is [flow name, story name, exchange, mode].
"""

import json
import os
import random
import shutil
import sys
import threading
from pathlib import Path

LANES = 8


class Lane(threading.Thread):
    """One shop, one reader, and cases off a common list until it is empty. field(shop, card, tear, folder): a context."""

    def __init__(self, cases, failed, seed, field, name):
        super().__init__(name=name)
        self._cases, self._failed, self._field = cases, failed, field
        self._random = random.Random("%d:%s" % (seed, name))

    def run(self):
        from tests.tears.flows import stages
        from tests.whole_system.shop_lab import Shop, memory_disk

        folder = memory_disk()
        try:
            shop = Shop(os.path.join(folder, "home"))
            try:
                staged = stages(shop)
                while self._cases:
                    try:
                        case = self._cases.pop()
                    except IndexError:
                        break  # another lane took the last one
                    self._one(shop, staged, case, folder)
            finally:
                shop.close()
        except BaseException as trouble:
            self._failed.append(["%s ended with %r" % (self.name, trouble)])
            raise
        finally:
            shutil.rmtree(folder)

    def _one(self, shop, staged, case, folder):
        from tests.tears import stories
        from tests.tears.flows import flow, stand

        flow_name, story, number, mode = case
        one = flow(flow_name)
        stage = staged[one.stage]
        card = stand(shop, stage, self._random.randrange(1 << 32))
        with self._field(shop, card, (number, mode), folder) as field:
            try:
                told = stories.Told(shop, field, one, stage)
                getattr(stories, story)(told, stories.cut_first(told, number, mode))
            except stories.Broken as broken:
                self._failed.append(["%s cut at %d:%s, %s: %s" % (flow_name, number, mode, story, broken), *broken.violations])


def run_pn532(cases, seed):
    """Failures of the cases on an emulated PN532: a list of [text, violation, ...]."""
    from tests.tears.fields import on_pn532

    failed = []
    lane = Lane(list(cases), failed, seed, on_pn532, "PN532")
    lane.run()
    return failed


def run_pcsc(cases, seed):
    """Failures of the cases over several vpcd readers at once. Only in a process that has not used PC/SC yet."""
    from host_tools.soft_hardware.private_pcscd import PrivatePcscd

    failed, rest = [], list(cases)
    with PrivatePcscd(["Lane %d" % n for n in range(LANES)]) as pcscd:
        os.environ["PCSCLITE_CSOCK_NAME"] = pcscd.socket_path
        lanes = [Lane(rest, failed, seed, _pcsc_field(pcscd, n), "Lane %d" % n) for n in range(LANES)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    return failed


def _pcsc_field(pcscd, number):
    from host_tools.readers.pcsc import PcscReader
    from tests.tears.fields import on_pcsc

    reader = PcscReader(pcscd.reader_names[number])
    return lambda shop, card, tear, folder: on_pcsc(shop, card, tear, folder, reader, pcscd.ports[number])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    asked = json.load(sys.stdin)
    json.dump(run_pcsc(asked["cases"], asked["seed"]), sys.stdout)
