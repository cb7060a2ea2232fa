"""A board and its shop: taps of real (soft) cards at both, the journal folded over real messages, and everything that must not pass."""

import hashlib
import logging
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cardos.exchange import Done, InDoubt
from cardos.offers.pack_file import open_pack
from cardos.records import board_sync as sync
from cardos.records import release
from cardos.records.board_settings import open_settings
from cardos.records.certificate import open_certificate
from cardos.records.fields import family_number
from cardos.records.stop_list import card_entry, open_stop_list
from host_tools.boards import register
from host_tools.boards.sync_desk import SyncDesk
from host_tools.boards.zones import zones_of
from tests.daemon.soft_board import SoftBoard
from tests.whole_system import shop_lab


@pytest.fixture
def lab(shop):
    return shop(quick_amounts=(450,))


@pytest.fixture
def desk(lab):
    return SyncDesk(lab.home)


@pytest.fixture
def board(lab, desk):
    return SoftBoard(lab.home, desk.answer)


@pytest.fixture
def card(lab):
    made = shop_lab.blank()
    assert lab.tap(made, kind="issue")["outcome"] == "done"
    return made


def kinds(lab):
    return [case["kind"] for case in lab.home.store.cases()]


def stamps(lab, card):
    return lab.tap(card, kind="show")["counters"]["stamps"]


# Taps at both


def test_a_board_s_taps_are_the_shop_s(lab, board, card):
    assert isinstance(board.sell(card), Done) and isinstance(board.sell(card), Done)
    assert isinstance(board.undo(card), Done)
    assert lab.tap(card)["outcome"] == "done"  # the till does not know of these yet
    answer = board.sync()
    assert (answer.status, answer.stored) == (sync.OK, 6) and board.journal.stored == 6
    assert stamps(lab, card) == 2
    assert lab.home.store.today(lab.home.local_day())["sales"] == 2
    told = [(line["terminal"], line["operation"]) for line in lab.tap(card, kind="history")["history"]]
    assert told == [(1, "issue"), (2, "earn"), (2, "earn"), (2, "undo"), (1, "earn")]
    assert kinds(lab) == [] and lab.home.store.verify()["ok"]
    assert [register.logs(lab.home, board.terminal, 2)[-1].split("  ")[-1]] == ["transaction 3: done"]


@pytest.mark.parametrize("family", ("ntag215", "ntag424"))
def test_a_doubt_of_a_board_ends_at_the_till_and_both_agree(lab, board, family):
    card = shop_lab.blank(family)
    lab.tap(card, kind="issue")
    board.sell(card)
    total = 1
    for number in range(40):
        before = board.journal.next_transaction
        outcome = board.sell(card, tear=(number, "not-executed"))
        board.sync()
        assert lab.tap(card)["outcome"] == "done"
        assert lab.home.store.all_doubts() == []
        total += 1 + (board.journal.next_transaction - before)
        assert stamps(lab, card) == total, (number, outcome)
        board.settle(card)
        board.sync()
        assert kinds(lab) == [] and board.journal.open_intents == 0
        if isinstance(outcome, Done):
            break
    assert lab.home.store.verify()["ok"] and number > 3


def test_doubts_of_two_terminals_with_one_number_are_two(lab, board, card):
    """The till's transaction 2 and the board's: one card, both in doubt, each settled for itself."""
    board.sell(card)
    doubt = next(one for one in (board.sell(card, tear=(number, "not-executed")) for number in range(1, 30)) if isinstance(one, InDoubt))
    assert doubt.entry["transaction"] == 2
    torn = next(one for one in (lab.tap(card, sale="till", tear=(number, "not-executed")) for number in range(1, 40)) if one["outcome"] == "in_doubt")
    assert torn["sale"] == "till" and lab.home.store.transaction(2)["state"] == "open"
    board.sync()
    assert {(entry["terminal"], entry["transaction"]) for entry in lab.home.store.all_doubts()} == {(1, 2), (board.terminal, 2)}
    answer = lab.tap(card, sale="till")
    assert answer["outcome"] == "done" and lab.home.store.all_doubts() == []
    board.settle(card)
    board.sync()
    assert kinds(lab) == [] and stamps(lab, card) == sum(
        line["outcome"] in ("done", "landed") and line["operation"] == "earn" for line in lab.tap(card, kind="history")["history"]
    )


