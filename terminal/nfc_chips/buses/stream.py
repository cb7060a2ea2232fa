"""A serial line that is a file, with the few methods of `machine.UART` that a bus uses: for the unix port's desk board, and tests."""

import select


class StreamLine:
    """`file`: opened for reading and writing bytes, unbuffered; whoever wants no more than its bytes takes it."""

    def __init__(self, file):
        self.file = self._file = file
        self._poll = select.poll()
        self._poll.register(file, select.POLLIN)
        self._waiting = getattr(self._poll, "ipoll", self._poll.poll)  # MicroPython's makes no list
        self._one = bytearray(1)

    def any(self):
        """Whether bytes wait, as 0 or 1. A line that was hung up has bytes too: its `read` says what happened."""
        for _ in self._waiting(0):
            return 1
        return 0

    def read(self, count):
        """Up to `count` bytes that wait. Raises OSError when the line was hung up."""
        data = bytearray()
        while len(data) < count and self.any():
            if not self._file.readinto(self._one):  # more at once would block on an interpreter that fills the whole wish
                raise OSError("the serial line was closed")
            data.append(self._one[0])
        return bytes(data)

    def write(self, data):
        """Write; return how many bytes were taken."""
        return self._file.write(data)

    def close(self):
        """Close the line."""
        self._file.close()


def open_line(path, baud=115200):
    """A `StreamLine` on the serial line (or pty) at `path`, raw, at `baud`. Raises OSError; its line speed stays where a pty has none."""
    import termios  # late: boards have no such module and open no files

    file = open(path, "r+b", 0)
    if hasattr(termios, "setraw"):  # MicroPython's
        termios.setraw(file.fileno())
    else:
        import tty
        tty.setraw(file.fileno(), termios.TCSANOW)
    attributes = termios.tcgetattr(file.fileno())
    attributes[4] = attributes[5] = getattr(termios, "B%d" % baud)
    termios.tcsetattr(file.fileno(), termios.TCSANOW, attributes)
    return StreamLine(file)
