"""`stampd offers install`: another pack from the next tap on; what is on cards stays, and what cannot be is said before any card comes."""

import json
import re

import pytest
from click.testing import CliRunner

from cardos.errors import BadInput
from host_tools.cli.main import stampd
from host_tools.daemon.demo_home import make_demo
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.offers.signing import sign_pack
from host_tools.provisioning.keys import test_keys
from host_tools.settings import Settings
from tests.offers.shop_with_pack import row_pack
from tests.whole_system import shop_lab
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import blank, coffees

VERSIONS = """
template = "version-change"
category = "coffee"
policy = "finish-old"
versions = [{version = 1, from = 2026-01-01, stamps_needed = 10}, {version = 2, from = 2026-02-01, stamps_needed = 12}]
"""
STAMPS = 'template = "stamp-card"\ncategory = "coffee"\nstamps_needed = %d\n'
POINTS = 'template = "cashback"\nearn_bp = 500\npoint_value = 1\n'
LEVELS = 'template = "tier-perks"\ntiers = %s\n[entitlements]\nbase = []\nsilver = ["delivery"]\n%s'


class Shop:
    """An open home with its desk, as a daemon has it, and the commands of another process beside it."""

    def __init__(self, folder, counters=3):
        self.folder = folder
        self.lab = shop_lab.Shop(folder / "home", Settings(counters=counters))
        self.home, self.cards, self.is_open = self.lab.home, {}, True

    def close(self):
        if self.is_open:
            self.lab.close()
        self.is_open = False

    def card(self, **opening):
        """A new card that opens with these counters."""
        card = blank(uid="04a1b2c3d4e5%02x" % len(self.cards))
        words = {"opening": opening, "reason": "paper card"} if opening else {}
        assert self.lab.tap(card, kind="issue", **words)["outcome"] == "done"
        self.cards[card.uid.hex()] = card
        return card

    def buys(self, card, count=1, redeem="none"):
        answer = self.lab.tap(card, lines=coffees(count), redeem=redeem)
        assert violations(World([self.home], self.cards)) == []
        return answer

    def pack(self, number=2, **offers):
        """The file pack.toml of some offers, {name: TOML text}."""
        for name, text in offers.items():
            (self.folder / (name + ".toml")).write_text(text)
        names = json.dumps([name + ".toml" for name in sorted(offers)])
        (self.folder / "pack.toml").write_text('offers = %s\ncurrency = "EUR"\nnumber = %d\n' % (names, number))
        return self.folder / "pack.toml"

    def signed(self, pack, keys=None):
        file = self.folder / "shop.stampdpack"
        file.write_bytes(sign_pack(pack, keys or self.home.keys))
        return file

    def install(self, file, *words, refused=None):
        """The JSON answer of the command."""
        told = CliRunner().invoke(stampd, ["--home", str(self.home.path), "offers", "install", str(file), *words, "--json"])
        answer = json.loads(told.stdout)
        assert (answer.get("refused"), told.exit_code) == (refused, 1 if refused else 0), (answer, told.exception)
        if refused:
            assert str(file) in answer["message"] or refused == "COUNTER_DROPPED", answer
            assert answer["hint"], answer
        return answer


@pytest.fixture
def shop(tmp_path):
    one = Shop(tmp_path)
    yield one
    one.close()


def setting(shop, **values):
    """Lines of shop.toml."""
    path = shop.home.path / "shop.toml"
    text = path.read_text()
    for key, value in values.items():
        text = re.sub("(?m)^%s = .*\n" % key, "", text) + "%s = %s\n" % (key, json.dumps(value))
    path.write_text(text)


def room_for(shop, counters):
    setting(shop, counters=counters)


# --- the story of the demo shop

def test_ten_stamps_become_twelve_and_every_card_keeps_what_it_has(shop):
    room_for(shop, 3)
    none, four, nine = shop.card(), shop.card(), shop.card()
    for card, count in ((four, 4), (nine, 9)):
        assert shop.buys(card, count)["counters"] == {"stamps": count}
    answer = shop.install(shop.pack(versions=VERSIONS))
    assert (answer["from"], answer["number"], answer["offers"]) == (1, 2, ["versions"])
    assert [(line["what"], line["from"], line["to"], line["new_ids"]) for line in answer["counters"]] == [
        ("kept", "stamps", "stamps", [1]), ("new", None, "offer_version", [2]),
    ]  # fmt: skip
    assert [shop.lab.tap(card, kind="show")["counters"]["stamps"] for card in (none, four, nine)] == [0, 4, 9]
    for card, more in ((four, 6), (nine, 1)):
        assert shop.buys(card, more)["counters"] == {"stamps": 10, "offer_version": 1}
        free = shop.buys(card, 2, "free-coffee")
        assert (free["rewards"], free["paid"], free["counters"]) == (["free coffee x1"], 450, {"stamps": 1, "offer_version": 2})
    assert shop.buys(none, 11)["counters"] == {"stamps": 11, "offer_version": 2}
    assert shop.buys(none, 1, "free-coffee")["refused"] == "OVERDRAW"
    for card, more in ((none, 1), (four, 11)):
        assert shop.buys(card, more)["counters"] == {"stamps": 12, "offer_version": 2}
        assert shop.buys(card, 1, "free-coffee")["counters"] == {"stamps": 0, "offer_version": 2}


