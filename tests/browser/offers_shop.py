"""A demo shop with a catalogue and seven offers, as a program: `python -m tests.browser.offers_shop FOLDER` prints one JSON line and serves.

The shop of docs/offers/shop, and besides: stickers for things, a code for all year, a discount by hand. Cards: Anna is new, Boris
has a full stamp card, 300 points and 12 stickers, Carla is two stickers short of a mug.
"""

import json
import shutil
import sys
from pathlib import Path

from host_tools.daemon.demo_shop import DemoShop
from host_tools.daemon.service import Service
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Line, Wish
from host_tools.home import Home
from host_tools.offers.compiler import compile_pack
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.signing import sign_pack
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = """
[latte]
name = "Latte"
category = "coffee"
price = "4.20"
[espresso]
name = "Espresso"
category = "coffee"
price = "2.60"
[flat-white]
name = "Flat white"
category = "coffee"
price = "3.90"
[filter]
name = "Filter coffee"
category = "coffee"
price = "3.10"
[croissant]
name = "Croissant"
category = "bakery"
price = "2.40"
[cinnamon-bun]
name = "Cinnamon bun"
category = "bakery"
price = "3.20"
[cheesecake]
name = "Cheesecake"
category = "bakery"
price = "5.50"
[house-beans]
name = "House beans 250 g"
category = "beans"
price = "9.80"
[filter-beans]
name = "Filter beans 1 kg"
category = "beans"
price = "32.00"
[gift-card]
name = "Gift card"
category = "gift-card"
price = "20.00"
tile = false
"""
STICKERS = """
template = "catalogue"
counter = "stickers"
step = 500
per_step = 1
[catalogue]
mug = 10
tote-bag = 25
[name]
en = "Stickers for things"
"""
CODE = """
template = "code"
group = "prices"
[codes.NEIGHBOUR]
bp = 1500
from = 2020-01-01
through = 2099-12-31
[name]
en = "Code of the neighbourhood"
"""
MANUAL = """
template = "manual-discount"
max_bp = 2000
[name]
en = "Discount by hand"
"""


def write_pack(folder):
    """The shop's offers as files in `folder`; returns the path of their pack.toml."""
    shutil.copytree(ROOT / "docs" / "offers" / "shop", folder)
    for name, text in (("stickers", STICKERS), ("code", CODE), ("manual", MANUAL)):
        (folder / (name + ".toml")).write_text(text, "utf-8")
    path = folder / "pack.toml"
    text = path.read_text("utf-8").replace('"spring-code.toml", "staff.toml"]', '"stickers.toml", "code.toml", "manual.toml"]')
    text = text.replace("counters = 5", "counters = 9").replace('"spring-code", "staff"]', '"code"]').replace("number = 1 ", "number = 2 ")
    path.write_text(text, "utf-8")
    return path


def make_home(folder):
    """An open home with keys, catalogue and pack."""
    make_test_keys(folder)
    (folder / "catalogue.toml").write_text(CATALOGUE, "utf-8")
    source = read_pack(write_pack(folder / "offers"))
    home = Home.open(folder, settings=Settings(shop="Corner Coffee", counters=5))
    pack = compile_pack(
        source.offers, number=source.number, scheme=home.keys.scheme, currency=source.currency, minor_digits=source.minor_digits, groups=source.groups
    )
    home.packs.install(sign_pack(pack, home.keys), "the shop of this test")
    home.terms()  # the new pack runs
    return home


def fill(home, demo):
    """Cards by their history: each is issued and sells what it takes."""
    desk = TapDesk(home)
    bought = {"Anna": [], "Boris": [("latte", "coffee", 9, 420), ("mug-set", "goods", 1, 2220)], "Carla": [("latte", "coffee", 1, 4000)]}
    for label, lines in bought.items():
        card = demo.add(label)
        wishes = [Wish(kind="issue")] + ([Wish(kind="sell", lines=[Line(*line) for line in lines])] if lines else [])
        for wish in wishes:
            demo.reader.put(card.chip)
            answer = desk.perform(wish, demo.reader, wait_s=0)
            demo.reader.remove()
            assert answer["outcome"] == "done", answer["message"]


def main():
    home, demo = make_home(Path(sys.argv[1])), DemoShop()
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    fill(home, demo)
    service = Service(home, host="127.0.0.1", port=port, demo=demo)
    service.on_ready = lambda ready: print(json.dumps({"url": ready.url}), flush=True)
    service.run()


if __name__ == "__main__":
    main()
