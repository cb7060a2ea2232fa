"""A board on a serial port, through mpremote's transport: MicroPython's own tool, so whatever it can talk to, this can.

It interrupts the program that runs there, restarts the interpreter without it (so that the memory is free) and speaks the raw
REPL. Nothing but files and lines of code crosses; what is written is compared by SHA-256 on the board before it gets its name.

A board's watchdog goes on counting after its program was stopped, and cannot be stopped on RP2 boards: it is fed here with each
line of code, and once the cable is out it starts the board again, with the program that was there before.
"""

import ast
import errno
import os
import struct
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from host_tools.boards.devices import INSTALL_HINT, NEW, BoardTrouble, Entry, Facts, full, lost

CHUNK = 1024  # bytes of a file in one line of code: at most 4 KB of text for the board to compile
TIMEOUT_S = 10.0  # without a word: longer than any flash takes to erase, shorter than a person waits
_PORT_NAMES = {"linux": "unix", "darwin": "unix"}
_USER_PORTS = ("ttyACM", "ttyUSB", "cu.usbmodem", "cu.usbserial", "cu.SLAB", "COM")

# What the board is told once. `feed` keeps a watchdog quiet that our program may have started; `walk` names each file below a path.
_HELPERS = """
import os, sys, hashlib
try:
 os.stat('/main.py')
 import machine
 feed = machine.WDT(timeout=8300).feed
except Exception:
 feed = lambda: None
buf = bytearray(512)
def walk(path):
 try:
  mode = os.stat(path)[0]
 except OSError:
  return
 if mode & 0x4000:
  for row in os.ilistdir(path):
   walk(path.rstrip('/') + '/' + row[0])
  return
 feed()
 h = hashlib.sha256()
 size = 0
 with open(path, 'rb') as f:
  while True:
   n = f.readinto(buf)
   if not n:
    break
   size += n
   h.update(memoryview(buf)[:n])
 print((path, size, h.digest()))
def folders(path):
 at = path.find('/', 1)
 while at > 0:
  try:
   os.mkdir(path[:at])
  except OSError:
   os.stat(path[:at])
  at = path.find('/', at + 1)
def rename(old, new):
 try:
  os.rename(old, new)
 except OSError:
  os.remove(new)
  os.rename(old, new)
def remove(path):
 try:
  os.remove(path)
 except OSError as trouble:
  if trouble.errno != 2:
   raise
"""
_FACTS = """
import gc
v = os.statvfs('/') if hasattr(os, 'statvfs') else (0, 0, 0, 0)
i = sys.implementation
path = sys.path[:]
sys.path[:] = ['.frozen']
try:
 import terminal.compat
 frozen = True
except ImportError:
 frozen = False
sys.path[:] = path
gc.collect()
heap = gc.mem_free() + gc.mem_alloc()
print((i.name, sys.platform, getattr(i, '_machine', ''), tuple(i.version)[:3], getattr(i, '_mpy', 0), v[0] * v[3], heap, frozen))
"""


def ports():
    """The serial ports on which a board may be: those of USB devices."""
    with _tools():
        from serial.tools.list_ports import comports

        return sorted(port.device for port in comports() if port.vid is not None or Path(port.device).name.startswith(_USER_PORTS))


@contextmanager
def _tools():
    try:
        yield
    except ModuleNotFoundError as error:  # the extra that a shop without boards does not need
        raise BoardTrouble("Talking to a board needs mpremote, which is not installed.", INSTALL_HINT, "BOARD_TOOLS") from error


