"""One card behind a PC/SC reader: a shared handle with a transaction on it, from tap to tap.

The transaction is the lease: other programs, and other stampd processes, wait until the link is closed. The card is left
as it is at the end (disposition LEAVE): powering it down right after a torn command wedged readers for ever, and a reset
would throw other programs off the card. One exception: an Ultralight C or AES whose authentication was begun is reset at the
end. It would keep its session for whoever comes next: open pages, or (AES) silence to every frame without a CMAC.

Every APDU runs under a watchdog. Rules that keep money safe: an answer under two bytes is a torn command; any code that
speaks of the card drops the handle for good (after a swap the same handle would write to the next card); nothing under
four bytes is ever sent (one byte collides with the control bytes of software readers and hangs).
"""

from cardos.errors import ReaderCannot, ReaderLost
from cardos.exchange import CLASSIC, ISO_DEP
from host_tools.readers import scard
from host_tools.readers.base import Link, card_lost
from host_tools.readers.pcsc_frames import (
    GET_UID,
    NAK,
    WRITE,
    DirectRefused,
    StorageOnly,
    answer_size,
    carrier,
    classic_exchange,
    is_apdu,
    is_storage,
    reader_cannot,
    uid_of,
)
from host_tools.readers.profiles import BARE
from host_tools.readers.watchdog import Hung

APDU_MIN = 4
APDU_MARGIN_MS = 3000  # over the card's own time: USB, the reader's retries and its poll, generously; a person waits no longer
CLOSE_LIMIT_S = 2.0
UID_MS = 50  # the reader answers it by itself
AUTHENTICATE = b"\x1a"  # Ultralight C and AES, first part
BUSY = "READER_BUSY"


