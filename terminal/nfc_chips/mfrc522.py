"""An MFRC522 on a board: finds a card, carries frames to it, sees it go. Chip apart from bus; ISO/IEC 14443-3 and -4 are ours.

Type 2 cards get raw frames: CRC_A is added by the chip, an answer of 4 bits comes as one byte, any other must have a CRC that
fits. A refusal (NAK) drops such a card, so it is selected again by its UID before the next frame, as PC/SC readers do. ISO-DEP cards
get whole commands, in blocks (`cardos.families.iso_dep`). Once a card was lost, nothing more is sent to it until `find`.
"""

from cardos.errors import CardAnswered, CardLost
from cardos.exchange import ISO_DEP, TYPE2, exchange, is_random_uid, kind_of_sak
from cardos.families import iso_dep
from terminal.compat import elapsed_ms, sleep_ms, ticks_ms
from terminal.nfc_chips import iso14443a
from terminal.nfc_chips.mfrc522_frames import Frames
from terminal.nfc_chips.selected import Selected, card_lost, not_on_this_chip

FIELD_OFF_MS = 6  # a card has forgotten everything after 5 ms without a field
FIELD_ON_MS = 6  # and is to answer 5 ms after it came up (ISO/IEC 14443-3, section 5)
LOOK_EVERY_MS = 50  # between two requests while nobody is there
PRESENCE_TRIES = 3  # silences that make a removal: a card at the edge of the field misses one now and then
PRESENCE_MS = 10  # READ answers within 5 ms (NTAG21x data sheet, table 17)
RATS_MS = 6  # frame waiting time of the ATS: 65536 carrier periods (ISO/IEC 14443-4, section 7.2)
BLOCK_MARGIN_MS = 5
CHIP_FRAME = 64  # what lies in the FIFO as a whole cannot be lost by a busy board; see `mfrc522_frames`
LONG_FRAME = 256

_ACK = b"\x0a"
_CRC_BYTES = 2
_COMPATIBILITY_WRITE, _IN_ONE = 0xA0, 18
_RATS, _PPS_TAKEN, _R_NAK, _READ_PAGE_0 = 0xE0, b"\xd0", b"\xb2", b"\x30\x00"


