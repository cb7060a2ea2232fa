"""The firmware as a process: MicroPython's unix port with a board's heap, on the folder that is the board's flash.

What the board says (lines of JSON: its display, light, sounds, words) is kept and handed on; presses go the other way.
`pull_power` kills it at whatever it is doing; `power` starts it again on the same folder, as a board that gets its power back.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from contextlib import suppress

HEAP = "240wK"  # 192 KB as a board has them, and 48 for names that frozen code keeps in flash; w: words of this machine (docs/decisions/0027)
SAID_MAX = 4000
_LOG_MAX = 200
_END_S = 3.0
_RESTART_CODE = 3  # how the desk board's `restart` ends

# Something that the board told a person. number: rising from 1 over all starts. word: as the firmware's signals name it.
Said = namedtuple("Said", ["number", "word", "facts"])


def interpreter_name():
    """What the interpreter of the desk board says of itself: "micropython 1.29.0-preview". BoardTrouble when this machine has none."""
    from host_tools.boards.folder_device import FolderDevice

    code = "import sys; v = sys.implementation.version; print('.'.join([str(n) for n in v[:3]]) + ('-' + v[3] if len(v) > 3 and v[3] else ''))"
    return "micropython " + FolderDevice(".").run(code).decode().strip()


class BoardProcess:
    """One board. folder: its flash, as `stampd board flash` and `provision` leave it. on_line(dict): each line it says.

    is_on: whether it has power. frame: the display's bytes as hex, "" for dark. light: [r, g, b]. starts, cuts: how often it got
    its power, and lost it.
    """

    def __init__(self, folder, *, on_line=None, errors=None, restarts=False):
        """errors: an open file for what the interpreter complains of, or None to show it on our own stderr. restarts: a board that asks to be
        started again is, as a real one does by itself."""
        self._command = [sys.executable, "-m", "host_tools.boards.desk_interpreter", str(folder), "-X", "heapsize=" + HEAP]
        self._on_line = on_line
        self._errors = errors
        self._restarts = restarts
        self._process: subprocess.Popen | None = None
        self._reader: threading.Thread | None = None
        self._changed = threading.Condition()
        self._said: list[Said] = []
        self._numbers = 0
        self.log: list[str] = []
        self.frame, self.size, self.light = "", (128, 64), [0, 0, 0]
        self.starts = self.cuts = 0

    @property
    def is_on(self):
        process = self._process
        return process is not None and process.poll() is None

    def power(self):
        """Give it power. Nothing happens when it has some."""
        if self.is_on:
            return
        self._close_pipes()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8", errors="replace", bufsize=1
        )
        self.starts += 1
        self._reader = threading.Thread(target=self._read, args=(self._process,), name="demo board", daemon=True)
        self._reader.start()

    def pull_power(self):
        """Take its power away, now, whatever it is doing. From any thread."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.cuts += 1
        self._went_dark()

    def close(self):
        """End it in good order; one that does not end is killed."""
        process = self._process
        if process is None:
            return
        self._tell({"quit": True})
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:  # it hangs: the folder is temporary, nothing is lost with it
            process.kill()
            process.wait()
        self._close_pipes()

    def _close_pipes(self):
        """Of a process that has ended, once what it said was read."""
        process, reader = self._process, self._reader
        if process is None:
            return
        if reader is not None and reader is not threading.current_thread():
            reader.join(_END_S)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what could not be written to a board that is gone
                    pipe.close()

    def press(self, word):
        """Press a button: redeem, undo, cancel, enter or a digit."""
        self._tell({"press": word})

    def network(self, is_up):
        """Whether the board's own network (its radio) is there."""
        self._tell({"network": bool(is_up)})

    # What it said

    @property
    def number(self):
        """The number of the newest `Said`."""
        return self._numbers

    def said(self, after=0):
        """Every `Said` behind that number, as far as it is kept."""
        with self._changed:
            return [one for one in self._said if one.number > after]

    def wait_for(self, words, after, timeout_s):
        """The first `Said` behind number `after` with one of these words; None after `timeout_s` or when the power went."""
        return self._wait(lambda word: word in words, after, timeout_s)

    def wait_for_other(self, words, after, timeout_s):
        """The same, with any word but these."""
        return self._wait(lambda word: word not in words, after, timeout_s)

    def _wait(self, wanted, after, timeout_s):
        until = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for one in self._said:
                    if one.number > after and wanted(one.word):
                        return one
                left = until - time.monotonic()
                if left <= 0 or not self.is_on:
                    return None
                self._changed.wait(min(left, 0.5))

    def _tell(self, line):
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
        except (OSError, ValueError):  # its power went meanwhile: a press on a dark board does nothing
            return

    def _read(self, process):
        assert process.stdout is not None
        for text in process.stdout:
            if process is not self._process:
                return
            try:
                line = json.loads(text)
            except ValueError:  # the interpreter's own words, as a traceback
                line = {"log": text.rstrip()}
            self._take(line if isinstance(line, dict) else {"log": text.rstrip()})
        self._ended(process)

    def _ended(self, process: subprocess.Popen):
        """It said its last: its power was pulled, it was told to quit, or it ended by itself."""
        with self._changed:
            self._changed.notify_all()
        code = process.wait()
        if process is not self._process or code in (0, -signal.SIGKILL):
            return
        self._went_dark()
        if self._restarts and code == _RESTART_CODE:
            self.power()

    def _take(self, line):
        if self._on_line is not None:
            self._on_line(line)  # first: whoever waits for a word goes on as soon as it is kept
        with self._changed:
            if "say" in line:
                self._numbers += 1
                self._said.append(Said(self._numbers, line["say"], line.get("facts") or {}))
                del self._said[:-SAID_MAX]
            elif "show" in line:
                self.frame, self.size = line["show"], (line.get("width", 128), line.get("height", 64))
            elif "light" in line:
                self.light = line["light"]
            elif "log" in line:
                self.log.append(str(line["log"]))
                del self.log[:-_LOG_MAX]
            self._changed.notify_all()

    def _went_dark(self):
        with self._changed:
            self.frame, self.light = "", [0, 0, 0]
            self._changed.notify_all()
        if self._on_line is not None:
            self._on_line({"power": False})
