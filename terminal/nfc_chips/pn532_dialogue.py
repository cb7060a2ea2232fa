"""One command and its answer on any bus of the PN532: frame out, ACK, answer (UM0701-02, sections 6.2.1 and 6.2.2).

What is repeated, and what never. A command that changes no card (`again=True`) is sent again when its ACK does not come. A
command to a card is sent once: the chip may have carried it out although its ACK was lost, so its answer is waited for instead. An
answer that began and came broken is asked for again by NACK, which has the chip send its last answer and do nothing; but only
after its ACK was seen, or it might be the answer of the command before. A command that was given up (time-out, cancelled task) is
aborted by an ACK of ours before the next one, and whatever it still said is dropped.
"""

from cardos.errors import ReaderLost
from terminal.compat import elapsed_ms
from terminal.nfc_chips.pn532_frames import (
    ACK, IS_ACK, IS_ANSWER, IS_BROKEN, IS_ERROR, NACK, PAYLOAD_MAX, TO_CHIP, FROM_CHIP, FrameReader, frame)

DATA_MAX = PAYLOAD_MAX - 2  # bytes of one command behind its code

ACK_MS = 300  # the chip needs less than 15 ms (section 6.2.2); a board that collects garbage or a busy desk takes the rest
GAP_MS = 100  # inside a frame: 0.1 ms at 115200 baud, the rest for a busy desk; a cut answer is not waited for longer
ABORT_MS = 10  # the chip's own time to come back from an abort; a command right after it is lost now and then
SENDS_MAX = 3  # of a command that may be repeated
NACKS_MAX = 3  # a line that breaks one answer so often is not a line
DRAINS_MAX = 32  # reads that throw away what an aborted command still said

ANSWER_GUESS_BYTES = 32  # I2C reads whole frames by a guess of their size: most answers of a tap fit, longer ones are read twice

CHECK_WIRES = "Check the reader's wires and its bus switches; the terminal comes back by itself."


class NoAnswer(ReaderLost):
    """The chip took the command and has not answered in its time."""


def reader_lost(what):
    """ReaderLost with the usual advice."""
    return ReaderLost(what, CHECK_WIRES, "READER_GONE")


class Dialogue:
    """Commands over `bus`; see `buses` for its shape."""

    def __init__(self, bus, ticks_ms, sleep_ms):
        self._bus = bus
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms
        self._frames = FrameReader()
        self._is_open = True  # a command was sent and not answered; at first nobody knows what the chip was told before
        self._events = []

    @property
    def is_open(self):
        """True while a command is under way or was given up."""
        return self._is_open

    async def wake(self):
        """Wake the chip and stop whatever it was doing for whoever talked to it before. Raises ReaderLost when the bus fails."""
        self._is_open = True
        await self._on_bus(self._bus.wake())

    async def ask(self, code, data=b"", wait_ms=1000, again=False):
        """Send command `code` (int); return what its answer holds behind `code + 1`.

        wait_ms: from ACK to answer. again: it may be sent twice without harm. Raises NoAnswer when only the ACK came, ReaderLost when
        less came, the bus failed or the chip did not understand. ValueError over DATA_MAX bytes.
        """
        whole = frame(bytes([TO_CHIP, code]) + data)
        sends_left = SENDS_MAX if again else 1
        while True:
            sends_left -= 1
            try:
                return await self._ask_once(whole, code, wait_ms, again)
            except NoAnswer:  # it is known to have been taken: sending it again would only double the wait
                raise
            except ReaderLost:  # a lost byte can be either way; only what harms nobody is tried again
                if not sends_left:
                    raise

    async def _ask_once(self, whole, code, wait_ms, again):
        await self._settle()
        self._frames.forget()
        self._is_open = True
        await self._on_bus(self._bus.write(whole))
        is_acked, nacks_left = False, NACKS_MAX
        start, limit_ms = self._ticks_ms(), ACK_MS if again else max(ACK_MS, wait_ms)
        while await self._more_until(start, limit_ms, len(ACK) if not is_acked else ANSWER_GUESS_BYTES) or self._frames.is_inside:
            is_broken = not self._events  # nothing more came, and the frame is not whole
            for what, payload in self._events:
                if what == IS_ACK and not is_acked:
                    is_acked, start, limit_ms = True, self._ticks_ms(), wait_ms
                elif what == IS_ANSWER and payload[:2] == bytes([FROM_CHIP, code + 1]):
                    self._is_open = False
                    return payload[2:]
                elif what == IS_ERROR:
                    self._is_open = False
                    raise reader_lost("The reader did not understand a command.")
                elif what == IS_BROKEN:
                    is_broken = True
            if is_broken:
                if not is_acked or not nacks_left:
                    raise reader_lost("The reader's answers come broken.")
                nacks_left -= 1
                self._frames.forget()
                await self._on_bus(self._bus.write(NACK))
                start, limit_ms = self._ticks_ms(), max(limit_ms, ACK_MS)
        if is_acked:
            raise NoAnswer("The reader took a command and did not answer.", CHECK_WIRES, "READER_GONE")
        raise reader_lost("The reader does not answer.")

    async def _more_until(self, start, limit_ms, guess):
        """Read until frames are complete, into `_events`; False when the time is up first."""
        while True:
            left_ms = limit_ms - elapsed_ms(self._ticks_ms(), start)
            self._events = []
            if self._frames.is_inside:
                left_ms = min(left_ms, GAP_MS)
            if left_ms < 0 or not await self._on_bus(self._bus.ready(left_ms)):
                return False
            self._events = self._frames.feed(await self._on_bus(self._bus.read(guess)))
            if self._events:
                return True
            await self._sleep_ms(1)  # the rest of a frame is on its way, and noise without end must not stop the other tasks

    async def _settle(self):
        if not self._is_open:
            return
        await self._on_bus(self._bus.write(ACK))
        await self._sleep_ms(ABORT_MS)
        for _ in range(DRAINS_MAX):
            if not await self._on_bus(self._bus.ready(0)):
                break
            await self._on_bus(self._bus.read(ANSWER_GUESS_BYTES))
        self._is_open = False

    async def _on_bus(self, step):
        """`await step`, a call of the bus; its OSError is ReaderLost."""
        try:
            return await step
        except OSError:  # no ACK on I2C, a closed or unplugged serial line
            raise reader_lost("The reader's wire gives errors.")
