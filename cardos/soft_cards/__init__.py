"""Cards made of code: same bytes, same refusals, same tears as plastic.

A card is one object with a field, a state and a memory that is written out as a plain dict:

    card = new_card("ntag215", bytes.fromhex("04A1B2C3D4E5F6"))
    card.field_on()
    card.activate()                       # Activation(atqa, sak, uid, ats), or None
    card.transceive(b"\\x30\\x04")          # bytes, or None when the card stays silent
    card.state()                          # JSON-able; load_card(state) brings the card back

`registry` knows the families, `tears.TornCard` wraps any card. Portable: runs on CPython and MicroPython.
"""

from cardos.soft_cards.registry import families, load_card, new_card
from cardos.soft_cards.tears import Tear, TornCard, tear_from_text
