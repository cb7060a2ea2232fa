"""What no tracked file may hold: paths of one person's machine, addresses of package registries, notes of unfinished
work, and key bytes."""

import ast
import re

from tests.house_rules.sources import files, product_files, report, text, tree

# Written in pieces, so that this file does not hold what it forbids.
MACHINE_PATHS = re.compile(r"(?<![\w.-])/(?:wo" r"rk|ro" r"ot|Users)/|/home/[a-z]|\.\./sha" r"red\b|/tmp/no" r"tes")
REGISTRIES = re.compile(r"py" r"pi\.org|python" r"hosted|npm" r"js\.(?:org|com)|(?:deb|security|ftp)\.deb" r"ian\.org|crates" r"\.io",
                        re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
PRIVATE_KEY = re.compile(r"BEGIN [A-Z ]*PRIVATE" r" KEY")
KEY_BYTES = 16
HEX_KEY = re.compile(r"\b(?:[0-9a-fA-F]{2}){%d,}\b" % KEY_BYTES)

# Long constants in the product that are no secret: path -> why.
PUBLIC_CONSTANTS = {
    "cardos/crypto/originality.py": "curve parameters (SEC 2) and NXP's public keys",
    "terminal/displays/font_cells.py": "a font's pixels",
    "terminal/self_test_vectors.py": "published test vectors (RFC 4493, AN10922, AN12343 and their like)",
    "host_tools/soft_hardware/storage_reader.py": "the ATR of a storage card (PC/SC part 3)",
}

GENERATED = ("requirements/", "tests/portable/wasm/package-lock.json")


def lines_matching(pattern, skip=()):
    return ["%s:%d: %s" % (path, number, found.group()) for path in files() if not str(path).startswith(skip)
            for number, line in enumerate(text(path).splitlines(), 1) if (found := pattern.search(line))]


def test_no_paths_of_one_machine():
    report(lines_matching(MACHINE_PATHS))


def test_no_addresses_of_package_registries():
    report(lines_matching(REGISTRIES))


def test_no_notes_of_unfinished_work():
    report(lines_matching(UNFINISHED, skip=GENERATED))


def test_no_private_key_files():
    report(lines_matching(PRIVATE_KEY))


def looks_like_a_key(value):
    """Whether a constant could be key bytes: 16 bytes or more that are not a pattern, or as many as hex digits."""
    if isinstance(value, bytes):
        return len(value) >= KEY_BYTES and len(set(value)) >= KEY_BYTES // 2 and not value.isascii()
    return isinstance(value, str) and any(len(set(found.lower())) > 4 for found in HEX_KEY.findall(value))


def test_no_key_bytes_in_the_product():
    """Fixed TEST keys are made from a label; published answers live in tests and docs."""
    report(["%s:%d: a constant that could be a key" % (path, node.lineno) for path in product_files(".py")
            if str(path) not in PUBLIC_CONSTANTS for node in ast.walk(tree(path))
            if isinstance(node, ast.Constant) and looks_like_a_key(node.value)])
