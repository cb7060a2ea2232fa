"""The other side of the air under noise: soft cards and soft readers answer or stay silent, and take no state that is none.

And what PC/SC readers answer to us: an answer, or an error of ours.
"""

import copy
import json

import pytest

from cardos.errors import BadInput, StampdError
from cardos.soft_cards.iso_dep_target import FRAME_SIZES, AtsFields, IsoDepTarget
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card, new_card
from host_tools.readers import pcsc_frames
from host_tools.readers.atr import card_hint
from host_tools.readers.profiles import BARE, NONE, PN532, TRANSPARENT
from host_tools.soft_hardware import hsu_frames
from host_tools.soft_hardware.classic_reader import ClassicReader
from host_tools.soft_hardware.contactless_atr import iso_dep_atr
from host_tools.soft_hardware.contactless_reader import ContactlessReader
from host_tools.soft_hardware.pn532_chip import Pn532Chip
from host_tools.soft_hardware.storage_reader import ABILITIES, StorageReader
from tests.bits.bench import FAMILIES, prepared, uid_of
from tests.fuzz.cases import how_many, mutated, noise, some

pytestmark = pytest.mark.property

FRAME_MAX = 300
SLOW = {"ntag424-lrp": 0.2}  # of a test's cases
ODD = (None, True, -1, 0, 1, 255, 256, 1 << 40, 1.5, "", "zz", "00", "é", [], [None], {}, {"a": 1})

NAMES = ("\u00b2", "x", "-1", "300", "9" * 5000, "")  # of a field


def recorded(family):
    """(lab, true frames): a card with some sales, and what was said to it in one more."""
    lab = prepared(family, 2)
    lab.wish("recorded")
    return lab, [request.frame for request in lab.sent]


@pytest.mark.parametrize("family", (*FAMILIES, "type4"))
def test_frames_to_soft_cards(family, rng):
    """Any frame is answered by bytes, or met with silence; the card's state stays one that can be saved and loaded."""
    if family == "type4":
        card, frames = new_card(family, uid_of(family)), [bytes.fromhex("00a4040007d276000085010100"), bytes.fromhex("00b000000f")]
    else:
        lab, frames = recorded(family)
        card = lab.card
    fresh = json.dumps(card.state())
    for number in range(how_many(SLOW.get(family, 1))):
        if number % 200 == 0:
            card = load_card(json.loads(fresh), noise=Noise(number))
        if not card.is_active or rng.randrange(40) == 0:
            card.field_off()
            card.field_on()
            card.activate()
        frame = rng.choice(frames) if rng.randrange(4) == 0 else some(rng, frames, 70 if rng.randrange(20) else FRAME_MAX)
        answer = card.transceive(frame)
        assert answer is None or isinstance(answer, (bytes, bytearray))
        if number % 200 == 199:
            state = json.loads(json.dumps(card.state()))
            assert load_card(state).state() == card.state()


def test_answers_to_select_of_soft_cards(rng):
    """A DESFire takes any ATS by SetConfiguration: whatever it is, readers are shown a card."""
    state = json.loads(json.dumps(new_card("desfire-ev2", uid_of("desfire-ev2")).state()))
    for _ in range(how_many()):
        ats = some(rng, [bytes.fromhex("0675778102 80".replace(" ", "")), bytes.fromhex("0278"), bytes.fromhex("0a78807002") + bytes(5)], 40)
        fields = AtsFields(ats)
        assert fields.frame_size in FRAME_SIZES and fields.takes_bit_rates(0, 0)
        assert card_hint(iso_dep_atr(ats)).kind == "iso-dep"
    for _ in range(how_many(0.02)):
        card = load_card({**state, "ats": noise(rng, 24).hex()})
        target = IsoDepTarget(card)
        target.field_on()
        assert target.activate() is not None
        assert target.transceive(b"\xe0\x80") == (card.ats or None)


