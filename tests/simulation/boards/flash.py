"""What survives a board's power: its folders in RAM, each change whole or not made, and the cuts before or after a change."""

from tests.portable.journal_bench import MemoryFiles


class PowerCut(Exception):
    """The board stops here; only its flash and the card are left."""


class Flash:
    """The folders of one board. A cut that was ordered comes with the n-th change from then on, before it or right after it."""

    NAMES = ("journal", "kept", "fetch")

    def __init__(self, image=None):
        self._left, self._after = None, False
        self.folders = {name: _Folder(self, (image or {}).get(name)) for name in self.NAMES}

    def image(self):
        """A copy of everything, as somebody with a clip on the flash chip makes it."""
        return {name: dict(folder.content) for name, folder in self.folders.items()}

    def cut_at(self, change, after):
        """Order a power cut at change number `change` from now (0: the next), before it or after it."""
        self._left, self._after = change, after

    def forget_cut(self):
        """The power stays on after all."""
        self._left = None

    def changes(self, make):
        """One change of a folder."""
        if self._left is None:
            return make()
        self._left -= 1
        if self._left >= 0:
            return make()
        self._left = None
        if self._after:
            make()
        raise PowerCut


class _Folder(MemoryFiles):
    """`FlashFiles` in a dict, its changes made through the board's `Flash`."""

    def __init__(self, flash, content=None):
        super().__init__(content)
        self._flash = flash

    def create(self, name, data):
        self._flash.changes(lambda: super(_Folder, self).create(name, bytes(data)))

    def append(self, name, data):
        self._flash.changes(lambda: super(_Folder, self).append(name, bytes(data)))

    def replace(self, name, pieces):
        pieces = [bytes(piece) for piece in pieces]
        self._flash.changes(lambda: super(_Folder, self).replace(name, pieces))

    def remove(self, name):
        self._flash.changes(lambda: super(_Folder, self).remove(name))