def test_a_board_s_sale_is_not_undone_at_the_till(lab, board, card):
    lab.tap(card, sale="mine")
    board.sell(card)
    board.sync()
    assert lab.tap(card, kind="undo")["refused"] == "NOT_THE_LAST_SALE"
    assert lab.tap(card, kind="undo", sale="t%d-1" % board.terminal)["refused"] == "NO_SUCH_SALE"


def test_boards_that_sync_at_once_and_a_till_that_sells_meanwhile(lab, desk, card):
    """Answers are lost now and then: the same lines again, and nothing twice."""
    boards, cards, troubles = [SoftBoard(lab.home, desk.answer, "board %d" % number) for number in range(3)], [], []
    for number, board in enumerate(boards):
        cards.append(shop_lab.blank(uid="04a1b2c3d4e5%02x" % (0x10 + number)))
        lab.tap(cards[-1], kind="issue")
        for _ in range(6):
            board.sell(cards[-1])

    def syncs(board):
        try:
            for first in (1, 1, 5, 3, None):
                board.sync(first)
        except BaseException as trouble:
            troubles.append(trouble)
            raise

    threads = [threading.Thread(target=syncs, args=(board,)) for board in boards]
    for thread in threads:
        thread.start()
    for _ in range(5):
        assert lab.tap(card)["outcome"] == "done"
    for thread in threads:
        thread.join()
    assert not troubles and [stamps(lab, one) for one in (*cards, card)] == [6, 6, 6, 5]
    assert lab.home.store.today(lab.home.local_day())["sales"] == 23 and kinds(lab) == [] and lab.home.store.verify()["ok"]


# What must not pass


