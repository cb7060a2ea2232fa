"""Every sequence of the acceptance rows through `cardos.offers.book.Book`, its pack first through canonical CBOR and the check."""

from cardos.cbor import decode, encode
from cardos.offers.pack import check_pack
from tests.portable.offer_rows import differences, play, rows


def all_hold(letter, sequences_least, events_least):
    sequences = events = 0
    checked = data = again = None
    for pack, sequence in rows(letter):
        if pack is not checked:
            data = encode(pack)
            again = decode(data)
            assert check_pack(again) is again and encode(again) == data
            checked = pack
        sequences += 1
        for event, result in zip(sequence["events"], play(again, sequence)):
            events += 1
            found = differences(event["expect"], result)
            assert not found, (sequence["row"], sequence["name"], event["at"], event["on"], found)
    assert sequences >= sequences_least and events >= events_least, (sequences, events)


def test_stamps_and_items():
    all_hold("A", 18, 60)


def test_rates_passes_and_groups():
    all_hold("B", 32, 88)


def test_points():
    all_hold("C", 32, 88)


def test_levels():
    all_hold("D", 17, 45)


def test_codes_people_and_partners():
    all_hold("E", 23, 80)


def test_versions():
    all_hold("F", 5, 16)
