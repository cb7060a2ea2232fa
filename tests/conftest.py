"""Shared by all tests: options, the printed seed, isolation from the person's own shop, the count of skips, and several processes.

Fixtures: `home` (an empty shop directory, also in STAMPD_HOME), `stampd` (runs the command line), `rng` (random numbers
from the run's seed and the test's name), `tears_all` (whether everything is cut, or a sample), `free_port`.
Fixtures of one part live in that part's own conftest.py.
"""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis
import pytest

from tests import skips
from tests.bits import tally as bits_tally
from tests.tears import tally as tears_tally

SEED_VARIABLE = "STAMPD_SEED"
STAMPD_MAX_S = 60  # one run of the command line
TALLIES = {"bits": bits_tally, "tears": tears_tally}  # what these tests count in a run, shown at its end

hypothesis.settings.register_profile("stampd", deadline=None, print_blob=True)
hypothesis.settings.register_profile("fuzz", deadline=None, print_blob=True, max_examples=5000)
hypothesis.settings.load_profile(os.environ.get("STAMPD_HYPOTHESIS", "stampd"))


def pytest_addoption(parser):
    group = parser.getgroup("stampd")
    group.addoption("--tears", choices=("sampled", "all"), default="sampled",
                    help="cut a sample of the exchanges on the slow stacks (default), or all of them")
    group.addoption("--seed", type=int, default=None, help="seed of everything random in this run (default: fresh, printed)")


def pytest_configure(config):
    seed = config.getoption("--seed")
    if seed is None:
        seed = int(os.environ.get(SEED_VARIABLE) or random.SystemRandom().randrange(1_000_000))
    os.environ[SEED_VARIABLE] = str(seed)  # workers and child processes use the same
    # libpcsclite keeps the first path of a process for ever, so the whole run has one: a symbolic link, which a test that
    # starts a pcscd points at it (tests/readers/conftest.py). Where it leads nowhere, no PC/SC of this machine is met.
    os.environ["PCSCLITE_CSOCK_NAME"] = str(Path(tempfile.gettempdir()) / ("stampd-test-pcsc-%d.comm" % os.getpid()))
    config.stampd_seed = seed


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Several processes share a run by tests/parallel.py, unless another way was asked for with --dist."""
    if config.getoption("dist") != "load":
        return None
    from tests.parallel import LongestFirst

    return LongestFirst(config, log)


def pytest_sessionfinish(session):
    """A process of several hands over what its tests counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tallies"] = [tally.counted() for tally in TALLIES.values()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """And the one that shows it adds it up."""
    for tally, counted in zip(TALLIES.values(), getattr(node, "workeroutput", {}).get("tallies", ())):
        tally.add(counted)


def pytest_collection_modifyitems(items):
    """Every hypothesis test is a property test, so that `make fuzz` finds it. And no two tests may have one name: xdist runs the first alone.

    Schemathesis names a test for its operation, which pytest 9 drops.
    """
    for item in items:
        operation = getattr(item, "operation_label", None)
        if operation and operation not in item.nodeid:
            item._id = item.id.with_params(operation)
    twice = [nodeid for nodeid, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        raise pytest.UsageError("several tests have the name " + ", ".join(twice))
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.property)


def pytest_report_header(config):
    return "stampd: seed %d (repeat with --seed=%d), tears %s, skips %s" % (
        config.stampd_seed, config.stampd_seed, config.getoption("--tears"),
        "are failures" if skips.skips_are_fatal() else "are counted")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    skips.make_fatal(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    skips.make_fatal(report)
    return report


def pytest_terminal_summary(terminalreporter, config):
    lines = skips.summary_lines(terminalreporter.stats.get("skipped", []))
    if lines:
        terminalreporter.section("skips")
        for line in lines:
            terminalreporter.write_line(line)
    for name, tally in TALLIES.items():
        lines = tally.lines()
        if lines:
            terminalreporter.section(name)
            for line in lines:
                terminalreporter.write_line(line)
    tears = [value for reports in terminalreporter.stats.values() for report in reports
             for name, value in getattr(report, "user_properties", ()) if name == "tears"]
    if tears:
        terminalreporter.section("tears: tried of possible")
        for line in sorted(set(tears)):
            terminalreporter.write_line(line)
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line("seed of this run: --seed=%d" % config.stampd_seed)


@pytest.fixture(scope="session", autouse=True)
def _no_test_sees_the_persons_shop(tmp_path_factory):
    """STAMPD_HOME and the XDG folders point into a temporary folder for the whole run."""
    folder = tmp_path_factory.mktemp("nobody")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAMPD_HOME", str(folder / "home"))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder / name.lower()))
        yield


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Path of an empty shop directory, exported as STAMPD_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("STAMPD_HOME", str(folder))
    return folder


@pytest.fixture
def tears_all(request):
    """True in `make tears`."""
    return request.config.getoption("--tears") == "all"


@pytest.fixture
def seed(request):
    """The run's seed (int), printed in the header."""
    return request.config.stampd_seed


@pytest.fixture
def rng(request, seed):
    """A random.Random from the run's seed and this test's name: the same whatever else runs."""
    return random.Random("%d:%s" % (seed, request.node.nodeid))


@pytest.fixture
def free_port():
    """A TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class StampdRun:
    """One finished run of the command line: `code`, `out`, `err`, and `json` (the one document on stdout)."""

    def __init__(self, words, done):
        self.words, self.code, self.out, self.err = words, done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return "stampd %s -> %d\n%s%s" % (" ".join(self.words), self.code, self.out, self.err)


@pytest.fixture
def stampd():
    """Run the command line: `stampd("card", "show", "--json", code=1)`; `code=None` accepts any exit code."""
    def run(*words, code=0, input=None, timeout=STAMPD_MAX_S, env=None, cwd=None):
        words = [str(word) for word in words]
        given = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
        done = subprocess.run([str(Path(sys.executable).with_name("stampd")), *words], capture_output=True, text=True,
                              timeout=timeout, env={**os.environ, **(env or {})}, cwd=cwd, **given)
        finished = StampdRun(words, done)
        assert code is None or finished.code == code, finished
        return finished
    return run
