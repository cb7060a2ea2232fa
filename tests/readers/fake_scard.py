"""A stand-in for pyscard's thin module that replays return codes as they were measured on pcscd 1.9.9 with vpcd 3.3.

`answers[function]` is a list of what the next calls return (the last one stays); every call is kept in `calls`.
"""

import threading

from host_tools.readers import scard
from host_tools.soft_hardware.storage_reader import ATR_TYPE2

OK = 0
NAME = "Fake 00 00"


class FakeScard:
    SCARD_PCI_T0, SCARD_PCI_T1 = 1, 2

    def __init__(self, names=(NAME,)):
        self.names = list(names)
        self.calls = []
        self.answers = {}
        self.card = True
        self.counter = 1
        self._changed = threading.Condition()
        self._cancelled = False

    def will(self, function, *answers):
        """The next answers of a function: a code, or whatever pyscard returns, or an exception, or a callable."""
        self.answers[function] = list(answers)

    def called(self, function):
        return [arguments for name, arguments in self.calls if name == function]

    def change(self, card):
        with self._changed:
            self.card, self.counter = card, self.counter + 1
            self._changed.notify_all()

    def _play(self, function, arguments, usual):
        self.calls.append((function, arguments))
        queue = self.answers.get(function)
        if not queue:
            return usual
        answer = queue[0] if len(queue) == 1 else queue.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        if callable(answer):
            return answer(*arguments)
        if isinstance(answer, int) and isinstance(usual, list):
            return [answer] + usual[1:]
        return answer

    def state(self):
        return self.counter << 16 | (scard.STATE_PRESENT if self.card else scard.STATE_EMPTY)

    def SCardEstablishContext(self, scope):
        return self._play("SCardEstablishContext", (scope,), [OK, 7])

    def SCardReleaseContext(self, context):
        return self._play("SCardReleaseContext", (context,), OK)

    def SCardListReaders(self, context, groups):
        return self._play("SCardListReaders", (context,), [OK, self.names])

    def SCardGetStatusChange(self, context, timeout_ms, states):
        answer = self._play("SCardGetStatusChange", (context, timeout_ms, states), None)
        if answer is not None:
            return answer if isinstance(answer, list) else [answer, []]
        with self._changed:
            def news():
                return self._cancelled or any(known != self.state() for _, known in states)
            seconds = None if timeout_ms == scard.INFINITE else timeout_ms / 1000
            came = self._changed.wait_for(news, seconds)
            if self._cancelled:
                self._cancelled = False
                return [scard.CANCELLED, []]
            if not came:
                return [scard.TIMEOUT, []]
            return [OK, [(name, self.state() | scard.STATE_CHANGED, list(ATR_TYPE2 if self.card else b"")) for name, _ in states]]

    def SCardCancel(self, context):
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
        return OK

    def SCardConnect(self, context, name, share, protocols):
        return self._play("SCardConnect", (context, name, share, protocols), [OK, 42, 2])

    def SCardReconnect(self, handle, share, protocols, disposition):
        return self._play("SCardReconnect", (handle, share, protocols, disposition), [OK, 2])

    def SCardBeginTransaction(self, handle):
        return self._play("SCardBeginTransaction", (handle,), OK)

    def SCardEndTransaction(self, handle, disposition):
        return self._play("SCardEndTransaction", (handle, disposition), OK)

    def SCardDisconnect(self, handle, disposition):
        return self._play("SCardDisconnect", (handle, disposition), OK)

    def SCardTransmit(self, handle, header, apdu):
        return self._play("SCardTransmit", (handle, header, bytes(apdu)), [OK, [0x63, 0x00]])
