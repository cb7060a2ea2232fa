"""What an independent client of the NTAG 424 DNA said to our soft card and took from it, played again byte for byte.

The client is not among our dependencies (an alpha release nobody keeps up); its dialogue is. A card that answers otherwise than
it did then is no longer known to agree with a stranger: record anew, or find out why.
"""

import json
from pathlib import Path

from cardos.crypto import sun
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card

RECORDED = json.loads((Path(__file__).resolve().parent / "recorded" / "pylibsdm_ntag424.json").read_text())


def test_the_card_answers_as_it_did_when_the_stranger_accepted_it():
    card = new_card("ntag424", bytes.fromhex(RECORDED["uid"]), noise=Noise(RECORDED["noise_seed"]))
    for part in RECORDED["parts"]:
        card.field_off()
        card.field_on()
        card.activate()
        for sent, answered in part["dialogue"]:
            assert card.transceive(bytes.fromhex(sent)).hex() == answered, part["what"]


def test_our_own_verifier_takes_the_link_that_the_stranger_took():
    _, _, query = RECORDED["link"].partition("?e=")
    enciphered, _, mac = query.partition("&c=")
    key = bytes(16)
    uid, counter = sun.decrypt_picc_data(key, bytes.fromhex(enciphered))
    assert (uid.hex().upper(), counter) == (RECORDED["uid"], RECORDED["read_counter"])
    assert sun.sdm_mac(key, uid, counter, b"").hex().upper() == mac
