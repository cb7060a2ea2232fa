"""The PN532 as a board's reader chip: how cards are found, spoken to and let go (UM0701-02, chapter 7).

The exchanges are those of the host's link to this chip, so a tap costs the same on both. With a Type 2 card one frame is one
InCommunicateThru: the chip appends CRC_A, and its check of the answer is switched off, because it takes a 4-bit ACK for a CRC error;
the driver checks here. A refusal (NAK) drops a Type 2 card to IDLE, so it is selected again before the next frame. With an ISO-DEP
card one command is one InDataExchange in parts of 262 bytes, and the chip sends RATS and speaks the block protocol.
After CardLost or ReaderLost, or a task that was cancelled in an exchange, `exchange` says so at once until the next `find`.
"""

from cardos.errors import CardLost, ReaderCannot, ReaderLost
from cardos.exchange import ISO_DEP, TYPE2, is_random_uid, kind_of_sak
from terminal import compat
from terminal.nfc_chips.pn532_dialogue import Dialogue, NoAnswer, reader_lost
from terminal.nfc_chips.pn532_frames import crc_a
from terminal.nfc_chips.selected import Selected, card_lost, not_on_this_chip

# Commands (chapter 7).
DIAGNOSE, GET_FIRMWARE_VERSION, READ_REGISTER, WRITE_REGISTER, SET_PARAMETERS, SAM_CONFIGURATION = 0x00, 0x02, 0x06, 0x08, 0x12, 0x14
POWER_DOWN, RF_CONFIGURATION, IN_DATA_EXCHANGE, IN_COMMUNICATE_THRU, IN_LIST_PASSIVE_TARGET = 0x16, 0x32, 0x40, 0x42, 0x4A
IN_PSL, IN_RELEASE = 0x4E, 0x52

IC_PN532 = 0x32  # first byte of GetFirmwareVersion
NORMAL_MODE = b"\x01\x14\x01"  # SAMConfiguration: no SAM, its time-out (unused here), P70_IRQ in use; ends the low battery mode of power-on
AUTOMATIC_RATS = b"\x10"  # SetParameters
WAKE_BY_ANY_BUS = b"\xb0"  # PowerDown: I2C, SPI, HSU
PRESENCE = b"\x06"  # Diagnose: R(NAK) to an ISO-DEP card
FIELD, TIME_OUTS, COM_RETRIES, RETRIES = 0x01, 0x02, 0x04, 0x05  # items of RFConfiguration
RX_MODE = b"\x63\x03"  # CIU_RxMode; bit 7 is the CRC check
BIT_RATES = {106: 0, 212: 1, 424: 2}  # kbit/s, as InPSL names them

FOREVER = 0xFF
ONE_MORE, TWO_MORE = 0x01, 0x02  # retries of a look that shall end by itself
ONE_LOOK_MS = 100  # a wait this short is one look, not a poll that has to be aborted

# Status bytes (section 7.1). Whatever else is not 00 means that the card's answer was not whole.
MORE = 0x40
TIME_OUT, WRONG_PARAMETER, TOO_HOT, TOO_MUCH_CURRENT = 0x01, 0x10, 0x0D, 0x2D

PAYLOAD_MAX = 262  # bytes to or from a card in one command (InDataExchange, InCommunicateThru)
ANSWER_MAX = 4096  # of an ISO-DEP card; the longest file of ours is below 1 KB, and a card that never ends must not fill a board's heap
ACK, ACK_MASK = 0x0A, 0x0F

CHIP_MS = 1000  # commands that end in the chip
LOOK_MS = 1000  # a look with a few retries
THRU_MARGIN_MS = 1000  # on top of the card's own time: the chip's overhead, and a busy desk
BLOCKS_MS = 2000  # on top of the card's own time: the chip's waits (S(WTX)) and repeats around one ISO-DEP command
FIELD_OFF_MS = 6  # a card is reset by 5 ms without field (ISO/IEC 14443-3, section 5.1)
PRESENCE_MS = 10  # READ answers within 5 ms (NTAG21x data sheet, table 17)
READ_PAGE_0 = b"\x30\x00"
WAKES_MAX = 3  # a chip that has just got power may need more than one