def places(value, path=()):
    """Paths of everything in a state."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, path + (key,))
    return found


def spoiled(rng, state, path):
    made = copy.deepcopy(state)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    value, kind = holder[path[-1]], rng.randrange(4)
    if kind == 0 and isinstance(holder, dict):
        del holder[path[-1]]
        if rng.randrange(3) == 0:
            holder[rng.choice(NAMES)] = value
    elif kind == 1 and isinstance(value, str):
        holder[path[-1]] = mutated(rng, value.encode("latin-1", "replace")).decode("latin-1")
    elif kind == 2 and isinstance(value, int):
        holder[path[-1]] = value + rng.choice((-1, 1, 7, 1 << 16, 1 << 33, -(1 << 20)))
    else:
        holder[path[-1]] = rng.choice(ODD)
    return made


@pytest.mark.parametrize("family", (*FAMILIES, "type4"))
def test_states_of_soft_cards(family, rng):
    """A state that was edited is loaded, and then serves, or is refused in words; a refused one leaves the card as it was."""
    lab, frames = recorded(family) if family != "type4" else (None, [b"\x00\xa4\x04\x00\x00"])
    card = lab.card if lab else new_card(family, uid_of(family))
    state = json.loads(json.dumps(card.state()))
    if "weak" in state:
        state["weak"] = {"7": "00" * (len(state["pages"][7]) // 2)}
    card.restore(state)
    paths = places(state)
    top = [path for path in paths if len(path) == 1]
    loaded = 0
    for number in range(how_many(0.2)):
        changed = spoiled(rng, state, rng.choice(top if rng.randrange(3) == 0 else paths))
        if rng.randrange(4) == 0 and changed:
            try:
                changed = spoiled(rng, changed, rng.choice(places(changed)))
            except (KeyError, IndexError, TypeError):
                continue  # the first change took the place of the second away
        try:
            made = load_card(changed)
        except BadInput:
            assert number % 10 or _is_unchanged(card, changed, state)
            continue
        loaded += 1
        made.field_on()
        made.activate()
        for frame in frames:
            made.transceive(frame)
        json.dumps(made.state())
    assert loaded


def _is_unchanged(card, changed, state):
    """True when a card that refuses this state is as it was; a name of another family is the registry's business."""
    try:
        card.restore(changed)
    except BadInput:
        return json.loads(json.dumps(card.state())) == state
    card.restore(state)
    return True


def talk(generator, answers):
    """Drive a carrier: returns its answer."""
    answer = None
    for _ in range(20):
        try:
            generator.send(answer)
        except StopIteration as stop:
            return stop.value
        answer = answers()
    raise AssertionError("no end")


FRAMES = [bytes.fromhex(text) for text in ("3004", "a20401020304", "3a0021", "1b01020304", "60", "3c00", "1a00", "af" + "00" * 16, "a50201000000")]
TRUE_ANSWERS = [bytes.fromhex(text) for text in (
    "9000", "6300", "6a81", "6d00", "d543009000", "d543000a9000", "d5430011223344556677889000", "d543029000", "c003009000" "9000",
    "c00300900092010496020000970 10a9000".replace(" ", ""), "c003009000920100960200009704112233449000", "c00301640 19000".replace(" ", ""), "00" * 16 + "9000",
)]  # fmt: skip


def reader_says(rng):
    """An answer of two bytes at least (the link sees to that): noise, a true one spoiled, or objects of a transparent session."""
    if rng.randrange(2):
        return some(rng, TRUE_ANSWERS, 40) + b"\x90\x00"
    fields = b""
    for _ in range(3):
        value = rng.choice((b"", b"\x00", b"\x00\x90\x00", b"\x01\x64\x01", b"\x00\x00", noise(rng, 4)))
        fields += bytes([rng.choice((0xC0, 0x92, 0x96, 0x97, 0x90)), len(value)]) + value
    return rng.choice((b"", b"\xc0\x03\x00\x90\x00")) + fields + b"\x90\x00"


@pytest.mark.parametrize("carry", (PN532, BARE, TRANSPARENT, NONE))
def test_answers_of_pcsc_readers(carry, rng):
    for _ in range(how_many()):
        carrier = pcsc_frames.carrier(carry)
        for frame in rng.choices(FRAMES, k=2):
            try:
                answer = talk(carrier.exchange(frame), lambda: reader_says(rng))
            except (StampdError, pcsc_frames.DirectRefused):
                continue  # both say that nothing was heard
            assert isinstance(answer, bytes) and answer
        try:
            talk(carrier.finish(), lambda: reader_says(rng))
        except (StampdError, pcsc_frames.DirectRefused):
            continue  # nobody waits for this


