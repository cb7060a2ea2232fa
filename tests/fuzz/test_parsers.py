"""Everything that a stranger's card may say about itself, made of noise: an error of ours, "none", or what the bytes say; never a crash."""

import pytest

from cardos.crypto import originality
from cardos.crypto.originality import CURVES, KEYS
from cardos.crypto.sun_link import SunLink, make_link, read_link
from cardos.errors import BadInput, CardAnswered, StampdError
from cardos.families import file_settings, identify, iso_dep, ntag21x, type4, ultralight_aes
from cardos.ndef import link_area
from cardos.ndef import read_link as read_ndef_link
from cardos.ndef_records import records, smart_poster, text, uri
from host_tools.readers.atr import card_hint
from tests.fuzz.cases import how_many, mutated, noise, some
from tests.portable.families_bench import run

pytestmark = pytest.mark.property

EXCHANGES_MAX = 700
FULL_SIGNATURES = 0.003  # of a test's cases: whole elliptic curve arithmetic in plain integers; the others fall at their shape

SETTINGS = [bytes.fromhex(text) for text in (
    "000012202000010000", "0100e0ee000000", "020000 0000000000 00ffffff7f 00000000 01".replace(" ", ""), "0403ffee200000400000170000",
    "0501f01e0201", "0501f01e020107000000", "004000e0c1ff43200000430000430000", "0040e0eed1fe1f000100000044000044000020000064000000",
)]  # fmt: skip
VERSION = bytes.fromhex("04010112001605 04010102011605 04a1b2c3d4e5f6 ba34516780 3024".replace(" ", ""))
ATS = [bytes.fromhex(text) for text in ("067577810280", "0675778102 80".replace(" ", ""), "0a78808202208063cba3a0", "0238", "01", "05788070020000"[:14])]
ATRS = [bytes.fromhex(text) for text in ("3b8180018080", "3b8f8001804f0ca000000306030001000000006a", "3b8f8001804f0ca0000003060300030000000068",
                                         "3b8680010675778102800 0".replace(" ", "")[:22])]
CONTAINERS = [bytes.fromhex("001720010000ff0406e10401000000"), bytes.fromhex("000f20003b00340406e104003200ff")]
MESSAGES = [bytes.fromhex(text) for text in ("d1010e55046578616d706c652e6f72672f78", "91010e55046578616d706c652e6f72672f7851010354026465",
                                             "d102105370 91010855016578616d706c 51010354026465".replace(" ", ""), "d00000", "c1010000000455016162")]


def tolerated(function, *data):
    """What a parser returns, or the `StampdError` that it raised."""
    try:
        return function(*data)
    except StampdError as error:
        return error


@pytest.mark.parametrize("parse, valid, most", (
    (file_settings.read_file_settings, SETTINGS, 50), (file_settings.read_version, [VERSION], 32), (file_settings.read_key_settings, [b"\x0b\x84"], 4),
    (iso_dep.read_ats, ATS, 24),
), ids=lambda item: getattr(item, "__name__", None))
def test_what_chips_say(parse, valid, most, rng):
    answered = 0
    for _ in range(how_many()):
        found = tolerated(parse, some(rng, valid, most))
        assert not isinstance(found, StampdError) or isinstance(found, CardAnswered)
        answered += not isinstance(found, StampdError)
    assert answered


def test_what_selection_shows(rng):
    for _ in range(how_many()):
        atr = some(rng, ATRS, 36)
        assert card_hint(atr).kind in ("type2", "classic", "iso-dep", "other")
        hardware = some(rng, [VERSION[:7]], 9)
        family = identify.family_of_hardware(hardware)
        assert family is None or (len(hardware) == 7 and identify.memory_of_hardware(hardware))
        identify.family_of_type2_version(some(rng, [bytes.fromhex("0004040201000f03")], 9))
        header = some(rng, [bytes.fromhex("04a1b29fc3d4e5f6044808f0e1103e0f")], 16)
        assert len(header) < 16 or ntag21x.uid_of(header) is None or len(ntag21x.uid_of(header)) == 7
        assert len(header) < 16 or ntag21x.chip_of(header) is None or ntag21x.chip_of(header).family.startswith("ntag21")
        config = ultralight_aes.decode_config(rng.randbytes(4), rng.randbytes(4))
        assert ultralight_aes.decode_config(*ultralight_aes.encode_config(config)) == config


