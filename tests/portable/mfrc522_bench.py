"""A driver, an emulated MFRC522 and soft cards in one process, with a clock that moves only when somebody uses time."""

from cardos import tap_runner
from cardos.crypto import tdes
from cardos.errors import CardLost
from cardos.exchange import Done
from cardos.records.diversification import KEY_PICC_MASTER, CardKeys
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from cardos.taps.cards.make_desfire import MakeDesfire
from cardos.taps.terms import Terms
from host_tools.soft_hardware.mfrc522_chip import Mfrc522Chip
from host_tools.soft_hardware.mfrc522_field import Field
from host_tools.soft_hardware.mfrc522_spi import wired
from terminal.nfc_chips.buses.mfrc522_spi import SpiBus
from terminal.nfc_chips.mfrc522 import Mfrc522
from tests.portable.shop import DAY, EPOCH, KEYS, MINUTE, SCHEME, UID, Shop

WINDOW_US = 15  # one window of the chip select on a board, beside its bytes


def run(coroutine):
    """The value of a coroutine whose waits only move the clock."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waited for something else than the clock")


class Clock:
    """Virtual time. us: microseconds."""

    def __init__(self):
        self.us = 0

    def now_us(self):
        return self.us

    def ticks_ms(self):
        return self.us // 1000

    async def sleep_ms(self, ms):
        self.us += ms * 1000

    def transfer(self, count):
        self.us += WINDOW_US + count


class Air(Field):
    """A field in which frames go astray. lose: numbers of frames that no card hears, deafen: whose answers get lost, garble: whose
    answers lose a bit. said: the frames since it was last cleared, with their CRC."""

    def __init__(self, cards, answer_us):
        Field.__init__(self, cards, answer_us)
        self.said = []
        self.lose, self.deafen, self.garble = (), (), ()

    def hear(self, data, last_bits, divisor, now):
        number = len(self.said)
        self.said.append(data)
        heard = None if number in self.lose else Field.hear(self, data, last_bits, divisor, now)
        if heard is None or number in self.deafen:
            return None
        return (heard[0] ^ 0x10,) + heard[1:] if number in self.garble else heard


class Bench:
    """One board: `nfc` is the driver, `field` the antenna. has_irq: the IRQ pin is wired. options: of the driver."""

    def __init__(self, cards=(), has_irq=False, version=0x92, answer_us=0, **options):
        self.clock = Clock()
        self.field = Air(cards, answer_us)
        self.chip = Mfrc522Chip(self.field, self.clock.now_us, version)
        self.port, select, reset, irq = wired(self.chip, self.clock.transfer)
        clock = self.clock
        self.bus = SpiBus(self.port, select, reset, irq if has_irq else None, clock.ticks_ms, clock.sleep_ms)
        self.nfc = Mfrc522(self.bus, clock.ticks_ms, clock.sleep_ms, **options)
        run(self.nfc.start())

    def find(self, wait_ms=100):
        return run(self.nfc.find(wait_ms))

    def exchange(self, frame, wait_ms=10):
        return run(self.nfc.exchange(frame, wait_ms))

    def is_present(self):
        return run(self.nfc.is_present())

    def release(self):
        run(self.nfc.release())


def fails(kind, function, *arguments):
    """Whether `function` raises exactly `kind`."""
    try:
        function(*arguments)
    except kind as error:
        return type(error) is kind
    return False


class DirectShop(Shop):
    """A shop whose link hands frames to the card itself, as a reader made of code does. Noise and nonces are the same in every run.

    tears: as `TornCard`. torn: the card as the link sees it; `torn.exchanges` counts what reached it over all taps.
    """

    def __init__(self, family, uid=UID, tears=()):
        Shop.__init__(self, family, uid=uid)
        self.card = new_card(family, uid, noise=Noise(3))
        self.torn = TornCard(self.card, tears)
        self._nonces = Noise(4)
        self.is_lost = self._fell_to_idle = False

    def terms(self):
        return Terms(KEYS, SCHEME, EPOCH, 1, self.next_number, MINUTE, DAY, self.pack, self.counters, True, self._nonces.take, None)

    def issue(self, opening=None):
        if tdes.AVAILABLE or not self.family.startswith("desfire"):
            return Shop.issue(self, opening)
        self._take_over_as_a_pc_would()
        not_blank = MakeDesfire.not_blank
        MakeDesfire.not_blank = lambda making: iter(())
        try:
            return Shop.issue(self, opening)
        finally:
            MakeDesfire.not_blank = not_blank

    def _take_over_as_a_pc_would(self):
        """A DESFire as delivered has a DES key; where there is no DES, its master key is ours already when it is issued."""
        state = self.card.state()
        key = CardKeys(KEYS, SCHEME, self.card.uid).chip_key(KEY_PICC_MASTER, EPOCH)
        state["picc"]["key_sets"][0] = {"kind": "aes", "version": 0, "keys": [{"value": key.hex(), "version": EPOCH, "failures": 0}]}
        self.card.restore(state)

    def present(self):
        """What selection shows: anything with uid, sak and ats."""
        self.torn.field_off()
        self.torn.field_on()
        self._fell_to_idle = False
        return self.torn.activate()

    def carry(self, frame, wait_ms):
        """One exchange."""
        if self._fell_to_idle:
            self.torn.activate()
        answer = self.torn.transceive(frame)
        if not answer or self.torn.answer_was_cut:
            raise CardLost("the card is silent")
        self._fell_to_idle = self.found.ats is None and len(answer) == 1 and answer != b"\x0a"
        return answer

    def exchange(self, frame, wait_ms):
        if self.is_lost:
            raise CardLost("the card is lost")
        self.exchanges += 1
        try:
            return self.carry(frame, wait_ms)
        except CardLost:
            self.is_lost = True
            raise

    def tap(self, generator):
        self.found = self.present()
        self.exchanges, self.is_lost = 0, False
        outcome = tap_runner.run(generator, self, self)
        if isinstance(outcome, Done) and outcome.record_mac is not None:
            self.outcome(outcome.entry["transaction"], True, outcome.entry["sequence"], outcome.record_mac)
        return outcome


class BoardShop(DirectShop):
    """The same shop with the driver and the emulated chip between. made_elsewhere: `issue` is another terminal's, without them.

    options: of `Bench`.
    """

    def __init__(self, family, uid=UID, tears=(), made_elsewhere=False, **options):
        DirectShop.__init__(self, family, uid, tears)
        self.bench = Bench([self.torn], **options)
        self._is_elsewhere, self._made_elsewhere = False, made_elsewhere

    def issue(self, opening=None):
        self._is_elsewhere = self._made_elsewhere
        try:
            return DirectShop.issue(self, opening)
        finally:
            self._is_elsewhere = False
            self.torn.field_off()
            self.bench.field.switch(False, 0)

    def present(self):
        if self._is_elsewhere:
            return DirectShop.present(self)
        found = self.bench.find()
        assert found is not None
        return found

    def carry(self, frame, wait_ms):
        return DirectShop.carry(self, frame, wait_ms) if self._is_elsewhere else self.bench.exchange(frame, wait_ms)
