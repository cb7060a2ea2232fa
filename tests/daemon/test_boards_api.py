"""Boards are made and ended while the daemon serves: through its API, with keys that only the command opens."""

import base64
import threading

import pytest

from cardos.crypto.cmac import Cmac
from cardos.records.board_vault import open_vault
from cardos.records.certificate import open_certificate
from cardos.records.kept_file import open_kept
from host_tools.boards import register
from host_tools.boards.devices import BoardTrouble
from host_tools.boards.folder_device import FolderDevice
from host_tools.boards.provisioning import provision
from host_tools.boards.registers import DaemonRegister
from host_tools.daemon import client
from host_tools.provisioning.keys import test_keys
from host_tools.store.troubles import LedgerTrouble

KEPT = ("pack", "list", "settings", "certificate", "zones")

KEY = base64.b64encode(register.new_key()[1]).decode()


def post(till, path, key="k-1", token=None, **body):
    headers = {"Idempotency-Key": key, **({"Authorization": "Bearer " + token} if token else {})}
    return till.http.post("/api/v1/boards" + path, json=body, headers=headers)


def ledger_of(served):
    return [(row["terminal"], row["serial"], row["name"], row["status"]) for row in register.listed(served.home)]


def test_pairing_gives_a_number_and_what_is_public(served, till):
    answer = post(till, "", name="counter", public_key=KEY)
    made = answer.json()
    assert answer.status_code == 201 and (made["terminal"], made["serial"], made["name"]) == (2, 1, "counter")
    assert set(made) == {"terminal", "serial", "name", "scheme", "epoch", "pack", "list", "settings", "certificate", "zones"}
    keys = served.home.keys
    certificate = open_certificate(
        base64.b64decode(made["certificate"]), keys.public_key("certificate"), keys.scheme, 2, 1, base64.b64decode(KEY)
    )
    assert certificate["until"] - certificate["from"] == register.CERTIFICATE_DAYS * 1440
    assert ledger_of(served) == [(2, 1, "counter", "paired")]
    again = post(till, "", name="counter", public_key=KEY)
    assert again.json() == made and again.headers["idempotency-replayed"] == "true" and len(ledger_of(served)) == 1
    renewed = post(till, "", key="k-2", name="counter", public_key=KEY, terminal=2).json()
    assert (renewed["terminal"], renewed["serial"]) == (2, 2)
    assert post(till, "", name="counter", public_key=KEY).json()["code"] == "BOARD_SERIAL", "that pairing is over"