def test_points_of_another_offer_appear_on_cards_with_room(shop):
    room_for(shop, 3)
    card = shop.card(stamps=4)
    answer = shop.install(shop.pack(stamps=STAMPS % 10, points=POINTS))
    assert [(line["what"], line["to"]) for line in answer["counters"]] == [("kept", "stamps"), ("new", "points")]
    assert shop.buys(card)["counters"] == {"points": 22, "stamps": 5}


def test_cards_without_room_are_told_before_and_at_the_till(tmp_path):
    shop = Shop(tmp_path, counters=1)
    try:
        small, file = shop.card(stamps=4), shop.pack(stamps=STAMPS % 10, points=POINTS)
        answer = shop.install(file, refused="PACK_TOO_MUCH")
        assert "counters = 3" in answer["message"] and "shop.toml" in answer["hint"]
        room_for(shop, 3)
        shop.install(file)
        told = shop.buys(small)
        assert (told["outcome"], told["declined"]) == ("done", "CARD_FULL") and told["message"].startswith("The card has no place left")
        assert (told["paid"], told["earned"], told["counters"]) == (450, {"stamps": 1}, {"points": 0, "stamps": 5})
        assert shop.lab.tap(small, kind="refund", sale=told["sale"])["counters"] == {"points": 0, "stamps": 4}
    finally:
        shop.close()


def test_the_demo_s_cards_keep_their_stamps_under_the_next_version(tmp_path):
    home, demo = make_demo(tmp_path / "home", 0)
    try:
        desk = TapDesk(home)

        def tap(card, **wish):
            demo.reader.put(card.chip)
            try:
                return desk.perform(Wish(**wish), demo.reader, wait_s=0)
            finally:
                demo.reader.remove()

        cards = [demo.card("card-%d" % number) for number in (1, 2, 3, 4)]
        before = [tap(card, kind="show")["counters"]["stamps"] for card in cards]
        (tmp_path / "versions.toml").write_text(VERSIONS)
        (tmp_path / "pack.toml").write_text('offers = ["versions.toml"]\ncurrency = "EUR"\nnumber = 2\n')
        told = CliRunner().invoke(stampd, ["--home", str(home.path), "offers", "install", str(tmp_path / "pack.toml"), "--json"])
        assert told.exit_code == 0, told.stdout
        assert [tap(card, kind="show")["counters"]["stamps"] for card in cards] == before and any(before)
        full = before.index(max(before))
        answer = tap(cards[full], kind="sell", lines=coffees(1), redeem="auto")
        assert (answer["rewards"], answer["counters"]["stamps"], answer["counters"]["offer_version"]) == (["free coffee x1"], max(before) - 10, 2)
    finally:
        home.close()


# --- what it says and refuses

def test_a_dry_run_installs_nothing(shop):
    room_for(shop, 3)
    answer = shop.install(shop.pack(points=POINTS, stamps=STAMPS % 8), "--dry-run")
    assert answer["dry_run"] and "would run" in answer["message"] and not (shop.home.path / "packs").exists()
    assert shop.home.terms().pack["number"] == 1


def test_the_same_file_twice_is_one_pack_and_an_older_one_is_refused(shop):
    room_for(shop, 3)
    two = shop.pack(2, stamps=STAMPS % 9)
    shop.install(two)
    shop.install(two)
    assert "number = 3" in shop.install(shop.pack(2, stamps=STAMPS % 8), refused="PACK_OLDER")["hint"]
    shop.install(shop.pack(3, stamps=STAMPS % 8))
    answer = shop.install(shop.pack(2, stamps=STAMPS % 9), refused="PACK_OLDER")
    assert "runs pack 3 already, not 2" in answer["message"]
    assert shop.home.terms().pack["number"] == 3 and shop.home.packs.of(2)["number"] == 2


