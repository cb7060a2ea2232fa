"""What a mutant is held against: the plain tests of the offers, the acceptance rows, and drawn rows as the reference plays them.

A check is (module, test function) or (pack, sequence of events, wanted results). Packs are compiled and the reference has
played before the first mutant is made, so that a mutant's own process runs nothing but `cardos.offers`.
"""

import ast
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
    """[(module, test), ...] of them, by reading alone: nothing is imported."""
    found = []
    for name in test_modules():
        tree = ast.parse((TESTS.parent / (name.replace(".", "/") + ".py")).read_text("utf-8"))
        found += [(name, node.name) for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return found


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


def all_checks():
    """{name: check}; a check is given to `holds`."""
    found = {"%s::%s" % (module.rpartition(".")[2], word): (module, word) for module, word in unit_checks()}
    for name, *row in recorded_rows():
        found[name] = row
    return found


def holds(check):
    """Called in a mutant's process, which imports what it needs."""
    if len(check) == 2:
        module, word = check
        getattr(importlib.import_module(module), word)()
        return
    from tests.offers.compare import differences
    from tests.portable.offer_rows import play

    pack, sequence, wanted = check
    for expect, result in zip(wanted, play(pack, sequence), strict=True):
        found = differences(expect, result)
        assert not found, found


def first_failing(checks, first):
    """The name of the first check that fails, or None. first: names that are tried before the others."""
    for name in [*first, *(name for name in checks if name not in first)]:
        try:
            holds(checks[name])
        except Exception:  # noqa: BLE001 - however a check fails, it has told the mutant from the original
            return name
    return None
