"""What a mutant is held against: the plain tests of the offers, the acceptance rows, and drawn rows as the reference plays them.

A check is (name, function without arguments); it raises when something is wrong. Packs are compiled and the reference has
played before the first mutant is made, so that a mutant's own process runs nothing but `cardos.offers`.
"""

import importlib
import json
import random
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROWS_PER_KIND = 25  # as many as one run of test_against_reference draws
SEED = 1
BEGUN_ELSEWHERE = ("tests.portable.test_offer_rows",)  # the acceptance rows, which come one by one here


def test_modules():
    """Names of the modules whose plain test functions are checks."""
    found = sorted(TESTS.glob("portable/test_offer*.py")) + sorted(TESTS.glob("offers/test_mutants_*.py"))
    names = [".".join(("tests", *path.relative_to(TESTS).with_suffix("").parts)) for path in found]
    return [name for name in names if name not in BEGUN_ELSEWHERE]


def unit_checks():
    """Called in a mutant's process: imports the tests again."""
    for name in test_modules():
        module = importlib.import_module(name)
        for word, function in sorted(vars(module).items()):
            if word.startswith("test_"):
                yield "%s::%s" % (name.rpartition(".")[2], word), function


def recorded_rows():
    """[(name, pack, sequence, wanted results)] of the acceptance rows and of drawn rows. Takes a while."""
    from host_tools.offers.replay import pack_of_row
    from tests.offers.draw import KINDS, draw_row
    from tests.offers.reference import play_row

    rows = json.loads((TESTS / "offers" / "offers.json").read_text("utf-8"))["rows"]
    wanted = [(row["id"], row, [[event["expect"] for event in sequence["events"]] for sequence in row.get("sequences", ())]) for row in rows]
    for kind in KINDS:
        rng = random.Random("%s %s" % (kind, SEED))
        for number in range(ROWS_PER_KIND if kind != "economics" else 0):
            row = draw_row(kind, rng)
            wanted.append(("%s %d" % (kind, number), row, play_row(row)["sequences"]))
    found = []
    for name, row, results in wanted:
        for sequence, result in zip(row.get("sequences", ()), results, strict=True):
            pack = json.loads(json.dumps(pack_of_row(row, sequence.get("with"))))  # its words are nobody's constants, as after reading a file
            found.append(("%s, %s" % (name, sequence["name"]), pack, sequence, result))
    return found


def row_checks(recorded):
    """Called in a mutant's process."""
    from tests.offers.compare import differences
    from tests.portable.offer_rows import play

    def check(pack, sequence, wanted):
        for expect, result in zip(wanted, play(pack, sequence), strict=True):
            found = differences(expect, result)
            assert not found, found

    for name, pack, sequence, wanted in recorded:
        yield name, lambda pack=pack, sequence=sequence, wanted=wanted: check(pack, sequence, wanted)


def first_failing(recorded, first):
    """The name of the first check that fails, or None. first: names that are tried before the others."""
    checks = [*unit_checks(), *row_checks(recorded)]
    rank = {name: place for place, name in enumerate(first)}
    for name, check in sorted(checks, key=lambda check: rank.get(check[0], len(rank))):
        try:
            check()
        except Exception:  # noqa: BLE001 - however a check fails, it has told the mutant from the original
            return name
    return None
