"""Answers lines of work on standard input with the hex of their bytes: micropython worker.py ROOT"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from tests.offers.differential.play import play

while True:
    line = sys.stdin.readline()
    if not line.strip():
        break
    print(play(json.loads(line)).hex())
