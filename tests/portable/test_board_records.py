"""What boards are sent and keep, byte for byte: certificates, stop lists, releases, vault, settings, kept files; and what is refused."""

from cardos.bytes import uint
from cardos.cbor import decode, encode
from cardos.crypto import sign1
from cardos.crypto.cmac import aes_cmac
from cardos.errors import BadInput, RangeError
from cardos.records import board_settings, board_vault, certificate, kept_file, release, stop_list
from tests.portable.board_bench import BOARD, CERTIFICATE, OFFICE, SCHEME, SETTINGS, SERIAL, TERMINAL, VAULT, signed_list, with_fields
from tests.portable.ed25519_signer import Signer

STRANGER = Signer(b"stampd tests: a stranger's key  ")


def code_of(function, *arguments):
    try:
        function(*arguments)
    except (BadInput, RangeError) as trouble:
        assert trouble.message, trouble.code
        return trouble.code
    return None


def certified(fields=CERTIFICATE, signer=OFFICE):
    protected, payload, message = certificate.unsigned_certificate(fields)
    return certificate.assemble(protected, payload, signer.sign(message))


def opened(data, terminal=TERMINAL, serial=SERIAL, key=BOARD.public_key, newest=0):
    return certificate.open_certificate(data, OFFICE.public_key, SCHEME, terminal, serial, key, newest)


def signed_anyhow(kind, value, scheme=SCHEME):
    """A good signature over what no office of ours signs."""
    protected, payload, message = sign1.unsigned(value, scheme, kind.purpose)
    return sign1.assemble(protected, payload, OFFICE.sign(message))


# --- certificates ---


def test_a_certificate_comes_back_and_is_trusted_without_its_signature():
    data = certified()
    assert opened(data) == CERTIFICATE and certificate.trusted_certificate(data) == CERTIFICATE
    broken = data[:-1] + bytes([data[-1] ^ 1])
    assert certificate.trusted_certificate(broken) == CERTIFICATE and code_of(opened, broken) == "CERTIFICATE_FORGED"


def test_a_certificate_of_another_board_key_or_time_is_refused():
    data = certified()
    assert code_of(opened, data, TERMINAL + 1) == code_of(opened, data, TERMINAL, SERIAL + 1) == "CERTIFICATE_OTHER_BOARD"
    assert code_of(opened, data, TERMINAL, SERIAL, STRANGER.public_key) == "CERTIFICATE_OTHER_BOARD"
    begins = CERTIFICATE["from"]
    assert opened(data, newest=begins) and code_of(opened, data, TERMINAL, SERIAL, BOARD.public_key, begins + 1) == "CERTIFICATE_OLDER"
    assert code_of(opened, certified(signer=STRANGER)) == "CERTIFICATE_FORGED"
    assert code_of(opened, certified(with_fields(CERTIFICATE, scheme=7))) == "CERTIFICATE_SCHEME"
    for cut in (b"", data[:-1], data + b"\x00", b"\x00" * 40):
        assert code_of(opened, cut) == "CERTIFICATE_DAMAGED"


def test_a_certificates_fields_are_checked_by_who_signs_and_by_who_opens():
    for name, value in (
        ("terminal", 65536), ("serial", -1), ("serial", True), ("key", bytes(31)), ("until", CERTIFICATE["from"]), ("until", 35 * 1440 + 1001),
        ("operations", ["issue"]), ("operations", "earn"), ("amount_max", None), ("rewards_max", {"A": 1, "B": 1}), ("rewards_max", {"A": 1, "B": 1, "C": -1}),
        ("unsure_taps_max", 70000), ("epochs", []), ("epochs", [2, 1]), ("epochs", [256]), ("epochs", [True]),
    ):  # fmt: skip
        wrong = with_fields(CERTIFICATE, **{name: value})
        assert code_of(certificate.unsigned_certificate, wrong) == "CERTIFICATE_DAMAGED", name
        assert code_of(opened, signed_anyhow(certificate.KIND, wrong)) == "CERTIFICATE_DAMAGED", name
    more = with_fields(CERTIFICATE, admin=True)
    assert code_of(opened, signed_anyhow(certificate.KIND, more)) == "CERTIFICATE_DAMAGED"
    assert code_of(opened, signed_anyhow(certificate.KIND, with_fields(CERTIFICATE, format=2))) == "CERTIFICATE_VERSION"
    assert code_of(opened, signed_anyhow(certificate.KIND, [1])) == "CERTIFICATE_DAMAGED"


