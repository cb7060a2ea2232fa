"""One sync of a long journal, run by MicroPython: micropython terminal_sync_board.py ROOT FOLDER

FOLDER has journal/ and told.json, which `terminal_sync` wrote. Says "ready" when the journal is open, waits for a line, syncs, and says
{"batches", "signatures", "stored"}.
"""

import asyncio
import json
import sys

sys.path.insert(0, sys.argv[1])

from cardos.crypto import ed25519_sign
from cardos.crypto.cmac import Cmac
from cardos.records import board_sync
from terminal import sync as terminal_sync
from terminal.clock import Clock
from terminal.journal import Journal
from terminal.journal_segments import FlashFiles
from terminal.line import TcpLine
from terminal.slices import Quiet
from tests.portable.journal_bench import head_mac


class Settings:
    sync = {"every_s": 60}


class Vault:
    """What the sync asks of the key vault."""

    def __init__(self, told):
        self.scheme, self.terminal, self.serial, self.seed = told["scheme"], told["terminal"], told["serial"], bytes.fromhex(told["seed"])
        self.public = {"certificate": bytes.fromhex(told["certificate"])}
        self.link_mac = Cmac(bytes.fromhex(told["link"])).of


class Kept:
    """Nothing is kept before, and what comes is not asked for again."""

    def __init__(self):
        self.files = {}

    def read(self, name):
        return self.files.get(name)

    def keep(self, name, data):
        self.files[name] = data


counts = {"batches": 0, "signatures": 0}


def counted(name, function):
    def again(*arguments):
        counts[name] += 1
        return function(*arguments)

    return again


def packed(mac, kind, *rest):
    if kind == board_sync.BATCH:
        counts["batches"] += 1
    return pack_request(mac, kind, *rest)


pack_request, board_sync.pack_request = board_sync.pack_request, packed
terminal_sync.sign_steps = counted("signatures", ed25519_sign.sign_steps)

with open(sys.argv[2] + "/told.json") as file:
    told = json.load(file)
journal = Journal(FlashFiles(sys.argv[2] + "/journal"), told["terminal"], head_mac, told["segments"], told["cards"], told["segment_size"])
clock = Clock(lambda: journal.newest_minute)
sync = terminal_sync.Sync(journal, Vault(told), Kept(), clock, Settings, TcpLine("127.0.0.1", told["port"]), Quiet(), {})
print("ready")
sys.stdin.readline()
asyncio.run(sync.once())
if sync.trouble is not None:
    raise sync.trouble
counts["stored"] = journal.stored
print(json.dumps(counts))
sys.stdin.readline()
