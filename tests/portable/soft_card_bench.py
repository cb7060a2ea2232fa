"""What the portable soft-card tests share: a card in the field, and short names for its commands."""

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card, new_card

UID = bytes.fromhex("04A1B2C3D4E5F6")
ACK, NAK, NAK_4 = b"\x0a", b"\x00", b"\x04"
PASSWORD, PACK = b"\xda\xe5\x57\x96", b"\xab\xda"
FAMILIES = ("ntag213", "ntag215", "ntag216")


class FixedNoise:
    """Noise that a test can foretell: the same byte for ever."""

    def __init__(self, byte):
        self.byte = byte

    def take(self, count):
        return bytes([self.byte] * count)


def on_reader(family="ntag215", **options):
    """A new card, powered and selected."""
    card = new_card(family, UID, **options)
    present(card)
    return card


def present(card):
    """Take the card off the reader and put it on again."""
    card.field_off()
    card.field_on()
    assert card.activate() is not None
    return card


def copy_of(card):
    """The card as its state brings it back, on the reader."""
    return present(load_card(card.state(), noise=Noise(1)))


def send(card, frame_hex):
    """One frame; a card that a NAK dropped is selected again first, as readers do."""
    if not card.is_active:
        card.activate()
    return card.transceive(bytes.fromhex(frame_hex))


def read(card, page):
    return send(card, "30%02x" % page)


def write(card, page, data_hex):
    return send(card, "a2%02x%s" % (page, data_hex))


def cfg(card, offset=0):
    """Page number of CFG0 (0), CFG1 (1), PWD (2) or PACK (3)."""
    return card.layout.cfg0 + offset


def protect(card, auth0, access=0x00):
    """Password, PACK, ACCESS byte, then AUTH0; the card is presented anew."""
    assert write(card, cfg(card, 2), PASSWORD.hex()) == ACK
    assert write(card, cfg(card, 3), PACK.hex() + "0000") == ACK
    assert write(card, cfg(card, 1), "%02x050000" % access) == ACK
    assert write(card, cfg(card, 0), "040000%02x" % auth0) == ACK
    return present(card)


def log_in(card, password=PASSWORD):
    return send(card, "1b" + password.hex())
