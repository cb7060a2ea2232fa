"""The daemon doing nothing: wake-ups of its own making, memory; and what it costs to start.

`stampd serve` with a PC/SC reader (private pcscd, vpcd), its field empty or a blank chip lying there, nobody connected. Wake-ups are the voluntary context
switches of all its threads, from /proc. Without pcscd it is measured without a reader, which is said.
"""

import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import namedtuple
from pathlib import Path

from host_tools.provisioning.new_keys import make_test_keys
from host_tools.soft_hardware import private_pcscd
from tests.benchmarks.line import Line, missing
from tests.soft_lab import ROOT, new_card, serving

IDLE_S = 15.0
SETTLE_S = 3.0  # after the first answers: threads come to rest, uvicorn lets the connection of the health check go
STARTS = 3
START_S_MAX = 20.0
WAKE_UPS_GOAL = 0.1  # a second: at most one in the whole time, such as the look at the list of readers once a minute
IMPORT_GOAL_S = 0.5
RSS_GOAL_MB = 80

Idle = namedtuple("Idle", ["wake_ups", "threads", "rss_mb", "cpu_s"])
Start = namedtuple("Start", ["cpu_s", "wall_s", "import_s"])

_URL = re.compile(r"http://[\w.:\[\]]+")
_IMPORT_ROW = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|", re.MULTILINE)


class Daemon:
    """`stampd serve` on a fresh TEST home. python_options: as ["-X", "importtime"]."""

    def __init__(self, home, environment, python_options=()):
        self.errors = open(home.parent / "errors.txt", "w+")
        command = [sys.executable, *python_options, "-c", "from host_tools.cli.main import main; main()", "--home", str(home), "serve", "--port", "0"]
        self._started = time.monotonic()
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=self.errors, stdin=subprocess.DEVNULL, text=True)

    def wait_until_serving(self):
        """Seconds until /healthz was answered. Raises RuntimeError."""
        for line in self.process.stdout:
            found = _URL.search(line)
            if found:
                with urllib.request.urlopen(found.group() + "/healthz", timeout=START_S_MAX) as answer:
                    answer.read()
                return time.monotonic() - self._started
        raise RuntimeError("the daemon ended with %s: %s" % (self.process.wait(), self.error_text()[-500:]))

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read()

    def cpu_s(self):
        """User and system time of the process so far, seconds in steps of 10 ms."""
        fields = Path("/proc/%d/stat" % self.process.pid).read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def switches(self):
        """{thread: voluntary context switches}."""
        found = {}
        for task in Path("/proc/%d/task" % self.process.pid).iterdir():
            try:
                found[task.name] = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.MULTILINE)[1])
            except FileNotFoundError:
                continue  # a thread that ended between the listing and the look
        return found

    def rss_mb(self):
        status = Path("/proc/%d/status" % self.process.pid).read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(START_S_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


@contextlib.contextmanager
def daemon(environment, python_options=()):
    """A running `Daemon` and the seconds it took to serve."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_test_keys(home)
        one = Daemon(home, environment, python_options)
        try:
            yield one, one.wait_until_serving()
        finally:
            one.stop()


def measure_start(environment):
    """A `Start`: medians of a few plain starts, and the sum of import times of others."""
    plain, imports = [], []
    for _ in range(STARTS):
        with daemon(environment) as (one, wall_s):
            plain.append((one.cpu_s(), wall_s))
        with daemon(environment, ["-X", "importtime"]) as (one, _):
            imports.append(sum(map(int, _IMPORT_ROW.findall(one.error_text()))) / 1e6)
    return Start(statistics.median(cpu for cpu, _ in plain), statistics.median(wall for _, wall in plain), statistics.median(imports))


def measure_idle(environment):
    """An `Idle` over IDLE_S seconds."""
    with daemon(environment) as (one, _):
        time.sleep(SETTLE_S)
        before, cpu = one.switches(), one.cpu_s()
        started = time.monotonic()
        time.sleep(IDLE_S)
        seconds, after = time.monotonic() - started, one.switches()
        count = sum(after[thread] - before.get(thread, 0) for thread in after)
        return Idle(count / seconds, len(after), one.rss_mb(), one.cpu_s() - cpu)


def lines():
    if not Path("/proc/self/task").is_dir():
        return [missing("the daemon at rest", "needs /proc")]
    lacks = private_pcscd.missing()
    try:
        if lacks:
            return _start_lines(dict(os.environ)) + _idle_lines(dict(os.environ), "no reader here: needs " + ", ".join(lacks))
        with tempfile.TemporaryDirectory() as folder, private_pcscd.PrivatePcscd(["Till"]) as pcscd:
            found = _start_lines(pcscd.environment()) + _idle_lines(pcscd.environment(), "a PC/SC reader without a card")
            with serving(new_card(Path(folder) / "card.json"), pcscd.attach()):
                return found + _idle_lines(pcscd.environment(), "a card lying on the reader")
    except (RuntimeError, OSError) as trouble:
        return [missing("the daemon at rest", str(trouble).splitlines()[0])]


def _start_lines(environment):
    start = measure_start(environment)
    return [
        Line("start of the daemon: seconds spent in imports", "%.2f" % start.import_s, "under %.1f" % IMPORT_GOAL_S, start.import_s < IMPORT_GOAL_S),
        Line("start of the daemon: CPU seconds until it serves", "%.2f" % start.cpu_s, "", None),
        Line("  seconds by the clock", "%.2f" % start.wall_s, "", None),
    ]


def _idle_lines(environment, where):
    idle = measure_idle(environment)
    return [
        Line("wake-ups a second of the daemon at rest, " + where, "%.2f" % idle.wake_ups, "0 (at most 1 in %.0f s)" % IDLE_S, idle.wake_ups < WAKE_UPS_GOAL),
        Line("  CPU seconds in that time, threads", "%.2f, %d" % (idle.cpu_s, idle.threads), "", None),
        Line("resident memory, MB, " + where, "%.0f" % idle.rss_mb, "under %d" % RSS_GOAL_MB, idle.rss_mb < RSS_GOAL_MB),
    ]


if __name__ == "__main__":
    for line in lines():
        print(line.text())
