"""Reads the records on a soft card's memory, by docs/card-format.md and nothing of cardos: what the promises are judged by.

Keys come from the home's key ring; the MAC is computed by `cryptography`. A weak page counts with all its bits as written
and with all of them the other way round; a slot is *sure* when no byte under its MAC is weak.
"""

from collections import namedtuple

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

FAMILY_NUMBERS = {
    "ntag213": 1, "ntag215": 2, "ntag216": 3, "ultralight-c": 4, "ultralight-aes": 5, "classic-1k": 6, "ntag424": 7,
    "desfire-ev1": 8, "desfire-ev2": 9, "desfire-ev3": 10,
}  # fmt: skip
CONFIG_PAGES = {"ntag213": 0x29, "ntag215": 0x83, "ntag216": 0xE3}
ISSUER_PAGE, SLOTS_PAGE = 0x0C, 0x10
REPAIR = 9  # operation of a record
ISSUER_SIZE, MAC_SIZE, TRAILER_SIZE = 16, 8, 4
DONE, NO_LINK = b"\x5a\xff", "00000000"
NO_COUNTER = bytes(3)
APPLICATION = "737470"  # DESFire: our application, as its state spells it

# NTAG 424 DNA, file 3: MACed; read and write key 2, settings key 0; read key 1, write key 2. DESFire, file 1: the same as a number.
SETTINGS_424, SETTINGS_DESFIRE = "012012", (1, 0x1220)

# Key number in the chip: (role, number in the diversifier); None is the group's key.
KEYS_424 = (("admin", 0), ("read", 1), ("earn", 2), ("read", 3), None)
KEYS_DESFIRE = (("admin", 0), ("read", 1), ("earn", 2), None)
KEY_PICC, KEY_PASSWORD, KEY_3DES, KEY_AES, KEY_GROUP = ("admin", 0x0E), ("password", 0x11), ("password", 0x13), ("password", 0x14), ("uid", 0x0F)

# link, previous: hex of 4 bytes. counters: {id: value}. done: the trailer says so. sure: reads the same every time.
Seen = namedtuple("Seen", ["slot", "body", "link", "previous", "sequence", "operation", "terminal", "transaction", "counters", "done", "sure"])


def image_of(state, keys, landed=()):
    """The `Image` of one card's memory. state: what the soft card's `state()` gives; keys: the `KeyRing` of the scheme.

    landed: [(entry, link)], what the ledger holds of the card; only a Classic, whose balance is the ledger, is read from it.
    """
    family = family_of(state["family"])
    if family == "classic-1k":
        return LedgerImage(state, keys, landed)
    if family.startswith("desfire"):
        return DesfireImage(state, keys)
    return {"ntag424": Ntag424Image, "ultralight-c": UltralightCImage, "ultralight-aes": UltralightAesImage}.get(family, Ntag21xImage)(state, keys)


def family_of(name):
    """The family of a soft card's name: a chip in LRP mode is an NTAG 424 DNA."""
    return "ntag424" if name == "ntag424-lrp" else name