class Pn532:
    """One chip on `bus`. card: the `Selected` that lies there, or None. exchanges: since it was found. firmware: (version, revision)."""

    def __init__(self, bus, ticks_ms=compat.ticks_ms, sleep_ms=compat.sleep_ms):
        self._chip = Dialogue(bus, ticks_ms, sleep_ms)
        self._sleep_ms = sleep_ms
        self._is_started = False
        self.firmware = None
        self._forget_card()

    def _forget_card(self):
        self.card = None
        self.exchanges = 0
        self._dead = None  # the trouble that ended this card's turn
        self._fell_to_idle = False

    # --- start and stop ---

    async def start(self):
        """Wake the chip, see that it is one, set it up. Raises ReaderLost."""
        self._is_started = False
        self._forget_card()
        self._retries = self._time_out = None
        await self._wake()
        version = await self._ask(GET_FIRMWARE_VERSION)
        if len(version) < 4 or version[0] != IC_PN532:
            raise reader_lost("The reader is no PN532.")
        self.firmware = (version[1], version[2])
        await self._ask(SET_PARAMETERS, AUTOMATIC_RATS)
        await self._configure(COM_RETRIES, b"\x00")  # a frame that the card did not answer is not sent twice behind our back
        await self._field_off()
        self._is_started = True

    async def _wake(self):
        for left in range(WAKES_MAX - 1, -1, -1):
            try:
                await self._chip.wake()
                await self._ask(SAM_CONFIGURATION, NORMAL_MODE)
                return
            except ReaderLost:  # it slept deeper than one wake-up reaches, or is still coming up
                if not left:
                    raise

    async def stop(self):
        """Let the card go, switch the field off and put the chip to sleep. Never raises: a chip that is gone sleeps already."""
        await self.release()
        if self._is_started:
            self._is_started = False
            try:
                await self._chip.ask(POWER_DOWN, WAKE_BY_ANY_BUS, CHIP_MS)
            except ReaderLost:  # nothing is lost with it; `start` begins anew
                pass

    # --- cards ---

    async def find(self, wait_ms):
        """Wait up to `wait_ms` for a card of type A: `Selected`, or None. The chip looks by itself meanwhile. Raises ReaderLost.

        Starts the chip where that is needed. A card that was found before is let go first.
        """
        if self.card is not None:
            await self.release()
        if not self._is_started:
            await self.start()
        elif self._chip.is_open:  # a poll that was cancelled may have selected a card, and that one answers no request now
            await self._alive(self._field_off())
        is_one_look = wait_ms <= ONE_LOOK_MS
        try:
            self.card = await self._alive(self._list(ONE_MORE if is_one_look else FOREVER, LOOK_MS if is_one_look else wait_ms))
        except NoAnswer:  # no card came: the poll is aborted before the next command
            pass
        if self.card is None:  # one that was half selected meanwhile would answer no request
            await self._alive(self._field_off())
        return self.card

    async def _list(self, retries, wait_ms):
        """InListPassiveTarget, one target at 106 kbit/s type A: `Selected` or None."""
        if retries != self._retries:
            self._retries = None  # unknown, should this be cancelled half-way
            await self._configure(RETRIES, bytes([0x01, 0x00, retries]))
            self._retries = retries
        answer = await self._ask(IN_LIST_PASSIVE_TARGET, b"\x01\x00", wait_ms)
        if not answer or not answer[0]:
            return None
        if len(answer) < 6 or len(answer) < 6 + answer[5] or answer[5] not in (4, 7, 10):
            raise reader_lost("The reader tells of a card and not which.")
        sak, end = answer[4], 6 + answer[5]
        kind = kind_of_sak(sak)
        if kind == TYPE2:
            mode = await self._ask(READ_REGISTER, RX_MODE)
            await self._ask(WRITE_REGISTER, RX_MODE + bytes([mode[0] & 0x7F if mode else 0x00]))
        return Selected(bytes(answer[6:end]), sak, bytes([answer[3], answer[2]]), bytes(answer[end:]) if kind == ISO_DEP else b"", kind)

    async def exchange(self, frame, wait_ms):
        """Send one frame (bytes as the card sees them, no CRC) to the card that was found; return its answer.

        wait_ms: how long the card may take. Type 2 cards: a 4-bit answer is one byte, 0Ah for ACK and anything else for NAK. ISO-DEP: one
        whole command, one whole answer. Raises CardLost and ReaderLost (what became of the frame is unknown), ReaderCannot (not sent).
        """
        if self.card is None:
            raise card_lost("There is no card.")
        if self._dead is not None:
            raise self._dead
        frame = bytes(frame)
        if self.card.kind not in (TYPE2, ISO_DEP):
            raise not_on_this_chip()
        if not frame or self.card.kind == TYPE2 and len(frame) > PAYLOAD_MAX:
            raise ReaderCannot("This reader cannot send %d bytes at once." % len(frame), "Use a shorter command.")
        carry = self._carry_whole if self.card.kind == ISO_DEP else self._carry
        return await self._in_turn(carry(frame, wait_ms))

    async def set_bit_rate(self, kbps):
        """Speak with an ISO-DEP card at 106, 212 or 424 kbit/s (InPSL); before its first exchange only, for PPS comes right after RATS.

        Raises ReaderCannot when the rate or the card is another, CardLost when the card does not take it, ReaderLost.
        """
        if kbps not in BIT_RATES or self.card is None or self.card.kind != ISO_DEP or self.exchanges or self._dead is not None:
            raise ReaderCannot("This reader cannot change to %s kbit/s now." % kbps, "Use 106, 212 or 424 with an ISO-DEP card, before its first command.")
        code = BIT_RATES[kbps]
        await self._in_turn(self._ask_card(IN_PSL, bytes([0x01, code, code]), CHIP_MS))

    async def _in_turn(self, step):
        """`await step`, an exchange; its trouble ends this card's turn, and so does being cancelled in it."""
        self._dead = card_lost("A command to the card was given up.")
        try:
            answer = await self._alive(step)
        except (CardLost, ReaderLost) as trouble:  # kept, so that no later command reaches another card by mistake
            self._dead = trouble
            raise
        except ReaderCannot:  # the card heard nothing
            self._dead = None
            raise
        self._dead = None
        return answer

    async def _carry(self, frame, wait_ms):
        if self._fell_to_idle:
            if not await self._select_again():
                raise card_lost("The card left the reader.")
            self._fell_to_idle = False
        await self._allow_ms(wait_ms)
        self.exchanges += 1
        answer = await self._ask_card(IN_COMMUNICATE_THRU, frame, wait_ms + THRU_MARGIN_MS)
        if len(answer) == 1:
            short = answer[0] & ACK_MASK
            self._fell_to_idle = short != ACK
            return bytes([short])
        if len(answer) < 4 or crc_a(answer[:-2]) != answer[-2:]:
            raise card_lost("The card's answer was not complete.")
        return answer[:-2]

    async def _carry_whole(self, command, wait_ms):
        self.exchanges += 1
        limit_ms = wait_ms + BLOCKS_MS
        at = 0
        while len(command) - at > PAYLOAD_MAX:
            await self._ask_card(IN_DATA_EXCHANGE, bytes([0x01 | MORE]) + command[at : at + PAYLOAD_MAX], limit_ms)
            at += PAYLOAD_MAX
        answer = await self._ask_card(IN_DATA_EXCHANGE, b"\x01" + command[at:], limit_ms)
        while self._has_more:
            part = await self._ask_card(IN_DATA_EXCHANGE, b"\x01", limit_ms)
            if not part or len(answer) > ANSWER_MAX:
                raise card_lost("The card's answer does not end.")
            answer += part
        if not answer:
            raise card_lost("The card's answer was not complete.")
        return answer

    async def is_present(self):
        """Whether the card that was found still lies there. Raises ReaderLost. Counts as no exchange.

        An answer of any kind is presence. Only a silent card is looked for anew, by its UID; one that is found has forgotten what it
        was told, so `exchange` says CardLost from then on.
        """
        if self.card is None:
            return False
        return await self._alive(self._looks_present())

    async def _looks_present(self):
        if self._dead is None and not self._fell_to_idle:
            if self.card.kind == TYPE2 and await self._answers_a_read():
                return True
            if self.card.kind == ISO_DEP and await self._answers_r_nak():
                return True
        was_dead, self._dead = self._dead, self._dead or card_lost("The card left the reader.")
        if not await self._select_again():
            await self._field_off()  # a card that came instead is found by the next `find`
            return False
        if self._fell_to_idle:  # its refusal had ended its session already
            self._dead, self._fell_to_idle = was_dead, False
        return True

    async def _answers_a_read(self):
        """READ of page 0, which changes no state of the card and needs no password on a card of ours."""
        await self._allow_ms(PRESENCE_MS)
        answer = await self._ask(IN_COMMUNICATE_THRU, READ_PAGE_0, PRESENCE_MS + THRU_MARGIN_MS)
        if not answer or answer[0] & 0x3F == TIME_OUT:
            return False
        self._fell_to_idle = len(answer) == 2 and answer[1] & ACK_MASK != ACK
        return True

    async def _answers_r_nak(self):
        for _ in range(2):  # a card that is being moved gives other errors than silence now and then
            answer = await self._ask(DIAGNOSE, PRESENCE, CHIP_MS)
            if answer[:1] == b"\x00":
                return True
            if answer[:1] == bytes([TIME_OUT]):
                return False
        return False

    async def _select_again(self):
        """Field off and a new selection: whether it found this card. A random ID is another after each field-off."""
        await self._field_off()
        found = await self._list(TWO_MORE, LOOK_MS)
        if found is None or not (found.uid == self.card.uid or is_random_uid(found.uid) and is_random_uid(self.card.uid)):
            return False
        self.card = found
        return True

    async def release(self):
        """Let the card go (S(DESELECT) or HLTA) and switch the field off. Never raises: a chip that is gone holds no card."""
        had_card = self.card is not None
        self._forget_card()
        if not had_card or not self._is_started:
            return
        try:
            await self._ask(IN_RELEASE, b"\x00")
            await self._field_off()
        except ReaderLost:  # the next `find` starts the chip anew and says so if it cannot
            self._is_started = False

    # --- the chip ---

    async def _alive(self, step):
        """`await step`; after ReaderLost the chip is started anew before the next card."""
        try:
            return await step
        except NoAnswer:
            if self._dead is not None or self.card is not None:  # only a poll for cards may end without an answer
                self._is_started = False
            raise
        except ReaderLost:  # it may have lost its power: nothing that was set is sure any more
            self._is_started = False
            raise

    async def _ask(self, code, data=b"", wait_ms=CHIP_MS):
        """A command that may be sent twice."""
        return await self._chip.ask(code, data, wait_ms, again=True)

    async def _ask_card(self, code, data, wait_ms):
        """A command that may change the card, sent once: what follows the status byte. Sets `_has_more`."""
        answer = await self._chip.ask(code, data, wait_ms)
        if not answer:
            raise reader_lost("The reader does not say what became of a command.")
        status = answer[0] & 0x3F
        self._has_more = bool(answer[0] & MORE)
        if status == 0:
            return answer[1:]
        if status == TIME_OUT:
            raise card_lost("The card did not answer.")
        if status in (TOO_HOT, TOO_MUCH_CURRENT):
            raise ReaderLost("The reader switched itself off to protect itself (%02X)." % status, "Let it cool and check its supply.", "READER_GONE")
        if status == WRONG_PARAMETER and code == IN_PSL:
            raise ReaderCannot("This reader cannot speak at that rate.", "Leave the card at 106 kbit/s.")
        raise card_lost("The card's answer was not complete.")

    async def _configure(self, item, data):
        await self._ask(RF_CONFIGURATION, bytes([item]) + data)

    async def _allow_ms(self, wait_ms):
        """The chip's time-out of InCommunicateThru: the next of 100 us * 2^n that is not below `wait_ms`, 3.3 s at most."""
        step = 1
        while (1 << (step - 1)) < 10 * wait_ms and step < 16:
            step += 1
        if step != self._time_out:
            self._time_out = None  # unknown, should this be cancelled half-way
            await self._configure(TIME_OUTS, bytes([10, 11, step]))
            self._time_out = step

    async def _field_off(self):
        await self._configure(FIELD, b"\x00")
        await self._sleep_ms(FIELD_OFF_MS)
