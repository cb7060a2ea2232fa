"""One JSON document whatever happens, exit codes, and no stack trace for a person."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from host_tools.cli import main as command_line

STAMPD = Path(sys.executable).parent / "stampd"


def run(*words):
    return subprocess.run([STAMPD, *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("words", [("card", "sel"), ("card", "show", "--wait", "x"), ("card", "sell", "--nothing"), ("nonsense",)])
def test_wrong_usage_is_one_json_document_and_exit_2(words):
    done = run(*words, "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["outcome"], document["refused"]) == (2, "refused", "USAGE") and document["message"]
    plain = run(*words)
    assert plain.returncode == 2 and plain.stdout == "" and "Error" in plain.stderr


def test_a_question_that_nobody_answers_is_one_json_document(tmp_path):
    words = [STAMPD, "--home", str(tmp_path / "new"), "keys", "init", "--json"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and json.loads(done.stdout)["refused"] == "STOPPED"


def test_a_counter_is_opened_once(home):
    run("keys", "init", "--test")
    done = run("card", "issue", "--opening", "stamps=1", "--opening", "stamps=2", "--reason", "paper", "--json")
    assert json.loads(done.stdout)["refused"] == "BAD_OPENING"


def test_a_missing_shop_says_how_to_make_one(tmp_path):
    done = run("--home", str(tmp_path / "none"), "card", "show", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["refused"]) == (1, "NO_HOME") and "keys init" in document["hint"]


@pytest.mark.parametrize("amount", ["4.505", "-1", "1e3", "abc", "10000000000.01", "NaN", ""])
def test_amounts_that_no_till_prints_are_refused(home, amount):
    run("keys", "init", "--test")
    done = run("card", "sell", "--amount", amount, "--json")
    assert done.returncode in (1, 2) and json.loads(done.stdout)["outcome"] == "refused"


def test_a_fault_of_ours_is_told_in_one_line(monkeypatch, capsys):
    def broken(*_, **__):
        raise KeyError("something")

    monkeypatch.setattr(command_line.stampd, "main", broken)
    monkeypatch.setattr(sys, "argv", ["stampd", "card", "show", "--json"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    document = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1 and document["refused"] == "FAULT"
    place = Path(document["hint"].split(" with ")[1].split(";")[0])
    assert "KeyError" in place.read_text()
    place.unlink()


def test_every_command_has_an_example():
    def leaves(group, words=()):
        for name in group.list_commands(None):
            command = group.get_command(None, name)
            if hasattr(command, "list_commands"):
                yield from leaves(command, (*words, name))
            else:
                yield (*words, name)

    for words in leaves(command_line.stampd):
        text = CliRunner().invoke(command_line.stampd, [*words, "--help"]).output
        assert "Example" in text and "stampd " + " ".join(words[:1]) in text, words


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "till.example", ""])
def test_a_till_that_would_listen_beyond_this_machine_is_refused(home, host):
    run("keys", "init", "--test")
    (home / "shop.toml").write_text('host = "%s"\n' % host)
    document = json.loads(run("card", "show", "--json").stdout)
    assert document["refused"] == "SETTINGS" and "host" in document["message"]


@pytest.mark.parametrize("rubbish", ["[]", "{}", "7", "{", '{"host": "127.0.0.1"}'])
def test_a_daemon_file_of_rubbish_is_told_not_a_fault(home, rubbish):
    run("keys", "init", "--test")
    (home / "daemon.json").write_text(rubbish)
    assert json.loads(run("card", "show", "--json").stdout)["refused"] == "DAEMON_FILE"
