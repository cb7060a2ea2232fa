"""An emulated board on a pseudo-terminal: real MicroPython (the unix port) behind the raw REPL that boards have and the unix port lacks.

Unmodified mpremote works with it: `mpremote connect LINK fs ls`. Its flash is a folder, or a littlefs image in a file; what is
written there stays when it is unplugged. It starts /main.py at power-up and after a soft reset, as boards do.

What a host can say (MicroPython's documentation, "The MicroPython Interactive Interpreter Mode"):

    Ctrl-A raw REPL   Ctrl-B friendly REPL   Ctrl-C interrupt   Ctrl-D run, or with nothing typed: soft reset   Ctrl-E A Ctrl-A raw paste

A line of code is answered by OK, what it printed, Ctrl-D, its traceback, Ctrl-D. The friendly REPL has no prompt to type at.
"""

import os
import select
import signal
import subprocess
import sys
import termios
import tty
from pathlib import Path
from typing import Any

from cardos.errors import BadInput
from host_tools.soft_hardware.pty_link import place_link, remove_link

HEAP = "192wK"  # in words: what a Pico W leaves to MicroPython, in a port whose pointers are twice as long
PASTE_WINDOW = 512  # bytes a host may send before it is told to go on
PUT_MAX = 1024  # bytes in one write: a pty that takes any takes as many
PATIENCE_S = 1.0
IMAGE_BLOCK = 4096
CUT = b"\x18"  # the interpreter asks for the power to be cut: this test wanted it at this block

_BANNER = b"raw REPL; CTRL-B to exit\r\n"
_REBOOT = b"MPY: soft reboot\r\n"
_FRIENDLY = b"\r\nMicroPython (emulated board)\r\n>>> "
_MAIN = b"import os\ntry:\n os.stat('/main.py')\nexcept OSError:\n pass\nelse:\n exec(open('/main.py').read(), {'__name__': '__main__'})"

# What the interpreter runs: it takes code in frames (length u32, code), as a REPL's inside does.
_AGENT = """
import sys, os, vfs
def flash(what, cut_at):
    if not what.endswith('.img'):
        inside, plain = vfs.VfsPosix(what), vfs.VfsPosix()
        class Folder:  # VfsPosix with a root makes one path of the two that rename is given (MicroPython 1.29)
            def __getattr__(self, name):
                return getattr(inside, name)
            def rename(self, old, new):
                plain.rename(what + old, what + new)
        return Folder()
    class Blocks:
        def __init__(self):
            self.file, self.left = open(what, 'r+b'), cut_at
            self.count = self.file.seek(0, 2) // 4096
        def touch(self):
            self.left -= 1
            if self.left == 0:
                sys.stdout.write('\\x18')
                while True:
                    sys.stdin.buffer.read(1)
        def readblocks(self, n, buf, offset=0):
            self.file.seek(n * 4096 + offset)
            self.file.readinto(buf)
        def writeblocks(self, n, buf, offset=0):
            self.touch()
            self.file.seek(n * 4096 + offset)
            self.file.write(buf)
        def ioctl(self, op, arg):
            if op == 3:
                self.file.flush()
            elif op == 4:
                return self.count
            elif op == 5:
                return 4096
            elif op == 6:
                self.touch()
                self.file.seek(arg * 4096)
                self.file.write(b'\\xff' * 4096)
                return 0
    blocks = Blocks()
    try:
        return vfs.VfsLfs2(blocks, readsize=256, progsize=256, lookahead=32)
    except OSError:
        vfs.VfsLfs2.mkfs(blocks, readsize=256, progsize=256, lookahead=32)
        return vfs.VfsLfs2(blocks, readsize=256, progsize=256, lookahead=32)
root = flash(sys.argv[1], int(sys.argv[2]))
vfs.umount('/')
vfs.mount(root, '/')
os.chdir('/')
sys.path[:] = ['', '.frozen', '/lib']
del sys.argv[1:]
stdin, names = sys.stdin.buffer, {'__name__': '__main__'}
while True:
    trouble = None
    try:
        size = stdin.read(4)
        if len(size) < 4:
            break
        exec(stdin.read(int.from_bytes(size, 'big')), names)
    except BaseException as error:
        trouble = error
    sys.stdout.write('\\x04')
    if trouble is not None:
        sys.print_exception(trouble)
    sys.stdout.write('\\x04')
"""


