"""Readers and cards coming and going, as events; nobody polls.

PC/SC readers are watched together by one SCardGetStatusChange, which also tells when a reader is plugged in or out. An
event is {"event", "reader", "card"}: reader_added, reader_removed, card_in, card_out, service_gone, service_back. The first
events describe what is there. Watching takes no card and no lease: it never disturbs a tap.
"""

from host_tools.readers import scard
from host_tools.readers.atr import card_hint
from host_tools.readers.base import Deadline, is_cancelled
from host_tools.readers.pcsc_wait import Waiting


class PcscWatch:
    """`events()` for one thread, `wake()` from any."""

    def __init__(self, api=None):
        self._waiting = Waiting(api if api is not None else scard.load())
        self._states = {}  # reader name -> state last reported
        self._has_service = None

    def events(self, cancelled=None):
        """Yield events until `cancelled` is set and `wake` called."""
        while not is_cancelled(cancelled):
            try:
                names = self._waiting.readers()
                yield from self._service(True)
                yield from self._readers(names)
                states = [(scard.PLUG_AND_PLAY, len(names) << 16)] + list(self._states.items())
                for name, state, atr in self._waiting.changes(states, Deadline(None)) or ():
                    if name in self._states:
                        yield from self._card(name, state, atr)
            except scard.ScardError as error:
                if error.code in scard.ABSENT_CODES:
                    continue  # unplugged between the list and the wait: list again
                yield from self._service(False)
                yield from self._readers([])
                self._waiting.back_off(Deadline(None))

    def wake(self):
        self._waiting.wake()

    def close(self):
        self._waiting.close()

    def _service(self, here):
        if here != self._has_service and (self._has_service is not None or not here):
            yield _event("service_back" if here else "service_gone", None)
        self._has_service = here

    def _readers(self, names):
        for name in [known for known in self._states if known not in names]:
            del self._states[name]
            yield _event("reader_removed", name)
        for name in names:
            if name not in self._states:
                self._states[name] = scard.STATE_UNAWARE
                yield _event("reader_added", name)

    def _card(self, name, state, atr):
        before, now = self._states[name], state & ~scard.STATE_CHANGED
        self._states[name] = now
        was_there, is_there = bool(before & scard.STATE_PRESENT), bool(now & scard.STATE_PRESENT)
        is_another = was_there and is_there and before >> 16 != now >> 16
        if was_there and (not is_there or is_another):
            yield _event("card_out", name)
        if is_there and (not was_there or is_another):
            hint = card_hint(atr)
            yield _event("card_in", name, {"atr": bytes(atr).hex(), "kind": hint.kind, "name": hint.name})


def watch_reader(reader, cancelled=None):
    """The same events for one reader that is not behind PC/SC (serial, soft): it is used for watching only meanwhile."""
    yield _event("reader_added", reader.name)
    while not is_cancelled(cancelled):
        link = reader.wait_for_card(None, cancelled)
        if link is None:
            return
        card = {"uid": link.uid.hex() if link.uid else None, "kind": link.card_kind}
        link.close()
        yield _event("card_in", reader.name, card)
        if reader.wait_for_removal(None, cancelled):
            yield _event("card_out", reader.name)


def _event(event, reader, card=None):
    return {"event": event, "reader": reader, "card": card}
