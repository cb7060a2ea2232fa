"""CPU of one earning tap over PC/SC, beside plain scripts that send the same APDUs, in turns in one process.

A private pcscd and two soft cards, each in a process of its own, so that only the client's CPU is counted: desk, ledger,
crypto, link and pyscard on our side, pyscard alone on the other.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers import scard
from host_tools.soft_hardware import private_pcscd
from tests.benchmarks.line import Line, missing
from tests.soft_lab import ROOT, new_card, serving

GOAL = 2.0
WAYS = ("ours", "classes", "thin", "watched", "ledger")
BLOCKS, TAPS_A_BLOCK = 10, 20
CLIENT_S_MAX = 300
WHAT = "CPU of an earning tap over PC/SC, over a plain script with the same APDUs"


def run_client(blocks=BLOCKS, taps=TAPS_A_BLOCK, wrapper=()):
    """What `cpu_client` found, with a pcscd and cards made for it. wrapper: words before the client's module, as -m cProfile."""
    with tempfile.TemporaryDirectory() as folder, private_pcscd.PrivatePcscd(["Ours", "Plain"]) as pcscd:
        folder = Path(folder)
        home = folder / "home"
        make_test_keys(home)
        ours, plain = new_card(folder / "ours.json"), new_card(folder / "plain.json", uid="04112233445566")
        with serving(ours, pcscd.attach(0)), serving(plain, pcscd.attach(1)):
            command = [sys.executable, *wrapper, "-m", "tests.benchmarks.cpu_client", home, *pcscd.reader_names, blocks, taps]
            done = subprocess.run(list(map(str, command)), cwd=ROOT, env=pcscd.environment(), capture_output=True, text=True, timeout=CLIENT_S_MAX)
    if done.returncode:
        raise RuntimeError("the client ended with %d: %s" % (done.returncode, done.stderr[-500:]))
    return done.stdout


def ratios(found, base):
    """{way: median over blocks of its CPU over that of `base`}."""
    return {way: statistics.median(a / b for a, b in zip(found[way], found[base])) for way in WAYS}


def lines():
    lacks = private_pcscd.missing()
    try:
        scard.load()
    except scard.NoPcsc as trouble:
        lacks.append(str(trouble))
    if lacks:
        return [missing(WHAT, "needs " + ", ".join(lacks))]
    found = json.loads(run_client().splitlines()[-1])
    if found["exchanges"][0] != found["exchanges"][1]:
        return [missing(WHAT, "the plain script sent %d APDUs, we %d" % (found["exchanges"][1], found["exchanges"][0]))]
    classes, thin = ratios(found, "classes"), ratios(found, "thin")
    times = ", ".join("%s %.2f" % (way, statistics.median(found[way])) for way in WAYS)
    return [
        Line(WHAT + ", pyscard's classes", "%.2f" % classes["ours"], "under %.0f" % GOAL, classes["ours"] < GOAL),
        Line(WHAT + ", its thin functions", "%.2f" % thin["ours"], "", None),
        Line("in it: the ledger's two commits, over the plain script with classes", "%.2f" % classes["ledger"], "", None),
        Line("in it: the same APDUs under the watchdog, over the plain script with classes", "%.2f" % classes["watched"], "", None),
        Line("  milliseconds of CPU", times, "", None),
    ]


if __name__ == "__main__":
    for line in lines():
        print(line.text())
