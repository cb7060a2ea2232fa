"""Every family through the taps: issue, sales, redemption, undo, block, rotation; strangers, hidden UIDs, downgrades, limits.

Families that need triple DES (a PC's) are left out where the interpreter has none.
"""

from cardos.crypto import tdes
from cardos.errors import CardLost
from cardos.exchange import Blocked, Done, InDoubt, NotOurs, Presentation
from cardos.families import ntag424
from cardos.records.diversification import KEY_ADMIN, CardKeys
from cardos.records.issuer_block import LAYOUT_NTAG424_LRP, IssuerBlock, Profile, decode_issuer_body
from cardos.soft_cards.registry import load_card, new_card
from cardos.soft_cards.tears import TornCard
from cardos.taps.block import block
from cardos.taps.classes import CLASS_OF, Limits
from cardos.taps.read import read
from cardos.taps.rotate import rotate
from cardos.taps.sell import sell
from cardos.taps.terms import Terms
from cardos.taps.undo import undo
from tests.portable.shop import EPOCH, KEYS, SCHEME, UID, Shop, nonces, sale

NEED_TDES = ("ultralight-c", "desfire-ev1", "desfire-ev2", "desfire-ev3")
FAMILIES = ("ntag213", "ntag216", "ultralight-c", "ultralight-aes", "classic-1k", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3")
CHANNELS = {
    "ntag213": "plain", "ntag216": "plain", "ultralight-c": "plain", "ultralight-aes": "cmac", "classic-1k": "identifier",
    "ntag424": "ev2", "ntag424-lrp": "lrp", "desfire-ev1": "ev1", "desfire-ev2": "ev2", "desfire-ev3": "ev2",
}  # fmt: skip


def families():
    """Those that this interpreter can issue."""
    return [family for family in FAMILIES if tdes.AVAILABLE or family not in NEED_TDES]


def shop_of(family, counters=1):
    shop = Shop(family, counters, uid=UID[:4] if family == "classic-1k" else UID)
    outcome = shop.issue({1: (9, 0)})
    assert isinstance(outcome, Done), (family, outcome)
    return shop


def sell_to(shop, reference, redeem="none", amount=450):
    return shop.tap(sell(shop.terms(), sale(amount, redeem), reference))


def stamps(shop):
    outcome = shop.tap(read(shop.terms()))
    assert isinstance(outcome, Done), outcome
    return outcome.card.counters[1][0]


def test_a_day_on_every_family():
    for family in families():
        for counters in (1, 3):
            shop = shop_of(family, counters)
            for number in range(2):
                assert isinstance(sell_to(shop, "r%d" % number), Done), family
            assert stamps(shop) == 11, family
            assert sell_to(shop, "free", "auto", 0).entry["operation"] == "redeem", family
            assert stamps(shop) == 1, family
            last = shop.landed[-1]
            assert isinstance(shop.tap(undo(shop.terms(), lambda family, uid, last=last: (last, False))), Done), family
            shown = shop.tap(read(shop.terms()))
            assert shown.card.counters[1] == (11, 0) and shown.card.channel == CHANNELS[family], (family, shown)
            assert isinstance(shop.tap(block(shop.terms(), "lost")), Done)
            assert isinstance(sell_to(shop, "no"), Blocked), family
            assert not shop.cases, (family, shop.cases)


def test_a_home_that_does_not_know_the_card_sells_as_well():
    for family in families():
        if family == "classic-1k":
            continue
        shop = shop_of(family)
        other = Shop(family)
        other.card, other.next_number = shop.card, 40
        outcome = sell_to(other, "x")
        assert isinstance(outcome, Done) and outcome.card.counters[1][0] == 10, (family, outcome)


def test_a_card_with_other_counters_than_the_scheme_s_usual_number_works():
    for family in families():
        for has, usual in ((1, 3), (1, 9), (3, 1)):
            shop = shop_of(family, has)
            shop.counters = usual
            assert isinstance(sell_to(shop, "x"), Done) and stamps(shop) == 10, (family, has, usual)


def test_a_genuine_card_that_this_home_does_not_know_is_taken_in_with_what_it_holds():
    for family in families():
        if family == "classic-1k":
            continue
        for is_rotated in (False, True):
            shop = rotating_shop(family)
            if is_rotated:
                shop.epoch = 2
                assert isinstance(shop.tap(rotate(shop.terms())), Done), family
            other = rotating_home(family)
            other.card, other.next_number, other.epoch, other.hint = shop.card, 40, shop.epoch, None
            assert isinstance(other.issue(), Done), (family, is_rotated)
            assert isinstance(sell_to(other, "x"), Done) and stamps(other) == 4, (family, is_rotated)


def test_a_classic_that_the_ledger_does_not_know_is_nobody_s():
    shop = shop_of("classic-1k")
    other = Shop("classic-1k")
    other.card = shop.card
    outcome = sell_to(other, "x")
    assert isinstance(outcome, NotOurs), outcome


def test_blank_chips_are_blank_and_strangers_keys_are_not_genuine():
    for family in families():
        blank = Shop(family, uid=UID[:4] if family == "classic-1k" else UID)
        outcome = sell_to(blank, "x")
        assert isinstance(outcome, NotOurs) and outcome.reason in ("BLANK_CARD", "NO_STAMP_CARD", "UNKNOWN_CARD"), (family, outcome)
    for family in families():
        if CHANNELS[family] not in ("ev1", "ev2", "lrp", "cmac"):
            continue
        shop = shop_of(family)
        before = shop.card.state()
        terms = shop.terms
        shop.terms = lambda terms=terms: changed(terms(), keys=KEYS_OF_OTHERS)
        outcome = sell_to(shop, "x")
        assert isinstance(outcome, NotOurs) and outcome.reason == "NOT_GENUINE", (family, outcome)
        assert shop.exchanges <= 12, family  # one key, two tries, one question
        assert _contents(before) == _contents(shop.card.state()), family


class OtherKeys:
    """Another shop's keys of the same scheme and epochs."""

    epochs = KEYS.epochs

    def derive(self, role, epoch, m):
        return bytes([byte ^ 0x55 for byte in KEYS.derive(role, epoch, m)])

    def mac(self, role, epoch, m, message):
        return KEYS.mac(role, epoch, m, message)


KEYS_OF_OTHERS = OtherKeys()


NAMES = ("keys", "scheme", "epoch", "terminal", "transaction", "minute", "day", "pack", "counters", "skip_equal", "nonces", "limits")


def changed(terms, **fields):
    """`Terms` with some fields changed (a board's namedtuple has no `_replace`)."""
    return Terms(*[fields.get(name, getattr(terms, name)) for name in NAMES])


def _contents(state):
    """What a card holds, without the counters of failed authentications."""
    return {key: state[key] for key in state if key in ("pages", "files", "applications", "blocks", "counters")}


# --- rotation ---

class TwoEpochs:
    """Role masters of two epochs: those of the second are those of the first, changed."""

    epochs = (1, 2)

    def derive(self, role, epoch, m):
        key = KEYS.derive(role, 1, m)
        return key if epoch == 1 else bytes([byte ^ 0x0F for byte in key])

    def mac(self, role, epoch, m, message):
        from cardos.crypto.cmac import aes_cmac

        return aes_cmac(self.derive(role, epoch, m), message)


TWO = TwoEpochs()


def rotating_shop(family):
    """A `rotating_home` that has issued its card."""
    shop = rotating_home(family)
    assert isinstance(shop.issue({1: (3, 0)}), Done), family
    return shop


def rotating_home(family):
    """A shop with keys of two epochs; `shop.epoch` is the one it writes, `shop.hint` what its register says of the chip's keys."""
    shop = Shop(family, uid=UID[:4] if family == "classic-1k" else UID)
    base = shop.terms
    shop.epoch, shop.hint = 1, 1

    def terms():
        return changed(base(), keys=TWO, epoch=shop.epoch)

    def familiar(found):
        return Presentation(found.kind, found.uid, found.ats, family, shop.hint) if shop.issued else found

    shop.terms, shop.familiar = terms, familiar
    return shop


def test_a_card_moves_to_another_epoch_once():
    for family in families():
        shop = rotating_shop(family)
        assert shop.tap(rotate(shop.terms())).reason == "EPOCH_CURRENT", family
        shop.epoch = 2
        outcome = shop.tap(rotate(shop.terms()))
        assert isinstance(outcome, Done) and outcome.entry["operation"] == "migrate", (family, outcome)
        assert shop.tap(rotate(shop.terms())).reason == "EPOCH_CURRENT", family
        assert isinstance(sell_to(shop, "after"), Done) and stamps(shop) == 4, family


def test_a_rotation_that_was_cut_leaves_a_card_that_works_and_is_finished_by_the_same_command():
    for family in ("ntag424", "ntag424-lrp"):
        done = rotating_shop(family)
        done.epoch = 2
        done.tap(rotate(done.terms()))
        length = done.exchanges
        for at in range(0, length, 2 if family == "ntag424-lrp" else 1):
            for mode in ("not-sent", "answer-lost"):
                shop = rotating_shop(family)
                shop.epoch = 2
                shop.card = TornCard(shop.card, {at: mode})
                try:
                    outcome = shop.tap(rotate(shop.terms()))
                except CardLost:  # before the intent: nothing was begun
                    outcome = None
                shop.hint = None  # what the register says while a rotation is not known to have landed
                assert outcome is None or isinstance(outcome, InDoubt), (family, at, mode, outcome)
                assert isinstance(sell_to(shop, "between"), Done), (family, at, mode)
                again = shop.tap(rotate(shop.terms()))
                assert isinstance(again, Done) or again.reason == "EPOCH_CURRENT", (family, at, mode, again)
                assert stamps(shop) == 4, (family, at, mode)
                assert shop.tap(rotate(shop.terms())).reason == "EPOCH_CURRENT", (family, at, mode)


# --- hidden UIDs, downgrades ---

def test_a_424_that_hides_its_uid_is_opened_by_its_group_s_key():
    for family in ("ntag424", "ntag424-lrp"):
        shop = shop_of(family)
        key = CardKeys(KEYS, SCHEME, UID).chip_key(KEY_ADMIN, EPOCH)
        shop.tap(_hide_uid(key, family == "ntag424-lrp"))
        shop.familiar = lambda found: found  # no register knows a random UID
        outcome = sell_to(shop, "hidden")
        assert isinstance(outcome, Done) and outcome.card.uid == UID, (family, outcome)
        assert len(shop.found.uid) == 4 and stamps(shop) == 10, family


def test_a_424_that_hides_its_uid_outlives_a_rotation_that_was_cut():
    for family in ("ntag424", "ntag424-lrp"):
        cut = 0
        for at in range(17, 24):  # among the changes of its keys
            shop = rotating_shop(family)
            shop.tap(_hide_uid(CardKeys(TWO, SCHEME, UID).chip_key(KEY_ADMIN, 1), family == "ntag424-lrp"))
            shop.familiar = lambda found: found
            shop.epoch, shop.card = 2, TornCard(shop.card, {at: "answer-lost"})
            cut += isinstance(shop.tap(rotate(shop.terms())), InDoubt)
            assert isinstance(sell_to(shop, "between"), Done), (family, at)
            again = shop.tap(rotate(shop.terms()))
            assert isinstance(again, Done) or again.reason == "EPOCH_CURRENT", (family, at, again)
        assert cut >= 4, (family, cut)


def _hide_uid(key, lrp):
    chip = ntag424.Ntag424(nonces, "lrp" if lrp else "ev2")
    yield from chip.select()
    yield from chip.authenticate(KEY_ADMIN, key)
    yield from chip.set_configuration(ntag424.CONFIG_PICC, b"\x02")
    return None


def test_an_ultralight_aes_that_hides_its_uid_is_opened_by_its_group_s_key():
    shop = shop_of("ultralight-aes")
    state = shop.card.state()
    state["pages"][0x29] = "03" + state["pages"][0x29][2:]  # CFG0: random ID beside MACed messages
    shop.card = load_card(state)
    shop.familiar = lambda found: found
    outcome = sell_to(shop, "hidden")
    assert isinstance(outcome, Done) and outcome.card.uid == UID, outcome
    assert len(shop.found.uid) == 4


def test_a_card_that_speaks_a_weaker_channel_than_its_issuer_block_says_is_refused():
    shop = shop_of("ntag424")
    before = decode_issuer_body(bytes.fromhex(shop.landed[0]["details"]["block"]))
    forged = IssuerBlock(
        before.epoch, before.scheme, before.batch, before.card_number, Profile(LAYOUT_NTAG424_LRP, 1, False, False), before.issue_day
    )
    key = CardKeys(KEYS, SCHEME, UID).chip_key(2, EPOCH)
    shop.tap(_put_issuer(key, forged.encode("ntag424", CardKeys(KEYS, SCHEME, UID))))
    outcome = sell_to(shop, "x")
    assert outcome.reason == "CHANNEL_DOWNGRADE" and shop.cases == ["CHANNEL_DOWNGRADE"]


def _put_issuer(key, raw):
    chip = ntag424.Ntag424(nonces)
    yield from chip.select()
    yield from chip.authenticate(2, key)
    yield from chip.write(3, 0, raw, ntag424.MAC)
    return None


def test_a_stranger_s_type_4_tag_is_read_and_left_alone():
    shop = Shop("type4")
    assert sell_to(shop, "x").reason in ("OTHER_TAG", "NO_STAMP_CARD")
    shop.card = new_card("type4", UID, ndef=bytes.fromhex("d101085502612e6578616d70"))
    outcome = sell_to(shop, "x")
    assert isinstance(outcome, NotOurs) and outcome.reason == "OTHER_TAG", outcome


# --- limits by class ---

def test_limits_of_every_class():
    for family in families():
        shop = shop_of(family)
        terms, given = shop.terms, [0]
        limits = Limits(0, 300, 1000, lambda family, uid, given=given: given[0])

        shop.terms = lambda terms=terms, limits=limits: changed(terms(), limits=limits)
        most = {"A": 3, "B": 2, "C": 1}[CLASS_OF[family.replace("-lrp", "")]]
        for number in range(40):
            assert isinstance(sell_to(shop, "s%d" % number), Done)
        for number in range(most):
            given[0] = number
            assert sell_to(shop, "free%d" % number, "auto", 0).entry["operation"] == "redeem", (family, number)
        given[0] = most
        assert sell_to(shop, "over", "auto", 0).reason == "LIMIT", family
        outcome = sell_to(shop, "goes-on", "auto")
        assert isinstance(outcome, Done) and outcome.entry["details"]["declined"] == "LIMIT", family
        assert outcome.entry["details"]["earned"] == {"stamps": 1} and not outcome.entry["details"]["rewards"], family


def test_class_c_gives_cheap_things_on_a_young_ledger_only():
    from cardos.taps.classes import allows_rewards

    def never(family, uid):
        return 0

    assert allows_rewards(Limits(2, 1000, 1000, never), "ntag213", UID, 1)
    assert not allows_rewards(Limits(3, 1000, 1000, never), "ntag213", UID, 1)
    assert not allows_rewards(Limits(0, 1001, 1000, never), "ntag213", UID, 1)
    assert allows_rewards(Limits(99, 9999, 1000, never), "ntag424", UID, 2)
    assert not allows_rewards(Limits(99, 9999, 1000, never), "ntag424", UID, 3)
    assert allows_rewards(Limits(99, 9999, 1000, never), "desfire-ev3", UID, 3)
    assert allows_rewards(None, "ntag213", UID, 99)
