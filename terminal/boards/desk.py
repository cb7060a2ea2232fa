"""The desk board: MicroPython's unix port, for trying the firmware out and for tests. Its display, light, buzzer and buttons are lines of JSON.

    out    {"show": hex of the frame, "width", "height"}   {"light": [r, g, b]}   {"sound": [[hz, ms], …]}   {"say": word, "facts": {…}}   {"log": text}
           {"gone": true}: the card left
           {"heap": [bytes in use, bytes free]}
    in     {"press": "redeem"}   {"network": true}   {"heap": true}   {"quit": true}

`desk.json` in the data folder names the reader: {"reader": "pn532:LINK"} or "mfrc522:LINK", a serial line or pty; "gone_every_ms" is how
often a lying card is looked at. Behind an MFRC522's
line stands an emulated chip: each SPI transfer goes there as its length (u16) and bytes, and as many bytes come back.
"""

import binascii
import gc
import json
import select
import sys

from cardos.errors import BadInput
from terminal.compat import sleep_ms

WIDTH, HEIGHT = 128, 64
LOOK_EVERY_MS = 20  # at the keyboard
ABILITIES = ("pn532", "mfrc522", "display", "light", "buzzer", "buttons", "keypad", "wifi")


def say(line):
    """One line of JSON to whoever draws the board."""
    print(json.dumps(line))


class Display:
    """A frame that is sent when it changed. frame: as a display driver's."""

    width, height = WIDTH, HEIGHT

    def __init__(self):
        self.frame = bytearray(WIDTH * HEIGHT // 8)
        self._sent = None

    def show(self):
        """Send the frame, unless it is what was sent last."""
        check = binascii.crc32(self.frame)
        if check != self._sent:
            self._sent = check
            out, frame = sys.stdout, memoryview(self.frame)
            out.write('{"show": "')  # in pieces: a heap that is nearly full has none of 4 KB
            for place in range(0, len(frame), WIDTH):
                out.write(binascii.hexlify(frame[place : place + WIDTH]).decode())
            out.write('", "width": %d, "height": %d}\n' % (WIDTH, HEIGHT))

    def contrast(self, _level):
        """Nothing to set."""


class Light:
    """Three numbers."""

    def set(self, colour):
        """colour: (red, green, blue), 0 to 255."""
        say({"light": list(colour)})


class Buzzer:
    """Notes are told, and take their time."""

    async def play(self, notes):
        """notes: [(hz, ms), …], hz 0 is a rest."""
        say({"sound": [list(note) for note in notes]})
        for _, ms in notes:
            await sleep_ms(ms)


class SpiOverLine:
    """`machine.SPI` whose other end is the far end of a serial line."""

    def __init__(self, line):
        self._file = line

    def write_readinto(self, out, into):
        """Send `out`; as many bytes come into `into`. OSError when the line was closed."""
        self._file.write(len(out).to_bytes(2, "big") + bytes(out))
        place = 0
        while place < len(out):
            part = self._file.read(len(out) - place)
            if not part:
                raise OSError("the chip's line was closed")
            into[place : place + len(part)] = part
            place += len(part)


class _NoPin:
    """Chip select: the far end selects around each transfer."""

    def value(self, *_level):
        return 1


class Buttons:
    """What came on standard input."""

    def __init__(self, board):
        self._board = board

    async def next(self):
        """The next word that was pressed."""
        while not self._board.pressed:
            self._board.look()
            await sleep_ms(LOOK_EVERY_MS)
        return self._board.pressed.pop(0)


class DeskBoard:
    """See `terminal/boards/common.py` for what a board has."""

    name = "desk"
    watchdog = None
    troubles = ()

    def __init__(self, data):
        self.data = data
        self.abilities = ABILITIES
        self.display, self.light, self.buzzer, self.buttons = Display(), Light(), Buzzer(), Buttons(self)
        self.pressed = []
        self.has_network = True
        self.on_network = lambda: None  # called when the network came or went
        self.quits = False
        self._typed = b""
        self._keyboard = select.poll()
        self._keyboard.register(sys.stdin, select.POLLIN)
        with open(data + "/desk.json") as file:
            choice = json.loads(file.read())
        self._reader, self.gone_every_ms = choice["reader"], choice.get("gone_every_ms")

    def new_reader(self):
        """The chip on the line that desk.json names. OSError when the line cannot be opened."""
        from terminal.nfc_chips.buses.stream import open_line

        kind, _, path = self._reader.partition(":")
        if kind == "pn532":
            from terminal.nfc_chips.buses.pn532_uart import UartBus
            from terminal.nfc_chips.pn532 import Pn532

            return Pn532(UartBus(open_line(path)))
        if kind == "mfrc522":
            from terminal.nfc_chips.buses.mfrc522_spi import SpiBus
            from terminal.nfc_chips.mfrc522 import Mfrc522

            return Mfrc522(SpiBus(SpiOverLine(open_line(path).file), _NoPin()))
        raise BadInput("There is no reader %r." % self._reader, "desk.json: pn532:LINK or mfrc522:LINK.", "BOARD_READER")

    def look(self):
        """Take in what came on standard input."""
        while self._keyboard.poll(0):
            byte = sys.stdin.buffer.read(1)
            if not byte:  # whoever held the board let go of it
                self.quits = True
                return
            if byte != b"\n":
                self._typed += byte
                continue
            word, self._typed = json.loads(self._typed), b""
            if "press" in word:
                self.pressed.append(word["press"])
            if "network" in word:
                self.has_network = word["network"]
                self.on_network()
            if "heap" in word:
                gc.collect()
                say({"heap": [gc.mem_alloc(), gc.mem_free()]})
            self.quits = self.quits or bool(word.get("quit"))

    def say(self, word, facts):
        """What `signals` showed."""
        say({"say": word, "facts": facts or {}})

    def gone(self):
        """The card left, and the next one is a new one."""
        say({"gone": True})

    def note(self, text):
        """A sentence for whoever looks after the board."""
        say({"log": text})

    async def connect(self, _wifi):
        """Whether there is a network."""
        return self.has_network

    def kept_time(self):
        """No clock runs on while the power is off."""
        return None

    def keep_time(self, _second):
        """No clock runs on while the power is off."""

    def unique_id(self):
        """Every desk is alike."""
        return b"desk"

    def restart(self):
        """End the program; whoever holds it starts it again."""
        sys.exit(3)


def open_board(data):
    """The desk board whose data folder this is."""
    return DeskBoard(data)
