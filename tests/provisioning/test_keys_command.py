"""`stampd keys`: a new shop without a question, real keys with a proven copy, and no key or pass phrase in any output."""

import json
import stat

import pytest
from click.testing import CliRunner

from host_tools.cli.main import stampd as root
from host_tools.store import Store

PHRASE = "correct horse battery"


def run(home, *words, code=0, input=None):
    """The command line in this process; stdout parsed when it is JSON."""
    done = CliRunner().invoke(root, ["--home", str(home), *map(str, words)], input=input, catch_exceptions=False)
    assert done.exit_code == code, (done.output, done.stderr)
    return json.loads(done.stdout) if "--json" in words else done.output


@pytest.fixture
def phrase_file(tmp_path):
    file = tmp_path / "phrase"
    file.write_text(PHRASE + "\n")
    return file


def test_init_test_makes_a_complete_home(tmp_path):
    home = tmp_path / "new" / "shop"
    made = run(home, "keys", "init", "--test", "--json")
    assert (made["outcome"], made["test"], made["scheme"], made["epoch"], made["created"]) == ("done", True, "FFFF", 1, True)
    assert {file.name for file in home.iterdir()} >= {"keys.stampd", "ledger.sqlite", "shop.toml"}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert run(home, "ledger", "verify", "--json") == {"events": 0, "ok": True, "first_bad": None, "tail_missing": False}
    again = run(home, "keys", "init", "--test", "--json")
    assert again["created"] is False and again["outcome"] == "done"
    status = run(home, "keys", "status", "--json")
    assert (status["present"], status["test"], status["scheme"], status["recovery"]) == (True, True, "FFFF", None)


def test_the_home_option_stands_before_or_behind(tmp_path):
    done = CliRunner().invoke(root, ["keys", "init", "--test", "--home", str(tmp_path / "a")])
    assert done.exit_code == 0 and (tmp_path / "a" / "keys.stampd").exists()


def test_dry_run_writes_nothing(tmp_path, phrase_file):
    assert run(tmp_path / "a", "keys", "init", "--test", "--dry-run", "--json")["dry_run"]
    run(tmp_path / "b", "keys", "init", "--passphrase-file", phrase_file, "--recovery", tmp_path / "copy", "--dry-run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["phrase"]


def test_real_keys(tmp_path, phrase_file):
    home, copy = tmp_path / "shop", tmp_path / "copy.keys"
    made = run(home, "keys", "init", "--scheme", "0042", "--recovery", copy, "--passphrase-file", phrase_file, "--json")
    assert made["scheme"] == "0042" and made["recovery"]["proven"] and not made["test"]
    status = run(home, "keys", "status", "--json")
    assert status["recovery"] | {"at": ""} == {"path": str(copy), "at": "", "proven": True, "same_disk": True, "there_now": True}
    assert run(home, "ledger", "verify", "--passphrase-file", phrase_file, "--json")["ok"]
    shown = json.dumps(made) + json.dumps(status) + run(home, "keys", "status")
    assert PHRASE not in shown and json.loads((home / "keys.stampd").read_text())["sealed"] not in shown


def test_real_keys_from_a_prompt_that_asks_twice(tmp_path):
    text = run(tmp_path / "shop", "keys", "init", input=PHRASE + "\n" + PHRASE + "\n")
    assert "no recovery copy" in text and PHRASE not in text
    assert "never proven" not in text and "No recovery copy was ever proven" in run(tmp_path / "shop", "keys", "status")
    text = run(tmp_path / "shop", "keys", "init", "--recovery", tmp_path / "copy", input=PHRASE + "\n")
    assert "proven" in text and (tmp_path / "copy").exists()


@pytest.mark.parametrize("words, refused", (
    (("--scheme", "FFFF"), "BAD_INPUT"), (("--scheme", "many"), "BAD_INPUT"), (("--test", "--scheme", "1"), "BAD_INPUT"),
    (("--passphrase-file", "nowhere"), "PASSPHRASE_FILE"), (("--recovery", "shop/copy"), "RECOVERY_SAME_PLACE"),
))  # fmt: skip
def test_refusals_are_one_document(tmp_path, monkeypatch, words, refused):
    monkeypatch.chdir(tmp_path)
    answer = run(tmp_path / "shop", "keys", "init", *words, "--json", code=1, input="")
    assert answer["outcome"] == "refused" and answer["refused"] == refused and answer["message"]
    assert not (tmp_path / "shop").exists()


def test_status_without_keys(tmp_path):
    assert run(tmp_path, "keys", "status", "--json", code=1)["present"] is False


def test_damaged_keys_say_so(tmp_path):
    run(tmp_path / "a", "keys", "init", "--test")
    (tmp_path / "a" / "keys.stampd").write_text("{")
    assert run(tmp_path / "a", "keys", "status", "--json", code=1)["refused"] == "KEYS_DAMAGED"


def test_the_help_has_examples(tmp_path):
    for words in (("keys",), ("keys", "init"), ("keys", "status"), ("ledger",), ("ledger", "verify"), ("ledger", "export")):
        text = run(tmp_path, *words, "--help")
        assert "Example" in text and "stampd" in text


def test_init_on_a_home_whose_ledger_is_there_leaves_it(tmp_path):
    run(tmp_path / "a", "keys", "init", "--test")
    with Store.open(tmp_path / "a" / "ledger.sqlite") as store:
        store.open_case("A", {}, "2026-11-22T10:00:00Z")
    run(tmp_path / "a", "keys", "init", "--test")
    assert run(tmp_path / "a", "ledger", "verify", "--json")["events"] == 1