class MpremoteDevice:
    """The board on a serial port (or on a link to one). Raises BoardTrouble: BOARD_TOOLS, BOARD_NONE, BOARD_RIGHTS, BOARD_BUSY,
    BOARD_NO_MICROPYTHON."""

    def __init__(self, port):
        self.name = "the board on %s" % port
        with _tools():
            from mpremote.transport import TransportError, TransportExecError
            from mpremote.transport_serial import SerialTransport

        self._trouble, self._refused = TransportError, TransportExecError
        path = os.path.realpath(port) if os.path.exists(port) else port  # mpremote knows a pty by its true name
        if os.name == "posix" and not os.path.exists(path):
            raise BoardTrouble("There is no serial port %s." % port, "Plug the board in; `stampd board list --ports` names what is there.", "BOARD_NONE")
        try:
            self._transport = SerialTransport(path, timeout=TIMEOUT_S)
        except (TransportError, OSError) as error:  # mpremote says "failed to access" for every reason
            raise _not_opened(port, path) from error
        self._transport.serial.write_timeout = TIMEOUT_S
        self._is_over = False  # it was restarted, or went away
        try:
            with redirect_stdout(StringIO()):  # mpremote prints what it did not understand
                self._transport.enter_raw_repl()
        except (TransportError, OSError) as error:  # no REPL: other firmware, none, or it hangs
            self._is_over = True
            self.close()
            raise BoardTrouble(
                "Nothing on %s answers as MicroPython does." % port,
                "Put MicroPython on the board first (docs/terminal.md shows how), or press its reset key and try again.", "BOARD_NO_MICROPYTHON",
            ) from error  # fmt: skip
        self._do(_HELPERS)

    def facts(self):
        """The board's `Facts`. BoardTrouble BOARD_NO_MICROPYTHON for another Python."""
        name, platform, machine, version, mpy, free, heap, frozen = ast.literal_eval(self._do(_FACTS).decode())
        if name != "micropython":
            raise BoardTrouble("%s runs %s, not MicroPython." % (self.name, name), "Put MicroPython on it (docs/terminal.md).", "BOARD_NO_MICROPYTHON")
        return Facts(_PORT_NAMES.get(platform, platform), machine, version, mpy & 0xFF or None, free or None, heap, frozen)

    def listing(self, under):
        """{path: Entry} of every file below a folder; {} when it is not there."""
        rows = [ast.literal_eval(line) for line in self._do("walk(%r)" % under).decode().splitlines()]
        return {path: Entry(size, digest) for path, size, digest in rows}

    def read(self, path):
        """A file's bytes, or None."""
        if path not in self.listing(path):
            return None
        with self._watched(path):
            return bytes(self._transport.fs_readfile(path, chunk_size=CHUNK))

    def write(self, path, data):
        """Beside its name first, then renamed."""
        self._do("folders(%r)" % path)
        beside = path + NEW
        try:
            with self._watched(path):
                self._transport.exec("f = open(%r, 'wb')" % beside)
                for start in range(0, len(data), CHUNK):
                    self._transport.exec("feed(); f.write(%r)" % bytes(data[start : start + CHUNK]))
                self._transport.exec("f.close(); rename(%r, %r)" % (beside, path))
        except BoardTrouble as error:
            if error.code == "BOARD_FULL":  # what did not fit goes, so that the board can work on
                self._do("try:\n f.close()\nexcept OSError:\n pass\nremove(%r)" % beside)
            raise

    def remove(self, path):
        """Take a file away."""
        self._do("remove(%r)" % path)

    def run(self, code):
        """What lines of code printed. BoardTrouble BOARD_CODE when they raised."""
        return self._do(code)

    def restart(self):
        """A hardware reset where there is one, else a soft one; either starts /main.py. Nothing else can be asked of it afterwards."""
        if self._is_over:
            return
        self._is_over = True
        code = "try:\n import machine\n machine.reset()\nexcept (ImportError, AttributeError):\n pass"
        try:
            self._transport.exec_raw_no_follow(code)
            self._transport.follow(0.5)
        except (self._trouble, OSError, struct.error):  # it is starting: the port is gone, or says nothing more
            pass
        try:
            self._transport.serial.write(b"\r\x02\x04")  # friendly REPL, soft reset
        except OSError:  # a hardware reset took the port away
            pass

    def close(self):
        """Start the board's program again, which made way when this opened, and close the port."""
        with redirect_stdout(StringIO()):
            self.restart()
        try:
            self._transport.close()
        except OSError:  # a port without the lines of a modem, or one that is gone: mpremote leaves it open
            self._transport.serial.close()

    def _do(self, code):
        with self._watched("it"):
            return self._transport.exec(code)

    @contextmanager
    def _watched(self, path):
        """mpremote's trouble as ours. Its own text is kept where it is a board's traceback: that names lines, no values."""
        try:
            with redirect_stdout(StringIO()):
                yield
        except self._refused as error:
            said = str(error.error_output).strip().splitlines() or [""]
            if "ENOSPC" in said[-1] or said[-1].strip() == "OSError: %d" % errno.ENOSPC:
                raise full(self.name, path) from None  # the cause holds the line of code that was sent
            raise BoardTrouble("%s did not do as told: %s" % (self.name, said[-1]), "Try again; if it stays so, report it.", "BOARD_CODE") from None
        except (self._trouble, OSError, struct.error, SyntaxError, ValueError):  # a line that broke off can be any of these
            self._is_over = True
            raise lost(self.name) from None


def _not_opened(port, path):
    """Why a port did not open, found by opening it plainly."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
    except PermissionError:  # the usual one on a fresh Linux
        return BoardTrouble("You may not open %s." % port, "Join the group that may (Debian: adduser YOU dialout, then log in again).", "BOARD_RIGHTS")
    except OSError:  # it went away between two looks
        return BoardTrouble("%s cannot be opened." % port, "Plug the board in again.", "BOARD_NONE")
    return BoardTrouble("%s is in use by another program." % port, "Close it (a terminal window, an editor, another stampd) and try again.", "BOARD_BUSY")
