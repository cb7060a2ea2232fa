"""Cases on the two reader stacks. `run_pn532` works in this process; the PC/SC lanes are a process of their own, because
libpcsclite asks for its service's place once in a process:  lanes.py < cases.json > results.json

A case is [family, flow name, story name, exchange, mode].
"""

import json
import os
import random
import shutil
import sys
import threading
from pathlib import Path

LANES = 8  # readers of one pcscd; each process has its own
REMOVAL_S = 5.0  # pcscd looks every 0.4 s


class Lane(threading.Thread):
    """One shop, one reader, and cases off a common list until it is empty. field(shop, card, tear, folder): a context."""

    def __init__(self, cases, staged, failed, idle, seed, field, name):
        super().__init__(name=name)
        self._cases, self._staged, self._failed, self._idle, self._field = cases, staged, failed, idle, field
        self._random = random.Random("%d:%s" % (seed, name))

    def run(self):
        from tests.whole_system.shop_lab import Shop, memory_disk

        folder = memory_disk()
        try:
            shop = Shop(os.path.join(folder, "home"))
            try:
                while self._cases:
                    try:
                        case = self._cases.pop()
                    except IndexError:
                        break  # another lane took the last one
                    self._one(shop, case, folder)
            finally:
                shop.close()
        except BaseException as trouble:
            self._failed.append(["%s ended with %r" % (self.name, trouble)])
            raise
        finally:
            shutil.rmtree(folder)

    def _one(self, shop, case, folder):
        from tests.tears import stories
        from tests.tears.flows import flow, stand

        family, flow_name, story, number, mode = case
        one = flow(flow_name)
        stage = self._staged[family][one.stage]
        card = stand(shop, stage, self._random.randrange(1 << 31))
        with self._field(shop, card, (number, mode), folder) as field:
            try:
                told = stories.Told(shop, field, one, stage)
                getattr(stories, story)(told, stories.cut_first(told, number, mode))
            except stories.Idle:
                self._idle.append(case)
            except stories.Scrapped:
                return
            except stories.Broken as broken:
                self._failed.append(["%s, %s cut at %d:%s, %s: %s" % (family, flow_name, number, mode, story, broken), *broken.violations])


def _stages(cases):
    """{family: stages} of all families in these cases."""
    from tests.tears.flows import stages
    from tests.whole_system.shop_lab import Shop, memory_disk

    folder = memory_disk()
    try:
        shop = Shop(folder)
        try:
            return {family: stages(shop, family) for family in sorted({case[0] for case in cases})}
        finally:
            shop.close()
    finally:
        shutil.rmtree(folder)


def run_pn532(cases, seed):
    """(failures, idle cases) on an emulated PN532: failures are [[text, violation, ...], ...]."""
    from tests.tears.fields import on_pn532

    failed, idle = [], []
    lane = Lane(list(cases), _stages(cases), failed, idle, seed, on_pn532, "PN532")
    lane.run()
    return failed, idle


def run_pcsc(cases, seed):
    """(failures, idle cases) over several vpcd readers at once. Only in a process that has not used PC/SC yet."""
    from host_tools.soft_hardware.private_pcscd import PrivatePcscd

    failed, idle, rest, staged = [], [], sorted(cases, key=lambda case: case[0]), _stages(cases)
    with PrivatePcscd(["Lane %d" % n for n in range(LANES)]) as pcscd:
        os.environ["PCSCLITE_CSOCK_NAME"] = pcscd.socket_path
        lanes = [Lane(rest, staged, failed, idle, seed, _pcsc_field(pcscd, n), "Lane %d" % n) for n in range(LANES)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    return failed, idle


def _pcsc_field(pcscd, number):
    from host_tools.readers.pcsc import PcscReader
    from tests.tears.fields import on_pcsc

    reader, lain = PcscReader(pcscd.reader_names[number]), []

    def field(shop, card, tear, folder):
        if lain and lain[-1] != card.family:  # a person takes longer: a swap within one look of pcscd would show the last card's ATR
            assert reader.wait_for_removal(REMOVAL_S)
        lain[:] = [card.family]
        return on_pcsc(shop, card, tear, folder, reader, pcscd.ports[number])

    return field


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    asked = json.load(sys.stdin)
    json.dump((run_pcsc if asked["stack"] == "pcscd" else run_pn532)(asked["cases"], asked["seed"]), sys.stdout)
