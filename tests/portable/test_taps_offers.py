"""Every acceptance row that lives on a card, through the real taps on a soft card; nothing but the card and a journal."""

from tests.portable.card_rows import NOT_ON_A_CARD, RowShop
from tests.portable.offer_rows import differences, rows


def all_hold(letter, events_least):
    """Play the rows whose id begins with `letter`; "events_least" proves that they were."""
    events = 0
    for pack, sequence in rows(letter):
        if sequence["row"] in NOT_ON_A_CARD:
            continue
        shop = RowShop(pack, sequence)
        for event in sequence["events"]:
            result = shop.play(event)
            if result is None:
                continue
            events += 1
            found = differences(event["expect"], result)
            assert not found, (sequence["row"], sequence["name"], event["at"], event["on"], found)
    assert events >= events_least, events


def test_stamps_and_items():
    all_hold("A", 60)


def test_rates_passes_and_groups():
    all_hold("B", 86)


def test_points():
    all_hold("C", 79)


def test_levels():
    all_hold("D", 38)


def test_codes_people_and_partners():
    all_hold("E", 54)


def test_versions():
    all_hold("F", 16)