def test_what_was_signed_for_one_purpose_is_nothing_else():
    data = signed_list(1, ())
    assert code_of(opened, data) == "CERTIFICATE_FORGED"
    assert code_of(release.open_release, certified(), OFFICE.public_key, SCHEME, 0) == "RELEASE_FORGED"
    assert code_of(stop_list.open_stop_list, certified(), OFFICE.public_key, SCHEME, 0) == "STOP_LIST_FORGED"


# --- stop lists ---

ENTRIES = [stop_list.card_entry(1 + number % 10, uint(number, 7)) for number in range(300)]


def test_a_stop_list_comes_back_sorted_and_each_card_once():
    data = signed_list(9, ENTRIES + ENTRIES[:5], (3, 9), lowest=1, minute=77)
    found = stop_list.open_stop_list(data, OFFICE.public_key, SCHEME, 9)
    assert (found.number, found.minute, found.terminals, found.lowest_epoch) == (9, 77, (3, 9), 1) and len(found.table) == 2400
    assert stop_list.trusted_stop_list(data) == found
    assert code_of(stop_list.open_stop_list, data, OFFICE.public_key, SCHEME, 10) == "STOP_LIST_OLDER"
    assert code_of(stop_list.open_stop_list, data, STRANGER.public_key, SCHEME, 0) == "STOP_LIST_FORGED"


def test_an_entry_is_the_start_of_a_labelled_hash():
    assert stop_list.card_entry(2, bytes.fromhex("04a1b2c3d4e5f6")).hex() == "fb7bda7799b18c48"
    assert stop_list.card_entry(2, b"\x04\x01") != stop_list.card_entry(3, b"\x04\x01")


def test_a_list_that_could_hide_a_card_is_refused():
    table = stop_list.make_table(ENTRIES[:3])
    shuffled = table[8:16] + table[:8] + table[16:]
    for value in (
        [1, SCHEME, 1, 0, [], 0, shuffled], [1, SCHEME, 1, 0, [], 0, table[:8] * 2], [1, SCHEME, 1, 0, [], 0, table[:-1]],
        [1, SCHEME, 1, 0, [2, 1], 0, table], [1, SCHEME, 0, 0, [], 0, table], [1, SCHEME, 1, 0, [], 300, table], [1, 7, 1, 0, [], 0, table],
        [1, SCHEME, 1, 0, [], 0], {}, [],
    ):  # fmt: skip
        data = signed_anyhow(stop_list.KIND, value)
        assert code_of(stop_list.open_stop_list, data, OFFICE.public_key, SCHEME, 0) == "STOP_LIST_DAMAGED", value[:6]
    data = signed_anyhow(stop_list.KIND, [2])
    assert code_of(stop_list.open_stop_list, data, OFFICE.public_key, SCHEME, 0) == "STOP_LIST_VERSION"
    assert code_of(stop_list.make_table, [uint(number, 8) for number in range(1401)]) == "STOP_LIST_TOO_LARGE"


def test_the_head_of_a_list_is_found_without_its_table():
    for entries, terminals in (((), ()), (ENTRIES[:1], (1,)), (ENTRIES[:30], (23, 24, 300)), (ENTRIES, tuple(range(1, 60000, 300)))):
        data = signed_list(70000, entries, terminals, lowest=3, minute=99999)
        whole = stop_list.trusted_stop_list(data)
        head, begin, size = stop_list.head_of(data[: stop_list.HEAD_MAX])
        assert head == stop_list.StopList(SCHEME, whole.number, whole.minute, whole.terminals, whole.lowest_epoch, b"")
        assert data[begin : begin + size] == whole.table and begin + size + stop_list.SIGNATURE_TAIL == len(data)
    assert code_of(stop_list.head_of, data[:20]) == code_of(stop_list.head_of, bytes(50)) == code_of(stop_list.head_of, b"") == "STOP_LIST_DAMAGED"


