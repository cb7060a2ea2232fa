"""The files of this repository, as the house rules look at them."""

import ast
import subprocess
import tokenize
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("cardos", "host_tools", "terminal")
IGNORED_FOLDERS = {".git", ".venv", "node_modules", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis",
                   "build", "dist"}


@cache
def files():
    """Every file that is, or would be, tracked; paths relative to the repository, sorted."""
    try:
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True,
                                text=True).stdout.split("\0")
        found = {Path(name) for name in listed if name}
    except (OSError, subprocess.CalledProcessError):  # an export without git
        found = {path.relative_to(ROOT) for path in ROOT.rglob("*") if not IGNORED_FOLDERS & set(path.relative_to(ROOT).parts)}
    return sorted(path for path in found if (ROOT / path).is_file())


def product_files(*suffixes):
    """The files of the product's packages with one of the suffixes."""
    return [path for path in files() if path.parts[0] in PRODUCT and path.suffix in suffixes]


@cache
def text(path):
    """The file's text, or "" for a file that is not UTF-8 (pictures, sounds)."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree(path):
    return ast.parse(text(path), str(path))


def module_name(path):
    """cardos/taps/sell.py -> "cardos.taps.sell"."""
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """[(line, dotted module)] of every import in a file, wherever it stands. `from a import b` gives a.b when that is a
    module of ours, else a."""
    found = []
    here = module_name(path).split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            for alias in node.names:
                longer = module + "." + alias.name
                found.append((node.lineno, longer if is_module(longer) else module))
    return found


def is_module(dotted):
    path = ROOT / dotted.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@cache
def comments(path):
    """{line number: comment} of a Python file."""
    with open(ROOT / path, "rb") as stream:
        return {token.start[0]: token.string for token in tokenize.tokenize(stream.readline) if token.type == tokenize.COMMENT}


def report(problems):
    """Fail with one line a problem."""
    assert not problems, "\n" + "\n".join(problems)