class MicropythonBoard:
    """One board on a LINK. `run` serves until it is stopped or its power is cut.

    flash: a folder, or the path of an image that ends in .img (made when missing). program: a MicroPython interpreter, None: the one
    beside this Python. stop: object with `is_set` and `fileno()` (`stop_signal`). lines_left: the power goes before the line of code
    after so many, in the middle of what the host wanted; blocks_left: at so many erases and writes of an image. None: never.
    """

    def __init__(self, flash, link, *, stop, on_ready=lambda: None, program=None, lines_left=None, blocks_left=None, image_blocks=512):
        self._flash = Path(flash).absolute()
        self._link = os.path.abspath(link)
        self._stop = stop
        self._on_ready = on_ready
        self._program = program or str(Path(sys.executable).with_name("micropython"))
        self._lines_left, self._blocks_left = lines_left, blocks_left
        self.is_cut = False
        self.lines = 0  # of code that hosts had run
        if self._flash.suffix != ".img":
            self._flash.mkdir(parents=True, exist_ok=True)
        elif not self._flash.exists():
            self._flash.write_bytes(b"\xff" * IMAGE_BLOCK * image_blocks)
        self._line = -1
        self._process: Any = None
        self._raw = self._running = self._in_error = self._quiet = False
        self._typed, self._waiting = bytearray(), bytearray()
        self._paste_left: int | None = None  # bytes until the next window, while a paste goes on

    def run(self):
        """Open the pty, link it, serve."""
        self._line, terminal = os.openpty()
        name = os.ttyname(terminal)
        try:
            tty.setraw(terminal, termios.TCSANOW)
            place_link(name, self._link)
            try:
                self._power_up()
                self._on_ready()
                while not (self._stop.is_set or self.is_cut):
                    self._turn()
            finally:
                remove_link(name, self._link)
                self._power_down()
        finally:
            os.close(terminal)
            os.close(self._line)

    def _turn(self):
        ready, _, _ = select.select([self._line, self._stop, self._process.stdout], [], [])
        if self._process.stdout in ready:
            self._printed(os.read(self._process.stdout.fileno(), 4096))
        if self._line in ready and not self.is_cut:
            self._take(os.read(self._line, 4096))

    # The interpreter

    def _power_up(self):
        words = [self._program, "-X", "heapsize=" + HEAP, "-c", _AGENT, str(self._flash), str(self._blocks_left or 0)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self._running = self._in_error = False
        if not self._raw:
            self._execute(_MAIN, quiet=True)

    def _power_down(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def _reboot(self):
        self._power_down()
        self._put(_REBOOT)
        self._power_up()
        self._put(_BANNER + b">" if self._raw else b"")

    def _execute(self, code, quiet=False):
        """quiet: no OK and no Ctrl-D around what it prints, as for /main.py."""
        if not quiet:
            if self._lines_left is not None and self.lines >= self._lines_left:
                self.is_cut = True
                return
            self.lines += 1
        self._running, self._quiet = True, quiet
        try:
            self._process.stdin.write(len(code).to_bytes(4, "big") + code)
        except BrokenPipeError:  # the interpreter died: seen as the end of its output
            pass

    def _printed(self, data):
        if not data:  # it exited: a board would have started again
            self._reboot()
            return
        if CUT in data:
            self.is_cut = True
            return
        for piece in data.replace(b"\n", b"\r\n").split(b"\x04")[:-1]:
            self._put(piece)
            self._end_of_part()
        self._put(data.replace(b"\n", b"\r\n").rsplit(b"\x04", 1)[-1])

    def _end_of_part(self):
        if not self._quiet:
            self._put(b"\x04")
        if not self._in_error:
            self._in_error = True
            return
        self._in_error = self._running = False
        self._put(b">" if self._raw else b"\r\n>>> ")
        waiting, self._waiting = self._waiting, bytearray()
        self._take(waiting)

    # The host

    def _take(self, data):
        for value in data:
            byte = bytes([value])
            if self._running:
                if byte == b"\x03":
                    self._process.send_signal(signal.SIGINT)
                else:
                    self._waiting.append(value)  # read when the code has ended: none of ours reads what is typed
            elif self._paste_left is not None:
                self._pasted(byte, self._paste_left)
            elif self._raw:
                self._typed_raw(byte)
            else:
                self._typed_friendly(byte)

    def _typed_friendly(self, byte):
        if byte == b"\x01":
            self._raw = True
            self._typed.clear()
            self._put(_BANNER + b">")
        elif byte == b"\x02":
            self._put(_FRIENDLY)
        elif byte == b"\x03":
            self._put(b"\r\n>>> ")
        elif byte == b"\x04":
            self._reboot()

    def _typed_raw(self, byte):
        self._typed += byte
        if self._typed.endswith(b"\x05A\x01"):
            self._typed.clear()
            self._paste_left = PASTE_WINDOW
            self._put(b"R\x01" + PASTE_WINDOW.to_bytes(2, "little") + b"\x01")
        elif byte == b"\x01" and not self._typed.endswith(b"\x05A\x01"):
            self._typed.clear()
            self._put(_BANNER + b">")
        elif byte == b"\x02":
            self._raw = False
            self._put(_FRIENDLY)
        elif byte == b"\x03":
            self._typed.clear()
        elif byte == b"\x04":
            code = bytes(self._typed[:-1])
            self._typed.clear()
            if not code.strip():
                self._put(b"OK\r\n")
                self._reboot()
            else:
                self._put(b"OK")
                self._execute(code)

    def _pasted(self, byte, left):
        if byte == b"\x04":
            self._paste_left = None
            code = bytes(self._typed)
            self._typed.clear()
            self._put(b"\x04")
            self._execute(code)
            return
        self._typed += byte
        self._paste_left = left - 1 or PASTE_WINDOW
        if left == 1:
            self._put(b"\x01")

    def _put(self, data):
        """Write to the host. One that reads nothing for a second loses what the line cannot hold, as on a wire."""
        while data and not self.is_cut:
            if not select.select([], [self._line], [], PATIENCE_S)[1]:
                termios.tcflush(self._line, termios.TCOFLUSH)
                return
            data = data[os.write(self._line, data[:PUT_MAX]) :]


def main(words):
    """`python -m host_tools.soft_hardware.micropython_board FOLDER|FILE.img LINK`: serve until SIGTERM."""
    from host_tools.soft_hardware.stop_signal import StopSignal

    if len(words) != 2:
        raise BadInput("Name a folder (or FILE.img) and a LINK.")
    with StopSignal() as stop:
        MicropythonBoard(words[0], words[1], stop=stop, on_ready=lambda: print("ready", flush=True)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
