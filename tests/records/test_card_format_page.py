"""The golden bytes that docs/card-format.md prints, made again with the TEST keys by the code that runs in shops."""

import re
from pathlib import Path

from cardos.ndef import link_area
from cardos.records import fields
from cardos.records.diversification import CardKeys
from cardos.records.issuer_block import IssuerBlock, Profile
from cardos.records.record import NO_LINK, UNUSED, Counter, Record, RecordMac, trailer_done, trailer_in_progress
from host_tools.provisioning.keys import test_keys as fixed_keys

PAGE = Path(__file__).parent.parent.parent / "docs" / "card-format.md"
UID = bytes.fromhex("04A1B2C3D4E5F6")


def printed():
    return set(re.findall(r"`([0-9a-f]{2,})`", PAGE.read_text()))


def test_every_golden_byte_of_the_page():
    keys = CardKeys(fixed_keys(), fields.SCHEME_TEST, UID)
    block = IssuerBlock(1, fields.SCHEME_TEST, 0, 1, Profile(0, 1, True, True), fields.day_number(2026, 3, 1)).encode("ntag215", keys)
    mac = RecordMac("ntag215", keys, block)
    minute = fields.minute_number(2026, 3, 1, 10, 0)
    opening = Record(1, fields.OPENING, 0, 1, 1, minute, 1, 1, NO_LINK, (UNUSED,))
    link = mac.of(opening.body(), 1)[:4]
    earn = Record(1, fields.EARN, 0, 1, 2, minute, 1, 2, link, (Counter(1, 1, 0),))
    three = Record(1, fields.EARN, 0, 1, 2, minute, 1, 2, link, (Counter(1, 8388607, 4000), Counter(2, -8388608, 0), UNUSED))
    wanted = {block.hex(), block[:1].hex(), block[1:3].hex(), block[3:5].hex(), block[5:9].hex(), block[9:10].hex(), block[10:12].hex(), block[12:].hex()}
    for record in (opening, earn, three):
        wanted |= {record.body().hex(), mac.of(record.body(), 1).hex()}
    wanted |= {trailer_in_progress(2).hex(), trailer_done(2).hex(), trailer_in_progress(2)[:2].hex(), trailer_done(2)[:2].hex()}
    wanted.add(link_area("http://127.0.0.1:8787/c/1a2b3", 32).hex())
    assert printed() == wanted


def test_the_page_names_every_operation_and_family():
    text = PAGE.read_text()
    for number, name in enumerate(fields.OPERATIONS, 1):
        assert "%d %s" % (number, name) in text
    for name, number in fields.FAMILIES:
        assert "%d %s" % (number, name) in text
