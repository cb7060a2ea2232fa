"""What is wrong with a person's file, said so that it can be put right: `FILE:LINE: key: what is wrong. What to do.`

All problems of a file are collected and told together. `read_table` opens a TOML file; `Problems` gathers; `OfferProblems` is the
BadInput that carries them.
"""

import difflib
import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple, NoReturn

from cardos.errors import BadInput
from host_tools.offers.toml_lines import line_of, lines_of

BYTES_MAX = 1 << 20  # a pack of every offer in the gallery is a tenth of this
SHOWN_MAX = 40  # characters of a wrong value that a message repeats
TOLD_MAX = 40  # problems that one message tells; the rest is counted
CODE = "OFFER"
COMPILED = b"\xd2"  # the tag that a signed pack begins with; no UTF-8 text does
HINT = "docs/offers.md lists the keys of every template."
_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


class Problem(NamedTuple):
    """One thing to put right. `line` is 0 where the input has no lines (a row given as JSON)."""

    file: str
    line: int
    key: str
    what: str
    remedy: str

    def __str__(self):
        place = "%s:%d" % (self.file, self.line) if self.line else self.file
        return ("%s: %s%s %s" % (place, self.key + ": " if self.key else "", self.what, self.remedy)).rstrip()


class OfferProblems(BadInput):
    """BadInput with the single problems in `problems`; the message has one line for each."""

    def __init__(self, problems):
        told = [str(problem) for problem in problems[:TOLD_MAX]]
        if len(problems) > TOLD_MAX:
            told.append("… and %d more." % (len(problems) - TOLD_MAX))
        super().__init__("\n".join(told), HINT, CODE)
        self.problems = list(problems)


class Problems:
    """Gathers the problems of one input: a file with its lines, or a name (`row A01`) without."""

    def __init__(self, file, lines=None):
        self.file = str(file)
        self.lines = lines
        self.found: list[Problem] = []

    def add(self, path, what, remedy):
        """One problem at a path of keys and indices; () is the whole input."""
        self.found.append(Problem(self.file, self.line(path), dotted(path), what, remedy.strip()))

    def line(self, path):
        """The line of a path; 0 when this input has no lines."""
        return line_of(self.lines, path) if self.lines is not None else 0

    def raise_any(self):
        """OfferProblems with everything gathered, in the order of the lines."""
        if self.found:
            raise OfferProblems(sorted(self.found, key=lambda problem: problem.line))


def dotted(path):
    """("codes", "A B", 0) -> 'codes."A B"[0]'."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += "[%d]" % part
        else:
            plain = re.fullmatch(r"[\w-]{1,64}", str(part), re.ASCII)
            out += ("." if out else "") + (str(part) if plain else shown(str(part)))
    return out


def shown(value):
    """A wrong value as a message repeats it: as it would be written, cut when long."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**SHOWN_MAX:
        return "a number of more than %d digits" % SHOWN_MAX
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # dates of TOML, or nesting without end: their own words do
        text = str(value) if not isinstance(value, (dict, list)) else "this table" if isinstance(value, dict) else "this list"
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"


def nearest(word, known):
    """'Did you mean `x`? ' for the nearest known word, else ''."""
    found = difflib.get_close_matches(str(word), sorted(known), 1, 0.6)
    return "Did you mean `%s`? " % found[0] if found else ""


def read_table(path, what="offer"):
    """(table, Problems) of a TOML file. OfferProblems when it is no file, no UTF-8, no TOML, or empty."""
    path = Path(path)
    text = _text(path, what)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _fail(path, *_syntax(text, str(error)))
    except ValueError:  # the parser's own int() gives up on thousands of digits
        _fail(path, 1, "", "a number in this file has thousands of digits.", "Write numbers of at most 13 digits.")
    except RecursionError:
        _fail(path, 1, "", "brackets are nested too deeply.", "No key of an offer needs more than four levels.")
    if not table:
        _fail(path, 1, "", "the file is empty.", _first_line(what))
    return table, Problems(path, lines_of(text))


def _text(path, what):
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        _fail(path, 0, "", "there is no such file.", "Check the name.")
    except IsADirectoryError:
        _fail(path, 0, "", "this is a directory.", "Name a file in it, as %s." % (path / "pack.toml"))
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        _fail(path, 0, "", "the file cannot be read (%s)." % (getattr(error, "strerror", None) or error), "Check its rights.")
    if len(content) > BYTES_MAX:
        _fail(path, 0, "", "the file has %d bytes; an offer has at most %d." % (len(content), BYTES_MAX), "Name an offer's file.")
    if not content.strip():
        _fail(path, 1, "", "the file is empty.", _first_line(what))
    if content[:1] == COMPILED:
        _fail(path, 0, "", "this is a compiled pack, not TOML.", "Give it to `stampd offers explain`.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _fail(path, line, "", "a byte here is not UTF-8.", "Save the file as UTF-8 in the editor.")


def _first_line(what):
    return 'Begin it with offers = ["…"].' if what == "pack" else 'Begin it with template = "stamp-card" or another template.'


def _syntax(text, words):
    """(line, key, what, remedy) of what the TOML parser said."""
    found = _PLACE.search(words)
    line = int(found.group(1)) if found else text.count("\n") + 1
    what = _PLACE.sub("", words).replace(" (at end of document)", " at the end of the file")
    remedy = "Give each key once." if "overwrite" in what or "twice" in what else 'Text stands in "quotes", a list in [brackets], one key = value a line.'
    return line, "", "this is not TOML: %s." % (what[:1].lower() + what[1:]).rstrip("."), remedy


def _fail(path, line, key, what, remedy) -> NoReturn:
    raise OfferProblems([Problem(str(path), line, key, what, remedy)])
