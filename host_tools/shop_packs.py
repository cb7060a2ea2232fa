"""The packs of a home: signed files `packs/<number>.stampdpack`. The highest number runs; older ones stay, because a sale is
refunded under the rules it was made.
"""

import hashlib
import os
import time
from pathlib import Path

from cardos.errors import BadInput
from host_tools.offers.starter import PACK_NUMBER, starter_pack

SUFFIX = ".stampdpack"
_SETTLED_NS = 2 * 10**9  # a folder that changed within so long is looked at again: some file systems keep whole seconds


def fingerprint(pack):
    """8 bytes that tell one pack from another that bears the same number."""
    from cardos.cbor import encode

    return hashlib.sha256(encode(pack)).digest()[:8]


class ShopPacks:
    """Reads a home's packs when they change; verifies each once. starter: the pack of a home without any."""

    def __init__(self, home_path, settings, keys):
        self._folder = Path(home_path) / "packs"
        self._keys = keys
        self._starter = starter_pack(settings, keys.scheme)
        self._opened = {}  # number -> pack
        self._seen = None

    def current(self):
        """The pack that runs now. BadInput (PACK_FORGED, PACK_DAMAGED, PACK_VERSION) when the newest file is not usable."""
        numbers = self._numbers()
        return self.of(numbers[-1]) if numbers else self._starter

    def of(self, number):
        """The pack of a number, or None when this home never had it."""
        if number not in self._opened:
            path = self._path(number)
            if not path.exists():
                return self._starter if number == PACK_NUMBER else None
            pack = self._open(path.read_bytes(), path)
            if pack["number"] != number:
                raise BadInput("%s holds pack %d." % (path, pack["number"]), "Install it with `stampd offers install`.", "PACK_DAMAGED")
            self._opened[number] = pack
        return self._opened[number]

    def _open(self, data, source, newest=0):
        """The proven pack in some bytes. BadInput names `source`."""
        from cardos.offers.pack import check_pack
        from host_tools.offers.signing import verify_pack

        try:
            return verify_pack(data, self._keys, newest, check_pack)
        except BadInput as error:
            raise BadInput("%s: %s" % (source, error.message), error.hint, error.code) from error

    def carried(self):
        """The current pack with every counter and campaign that a pack of this home ever put on cards: what the next is compiled after."""
        current = self.current()
        rows = {about["name"]: about for about in current["counters"]}
        campaigns = {rule["id"]: rule for rule in current["rules"]["events"] if rule["op"] == "campaign"}
        for number in reversed([PACK_NUMBER, *self._numbers()][:-1]):
            taken = {counter for about in rows.values() for counter in about["ids"]}
            for about in self.of(number)["counters"]:
                if not taken & set(about["ids"]):  # a first pack of a shop without cards begins anew
                    rows.setdefault(about["name"], about)
            for rule in self.of(number)["rules"]["events"]:
                if rule["op"] == "campaign":
                    campaigns.setdefault(rule["id"], rule)
        return {**current, "counters": list(rows.values()), "rules": {**current["rules"], "events": list(campaigns.values())}}

    def install(self, data, source):
        """Verify a signed pack and keep it. source: what messages call it. Returns the pack.

        BadInput as `cardos.offers.pack_file` lists them; PACK_OLDER unless its number is above all that ran here, or it is there already.
        """
        pack = self.proven(data, source)
        self._write(self._path(pack["number"]), data)
        self._opened.pop(pack["number"], None)
        self._seen = None
        return pack

    def proven(self, data, source):
        """The pack in a signed file that may be installed. BadInput as `install`."""
        newest = self._newest()
        pack = self._open(data, source, newest)
        if pack["number"] == newest and self._is_whole(newest) and self.of(newest) != pack:
            raise self._older(source, "with other rules")
        return pack

    def are_none(self):
        """True while this home runs its starter pack."""
        return not self._numbers()

    def replaces_damaged(self, pack):
        """True when a pack is the newest one here, whose file is damaged."""
        return pack["number"] == self._newest() and not self._is_whole(pack["number"])

    def refuse_older(self, number, source):
        """BadInput PACK_OLDER for a number below the newest here: said before a pack is compiled."""
        if number < self._newest():
            raise self._older(source, "not %d" % number)

    def _newest(self):
        return (self._numbers() or [PACK_NUMBER])[-1]

    def _older(self, source, how):
        newest = self._newest()
        return BadInput(
            "%s: this shop runs pack %d already, %s." % (source, newest, how),
            "Write number = %d in pack.toml and install it again: a pack that ran stays as it was." % (newest + 1), "PACK_OLDER",
        )  # fmt: skip

    def _path(self, number):
        return self._folder / ("%d%s" % (number, SUFFIX))

    def _is_whole(self, number):
        try:
            self.of(number)
        except BadInput:  # damaged on disk: the same pack may be laid over it
            return False
        return True

    def _write(self, path, data):
        temporary = path.with_suffix(".new")
        try:
            self._folder.mkdir(exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as error:
            raise BadInput("%s could not be written (%s)." % (path, error.strerror), "Make room or correct its rights.", "PACK_NOT_WRITTEN") from error

    def _numbers(self):
        """The numbers of the packs that are there, rising."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:  # a home without packs of its own
            return []
        if self._seen is None or self._seen[0] != changed:
            found = sorted(int(path.stem) for path in self._folder.glob("*" + SUFFIX) if path.stem.isdigit())
            self._seen = (changed if time.time_ns() - changed > _SETTLED_NS else None, found)
        return self._seen[1]
