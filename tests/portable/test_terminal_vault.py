"""A board's keys answer as the shop's do, for the roles and epochs it has, and show themselves to nobody. Its settings load."""

import os

from cardos.crypto.cmac import aes_cmac
from cardos.errors import BadInput
from cardos.records.board_settings import pack_settings
from cardos.records.board_vault import LINK_LABEL, pack_vault
from cardos.records.diversification import KEY_READ, CardKeys
from terminal.journal_segments import FlashFiles
from terminal.kept import Kept
from terminal.key_vault import KeyVault, open_vault_file
from terminal.settings import load_settings
from tests.portable.board_bench import SCHEME, SETTINGS, VAULT, Bench, with_fields
from tests.portable.journal_bench import MemoryFiles
from tests.portable.shop import KEYS, UID

FOLDER = "vault-test-folder"  # below the folder that the tests run in


def vault(**changes):
    return KeyVault(with_fields(with_fields(VAULT, **changes), format=1))


def code_of(function, *arguments):
    try:
        function(*arguments)
    except BadInput as trouble:
        assert trouble.message and trouble.hint
        return trouble.code
    return None


def test_it_derives_and_macs_as_the_shop_does():
    ours = vault()
    for role in ("read", "earn", "uid", "record-mac", "password"):
        for m in (b"m", b"stampd", bytes(31)):
            assert ours.derive(role, 1, m) == KEYS.derive(role, 1, m) and ours.mac(role, 1, m, b"message") == KEYS.mac(role, 1, m, b"message")
    assert CardKeys(ours, SCHEME, UID).record_mac(1, b"x") == CardKeys(KEYS, SCHEME, UID).record_mac(1, b"x")
    assert CardKeys(ours, SCHEME, UID).chip_key(KEY_READ, 1) == CardKeys(KEYS, SCHEME, UID).chip_key(KEY_READ, 1)


def test_the_keys_of_the_last_cards_are_kept_and_of_no_more():
    ours = vault()
    made = [ours.derive("read", 1, bytes([number])) for number in range(40)]
    assert len(ours._cards) <= 6
    assert [ours.derive("read", 1, bytes([number])) for number in range(40)] == made and len(set(made)) == 40


def test_what_a_board_must_not_do_it_has_no_key_for():
    ours = vault()
    assert code_of(ours.derive, "admin", 1, b"m") == code_of(ours.mac, "redeem", 1, b"m", b"") == "KEYS_ROLE"
    assert code_of(ours.derive, "read", 2, b"m") == "KEYS_EPOCH"


def test_closed_epochs_are_not_offered_any_more():
    ours = vault(epoch=2, masters={1: VAULT["masters"][1], 2: VAULT["masters"][1]})
    assert ours.epochs == (1, 2) and ours.derive("read", 1, b"m")
    ours.accept(2, [1, 2])
    assert ours.epochs == (2,) and code_of(ours.derive, "read", 1, b"m") == "KEYS_EPOCH_CLOSED" and not CardKeys(ours, SCHEME, UID).knows(1)
    ours.accept(0, [1])
    assert ours.epochs == (1,) and code_of(ours.derive, "read", 2, b"m") == "KEYS_EPOCH_CLOSED"


def test_macs_to_the_shop_and_of_its_own_files():
    ours = vault()
    assert ours.link_mac(b"abc") == aes_cmac(VAULT["link"], b"abc") and ours.store_mac(b"abc") == ours.head_mac(b"abc") == aes_cmac(VAULT["store"], b"abc")
    message = bytes(range(200))
    for cuts in ((0, 200), (1, 16, 17), (15, 31, 199), (16, 32, 160)):
        pieces, last = [], 0
        for cut in cuts:
            pieces.append(message[last:cut])
            last = cut
        pieces.append(message[last:])
        assert ours.store_mac_of_pieces(pieces) == ours.store_mac(message), cuts
    assert ours.store_mac_of_pieces([]) == ours.store_mac(b"") and ours.store_mac_of_pieces([bytes(16), b""]) == ours.store_mac(bytes(16))


def test_nothing_of_a_key_shows():
    ours = vault(wifi=["net", "secret word"])
    ours.mac("record-mac", 1, b"m", b"message")
    shown = repr(ours) + str(ours)
    for key in [VAULT["seed"], VAULT["link"], VAULT["store"]] + list(VAULT["masters"][1].values()):
        assert repr(key)[2:-1] not in shown and key.hex() not in shown
    assert "secret" not in shown and ours.wifi == ["net", "secret word"] and ours.seed == VAULT["seed"]


def test_a_vault_file_that_is_missing_damaged_or_whole():
    assert code_of(open_vault_file, "no such folder/vault") == "VAULT_MISSING"
    files = FlashFiles(FOLDER)
    try:
        data = pack_vault(VAULT)
        files.create("vault", data)
        assert open_vault_file(FOLDER + "/vault").terminal == 7
        files.create("vault", data[:-1] + b"\x00")
        assert code_of(open_vault_file, FOLDER + "/vault") == "VAULT_DAMAGED"
        files.remove("vault")
    finally:
        os.rmdir(FOLDER)


def test_the_labels_of_a_boards_own_keys_differ():
    assert LINK_LABEL != VAULT["link"] and vault().link_mac(b"") != vault().store_mac(b"")


def test_settings_load_as_attributes():
    found = load_settings(Bench().kept)
    assert (found.shop, found.amount, found.guard_s, found.limits, found.sync["how"]) == (SETTINGS["shop"], 350, 30, True, "none")


def test_settings_that_are_missing_or_wrong_say_so():
    kept = Kept(MemoryFiles(), vault().store_mac_of_pieces)
    assert code_of(load_settings, kept) == "SETTINGS_MISSING"
    kept.keep("settings", pack_settings(SETTINGS)[:-1])
    assert code_of(load_settings, kept) == "SETTINGS_DAMAGED"
