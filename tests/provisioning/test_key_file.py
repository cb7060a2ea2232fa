"""The key file: opens with its pass phrase and no other way; every accident and every edit has its own clear word."""

import json
import pickle
import stat
from copy import deepcopy

import pytest

from cardos.errors import BadInput
from host_tools.provisioning import key_file
from host_tools.provisioning.key_file import Secrets, read_key_file, seal, unlock, write_private
from host_tools.provisioning.keys import KEY_FILE, KeyRing, key_status, open_keys, test_keys
from host_tools.provisioning.new_keys import make_keys, make_test_keys
from host_tools.provisioning.passphrase import from_file
from host_tools.provisioning.recovery import recovery_of
from host_tools.provisioning.roles import KeyTrouble

PHRASE = "correct horse battery"
HELD = Secrets(0x1234, 2, {1: bytes(range(16)), 2: bytes(range(16, 32))}, bytes(range(32, 64)))
AT = "2026-11-22T10:00:00Z"


@pytest.fixture(scope="module")
def sealed():
    return seal(HELD, PHRASE)


@pytest.fixture
def file(tmp_path, sealed):
    path = tmp_path / KEY_FILE
    write_private(path, sealed)
    return path


def trouble(code, call, *arguments, **named):
    with pytest.raises(KeyTrouble) as caught:
        call(*arguments, **named)
    assert caught.value.code == code and caught.value.hint
    return caught.value


def test_what_was_sealed_opens(file):
    assert unlock(read_key_file(file), PHRASE) == HELD
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and list(file.parent.iterdir()) == [file]


def test_the_file_shows_no_key(sealed):
    for secret in (*HELD.masters.values(), HELD.signing_root):
        assert secret.hex() not in sealed and secret[:4].hex() * 2 not in sealed
    head = json.loads(sealed)
    assert head["kdf"] | {"salt": ""} == {"name": "scrypt", "n": 32768, "r": 8, "p": 1, "salt": ""} and seal(HELD, PHRASE) != sealed


@pytest.mark.parametrize("phrase", ("", "Correct horse battery", PHRASE + " ", "correct horse batter"))
def test_another_pass_phrase_does_not_open(file, phrase):
    trouble("KEYS_WRONG_PASSPHRASE", unlock, read_key_file(file), phrase)


def test_a_pass_phrase_is_the_same_however_its_letters_are_composed(tmp_path):
    write_private(tmp_path / "k", seal(HELD, "pāris un rīga"))
    assert unlock(read_key_file(tmp_path / "k"), "pa\u0304ris un ri\u0304ga") == HELD


def test_a_file_cut_anywhere(file, sealed):
    for left in [*range(0, len(sealed) - 1, 17), len(sealed) - 2]:
        file.write_text(sealed[:left])
        trouble("KEYS_DAMAGED", read_key_file, file)


def test_any_flipped_bit_is_seen_before_a_pass_phrase_is_asked(file, sealed, rng):
    data = sealed.encode()
    for _ in range(300):
        at, bit = rng.randrange(len(data)), 1 << rng.randrange(8)
        file.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
        try:
            found = read_key_file(file)
        except KeyTrouble as error:
            assert error.code in ("KEYS_DAMAGED", "KEYS_NEWER")
        else:  # white space, or a digit of hex in the other case: the same file
            assert found.head == {name: value for name, value in json.loads(sealed).items() if name != "sum"}


