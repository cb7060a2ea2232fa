"""A folder that a MicroPython program of this machine takes for a board's flash: the "desk" board, and what tests flash onto.

The same seven methods as a real board has. Its program is whoever starts it: `restart` does nothing.
"""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

from host_tools.boards.devices import NEW, BoardTrouble, Facts, entry_of, full

RUN_S_MAX = 10.0
_FACTS = "import sys\ni = sys.implementation\nprint(i.name, '.'.join([str(n) for n in i.version[:3]]), getattr(i, '_mpy', 0))"


class FolderDevice:
    """folder: made when it is not there. program: path of a MicroPython interpreter; None looks beside this Python and on the PATH."""

    def __init__(self, folder, program=None):
        self.folder = Path(folder)
        self.name = "the folder %s" % folder
        self._program = program
        if self.folder.exists() and not self.folder.is_dir():
            raise BoardTrouble("%s is a file." % folder, "Name a folder, or one that shall be made.", "BOARD_NONE")

    @property
    def program(self):
        """Path of the interpreter. BoardTrouble BOARD_NO_MICROPYTHON when there is none."""
        beside = Path(sys.executable).with_name("micropython")
        found = self._program or (str(beside) if beside.exists() else shutil.which("micropython"))
        if found is None:
            raise BoardTrouble("There is no MicroPython program on this machine.", "Run make setup, or put `micropython` on the PATH.", "BOARD_NO_MICROPYTHON")
        return found

    def facts(self):
        """The `Facts` of the interpreter that would run the folder."""
        said = self.run(_FACTS).decode().split()
        if len(said) != 3 or said[0] != "micropython":
            raise BoardTrouble("%s is no MicroPython." % self.program, "Put a real one on the PATH.", "BOARD_NO_MICROPYTHON")
        free = shutil.disk_usage(self.folder if self.folder.exists() else self.folder.absolute().parent).free
        return Facts("unix", "desk", tuple(map(int, said[1].split("."))), int(said[2]) & 0xFF or None, free, None, False)

    def listing(self, under):
        """{path: Entry} of every file below a folder; {} when it is not there."""
        top = self._at(under)
        found = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        return {"/" + path.relative_to(self.folder).as_posix(): entry_of(path.read_bytes()) for path in found}

    def read(self, path):
        """A file's bytes, or None."""
        try:
            return self._at(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path, data):
        """Beside its name first, durable, then renamed. For its owner alone: a vault may be among them."""
        at = self._at(path)
        beside = at.with_name(at.name + NEW)
        try:
            at.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, at)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise full(self.name, path) from error
            raise BoardTrouble("%s could not be written (%s)." % (at, error.strerror), "Correct its rights, or name another folder.", "BOARD_WRITE") from error

    def remove(self, path):
        """Take a file away."""
        self._at(path).unlink(missing_ok=True)

    def run(self, code):
        """What lines of code printed, in the folder."""
        try:
            done = subprocess.run([self.program, "-c", code], cwd=self.folder if self.folder.exists() else None, capture_output=True, timeout=RUN_S_MAX)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BoardTrouble("%s did not run (%s)." % (self.program, type(error).__name__), "Run make setup again.", "BOARD_NO_MICROPYTHON") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
            raise BoardTrouble("%s did not do as told: %s" % (self.name, said[-1]), "Try again; if it stays so, report it.", "BOARD_CODE")
        return done.stdout

    def restart(self):
        """Nothing: whoever runs the folder starts it."""

    def close(self):
        """Nothing to let go of."""

    def _at(self, path):
        parts = [part for part in path.split("/") if part]
        if ".." in parts:
            raise BoardTrouble("%s is no path on a board." % path, "", "BOARD_WRITE")
        return self.folder.joinpath(*parts)
