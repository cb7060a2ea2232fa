"""Framing and secure channels under noise: nothing is believed without its check code, nothing goes on for ever, nothing crashes."""

import pytest

from cardos.crypto.ultralight_auth import SessionMac
from cardos.errors import CardAnswered, CardLost, CardRefused
from cardos.exchange import exchange
from cardos.families import classic, commands, desfire, identify, iso_dep, ntag424
from cardos.families.commands import FULL, MAC
from cardos.families.ev1_channel import Ev1Channel
from cardos.families.ev2_channel import Ev2Channel
from cardos.families.lrp_channel import LrpChannel
from cardos.families.type2 import Pages
from cardos.families.ultralight_aes import UltralightAesPages
from cardos.families.ultralight_c import UltralightCPages
from cardos.families.wrapped import ANSWER_PIECES_MAX, Native, Wrapped, converse
from cardos.soft_cards.iso_dep_target import FRAME_SIZES, IsoDepTarget
from cardos.soft_cards.registry import new_card
from tests.fuzz.cases import how_many, mutated, noise, same_size, some
from tests.portable.families_bench import run
from tests.portable.shop import UID

pytestmark = pytest.mark.property

KEY = bytes(range(16))
SLOW = {"lrp": 0.05}  # of a test's cases: an LRP MAC is a hundred AES blocks
BLOCKS_MAX = 700

CHANNELS = {
    "ev1": lambda: Ev1Channel("aes", KEY), "ev1-3des": lambda: Ev1Channel("2k3des", KEY), "ev2": lambda: Ev2Channel(KEY, KEY[::-1], b"abcd"),
    "lrp": lambda: LrpChannel(KEY, b"abcd"),
}  # fmt: skip


class Bounded:
    """A card whose answers a function gives, for so many exchanges. count: those it had."""

    def __init__(self, most, answer):
        self._most, self._answer, self.count = most, answer, 0

    def __call__(self, request):
        self.count += 1
        assert self.count <= self._most, "no end"
        return self._answer()


@pytest.mark.parametrize("name", CHANNELS)
def test_answers_in_a_session(name, rng):
    """A session takes no noise. Lengths are those of real answers as often as not."""
    for _ in range(how_many(SLOW.get(name, 1))):
        mode, size = rng.choice((MAC, FULL)), rng.choice((0, 7, 16, 28, 48, None))
        answer = rng.randbytes(rng.choice((8, 16, 24, 32, 40, 56))) if rng.randrange(2) else noise(rng, 70)
        with pytest.raises(CardAnswered) as trouble:
            CHANNELS[name]().incoming(commands.READ_DATA, 0, answer, mode, size)
        assert trouble.value.code in ("MAC_WRONG", "READ_AGAIN", "PADDING_WRONG")


def true_answer(name, channel, data):
    """What a card would answer to the first command of this session, in MAC mode."""
    if name == "ev1":
        return data + channel._cmac.of(data + b"\x00", channel._iv)[:8]
    return data + channel._mac(0, 1, data)


@pytest.mark.parametrize("name", ("ev1", "ev2", "lrp"))
def test_true_answers_spoiled(name, rng):
    for _ in range(how_many(SLOW.get(name, 1))):
        channel, data = CHANNELS[name](), rng.randbytes(rng.choice((0, 4, 36, 48)))
        answer = true_answer(name, channel, data)
        changed = mutated(rng, answer)
        if changed == answer:
            assert channel.incoming(commands.READ_DATA, 0, changed, MAC, None) == data
            continue
        with pytest.raises(CardAnswered):
            channel.incoming(commands.READ_DATA, 0, changed, MAC, None)


@pytest.mark.parametrize("framing", (Wrapped(), Native()), ids=lambda framing: framing.name)
def test_framing(framing, rng):
    """Answers in pieces: ended by a status, by too many pieces, or refused."""
    for _ in range(how_many()):
        _converse(framing, rng)


