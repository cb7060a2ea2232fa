"""Published vectors for the tests here: tests/vectors/*.json, read by whatever interpreter runs.

Each file is {"format": 1, "vectors": {kind: [entry, ...]}}; an entry names its source. Hex is lower case without blanks.
"""

import json

FOLDER = __file__.replace("\\", "/").rsplit("/", 1)[0] + "/../vectors/"
_read = {}


def entries(file, kind, least):
    """The vectors of one kind. A file that lost its vectors fails here: at least `least` of them must be there."""
    if file not in _read:
        _read.clear()  # one file at a time: boards have little room
        with open(FOLDER + file) as source:
            _read[file] = json.load(source)
    found = _read[file]["vectors"][kind]
    assert len(found) >= least, "%s has %d vectors of kind %s, not %d" % (file, len(found), kind, least)
    return found


def h(text):
    """Bytes of a hex field; a field that is not part of the case (null) is empty."""
    return bytes.fromhex(text or "")
