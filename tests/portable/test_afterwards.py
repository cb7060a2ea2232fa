"""Seal and ring after a tap: written behind the records, read back, torn at every exchange; the record is never touched."""

from cardos import tap_runner
from cardos.crypto import tdes
from cardos.crypto.cmac import aes_cmac
from cardos.exchange import Done, Refused
from cardos.records import fields
from cardos.records.issuer_block import Profile
from cardos.records.ring import RingEntry
from cardos.records.seal import SEAL_SIZE, SEALED, UNSEALED, WRONG
from cardos.soft_cards.registry import load_card
from cardos.soft_cards.tears import MODES, TornCard
from cardos.taps.afterwards import NOTHING, RING, SEAL, afterwards
from cardos.taps.block import block
from cardos.taps.cards.behind import BehindPages
from cardos.taps.read import read
from cardos.taps.sell import sell
from tests.portable.shop import MINUTE, PACK, Shop, sale

PAGE = 4
DESFIRE = ("desfire-ev1", "desfire-ev2") if tdes.AVAILABLE else ()  # a chip as delivered has a DES key
FAMILIES = ("ntag215", "ntag216") + DESFIRE


def sign(message):
    """Boards have no Ed25519; 64 bytes that only this message has are as good here."""
    half = aes_cmac(b"a key of a test!", message)
    return half + half[:8] + half[8:] + half + half


def verify(terminal, message, signature):
    return terminal == 1 and signature == sign(message)


def issued(family, stamps=3, counters=1):
    shop = Shop(family, counters, PACK)
    assert isinstance(shop.issue({1: (stamps, 0)}), Done)
    return shop


def sold(shop, reference="a"):
    outcome = shop.tap(sell(shop.terms(), sale(), reference))
    assert isinstance(outcome, Done), outcome
    return outcome


def follow(shop, outcome, ring=True, signer=sign):
    """What follows the tap in the same presentation; the number of exchanges it took is in `shop.exchanges`."""
    shop.exchanges = 0
    return tap_runner.run(afterwards(outcome.card.opened, outcome.entry, 1, ring, signer), shop, shop)


def shown(shop, past=False, by=verify):
    outcome = shop.tap(read(shop.terms(), by, past))
    assert isinstance(outcome, Done), outcome
    return outcome, outcome.card.opened.found


def test_a_sale_is_sealed_and_the_next_one_unseals_it():
    for family in FAMILIES:
        shop = issued(family)
        assert follow(shop, sold(shop)) == ([SEAL] if family[0] == "d" else [RING, SEAL])
        assert shown(shop)[1].seal == SEALED, family
        sold(shop, "b")
        assert shown(shop)[1].seal == UNSEALED, family
        outcome = sold(shop, "c")
        follow(shop, outcome)
        found, behind = shown(shop)
        assert behind.seal == SEALED and found.card.counters[1][0] == 6 and shop.cases == [], family


def test_an_issue_is_sealed_too():
    for family in ("ntag215",) + DESFIRE:
        shop = Shop(family)
        outcome = shop.issue()
        assert SEAL in follow(shop, outcome)
        assert shown(shop)[1].seal == SEALED, family


def test_what_it_costs():
    for family, most in (("ntag215", 3 + 18), ("desfire-ev1", 4), ("desfire-ev2", 3)):
        if family not in FAMILIES:
            continue
        shop = issued(family)
        follow(shop, sold(shop))
        assert shop.exchanges == most, (family, shop.exchanges)


def test_nobody_asked_and_no_room():
    for family in FAMILIES:
        shop = issued(family)
        outcome = sold(shop)
        assert follow(shop, outcome, False, None) == [] and shop.exchanges == 0
        plain = shown(shop, False, None)[1]
        spent = shop.exchanges
        assert plain == NOTHING and shown(shop)[1].seal == UNSEALED and shop.exchanges == spent + (2 if family == "desfire-ev1" else 1)
    for family in ("ntag424", "classic-1k"):
        shop = issued(family)
        assert follow(shop, sold(shop)) == [] and shop.exchanges == 0
        assert shown(shop, True)[1] == NOTHING


def test_a_small_card_has_a_ring_and_no_seal():
    for family in ("ntag213", "ultralight-aes"):
        shop = issued(family)
        assert follow(shop, sold(shop)) == [RING] and shop.exchanges == 3, family
        follow(shop, sold(shop, "b"))
        follow(shop, sold(shop, "c"))
        found = shown(shop, True)[1]
        assert found.seal is None
        assert [entry.sequence for entry in found.past] == [4, 3], family  # two places
    shop = issued("ntag213", counters=3)
    assert follow(shop, sold(shop)) == []