def _converse(framing, rng):
    endless = rng.randrange(50) == 0

    def answer():
        status = 0xAF if endless or rng.randrange(3) else rng.choice((0, 0x9D, 0xAE, rng.randrange(256)))
        body = noise(rng, 60) if rng.randrange(3) else b""
        made = body + bytes([0x91, status]) if framing.name == "wrapped" else bytes([status]) + body
        return made if rng.randrange(6) else mutated(rng, made)

    try:
        status, data = run(converse(framing, commands.READ_DATA, noise(rng, 200)), Bounded(ANSWER_PIECES_MAX + 5, answer))
    except CardAnswered:
        return  # whatever it said was not an answer
    assert status != 0xAF and len(data) < 9000


PAGE_CALLS = (
    lambda pages: pages.read(0, 3), lambda pages: pages.read(0x10, 0x21), lambda pages: pages.write(0x10, bytes(4)),
    lambda pages: pages.write_surely(0x10, bytes(4)), lambda pages: pages.version(), lambda pages: pages.signature(),
)  # fmt: skip


def page_answer(rng):
    size = rng.choice((0, 1, 1, 2, 3, 4, 8, 9, 12, 16, 17, 20, 24, 32, 48, 72, 80))
    return rng.choice((b"\x0a", b"\x00", b"\x04", b"\xaf" + rng.randbytes(8), b"\x00" + rng.randbytes(16))) if rng.randrange(4) == 0 else rng.randbytes(size)


def pages_under(kind):
    if kind == "plain":
        return Pages()
    pages = UltralightCPages() if kind == "ultralight-c" else UltralightAesPages()
    if kind == "secure":
        pages._session = SessionMac(KEY, KEY, KEY)
    return pages


@pytest.mark.parametrize("kind", ("plain", "ultralight-c", "secure"))
def test_pages(kind, rng):
    calls = PAGE_CALLS
    if kind == "secure":
        calls += (lambda pages: pages.read_counter(), lambda pages: pages.increment())
    elif kind == "ultralight-c":
        calls += (lambda pages: pages.authenticate(KEY, rng.randbytes),)
    else:
        calls += (lambda pages: pages.authenticate(b"pass", b"ab"),)

    def card(request):
        if rng.randrange(12) == 0:
            raise CardLost("silence")
        return page_answer(rng)

    for _ in range(how_many()):
        pages = pages_under(kind)
        try:
            found = run(rng.choice(calls)(pages), card)
        except (CardAnswered, CardLost):
            assert kind != "secure" or pages.authenticated is False
            continue
        if kind == "secure":
            assert found is False, "noise was believed in a session"
        assert not pages.authenticated or kind == "plain"


def test_authentications_of_type_2_chips(rng):
    for _ in range(how_many()):
        pages = UltralightCPages() if rng.randrange(2) else UltralightAesPages()
        block = 8 if isinstance(pages, UltralightCPages) else 16
        for _ in range(4):
            key_check = pages.authenticate(KEY, rng.randbytes) if block == 8 else pages.authenticate(0, KEY, rng.randbytes)
            answers = [b"\xaf" + rng.randbytes(block), b"\x00" + rng.randbytes(block)]
            with pytest.raises(CardAnswered):
                run(key_check, Bounded(2, iter(answers).__next__))
            assert not pages.authenticated and not getattr(pages, "is_secure", False) and pages.failures <= 3


@pytest.mark.parametrize("make", (lambda take: ntag424.Ntag424(take), lambda take: ntag424.Ntag424(take, "lrp"), lambda take: desfire.Desfire(take, 1),
                                  lambda take: desfire.Desfire(take, 3)), ids=("ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev3"))
