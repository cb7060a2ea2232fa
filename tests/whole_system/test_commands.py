"""The first line by its commands: software card on a real reader stack, `stampd card …`, JSON and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from host_tools.soft_hardware.private_pcscd import PrivatePcscd
from tests import needs, soft_lab
from tests.whole_system.conftest import NOW

SALE = {
    "outcome": str, "operation": str, "sale": (str, type(None)), "card_number": (int, type(None)), "sequence": (int, type(None)), "paid": int,
    "discount": int, "earned": dict, "counters": dict, "rewards": list, "refused": (str, type(None)), "declined": (str, type(None)),
    "settled": list, "exchanges": int, "bytes_out": int, "bytes_in": int, "message": str, "hint": str,
}  # fmt: skip
FACE = {
    "uid": str, "family": str, "channel": str, "class": str, "scheme": str, "card_number": int, "sequence": int, "counters": dict,
    "expires": dict, "offers": list, "status": str, "in_doubt": (dict, type(None)),
}  # fmt: skip


def fits(answer, shape):
    for key, kind in shape.items():
        assert isinstance(answer[key], kind), "%s is %r" % (key, answer.get(key))
    return answer


def sells(counter, times, *words):
    """So many sales of one coffee; the last answer."""
    for _ in range(times):
        answer = counter.run("sell", "--amount", "4.50", *words)
    return answer


# --- both stacks -----------------------------------------------------------------------------------------------------

DAY = (("issue",), *[("sell", "--amount", "4.50")] * 10, ("sell", "--amount", "4.50", "--redeem", "auto"), ("undo",), ("block", "--reason", "lost"))


def a_day(stampd, folder, attach, reader, environment):
    """The day's answers and the card's image after each step."""
    env = {**environment, "STAMPD_HOME": str(folder / "home")}
    card = folder / "card.json"
    stampd("keys", "init", "--test", env=env)
    stampd("softcard", "new", "--family", "ntag215", "--uid", "04A1B2C3D4E5F6", card)
    answers, images = [], []
    with soft_lab.serving(card, attach):
        for words in DAY:
            answers.append(fits(stampd("card", *words, *reader, *NOW, "--json", env=env).json, SALE))
            images.append(card.read_bytes())
    return answers, images


def test_a_day_leaves_the_same_bytes_on_both_stacks(stampd, tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    needs.needs_module("nfc")
    serial, wireless = tmp_path / "serial", tmp_path / "pcsc"
    serial.mkdir()
    wireless.mkdir()
    link = "pn532:%s" % (serial / "link")
    by_serial, serial_images = a_day(stampd, serial, link, ("--reader", link), {})
    with PrivatePcscd(["Lane 0"]) as pcscd:
        by_pcsc, pcsc_images = a_day(stampd, wireless, pcscd.attach(0), ("--reader", "Lane 0 00 00"), {"PCSCLITE_CSOCK_NAME": pcscd.socket_path})
    assert [a["outcome"] for a in by_pcsc] == ["done"] * len(DAY)
    assert [a["counters"]["stamps"] for a in by_pcsc] == [0, *range(1, 11), 1, 10, 10]
    assert by_pcsc[11]["rewards"] == ["free coffee x1"] and by_pcsc[11]["paid"] == 450 and by_pcsc[11]["earned"] == {"stamps": 1}
    assert [a["card_number"] for a in by_pcsc] == [1] * len(DAY)
    assert serial_images == pcsc_images
    for one, other in zip(by_serial, by_pcsc):
        assert {**one, "bytes_out": 0, "bytes_in": 0} == {**other, "bytes_out": 0, "bytes_in": 0}


def test_show_has_its_shape_and_writes_nothing(counter):
    with counter.serving():
        counter.run("issue", "--opening", "stamps=4", "--reason", "paper card")
        before = counter.memory()
        new = fits(counter.run("show"), FACE)
        assert (new["status"], new["counters"], new["card_number"], new["scheme"]) == ("new", {"stamps": 4}, 1, "FFFF")
        assert (new["uid"], new["family"], new["channel"], new["class"]) == ("04A1B2C3D4E5F6", "ntag215", "plain", "C")
        assert counter.memory() == before
        sells(counter, 1)
        assert counter.run("show")["status"] == "active"
        rows = counter.run("history")
        assert [(row["operation"], row["outcome"], row["source"]) for row in rows] == [("issue", "done", "ledger"), ("earn", "done", "ledger")]
        assert set(rows[0]) >= {"at", "terminal", "operation", "change", "outcome", "source"}


# --- an older image --------------------------------------------------------------------------------------------------

def test_an_earlier_image_is_stale_and_nothing_is_written(counter):
    with counter.serving():
        counter.run("issue", "--opening", "stamps=9", "--reason", "paper card")
        assert sells(counter, 1)["counters"] == {"stamps": 10}
        earlier = counter.memory()
        assert counter.run("redeem")["rewards"] == ["free coffee x1"]
    counter.card.write_bytes(earlier)
    with counter.serving():
        before, intents = counter.memory(), len(counter.events())
        answer = fits(counter.run("sell", "--amount", "4.50", code=1), SALE)
        assert (answer["outcome"], answer["refused"]) == ("refused", "STALE_CARD")
        assert answer["message"] and answer["hint"]
        assert counter.run("redeem", code=1)["refused"] == "STALE_CARD"
        assert counter.memory() == before
        assert counter.cases() == ["STALE_CARD"]
        assert len(counter.events()) == intents + 1


def test_an_earlier_image_put_back_under_the_serving_reader_is_stale_too(counter):
    with counter.serving():
        counter.run("issue")
        earlier = counter.memory()
        sells(counter, 1)
        temporary = counter.card.with_suffix(".older")
        temporary.write_bytes(earlier)
        os.replace(temporary, counter.card)
        assert counter.run("sell", "--amount", "4.50", code=1)["refused"] == "STALE_CARD"


# --- undo ------------------------------------------------------------------------------------------------------------

def test_undo_twice(counter):
    with counter.serving():
        counter.run("issue")
        sold = sells(counter, 2)
        undone = fits(counter.run("undo"), SALE)
        assert (undone["operation"], undone["sale"], undone["counters"]) == ("undo", sold["sale"], {"stamps": 1})
        again = counter.run("undo", code=1)
        assert (again["refused"], again["counters"]) == ("ALREADY_UNDONE", {"stamps": 1})
        assert counter.run("undo", "--sale", sold["sale"], code=1)["refused"] == "ALREADY_UNDONE"
        assert counter.run("undo", "--sale", "nobody-s", code=1)["refused"] == "NO_SUCH_SALE"


def test_undo_of_a_redemption_gives_the_stamps_back(counter):
    with counter.serving():
        counter.run("issue", "--opening", "stamps=10", "--reason", "paper card")
        assert sells(counter, 1, "--redeem", "free-coffee")["counters"] == {"stamps": 1}
        assert counter.run("undo")["counters"] == {"stamps": 10}


def test_undo_after_another_homes_sale(counter, stampd, tmp_path):
    other = tmp_path / "other"
    stampd("keys", "init", "--test", env={"STAMPD_HOME": str(other)})
    with counter.serving():
        counter.run("issue")
        mine = sells(counter, 1)
        theirs = counter.run("sell", "--amount", "4.50", home=other)
        assert (theirs["outcome"], theirs["counters"]) == ("done", {"stamps": 2})
        assert counter.run("undo", code=1)["refused"] == "NOT_THE_LAST_SALE"
        assert counter.run("undo", "--sale", mine["sale"], code=1)["refused"] == "NOT_THE_LAST_SALE"
        assert counter.run("undo", home=other)["counters"] == {"stamps": 1}
        assert counter.run("undo", code=1)["refused"] == "NOT_THE_LAST_SALE"
        assert sells(counter, 1)["counters"] == {"stamps": 2}


def test_undo_after_a_block(counter):
    with counter.serving():
        counter.run("issue")
        sells(counter, 1)
        counter.run("block", "--reason", "lost")
        assert counter.run("undo", code=1)["refused"] == "NOT_THE_LAST_SALE"
        blocked = fits(counter.run("sell", "--amount", "4.50", code=1), SALE)
        assert (blocked["outcome"], blocked["refused"], blocked["counters"]) == ("blocked", "CARD_BLOCKED", {"stamps": 1})
        counter.run("unblock", "--reason", "found")
        assert counter.run("undo", code=1)["refused"] == "NOT_THE_LAST_SALE"
        assert sells(counter, 1)["counters"] == {"stamps": 2}
        assert counter.run("undo")["counters"] == {"stamps": 1}


def test_undo_after_a_repair_by_copy(counter):
    """A sale whose last trailer was torn is rewritten whole into the other slot by the next tap; it can still be undone."""
    with counter.serving():
        counter.run("issue")
    with counter.serving("--tear", "13:half:zero", "--again", "0"):  # the trailer of the first sale, on a card with one record
        doubt = counter.run("sell", "--amount", "4.50", "--sale", "R-1", code=3)
        assert doubt["exchanges"] == 14
        answer = counter.run("undo", "--sale", "R-1")
    assert answer["settled"] == [{"sale": "R-1", "outcome": "landed", "operation": "earn"}]
    assert (answer["outcome"], answer["counters"]) == ("done", {"stamps": 0})
    with counter.serving():
        assert counter.run("undo", "--sale", "R-1", code=1)["refused"] == "ALREADY_UNDONE"


def test_undo_after_a_settled_doubt(counter):
    with counter.serving():
        counter.run("issue")
        sells(counter, 1)
    with counter.serving("--tear", "6:half:weak", "--again", "0"):
        assert counter.run("sell", "--amount", "4.50", "--sale", "R-2", code=3)["outcome"] == "in_doubt"
        answer = counter.run("undo")
    assert answer["settled"] == [{"sale": "R-2", "outcome": "landed", "operation": "earn"}]
    assert (answer["sale"], answer["counters"]) == ("R-2", {"stamps": 1})


def test_a_redemption_in_doubt_is_asked_again(counter):
    with counter.serving():
        counter.run("issue", "--opening", "stamps=10", "--reason", "paper card")
    with counter.serving("--tear", "5:not-executed", "--again", "0"):
        doubt = counter.run("redeem", "--sale", "R-1", code=3)
        assert doubt["outcome"] == "in_doubt" and "do not hand over" in doubt["message"]
        assert doubt["repeat"].startswith("stampd card redeem --sale R-1") and doubt["rewards"] == []
        assert counter.run("show")["in_doubt"]["sale"] == "R-1"
        sold = sells(counter, 1)
        assert sold["settled"] == [{"sale": "R-1", "outcome": "not_landed", "operation": "redeem"}]
        assert sold["counters"] == {"stamps": 11}
        asked = counter.run("redeem", "--sale", "R-1")
        assert (asked["rewards"], asked["counters"]) == (["free coffee x1"], {"stamps": 1})


# --- one REF, one sale -----------------------------------------------------------------------------------------------

def test_the_same_reference_is_the_same_sale(counter):
    with counter.serving():
        counter.run("issue")
        first = sells(counter, 1, "--sale", "R-1")
        before = counter.memory()
        again = sells(counter, 1, "--sale", "R-1")
        assert counter.memory() == before
        for key in ("outcome", "sale", "sequence", "counters", "earned", "paid"):
            assert again[key] == first[key]
        assert again["exchanges"] == 0
        assert sells(counter, 1)["counters"] == {"stamps": 2}
    assert sells(counter, 1, "--sale", "R-1", "--wait", "0")["outcome"] == "done"  # known without any card


# --- codes, shapes, dry runs -----------------------------------------------------------------------------------------

def test_exit_codes_and_shapes(counter, stampd):
    with counter.serving():
        strange = fits(counter.run("sell", "--amount", "4.50", code=1), SALE)
        assert (strange["outcome"], strange["refused"]) == ("not_ours", "BLANK_CARD")
        done = fits(counter.run("issue"), SALE)
        assert (done["outcome"], done["operation"], done["card_number"], done["sequence"], done["counters"]) == ("done", "issue", 1, 1, {"stamps": 0})
        refused = fits(counter.run("redeem", code=1), SALE)
        assert (refused["outcome"], refused["refused"]) == ("refused", "OVERDRAW")
        assert counter.run("issue", code=1)["refused"] == "ALREADY_ISSUED"
        assert counter.run("repair", code=1)["refused"] == "NOT_DAMAGED"
        assert counter.run("unblock", code=1)["refused"] == "NOT_BLOCKED"
        assert counter.run("undo", code=1)["refused"] == "NO_SUCH_SALE"
    with counter.serving("--tear", "6:answer-lost"):
        doubt = fits(counter.run("sell", "--amount", "4.50", code=3), SALE)
        assert (doubt["outcome"], doubt["counters"], doubt["earned"]) == ("in_doubt", {}, {})
        assert doubt["sale"] in doubt["repeat"] and doubt["repeat"] in doubt["hint"]
    assert stampd("card", "sell", "--nonsense", code=2).out == ""
    assert stampd("card", "sell", "--amount", "4.505", "--reader", counter.attach, "--json", code=1).json["refused"] == "BAD_AMOUNT"
    assert stampd("card", "sell", "--reader", counter.attach, "--json", code=1).json["refused"] == "EMPTY_SALE"


WRITERS = (
    ("sell", "--amount", "4.50"), ("sell", "--amount", "4.50", "--redeem", "auto"), ("redeem",), ("undo",), ("block",),
    ("sell", "--line", "latte:coffee:2:450"),
)  # fmt: skip


def test_a_dry_run_writes_nothing(counter, home):
    with counter.serving():
        before = counter.memory()
        assert counter.run("issue", "--dry-run")["dry_run"]
        assert counter.memory() == before and counter.events() == []
        counter.run("issue", "--opening", "stamps=10", "--reason", "paper card")
        sells(counter, 1)
        before, events = counter.memory(), counter.events()
        for words in WRITERS:
            answer = counter.run(*words, "--dry-run")
            assert (answer["outcome"], answer["dry_run"]) == ("done", True), words
            assert (counter.memory(), counter.events()) == (before, events), words


def test_two_commands_at_once_on_one_home(counter, home):
    with counter.serving():
        counter.run("issue")
        program = str(Path(sys.executable).with_name("stampd"))
        both = [subprocess.Popen([program, *counter.words("sell", "--amount", "4.50")], stdout=subprocess.PIPE, text=True) for _ in range(2)]
        answers = [json.loads(one.communicate(timeout=60)[0]) for one in both]
        assert [answer["outcome"] for answer in answers] == ["done", "done"]
        assert sorted(answer["sequence"] for answer in answers) == [2, 3]
        assert counter.run("show")["counters"] == {"stamps": 2}


# --- nothing there ---------------------------------------------------------------------------------------------------

def test_no_home(stampd, tmp_path):
    missing = {"STAMPD_HOME": str(tmp_path / "nowhere")}
    answer = stampd("card", "sell", "--amount", "4.50", "--json", code=1, env=missing)
    assert answer.json["refused"] == "NO_HOME" and "keys init" in answer.json["hint"]
    assert "keys init" in stampd("card", "show", code=1, env=missing).err
    assert not (tmp_path / "nowhere").exists()


def test_no_such_reader(counter, stampd):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    with PrivatePcscd(["Lane 0", "Lane 1"]) as pcscd:
        env = {"PCSCLITE_CSOCK_NAME": pcscd.socket_path}
        wrong = stampd("card", "show", "--reader", "Gemalto", "--json", code=1, env=env).json
        assert wrong["refused"] == "READER_NOT_FOUND" and "Lane 0 00 00" in wrong["hint"]
        assert stampd("card", "show", "--reader", "lane", "--json", code=1, env=env).json["refused"] == "READER_AMBIGUOUS"
    gone = stampd("card", "show", "--reader", "pn532:/nowhere", "--wait", "0", "--json", code=1).json
    assert gone["refused"] == "READER_GONE"


def test_wait_0_without_a_card(counter):
    with counter.serving("--tear", "0:not-sent"):
        assert counter.run("show", code=1)["refused"] == "CARD_LOST"
        answer = fits(counter.run("sell", "--amount", "4.50", "--wait", "0", code=1), SALE)
        assert (answer["outcome"], answer["refused"], answer["exchanges"]) == ("refused", "NO_CARD", 0)
        assert answer["hint"]


def test_wait_0_takes_the_card_that_lies_there(counter):
    with counter.serving():
        assert counter.run("issue", "--wait", "0")["outcome"] == "done"


def test_a_repeat_while_pcscd_still_shows_the_lost_card_waits_for_the_card(home, stampd, tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    card = soft_lab.new_card(tmp_path / "card.json")
    stampd("keys", "init", "--test")
    with PrivatePcscd(["Lane 0"]) as pcscd:
        env = {"PCSCLITE_CSOCK_NAME": pcscd.socket_path}
        with soft_lab.serving(card, pcscd.attach(0)):
            stampd("card", "issue", env=env)
        with soft_lab.serving(card, pcscd.attach(0), "--tear", "7:half", "--again", "1.5"):
            sell = ("card", "sell", "--amount", "4.50", "--sale", "R-1", "--json")
            assert stampd(*sell, code=3, env=env).json["outcome"] == "in_doubt"
            again = stampd(*sell, env=env).json
    assert (again["outcome"], again["counters"]) == ("done", {"stamps": 1})
