"""Which line of a TOML text holds which key: the standard library's parser gives values without places.

`lines_of(text)` walks a text that the parser has already accepted, so it trusts the grammar and only keeps count. A path is a
tuple of keys and indices: ("codes", "WELCOME", "bp") or ("versions", 1, "from"). Where a path is not in the text (a key that is
missing), `line_of` answers with the nearest thing around it.
"""

DEPTH_MAX = 60  # deeper nesting is not walked; its problems point at the line where it begins
_BARE_ENDS = ",]}#\n"


def lines_of(text):
    """{path: line, from 1} of every key, table, array element and inline value in an accepted TOML text."""
    return _Walk(text.replace("\r\n", "\n")).document()


def line_of(lines, path):
    """The line of a path, or of the longest part of it that the text has; 1 when it has none."""
    path = tuple(path)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Walk:
    """One pass over the text. `at` is the offset of the next character, `line` its line."""

    def __init__(self, text):
        self.text = text
        self.at = 0
        self.line = 1
        self.lines = {}
        self.arrays = {}  # path of an array of tables: index of its newest element
        self.table: tuple = ()

    def document(self):
        while self.skip_blank():
            if self.peek() == "[":
                self.header()
            else:
                self.pair(self.table, 0)
            self.to_end_of_line()
        return self.lines

    def peek(self, count=1):
        return self.text[self.at : self.at + count]

    def skip(self, count=1):
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def skip_blank(self):
        """Over blanks, line ends and comments; whether anything follows."""
        while self.peek():
            if self.peek() == "#":
                self.to_end_of_line()
            elif self.peek().isspace():
                self.skip()
            else:
                return True
        return False

    def to_end_of_line(self):
        end = self.text.find("\n", self.at)
        self.skip((len(self.text) if end < 0 else end) - self.at)

    def header(self):
        """[table] or [[table]]: where the keys below it belong."""
        brackets = 2 if self.peek(2) == "[[" else 1
        line = self.line
        self.skip(brackets)
        keys = self.keys("]")
        self.skip(brackets)
        path: tuple = ()
        for position, key in enumerate(keys):
            path += (key,)
            self.lines.setdefault(path, line)
            if position == len(keys) - 1 and brackets == 2:
                self.arrays[path] = self.arrays.get(path, -1) + 1
            if path in self.arrays:
                path += (self.arrays[path],)
        self.lines[path] = line
        self.table = path

    def keys(self, end):
        """The parts of a dotted key, up to the character that ends it."""
        parts = []
        while self.skip_blank() and self.peek() != end:
            if self.peek() == ".":
                self.skip()
            elif self.peek() in "\"'":
                parts.append(self.quoted())
            else:
                start = self.at
                while self.peek() and self.peek() not in ". \t=]\n":
                    self.skip()
                if self.at == start:
                    break  # nothing that a key could be: never in an accepted text
                parts.append(self.text[start : self.at])
        return parts

    def quoted(self):
        """A quoted key or a string value, its escapes left as they stand but for the quotes of a key."""
        quote = self.peek()
        if self.peek(3) == quote * 3:
            return self.long_string(quote)
        start = self.at + 1
        self.skip()
        while self.peek() and self.peek() != quote:
            self.skip(2 if quote == '"' and self.peek() == "\\" else 1)
        inner = self.text[start : self.at]
        self.skip()
        return inner

    def long_string(self, quote):
        self.skip(3)
        start = self.at
        while self.peek() and self.peek(3) != quote * 3:
            self.skip(2 if quote == '"' and self.peek() == "\\" else 1)
        inner = self.text[start : self.at]
        self.skip(3)
        while self.peek() == quote:  # up to two more quotes belong to the text
            self.skip()
        return inner

    def pair(self, table, depth):
        line = self.line
        path = tuple(table)
        for key in self.keys("="):
            path += (key,)
            self.lines.setdefault(path, line)
        self.lines[path] = line
        self.skip()
        while self.peek() in (" ", "\t"):
            self.skip()
        self.value(path, depth + 1)

    def value(self, path, depth):
        if depth > DEPTH_MAX:
            self.skip(len(self.text) - self.at)
        elif self.peek() in ('"', "'"):
            self.quoted()
        elif self.peek() == "[":
            self.array(path, depth)
        elif self.peek() == "{":
            self.inline_table(path, depth)
        else:
            while self.peek() and self.peek() not in _BARE_ENDS:
                self.skip()

    def array(self, path, depth):
        self.skip()
        index = 0
        while self.skip_blank() and self.peek() != "]":
            if self.peek() == ",":
                self.skip()
                continue
            self.lines[(*path, index)] = self.line
            self.value((*path, index), depth + 1)
            index += 1
        self.skip()

    def inline_table(self, path, depth):
        self.skip()
        while self.skip_blank() and self.peek() != "}":
            if self.peek() == ",":
                self.skip()
                continue
            self.pair(path, depth)
        self.skip()
