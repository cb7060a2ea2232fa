"""Room in the heap: the code of card families that were not seen lately makes way for those that are.

Modules of a family are imported when its first card comes. A board with 190 KB has room for two or three families at once and a shop
may have five, so what a tap loaded is noted by family, and when little is free the other families' modules are forgotten; their
next card loads them again, which takes as long as it took the first time (about 0.1 s from flash).

At the start each family is loaded once and forgotten: the interpreter then knows all names. Its tables of names grow in pieces of up
to 30 KB, which a heap that has been in use for hours may not have in one piece.
"""

import gc
import sys

_FORGETTABLE = ("cardos.families.", "cardos.taps.cards.", "cardos.records.", "cardos.crypto.")
_FAMILIES = (
    "cardos.taps.cards.type2", "cardos.taps.cards.ultralight_aes", "cardos.taps.cards.ntag424", "cardos.families.lrp_channel", "cardos.taps.cards.desfire",
)  # fmt: skip
_SHARE_FREE = 4  # a quarter of the heap: what the largest family takes, and a tap's garbage


class Room:
    """collect, free_bytes, all_bytes: of the heap, for a test on an interpreter that has no such thing."""

    def __init__(self, collect=gc.collect, free_bytes=None, all_bytes=None):
        self._collect = collect
        self._free = free_bytes or getattr(gc, "mem_free", None)
        self._all = all_bytes or (lambda: gc.mem_free() + gc.mem_alloc())
        self._of_family = {}  # family -> names of modules that its cards loaded

    def warm(self):
        """Called once at the start, before anything that lives long."""
        for name in _FAMILIES:
            known = set(sys.modules)
            __import__(name)
            forget([new for new in sys.modules if new not in known and _is_forgettable(new)])
            self._collect()

    def before(self, family):
        """Called before a tap: what `after` wants. family: of the card, as far as this board knows it, else None."""
        if family is None or family not in self._of_family:
            self._make(None)
        return set(sys.modules)

    def after(self, before, family):
        """Called when the card is gone, with time at hand. family: of the card that was there, or None when it was nobody's."""
        loaded = [name for name in sys.modules if name not in before and _is_forgettable(name)]
        if loaded:
            key = family or ""
            self._of_family[key] = self._of_family.get(key, ()) + tuple(loaded)
        self._make(family)

    def forget_all(self):
        """The heap is full: every family makes room."""
        self._forget_others(None)

    def _make(self, family):
        """Room for another family's code, if there is none: all but `family` goes."""
        if self._free is None:
            return
        self._collect()
        if self._free() < self._all() // _SHARE_FREE:
            self._forget_others(family)

    def _forget_others(self, family):
        for other in list(self._of_family):
            if other != family:
                forget(self._of_family.pop(other))
        self._collect()


def forget(names):
    """Takes modules out of the interpreter's list and out of their packages; what others still hold of them lives on."""
    for name in names:
        sys.modules.pop(name, None)
        package, _, leaf = name.rpartition(".")
        holder = sys.modules.get(package)
        if holder is not None and hasattr(holder, leaf):
            delattr(holder, leaf)


def _is_forgettable(name):
    for prefix in _FORGETTABLE:
        if name.startswith(prefix):
            return True
    return False