def test_authentications_of_iso_dep_cards(make, rng):
    """Noise of the right shape never opens a session, and after three wrong keys nothing more is sent."""
    probe = make(rng.randbytes)
    is_lrp = probe.minimum == "lrp"
    size = 16 if getattr(probe, "generation", 0) == 1 else 32
    for _ in range(how_many(0.05 if is_lrp else 0.5)):
        card, sent = make(rng.randbytes), 0
        for _ in range(4):
            answers = [(b"\x01" if is_lrp else b"") + rng.randbytes(16) + b"\x91\xaf", rng.randbytes(size) + b"\x91\x00"]
            if rng.randrange(4) == 0:
                answers[rng.randrange(2)] = noise(rng, 40)
            link = Bounded(2, iter(answers).__next__)
            with pytest.raises(CardAnswered):
                run(card.authenticate(0, KEY), link)
            assert not card.alive
            sent += link.count
        assert sent <= 6 and card.failures == 3


def test_blocks_from_the_card(rng):
    """ISO/IEC 14443-4, the reader's side: blocks of noise, and true blocks spoiled."""
    def block():
        if rng.randrange(12) == 0:
            raise CardLost("silence")
        first = rng.choice((0x02, 0x03, 0x12, 0x13, 0xA2, 0xA3, 0xF2, 0xB2, 0xC2, rng.randrange(256)))
        return bytes([first]) + noise(rng, 30 if first & 0xEE == 0x02 else 2) if rng.randrange(12) else b""

    for _ in range(how_many()):
        link = iso_dep.IsoDep(iso_dep.Ats(rng.choice(iso_dep.FRAME_SIZES), 10, 1, 0, b""))
        try:
            run(link.command(exchange("x", rng.randbytes(rng.randrange(1, 120)), 10)), Bounded(BLOCKS_MAX, block))
        except (CardLost, CardAnswered):
            continue  # both say that nothing is known


def test_blocks_to_the_card(rng):
    """The card's side: whatever blocks come, it answers a block that a reader takes, or stays silent."""
    targets = [IsoDepTarget(new_card(family, UID), wtx) for family in ("ntag424", "desfire-ev2", "type4") for wtx in (0, 2)]
    for target in targets:
        target.field_on()
    valid = [bytes.fromhex(text) for text in ("e080", "d01100", "d0110a", "0290600000 00".replace(" ", ""), "1200a4040c", "0200", "a2", "a3", "b2", "b3",
                                              "f201", "c2", "0a0090", "03906000000 0".replace(" ", ""))]
    for _ in range(how_many()):
        target = rng.choice(targets)
        if not target.is_active or rng.randrange(30) == 0:
            target.field_off()
            target.field_on()
            target.activate()
            target.transceive(b"\xe0" + bytes([rng.randrange(256)]))
        answer = target.transceive(rng.choice(valid) if rng.randrange(2) else some(rng, valid, 70))
        assert answer is None or 0 < len(answer) <= FRAME_SIZES[-1]


def test_identification(rng):
    for _ in range(how_many()):
        found = run(identify.hardware_of(), lambda request: some(rng, [bytes.fromhex("0401011200160591af")], 12))
        assert found is None or len(found) == 7


def test_classic_answers(rng):
    for _ in range(how_many()):
        call = rng.choice((lambda: classic.read_mirror(UID, 32), lambda: classic.write_mirror(UID, bytes(16), bytes(32)), lambda: classic.read_block(4)))
        try:
            run(call(), lambda request: rng.choice((b"\x0a", b"\x04", b"", rng.randbytes(16), noise(rng, 20))))
        except CardAnswered:
            continue  # a copy that nobody believes


def test_true_reads_of_a_session_spoiled(rng):
    """Ultralight AES: an answer whose MAC fits is taken, the same with anything changed is not."""
    for _ in range(how_many()):
        data = rng.randbytes(rng.choice((4, 16, 72)))
        answer = data + SessionMac(KEY, KEY, KEY).of_answer(data)
        pages = pages_under("secure")
        assert run(pages.read(4, 3 + len(data) // 4), Bounded(1, iter([answer]).__next__)) == data
        changed = same_size(rng, answer) if rng.randrange(2) else mutated(rng, answer)
        if changed == answer:
            continue
        with pytest.raises((CardAnswered, CardRefused)):
            run(pages_under("secure").read(4, 3 + len(data) // 4), Bounded(1, iter([changed]).__next__))