# --- releases ---


def test_a_release_writes_only_plain_paths_in_its_two_folders():
    for path in ("terminal/main.mpy", "cardos/crypto/aes.py", "terminal/words/en.txt", "cardos/taps/cards/type2.mpy"):
        assert release.is_path(path), path
    for path in ("main.py", "/terminal/a.py", "terminal/../main.py", "terminal/.py", "terminal//a.py", "terminal/a", "terminal/a.py.py", "data/vault",
                 "terminal/A.py", "terminal/a.exe", "terminal/./a.py", "terminal\\a.py", "terminal/a b.py", "lib/a.py",
                 "terminal", "", None, 3, "cardos/" + "a" * 64 + ".py"):  # fmt: skip
        assert not release.is_path(path), path


def test_a_manifest_is_checked():
    good = {"format": 1, "number": 3, "board": "any", "mpy": 6, "files": [["terminal/main.mpy", 3, bytes(32)]]}
    protected, payload, message = release.unsigned_release(good, SCHEME)
    data = release.assemble(protected, payload, OFFICE.sign(message))
    assert release.open_release(data, OFFICE.public_key, SCHEME, 3) == good == release.trusted_release(data)
    assert code_of(release.open_release, data, OFFICE.public_key, SCHEME, 4) == "RELEASE_OLDER"
    assert release.make_blob(data, [b"abc"]) == uint(len(data), 4) + data + b"abc" and release.manifest_size(uint(len(data), 4)) == len(data)
    row = good["files"][0]
    for name, value in (("number", 0), ("mpy", 256), ("board", ""), ("files", []), ("files", [row, row]), ("files", [["main.py", 3, bytes(32)]]),
                        ("files", [["terminal/a.py", -1, bytes(32)]]), ("files", [["terminal/a.py", 1, bytes(31)]]), ("files", [row[:2]])):  # fmt: skip
        assert code_of(release.unsigned_release, with_fields(good, **{name: value}), SCHEME) == "RELEASE_DAMAGED", name
    assert code_of(release.unsigned_release, with_fields(good, format=2), SCHEME) == "RELEASE_VERSION"


# --- the vault ---


def test_a_vault_comes_back():
    data = board_vault.pack_vault(VAULT)
    found = board_vault.open_vault(data)
    assert found == with_fields(VAULT, format=1) and len(data) < 1024


def test_a_damaged_vault_says_so_and_nothing_of_its_keys():
    data = board_vault.pack_vault(VAULT)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        assert code_of(board_vault.open_vault, changed) == "VAULT_DAMAGED", place
    for cut in (b"", data[:-1], data[:40], bytes(3000)):
        assert code_of(board_vault.open_vault, cut) == "VAULT_DAMAGED"


def repacked(fields):
    import hashlib

    body = encode(fields)
    return body + hashlib.sha256(body).digest()[:8]


def test_a_vault_of_another_version_or_with_other_fields_is_refused():
    whole = with_fields(VAULT, format=1)
    assert code_of(board_vault.open_vault, repacked(with_fields(whole, format=2))) == "VAULT_VERSION"
    masters = VAULT["masters"][1]
    for name, value in (
        ("epoch", 9), ("masters", {}), ("masters", {1: masters, 2: masters, 3: masters}), ("masters", {1: with_fields(masters, admin=bytes(16))}),
        ("masters", {1: with_fields(masters, read=bytes(15))}), ("seed", bytes(31)), ("link", None), ("public", {}), ("wifi", ["name"]), ("terminal", -1),
    ):  # fmt: skip
        assert code_of(board_vault.open_vault, repacked(with_fields(whole, **{name: value}))) == "VAULT_DAMAGED", name
        assert code_of(board_vault.pack_vault, with_fields(VAULT, **{name: value})) == "VAULT_FIELD", name
    assert code_of(board_vault.open_vault, repacked(with_fields(whole, admin=bytes(16)))) == "VAULT_DAMAGED"


