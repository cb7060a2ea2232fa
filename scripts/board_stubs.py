"""Unpack the boards' type stubs side by side: `.venv/bin/python scripts/board_stubs.py`, and `make setup` by itself.

The stub packages of both ports have files of one name (machine.pyi, network.pyi), so one site-packages holds those of the port that
came last. Each gets a folder of its own in .venv/board-stubs, from the pins of requirements/dev.txt with their hashes.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements" / "dev.txt"
STUBS = ROOT / ".venv" / "board-stubs"
PORTS = ("rp2", "esp32")
SHARED = "micropython-stdlib-stubs"


def packages(port):
    """Names of the packages that a port's folder is made of."""
    return ("micropython-%s-stubs" % port, SHARED)


def pins(names, text):
    """The entries of a requirements file for these packages, each with its hashes. LookupError for one that is not pinned."""
    found = []
    for name in names:
        lines, inside = [], False
        for line in text.splitlines():
            inside = line.startswith(name + "==") or inside and line.startswith(" ")
            if inside:
                lines.append(line)
        if not lines:
            raise LookupError("%s is not pinned in requirements/dev.txt" % name)
        found.append("\n".join(lines))
    return "\n".join(found) + "\n"


def unpack(port, python=sys.executable):
    """Make the port's folder anew. CalledProcessError when pip cannot."""
    folder = STUBS / port
    fresh = STUBS / (port + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "stubs.txt"
        wanted.write_text(pins(packages(port), PINS.read_text("utf-8")), "utf-8")
        subprocess.run([str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-deps", "--require-hashes",
                        "--requirement", str(wanted), "--target", str(fresh)], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       stdout=subprocess.PIPE, text=True)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def main():
    for port in PORTS:
        try:
            unpack(port)
        except (LookupError, OSError, subprocess.CalledProcessError) as trouble:
            said = getattr(trouble, "stderr", None) or str(trouble)
            print("the %s stubs could not be unpacked:\n%s" % (port, said.strip()), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
