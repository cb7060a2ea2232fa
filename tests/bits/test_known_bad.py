"""The bit tests must see what they are for: with one check of ours taken out each, they fail."""

import pytest

from cardos.families import ev2_channel
from cardos.records import counted_slots, journal_entry, record
from cardos.taps import open_card
from tests.bits import test_answers, test_stored
from tests.bits.artefacts import bits_of, flipped
from tests.bits.bench import FAMILIES, OPENING, REF, prepared, stamps_of
from tests.bits.test_journal import with_doubt


def broken_promises(family, group, step=7):
    """How many flipped bits of a group do harm."""
    lab = prepared(family)
    state, wrong = lab.card.state(), 0
    for bit in [bit for bit in bits_of(lab) if bit.group == group][::step]:
        try:
            test_stored.look_at(test_stored.Case(lab, 3, bit, flipped(state, bit)))
        except AssertionError:
            wrong += 1
    return wrong


def test_without_a_record_mac_a_flipped_counter_counts(monkeypatch):
    assert not broken_promises("ntag215", "newest record")
    monkeypatch.setattr(record.RecordMac, "fits", lambda *_: True)
    assert broken_promises("ntag215", "newest record")


@pytest.mark.parametrize("family", ("ntag215", "ntag424"))
def test_without_freshness_a_broken_record_brings_the_older_one_back(family, monkeypatch):
    monkeypatch.setattr(open_card, "_is_stale", lambda card: False)
    assert broken_promises(family, "newest record")


def test_without_the_counter_an_older_record_of_an_ultralight_aes_comes_back(monkeypatch):
    monkeypatch.setattr(open_card, "_is_stale", lambda card: False)
    assert not broken_promises("ultralight-aes", "older record")
    monkeypatch.setattr(counted_slots.CountedSlots, "_fits", lambda self, body, mac, value: True)
    assert broken_promises("ultralight-aes", "newest record", 1)


def test_a_write_that_was_never_sent_is_not_believed_without_its_mac(monkeypatch):
    lab = prepared("ntag424", 3)
    writes = [number for number in range(8) if number == _last_write(lab)]
    spoil = (writes[0], lambda _: bytes(8) + b"\x91\x00", False)
    assert test_answers.tell(lab, lab.card.state(), spoil)[1] is None
    monkeypatch.setattr(ev2_channel, "constant_time_equal", lambda one, other: True)
    assert test_answers.tell(lab, lab.card.state(), spoil)[1]


def _last_write(lab):
    probe = lab.copy()
    probe.wish(REF)
    return [number for number, request in enumerate(probe.sent) if request.writes][-1]


def test_a_journal_that_contradicts_itself_mints_without_the_comparison(monkeypatch):
    monkeypatch.setattr(journal_entry, "_is_told_by", lambda entry, found: True)
    lab = with_doubt("ntag424", False)
    number, entry = list(lab.open.items())[0]
    lab.open[number] = {**entry, "record": entry["record"][:40] + "7f" + entry["record"][42:]}
    assert stamps_of(lab.wish(REF)) != OPENING + 3


def test_every_family_is_here():
    assert len(FAMILIES) == 9
