"""What all boards share: from a table of pins and the shop's choice of parts to the `Board` that the terminal runs on.

A part that is not there, or that the port refuses, is left out and told in `troubles`: a terminal without a display still stamps.
`machine` and its kin are imported in functions only, so this file loads on every interpreter.
"""

from terminal.boards.choice import ROLES, SPI_ROLES, WORDS, chosen, read, roles

MFRC522_HZ = 4_000_000  # the chip takes 10 MHz, jumper wires of 20 cm do not
DISPLAY_HZ = 400_000
DISPLAY_TIME_OUT_US = 50_000  # for a whole transfer on the rp2 port; a page of a display takes 3 ms
LED_HZ = 1000
STUCK_CLOCKS = 9  # a chip that was cut in the middle of a byte lets go of the data line by then
TROUBLES_MAX = 8


def free_wires(scl, sda):
    """Let a chip end the byte in which the last restart cut it: it would hold the data line low for ever. scl, sda: pin numbers."""
    from machine import Pin

    data = Pin(sda, Pin.IN, Pin.PULL_UP)
    if data.value():
        return
    clock = Pin(scl, Pin.OPEN_DRAIN, value=1)
    for _ in range(STUCK_CLOCKS):
        clock.value(0)
        clock.value(1)


class Watchdog:
    """The chip's watchdog; the first `feed` starts it, so a long start is not bitten. Once started nothing but a restart stops it."""

    def __init__(self, limit_ms):
        self._limit_ms = limit_ms
        self._chip = None

    def feed(self):
        """Say that all is well, for the next `limit_ms` milliseconds."""
        if self._chip is None:
            from machine import WDT

            self._chip = WDT(timeout=self._limit_ms)
        self._chip.feed()


