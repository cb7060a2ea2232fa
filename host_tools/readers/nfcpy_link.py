"""A PN532 on a serial line, through nfcpy's driver: reader and link.

nfcpy's tag layer is not used: it sends commands of its own and repeats what failed. Here one frame is one
InCommunicateThru, counted once. Three kinds of trouble are kept apart: the chip says "time-out" (the card is silent:
CardLost), the chip says nothing (ReaderLost), the line is dead (ReaderLost; the next wait opens it again).

Waiting for a card costs nothing: the chip looks by itself (MaxRetry FF) until a card comes or `wake` aborts. A card that
lies there is asked four times a second whether it is still there, by switching the field off and selecting it anew; that
is an activation, not an exchange. A refusal (NAK) drops a Type 2 card to IDLE, so it is selected again by its UID before the
next frame, as PC/SC readers do; its authentication is gone then. With an ISO-DEP card one command is one InDataExchange, and the
chip speaks the block protocol.
"""

import errno
import threading
from typing import Any

from cardos.errors import ReaderCannot, ReaderLost
from cardos.exchange import ISO_DEP, TYPE2, is_random_uid, kind_of_sak
from host_tools.readers.base import CARD, EMPTY, GONE, Deadline, Link, Reader, card_lost, family_of_sak, is_cancelled
from host_tools.readers.pcsc_wait import BACK_OFF_S

PREFIX = "pn532:"
FOREVER = 0xFF
LOOK_LIMIT_S = 3600.0  # one InListPassiveTarget without end; then simply the next
PRESENCE_S = 0.25
ACK = b"\x0a"
BIT_RATES = {106: 0, 212: 1, 424: 2}  # kbit/s, as InPSL names them

NOT_ON_THIS_READER = "FAMILY_NOT_ON_THIS_READER"


class NfcpyLink(Link):
    kind = "nfcpy"

    def __init__(self, reader, chip, sak, uid, ats=b""):
        super().__init__(reader.name, uid, kind_of_sak(sak), ats=ats, family=family_of_sak(sak))
        self._reader = reader
        self._chip = chip
        self._fell_to_idle = False

    def _exchange(self, frame, wait_ms):
        if self.card_kind == ISO_DEP:
            return self._reader.talk(lambda: self._carry_whole(frame, wait_ms))
        if self.card_kind != TYPE2:
            raise not_here()
        return self._reader.talk(lambda: self._carry(frame, wait_ms))

    def _learn_uid(self, wanted):
        if self.card_kind not in (ISO_DEP, TYPE2):  # said before a sale is begun: a Classic's copy could not be written
            raise not_here()

    def set_bit_rate(self, kbps):
        """Speak with an ISO-DEP card at 106, 212 or 424 kbit/s from now on (InPSL); before the first exchange only, for PPS comes right after RATS.

        Raises ReaderCannot when the rate or the card is another, CardLost when the card does not take it: it may be away or just slower.
        """
        if kbps not in BIT_RATES or self.card_kind != ISO_DEP or self.exchanges:
            raise ReaderCannot("This reader cannot change to %s kbit/s now." % kbps, "Use 106, 212 or 424 with an ISO-DEP card, before its first command.")
        self._alive(lambda: self._reader.talk(lambda: self._reader.ask_card(lambda: self._chip.set_bit_rates(BIT_RATES[kbps]))))

    def _carry_whole(self, frame, wait_ms):
        self._count_out(frame)
        answer = self._reader.ask_card(lambda: self._chip.exchange_whole(frame, wait_ms))
        self.bytes_in += len(answer)
        if not answer:
            raise card_lost("The card's answer was not complete.")
        return answer

    def _carry(self, frame, wait_ms):
        if self._fell_to_idle:
            self._select_again()
        self._count_out(frame)
        answer = self._reader.ask_card(lambda: self._chip.exchange(frame, wait_ms))
        if len(answer) == 1:
            self.bytes_in += 1
            answer = bytes([answer[0] & 0x0F])
            self._fell_to_idle = answer != ACK
            return answer
        if len(answer) < 4 or not self._chip.crc_fits(answer):
            self.bytes_in += len(answer)
            raise card_lost("The card's answer was not complete.")
        self.bytes_in += len(answer) - 2  # the CRC is the chip's, not the payload's
        return answer[:-2]

    def _select_again(self):
        self._chip.field_off()
        if not _may_be_the_same((self._chip.list_target(1, 1.0) or (0, b"", b""))[1], self.uid):
            raise card_lost("The card left the reader.")
        self._fell_to_idle = False

    def _close(self):
        self._reader.link_closed(self)


