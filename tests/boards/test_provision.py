"""Provisioning: a board becomes a terminal of this shop; what it holds opens with its own code; nothing secret is seen on the way."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardos.cbor import decode
from cardos.crypto.cmac import Cmac
from cardos.records.board_settings import open_settings
from cardos.records.board_vault import open_vault
from cardos.records.certificate import open_certificate
from cardos.records.kept_file import open_kept
from cardos.records.stop_list import open_stop_list
from host_tools.boards import releases
from host_tools.boards.devices import BoardTrouble
from host_tools.boards.firmware import closure, compiled_files
from host_tools.boards.folder_device import FolderDevice
from host_tools.boards.making import flash_board, make_board
from host_tools.boards.mpremote_device import MpremoteDevice
from host_tools.boards.provisioning import check, holder, link_key, provision, refuse_unsynced, store_key
from host_tools.boards.register import listed
from host_tools.home import Home
from host_tools.offers.signing import verify_pack
from host_tools.provisioning.key_file import new_secrets
from host_tools.provisioning.keys import KeyRing
from host_tools.provisioning.new_keys import make_test_keys
from tests.boards.bench import Cut, plugged_in, small_firmware

KEPT = ("pack", "list", "settings", "certificate", "zones")
WIFI = ("the shop", "a long password")


@pytest.fixture
def shop(home, monkeypatch):
    """An open home with TEST keys, and a small firmware in place of the whole."""
    make_test_keys(home)
    files = small_firmware(1)
    monkeypatch.setattr(releases, "compiled", lambda board: files)
    with Home.open(home) as opened:
        yield opened


def certificate_of(kept, vault):
    """The certificate, opened as the board opens it."""
    mine = Ed25519PrivateKey.from_private_bytes(vault["seed"]).public_key().public_bytes_raw()
    return open_certificate(kept["certificate"], vault["public"]["certificate"], vault["scheme"], vault["terminal"], vault["serial"], mine)


@pytest.fixture
def folder(tmp_path):
    return FolderDevice(tmp_path / "flash")


def vault_of(device):
    return open_vault(device.read("/data/vault"))


def kept_of(device, store):
    return {name: open_kept(Cmac(store).of, name, device.read("/data/kept/" + name)) for name in KEPT}


def test_a_board_holds_what_it_needs_and_no_more(shop, folder):
    made = make_board(shop, folder, "counter", wifi=WIFI, parts={"reader": "mfrc522"})
    vault, keys = vault_of(folder), shop.keys
    assert (vault["scheme"], vault["terminal"], vault["serial"]) == (keys.scheme, made.terminal, 1) and made.terminal != shop.settings.terminal
    assert vault["link"] == link_key(keys, made.terminal, 1) and vault["store"] == store_key(keys, made.terminal, 1)
    assert vault["masters"] == {epoch: keys.board_masters(epoch) for epoch in (keys.epoch - 1, keys.epoch) if epoch in keys.epochs}
    assert vault["public"] == {purpose: keys.public_key(purpose) for purpose in ("pack", "list", "certificate", "release")} and vault["wifi"] == list(WIFI)
    kept = kept_of(folder, vault["store"])
    certificate = certificate_of(kept, vault)
    assert certificate["until"] - certificate["from"] == 35 * 1440
    assert verify_pack(kept["pack"], vault["public"]["pack"])["number"] == shop.pack["number"]
    assert open_stop_list(kept["list"], vault["public"]["list"], keys.scheme, 0).scheme == keys.scheme
    assert open_settings(kept["settings"])["shop"] == shop.settings.shop and decode(kept["zones"])
    assert json.loads(folder.read("/data/board.json")) == {"reader": "mfrc522"}
    assert [(row["terminal"], row["name"], row["status"]) for row in listed(shop)] == [(made.terminal, "counter", "paired")]


def test_over_the_cable_it_is_the_same(shop, tmp_path, link):
    with plugged_in(tmp_path / "flash.img", link):
        device = MpremoteDevice(link)
        make_board(shop, device, "bar")
        kept_of(device, vault_of(device)["store"])
        device.close()


def test_no_key_byte_is_said(shop, tmp_path, capfd, monkeypatch, link):
    """On no output, in no argument of a program, in no file but the board's vault."""
    said, true_popen = [], subprocess.Popen.__init__

    def popen(self, words, *more, **how):
        said.append(repr(words))
        true_popen(self, words, *more, **how)

    monkeypatch.setattr(subprocess.Popen, "__init__", popen)
    with plugged_in(tmp_path / "flash", link):
        device = MpremoteDevice(link)
        made = make_board(shop, device, "bar", wifi=WIFI)
        vault = vault_of(device)
        device.close()
    secrets = [vault["seed"], vault["link"], vault["store"], WIFI[1].encode(), *(key for row in vault["masters"].values() for key in row.values())]
    seen = capfd.readouterr()
    text = (repr(made) + repr(shop.keys) + repr(holder(FolderDevice(tmp_path / "flash"))) + "".join(said) + seen.out + seen.err).encode()
    places = [path for path in (*tmp_path.rglob("*"), *Path(shop.path).rglob("*")) if path.is_file() and path.name != "vault"]
    assert any(path.name == "ledger.sqlite" for path in places)
    for data in (text, *(path.read_bytes() for path in places)):
        for secret in secrets:
            assert secret not in data and secret.hex().encode() not in data and repr(secret).encode() not in data


def test_a_provisioned_board_is_not_provisioned_again_by_accident(shop, folder):
    make_board(shop, folder, "counter")
    before = folder.listing("/")
    with pytest.raises(BoardTrouble) as caught:
        provision(shop, folder, "other")
    assert caught.value.code == "BOARD_PROVISIONED" and "--renew" in caught.value.hint
    assert folder.listing("/") == before and len(listed(shop)) == 1