def test_the_ring_tells_past_taps():
    for family in ("ntag215", "ntag216"):
        shop = issued(family)
        for number in range(5):
            follow(shop, sold(shop, str(number)), True, None)
        past = shown(shop, True, None)[1].past
        assert [(entry.sequence, entry.change) for entry in past] == [(6, 1), (5, 1), (4, 1), (3, 1), (2, 1)]
        assert past[0] == RingEntry(6, MINUTE, 1, fields.EARN, 1, 1)


def test_a_desfire_tells_whole_records():
    for family in DESFIRE:
        shop = issued(family)
        assert [(entry.sequence, entry.operation, entry.change) for entry in shown(shop, True)[1].past] == [(1, fields.OPENING, 3)]
        for number in range(3):
            sold(shop, str(number))
        past = shown(shop, True)[1].past
        assert [(entry.sequence, entry.change) for entry in past] == [(4, 1), (3, 1), (2, 1), (1, 3)], family


def test_a_wrong_signature_is_a_case_and_no_refusal():
    for family in ("ntag215",) + DESFIRE:
        shop = issued(family)
        follow(shop, sold(shop), True, lambda message: bytes(64))
        outcome, found = shown(shop)
        assert found.seal == WRONG and shop.cases == ["WRONG_SEAL"] and outcome.card.counters[1][0] == 4
        follow(shop, sold(shop, "b"))
        assert shown(shop)[1].seal == SEALED and shop.cases == ["WRONG_SEAL"]


class FalseAnswers:
    """A card whose first answers to a read of the seal end in another byte."""

    def __init__(self, card, count):
        self._card, self._left = card, count

    def __getattr__(self, name):
        return getattr(self._card, name)

    def transceive(self, frame):
        answer = self._card.transceive(frame)
        if self._left and answer is not None and len(answer) == SEAL_SIZE:
            self._left -= 1
            answer = bytes(answer[:-1]) + bytes([answer[-1] ^ 1])
        return answer


def test_one_corrupted_answer_is_no_case():
    shop = issued("ntag215")
    follow(shop, sold(shop))
    plain = shop.card
    shop.card = FalseAnswers(plain, 1)
    assert shown(shop)[1].seal == SEALED and shop.cases == []
    shop.card = FalseAnswers(plain, 2)
    assert shown(shop)[1].seal == WRONG and shop.cases == ["WRONG_SEAL"]


def cut(shop, at, mode):
    """The tap goes well; what follows it goes wrong at its exchange `at`. (the records before that, what was written)."""
    outcome = sold(shop, "torn")
    before = records_in(outcome)
    plain, shop.card = shop.card, TornCard(shop.card, {at: mode})
    written = follow(shop, outcome)
    shop.card = plain
    return before, written


def records_in(outcome):
    """Every byte that a record stands in, trailers included."""
    return [slot.raw for slot in outcome.card.opened.slots.snapshot.slots]


def test_torn_at_every_exchange_the_record_is_untouched_and_the_next_tap_works():
    for family, exchanges in (("ntag213", 3), ("ultralight-aes", 3), ("ntag215", 21), ("desfire-ev1", 4), ("desfire-ev2", 3)):
        if family[0] == "d" and family not in DESFIRE:
            continue
        shop = issued(family)
        follow(shop, sold(shop))
        whole = shown(shop)[1].seal
        state, kept = shop.card.state(), (shop.landed[:], shop.known[:], shop.last_seen, shop.next_number)
        for at in range(exchanges):
            for mode in MODES:
                shop.card = load_card(state)
                shop.landed, shop.known, shop.last_seen, shop.next_number = kept[0][:], kept[1][:], kept[2], kept[3]
                before, written = cut(shop, at, mode)
                outcome, found = shown(shop, True)
                assert records_in(outcome) == before, (family, at, mode)
                wanted = (SEALED,) if SEAL in written else (SEALED, UNSEALED) if at == exchanges - 1 else (UNSEALED,)
                assert found.seal in (wanted if whole == SEALED else (None,)), (family, at, mode, found.seal)
                assert outcome.card.counters[1][0] == 5 and shop.cases == []
                follow(shop, sold(shop, "next"))
                assert shown(shop)[1].seal == whole, (family, at, mode)


def test_a_blocked_card_shows_its_seal():
    shop = issued("ntag215")
    follow(shop, shop.tap(block(shop.terms(), "lost")))
    assert isinstance(shop.tap(block(shop.terms(), "lost")), Refused)
    assert shown(shop)[1].seal == SEALED


class NoPages:
    def write(self, page, data):
        raise AssertionError("a page was written that is not ours")


def test_a_profile_that_promises_more_than_the_chip_has():
    behind = BehindPages(NoPages(), Profile(0, 9, True, True), 0x20, 0x27)
    assert not behind.has_seal and not behind.has_ring
    whole = BehindPages(NoPages(), Profile(0, 1, True, True), 0x22, 0x22 + SEAL_SIZE // PAGE - 1)
    assert whole.has_seal and not whole.has_ring