class Image:
    """One card's memory. A subclass finds the places and says whether the card opens.

    issuer: 16 bytes. key_epochs: {key name: epoch} of the keys on the chip that can be rotated, None for one that is not ours.
    """

    key_epochs = {}
    is_consistent = True  # what else the card keeps beside its newest record fits it

    def __init__(self, state, keys):
        self.family, self.uid = family_of(state["family"]), bytes.fromhex(state["uid"])
        self._keys = keys
        self._load(state)
        self.is_issued = len(self.issuer) == ISSUER_SIZE and self._fits(
            self.issuer[0] & 15, b"stampd/issuer/1" + self._who() + self.issuer[:12], self.issuer[12:]
        )

    @property
    def records(self):
        """Every record that some read of this card may find valid, as `Seen`, lowest sequence first."""
        if not self.is_issued:
            return []
        found = []
        for slot, (raw, weak) in enumerate(self._slots()):
            turned = bytes(a ^ b for a, b in zip(raw, weak))
            sure = not any(weak[:-TRAILER_SIZE])
            for reading in (raw,) if sure else (raw, turned):
                body, mac = reading[: -TRAILER_SIZE - MAC_SIZE], reading[-TRAILER_SIZE - MAC_SIZE : -TRAILER_SIZE]
                if any(self._fits(body[1], self._under_mac(body, counter), mac) for counter in self._counters()):
                    found.append(_seen(slot, body, mac, reading[-TRAILER_SIZE:], sure))
        return sorted(found, key=lambda record: record.sequence)

    @property
    def newest(self):
        """The newest record that every read finds, or None."""
        return next((record for record in reversed(self.records) if record.sure), None)

    @property
    def opens(self):
        """True when this shop's key stands on the chip, protects what it has to, and nothing there is weak."""
        raise NotImplementedError("a family knows its keys")

    def _load(self, state):
        raise NotImplementedError("a family knows its memory")

    def _slots(self):
        """[(bytes of a slot with its trailer, mask of its weak bits)]"""
        raise NotImplementedError("a family knows its slots")

    def _counters(self):
        """Values of the one-way counter under the MAC of a record in force."""
        return (NO_COUNTER,)

    @property
    def _count(self):
        """How many counters a record of this card has."""
        return (self.issuer[9] >> 2 & 7) * 2 + 1

    @property
    def _epoch(self):
        return self.issuer[0] & 15

    def _under_mac(self, body, counter=NO_COUNTER):
        return b"stampd/record/1" + self._who() + self.issuer + counter + body

    def _who(self):
        return bytes([FAMILY_NUMBERS[self.family], len(self.uid)]) + self.uid

    def _fits(self, epoch, message, mac):
        return epoch in self._keys.epochs and self._mac(epoch, message)[: len(mac)] == mac

    def _mac(self, epoch, message):
        cmac = CMAC(AES(self._key(("record-mac", 0x10), epoch)))
        cmac.update(message)
        return cmac.finalize()

    def _key(self, which, epoch):
        role, number = which
        uid = b"" if which == KEY_GROUP else self.uid
        diversifier = bytes([len(uid)]) + uid + bytes(10 - len(uid)) + b"stp" + bytes([number])
        return self._keys.derive(role, epoch, diversifier + self._keys.scheme.to_bytes(2, "big") + bytes([epoch, 1]))

    def _epoch_of(self, which, value, version):
        """The epoch of a key on the chip: its version, when it is our key of that epoch; else None."""
        ours = version in self._keys.epochs and self._key(which or KEY_GROUP, version).hex() == value
        return version if ours else None


class PageImage(Image):
    """Pages of 4 bytes, slots from 10h."""

    def _load(self, state):
        self._memory = bytes.fromhex("".join(state["pages"]))
        weak = bytearray(len(self._memory))
        for page, mask in state["weak"].items():
            weak[int(page) * 4 : int(page) * 4 + 4] = bytes.fromhex(mask)
        self._weak = bytes(weak)
        self.issuer = self._pages(ISSUER_PAGE, 4)

    def _slots(self):
        size = 30 + 6 * self._count
        starts = (SLOTS_PAGE * 4, SLOTS_PAGE * 4 + size)
        return [(self._memory[start : start + size], self._weak[start : start + size]) for start in starts]

    def _pages(self, first, count):
        return self._memory[first * 4 : (first + count) * 4]

    def _is_firm(self, first, count):
        return not any(self._weak[first * 4 : (first + count) * 4])


class Ntag21xImage(PageImage):
    @property
    def opens(self):
        first = CONFIG_PAGES[self.family]
        config, secret = self._pages(first, 4), self._key(KEY_PASSWORD, self._epoch)
        return self._is_firm(first, 4) and config[3] == SLOTS_PAGE and config[4] & 7 == 0 and config[8:14] == secret[:6]


class UltralightCImage(PageImage):
    @property
    def opens(self):
        auth0, auth1, stored = self._pages(0x2A, 1), self._pages(0x2B, 1), self._pages(0x2C, 4)
        key = stored[7::-1] + stored[:7:-1]  # each half back to front
        free_to_read = auth1[0] & 1
        return self._is_firm(0x2A, 6) and auth0[0] == SLOTS_PAGE and bool(free_to_read) and key == self._key(KEY_3DES, self._epoch)