def test_a_boards_own_keys_have_diversifiers_of_their_own():
    assert board_vault.board_diversifier(board_vault.LINK_LABEL, 7, 9) == b"stampd/board-link\x00\x07\x00\x00\x00\x09"
    assert code_of(board_vault.board_diversifier, board_vault.STORE_LABEL, 65536, 0) == "OUT_OF_RANGE"


# --- settings ---


def test_settings_get_their_defaults_and_one_form():
    found = board_settings.open_settings(board_settings.pack_settings(SETTINGS))
    assert found["guard_s"] == 30 and found["sync"]["how"] == "none" and found["shop"] == SETTINGS["shop"] and found["bit_rate"] == 106
    assert board_settings.pack_settings(found) == board_settings.pack_settings(SETTINGS)
    tcp = board_settings.check_settings(with_fields(SETTINGS, sync={"how": "tcp", "host": "shop", "port": 8788}))
    assert tcp["sync"]["every_s"] == 60 and tcp["sync"]["path"] == "/api/v1/boards/sync"


def test_a_wrong_setting_is_named_with_what_to_write():
    article = {"sku": "a", "category": "coffee", "quantity": 1, "unit_price": 350}
    for name, value, told in (
        ("shop", "", "shop"), ("language", "de", "language"), ("currency", "eur", "currency"), ("digits", 4, "digits"), ("mode", "tap", "mode"),
        ("amount", -1, "amount"), ("amounts", [0], "amounts"), ("amounts", [1] * 9, "amounts"), ("guard_s", True, "guard_s"), ("counters", 0, "counters"),
        ("limits", 1, "limits"), ("quiet", None, "quiet"), ("brightness", 256, "brightness"), ("bit_rate", 107, "bit_rate"), ("number", 0, "number"),
        ("article", with_fields(article, quantity=0), "article"), ("article", {"sku": "a"}, "article"), ("sync", {"how": "tcp"}, "sync.host"),
        ("sync", {"how": "tcp", "host": "a"}, "sync.port"), ("sync", {"how": "ftp"}, "sync.how"), ("sync", {"hots": "a"}, "sync.hots"),
        ("sync", {"every_s": 1}, "sync.every_s"), ("sync", {"path": "boards"}, "sync.path"), ("colour", 1, "colour"),
    ):  # fmt: skip
        try:
            board_settings.check_settings(with_fields(SETTINGS, **{name: value}))
        except BadInput as trouble:
            assert trouble.code == "SETTINGS" and '"%s"' % told in trouble.message and trouble.hint, (name, trouble.message)
        else:
            raise AssertionError("taken: %s %r" % (name, value))
    assert board_settings.check_settings(with_fields(SETTINGS, article=article))["article"] == article
    assert code_of(board_settings.open_settings, b"\xff") == code_of(board_settings.check_settings, {}) == "SETTINGS_DAMAGED"
    assert code_of(board_settings.check_settings, with_fields(SETTINGS, format=2)) == "SETTINGS_VERSION"


# --- kept files ---


def test_a_kept_file_is_of_its_name_and_its_board():
    mac = lambda message: aes_cmac(bytes(range(16)), message)
    data = kept_file.pack_kept(mac, "pack", b"content")
    assert data == b"content" + mac(b"stampd/kept/1packcontent") and kept_file.open_kept(mac, "pack", data) == b"content"
    assert code_of(kept_file.open_kept, mac, "list", data) == "KEPT_DAMAGED"
    assert code_of(kept_file.open_kept, lambda message: bytes(16), "pack", data) == "KEPT_DAMAGED"
    assert code_of(kept_file.open_kept, mac, "pack", data[:10]) == code_of(kept_file.open_kept, mac, "pack", b"") == "KEPT_DAMAGED"
    names = kept_file.NAMES
    assert not [one for one in names for two in names if one != two and two.startswith(one)]  # no name begins another


def test_integers_survive_the_maps():
    assert decode(encode({1: {"read": b"x"}})) == {1: {"read": b"x"}}
