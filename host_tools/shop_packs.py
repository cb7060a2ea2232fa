"""The packs of a home: signed files `packs/<number>.stampdpack`. The highest number runs; older ones stay, because a sale is
refunded under the rules it was made.
"""

import os
from pathlib import Path

from cardos.errors import BadInput
from host_tools.offers.starter import PACK_NUMBER, starter_pack

SUFFIX = ".stampdpack"


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
            path = self._folder / ("%d%s" % (number, SUFFIX))
            if not path.exists():
                return self._starter if number == PACK_NUMBER else None
            from cardos.offers.pack import check_pack
            from host_tools.offers.signing import verify_pack

            pack = check_pack(verify_pack(path.read_bytes(), self._keys))
            if pack["number"] != number:
                raise BadInput("%s holds pack %d." % (path, pack["number"]), "Install it with `stampd offers install`.", "PACK_DAMAGED")
            self._opened[number] = pack
        return self._opened[number]

    def install(self, data):
        """Verify a signed pack and keep it. Returns the pack. BadInput PACK_OLDER unless its number is above all that ran here."""
        from cardos.offers.pack import check_pack
        from host_tools.offers.signing import verify_pack

        newest = self.current()["number"]
        pack = check_pack(verify_pack(data, self._keys, newest))
        path = self._folder / ("%d%s" % (pack["number"], SUFFIX))
        if path.exists() and path.read_bytes() == data:
            return pack
        if pack["number"] <= newest:
            raise BadInput(
                "This shop runs pack %d already; this one is number %d." % (newest, pack["number"]),
                "Write number = %d in pack.toml and compile again." % (newest + 1), "PACK_OLDER",
            )  # fmt: skip
        self._folder.mkdir(exist_ok=True)
        temporary = path.with_suffix(".new")
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        return pack

    def _numbers(self):
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:  # a home without packs of its own
            return []
        if self._seen is None or self._seen[0] != changed:
            found = [int(path.stem) for path in self._folder.glob("*" + SUFFIX) if path.stem.isdigit()]
            self._seen = (changed, sorted(found))
        return self._seen[1]
