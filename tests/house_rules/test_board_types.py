"""The firmware against the type stubs of both ports: every name it takes from a module is there, and every call
of `machine` fits. Board files and buses are checked in full; the rest, which carries no annotations, for modules and names only."""

import json
import subprocess

import pytest

from tests import needs
from tests.house_rules.sources import ROOT, report

PORTS = ("rp2", "esp32")
CHECK_MAX_S = 120

# (file, part of what is said) -> why it is no trouble
KNOWN = {
    ("cardos/crypto/sha512.py", "sha512"): "asked for first, and made by hand where the port has none",
    ("cardos/crypto/aes.py", "cryptography"): "the back end of PCs, after `cryptolib` was not found",
    ("cardos/crypto/tdes.py", "cryptography"): "old cards on PCs only",
    ("terminal/compat.py", "monotonic"): "only where the port has no ticks_ms",
    ("terminal/update.py", "esp32"): "tried; the RP2 has no such module",
    ("terminal/boards/desk.py", "hexlify"): "MicroPython takes any buffer, the stubs say bytes",
}
ABOUT_MODULES = ("of module", "unknown import symbol", "could not be resolved")  # what counts in cardos, whose classes carry no types


def diagnostics(port):
    """[(file, line, message)] of one port."""
    checker = needs.needs_program("basedpyright", "(no package; make setup brings it)")
    needs.needs_file(ROOT / ".venv" / "board-stubs" / port / "machine.pyi", "the %s type stubs" % port, "make setup")
    done = subprocess.run([checker, "--project", str(ROOT / "tests" / "house_rules" / ("board_types_%s.json" % port)), "--outputjson"], cwd=ROOT, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=CHECK_MAX_S)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        pytest.fail("basedpyright said no JSON: %s%s" % (done.stdout[:500], done.stderr[:500]))
    assert said["summary"]["filesAnalyzed"] > 50, "it looked at nearly nothing"
    return [(str(found["file"]).replace("\\", "/").removeprefix(ROOT.as_posix() + "/"), found["range"]["start"]["line"] + 1,
             found["message"].splitlines()[0]) for found in said["generalDiagnostics"] if found["severity"] == "error"]


def counts(file, message):
    if file.startswith("cardos/") and not any(part in message for part in ABOUT_MODULES):
        return False
    return not any(file == known and part in message for known, part in KNOWN)


@pytest.mark.timeout(CHECK_MAX_S + 30)
@pytest.mark.parametrize("port", PORTS)
def test_the_firmware_fits_the_types_of_the_port(port):
    report(["%s:%d: %s" % (file, line, message) for file, line, message in diagnostics(port) if counts(file, message)])


def test_a_call_that_the_port_does_not_have_is_found(tmp_path):
    """The check bites: a wrong keyword of machine.I2C, and names that no board has. (Modules that only PCs have: test_terminal.py.)"""
    checker = needs.needs_program("basedpyright", "(no package; make setup brings it)")
    stubs = needs.needs_file(ROOT / ".venv" / "board-stubs" / "rp2", "the rp2 type stubs", "make setup")
    (tmp_path / "bad.py").write_text("from network import WLANE\nimport time\nfrom machine import I2C, Pin\nI2C(0, wire=Pin(1))\ntime.monotonic()\n")
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"stubPath": str(stubs), "typeshedPath": str(stubs), "typeCheckingMode": "basic"}))
    done = subprocess.run([checker, "--project", str(tmp_path), "--outputjson"], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=CHECK_MAX_S)
    lines = {found["range"]["start"]["line"] + 1 for found in json.loads(done.stdout)["generalDiagnostics"] if found["severity"] == "error"}
    assert lines == {1, 4, 5}
