"""Where a pass phrase comes from: a file, an open descriptor or a prompt. Never an argument, never the environment."""

import sys
from pathlib import Path

from cardos.errors import BadInput
from host_tools.provisioning.key_file import PASSPHRASE_MIN

_SIZE_MAX = 4096


def from_file(path):
    """A callable that reads the first line of a file; "-" is standard input, /dev/fd/N an open descriptor."""
    return lambda: _read(path)


def _read(path):
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.readline(_SIZE_MAX)
        else:
            with Path(path).open("rb") as file:
                data = file.readline(_SIZE_MAX)
        text = data.decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise BadInput("The pass phrase file %s cannot be read (%s)." % (path, error.strerror), "Check its name and rights.", "PASSPHRASE_FILE") from error
    except UnicodeDecodeError:
        # The cause is left out: it would carry the file's bytes.
        raise BadInput("The pass phrase file %s is not UTF-8 text." % path, "Write the pass phrase as its first line.", "PASSPHRASE_FILE") from None
    if not text:
        raise BadInput("The pass phrase file %s is empty." % path, "Write the pass phrase as its first line.", "PASSPHRASE_FILE")
    return text


def check_new(passphrase):
    """Raises BadInput when a new pass phrase is too short to protect anything."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise BadInput("A pass phrase has at least %d characters." % PASSPHRASE_MIN, "Four or five words in a row are easy to keep.", "PASSPHRASE_SHORT")
    return passphrase