def test_renewed_keys_leave_the_journal_and_what_is_kept(shop, folder):
    made = make_board(shop, folder, "counter", wifi=WIFI)
    old = vault_of(folder)
    folder.write("/data/journal/j0", b"lines that the shop has not")
    again = provision(shop, folder, None, renew=True)
    new = vault_of(folder)
    assert (again.terminal, again.serial, again.name, again.renewed) == (made.terminal, 2, "counter", True)
    assert folder.read("/data/journal/j0") == b"lines that the shop has not"
    assert new["store"] == old["store"] and new["wifi"] == old["wifi"] and new["link"] != old["link"] and new["seed"] != old["seed"]
    assert certificate_of(kept_of(folder, new["store"]), new)["serial"] == 2


def test_a_board_of_another_shop(shop, folder):
    make_board(shop, folder, "counter")
    others = KeyRing(new_secrets(0x1234), is_test=False)
    with pytest.raises(BoardTrouble) as caught:
        check(folder, others, renew=True, force=False)
    assert caught.value.code == "BOARD_OTHER_SCHEME" and "FFFF" in caught.value.message and "--force" in caught.value.hint
    assert check(folder, others, renew=False, force=True) is None
    with pytest.raises(BoardTrouble) as caught:
        flash_board(shop.path, others, folder)
    assert caught.value.code == "BOARD_OTHER_SCHEME"


def test_a_journal_that_nobody_read_is_not_thrown_away(shop, folder):
    make_board(shop, folder, "counter")
    folder.write("/data/journal/j0", b"lines that the shop has not")
    before = folder.listing("/")
    with pytest.raises(BoardTrouble) as caught:
        provision(shop, folder, "counter 2", force=True)
    assert caught.value.code == "BOARD_JOURNAL" and "--forget-journal" in caught.value.hint and folder.listing("/") == before
    made = provision(shop, folder, "counter 2", force=True, forget_journal=True)
    assert made.terminal == 3 and made.serial == 1 and not folder.listing("/data/journal")


def test_a_board_without_firmware_or_without_keys(shop, folder):
    with pytest.raises(BoardTrouble) as caught:
        provision(shop, folder, "counter")
    assert caught.value.code == "BOARD_FIRMWARE" and "board flash" in caught.value.hint
    folder.write("/main.py", b"")
    with pytest.raises(BoardTrouble) as caught:
        provision(shop, folder, "counter", renew=True)
    assert caught.value.code == "BOARD_NOT_PROVISIONED"
    folder.write("/data/journal/j0", b"x")
    with pytest.raises(BoardTrouble) as caught:
        provision(shop, folder, "counter")
    assert caught.value.code == "BOARD_JOURNAL" and not listed(shop)


def test_a_damaged_vault_is_told(shop, folder):
    make_board(shop, folder, "counter")
    folder.write("/data/vault", folder.read("/data/vault")[:-1])
    with pytest.raises(BoardTrouble) as caught:
        provision(shop, folder, "counter", renew=True)
    assert caught.value.code == "BOARD_VAULT"


def test_a_provisioning_that_was_cut_anywhere_is_finished_by_the_next(shop, tmp_path):
    numbers = set()
    for writes in range(50):
        device = FolderDevice(tmp_path / str(writes))
        name = "board %d" % writes
        try:
            device.write("/main.py", b"")
            provision(shop, Cut(device, writes), name)
            break
        except BoardTrouble as trouble:
            assert trouble.code == "BOARD_LOST"
            assert device.read("/data/vault") is None
            made = provision(shop, device, name)
            assert made.terminal not in numbers
            numbers.add(made.terminal)
            kept_of(device, vault_of(device)["store"])
    assert len(numbers) > 4 and len(listed(shop)) == len(numbers) + 1


JOURNAL_LINES = """
import sys
sys.path.insert(0, 'a')
from terminal.journal import Journal
from terminal.journal_segments import FlashFiles
from terminal.key_vault import open_vault_file
vault = open_vault_file('data/vault')
journal = Journal(FlashFiles('data/journal'), vault.terminal, vault.head_mac)
for number in range(3):
    journal.case('KIND', {'number': number}, 1)
"""


def test_the_board_itself_says_what_the_shop_has_not(shop, folder, micropython):
    """In its own code, with its own keys; what this shop's register has counts as well."""
    make_board(shop, folder, "counter")
    for path, data in compiled_files(closure(["terminal.journal", "terminal.key_vault"])):
        folder.write("/a/" + path, data)
    (folder.folder / "data" / "journal").mkdir()
    refuse_unsynced(folder)
    folder.run(JOURNAL_LINES)
    for held in (0, 2):
        with pytest.raises(BoardTrouble) as caught:
            refuse_unsynced(folder, held)
        assert caught.value.code == "BOARD_JOURNAL" and "%d lines" % (3 - held) in caught.value.message
    refuse_unsynced(folder, 3)
    with pytest.raises(BoardTrouble):
        provision(shop, folder, "again", force=True)


def test_a_renewal_that_was_cut_is_finished_by_the_next(shop, folder):
    make_board(shop, folder, "counter")
    for writes in range(20):
        try:
            provision(shop, Cut(folder, writes), None, renew=True)
            break
        except BoardTrouble as trouble:
            assert trouble.code == "BOARD_LOST" and holder(folder).terminal == 2
        provision(shop, folder, None, renew=True)
        vault = vault_of(folder)
        certificate_of(kept_of(folder, vault["store"]), vault)
    assert writes > 3 and len(listed(shop)) == 1
