"""Who may do what on a DESFire: access rights of files and key settings (EV1 rules, kept by EV2 and EV3).

A right is a nibble: a key number, E for everybody, F for nobody. Where the key in use grants nothing and only E does, the
command is plain whatever the file says (NT4H2421Gx section 8.2.3.3 says so for NTAG 424).
"""

from cardos.soft_cards.desfire_files import FREE
from cardos.soft_cards.desfire_keys import MASTER_KEY
from cardos.soft_cards.desfire_memory import PICC_AID
from cardos.soft_cards.desfire_status import AUTHENTICATION_ERROR, PERMISSION_DENIED, Refusal

PLAIN = 0

# Bits of KeySettings 1.
FREE_LISTS, FREE_CREATE, SETTINGS_CHANGEABLE = 1, 2, 3  # bit 0, the master key changeable: `desfire_keys.changer_of`


def refusal():
    """What a reader without the right is told, in whatever session: AE; 9D is for what no key opens (NT4H2421Gx tables 79, 83)."""
    return Refusal(AUTHENTICATION_ERROR)


def mode_for(card, application, file, rights):
    """The communication mode under which one of `rights` lets this reader in. Refuses AE or 9D."""
    holds = card.session is not None and card.session_aid == application.aid
    for right in rights:
        if holds and right == card.session.key_number:
            return file.mode()
    if FREE in rights:
        return PLAIN
    if min(rights) > FREE:
        raise Refusal(PERMISSION_DENIED)
    raise refusal()


def is_master(card, application):
    """True when the master key of `application` (or of the PICC) is the one in use."""
    return card.session is not None and card.session_aid == application.aid and card.session.key_number == MASTER_KEY


def need_master(card, application):
    """Refuses AE or 9D unless the master key of `application` is in use."""
    if not is_master(card, application):
        raise refusal()


def need_master_unless(card, application, bit):
    """The same, but bit `bit` of KeySettings 1 lets everybody in."""
    if not application.allows(bit):
        need_master(card, application)


def need_picc_level(card):
    """Refuses 9D inside an application."""
    if card.application.aid != PICC_AID:
        raise Refusal(PERMISSION_DENIED)


def need_application_level(card):
    """Refuses 9D at the PICC level."""
    if card.application.aid == PICC_AID:
        raise Refusal(PERMISSION_DENIED)
