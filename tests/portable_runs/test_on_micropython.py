"""The portable tests, run by MicroPython: the same tests as on CPython, each of them passing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests" / "portable" / "run.py"
WASM = ROOT / "tests" / "portable" / "wasm"
HEAP = "heapsize=4m"  # the tests' own tables need more than a board has
RUN_MAX_S = 600
OUTPUT_LINES_MAX = 60

pytestmark = pytest.mark.timeout(RUN_MAX_S + 60)


def portable_run(*command, cwd=None):
    """Run the portable tests; return (names that passed, whole output, exit code)."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=RUN_MAX_S, cwd=cwd,
                          stdin=subprocess.DEVNULL)
    passed = {line[3:].strip() for line in done.stdout.splitlines() if line.startswith("ok ")}
    return passed, done.stdout + done.stderr, done.returncode


@pytest.fixture(scope="module")
def passed_on_cpython():
    passed, output, code = portable_run(sys.executable, RUNNER)
    assert code == 0, troubles(output)
    return passed


def troubles(output):
    """What a failed run said, without the tests that passed, cut to what a person reads."""
    return "\n".join([line for line in output.splitlines() if not line.startswith("ok ")][:OUTPUT_LINES_MAX])


def assert_same_tests(passed, output, code, passed_on_cpython):
    assert code == 0, troubles(output)
    assert passed == passed_on_cpython, "not run here: %s" % sorted(passed_on_cpython ^ passed)
    assert "%d passed, 0 failed" % len(passed) in output


def test_unix_port(passed_on_cpython):
    micropython = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    assert_same_tests(*portable_run(micropython, "-X", HEAP, RUNNER), passed_on_cpython)


def test_unix_port_with_asserts_of_the_product_stripped(tmp_path, passed_on_cpython):
    """Boards run with -O: nothing in cardos may depend on an assert. The tests here are not stripped of theirs."""
    micropython = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    cross_check = tmp_path / "stripped.py"
    cross_check.write_text(
        "import sys, micropython\n"
        "sys.path.insert(0, %r)\n"
        "micropython.opt_level(1)\n"
        "def load(names):\n"
        "    for name in names:\n"
        "        __import__(name)\n"
        "load(%r)\n"
        "micropython.opt_level(0)\n"
        "from tests.portable import run\n"
        "sys.exit(run.main(%r, []))\n" % (str(ROOT), portable_modules(), str(ROOT)))
    assert_same_tests(*portable_run(micropython, "-X", HEAP, cross_check), passed_on_cpython)


def portable_modules():
    """Dotted names of every module of cardos."""
    files = sorted((ROOT / "cardos").rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names]


def test_webassembly_build(passed_on_cpython):
    node = needs.needs_program("node", "nodejs npm")
    needs.needs_file(WASM / "node_modules", "MicroPython's WebAssembly build", "make setup, with npm installed")
    assert_same_tests(*portable_run(node, WASM / "run.mjs", ROOT), passed_on_cpython)
