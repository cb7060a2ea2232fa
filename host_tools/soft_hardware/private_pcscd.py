"""A pcscd of one's own, with vpcd readers, for tests and measurements. Needs no root and no systemd.

    with PrivatePcscd(readers=["Lane 0"]) as pcscd:
        os.environ["PCSCLITE_CSOCK_NAME"] = pcscd.socket_path        # before `import smartcard`
        ... stampd softcard serve card.json --attach vpcd://127.0.0.1:{pcscd.ports[0]}

pcscd's socket path is compiled in, but Debian's takes a listening socket from systemd: the launcher binds one where it
likes and passes it as descriptor 3. Each reader entry gets its own copy of the driver (copies share no static state), two
neighbouring ports and the name `FRIENDLYNAME 00 00`. The driver listens on all interfaces and asks nobody for a password:
on a machine that others can reach, run this in a network namespace.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from cardos.errors import BadInput, ReaderLost

PCSCD_PATHS = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd")
DRIVER_PATHS = (
    "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/lib/x86_64-linux-gnu/pcsc/drivers/serial/libifdvpcd.so",
    "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so",
)
NOBODY = 65534
ENTRIES_MAX = 8  # pcscd has room for 16 readers and each entry makes two
START_S_MAX = 5.0
STOP_S_MAX = 3.0

# Compiled into pcscd, which ends when the folder is neither there nor creatable. We never put anything there.
RUN_FOLDER = "/run/pcscd"

# Runs as the pcscd-to-be: its pid must stand in LISTEN_PID, is not known before, and stays the same over exec.
# The socket comes as standard input: shells move single-digit descriptors only, and its own number may be higher.
_EXEC = 'exec 3<&0 </dev/null; export LISTEN_PID=$$; exec "$@"'
_EXEC_WITH_OWN_RUN = "mount -t tmpfs tmpfs /run && " + _EXEC


def missing():
    """What this machine lacks to run a private pcscd, in words; empty when it can."""
    lacks = []
    if _first(PCSCD_PATHS) is None:
        lacks.append("pcscd")
    if _first(DRIVER_PATHS) is None:
        lacks.append("vsmartcard-vpcd")
    return lacks


class PrivatePcscd:
    """One pcscd process. readers: friendly names, one entry (two slots, the second unused) each; at most ENTRIES_MAX.

    ports: one vpcd port for each name. reader_names: as PC/SC shows them. socket_path: for PCSCLITE_CSOCK_NAME.
    """

    def __init__(self, readers=("Lane 0",), *, debug=False):
        if not 1 <= len(readers) <= ENTRIES_MAX:
            raise BadInput("a private pcscd takes 1 to %d readers" % ENTRIES_MAX)
        self._names = list(readers)
        self._debug = debug
        self._process: subprocess.Popen | None = None
        self._folder = Path()
        self.ports: list[int] = []
        self.reader_names = ["%s 00 00" % name for name in self._names]

    @property
    def socket_path(self):
        return str(self._folder / "pcscd.comm")

    @property
    def log_path(self):
        return self._folder / "pcscd.log"

    @property
    def pid(self):
        return self._process.pid if self._process else None

    def __enter__(self):
        lacks = missing()
        if lacks:
            raise ReaderLost("this machine has no " + " and no ".join(lacks), "apt-get install pcscd vsmartcard-vpcd")
        self._folder = Path(tempfile.mkdtemp(prefix="pcscd-"))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        if self._folder != Path():
            shutil.rmtree(self._folder)
            self._folder = Path()

    def attach(self, number=0):
        """The `--attach` address of reader `number`."""
        return "vpcd://127.0.0.1:%d" % self.ports[number]

    def environment(self):
        """The environment of a client that shall use this pcscd."""
        return dict(os.environ, PCSCLITE_CSOCK_NAME=self.socket_path)

    def start(self):
        """Start the process (again, after `stop`; ports and names stay). Returns when its readers listen."""
        listening = self._listen()
        try:
            for _ in range(3):  # a port may be taken between our look and the driver's
                self._write_configuration()
                self._process = self._launch(listening)
                if self._wait_until_ready():
                    return
                self.stop()
                self.ports = []
        finally:
            listening.close()
        raise ReaderLost("pcscd did not start: " + self._log_tail(), "is another program on its ports?")

    def stop(self, number=signal.SIGTERM):
        """End the process with a signal (SIGKILL to let it die)."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _listen(self):
        path = self.socket_path
        if os.path.exists(path):
            os.unlink(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(path)
        os.chmod(path, 0o666)  # clients may be other users, as with the real one; the folder is private
        listening.listen(64)
        return listening

    def _write_configuration(self):
        folder = self._folder / "readers"
        folder.mkdir(exist_ok=True)
        driver = _first(DRIVER_PATHS)
        self.ports = self.ports or _free_port_pairs(len(self._names))
        entries = []
        for number, (name, port) in enumerate(zip(self._names, self.ports)):
            copy = self._folder / ("libifdvpcd_%d.so" % number)
            shutil.copyfile(driver, copy)
            entries.append(
                'FRIENDLYNAME "%s"\nDEVICENAME /dev/null:0x%04X\nLIBPATH %s\nCHANNELID 0x%04X\n' % (name, port, copy, port)
            )
        (folder / "reader.conf").write_text("\n".join(entries))
        if os.geteuid() == 0:
            for path in [self._folder, folder, *self._folder.glob("*.so"), *folder.iterdir()]:
                os.chown(path, NOBODY, NOBODY)

    def _launch(self, listening):
        command = [_first(PCSCD_PATHS), "--foreground", "--config", str(self._folder / "readers")]
        if self._debug:
            command.append("--debug")
        script, prefix = _EXEC, []
        if os.geteuid() == 0:
            os.makedirs(RUN_FOLDER, exist_ok=True)
            ids = ["--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
            command = ["setpriv", *ids, *command]
        elif not os.path.isdir(RUN_FOLDER):  # an empty /run of its own, where the kernel lets users have namespaces
            script, prefix = _EXEC_WITH_OWN_RUN, ["unshare", "--user", "--map-root-user", "--mount"]
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(
                [*prefix, "/bin/sh", "-c", script, "pcscd", *command],
                stdin=listening,
                stdout=log,
                stderr=log,
                env=dict(os.environ, LISTEN_FDS="1"),
                start_new_session=True,
            )

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            if set(self.ports) <= _listening_ports():
                return True
            time.sleep(0.005)
        return False

    def _log_tail(self):
        return self.log_path.read_text(errors="replace")[-500:] if self.log_path.exists() else "no log"


def _first(paths):
    return next((path for path in paths if os.path.exists(path)), None)


def _free_port_pairs(count):
    """First ports of `count` free pairs of neighbours, found by binding both."""
    pairs: list[int] = []
    held: list[socket.socket] = []
    try:
        while len(pairs) < count:
            first, second = socket.socket(), socket.socket()
            held += [first, second]
            first.bind(("", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("", port + 1))
            except (OSError, OverflowError):  # the neighbour is taken, or there is none: try another pair
                continue
            pairs.append(port)
    finally:
        for one in held:
            one.close()
    return pairs


def _listening_ports():
    """All TCP ports in state LISTEN. Looking them up disturbs nobody; dialling one would look like a card."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