EDITS = (
    ("scheme", "1235", "KEYS_DAMAGED"), ("epoch", 1, "KEYS_WRONG_PASSPHRASE|KEYS_DAMAGED"), ("epochs", [1, 2, 3], "KEYS_DAMAGED"),
    ("version", 2, "KEYS_NEWER"), ("version", "1", "KEYS_DAMAGED"), ("file", "x", "KEYS_DAMAGED"), ("scheme", "FFFF", "KEYS_DAMAGED"),
    ("nonce", "00" * 12, "KEYS_DAMAGED"), ("nonce", "00", "KEYS_DAMAGED"), ("sealed", "", "KEYS_DAMAGED"), ("sealed", "zz", "KEYS_DAMAGED"),
    ("check", "0" * 16, "KEYS_WRONG_PASSPHRASE"), ("check", None, "KEYS_DAMAGED"), ("kdf.n", 1024, "KEYS_DAMAGED"),
    ("kdf.n", 1 << 30, "KEYS_DAMAGED"), ("kdf.n", 32769, "KEYS_DAMAGED"), ("kdf.r", 10**6, "KEYS_DAMAGED"), ("kdf.n", 65536, "KEYS_WRONG_PASSPHRASE"),
    ("kdf.salt", "00", "KEYS_DAMAGED"), ("kdf.salt", "11" * 16, "KEYS_WRONG_PASSPHRASE"), ("kdf.name", "none", "KEYS_DAMAGED"), ("kdf", None, "KEYS_DAMAGED"),
)  # fmt: skip


@pytest.mark.parametrize("field, value, codes", EDITS)
def test_an_edit_with_a_fitting_sum_does_not_open(file, sealed, field, value, codes):
    """Somebody who edits on purpose mends the sum too; the seal still tells."""
    head = json.loads(sealed)
    del head["sum"]
    target, _, name = field.rpartition(".")
    (head[target] if target else head)[name] = value
    file.write_text(key_file._with_sum(head))
    with pytest.raises(KeyTrouble) as caught:
        unlock(read_key_file(file), PHRASE)
    assert caught.value.code in codes.split("|")


def test_swapped_bodies_do_not_open(file, sealed):
    head = json.loads(sealed)
    del head["sum"]
    head["sealed"] = json.loads(seal(HELD, PHRASE))["sealed"]
    file.write_text(key_file._with_sum(head))
    trouble("KEYS_DAMAGED", unlock, read_key_file(file), PHRASE)


def test_no_file_no_rights(tmp_path):
    trouble("KEYS_UNREADABLE", read_key_file, tmp_path)
    trouble("KEYS_MISSING", open_keys, tmp_path, False)
    trouble("KEYS_NOT_WRITTEN", write_private, tmp_path / "no" / "such", "x")


def test_open_keys(file):
    home = file.parent
    trouble("KEYS_NEED_PASSPHRASE", open_keys, home, True)
    trouble("KEYS_WRONG_PASSPHRASE", open_keys, home, True, lambda: "nothing like it")
    ring = open_keys(home, True, lambda: PHRASE)
    assert (ring.is_test, ring.scheme, ring.epoch, ring.epochs) == (False, 0x1234, 2, (1, 2))
    assert key_status(home) == (True, False, 0x1234, 2, (1, 2))


def test_a_production_shop_refuses_test_keys(tmp_path):
    make_test_keys(tmp_path)
    assert open_keys(tmp_path, False).is_test and open_keys(tmp_path, False).scheme == 0xFFFF
    trouble("TEST_KEYS_IN_PRODUCTION", open_keys, tmp_path, True)
    assert key_status(tmp_path) == (True, True, 0xFFFF, 1, (1, 2))


def test_nothing_shows_a_key():
    ring = KeyRing(HELD, is_test=False)
    ring.derive("earn", 1, b"m")
    shown = repr(ring) + str(ring) + repr(vars(ring)) + repr(HELD) + "%s %r" % (HELD, HELD)
    for secret in (*HELD.masters.values(), HELD.signing_root, ring.derive("earn", 1, b"m")):
        assert secret.hex() not in shown and repr(secret)[2:-1] not in shown
    for copy in (pickle.dumps, deepcopy):
        with pytest.raises(TypeError):
            copy(ring)