def test_forged_damaged_and_foreign_packs(shop):
    class Others:
        scheme = test_keys().scheme

        def sign(self, purpose, message):
            return test_keys().sign("receipt", message)

        def public_key(self, purpose):
            return test_keys().public_key("receipt")

    pack = {**row_pack("A01"), "currency": "EUR"}
    shop.install(shop.signed(pack, Others()), refused="PACK_FORGED")
    good = shop.signed(pack)
    good.write_bytes(good.read_bytes()[:-9])
    shop.install(good, refused="PACK_DAMAGED")
    shop.install(shop.folder / "nowhere.stampdpack", refused="PACK_DAMAGED")
    shop.install(shop.signed({**pack, "rules": {**pack["rules"], "earn": [{"op": "magic"}]}}), refused="PACK")
    assert "shop.toml" in shop.install(shop.signed({**pack, "currency": "JPY", "minor_digits": 0}), refused="CURRENCY_MIX")["message"]
    assert shop.home.terms().pack["number"] == 1


def test_nothing_on_cards_is_lost_or_takes_another_meaning(shop):
    room_for(shop, 9)
    shop.card(stamps=4)
    points = shop.pack(2, points=POINTS)
    assert "--drop stamps" in shop.install(points, refused="COUNTER_DROPPED")["hint"]
    shop.install(points, "--drop", "stamps")
    assert shop.home.terms().pack["counters"][0]["ids"] == [2], "1 stays that of the stamps"
    answer = shop.install(shop.pack(3, points=POINTS, stamps=STAMPS % 10))
    assert [(line["to"], line["new_ids"]) for line in answer["counters"]] == [("points", [2]), ("stamps", [1])]
    alone = {**row_pack("C01", 4), "currency": "EUR"}  # compiled without the pack that runs: points are 1
    alone["counters"] = [{**alone["counters"][0]}, {"name": "stamps", "kind": "plain", "ids": [3]}]
    assert "pack.toml" in shop.install(shop.signed(alone), refused="COUNTER_MOVED")["hint"]


def test_a_shop_without_cards_has_nothing_to_lose(shop):
    pack = {**row_pack("C01"), "currency": "EUR"}
    answer = shop.install(shop.signed(pack))
    assert [(line["what"], line["to"], line["new_ids"]) for line in answer["counters"]] == [("new", "points", [1])]
    shop.card(points=3)
    alone = {**row_pack("A01", 3), "currency": "EUR"}
    shop.install(shop.signed(alone), refused="COUNTER_MOVED")


def test_levels_keep_their_numbers(shop):
    room_for(shop, 9)
    shop.card()
    shop.install(shop.pack(2, stamps=STAMPS % 10, levels=LEVELS % ('["base", "silver"]', "")))
    shop.install(shop.pack(3, stamps=STAMPS % 10, levels=LEVELS % ('["base", "silver", "gold"]', 'gold = ["delivery"]')))
    middle = shop.pack(4, stamps=STAMPS % 10, levels=LEVELS % ('["base", "bronze", "silver", "gold"]', 'gold = []\nbronze = []'))
    answer = shop.install(middle, refused="LEVELS_MOVED")
    assert "base, silver, gold first" in answer["hint"]


def test_a_pack_that_was_damaged_on_disk_is_named_and_laid_over(shop):
    room_for(shop, 3)
    file, card = shop.pack(stamps=STAMPS % 9), shop.card()
    shop.install(file)
    assert shop.buys(card)["outcome"] == "done"
    installed = shop.home.path / "packs" / "2.stampdpack"
    whole = installed.read_bytes()
    installed.write_bytes(whole[:100])
    assert shop.buys(card)["counters"] == {"stamps": 2}, "the one that was read stays in use"
    shop.close()
    with pytest.raises(BadInput) as trouble:
        Home.open(shop.home.path)
    assert trouble.value.code == "PACK_DAMAGED" and str(installed) in trouble.value.message
    copy = shop.folder / "copy.stampdpack"
    copy.write_bytes(whole)
    shop.install(copy)
    with Home.open(shop.home.path) as again:
        assert again.pack["number"] == 2


def test_words_for_people(shop):
    room_for(shop, 3)
    shop.card()
    told = CliRunner().invoke(stampd, ["offers", "install", str(shop.pack(points=POINTS, stamps=STAMPS % 8)), "--home", str(shop.home.path)])
    assert told.exit_code == 0 and told.stdout.splitlines()[0] == "Pack 2 runs: points, stamps."
    assert "kept     stamps (1 -> 1)" in told.stdout and "new      points" in told.stdout
