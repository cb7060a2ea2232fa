"""What a card is, links that sign themselves, and the NDEF message of a stranger's Type 4 tag."""

from cardos.crypto.sun_link import SunLink
from cardos.errors import BadInput
from cardos.exchange import Presentation
from cardos.families import identify, type4
from cardos.families.file_settings import read_file_settings
from cardos.families.sun_link import signed_link, unsigned_settings
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from tests.portable.families_bench import play, run


def presented(kind, family=None):
    return Presentation(kind, b"", b"", family, None)


def hexed(text):
    return bytes.fromhex(text)


def test_families_by_hardware():
    for text, family in (
        ("04040230001105", "ntag424"),
        ("04010101001a05", "desfire-ev1"),
        ("04010112001805", "desfire-ev2"),
        ("04010133001805", "desfire-ev3"),
        ("04810112001805", "desfire-ev2"),
        ("04910133001a05", "desfire-ev3"),
        ("04080130001305", None),  # DESFire Light
        ("04010100001805", None),  # the first DESFire, without AES
        ("05010133001805", None),
        ("04010144001805", None),
        ("0401013300180500", None),
        ("", None),
    ):
        assert identify.family_of_hardware(hexed(text)) == family, text
    assert [identify.generation_of(name) for name in ("desfire-ev1", "desfire-ev2", "desfire-ev3", "ntag424")] == [1, 2, 3, None]
    assert identify.memory_of_hardware(hexed("04010133001a05")) == 8192


def test_families_by_type_2_version():
    for text, family in (
        ("0004040201000f03", "ntag213"), ("0004040201001103", "ntag215"), ("0004040201001303", "ntag216"),
        ("0004030104000f03", "ultralight-aes"), ("0004030204000f03", "ultralight-aes"), ("0004030101000b03", None),
    ):
        assert identify.family_of_type2_version(hexed(text)) == family


def test_identify_takes_one_exchange_and_none_with_a_hint():
    assert play(identify.identify(presented("iso-dep", "desfire-ev2")), []) == ("desfire-ev2", None)
    assert play(identify.identify(presented("classic")), []) == ("classic-1k", None)
    assert play(identify.identify(presented("type2")), []) == (None, None) == play(identify.identify(presented("other")), [])
    asked = [("9060000000", "0401013300180591af")]
    assert play(identify.identify(presented("iso-dep")), asked) == ("desfire-ev3", hexed("04010133001805"))
    for answer in ("6d00", "6e00", "91af", "0401013300180591", "040101330018059100", "", "91", "00" * 7 + "91ae"):
        assert play(identify.identify(presented("iso-dep")), [(None, answer)])[0] is None, answer


SELECTS = [
    ("00a4040007d276000085010100", "9000"),
    ("00a4000c02e103", "9000"),
]


def tag(container, *rest):
    return SELECTS + [("00b000000f", container + "9000")] + list(rest)


def test_the_message_of_a_type_4_tag():
    good = "000f20003b00340406e104003200ff"
    assert play(type4.read_ndef(), tag(good, ("00a4000c02e104", "9000"), ("00b0000002", "00039000"), ("00b0000203", "d000009000"))) == b"\xd0\0\0"
    empty = tag(good, ("00a4000c02e104", "9000"), ("00b0000002", "00009000"))
    assert play(type4.read_ndef(), empty) == b""
    pieces = tag(good, (None, "9000"), ("00b0000002", "00049000"), ("00b0000204", "aabb9000"), ("00b0000402", "ccdd9000"))
    assert play(type4.read_ndef(), pieces) == hexed("aabbccdd")


def test_strange_type_4_tags_have_no_message():
    good = "000f20003b00340406e104003200ff"
    assert play(type4.read_ndef(), [(None, "6a82")]) is None
    assert play(type4.read_ndef(), [(None, "")]) is None
    assert play(type4.read_ndef(), [(None, "9000"), (None, "6a82")]) is None
    for container in ("", good[:-6], good.replace("0406", "0506"), good.replace("0406", "0408"), good.replace("000f20", "000f90"),
                      good.replace("000f20", "000220"), good[:-4] + "80ff"):
        assert play(type4.read_ndef(), tag(container)) is None, container
    for length in ("ffff", "0031", "00", ""):
        assert play(type4.read_ndef(), tag(good, (None, "9000"), (None, length + "9000"))) is None
    for piece in ("9000", "6b00", "0102039000"):
        assert play(type4.read_ndef(), tag(good, (None, "9000"), (None, "00029000"), (None, piece))) is None


def test_a_tag_that_gives_single_bytes_is_bounded():
    large = "000f20003b00340406e104200000ff"
    dialogue = tag(large, (None, "9000"), (None, "04009000")) + [(None, "aa9000")] * type4.READS_MAX
    assert play(type4.read_ndef(), dialogue) is None


def test_a_soft_type_4_tag():
    for message in (b"", b"\xd1\x01\x01U\x00", bytes(range(256)) * 3):
        card = new_card("type4", hexed("04a1b2c3d4e5f6"), ndef=message, noise=Noise(1))
        card.field_on()
        assert card.activate() is not None
        assert run(type4.read_ndef(), lambda request, card=card: card.transceive(request.frame)) == message


def test_signed_links():
    for lrp, digits in ((False, 32), (True, 48)):
        template = "https://shop.example/c?{mac_from}p={picc}&m={mac}"
        made = signed_link(template, lrp)
        text = made.file[7:].decode()
        form = SunLink(template, lrp)
        sdm = read_file_settings(b"\x00" + made.settings[:3] + b"\x00\x01\x00" + made.settings[3:]).sdm
        assert made.file[:2] == bytes([0, len(made.file) - 2]) and "https://" + text == form.fill({})
        assert made.file[sdm.picc_offset - 2 : sdm.picc_offset + digits] == b"p=" + b"0" * digits
        assert made.file[sdm.mac_input_offset : sdm.mac_input_offset + 2] == b"p="
        assert made.file[sdm.mac_offset - 2 :] == b"m=" + b"0" * 16 and sdm.options == 0xC1
        bare = read_file_settings(b"\x00" + (s := signed_link("http://a.example/{picc}{mac}", lrp).settings)[:3] + b"\x00\x01\x00" + s[3:]).sdm
        assert bare.mac_input_offset == bare.mac_offset == bare.picc_offset + digits
    clear = signed_link("https://a.example/?u={uid}&c={counter}&m={mac}").settings
    assert clear[3] == 0xC1 and clear[5] >> 4 == 0xE
    hidden = signed_link("https://a.example/?{mac_from}p={picc}&f={file:32}&m={mac}").settings
    assert hidden[3] == 0xD1 and len(hidden) == 3 + 3 + 5 * 3
    assert unsigned_settings().hex() == "0000e0"


def is_refused(template):
    try:
        signed_link(template)
    except BadInput:
        return True
    return False


def test_links_that_cannot_be_signed():
    for template in ("https://a.example/", "https://a.example/{picc}", "{picc}{mac}", "https://a.example/{mac}{picc}",
                     "https://a.example/{picc}{picc}{mac}", "https://a.example/{wrong}{mac}", "{mac_from}https://a.example/{picc}{mac}",
                     "https://a.example/" + "x" * 250 + "{picc}{mac}", "https://a.example/ {picc}{mac}"):
        assert is_refused(template), template