def test_ndef_messages(rng):
    for _ in range(how_many()):
        data = some(rng, MESSAGES, 60)
        for parse in (records, uri, text, smart_poster):
            found = tolerated(parse, data)
            assert not isinstance(found, StampdError) or found.code == "NDEF_BAD"
        container = tolerated(type4.read_container, some(rng, CONTAINERS, 20))
        assert container is None or 15 <= container[2] <= 255


def test_ndef_areas(rng):
    valid = [link_area("https://shop.example/c/1", 48)]
    for _ in range(how_many()):
        found = read_ndef_link(some(rng, valid, 60))
        assert found is None or isinstance(found, str)


def test_type_4_tags(rng):
    """A tag that answers each question of an NDEF reader with noise, or with a true answer spoiled."""
    for _ in range(how_many()):
        found = run(type4.read_ndef(), Tag(rng))
        assert found is None or len(found) <= type4.NDEF_BYTES_MAX


class Tag:
    """A Type 4 tag, as a function of exchanges."""

    def __init__(self, rng):
        self._rng, self._asked = rng, 0
        self._answers = [b"", b"", CONTAINERS[0], b"", len(MESSAGES[0]).to_bytes(2, "big"), MESSAGES[0]]

    def __call__(self, request):
        assert self._asked < EXCHANGES_MAX and not request.writes
        answer = (self._answers[self._asked] if self._asked < len(self._answers) else b"") + b"\x90\x00"
        self._asked += 1
        if self._rng.randrange(4):
            return answer
        return mutated(self._rng, answer) if self._rng.randrange(2) else noise(self._rng, 40) + b"\x90\x00"


def test_signatures(rng):
    """No noise is a signature: of the wrong size, with numbers that a curve does not have, and some whole ones."""
    curves = sorted({(key.curve, key.point) for keys in KEYS.values() for key in keys})
    whole = FULL_SIGNATURES * how_many()
    for number in range(how_many()):
        curve, point = rng.choice(curves)
        size = CURVES[curve].size
        order = CURVES[curve].n.to_bytes(size, "big")
        if number < whole:
            signature = rng.randbytes(2 * size)
        else:
            half = rng.choice((bytes(size), order, b"\xff" * size))
            signature = rng.choice((half + rng.randbytes(size), rng.randbytes(size) + half, noise(rng, 2 * size - 1), rng.randbytes(2 * size + 1)))
        assert not originality.verify(curve, point, bytes.fromhex("04a1b2c3d4e5f6"), signature)
    for _ in range(how_many()):
        assert originality.genuine(rng.choice(sorted(KEYS)), noise(rng, 10), noise(rng, 31)) is None


def test_public_keys(rng):
    """A key that is no point of its curve signs nothing."""
    for _ in range(how_many()):
        curve = rng.choice(sorted(CURVES))
        size = CURVES[curve].size
        assert not originality.verify(curve, some(rng, [b"\x04" + rng.randbytes(2 * size)], 60), b"uid", rng.randbytes(2 * size))


@pytest.mark.parametrize("lrp", (False, True), ids=("aes", "lrp"))
def test_sun_links(lrp, rng):
    form = SunLink("https://shop.example/c?{mac_from}p={picc}&d={file:32}&m={mac}", lrp)
    meta, key, uid = bytes(range(16)), bytes(range(1, 17)), bytes.fromhex("04a1b2c3d4e5f6")
    link = make_link(form, meta, key, uid, 9, bytes, bytes(16))
    assert read_link(link, form, meta, lambda _: key).uid == uid
    for _ in range(how_many(0.05 if lrp else 1)):
        kind = rng.randrange(4)
        if kind == 0:
            changed = mutated(rng, link.encode()).decode("latin-1")
        else:
            at = rng.randrange(len(link))
            changed = link[:at] + rng.choice("0123456789ABCDEFabcdef&=é") + link[at + 1 :]
            if kind == 1:
                changed = link[:at] + "".join(rng.choices("0123456789ABCDEF", k=len(link) - at))
        if changed == link:
            continue
        try:
            raise AssertionError("%s was taken: %r" % (changed, read_link(changed, form, meta, lambda _: key)))
        except (BadInput, CardAnswered) as error:
            assert error.code.startswith("SUN_")
