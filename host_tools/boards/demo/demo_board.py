"""The demo's board: flashed and provisioned into a folder as any board is, with settings that waste no time."""

import json
import os
from pathlib import Path

from cardos.errors import StampdError

LOOPBACK = "127.0.0.1"
NAME = "counter"
PRICE = 350  # minor units of the coffee that a tap alone stands for
GONE_EVERY_MS = 5  # how often the board looks whether the card still lies there; a shop's board takes its time
SYNC_EVERY_S = 5  # the least that settings allow

_OPTIONS = """mode = "%(mode)s"
language = "%(language)s"
guard_s = 0

[article]
sku = "coffee"
category = "coffee"
quantity = 1
unit_price = %(price)d

[sync]
how = "tcp"
host = "%(host)s"
port = %(port)d
every_s = %(every_s)d
"""


def write_options(home, terminal, port, language="en", mode="stamp"):
    """The board's own settings in the home (boards/<terminal>.toml), replaced whole. port: where its shop listens."""
    folder = Path(home.path) / "boards"
    folder.mkdir(exist_ok=True)
    path = folder / ("%d.toml" % terminal)
    beside = path.with_suffix(".new")
    beside.write_text(_OPTIONS % {"mode": mode, "language": language, "price": PRICE, "host": LOOPBACK, "port": port, "every_s": SYNC_EVERY_S}, "utf-8")
    os.replace(beside, path)


def make_demo_board(home, device, port, reader):
    """Flash the firmware onto `device`, a folder, and give it keys, certificate, offers and settings; returns its terminal number.

    port: where the shop listens for it. reader: as desk.json names it. Raises BoardTrouble and what provisioning raises.
    """
    from host_tools.boards.making import make_board

    terminal = home.store.boards.next_terminal()
    write_options(home, terminal, port)
    if make_board(home, device, NAME, board="desk").terminal != terminal:
        raise StampdError("The demo's board did not get the number %d." % terminal, "Please report this.")
    device.write("/data/desk.json", json.dumps({"reader": reader, "gone_every_ms": GONE_EVERY_MS}).encode())
    return terminal
