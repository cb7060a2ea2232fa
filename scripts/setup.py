"""Make `.venv` ready: `python3 scripts/setup.py run|dev`. Standard library only.

`run` gives what the shop needs, `dev` what the tests need besides. Each step leaves a stamp made from its inputs, so
a second call does nothing and returns at once. Needs no root. Two steps may fail and be lived without, each with one
plain line: pyscard (PC/SC readers; see pcsc_build.py) and the WebAssembly MicroPython of the portable tests.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stampd-setup.json"
LOCK = ROOT / ".venv.lock"
PINS = ROOT / "requirements"
WASM = ROOT / "tests" / "portable" / "wasm"
PYTHON_MIN = (3, 11)
PYTHON_NAMES = ("python3.13", "python3.12", "python3.11")


class SetupFailed(Exception):
    """Set-up cannot go on; the message says what to do."""


def say(line):
    print("setup: " + line, flush=True)


def digest(*parts):
    """SHA-256 (hex) over strings and files; a missing file counts as empty."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part.read_bytes() if part.is_file() else b""
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def read_stamps():
    try:
        return json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        return {}  # no stamps yet, or a set-up that was cut: every step runs again


def write_stamp(stamps, name, value):
    stamps[name] = value
    fresh = STAMPS.with_suffix(".new")
    fresh.write_text(json.dumps(stamps, indent=1, sort_keys=True) + "\n")
    fresh.replace(STAMPS)


def run(command, **options):
    """Run quietly; on failure raise SetupFailed with the end of what the program said."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        said = "\n".join("    " + line for line in done.stdout.strip().splitlines()[-15:])
        raise SetupFailed("`%s` failed:\n%s" % (" ".join(str(word) for word in command[:6]), said))
    return done.stdout


def pip(*words, **options):
    return run([PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *words], **options)


def install_pins(name):
    """The packages of requirements/NAME.txt, each with its hash; what has no wheel is built with build.txt's tools."""
    pip("install", "--quiet", "--require-hashes", "--no-build-isolation", "--requirement", PINS / (name + ".txt"))


def make_venv():
    """A virtual environment with pip; Debian without python3-venv has no ensurepip, so pip is found another way."""
    shutil.rmtree(VENV, ignore_errors=True)
    say("making .venv with Python %d.%d.%d" % sys.version_info[:3])
    try:
        run([sys.executable, "-m", "venv", VENV])
        return
    except SetupFailed as trouble:
        shutil.rmtree(VENV, ignore_errors=True)
        first_trouble = trouble
    from debian_package import NotToBeHad, unpack
    try:
        run([sys.executable, "-m", "venv", "--without-pip", VENV])
        wheels = unpack("python3-pip-whl", VENV / "debian") / "usr" / "share" / "python-wheels"
        wheel = min(wheels.glob("pip-*.whl"))
        run([PYTHON, wheel / "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", wheel])
    except (SetupFailed, NotToBeHad, ValueError) as trouble:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupFailed("this Python cannot make a virtual environment. As root: apt-get install python3-venv\n%s\n"
                          "    then tried without it: %s" % (first_trouble, trouble)) from None


def install_pcsc(stamps):
    """pyscard, if it can be had here. Returns nothing; never fails."""
    import pcsc_build
    want = digest(PINS / "pcsc.txt", Path(pcsc_build.__file__), pcsc_build.surroundings())
    if stamps.get("pcsc") == want:
        note = stamps.get("pcsc_note")
    else:
        note = pcsc_build.build(PYTHON, VENV, PINS / "pcsc.txt", say)
        write_stamp(stamps, "pcsc_note", note)
        write_stamp(stamps, "pcsc", want)
    if note:
        say("PC/SC readers are not available: %s. Everything else works." % note)


def install_wasm(stamps):
    """MicroPython's WebAssembly build from npm for the portable tests; without npm those tests say that they skip."""
    if not (WASM / "package-lock.json").is_file() or not shutil.which("npm"):
        return
    want = digest(WASM / "package-lock.json", WASM / "package.json", str((WASM / "node_modules").is_dir()))
    if stamps.get("wasm") == want:
        return
    try:
        run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=WASM, timeout=180)
    except (SetupFailed, subprocess.TimeoutExpired) as trouble:
        say("the WebAssembly MicroPython could not be installed; its tests will skip (%s)" % str(trouble).splitlines()[0])
    write_stamp(stamps, "wasm", digest(WASM / "package-lock.json", WASM / "package.json",
                                       str((WASM / "node_modules").is_dir())))


def unpack_board_stubs(stamps):
    """The type stubs of both board ports, side by side; see board_stubs.py."""
    import board_stubs
    want = digest(board_stubs.pins([name for port in board_stubs.PORTS for name in board_stubs.packages(port)], board_stubs.PINS.read_text("utf-8")))
    if stamps.get("board_stubs") == want and board_stubs.STUBS.is_dir():
        return
    for port in board_stubs.PORTS:
        try:
            board_stubs.unpack(port, PYTHON)
        except subprocess.CalledProcessError as trouble:
            raise SetupFailed("the %s type stubs could not be unpacked:\n%s" % (port, trouble.stderr)) from None
    write_stamp(stamps, "board_stubs", want)


def set_up(level):
    stamps = read_stamps()
    base = digest(str(VENV), sys.version)
    if not PYTHON.exists() or stamps.get("venv", base) != base and not usable():
        make_venv()
        stamps = {}
    write_missing = stamps.get("venv") is None
    if write_missing:
        write_stamp(stamps, "venv", base)

    build = digest(PINS / "build.txt")
    if stamps.get("build") != build:
        install_pins("build")
        write_stamp(stamps, "build", build)

    names = {"run": digest(PINS / "run.txt"), "dev": digest(PINS / "dev.txt")}
    level_pins = "dev" if level == "dev" or "dev" in stamps else "run"  # dev.txt holds run.txt's pins too
    if stamps.get(level_pins) != names[level_pins]:
        say("installing the pinned packages (%s)" % level_pins)
        install_pins(level_pins)
        write_stamp(stamps, level_pins, names[level_pins])

    package = digest(ROOT / "pyproject.toml", str(ROOT))
    if stamps.get("package") != package or not (VENV / "bin" / "stampd").exists():
        pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)
        write_stamp(stamps, "package", package)

    install_pcsc(stamps)
    if level == "dev":
        unpack_board_stubs(stamps)
        install_wasm(stamps)


def usable():
    """Whether .venv's interpreter starts and lives in this folder (a copied or moved .venv does not)."""
    try:
        said = run([PYTHON, "-c", "import sys; print(sys.prefix, sys.version_info >= %r)" % (PYTHON_MIN,)])
    except (SetupFailed, OSError):
        return False
    return said.split() == [str(VENV), "True"]


def main(arguments):
    level = arguments[0] if arguments else "dev"
    if level not in ("run", "dev"):
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    with open(LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(level)
        except SetupFailed as trouble:
            print("setup: " + str(trouble), file=sys.stderr)
            return 1
    return 0


def restart_with_newer_python():
    for name in PYTHON_NAMES:
        program = shutil.which(name)
        if program and subprocess.call([program, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(program, [program] + sys.argv)
    sys.exit("setup: stampd needs Python %d.%d or newer; on Debian 12: apt-get install python3 python3-venv" % PYTHON_MIN)


if __name__ == "__main__":
    if sys.version_info < PYTHON_MIN:
        restart_with_newer_python()
    sys.exit(main(sys.argv[1:]))