@pytest.mark.parametrize("body, status, code", [
    ({"name": "counter"}, 409, "BOARD_NAME_TAKEN"), ({"name": "x", "terminal": 9}, 404, "BOARD_UNKNOWN"), ({"name": " x"}, 422, "BOARD_NAME"),
    ({"name": ""}, 422, "BAD_REQUEST"), ({"name": "x", "public_key": "AAAA"}, 422, "BAD_REQUEST"), ({"name": "x", "public_key": "!" * 44}, 422, "BAD_REQUEST"),
    ({"name": "x", "terminal": 0}, 422, "BAD_REQUEST"), ({"name": "x", "seed": KEY}, 422, "BAD_REQUEST"), ({"name": "x", "terminal": 2}, 409, "BOARD_REVOKED"),
])  # fmt: skip
def test_pairings_that_are_refused(served, till, body, status, code):
    old = register.pair(served.home, "old")
    register.revoke(served.home, old.terminal, "lost")
    register.pair(served.home, "counter")
    before = ledger_of(served)
    answer = post(till, "", **{"public_key": KEY, **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code) and ledger_of(served) == before
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_same_key_for_another_board(served, till):
    post(till, "", name="counter", public_key=KEY)
    answer = post(till, "", name="bar", public_key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH") and len(ledger_of(served)) == 1


def test_a_pairing_whose_answer_could_not_be_kept(served, till, monkeypatch):
    kept = served.home.store.idempotency
    true_put = kept.put

    def dying(who, key, request, answer, at):
        if answer is not None and key == "k-1":
            raise LedgerTrouble("The disk is full.", "Free some space.", "DISK_FULL")
        true_put(who, key, request, answer, at)

    monkeypatch.setattr(kept, "put", dying)
    assert post(till, "", name="counter", public_key=KEY).status_code == 503
    monkeypatch.undo()
    made = post(till, "", name="counter", public_key=KEY)
    assert (made.status_code, made.json()["terminal"], made.json()["serial"]) == (201, 2, 1) and len(ledger_of(served)) == 1


def test_many_requests_at_once_are_one_pairing(served, till):
    found = []

    def ask():
        found.append(post(till, "", name="counter", public_key=KEY).json()["terminal"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 8 and ledger_of(served) == [(2, 1, "counter", "paired")]


def test_a_board_is_ended_once(served, till):
    terminal = register.pair(served.home, "counter").terminal
    for _ in range(2):
        answer = post(till, "/%d/revoke" % terminal, reason="stolen")
        assert (answer.status_code, answer.json()) == (200, {"terminal": terminal, "name": "counter", "status": "revoked"})
    register.restore(served.home, terminal)
    assert post(till, "/%d/revoke" % terminal, reason="stolen").json()["status"] == "paired", "the same key has no second effect"
    assert post(till, "/%d/revoke" % terminal, key="k-2", reason="stolen").json()["status"] == "revoked"
    for path, body, status, code in (
        ("/9/revoke", {"reason": "x"}, 404, "BOARD_UNKNOWN"), ("/x/revoke", {"reason": "x"}, 404, "BOARD_UNKNOWN"),
        ("/2/revoke", {"reason": ""}, 422, "BAD_REQUEST"), ("/2/revoke", {"reason": "a\nb"}, 422, "BAD_REASON"),
    ):  # fmt: skip
        answer = post(till, path, key=path + body["reason"].strip("\n")[:1], **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_may(served, till):
    post(till, "", name="counter", public_key=KEY)
    for role, may_pair, may_revoke in (("reader", 403, 403), ("auditor", 403, 403), ("cashier", 403, 403), ("manager", 403, 200), ("technician", 201, 200)):
        token = served.shop.tokens.passing(role, role)
        assert post(till, "", key="p", token=token, name="of " + role, public_key=KEY).status_code == may_pair
        assert post(till, "/2/revoke", key="r", token=token, reason="lost").status_code == may_revoke
    assert till.http.post("/api/v1/boards", json={"name": "x", "public_key": KEY}).json()["code"] == "IDEMPOTENCY_KEY_MISSING"
    assert till.http.post("/api/v1/boards", json={}, headers={"Authorization": "Bearer no"}).status_code == 401


# The commands

@pytest.fixture
def flashed(tmp_path):
    """flashed(name): a folder that passes for a flashed board."""
    def make(name):
        device = FolderDevice(tmp_path / name)
        device.write("/main.py", b"")
        return device
    return make


def vault_of(device):
    return open_vault(device.read("/data/vault"))


def test_boards_are_made_and_ended_through_the_daemon(served, stampd, monkeypatch, flashed):
    monkeypatch.setenv("STAMPD_HOME", str(served.home.path))
    for number, name in enumerate(("counter", "bar"), 2):
        device = flashed(name)
        made = stampd("board", "provision", "--folder", device.folder, "--name", name, "--json").json
        assert (made["terminal"], made["serial"], made["renewed"]) == (number, 1, False)
        vault = vault_of(device)
        row = served.home.store.boards.of(number)
        keys = served.home.keys
        kept = {what: open_kept(Cmac(vault["store"]).of, what, device.read("/data/kept/" + what)) for what in KEPT}
        assert open_certificate(kept["certificate"], keys.public_key("certificate"), keys.scheme, number, 1, row.public_key)
        assert stampd("board", "provision", "--folder", device.folder, "--renew", "--json").json["serial"] == 2
    assert stampd("board", "provision", "--folder", flashed("third").folder, "--name", "bar", "--json", code=1).json["refused"] == "BOARD_NAME_TAKEN"
    stampd("board", "revoke", "bar", "--reason", "stolen")
    assert stampd("board", "revoke", "nobody", "--reason", "stolen", "--json", code=1).json["refused"] == "BOARD_UNKNOWN"
    assert ledger_of(served) == [(2, 2, "counter", "paired"), (3, 2, "bar", "revoked")]
    assert not list((served.home.path / "boards").glob("pending*")) and served.till.get("/api/v1/ledger/verify")["ok"]


def test_no_key_goes_to_the_daemon_or_comes_from_it(served, flashed, monkeypatch):
    seen, true_call = [], client._call

    def listening(*words):
        seen.append(repr(words[1:4]))
        seen.append(repr(answer := true_call(*words)))
        return answer

    monkeypatch.setattr(client, "_call", listening)
    device, daemon = flashed("counter"), client.find_daemon(served.home.path)
    made = provision(DaemonRegister(daemon, served.home.path, test_keys()), device, "counter")
    vault = vault_of(device)
    secrets = [vault["seed"], vault["link"], vault["store"], *(key for row in vault["masters"].values() for key in row.values())]
    text = "".join(seen) + repr(made) + repr(register.pair(served.home, "bar"))
    assert "certificate" in text and not any(form in text for key in secrets for form in (key.hex(), base64.b64encode(key).decode(), repr(key)))
    assert b"seed" not in text.encode()


class Losing(DaemonRegister):
    """Pairs, and dies before it knows."""

    def take_in(self, *words):
        super().take_in(*words)
        raise BoardTrouble("lost", "", "DAEMON_LOST")


def test_a_command_that_died_before_its_answer_gets_the_same_number(served, flashed):
    daemon, path = client.find_daemon(served.home.path), served.home.path
    device = flashed("counter")
    with pytest.raises(BoardTrouble):
        provision(Losing(daemon, path, test_keys()), device, "counter")
    assert ledger_of(served) == [(2, 1, "counter", "paired")] and device.read("/data/vault") is None
    made = provision(DaemonRegister(daemon, path, test_keys()), device, "counter")
    assert (made.terminal, made.serial) == (2, 2) and vault_of(device)["serial"] == 2


def test_an_answer_that_is_lost_is_asked_for_again(served, flashed, monkeypatch):
    true_call, lost = client._call, []

    def losing(daemon, method, path, *more):
        answer = true_call(daemon, method, path, *more)
        if method == "POST" and not lost:
            lost.append(answer)
            raise BoardTrouble("lost", "", "DAEMON_LOST")
        return answer

    monkeypatch.setattr(client, "_call", losing)
    made = provision(DaemonRegister(client.find_daemon(served.home.path), served.home.path, test_keys()), flashed("counter"), "counter")
    assert lost and (made.terminal, made.serial) == (2, 1) and ledger_of(served) == [(2, 1, "counter", "paired")]


def test_a_daemon_with_older_keys_makes_no_board(served, flashed):
    class Newer:
        def __getattr__(self, name):
            return getattr(test_keys(), name)
        epoch = test_keys().epoch + 1

    device = flashed("counter")
    with pytest.raises(Exception) as caught:
        provision(DaemonRegister(client.find_daemon(served.home.path), served.home.path, Newer()), device, "counter")
    assert caught.value.code == "DAEMON_KEYS" and "Start it again" in caught.value.hint and device.read("/data/vault") is None


def test_a_day_of_twenty_boards_by_two_technicians(served, flashed):
    daemon, path, made = client.find_daemon(served.home.path), served.home.path, []

    def work(mine):
        for number in mine:
            register_there = DaemonRegister(daemon, path, test_keys())
            made.append(provision(register_there, flashed("board %d" % number), "board %d" % number).terminal)

    threads = [threading.Thread(target=work, args=(range(first, 20, 2),)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(2, 22)) and [row[0] for row in ledger_of(served)] == sorted(made)
    assert not list((path / "boards").glob("pending*")) and served.till.get("/api/v1/ledger/verify")["ok"]
