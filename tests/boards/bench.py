"""Boards for the tests of making them: an emulated one on a pty in a thread, a folder that loses its cable, a small release."""

import subprocess
import threading
from contextlib import contextmanager

from host_tools.boards import releases
from host_tools.boards.devices import lost
from host_tools.boards.firmware import _compiler, _run
from host_tools.soft_hardware.micropython_board import MicropythonBoard
from host_tools.soft_hardware.stop_signal import StopSignal

MAIN = """
NUMBER = %d

def main(root):
    from cardos import words
    with open(root + '/ran', 'w') as file:
        file.write('%%s %%d' %% (words.WORD, NUMBER))
"""


def compiled(path, source):
    """One file of a release, really compiled."""
    return path.replace(".py", ".mpy"), _run([_compiler(), "-O2", "-s", path, "-"], source.encode())


def small_firmware(number):
    """A few files in place of the whole firmware: `main` writes /ran; each number has a file that the other has not."""
    return sorted([
        compiled("terminal/main.py", MAIN % number),
        compiled("terminal/only_in_%d.py" % number, "# %s\n" % number),
        compiled("cardos/words.py", "WORD = 'release'\n"),
        compiled("cardos/records/long.py", "LONG = %r\n" % ("long %d " % number * 800)),
    ])  # fmt: skip


def small_release(monkeypatch, home, keys, number):
    """A signed release of `small_firmware`, counted in the home."""
    files = small_firmware(number)
    monkeypatch.setattr(releases, "compiled", lambda board: files)
    release = releases.build(home, keys)
    releases.keep_number(home, release)
    assert release.number == number
    return release


@contextmanager
def plugged_in(flash, link, **how):
    """An emulated board on `link`, running in a thread; gives it."""
    stop, ready = StopSignal(), threading.Event()
    board = MicropythonBoard(flash, link, stop=stop, on_ready=ready.set, **how)
    thread = threading.Thread(target=board.run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield board
    finally:
        stop.set()
        thread.join(10)
        stop.__exit__()
        assert not thread.is_alive()


class Cut:
    """A device whose cable is pulled before its write number `writes` (files written and removed are counted)."""

    def __init__(self, device, writes):
        self._device, self._left = device, writes
        self.name = device.name

    def __getattr__(self, name):
        return getattr(self._device, name)

    def _count(self):
        if self._left == 0:
            raise lost(self.name)
        self._left -= 1

    def write(self, path, data):
        self._count()
        self._device.write(path, data)

    def remove(self, path):
        self._count()
        self._device.remove(path)


def start_folder(folder, program):
    """Start the folder's launcher as a board does at power-up; what its firmware left in /ran, or what went wrong."""
    (folder / "ran").unlink(missing_ok=True)
    done = subprocess.run([program, str(folder / "main.py"), str(folder)], capture_output=True, text=True, timeout=20)
    return (folder / "ran").read_text() if (folder / "ran").exists() else done.stdout + done.stderr
