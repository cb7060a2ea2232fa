"""Cases of one process, and several processes working on cases in parallel.

A case is [flow name, story name, [[wish, exchange, mode], ...], noise]: the first cut is the flow's own, `wish` of a later one is
"again" or the REF of another sale. story is one of `stories.STORIES`, or "many" for more than one cut.
"""

import multiprocessing
import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor

AGAIN = "again"
MANY = "many"
PROCESSES = 2
CHUNK = 60  # cases that a process takes at once

_shop, _staged = [], {}  # this process's one Shop, and {family: stages}, made when they are needed first


def case(flow, story, number, mode, noise):
    """A case of one cut."""
    return [flow, story, [[AGAIN, number, mode]], noise]


def run(folder, family, cases):
    """The failures of these cases: [[text, violation, ...], ...], and how many cuts did not happen because the tap was shorter."""
    from tests.tears.stories import Broken, Scrapped

    shop, staged = _stand_of(folder, family)
    failed, idle = [], 0
    for one in cases:
        try:
            idle += not tell(shop, staged, one)
        except Scrapped:
            continue  # an end that is no failure
        except Broken as broken:
            failed.append(["%s, %s: %s" % (family, _says(one), broken), *broken.violations])
        except Exception as trouble:
            trouble.add_note("%s, %s" % (family, _says(one)))
            raise
    return failed, idle


def tell(shop, staged, one):
    """Tell one case. False when one of its later cuts fell behind the end of its tap. Raises `stories.Broken`."""
    from tests.tears import stories
    from tests.tears.fields import SoftField
    from tests.tears.flows import flow, stand
    from tests.whole_system.shop_lab import make_wish

    name, story, cuts, noise = one
    flow = flow(name, named=story == MANY)
    stage = staged[flow.stage]
    told = stories.Told(shop, SoftField(shop, stand(shop, stage, noise)), flow, stage)
    first = stories.cut_first(told, *cuts[0][1:])
    if story != MANY:
        getattr(stories, story)(told, first)
        return True
    taps, all_cut = [(flow.wish, first)], True
    for wish, number, mode in cuts[1:]:
        wish = flow.wish if wish == AGAIN else make_wish(sale=wish)
        told.may_freeze = told.may_freeze or (flow.stage == "blank" and mode == stories.GARBAGE)
        answer = told.tap(wish, (number, mode))
        all_cut = all_cut and answer["exchanges"] > number
        taps.append((wish, answer))
    stories.after_many(told, taps)
    return all_cut


def _says(one):
    name, story, cuts, noise = one
    return "%s, %s, cut %s, noise %d" % (name, story, " and ".join("%s at %d:%s" % tuple(cut) for cut in cuts), noise)


def _stand_of(folder, family):
    from tests.tears.flows import stages
    from tests.whole_system.shop_lab import Shop

    if not _shop:
        _shop.append(Shop(tempfile.mkdtemp(dir=folder)))
    if family not in _staged:
        _staged[family] = stages(_shop[0], family)
    return _shop[0], _staged[family]


class Workers:
    """Processes that share the cases. Close it, or use it in a `with`."""

    def __init__(self):
        from tests.whole_system.shop_lab import memory_disk

        self.folder = memory_disk()
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(min(PROCESSES, os.cpu_count() or 1), mp_context=context)

    def run(self, jobs):
        """jobs: [(family, cases)]. Failures of all, and how many cases had an idle cut."""
        waiting = []
        for family, cases in jobs:
            for start in range(0, len(cases), CHUNK):
                waiting.append(self._pool.submit(run, self.folder, family, cases[start : start + CHUNK]))
        failed, idle = [], 0
        for one in waiting:
            found, count = one.result()
            failed += found
            idle += count
        return failed, idle

    def close(self):
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