class NfcpyReader(Reader):
    """`pn532:LINK`; the line is opened at the first wait."""

    kind = "nfcpy"

    def __init__(self, path):
        super().__init__(PREFIX + path)
        self._path = path
        self._chip: Any = None
        self._link = None
        self._tries = 0
        self._changed = threading.Condition()
        self._inside = self._wanted = False
        self._busy = threading.RLock()  # one command on the line at a time

    # --- waiting ---------------------------------------------------------------------------------------------------

    def wait_for_card(self, timeout_s, cancelled=None):
        deadline, trouble = Deadline(timeout_s), None
        while not is_cancelled(cancelled):
            try:
                found = self._look_until(deadline)
            except ReaderLost as error:
                trouble = error
                self._pause(deadline.left(at_most=BACK_OFF_S[min(self._tries, len(BACK_OFF_S) - 1)]))
                self._tries += 1
            else:
                trouble, self._tries = None, 0
                if found is not None:
                    self._link = NfcpyLink(self, self._chip, *found)
                    return self._link
            if deadline.passed() and not is_cancelled(cancelled):
                if trouble is not None:
                    raise trouble
                return None
        return None

    def wait_for_removal(self, timeout_s, cancelled=None):
        deadline, last = Deadline(timeout_s), self._link.uid if self._link else None
        while not is_cancelled(cancelled):
            try:
                found = self.talk(self._look_once)
            except ReaderLost:
                return True  # with the reader gone so is the card
            last = last or (found and found[1])
            if found is None or not _may_be_the_same(found[1], last):
                return True
            if deadline.passed():
                return False
            self._pause(deadline.left(at_most=PRESENCE_S))
        return False

    def wake(self):
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
            while self._inside and self._wanted:
                if self._chip is not None:
                    self._chip.end_wait()
                self._changed.wait(0.1)

    def status(self):
        if not self._busy.acquire(blocking=False):
            return EMPTY, None  # somebody waits on it: there is no card yet
        try:
            if self._link is not None:
                return CARD, _describe(self._link.uid, self._link.card_kind)
            found = self.talk(self._look_once)
            return (CARD, _describe(found[1], kind_of_sak(found[0]))) if found else (EMPTY, None)
        except ReaderLost:
            return GONE, None
        finally:
            self._busy.release()

    def _look_until(self, deadline):
        """(SAK, UID, ATS) or None on time-out or wake."""
        with self._changed:
            if self._wanted:
                self._wanted = False
                return None
            self._inside = True
        try:
            return self.talk(lambda: self._look_long(deadline))
        finally:
            with self._changed:
                self._inside = self._wanted = False
                self._changed.notify_all()

    def _look_long(self, deadline):
        if self._wanted:
            return None
        try:
            return self._chip.list_target(FOREVER, deadline.left(at_most=LOOK_LIMIT_S) or 0.05)
        except OSError as error:
            if self._wanted:
                self._chip.abort()
                return None
            if error.errno == errno.ETIMEDOUT:
                return None
            raise

    def _look_once(self):
        self._chip.field_off()
        return self._chip.list_target(1, 1.0)

    def _pause(self, seconds):
        with self._changed:
            self._changed.wait_for(lambda: self._wanted, seconds)
            self._wanted = False

    # --- the line --------------------------------------------------------------------------------------------------

    def talk(self, action):
        """`action()` with the line open and ours; every trouble of the line becomes ReaderLost and closes it."""
        from host_tools.readers import nfcpy_serial  # late: nfcpy takes 50 ms and is not always wanted

        with self._busy:
            try:
                if self._chip is None:
                    self._chip = nfcpy_serial.Pn532(self._path)
                return action()
            except (nfcpy_serial.ChipError, *nfcpy_serial.LINE_TROUBLE) as error:
                chip, self._chip = self._chip, None
                if chip is not None:
                    chip.drop()
                raise self._lost(error) from error

    def ask_card(self, action):
        """`action()`, where the chip's own report that the card failed is CardLost."""
        from host_tools.readers import nfcpy_serial

        try:
            return action()
        except nfcpy_serial.ChipError as error:
            if error.errno in (0x7F, 0xFF):
                raise  # the chip did not understand us, or its answer was cut: not the card's doing
            raise card_lost("The card did not answer." if error.errno == 0x01 else "The card's answer was not complete.") from error

    def _lost(self, error):
        if isinstance(error, FileNotFoundError):
            return ReaderLost("There is no reader at %s." % self._path, "Plug the reader in, or check the name after pn532:.", "READER_GONE")
        if isinstance(error, PermissionError):
            return ReaderLost("This user may not open %s." % self._path,
                              "Add the user to the group of that device (often dialout) and log in again.", "READER_FORBIDDEN")
        return ReaderLost("The PN532 at %s does not answer." % self._path,
                          "Check the cable and that it is set to HSU; stampd comes back by itself.", "READER_GONE")

    def link_closed(self, link):
        if self._link is link:
            self._link = None
            if self._chip is not None:
                try:
                    self.talk(self._chip.field_off)
                except ReaderLost:
                    return  # the line died with the card on it; the next wait opens it again

    def close(self):
        if self._link is not None:
            self._link.close()
        with self._busy:
            chip, self._chip = self._chip, None
            if chip is not None:
                chip.close()


def not_here():
    """The refusal of cards whose cipher only PC/SC readers bring along."""
    return ReaderCannot("This kind of card is not read through a PN532 on a serial line.", "Use a PC/SC reader for this card.", NOT_ON_THIS_READER)


def _may_be_the_same(uid, last):
    """Whether a card seen now may be the one that was seen last: a random ID (4 bytes, the first 08) is another after each field-off."""
    return uid == last or (is_random_uid(uid) and is_random_uid(last))


def _describe(uid, card_kind):
    return {"uid": uid.hex(), "kind": card_kind}