def test_what_is_not_proven_gets_no_answer(lab, board, desk, card, caplog):
    board.sell(card)
    sent = []
    board.send = lambda message: sent.append(message)
    board.poll()
    (good,) = sent
    assert desk.answer(good) is not None
    wrong = [good[:-1] + bytes([good[-1] ^ 1]), b"", b"\xff" * 40, good[: len(good) // 2], good + b"\0", bytes(sync.MESSAGE_MAX + 1)]
    for place in range(0, len(good) - 1, 7):
        wrong.append(good[:place] + bytes([good[place] ^ 0x40]) + good[place + 1 :])
    with caplog.at_level(logging.WARNING):
        assert [desk.answer(message) for message in wrong] == [None] * len(wrong)
    assert desk.counts["unproven"] == len(wrong) and good.hex() not in caplog.text and "Traceback" not in caplog.text
    board.terminal = 77
    board.poll()
    assert desk.answer(sent[-1]) is None
    assert lab.home.store.boards.of(2).lines == 0


def test_a_batch_of_another_key_is_refused(lab, board, card):
    board.sell(card)
    batch = board.journal.batch(1, 6000)
    answer = board.offer(*batch, signer=Ed25519PrivateKey.generate())
    assert (answer.status, answer.stored, answer.certificate) == (sync.REFUSED, 0, None)
    assert lab.home.store.boards.of(board.terminal).lines == 0
    assert board.offer(*batch).stored == 2


def test_the_old_one_of_a_board_provisioned_anew_is_refused(lab, desk, board, card):
    board.sell(card)
    again = register.pair(lab.home, "counter", terminal=board.terminal)
    assert board.poll().status == sync.REFUSED
    anew = SoftBoard(lab.home, desk.answer, pairing=again, files=board.files)
    assert anew.sync().status == sync.OK and anew.journal.stored == 2


def test_a_revoked_board_is_told_so_and_what_it_sends_is_evidence(lab, board, card):
    first = board.poll()
    register.revoke(lab.home, board.terminal, "stolen")
    board.sell(card)
    batch = board.journal.batch(1, 6000)
    for _ in range(2):
        answer = board.offer(*batch)
        assert (answer.status, answer.stored, answer.offers, answer.certificate) == (sync.REVOKED, 0, {}, None)
    assert board.poll().status == sync.REVOKED
    assert board.ask(sync.FETCH, ["pack", first.offers["pack"][0], 0])[1:3] == (sync.REVOKED, 0)
    assert kinds(lab) == ["REVOKED_BOARD"]
    assert sum('"kind":"board_refused"' in line for line in lab.home.store.export()) == 1
    assert lab.home.store.boards.of(board.terminal).lines == 0


def test_both_of_a_cloned_identity_get_their_receipts_and_no_certificate(lab, board, card):
    board.sell(card)
    board.sync()
    clone = board.clone()
    board.sell(card)
    assert board.sync().status == sync.OK
    clone.sell(card)
    answer = clone.sync()
    assert (answer.status, answer.certificate) == (sync.CLONED, None) and clone.journal.stored == 4
    assert board.poll().status == sync.CLONED and kinds(lab) == ["BOARD_CLONED"]
    assert stamps(lab, card) == 3 and lab.home.store.verify()["ok"]
    register.restore(lab.home, board.terminal)
    assert board.poll().certificate is not None


def test_a_gap_is_taken_when_the_board_knows_of_it_or_asks_twice(lab, board, card):
    for _ in range(4):
        board.sell(card)
    late = board.journal.batch(3, 200)
    assert board.offer(*late).stored == 0 and kinds(lab) == []
    assert board.offer(*late).stored == late[0] + len(late[2]) and kinds(lab) == ["BOARD_LINES_LOST"]
    board.troubles = 1
    last = board.journal.batch(8, 6000)
    assert board.offer(*last).stored == 8
    assert set(kinds(lab)) == {"BOARD_LINES_LOST", "UNKNOWN_TRANSACTION"} and lab.home.store.verify()["ok"]


# What boards are given


def test_what_is_offered_can_be_fetched_and_proven(lab, board):
    home = lab.home
    offers = board.poll().offers
    assert sorted(offers) == ["list", "pack", "settings"]
    pack = open_pack(board.fetch("pack", offers), home.keys.public_key("pack"), home.keys.scheme, 0)
    assert pack == home.pack and offers["pack"][0] == pack["number"]
    stopped = open_stop_list(board.fetch("list", offers), home.keys.public_key("list"), home.keys.scheme, 0)
    assert (stopped.number, stopped.terminals, stopped.table) == (1, (), b"")
    settings = open_settings(board.fetch("settings", offers))
    assert (settings["shop"], settings["amount"], settings["number"]) == (home.settings.shop, 450, 1)
    load = register.first_load(home, board.terminal)
    assert {what: load[what] for what in offers} == {what: board.fetch(what, offers) for what in offers}
    assert load["certificate"] == board.poll().certificate
    for what, number, offset in (("pack", 99, 0), ("pack", offers["pack"][0], 10**6), ("nothing", 1, 0), ("release", 1, 0)):
        answer = board.ask(sync.FETCH, [what, number, offset])
        assert (answer.status, answer.data, answer.number) == (sync.REFUSED, b"", number)


def test_a_release_is_offered_once_it_is_made(lab, board):
    board.poll()
    file, data = lab.home.path / "boards" / "release.stampdrelease", b"r" * 5000
    manifest = {"format": 1, "number": 7, "board": "any", "mpy": 6, "files": [["terminal/main.mpy", len(data), hashlib.sha256(data).digest()]]}
    protected, payload, message = release.unsigned_release(manifest, lab.home.keys.scheme)
    blob = release.make_blob(release.assemble(protected, payload, lab.home.keys.sign("release", message)), [data])
    file.write_bytes(blob[:60])
    assert "release" not in board.poll().offers
    file.write_bytes(blob)
    offers = board.poll().offers
    assert offers["release"][0] == 7 and board.fetch("release", offers) == blob


def test_the_stop_list_follows_the_register(lab, board, card):
    offers = board.poll().offers
    assert board.poll().offers["list"] == offers["list"]
    lab.tap(card, kind="block", reason="lost")
    second = register.pair(lab.home, "garden")
    register.revoke(lab.home, second.terminal, "stolen")
    offers = board.poll().offers
    stopped = open_stop_list(board.fetch("list", offers), lab.home.keys.public_key("list"), lab.home.keys.scheme, 1)
    entry = card_entry(family_number("ntag215"), bytes.fromhex(shop_lab.UID))
    assert (stopped.number, stopped.terminals, stopped.table) == (2, (second.terminal,), entry)
    lab.tap(card, kind="unblock", reason="found")
    for _ in range(2):
        assert SyncDesk(lab.home).answer and board.poll().offers["list"][0] == 3
    (lab.home.path / "lists" / "3.stamplist").write_bytes(b"damaged")
    board.has["list"] = 3
    board.poll()
    board.send = SyncDesk(lab.home).answer
    assert board.poll().offers["list"][0] == 4  # never a number that a board has had already


def test_settings_get_a_new_number_when_they_change_and_stay_when_they_are_wrong(lab, board):
    path = lab.home.path / "boards" / ("%d.toml" % board.terminal)
    assert board.poll().offers["settings"][0] == 1
    path.write_text('mode = "amount"\nquiet = true\n[sync]\nhow = "tcp"\nhost = "10.0.0.5"\nport = 8788\n')
    offers = board.poll().offers
    found = open_settings(board.fetch("settings", offers))
    assert (found["number"], found["mode"], found["quiet"], found["sync"]["host"]) == (2, "amount", True, "10.0.0.5")
    for wrong in ("mode = 3\n", 'colour = "red"\n', "mode", "brightness = 999\n"):
        path.write_text(wrong)
        answer = board.poll()
        assert answer.status == sync.OK and answer.offers["settings"][0] == 2
    path.unlink()
    assert board.poll().offers["settings"][0] == 3


def test_a_certificate_is_made_anew_in_time_and_when_it_allows_something_else(lab, board):
    home = lab.home

    def opened():
        answer = board.poll()
        return open_certificate(answer.certificate, home.keys.public_key("certificate"), home.keys.scheme, board.terminal, 1, board.pairing.public_key)

    first = opened()
    assert first["until"] - first["from"] == 35 * 1440 and first["operations"] == ["earn", "redeem", "undo"] and opened() == first
    now = home.clock()
    home.clock = lambda: now + timedelta(days=20)
    assert opened() == first
    home.clock = lambda: now + timedelta(days=22)
    second = opened()
    assert second["from"] - first["from"] == 22 * 1440 and opened() == second
    home.clock = lambda: now
    (home.path / "boards" / ("%d.toml" % board.terminal)).write_text("amount_max = 900\n")
    third = opened()
    assert (third["amount_max"], third["from"]) == (900, first["from"])
    (home.path / "boards" / ("%d.toml" % board.terminal)).write_text("amount_max = -5\n")
    answer = board.poll()
    assert answer.status == sync.OK and answer.certificate is None
    assert home.store.verify()["ok"]


def test_the_time_and_its_zones(lab, board, monkeypatch):
    pack = {**lab.home.pack, "zone": "Europe/Riga"}
    monkeypatch.setattr(lab.home.packs, "current", lambda: pack)
    zones = zones_of(lab.home)
    spring, autumn = 87 * 1440 + 60, 297 * 1440 + 60  # 29 March and 25 October 2026, 01:00 UTC
    assert zones[:3] == [[58 * 1440, 120], [spring, 180], [autumn, 120]] and len(zones) == 4
    assert board.poll().zones == zones and board.poll().second == (59 * 24 + 10) * 3600
    pack["zone"] = "Nowhere/Atlantis"
    assert board.poll().zones == []


def test_a_fault_of_ours_answers_nothing_and_ends_nothing(lab, board, desk, monkeypatch, caplog):
    monkeypatch.setattr(lab.home.store.boards, "heard", lambda *_: 1 / 0)
    assert board.poll() is None and "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert board.poll().status == sync.OK


def test_the_list_of_boards(lab, board):
    board.poll()
    (shape,) = register.listed(lab.home)
    assert (shape["terminal"], shape["name"], shape["status"], shape["serial"], shape["lines"], shape["forks"]) == (2, "counter", "paired", 1, 0, 0)
    assert shape["certificate_until"] == "2026-04-05T10:00:00Z" and shape["last_seen"] == "2026-03-01T10:00:00Z" and shape["state"]["sure"] is True
    for name in ("", "x" * 41, "a\nb", " a"):
        with pytest.raises(Exception) as caught:
            register.pair(lab.home, name)
        assert caught.value.code == "BOARD_NAME"
    register.rename(lab.home, board.terminal, "window")
    assert register.listed(lab.home)[0]["name"] == "window"
