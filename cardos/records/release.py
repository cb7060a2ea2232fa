"""A release of the firmware: a signed manifest of files, then their bytes. It travels as one blob, which a board fetches in pieces.

    blob      u32 length of the manifest || manifest || the files' bytes, in the manifest's order
    manifest  {"format": 1, "number": n, "board": "any" | a board's name, "mpy": n, "files": [[path, size, SHA-256], ...]}

The manifest is a COSE_Sign1 (`signed`) under the scheme's key of purpose "release". `mpy` is the version of the compiled files
(the second byte of each), 0 for sources. Paths lie in `terminal/` or `cardos/` and nowhere else: a release can change
neither keys nor journal nor the launcher. Codes: RELEASE_ and DAMAGED, VERSION, SCHEME, FORGED, OLDER, TOO_LARGE.
"""

from cardos.bytes import uint
from cardos.crypto.steps import finished
from cardos.records import signed
from cardos.records.signed import damaged, is_number

KEY_PURPOSE = "release"
FORMAT = 1
ANY_BOARD = "any"
LENGTH_SIZE = 4
FILES_MAX = 220
PATH_MAX = 64
FILE_BYTES_MAX = 64 * 1024  # the longest source here has 15 KB
KIND = signed.Kind("release", "RELEASE", b"stampd/release/1", 16 * 1024)

_FOLDERS = ("terminal", "cardos")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
_ENDINGS = ("py", "mpy", "txt", "bin", "json")
_DIGEST_SIZE = 32


def unsigned_release(manifest, scheme):
    """(protected, payload, to_be_signed), all bytes, of a manifest map. BadInput for one that no board would take."""
    _check(manifest)
    return signed.unsigned(KIND, manifest, scheme)


def assemble(protected, payload, signature):
    """The signed manifest's bytes."""
    return signed.assemble(KIND, protected, payload, signature)


def make_blob(signed_manifest, contents):
    """The whole release. contents: the files' bytes in the manifest's order; the caller made the manifest of the same."""
    return uint(len(signed_manifest), LENGTH_SIZE) + bytes(signed_manifest) + b"".join(contents)


def manifest_size(beginning):
    """How many bytes the signed manifest has, from a blob's first four. BadInput (DAMAGED) when it cannot be."""
    size = int.from_bytes(beginning[:LENGTH_SIZE], "big")
    if len(beginning) < LENGTH_SIZE or not 0 < size <= KIND.bytes_max:
        raise damaged(KIND, "its manifest's length cannot be.")
    return size


def open_release_steps(signed_manifest, public_key, scheme, newest_number):
    """Generator, yields None often and returns the manifest map. public_key: the scheme's of purpose "release". newest_number: of the
    release that runs, 0 for none. Raises BadInput; the module's page lists the codes."""
    manifest = yield from signed.proven_steps(KIND, signed_manifest, public_key, scheme)
    _check(manifest)
    signed.refuse_older(KIND, manifest["number"], newest_number)
    return manifest


def open_release(signed_manifest, public_key, scheme, newest_number):
    """`open_release_steps`, run to its end."""
    return finished(open_release_steps(signed_manifest, public_key, scheme, newest_number))


def trusted_release(signed_manifest):
    """The manifest of bytes that were proven before. BadInput: DAMAGED, VERSION."""
    _, manifest = signed.trusted(KIND, signed_manifest)
    _check(manifest)
    return manifest


def _check(manifest):
    if not isinstance(manifest, dict):
        raise damaged(KIND, "its manifest is no map.")
    signed.check_format(KIND, manifest.get("format"), FORMAT)
    if sorted(manifest) != ["board", "files", "format", "mpy", "number"]:
        raise damaged(KIND, "the manifest's fields are not those of one.")
    if not is_number(manifest["number"]) or manifest["number"] == 0 or not is_number(manifest["mpy"], 0xFF):
        raise damaged(KIND, "its number or its version of compiled files is out of range.")
    board, files = manifest["board"], manifest["files"]
    if not isinstance(board, str) or not 0 < len(board) <= 32:
        raise damaged(KIND, "it does not say for which board it is.")
    if not isinstance(files, list) or not 0 < len(files) <= FILES_MAX:
        raise damaged(KIND, "it has no files, or more than %d." % FILES_MAX)
    seen = {}
    for row in files:
        if not isinstance(row, list) or len(row) != 3 or not is_path(row[0]) or not is_number(row[1], FILE_BYTES_MAX):
            raise damaged(KIND, "a row of its manifest is no path, size and hash.")
        if not isinstance(row[2], bytes) or len(row[2]) != _DIGEST_SIZE or row[0] in seen:
            raise damaged(KIND, "a file has no hash, or stands twice: %s." % row[0])
        seen[row[0]] = True


def is_path(path):
    """True for a path that a release may write: `terminal/...` or `cardos/...`, plain names, one ending."""
    if not isinstance(path, str) or len(path) > PATH_MAX:
        return False
    parts = path.split("/")
    stem, dot, ending = parts[-1].partition(".")
    if not 2 <= len(parts) <= 5 or parts[0] not in _FOLDERS or not dot or ending not in _ENDINGS:
        return False
    return all([part and not [letter for letter in part if letter not in _LETTERS] for part in parts[1:-1] + [stem]])
