"""Several PC/SC readers and no name given: the first one that gets a card is the reader.

Two slots of one device, or a second reader nobody uses, should not make a cashier type a name.
"""

from cardos.errors import ReaderLost
from host_tools.readers import scard
from host_tools.readers.base import CARD, EMPTY, GONE, Deadline, Reader, is_cancelled
from host_tools.readers.pcsc import BUSY_LOOK_S
from host_tools.readers.pcsc_wait import Waiting, trouble_waiting

TRY_S = 1.0  # for the reader that shows a card to hand it out, a look of the service after a lost card included


class FirstOf(Reader):
    """Behaves as whichever of `readers` (PcscReader) last had a card."""

    def __init__(self, readers, api):
        super().__init__(" or ".join(reader.name for reader in readers))
        self.kind = readers[0].kind
        self._readers = {reader.name: reader for reader in readers}
        self._waiting = Waiting(api)
        self._chosen = None

    def wait_for_card(self, timeout_s, cancelled=None):
        deadline, trouble = Deadline(timeout_s), None
        known = dict.fromkeys(self._readers, scard.STATE_UNAWARE)
        while not is_cancelled(cancelled):
            try:
                for name, state, _atr in self._waiting.changes(list(known.items()), deadline, BUSY_LOOK_S if trouble else None) or ():
                    known[name], is_new = state & ~scard.STATE_CHANGED, state != known[name] | scard.STATE_CHANGED
                    if is_new and state & scard.STATE_PRESENT:
                        link = self._readers[name].wait_for_card(deadline.left(at_most=TRY_S), cancelled)
                        if link is not None:
                            self._chosen = self._readers[name]
                            return link
                trouble = None
            except ReaderLost as error:
                trouble = error
                known = dict.fromkeys(self._readers, scard.STATE_UNAWARE)
                self._waiting.back_off(deadline)
            except scard.ScardError as error:
                trouble = trouble_waiting(error, self.name)
                known = dict.fromkeys(self._readers, scard.STATE_UNAWARE)
                self._waiting.back_off(deadline)
            if deadline.passed() and not is_cancelled(cancelled):
                if trouble is not None:
                    raise trouble
                return None
        return None

    def wait_for_removal(self, timeout_s, cancelled=None):
        return True if self._chosen is None else self._chosen.wait_for_removal(timeout_s, cancelled)

    def wake(self):
        self._waiting.wake()
        for reader in self._readers.values():
            reader.wake()

    def status(self):
        seen = [reader.status() for reader in self._readers.values()]
        for wanted in (CARD, EMPTY):
            for state, card in seen:
                if state == wanted:
                    return state, card
        return seen[0] if seen else (GONE, None)

    def signal(self, word):
        if self._chosen is not None:
            self._chosen.signal(word)

    def close(self):
        for reader in self._readers.values():
            reader.close()
        self._waiting.close()