class UltralightAesImage(PageImage):
    def _load(self, state):
        super()._load(state)
        self._counter = state["counters"][2]
        self._for_good = state["locked_for_good"]

    def _counters(self):
        """The counter's own value and the one before; one that is ahead is written, not in force."""
        return [value.to_bytes(3, "big") for value in (self._counter, self._counter - 1) if value >= 0]

    @property
    def opens(self):
        cfg0, cfg1, locks, stored = self._pages(0x29, 1), self._pages(0x2A, 1), self._pages(0x2D, 1), self._pages(0x30, 4)
        rights = cfg0[0] & 0x03 == 0x02 and cfg0[3] == SLOTS_PAGE and cfg1[0] == 0x80 and cfg1[2] == 0 and cfg1[3] & 3 == 0
        firm = self._is_firm(0x29, 2) and self._is_firm(0x2D, 1) and self._is_firm(0x30, 8)
        return firm and rights and locks[0] == 0xE0 and not self._for_good and stored[::-1] == self._key(KEY_AES, self._epoch)


class Ntag424Image(Image):
    def _load(self, state):
        file = state["files"][2]
        self._data, self._settings = bytes.fromhex(file["data"]), file["settings"]
        self.issuer = self._data[:ISSUER_SIZE]
        self.key_epochs = {number: self._epoch_of(KEYS_424[number], key["key"], key["version"]) for number, key in enumerate(state["keys"])}

    def _slots(self):
        size = 30 + 6 * self._count
        return [(self._data[start : start + size], bytes(size)) for start in (ISSUER_SIZE, ISSUER_SIZE + size)]

    @property
    def opens(self):
        return None not in self.key_epochs.values() and self._settings == SETTINGS_424


class DesfireImage(Image):
    def _load(self, state):
        self.issuer, self._past = b"", []
        keys = state["picc"]["key_sets"][0]
        self.key_epochs = {"chip": self._of_set(keys, 0, KEY_PICC)}
        for application in state["applications"]:
            if application["aid"] == APPLICATION:
                for number, which in enumerate(KEYS_DESFIRE):
                    self.key_epochs[number] = self._of_set(application["key_sets"][0], number, which)
                files = {entry["number"]: entry["file"] for entry in application["files"]}
                if 1 in files:
                    self._data = bytes.fromhex(files[1]["data"])
                    self.issuer = self._data[:ISSUER_SIZE]
                    self._mode = files[1]["comm"], files[1]["access"]
                if 2 in files:
                    self._past = [bytes.fromhex(record) for record in files[2]["records"]]

    def _of_set(self, keys, number, which):
        key = keys["keys"][number]
        return self._epoch_of(which, key["value"], key["version"]) if keys["kind"] == "aes" else None

    def _slots(self):
        record = self._data[ISSUER_SIZE:-MAC_SIZE]
        return [(record + DONE + record[5:7], bytes(len(record) + TRAILER_SIZE))]

    @property
    def opens(self):
        return len(self.key_epochs) == 5 and None not in self.key_epochs.values() and self._mode == SETTINGS_DESFIRE

    @property
    def is_consistent(self):
        """The predecessor's MAC and the newest past record are what the newest record names; a repair names the ledger's.

        A commit of EV1 carries no MAC: somebody between card and reader can say it before the past record was written, and the
        file of past records then lacks that one.
        """
        newest = self.newest
        if newest is None or newest.operation == REPAIR:
            return True
        before, past = self._data[-MAC_SIZE:], [record[-MAC_SIZE:] for record in self._past]
        if newest.previous == NO_LINK:
            return not any(before) and not past
        if not any(before):  # only a commit as above, of a repaired card
            return self.family == "desfire-ev1"
        return before[:4].hex() == newest.previous and (before in past[-1:] or self.family == "desfire-ev1")


class LedgerImage(Image):
    """A Classic: its record is the newest that the ledger holds."""

    opens = True

    def __init__(self, state, keys, landed):
        self._landed = sorted(landed, key=lambda line: line[0]["sequence"])
        super().__init__(state, keys)

    def _load(self, state):
        issues = [entry for entry, _ in self._landed if entry["operation"] == "issue"]
        block = bytes.fromhex(issues[-1]["details"]["block"]) if issues else b""
        message = b"stampd/issuer/1" + self._who() + block
        self.issuer = block + self._mac(block[0] & 15, message)[:4] if block else b""

    @property
    def records(self):
        if not self.is_issued:
            return []
        body = bytes.fromhex(self._landed[-1][0]["record"])
        return [_seen(0, body, self._mac(body[1], self._under_mac(body))[:MAC_SIZE], DONE + body[5:7], True)]


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
