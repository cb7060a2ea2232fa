"""The shape of a card that was presented: what every family's holder offers to the taps."""

from cardos.errors import CardRefused
from cardos.records.diversification import CardKeys
from cardos.records.issuer_block import decode_issuer_block, layout_of
from cardos.taps.cards.behind import Behind

RANDOM_UID_SIZE = 4  # on every family of ours with keys a UID of 4 bytes is a random one
IDENTIFIER = "identifier"  # the channel of a card that only says who it is
AUTHENTICATIONS_MAX = 2  # with one and the same key: one corrupted answer must not make a customer's card a stranger


class HeldCard:
    """One card in the field, met but not yet believed.

    family: name, unproven until the issuer block's MAC fits. uid: bytes. keys: `CardKeys`. channel: "plain", "ev1-aes", "ev2",
    "lrp" or "cmac". issuer_raw: the 16 bytes at the issuer block's place, or None where the card shows none.
    layouts: the profile layouts that such a card may carry over this channel; another one is a downgrade.
    """

    layouts = ()
    channel = "plain"
    rotates = False  # whether the chip's own keys can be changed to another epoch

    def __init__(self, terms, family, uid, issuer_raw):
        self.terms = terms
        self.family = family
        self.issuer_raw = issuer_raw
        self.take_uid(uid)

    def take_uid(self, uid):
        """Whose card it is: the selection's UID, or the one that a card with a random UID told under a key."""
        self.uid = bytes(uid)
        self.keys = CardKeys(self.terms.keys, self.terms.scheme, self.uid)

    def issuer(self):
        """The proven `IssuerBlock`, or None."""
        if self.issuer_raw is None or not any(self.issuer_raw):
            return None
        return decode_issuer_block(self.issuer_raw, self.family, self.keys)

    @property
    def is_downgraded(self):
        """True when the issuer block, which the issuer MACed, promises a better channel than the one it was read through."""
        return layout_of(self.issuer_raw) not in self.layouts

    def read_issuer(self):
        """Generator: read the issuer block once more into `issuer_raw`."""
        raise NotImplementedError("a holder reads its issuer block")

    def slots_of(self, issuer):
        """The records of this card: an object with the interface of `cardos.records.page_slots.PageSlots`."""
        raise NotImplementedError("a holder knows where its records are")

    def read_slots(self, slots):
        """Generator: the first look at the records, from what is read already where that is enough."""
        yield from slots.read()

    def behind(self, issuer, slots):
        """Where seal and past taps stand on this card: a `Behind`."""
        return Behind()

    def keys_are_of(self, epoch):
        """Generator: True when no key on the chip has to be changed for this epoch; a chip that keeps its keys for life says so."""
        return True
        yield

    def rotate(self, epoch):
        """Generator: change the chip's keys to this epoch and prove the key that writes. `rotates` cards only."""
        raise NotImplementedError("this family keeps its keys for life")

    def leave(self):
        """Generator: what a tap that only read says at its end."""
        return
        yield

    def unlock(self, issuer):
        """Generator: whatever the card wants before its first write, once a presentation."""
        return
        yield


def newest_in(slots):
    """Generator: the newest record that these slots hold now, or None."""
    yield from slots.read()
    return slots.newest.record if slots.newest else None


def prove(authenticate):
    """Generator: `authenticate()` once more when its first try is refused as a wrong key. Raises CardRefused (WRONG_KEY)."""
    for attempt in range(AUTHENTICATIONS_MAX):
        try:
            return (yield from authenticate())
        except CardRefused as error:
            if error.code != "WRONG_KEY" or attempt + 1 == AUTHENTICATIONS_MAX:
                raise
