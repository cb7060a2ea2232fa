"""Reads the records on a soft card's memory, by docs/card-format.md and nothing of cardos: what the promises are judged by.

Keys come from the home's key ring; the MAC is computed by `cryptography`. A weak page counts with all its bits as written
and with all of them the other way round; a slot is *sure* when no byte under its MAC is weak.
"""

from collections import namedtuple

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

FAMILY_NUMBERS = {"ntag213": 1, "ntag215": 2, "ntag216": 3}
CONFIG_PAGES = {"ntag213": 0x29, "ntag215": 0x83, "ntag216": 0xE3}
ISSUER_PAGE, SLOTS_PAGE = 0x0C, 0x10
DONE, NO_LINK = b"\x5a\xff", "00000000"

# link, previous: hex of 4 bytes. counters: {id: value}. done: the trailer says so. sure: reads the same every time.
Seen = namedtuple("Seen", ["slot", "body", "link", "previous", "sequence", "operation", "terminal", "transaction", "counters", "done", "sure"])


class Image:
    """One card's memory. state: what `SoftNtag21x.state()` gives; keys: the `KeyRing` of the scheme."""

    def __init__(self, state, keys):
        self.family, self.uid = state["family"], bytes.fromhex(state["uid"])
        self._memory = bytes.fromhex("".join(state["pages"]))
        weak = bytearray(len(self._memory))
        for page, mask in state["weak"].items():
            weak[int(page) * 4 : int(page) * 4 + 4] = bytes.fromhex(mask)
        self._weak = bytes(weak)
        self._keys = keys
        self.issuer = self._memory[ISSUER_PAGE * 4 : SLOTS_PAGE * 4]
        self.is_issued = self._fits(self.issuer[0] & 15, b"stampd/issuer/1" + self._who() + self.issuer[:12], self.issuer[12:])

    def _who(self):
        return bytes([FAMILY_NUMBERS[self.family], len(self.uid)]) + self.uid

    def _fits(self, epoch, message, mac):
        if epoch not in self._keys.epochs:
            return False
        cmac = CMAC(AES(self._key("record-mac", 0x10, epoch)))
        cmac.update(message)
        return cmac.finalize()[: len(mac)] == mac

    def _key(self, role, number, epoch):
        diversifier = bytes([7]) + self.uid + bytes(3) + b"stp" + bytes([number]) + self._keys.scheme.to_bytes(2, "big") + bytes([epoch, 1])
        return self._keys.derive(role, epoch, diversifier)

    @property
    def records(self):
        """Every record that some read of this card may find valid, as `Seen`, lowest sequence first."""
        if not self.is_issued:
            return []
        size = 30 + 6 * ((self.issuer[9] >> 2 & 7) * 2 + 1)
        found = []
        for slot in (0, 1):
            start = SLOTS_PAGE * 4 + slot * size
            raw, weak = self._memory[start : start + size], self._weak[start : start + size]
            turned = bytes(a ^ b for a, b in zip(raw, weak))
            sure = not any(weak[:-4])
            for reading in (raw,) if sure else (raw, turned):
                body, mac = reading[:-12], reading[-12:-4]
                if self._fits(body[1], b"stampd/record/1" + self._who() + self.issuer + bytes(3) + body, mac):
                    found.append(_seen(slot, body, mac, reading[-4:], sure))
        return sorted(found, key=lambda record: record.sequence)

    @property
    def newest(self):
        """The newest record that every read finds, or None."""
        return next((record for record in reversed(self.records) if record.sure), None)

    @property
    def opens(self):
        """True when this shop's password stands on the chip, protects from the slots on, and nothing there is weak."""
        start = CONFIG_PAGES[self.family] * 4
        config, weak = self._memory[start : start + 16], self._weak[start : start + 16]
        secret = self._key("password", 0x11, self.issuer[0] & 15)
        return not any(weak) and config[3] == SLOTS_PAGE and config[4] & 7 == 0 and config[8:14] == secret[:6]


def _seen(slot, body, mac, trailer, sure):
    counters = {}
    for at in range(18, len(body), 6):
        if body[at]:
            counters[body[at]] = int.from_bytes(body[at + 1 : at + 4], "big", signed=True)
    sequence = int.from_bytes(body[4:7], "big")
    return Seen(
        slot, body, mac[:4].hex(), body[14:18].hex(), sequence, body[2] & 15, int.from_bytes(body[10:12], "big"),
        int.from_bytes(body[12:14], "big"), counters, trailer == DONE + body[5:7], sure,
    )  # fmt: skip
