"""What the portable tests of the soft DESFire share: a card with an AES application in the field, and short names for commands.

No DES here: an application is made without authentication, which a delivered card allows. The reader side of the channels is
in `desfire_reader`.
"""

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card, new_card
from tests.portable.desfire_reader import ZERO, Ev2Reader

UID = bytes.fromhex("04A1B2C3D4E5F6")
AID = "737470"
TMAC_KEY = bytes(range(16))


class FixedNoise:
    """Noise that a test can foretell: these pieces, one a call."""

    def __init__(self, pieces):
        self.pieces = [bytes.fromhex(piece) for piece in pieces]

    def take(self, count):
        piece = self.pieces.pop(0)
        assert len(piece) == count
        return piece


def present(card):
    """Take the card off the reader and put it on again."""
    card.field_off()
    card.field_on()
    assert card.activate() is not None
    return card


def on_reader(family="desfire-ev2", noise=None, **options):
    """A new card, powered and activated."""
    return present(new_card(family, UID, noise=noise or Noise(7), **options))


def copy_of(card):
    """The card as its state brings it back, on the reader."""
    return present(load_card(card.state(), noise=Noise(1)))


def native(card, frame_hex):
    """One native frame; the answer as hex, status first."""
    return card.transceive(bytes.fromhex(frame_hex)).hex()


def with_application(family="desfire-ev2", settings="0f", keys="85", noise=None, **options):
    """A card with an application of AES keys, selected."""
    card = on_reader(family, noise, **options)
    assert native(card, "ca" + AID + settings + keys) == "00"
    return select(card)


def select(card):
    assert native(card, "5a" + AID) == "00"
    return card


def again(card):
    """Presented again, the application selected."""
    return select(present(card))


def reader(card, number=0, key=ZERO):
    """An EV2 session with the selected application."""
    made = Ev2Reader(card, number, key)
    assert made.authenticated
    return made


def le3(value):
    return "%02x%02x%02x" % (value & 0xFF, value >> 8 & 0xFF, value >> 16)


def le4(value):
    value &= 0xFFFFFFFF
    return le3(value & 0xFFFFFF) + "%02x" % (value >> 24)


def std_file(card, number=4, comm=0, access="eeee", size=32):
    """access: as it goes on the line, low byte first."""
    assert native(card, "cd%02x%02x%s%s" % (number, comm, access, le3(size))) == "00"


def backup_file(card, number=1, comm=0, access="eeee", size=32):
    assert native(card, "cb%02x%02x%s%s" % (number, comm, access, le3(size))) == "00"


def value_file(card, number=5, comm=0, access="eeee", lower=0, upper=1000, value=100, flags=0):
    assert native(card, "cc%02x%02x%s%s%s%s%02x" % (number, comm, access, le4(lower), le4(upper), le4(value), flags)) == "00"


def record_file(card, number=2, comm=0, access="eeee", size=8, places=4, cyclic=True):
    assert native(card, "%02x%02x%02x%s%s%s" % (0xC0 if cyclic else 0xC1, number, comm, access, le3(size), le3(places))) == "00"


def read(card, number, offset=0, length=0):
    """ReadData as hex with its status."""
    return native(card, "bd%02x%s%s" % (number, le3(offset), le3(length)))


def write(card, number, offset, data_hex):
    return native(card, "3d%02x%s%s%s" % (number, le3(offset), le3(len(data_hex) // 2), data_hex))


def wrapped(ins, data):
    """A native command as an APDU."""
    return bytes([0x90, ins, 0, 0]) + (bytes([len(data)]) if data else b"") + data + b"\x00"


def apdu(card, ins, data_hex=""):
    """One wrapped command; the answer as hex."""
    return card.transceive(wrapped(ins, bytes.fromhex(data_hex))).hex()