class PcscLink(Link):
    kind = "pcsc"

    def __init__(self, reader, driver, worker, handle, protocol, hint, *, margin_ms=APDU_MARGIN_MS):
        """reader: the PcscReader, asked what it can carry and told what it cannot. driver: Scard. hint: CardHint."""
        super().__init__(reader.name, card_kind=hint.kind, family=hint.family)
        self.hint = hint
        self._reader = reader
        self._driver = driver
        self._worker = worker
        self._handle = handle
        self._protocol = protocol
        self._margin_ms = margin_ms
        self._carrier = carrier(reader.carry)
        self._refused_once = False  # a direct frame was refused, and it is not yet clear by whom
        self._heard = False  # any answer at all
        self._leaves_session = False  # a page card was asked to authenticate

    def _exchange(self, frame, wait_ms):
        if self.card_kind == ISO_DEP:
            if not is_apdu(frame):
                raise ReaderCannot("A PC/SC reader carries ISO commands only, no native ones.")
            return self._transmit(frame, wait_ms)
        if self.card_kind == CLASSIC:
            return self._drive(classic_exchange(frame), wait_ms)
        if not is_storage(frame) and (self._refused_once or answer_size(frame) > self._reader.profile.answer_max):
            raise reader_cannot()
        self._leaves_session |= frame[:1] == AUTHENTICATE
        try:
            answer = self._drive(self._carrier.exchange(frame), wait_ms)
        except DirectRefused as refusal:
            return self._refused(frame, refusal.certain)
        if not is_storage(frame):
            self._reader.direct_works = True
        elif self._refused_once and len(answer) > 1:
            self._reader.remember_unable()  # the card is still there, so it was the reader that refused
        return answer

    def _learn_uid(self, wanted):
        """By FF CA. The reader answers from what selection told: it is no exchange with the card.

        Unasked for an Ultralight C too: its keys are made of the UID.
        """
        reader_knows = self.card_kind in (ISO_DEP, CLASSIC)
        if self.uid is None and (reader_knows or wanted or self.family == "ultralight-c"):
            self.uid = uid_of(self._transmit(GET_UID, UID_MS, counts=False))

    def _refused(self, frame, certain):
        """A direct frame was answered by a bare status word."""
        if frame[0] == WRITE:
            return NAK  # unknown; the driver reads back
        if self._reader.direct_works and not certain:
            if self._reader.carry == BARE:
                return NAK
            raise card_lost("The reader lost the card.")
        # Remembered of the reader only once a page is read: a card swapped within one look of the service shows the last one's ATR,
        # and then it is the card that does not know these commands.
        self._refused_once = True
        self._carrier = StorageOnly()
        raise reader_cannot()

    def _drive(self, apdus, wait_ms):
        """Run a carrier's generator to its answer."""
        try:
            apdu = next(apdus)
            while True:
                apdu = apdus.send(self._transmit(apdu, wait_ms))
        except StopIteration as end:
            return end.value

    def _transmit(self, apdu, wait_ms, counts=True):
        if len(apdu) < APDU_MIN:
            raise ReaderCannot("A command of under four bytes cannot go through this reader.")
        if counts:
            self._count_out(apdu)
        try:
            answer = self._call((wait_ms + self._margin_ms) / 1000, self._driver.transmit, self._handle, self._protocol, apdu)
        except scard.ScardError as error:
            self.was_ghost = not self._heard and error.code in scard.CARD_CODES
            raise trouble_of(error, self.name) from error
        self._heard = True
        if counts:
            self.bytes_in += len(answer)
        if len(answer) < 2:
            raise card_lost("The card left before its answer was complete.")
        return answer

    def guarded(self, job):
        """A whole tap on the worker: each of its APDUs keeps its limit, the threads change once."""
        if self._worker is None:
            raise reader_hangs(self.name)
        try:
            return self._worker.run(job)
        except Hung as hung:
            self._dead = self._given_up()
            raise self._dead from hung

    def _call(self, limit_s, function, *arguments):
        worker, handle = self._worker, self._handle
        if worker is None:
            raise reader_hangs(self.name)
        try:
            return worker.call(limit_s, function, *arguments, undo=lambda _late: self._driver.give_up(handle))
        except Hung as hung:
            raise self._given_up() from hung

    def _given_up(self):
        """The ReaderLost of a hung driver; the worker is handed to the reader, once, whoever notices first."""
        worker, self._worker = self._worker, None
        trouble = reader_hangs(self.name)
        if worker is not None:
            self._reader.hung(worker, trouble)
        return trouble

    def show(self, word):
        """The reader's own lamp or buzzer; not a card exchange. Raises ScardError."""
        apdu = self._reader.profile.signals.get(word)
        if apdu and self._worker is not None and self._handle is not None:
            self._call(CLOSE_LIMIT_S, self._driver.transmit, self._handle, self._protocol, apdu)

    def _close(self):
        if self._handle is None:
            return
        if self._worker is not None:
            try:
                self._call(CLOSE_LIMIT_S, self._finish)
            except ReaderLost:
                pass  # hung: the worker itself lets go of the handle if the driver ever comes back
        self._handle = None
        self._reader.link_closed(self)

    def _finish(self):
        """On the worker: end a transparent session, give the transaction and the handle back."""
        for apdu in self._carrier.finish():
            try:
                self._driver.transmit(self._handle, self._protocol, apdu)
            except scard.ScardError:
                break  # the card is gone, and its session with it
        self._driver.leave(self._handle, reset=self._leaves_session and not self.lost_its_card)


def reader_hangs(name):
    return ReaderLost("The reader %s does not answer any more." % name,
                      "Unplug the reader and plug it in again, then present the card again.", "READER_HANGS")


def reader_busy(name):
    return ReaderLost("Another program holds the reader %s." % name, "Close the other program that uses the reader, then present the card again.", BUSY)


def service_gone():
    return ReaderLost("The smart card service of this machine is not running.",
                      "Start pcscd (systemctl start pcscd.socket); stampd comes back by itself.", "NO_SERVICE")


def reader_gone(name):
    return ReaderLost("The reader %s is not connected." % name, "Plug the reader in; stampd comes back by itself.", "READER_GONE")


def trouble_of(error, name):
    """CardLost or ReaderLost for a ScardError."""
    if error.code in scard.CARD_CODES:
        return card_lost("The card left the reader.")
    if error.code in scard.SERVICE_CODES:
        return service_gone()
    if error.code in scard.ABSENT_CODES:
        return reader_gone(name)
    if error.code == scard.SHARING_VIOLATION:
        return reader_busy(name)
    return ReaderLost("The reader %s failed (%s)." % (name, error), "Unplug the reader and plug it in again.")