class Mfrc522:
    """bus: as `buses.mfrc522_spi.SpiBus`. frame_size: 64, or 256 for ISO-DEP blocks that are streamed through the FIFO, on boards
    whose other tasks never hold the processor for 5 ms. rate_limit_kbits: 106, 212, 424 or 848, for ISO-DEP cards that take it.

    card: the `Selected` that lies there, or None. exchanges: since it was found. One task at a time; every method but `start` wants `start` before it.
    """

    def __init__(self, bus, ticks_ms=ticks_ms, sleep_ms=sleep_ms, frame_size=CHIP_FRAME, rate_limit_kbits=106):
        if frame_size not in (CHIP_FRAME, LONG_FRAME) or (frame_size == LONG_FRAME and rate_limit_kbits > 106):
            raise ValueError("frames of 64 bytes, or of 256 at 106 kbit/s")
        self._frames = Frames(bus, ticks_ms, sleep_ms)
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms
        self._frame_size = frame_size
        self._rate_limit_kbits = rate_limit_kbits
        self._forget()

    async def start(self):
        """Reset the chip; brings back one that was lost, too. The field stays off until `find`. Raises ReaderLost when there is none."""
        self._forget()
        await self._frames.start()

    async def find(self, wait_ms):
        """Wait for a card: `Selected`, or None after `wait_ms`. The field goes off first, so a card that stayed is found anew.

        Of several cards one is selected. Raises ReaderLost.
        """
        start = self._ticks_ms()
        self._forget()
        await self._field_reset()
        rate_limit_kbits = self._rate_limit_kbits
        while True:
            heard = await self._talk(iso14443a.request(iso14443a.WUPA))
            if heard is not None:
                try:
                    self.card = await self._meet(heard.data, rate_limit_kbits)
                    self._is_open = True
                    return self.card
                except (CardLost, CardAnswered):  # it only came by, lies at the edge, or trips over PPS: asked anew, without PPS
                    rate_limit_kbits = 106
                    await self._field_reset()
            left_ms = wait_ms - elapsed_ms(self._ticks_ms(), start)
            if left_ms <= 0:
                return None
            await self._sleep_ms(min(LOOK_EVERY_MS, left_ms))

    async def exchange(self, frame, wait_ms):
        """One frame (Type 2) or one whole command (ISO-DEP) to the card: its answer; 4 bits come as one byte.

        wait_ms: how long a Type 2 card may take; an ISO-DEP card has said so in its ATS. Raises CardLost; CardAnswered when an
        ISO-DEP card talks nonsense; ReaderCannot when nothing was sent; ReaderLost.
        """
        if self.card is not None and self.card.kind not in (TYPE2, ISO_DEP):
            raise not_on_this_chip()
        if not self._is_open:
            raise card_lost("The card left the reader.")
        self.exchanges += 1
        self._is_open = False  # until this exchange went well: a task that is cancelled in it does not know the card's state
        if self.card.kind == ISO_DEP:
            answer = await self._drive(self._blocks.command(exchange("", frame, wait_ms)))
        else:
            answer = await self._raw(frame, wait_ms)
        self._is_open = True
        return answer

    async def is_present(self):
        """Whether the card that was found last still lies there. Counts as no exchange, and nothing on the card changes. Raises ReaderLost.

        An answer of any kind is presence, and one silence is no removal. A session goes on: an ISO-DEP card is asked by R(NAK) (ISO/IEC
        14443-4, section 7.5.5), a Type 2 card for page 0. Only a card that stays silent is selected anew, and has forgotten what it was
        told: `exchange` says CardLost from then on.
        """
        if self.card is None:
            return False
        if self._is_open and not self._must_select:
            for _ in range(PRESENCE_TRIES):
                if await self._answers():
                    return True
        self._blocks, self._is_open = None, self._is_open and self._must_select  # after a refusal there is nothing to forget
        for tries_left in range(PRESENCE_TRIES - 1, -1, -1):
            if await self._is_resting():
                return True
            if tries_left == 1:
                await self._field_reset()  # a card that hangs in some state comes to itself
        self._is_open = False
        return False

    async def release(self):
        """Let the card go (DESELECT or HLTA); it may stay, and `is_present` tells when it is gone. Raises ReaderLost."""
        is_open, self._is_open = self._is_open, False
        if is_open and self._blocks is not None:
            await self._drive(self._blocks.deselect())
        elif is_open and not self._must_select:
            await self._talk(iso14443a.halt())
        self._blocks = None

    async def stop(self):
        """The field off and the chip asleep until `start`. Raises ReaderLost."""
        self._forget()
        self._frames.power_down()

    # --- selection ---

    async def _meet(self, atqa, rate_limit_kbits):
        """The card that answered a request, ready for its first exchange: `Selected`."""
        uid, sak = await self._talk(iso14443a.select_any())
        kind, ats = kind_of_sak(sak), b""
        self._uid, self._must_select = uid, False
        if kind == ISO_DEP:
            ats = await self._enter_protocol(rate_limit_kbits)
        return Selected(uid, sak, atqa, ats, kind)

    async def _enter_protocol(self, rate_limit_kbits):
        """RATS and PPS: the ATS."""
        size = iso_dep.FRAME_SIZES.index(self._frame_size)
        raw = await self._block(bytes([_RATS, size << 4]), RATS_MS)
        ats = iso_dep.read_ats(raw)
        await self._sleep_ms(ats.guard_ms)
        self._block_wait_ms = ats.wait_ms + BLOCK_MARGIN_MS
        divisor = iso_dep.best_rate(ats, rate_limit_kbits)
        if divisor:
            if await self._block(iso_dep.pps(divisor), self._block_wait_ms) != _PPS_TAKEN:
                raise card_lost("The card did not take the bit rate.")
            self._frames.set_bit_rate(divisor)
        self._blocks = iso_dep.IsoDep(ats, self._frame_size)
        return raw

    async def _answers(self):
        """Ask a card in its session for a sign of life."""
        if self._blocks is not None:
            asked = iso14443a.standard(_R_NAK, self._block_wait_ms)
        elif self.card.kind == TYPE2:
            asked = iso14443a.standard(_READ_PAGE_0, PRESENCE_MS, crc_in=False)
        else:
            return False
        heard = await self._frames.transceive(asked)
        if heard is not None and heard.last_bits == iso14443a.ACK_BITS:
            self._must_select = True  # a refusal
        return heard is not None

    async def _is_resting(self):
        """Wake the card, select it by its UID, halt it: whether it was there. Other cards drop out at the SELECT."""
        if not await self._wake_up():
            return False
        try:
            if is_random_uid(self._uid):  # another one after each field reset
                uid, _ = await self._talk(iso14443a.select_any())
                if not is_random_uid(uid):
                    return False
                self._uid = uid
            elif await self._talk(iso14443a.select_uid(self._uid)) is None:
                return False
        except CardLost:  # something answered and came garbled, or left in between: the next look tells
            return True
        await self._talk(iso14443a.halt())
        return True

    async def _wake_up(self):
        """WUPA, twice: a card in ACTIVE or READY only drops at the first. Whether anything was heard."""
        for _ in range(2):
            if await self._talk(iso14443a.request(iso14443a.WUPA)) is not None:
                return True
        return False

    async def _field_reset(self):
        self._frames.set_bit_rate(0)
        self._frames.antenna(False)
        await self._sleep_ms(FIELD_OFF_MS)
        self._frames.antenna(True)
        await self._sleep_ms(FIELD_ON_MS)

    def _forget(self):
        self.card = self._blocks = None
        self.exchanges = 0
        self._uid = b""
        self._is_open = self._must_select = False

    # --- frames ---

    async def _raw(self, frame, wait_ms):
        if self._must_select and not (await self._wake_up() and await self._talk(iso14443a.select_uid(self._uid)) is not None):
            raise card_lost("The card left the reader.")
        self._must_select = False
        if len(frame) == _IN_ONE and frame[0] == _COMPATIBILITY_WRITE:  # on air it is two frames with an ACK between
            answer = await self._raw_once(frame[:2], wait_ms)
            return answer if answer != _ACK else await self._raw_once(frame[2:], wait_ms)
        return await self._raw_once(frame, wait_ms)

    async def _raw_once(self, frame, wait_ms):
        heard = await self._frames.transceive(iso14443a.standard(frame, wait_ms, crc_in=False))
        if heard is None:
            raise card_lost("The card did not answer.")
        data = heard.data
        if heard.is_whole and len(data) == 1 and heard.last_bits == iso14443a.ACK_BITS:
            answer = bytes([data[0] & 0x0F])
            self._must_select = answer != _ACK
            return answer
        if not heard.is_whole or heard.last_bits or len(data) <= _CRC_BYTES or self._frames.crc_a(data[:-2]) != data[-2:]:
            raise card_lost("The card's answer was not complete.")
        return data[:-2]

    async def _block(self, block, wait_ms):
        """One ISO-DEP frame and its answer. Silence and what came garbled are CardLost alike: the block layer asks again."""
        heard = await self._frames.transceive(iso14443a.standard(block, wait_ms))
        if heard is None or not heard.is_whole or heard.last_bits:
            raise card_lost("The card did not answer." if heard is None else "The card's answer was not complete.")
        return heard.data

    async def _drive(self, steps):
        """Drive a generator of exchanges, each one block; its value."""
        reply, trouble = None, None
        while True:
            try:
                block = steps.throw(trouble) if trouble is not None else steps.send(reply)
            except StopIteration as stop:
                return stop.value
            reply, trouble = None, None
            try:
                reply = await self._block(block.frame, block.wait_ms)
            except CardLost as lost:
                trouble = lost

    async def _talk(self, steps):
        """Drive a generator of `iso14443a.Frame`; its value."""
        heard = None
        while True:
            try:
                frame = steps.send(heard)
            except StopIteration as stop:
                return stop.value
            heard = await self._frames.transceive(frame)
