"""The PC/SC functions we use, by pyscard's thin layer, with return codes turned into `ScardError`.

Why not pyscard's own classes: its monitor threads poll, its disconnect powers the card down (which wedged vpcd readers
for ever, 4 of 4) and resets the handles of others, a lost card becomes hresult 0, and its transactions do not lock by
themselves. The thin functions do what PC/SC says.

pyscard is imported on first use, and only here: a machine without it, or without libpcsclite, still runs everything
else. pyscard without libpcsclite writes to stdout, so the library is looked for first. PCSCLITE_CSOCK_NAME is read by
libpcsclite at the first context of a process and kept.
"""

import ctypes
import importlib
import sys

NOT_TRANSACTED = 0x80100016
RESET_CARD = 0x80100068
REMOVED_CARD = 0x80100069
NO_SMARTCARD = 0x8010000C
UNRESPONSIVE_CARD = 0x80100066
UNPOWERED_CARD = 0x80100067
UNSUPPORTED_CARD = 0x80100065
COMM_DATA_LOST = 0x8010002F
PROTO_MISMATCH = 0x8010000F
SHARING_VIOLATION = 0x8010000B
CANCELLED = 0x80100002
INVALID_HANDLE = 0x80100003
TIMEOUT = 0x8010000A
UNKNOWN_READER = 0x80100009
READER_UNAVAILABLE = 0x80100017
NO_SERVICE = 0x8010001D
SERVICE_STOPPED = 0x8010001E
NO_READERS_AVAILABLE = 0x8010002E
COMM_ERROR = 0x80100013
INTERNAL_ERROR = 0x80100001

# The card left, was reset or swapped under us: what became of the last command is unknown. The handle must be dropped:
# after a swap the same handle would talk to the new card with success (measured).
CARD_CODES = frozenset((
    NOT_TRANSACTED, RESET_CARD, REMOVED_CARD, NO_SMARTCARD, UNRESPONSIVE_CARD, UNPOWERED_CARD, UNSUPPORTED_CARD, COMM_DATA_LOST, PROTO_MISMATCH,
))
# The service is gone: every context and handle is dead, open new ones when it is back.
SERVICE_CODES = frozenset((NO_SERVICE, SERVICE_STOPPED, INVALID_HANDLE, COMM_ERROR, INTERNAL_ERROR))
# The reader is not plugged in (or not yet known to a service that has just started).
ABSENT_CODES = frozenset((UNKNOWN_READER, READER_UNAVAILABLE, NO_READERS_AVAILABLE))

STATE_UNAWARE, STATE_CHANGED, STATE_UNKNOWN, STATE_UNAVAILABLE = 0x0, 0x2, 0x4, 0x8
STATE_EMPTY, STATE_PRESENT, STATE_EXCLUSIVE, STATE_INUSE, STATE_MUTE = 0x10, 0x20, 0x80, 0x100, 0x200
PLUG_AND_PLAY = "\\\\?PnP?\\Notification"

INFINITE = 0xFFFFFFFF
_SCOPE_SYSTEM = 2
_SHARE_SHARED = 2
_PROTOCOL_T0_OR_T1 = 3
_LEAVE_CARD, _RESET_CARD = 0, 1


class ScardError(Exception):
    """A PC/SC return code that is not success. code: unsigned 32 bits."""

    def __init__(self, code):
        self.code = code & 0xFFFFFFFF
        super().__init__("PC/SC 0x%08X" % self.code)


class NoPcsc(Exception):
    """pyscard or libpcsclite is not on this machine."""


def load():
    """pyscard's thin module. Raises NoPcsc."""
    if sys.platform.startswith("linux"):
        try:
            ctypes.CDLL("libpcsclite.so.1")
        except OSError as error:
            raise NoPcsc("libpcsclite is not installed") from error
    try:
        return importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise NoPcsc("pyscard is not installed") from error


class Scard:
    """One context and what can be done with it. Not for two threads at once, except `cancel`.

    A failed connect leaves a handle that raises SystemError when it is used: handles of failed calls never leave here.
    """

    def __init__(self, api):
        self._api = api
        self._context = self._do(api.SCardEstablishContext, _SCOPE_SYSTEM)[0]

    def release(self):
        self._quietly(self._api.SCardReleaseContext, self._context)

    def readers(self):
        """Names, in the service's order; [] when there is none."""
        try:
            return list(self._do(self._api.SCardListReaders, self._context, [])[0])
        except ScardError as error:
            if error.code == NO_READERS_AVAILABLE:
                return []
            raise

    def wait_for_change(self, states, timeout_ms):
        """[(name, new state with the event counter in its upper half, ATR)] once one differs from `states` [(name, known state)].

        None on time-out or cancel. timeout_ms: INFINITE for no limit.
        """
        try:
            changes = self._do(self._api.SCardGetStatusChange, self._context, timeout_ms, list(states))[0]
            return [(name, state & 0xFFFFFFFF, bytes(atr)) for name, state, atr in changes]
        except ScardError as error:
            if error.code in (TIMEOUT, CANCELLED):
                return None
            raise

    def cancel(self):
        """Make a blocked `wait_for_change` return; does nothing when none is blocked *yet*."""
        self._quietly(self._api.SCardCancel, self._context)

    def connect(self, reader):
        """(handle, protocol) shared with others."""
        handle, protocol = self._do(self._api.SCardConnect, self._context, reader, _SHARE_SHARED, _PROTOCOL_T0_OR_T1)
        return handle, protocol

    def reconnect(self, handle):
        self._do(self._api.SCardReconnect, handle, _SHARE_SHARED, _PROTOCOL_T0_OR_T1, _LEAVE_CARD)

    def begin(self, handle):
        self._do(self._api.SCardBeginTransaction, handle)

    def transmit(self, handle, protocol, apdu):
        """The reader's answer in bytes: may be empty or one byte, when the card left (measured)."""
        header = self._api.SCARD_PCI_T0 if protocol == 1 else self._api.SCARD_PCI_T1
        return bytes(self._do(self._api.SCardTransmit, handle, header, list(apdu))[0])

    def leave(self, handle, reset=False):
        """End the transaction and disconnect, leaving the card powered: as it is, or freshly reset. Never raises."""
        self._quietly(self._api.SCardEndTransaction, handle, _RESET_CARD if reset else _LEAVE_CARD)
        self._quietly(self._api.SCardDisconnect, handle, _LEAVE_CARD)

    def give_up(self, handle):
        """Leave a handle (or None) and release the context with it; for drivers that came back too late. Never raises."""
        if handle is not None:
            self.leave(handle)
        self.release()

    def _do(self, function, *arguments):
        try:
            answer = function(*arguments)
        except SystemError as error:  # pyscard's answer to a handle or context it does not know
            raise ScardError(INVALID_HANDLE) from error
        code, rest = (answer[0], answer[1:]) if isinstance(answer, (list, tuple)) else (answer, ())
        if code & 0xFFFFFFFF:
            raise ScardError(code)
        return rest

    def _quietly(self, function, *arguments):
        try:
            function(*arguments)
        except SystemError:
            return  # a handle that died with its service: there is nothing left to give back
