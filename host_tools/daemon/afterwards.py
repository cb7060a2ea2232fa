"""Seal and ring of one shop: what its settings want written after a tap is told, and what it reads of them.

One key of purpose `seal` signs for all terminals of a scheme (docs/keys.md), so the terminal in a seal says who signed and
chooses no key. The public half verifies and is no secret (`stampd keys public`).
"""

import logging

from cardos.errors import StampdError
from cardos.tap_runner import run
from cardos.taps.afterwards import afterwards

log = logging.getLogger("stampd.afterwards")

PURPOSE = "seal"


def signer(home):
    """The function (message) -> 64 bytes that seals for this home, or None where its settings want no seals."""
    return (lambda message: home.keys.sign(PURPOSE, message)) if home.settings.seal else None


def verifier(home):
    """The function (terminal, message, signature) -> bool that proves a seal of this scheme."""

    def verify(_terminal, message, signature):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(home.keys.public_key(PURPOSE)).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


def wanted_of(home, wish):
    """(verify or None, past) that a reading wish asks for beyond the record: `cardos.taps.read.read` takes them."""
    reads_seal = wish.kind == "show" and (home.settings.seal or wish.seal)
    return (verifier(home) if reads_seal else None), wish.kind == "history"


def follows(home, desk):
    """True when something may be written behind the records of the card that `desk` has just changed."""
    return desk.done_card is not None and (home.settings.seal or home.settings.ring)


def write_behind(home, link, desk, clock_ms):
    """The exchanges after the answer. Nobody waits for them and nothing depends on them: trouble is one line in the log."""
    card, entry = desk.done_card
    settings = home.settings
    job = afterwards(card, entry, settings.terminal, settings.ring, signer(home))
    try:
        written = link.guarded(lambda: run(job, link, desk, clock_ms=clock_ms))
    except StampdError as error:
        log.info("Behind the record nothing was written: %s", error.message)
        return
    log.debug("Behind the record: %s", ", ".join(written) or "nothing")