def test_answers_of_pcsc_readers_to_classic_frames(rng):
    frames = [b"\x60\x04" + b"\xff" * 6, b"\x60\x04" + b"\xff" * 6 + b"abcd", b"\x30\x04", b"\xa0\x04" + bytes(16)]
    for _ in range(how_many()):
        try:
            answer = talk(pcsc_frames.classic_exchange(some(rng, frames, 20) or b"\x30"), lambda: reader_says(rng))
        except StampdError:
            continue  # no such frame, or half an answer
        assert answer
    for _ in range(how_many()):
        uid = pcsc_frames.uid_of(some(rng, [bytes.fromhex("04a1b2c3d4e5f69000")], 14))
        assert uid is None or len(uid) in (4, 7, 10)
        pcsc_frames.is_apdu(noise(rng, 300)), pcsc_frames.is_storage(noise(rng, 8)), pcsc_frames.answer_size(noise(rng, 4))


APDUS = [bytes.fromhex(text) for text in (
    "ffca000000", "ffca010000", "ffb0000410", "ffd60004041122 3344".replace(" ", ""), "ff00000004d4423004", "ff00000005d4423a0021", "ff00480000",
    "ffc2000002810000", "ffc20002048f02000300", "ffc2000104950230 0400".replace(" ", ""), "ff82000006ffffffffffff", "ff860000050100046000", "9060000000",
    "00a4040c07d276000085010100", "905a00000373747000", "90aa0000010200",
)]  # fmt: skip


@pytest.mark.parametrize("ability", ABILITIES)
def test_apdus_to_a_soft_storage_reader(ability, rng):
    reader = StorageReader(new_card("ntag215", uid_of("ntag215")), ability=ability)
    reader.power_on()
    for _ in range(how_many()):
        if rng.randrange(100) == 0:
            reader.power_off()
            reader.power_on()
        answer = reader.transceive(some(rng, APDUS, 40))
        assert isinstance(answer, bytes) and len(answer) >= 2


@pytest.mark.parametrize("family", ("classic-1k", "ntag424", "desfire-ev3", "type4"))
def test_apdus_to_a_soft_contactless_reader(family, rng):
    card = new_card(family, uid_of(family))
    reader = ContactlessReader(ClassicReader(card) if family == "classic-1k" else card)
    reader.power_on()
    for _ in range(how_many()):
        if rng.randrange(100) == 0:
            reader.power_off()
            reader.power_on()
        answer = reader.transceive(some(rng, APDUS, 40))
        assert answer is None or len(answer) >= 1


COMMANDS = [bytes.fromhex(text) for text in (
    "02", "04", "4a0100", "4a010004a1b2c3d4e5f6", "4001 3004".replace(" ", ""), "40019060000000", "423004", "42e080", "0663026303", "08630200", "320101",
    "3205ff01ff", "32020b0b0a", "1214", "4401", "5201", "4e010202", "600101 00".replace(" ", ""), "0006", "1600", "5401",
)]  # fmt: skip


@pytest.mark.parametrize("family", ("ntag215", "ultralight-aes", "classic-1k", "desfire-ev2"))
def test_commands_to_an_emulated_pn532(family, rng):
    chip = Pn532Chip(new_card(family, uid_of(family)))
    for _ in range(how_many()):
        command = rng.choice(COMMANDS) if rng.randrange(3) == 0 else some(rng, COMMANDS, 40)
        if not command:
            continue
        reply = chip.command(command[0], command[1:])
        assert reply.data is None or isinstance(reply.data, bytes)
        assert reply.after_s >= 0


def test_the_serial_line(rng):
    """Frames in noise: those that stand in it whole are found, and nothing is kept for ever."""
    reader = hsu_frames.FrameReader()
    for _ in range(how_many()):
        payloads = [b"\xd4" + rng.randbytes(rng.randrange(1, 264)) for _ in range(rng.randrange(3))]
        stream = b"".join(hsu_frames.frame(payload) if rng.randrange(4) else mutated(rng, hsu_frames.frame(payload)) for payload in payloads)
        stream = noise(rng, 20) + stream + rng.choice((b"", hsu_frames.ACK, hsu_frames.NACK, noise(rng, 400)))
        found = []
        while stream:
            size = rng.randrange(1, len(stream) + 1)
            found += reader.feed(stream[:size])
            stream = stream[size:]
        assert all(kind in ("ack", "nack", "frame") and (kind != "frame" or payload[0] == hsu_frames.HOST_TO_CHIP) for kind, payload in found)
        assert len(reader._unread) <= 600
    reader.feed(bytes(700))
    assert reader.feed(hsu_frames.frame(b"\xd4\x02")) == [("frame", b"\xd4\x02")]
