"""The golden bytes that docs/card-format.md prints, made again with the TEST keys by the code that runs in shops."""

import re
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cardos.ndef import link_area
from cardos.records import fields
from cardos.records import issuer_block as layouts
from cardos.records.backup_record import reader_id
from cardos.records.diversification import APPLICATION, CardKeys
from cardos.records.issuer_block import IssuerBlock, Profile
from cardos.records.record import NO_COUNTER, NO_LINK, UNUSED, Counter, Record, RecordMac, trailer_done, trailer_in_progress
from cardos.records.ring import entry_of
from cardos.records.seal import SEALED, WRONG, Seal, seal_message, seal_state
from host_tools.provisioning.keys import test_keys as fixed_keys

PAGE = Path(__file__).parent.parent.parent / "docs" / "card-format.md"
UID = bytes.fromhex("04A1B2C3D4E5F6")
SCHEME_KEYS = fixed_keys()
KEYS = CardKeys(SCHEME_KEYS, fields.SCHEME_TEST, UID)
MINUTE = fields.minute_number(2026, 3, 1, 10, 0)
FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)

# family, layout, the one-way counter in the MACs of the opening and of the first stamp, which of the MACs the page prints
OTHER_FAMILIES = (
    ("ultralight-c", layouts.LAYOUT_ULTRALIGHT_C, NO_COUNTER, NO_COUNTER, False),
    ("ultralight-aes", layouts.LAYOUT_ULTRALIGHT_AES, b"\x00\x00\x01", b"\x00\x00\x02", True),
    ("ntag424", layouts.LAYOUT_NTAG424, NO_COUNTER, NO_COUNTER, True),
    ("ntag424", layouts.LAYOUT_NTAG424_LRP, NO_COUNTER, NO_COUNTER, True),
    ("desfire-ev2", layouts.LAYOUT_DESFIRE, NO_COUNTER, NO_COUNTER, True),
)


def page_and_example():
    """The page without its worked example, and the example."""
    text = PAGE.read_text(encoding="utf-8")
    return FENCE.sub("", text), FENCE.search(text).group(1)


def issuer(family, layout, reserved=False):
    block = IssuerBlock(1, fields.SCHEME_TEST, 0, 1, Profile(layout, 1, reserved, reserved), fields.day_number(2026, 3, 1))
    return block.encode(family, KEYS)


def two_records(mac, first_counter=NO_COUNTER, second_counter=NO_COUNTER):
    """[(record, its MAC)] of the opening and the first stamp."""
    opening = Record(1, fields.OPENING, 0, 1, 1, MINUTE, 1, 1, NO_LINK, (UNUSED,))
    opening_mac = mac.of(opening.body(), 1, first_counter)
    earn = Record(1, fields.EARN, 0, 1, 2, MINUTE, 1, 2, opening_mac[:4], (Counter(1, 1, 0),))
    return [(opening, opening_mac), (earn, mac.of(earn.body(), 1, second_counter))]


def wanted_of_the_ntag215():
    block = issuer("ntag215", layouts.LAYOUT_TYPE_2, True)
    mac = RecordMac("ntag215", KEYS, block)
    records = two_records(mac)
    three = Record(1, fields.EARN, 0, 1, 2, MINUTE, 1, 2, records[0][1][:4], (Counter(1, 8388607, 4000), Counter(2, -8388608, 0), UNUSED))
    records.append((three, mac.of(three.body(), 1)))
    wanted = {block, block[:1], block[1:3], block[3:5], block[5:9], block[9:10], block[10:12], block[12:]}
    for record, made in records:
        wanted |= {record.body(), made}
    wanted |= {trailer_in_progress(2), trailer_done(2), trailer_in_progress(2)[:2], trailer_done(2)[:2]}
    wanted.add(link_area("http://127.0.0.1:8787/c/1a2b3", 32))
    earn = records[1][0]
    entry = entry_of(earn, {}).encode()
    wanted |= {entry, entry[:3], entry[3:6], entry[6:8], entry[8:9], entry[9:10], entry[10:]}
    wanted |= {Seal(2, 1, bytes(64)).encode()[start:end] for start, end in ((0, 3), (3, 5), (5, 8))}
    return wanted | {reader_id(earn), APPLICATION}


def wanted_of_the_others():
    wanted = set()
    for family, layout, first, second, printed in OTHER_FAMILIES:
        block = issuer(family, layout)
        wanted.add(block)
        records = two_records(RecordMac(family, KEYS, block), first, second)
        if printed:
            wanted |= {made for _, made in records}
        if family == "ultralight-aes":
            wanted.add(records[1][0].body())
    return wanted


def test_every_golden_byte_of_the_page():
    text, _ = page_and_example()
    assert set(re.findall(r"`((?:[0-9a-f]{2})+)`", text)) == {piece.hex() for piece in wanted_of_the_ntag215() | wanted_of_the_others()}


def test_the_worked_example_of_a_seal():
    """Run as it is printed; made again by our code; and seen to fail when any byte of it is another."""
    _, example = page_and_example()
    said = {}
    exec(compile(example, "docs/card-format.md", "exec"), said)  # noqa: S102 - the page's own example
    block = issuer("ntag215", layouts.LAYOUT_TYPE_2, True)
    mac = RecordMac("ntag215", KEYS, block)
    earn, made = two_records(mac)[1]
    message = seal_message(mac.message(earn.body()), made)
    assert said["public_key"] == SCHEME_KEYS.public_key("seal") and said["issuer_block"] == block
    assert (said["record"], said["mac"]) == (earn.body(), made)
    assert said["seal"] == Seal(2, 1, SCHEME_KEYS.sign("seal", message)).encode()
    assert seal_state(said["seal"], 2, message, verify) == SEALED
    for at in range(8, 72, 7):
        wrong = said["seal"][:at] + bytes([said["seal"][at] ^ 1]) + said["seal"][at + 1 :]
        assert seal_state(wrong, 2, message, verify) == WRONG
    with pytest.raises(InvalidSignature):
        exec(compile(example.replace('"f6129f9177c3e598"', '"f6129f9177c3e599"'), "", "exec"), {})  # noqa: S102


def verify(terminal, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(SCHEME_KEYS.public_key("seal")).verify(signature, message)
    except InvalidSignature:
        return False
    return terminal == 1


def test_the_page_names_every_operation_family_and_layout():
    text, _ = page_and_example()
    for number, name in enumerate(fields.OPERATIONS, 1):
        assert "%d %s" % (number, name) in text
    for name, number in fields.FAMILIES:
        assert "%d %s" % (number, name) in text
    numbers = {value for name, value in vars(layouts).items() if name.startswith("LAYOUT_") and name != "LAYOUT_VERSION"}
    named = re.search(r"^Layouts: (.*)", text, re.MULTILINE).group(1)
    assert {int(found) for found in re.findall(r"(?:^|, )(\d) [NDCU]", named)} == numbers
