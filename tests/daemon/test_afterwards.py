"""Seals and rings of a shop: the answer comes first, the tap is what it was without them, and what goes wrong afterwards changes nothing."""

import json
import threading

import click
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cardos.errors import StampdError
from cardos.records.ring import ENTRY_SIZE, decode_entry, place_of
from cardos.records.seal import HEAD_SIZE, SEAL_SIZE, decode_seal
from host_tools.cli.main import stampd as root
from host_tools.daemon import tap_desk
from host_tools.daemon.wishes import Wish
from host_tools.provisioning.keys import test_keys as fixed_keys
from host_tools.readers import find
from host_tools.readers.soft import SoftReader
from tests.daemon.till import PATIENCE_S
from tests.whole_system.shop_lab import blank, copy_of

SLOTS, SEAL_PAGE, RING_PAGE, RING_PLACES = 0x10, 0x22, 0x34, 26  # NTAG215, n = 1
BEHIND = 3 + 18  # exchanges of an entry and a seal
CUTS = ("not-sent", "half:zero", "half:weak", "answer-lost", "corrupt")


def seal_on(chip):
    return decode_seal(b"".join(chip.memory.read(page) for page in range(SEAL_PAGE, SEAL_PAGE + SEAL_SIZE // 4)))


def entry_on(chip, sequence):
    first = RING_PAGE + place_of(sequence, RING_PLACES) * ENTRY_SIZE // 4
    return decode_entry(b"".join(chip.memory.read(page) for page in range(first, first + ENTRY_SIZE // 4)))


def records_on(chip):
    return [bytes(chip.memory.read(page)) for page in range(SLOTS, SEAL_PAGE)]


def sealed_shop(shop, **settings):
    """(shop, a card of it with one sealed stamp)"""
    one, card = shop(seal=True, ring=True, **settings), blank()
    for kind in ("issue", "sell"):
        assert one.tap(card, kind=kind)["outcome"] == "done"
    return one, card


# --- the answer comes first ----------------------------------------------------------------------------------------------

def test_the_answer_is_told_before_the_seal_is_written(shop):
    one, card = sealed_shop(shop)
    told, reader = [], SoftReader()

    def hear(answer):
        state = one.home.store.sale(answer["sale"])["state"]
        told.append((json.dumps(answer), state, seal_on(card).sequence, entry_on(card, 3)))

    reader.put(card)
    answer = one.desk.perform(Wish(kind="sell", amount=450), reader, wait_s=0, on_answer=hear)
    assert told == [(json.dumps(answer), "done", 2, None)]
    assert (seal_on(card).sequence, entry_on(card, 3).change) == (3, 1)


def test_every_answer_is_told_once(shop):
    one, card, told = shop(), blank(), []
    for kind, settings in (("issue", {}), ("sell", {"amount": 450}), ("issue", {}), ("show", {}), ("history", {})):
        reader = SoftReader()
        reader.put(card)
        answer = one.desk.perform(Wish(kind=kind, **settings), reader, wait_s=0, on_answer=told.append)
        assert told.pop() is answer and told == []
    answer = one.desk.perform(Wish(kind="show"), SoftReader(), wait_s=0, on_answer=told.append)
    assert answer["refused"] == "NO_CARD" and told == [answer]


def test_the_tap_costs_what_it_cost(shop):
    plain, card = shop(), blank()
    one, other = sealed_shop(shop)
    for kind in ("issue", "sell"):
        plain.tap(card, kind=kind)
    unsealed = [plain.tap(card, kind=kind, **more)["exchanges"] for kind, more in (("sell", {}), ("show", {}), ("undo", {}))]
    sealed = [one.tap(other, kind=kind, **more)["exchanges"] for kind, more in (("sell", {}), ("show", {}), ("undo", {}))]
    assert sealed == [unsealed[0], unsealed[1] + 1, unsealed[2]]
    assert plain.tap(card, kind="show")["seal"] is None and one.tap(other, kind="show")["seal"] == "sealed"
    assert records_on(card) == records_on(other) and seal_on(card) is None


def test_the_till_hears_it_before_the_seal_is_begun(serve, monkeypatch):
    served = serve(seal=True, ring=True)
    till, chip = served.till, served.demo.card("card-1").chip
    till.tap(kind="issue")
    heard, write = threading.Event(), tap_desk.write_behind
    monkeypatch.setattr(tap_desk, "write_behind", lambda *told: (heard.wait(PATIENCE_S), write(*told)))
    with till.listen() as events:
        intent = till.wish(kind="sell", amount=350)
        till.present()
        told = events.until("intent", lambda shape: shape["id"] == intent["id"] and shape["state"] == "done")[2]
        shown = events.until("card", lambda card: card["outcome"] == "done")[2]
        assert told["answer"]["outcome"] == "done" and shown["earned"] == {"stamps": 1} and seal_on(chip).sequence == 1
        assert served.shop.tap_lock.acquire(timeout=PATIENCE_S), "a tap on another reader would wait for the seal"
        served.shop.tap_lock.release()
        heard.set()
    till.until(lambda: seal_on(chip), lambda seal: seal is not None and seal.sequence == 2)
    shown = till.finished(till.wish(kind="show"))["answer"]
    assert (shown["seal"], shown["counters"]) == ("sealed", {"stamps": 1})


def test_a_card_that_taps_alone_is_sealed_too(serve):
    served = serve(seal=True, tap_alone="stamp")
    till, chip = served.till, served.demo.card("card-1").chip
    till.tap(kind="issue")
    with till.listen() as events:
        till.present()
        assert events.until("card", lambda card: card["outcome"] == "done")[2]["earned"] == {"stamps": 1}
    till.until(lambda: seal_on(chip), lambda seal: seal is not None and seal.sequence == 2)


# --- what goes wrong afterwards --------------------------------------------------------------------------------------------

def test_a_card_that_leaves_early_is_unsealed_and_nothing_else(shop):
    one, card = sealed_shop(shop)
    exchanges = one.tap(copy_of(card), kind="show")["exchanges"]
    ledger, state = one.save(), copy_of(card)
    tap = one.tap(card, kind="sell")["exchanges"]
    whole = records_on(card)
    for at in (0, 2, 3, 11, 19):
        for mode in CUTS:
            one.put_back(ledger)
            chip = copy_of(state)
            answer = one.tap(chip, kind="sell", tear=(tap + at, mode))
            assert (answer["outcome"], answer["exchanges"], answer["counters"]) == ("done", tap, {"stamps": 2}), (at, mode)
            assert records_on(chip) == whole, (at, mode)
            shown = one.tap(chip, kind="show")
            assert (shown["seal"], shown["in_doubt"], shown["exchanges"]) == ("unsealed", None, exchanges), (at, mode)
            assert one.tap(chip, kind="sell")["counters"] == {"stamps": 3} and one.tap(chip, kind="show")["seal"] == "sealed"
    assert one.home.store.cases() == []


def test_a_key_that_cannot_sign_costs_the_seal_alone(shop, monkeypatch):
    one, card = sealed_shop(shop)

    def locked(purpose, message):
        raise StampdError("The keys are away.")

    monkeypatch.setattr(one.home.keys, "sign", locked)
    assert one.tap(card, kind="sell")["counters"] == {"stamps": 2}
    assert one.tap(card, kind="show")["seal"] == "unsealed" and entry_on(card, 3).change == 1


def test_a_seal_of_a_wrong_key_is_a_case_and_no_refusal(shop, monkeypatch):
    one, card = sealed_shop(shop)
    with monkeypatch.context() as patch:
        patch.setattr(one.home.keys, "sign", lambda purpose, message: Ed25519PrivateKey.generate().sign(message))
        one.tap(card, kind="sell")
    for _ in range(2):
        shown = one.tap(card, kind="show")
        assert (shown["outcome"], shown["seal"], shown["counters"]) == ("done", "wrong", {"stamps": 2})
    cases = one.home.store.cases()
    assert [(case["kind"], case["detail"]["sequence"]) for case in cases] == [("WRONG_SEAL", 3)]
    assert one.tap(card, kind="sell")["counters"] == {"stamps": 3} and one.tap(card, kind="show")["seal"] == "sealed"
    assert len(one.home.store.cases()) == 1


def test_an_old_seal_says_nothing(shop):
    one, card = sealed_shop(shop)
    other = shop()
    assert other.tap(card, kind="issue")["outcome"] == "done"  # taken into a second register
    other.tap(card, kind="sell")
    assert other.tap(card, kind="show")["seal"] is None  # its settings ask for none
    assert other.tap(card, kind="show", seal=True)["seal"] == "unsealed"
    assert one.tap(card, kind="show")["seal"] == "unsealed" and one.home.store.cases() == []


# --- a card's past, told by the card ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("family", ["ntag215", "ntag216", "desfire-ev1", "desfire-ev2"])
def test_history_shows_what_this_ledger_does_not_know(shop, family):
    one, card = shop(ring=True), blank(family)
    one.tap(card, kind="issue")
    for _ in range(4):
        one.tap(card, kind="sell")
    other = shop(terminal=2)
    assert other.tap(card, kind="issue")["outcome"] == "done"
    assert other.tap(card, kind="sell")["counters"] == {"stamps": 5}
    rows = [row for row in other.tap(card, kind="history")["history"] if row["source"] == "card"]
    assert [(row["sequence"], row["operation"], row["change"]) for row in rows if row["sequence"] > 1] == [(n, "earn", {"stamps": 1}) for n in (2, 3, 4)]
    assert {row["terminal"] for row in rows} == {1}
    assert [row["source"] for row in one.tap(card, kind="history")["history"]] == ["ledger"] * 5 + ["card"]


def test_history_of_a_card_that_leaves(shop):
    one, card = sealed_shop(shop)
    answer = one.tap(card, kind="history", tear=(1, "answer-lost"))
    assert [row["operation"] for row in answer["history"]] == ["issue", "earn"]


# --- the command line ------------------------------------------------------------------------------------------------------

def cli(monkeypatch, home, card, *words):
    """The finished run of one card command, and the order of what was printed and what was exchanged."""
    order, reader = [], SoftReader()
    exchange, echo = card.transceive, click.echo
    monkeypatch.setattr(card, "transceive", lambda frame: (order.append("exchange"), exchange(frame))[1], raising=False)
    monkeypatch.setattr(click, "echo", lambda *said, **how: (order.append("said"), echo(*said, **how))[1])
    monkeypatch.setattr(find, "open_reader", lambda *_: reader)
    reader.put(card)
    done = CliRunner().invoke(root, ["card", *words, "--home", str(home)])
    monkeypatch.undo()
    return done, order


def test_a_command_prints_before_it_seals(shop, tmp_path, monkeypatch):
    one, card = sealed_shop(shop)
    one.close()
    (one.home.path / "shop.toml").write_text("seal = true\nring = true\n")
    done, order = cli(monkeypatch, one.home.path, card, "sell", "--amount", "4.50", "--json")
    answer = json.loads(done.output)
    assert (done.exit_code, answer["counters"]) == (0, {"stamps": 2})
    assert order == ["exchange"] * answer["exchanges"] + ["said"] + ["exchange"] * BEHIND
    done, order = cli(monkeypatch, one.home.path, card, "show")
    assert done.exit_code == 0 and done.output.rstrip().endswith("· sealed") and order.count("exchange") == 2
    (one.home.path / "shop.toml").write_text("")
    assert json.loads(cli(monkeypatch, one.home.path, card, "show", "--json")[0].output)["seal"] is None
    assert json.loads(cli(monkeypatch, one.home.path, card, "show", "--seal", "--json")[0].output)["seal"] == "sealed"
    one.home = type("Closed", (), {"close": staticmethod(lambda: None)})


def test_the_public_key_is_given_and_verifies_a_card(shop, stampd):
    one, card = sealed_shop(shop)
    said = stampd("keys", "public", "--json", "--home", one.home.path).json
    assert said["purpose"] == "seal" and bytes.fromhex(said["public_key"]) == fixed_keys().public_key("seal")
    raw = b"".join(card.memory.read(page) for page in range(SEAL_PAGE, SEAL_PAGE + SEAL_SIZE // 4))
    slot = next(raw for raw in slots_of(card) if raw[4:7] == raw_sequence(2))
    issuer = b"".join(card.memory.read(page) for page in range(0x0C, 0x10))
    mac_input = b"stampd/record/1" + bytes([2, 7]) + bytes(card.uid) + issuer + bytes(3) + slot[:24]
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(said["public_key"])).verify(raw[HEAD_SIZE:], b"stampd/seal/1" + mac_input + slot[24:32])


def slots_of(card):
    pages = b"".join(records_on(card))
    return pages[:36], pages[36:]


def raw_sequence(number):
    return number.to_bytes(3, "big")


def test_show_through_the_daemon_checks_the_seal(serve, stampd, monkeypatch):
    served = serve(seal=True)
    monkeypatch.setenv("STAMPD_HOME", str(served.home.path))
    served.till.present()
    assert stampd("card", "issue", "--json").json["outcome"] == "done"
    assert stampd("card", "show", "--seal", "--json").json["seal"] == "sealed"