class Board:
    """One board with its parts. table: a board file's module-level names as a map (NAME, PINS, BUSES, USABLE, ABILITIES, WATCHDOG_MS).

    abilities: what it has now. display, light, buzzer, buttons, watchdog: the part, or None. choice: as `chosen`. troubles: sentences.
    """

    def __init__(self, table, data):
        self.name = table["NAME"]
        self.data = data
        self.troubles = []
        can = table["ABILITIES"]
        said = read(data + "/board.json", self.note)
        self.choice = chosen(said, can, self.note)
        self.pins = self._own_pins(table["PINS"], table["USABLE"], said.get("pins", {}))
        self._buses = table["BUSES"]
        self._wifi = None
        choice = self.choice
        has = [ability for word, ability in WORDS["reader"] if word == choice["reader"]]
        self.display = self._open("display", choice["display"], self._open_display, has)
        self.light = self._open("light", choice["light"], self._open_light, has)
        self.buzzer = self._open("buzzer", "buzzer" if choice["buzzer"] else "none", self._open_buzzer, has)
        ability = "keypad" if choice["buttons"] == "keypad" else "buttons"
        self.buttons = self._open(ability, choice["buttons"], self._open_buttons, has)
        self.watchdog = Watchdog(table["WATCHDOG_MS"]) if choice["watchdog"] else None
        if self.watchdog:
            has.append("watchdog")
        self.abilities = tuple(has + [word for word in ("wifi", "rtc") if word in can])

    def note(self, sentence):
        """Keep a sentence for the person who looks; the newest few."""
        self.troubles = (self.troubles + [sentence])[-TROUBLES_MAX:]

    def _own_pins(self, pins, usable, said):
        """`pins` with what board.json says otherwise: only pins that this board has to give, and none twice."""
        pins = dict(pins)
        used = roles(self.choice)
        for role in said if isinstance(said, dict) else ():
            pin = said[role]
            taken = [other for other in used if other != role and pins[other] == pin]
            if role not in pins or pin is True or pin not in usable or taken:
                self.note("board.json: pin %s cannot be %s%s." % (pin, role, ", it is %s" % taken[0] if taken else ""))
            else:
                pins[role] = pin
        return pins

    def _open(self, ability, word, opener, has):
        if word == "none":
            return None
        try:
            part = opener(word)
        except (OSError, ValueError, RuntimeError, ImportError) as trouble:  # a pin or bus that this port refuses: everything else runs
            self.note("The %s does not work: %s" % (ability, trouble))
            return None
        has.append(ability)
        return part

    def _pin(self, role):
        from machine import Pin

        return Pin(self.pins[role])

    # --- parts ---

    def _open_display(self, word):
        from machine import I2C
        from terminal.displays.buses import I2cBus

        free_wires(self.pins["display_scl"], self.pins["display_sda"])
        wires = I2C(self._buses["display"], scl=self._pin("display_scl"), sda=self._pin("display_sda"), freq=DISPLAY_HZ,
                    timeout=DISPLAY_TIME_OUT_US)
        if word == "sh1106":
            from terminal.displays.sh1106 import Sh1106 as Display
        else:
            from terminal.displays.ssd1306 import Ssd1306 as Display
        return Display(I2cBus(wires), say=self.note)

    def _open_light(self, word):
        if word == "ws2812":
            from machine import Pin
            from neopixel import NeoPixel
            from terminal.parts.light import Ws2812Light

            return Ws2812Light(NeoPixel(Pin(self.pins["light"], Pin.OUT), 1))
        from terminal.parts.light import RgbLight

        off = 0xFFFF if word == "rgb-anode" else 0
        red, green, blue = [self._pwm(colour, LED_HZ, off) for colour in ("red", "green", "blue")]
        return RgbLight(red, green, blue, common_anode=word == "rgb-anode")

    def _open_buzzer(self, word):
        from terminal.parts.buzzer import Buzzer

        return Buzzer(self._pwm("buzzer", LED_HZ, 0))

    def _pwm(self, role, hz, duty):
        from machine import PWM

        return PWM(self._pin(role), freq=hz, duty_u16=duty)

    def _open_buttons(self, word):
        from machine import Pin

        if word == "three":
            from terminal.parts.buttons import Buttons

            return Buttons({role: Pin(self.pins[role], Pin.IN, Pin.PULL_UP) for role in ROLES["three"]})
        from terminal.parts.keypad import Keypad

        rows = [Pin(self.pins["row%d" % n], Pin.OPEN_DRAIN, value=1) for n in (1, 2, 3, 4)]
        return Keypad(rows, [Pin(self.pins["column%d" % n], Pin.IN, Pin.PULL_UP) for n in (1, 2, 3, 4)])

    # --- the reader ---

    def new_reader(self):
        """The reader's chip on its bus, opened anew: `Pn532` or `Mfrc522`, not started. Raises ReaderLost when the port refuses the bus."""
        word, pins = self.choice["reader"], self.pins
        irq = pins["reader_irq"] if self.choice["irq"] else None
        try:
            if word == "mfrc522":
                return self._mfrc522(irq)
            from terminal.nfc_chips.pn532 import Pn532

            if word == "pn532-uart":
                from terminal.nfc_chips.buses.pn532_uart import open_uart

                return Pn532(open_uart(self._buses["uart"], pins["reader_tx"], pins["reader_rx"]))
            if word == "pn532-i2c":
                from terminal.nfc_chips.buses.pn532_i2c import open_i2c

                free_wires(pins["reader_scl"], pins["reader_sda"])
                return Pn532(open_i2c(self._buses["i2c"], pins["reader_sda"], pins["reader_scl"], irq))
            from terminal.nfc_chips.buses.pn532_spi import open_spi

            wires = [pins[role] for role in SPI_ROLES]
            return Pn532(open_spi(self._buses["spi"], *wires, irq=irq))
        except (OSError, ValueError, RuntimeError) as trouble:  # pins from board.json that this port's bus does not take
            from cardos.errors import ReaderLost

            raise ReaderLost("The reader's bus does not open: %s" % trouble, "Check board.json.", "READER_GONE") from None

    def _mfrc522(self, irq):
        from machine import SPI, Pin
        from terminal.nfc_chips.buses.mfrc522_spi import SpiBus
        from terminal.nfc_chips.mfrc522 import Mfrc522

        sck, mosi, miso, select = [self.pins[role] for role in SPI_ROLES]
        wires = SPI(self._buses["spi"], baudrate=MFRC522_HZ, polarity=0, phase=0, sck=Pin(sck), mosi=Pin(mosi), miso=Pin(miso))
        reset = Pin(self.pins["reader_reset"], Pin.OUT, value=1)
        return Mfrc522(SpiBus(wires, Pin(select, Pin.OUT, value=1), reset, None if irq is None else Pin(irq, Pin.IN, Pin.PULL_UP)))

    # --- the rest ---

    async def connect(self, wifi):
        """Join the shop's Wi-Fi. wifi: [name, password] of the vault, or None. Whether the network is up; never raises."""
        if not wifi:
            return False
        if self._wifi is None:
            from terminal.boards.wifi import Wifi

            self._wifi = Wifi(self.choice["country"])
        return await self._wifi.connect(wifi[0], wifi[1])

    def disconnect(self):
        """Give the Wi-Fi connection up after syncs that failed although it looked joined; the next `connect` joins anew. Never raises."""
        if self._wifi is not None:
            self._wifi.leave()

    def unique_id(self):
        """The chip's own number, 6 or 8 bytes. No secret: it is printed on labels and sent on the network."""
        import machine

        return machine.unique_id()

    def restart(self):
        """Start again from power-on state, as far as a chip can by itself. Does not return on a board."""
        import machine

        machine.reset()

    def keep_time(self, second):
        """Have the chip's clock run on with the time that a sync told. second: since 2026-01-01 UTC. Nothing without the ability rtc."""
        if "rtc" in self.abilities:
            from terminal.boards.rtc import keep

            keep(self.data, second)

    def kept_time(self):
        """(second since 2026-01-01 UTC, seconds since it was told: both for `Clock.tell`) after a restart; None when it is not known."""
        if "rtc" not in self.abilities:
            return None
        from terminal.boards.rtc import kept

        return kept(self.data)
