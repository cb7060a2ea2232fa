"""One soft card in one JSON file: `{"format": 1, "family": "ntag215", "state": {...}}`, no clock and no order of keys in it.

The file is the card's true memory. It is replaced whole (temporary file, rename) after each change and before the card
answers, so a killed server leaves what plastic would hold. It is not fsynced: a soft card need not outlive a power cut of
the machine. While a server holds the file it is locked; a second one is refused.
"""

import fcntl
import json
import os

from cardos.errors import BadInput, StampdError
from cardos.soft_cards.registry import load_card

FORMAT = 1

NOT_A_CARD = "NOT_A_CARD_FILE"


class CardFile:
    """The card in `path`, saved after each change of its memory. Raises BadInput when the file is not a card or is in use.

    card: the soft card. Use as a context manager, or call `close`.
    """

    def __init__(self, path, *, card_options=None):
        self.path = os.fspath(path)
        self._held = None
        self._hold()
        try:
            self.card = load_card(_read(self.path), **(card_options or {}))
        except BadInput as trouble:
            self.close()
            if trouble.code == NOT_A_CARD:
                raise
            raise BadInput("%s: %s" % (self.path, trouble), trouble.hint, NOT_A_CARD) from None
        self._seen = self._identity()
        self.card.on_change = self.save

    @classmethod
    def create(cls, path, card, *, overwrite=False):
        """Write a new card's file. Raises BadInput when the file is there and may not be overwritten."""
        path = os.fspath(path)
        if os.path.lexists(path) and not overwrite:
            raise BadInput(
                "%s is there already and holds a card's memory" % path, "choose another name, or say --force", "FILE_EXISTS"
            )
        os.close(_replace(path, _text(card.state())))

    def save(self):
        """Put the card's present memory into the file."""
        fresh = _replace(self.path, _text(self.card.state()))
        self._release()
        self._held = fresh
        self._seen = self._identity()

    def refresh(self):
        """Take over the file when somebody else changed it (an older image put back). Returns True when that happened."""
        if self._identity() == self._seen:
            return False
        state = _read(self.path)
        self.card.restore(state)
        self._release()  # written in place it is the same file, and our own lock would refuse us
        self._hold()
        self._seen = self._identity()
        return True

    def close(self):
        """Give the file free."""
        self._release()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _identity(self):
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _hold(self):
        held = _open(self.path)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            raise BadInput(
                "%s is in use: another `stampd softcard` serves this card" % self.path, "stop that one first", "FILE_IN_USE"
            ) from None
        self._release()
        self._held = held

    def _release(self):
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _text(state):
    document = {"family": state["family"], "format": FORMAT, "state": state}
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _replace(path, text):
    """Write atomically. Returns a descriptor of the new file that holds its lock."""
    temporary = "%s.%d.tmp" % (path, os.getpid())
    held = None
    try:
        held = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        with os.fdopen(held, "wb", closefd=False) as target:
            target.write(text.encode())
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.replace(temporary, path)
    except OSError as trouble:
        if held is not None:
            os.close(held)
            os.unlink(temporary)
        raise StampdError(
            "cannot save the card file %s: %s" % (path, trouble.strerror), "free space or choose another folder", "FILE_NOT_SAVED"
        ) from trouble
    return held


def _open(path):
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as trouble:
        raise BadInput(
            "cannot read the card file %s: %s" % (path, trouble.strerror),
            "make a card first: stampd softcard new --family ntag215 --uid 04A1B2C3D4E5F6 %s" % path,
            NOT_A_CARD,
        ) from trouble


def _read(path):
    held = _open(path)
    with os.fdopen(held, "rb") as source:
        raw = source.read()
    hint = "make a card: stampd softcard new --family ntag215 --uid 04A1B2C3D4E5F6 FILE"
    try:
        document = json.loads(raw)
    except ValueError:
        raise BadInput("%s is not a soft card's file (no JSON)" % path, hint, NOT_A_CARD) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadInput("%s is not a soft card's file of format %d" % (path, FORMAT), hint, NOT_A_CARD)
    state = document.get("state")
    if not isinstance(state, dict) or state.get("family") != document.get("family"):
        raise BadInput("%s names no family, or another one than its state" % path, hint, NOT_A_CARD)
    return state
