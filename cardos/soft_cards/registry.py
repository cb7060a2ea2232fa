"""Which class plays which family. A later family joins with a row here and no branch elsewhere.

A class has `fresh(family, uid, **options)`, `from_state(state)`, and of an instance `state()`, `restore(state)`, `on_change`,
`uid`, `field_on`, `field_off`, `activate(wake)`, `halt`, `is_active`, `transceive(frame)` and `transceive_torn(frame, outcome)`.
"""

from cardos.errors import BadInput
from cardos.soft_cards.classic_1k import SoftClassic1k
from cardos.soft_cards.desfire import SoftDesfire
from cardos.soft_cards.ntag21x import SoftNtag21x
from cardos.soft_cards.ntag424 import SoftNtag424
from cardos.soft_cards.type4 import SoftType4
from cardos.soft_cards.ultralight_aes import SoftUltralightAes
from cardos.soft_cards.ultralight_c import SoftUltralightC

_CLASSES = {
    "ntag213": SoftNtag21x,
    "ntag215": SoftNtag21x,
    "ntag216": SoftNtag21x,
    "ultralight-c": SoftUltralightC,
    "ultralight-aes": SoftUltralightAes,
    "classic-1k": SoftClassic1k,
    "desfire-ev1": SoftDesfire,
    "desfire-ev2": SoftDesfire,
    "desfire-ev3": SoftDesfire,
    "ntag424": SoftNtag424,
    "ntag424-lrp": SoftNtag424,
    "type4": SoftType4,
}


def families():
    """Names of the families there is a soft card of, sorted."""
    return sorted(_CLASSES)


def new_card(family, uid, **options):
    """A soft card as delivered. uid: bytes. options: what the family's `fresh` takes. Raises BadInput."""
    return _class_of(family).fresh(family, uid, **options)


def load_card(state, **options):
    """The soft card that gave this `state()`. Raises BadInput."""
    if not isinstance(state, dict):
        raise BadInput("a soft card's state is an object", "make a card: stampd softcard new")
    return _class_of(state.get("family")).from_state(state, **options)


def _class_of(family):
    if not isinstance(family, str) or family not in _CLASSES:
        raise BadInput("there is no soft card of family %r" % (family,), "families: " + " ".join(families()))
    return _CLASSES[family]