def test_errors_show_no_key_and_no_pass_phrase(file, sealed):
    head = json.loads(sealed)
    del head["sum"]
    file.write_text(key_file._with_sum(head | {"epoch": 1}))
    with pytest.raises(KeyTrouble) as caught:
        unlock(read_key_file(file), PHRASE)
    chain, error = "", caught.value
    while error is not None:
        chain, error = chain + repr(error) + str(error) + str(getattr(error, "hint", "")), error.__cause__ or error.__context__
    assert PHRASE not in chain and not any(key.hex() in chain for key in HELD.masters.values())


def test_the_cache_is_bounded():
    ring = test_keys()
    for n in range(1000):
        ring.mac("earn", 1, n.to_bytes(4, "big"), b"")
    assert ring._cmac_of.cache_info().currsize <= 256 and ring._key_of.cache_info().currsize <= 256


def test_real_keys_with_a_recovery_copy(tmp_path):
    home, copy = tmp_path / "home", tmp_path / "stick"
    copy.mkdir()
    made = make_keys(home, 0x0042, lambda: PHRASE, copy / "shop.keys", AT)
    assert made.created and made.recovery == (str(copy / "shop.keys"), AT, (1,), True, True)
    assert recovery_of(home, (1,)) == made.recovery and recovery_of(home, (1, 2)) is None
    (home / KEY_FILE).write_bytes((copy / "shop.keys").read_bytes())
    assert open_keys(home, True, lambda: PHRASE).derive("earn", 1, b"m") == made.keys.derive("earn", 1, b"m")
    again = make_keys(home, 0x0099, lambda: PHRASE, copy / "second.keys", AT)
    assert not again.created and again.keys.scheme == 0x0042
    (copy / "second.keys").unlink()
    assert recovery_of(home, (1,)).there_now is False


@pytest.mark.parametrize("where, code", (("home/copy", "RECOVERY_SAME_PLACE"), ("there", "RECOVERY_EXISTS"), ("no/such", "RECOVERY_NO_DIRECTORY")))
def test_a_recovery_copy_goes_to_a_second_new_place(tmp_path, where, code):
    (tmp_path / "there").write_text("something")
    with pytest.raises(BadInput) as caught:
        make_keys(tmp_path / "home", 1, lambda: PHRASE, tmp_path / where, AT)
    assert caught.value.code == code and not (tmp_path / "home").exists()


def test_keys_are_never_replaced(tmp_path):
    make_test_keys(tmp_path / "test")
    assert not make_test_keys(tmp_path / "test").created
    trouble("KEYS_EXIST", make_keys, tmp_path / "test", 1, lambda: PHRASE, None, AT)
    make_keys(tmp_path / "real", 1, lambda: PHRASE, None, AT)
    trouble("KEYS_EXIST", make_keys, tmp_path / "real", 1, lambda: PHRASE, None, AT)
    trouble("KEYS_EXIST", make_test_keys, tmp_path / "real")
    trouble("KEYS_WRONG_PASSPHRASE", make_keys, tmp_path / "real", 1, lambda: PHRASE + "!", tmp_path / "copy", AT)


@pytest.mark.parametrize("scheme", (0, 0xFFFF, 0x10000, -1))
def test_scheme_numbers(tmp_path, scheme):
    with pytest.raises(BadInput):
        make_keys(tmp_path / "home", scheme, lambda: PHRASE, None, AT)
    assert not (tmp_path / "home").exists()


def test_a_new_pass_phrase_has_eight_characters(tmp_path):
    with pytest.raises(BadInput) as caught:
        make_keys(tmp_path / "home", 1, lambda: "1234567", None, AT)
    assert caught.value.code == "PASSPHRASE_SHORT" and "1234567" not in str(caught.value)


def test_pass_phrase_files(tmp_path):
    file = tmp_path / "phrase"
    file.write_text("one two three\r\nsecond line\n", newline="")
    assert from_file(file)() == "one two three"
    for content in (b"", b"\n", b"\xff\xfe\n"):
        file.write_bytes(content)
        with pytest.raises(BadInput) as caught:
            from_file(file)()
        assert caught.value.code == "PASSPHRASE_FILE"
    with pytest.raises(BadInput):
        from_file(tmp_path / "missing")()
