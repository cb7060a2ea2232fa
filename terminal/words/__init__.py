"""What the terminal says, one file a language; only the one in use is loaded.

A file has its texts as two long strings, lines of "key=text" and "CODE CODE=text": one object each instead of a hundred, and a frozen
build leaves them in flash.
"""


class Words:
    """The texts of one language; an unknown one is English."""

    def __init__(self, language):
        if language == "lv":
            from terminal.words import lv as table
        elif language == "lt":
            from terminal.words import lt as table
        elif language == "ru":
            from terminal.words import ru as table
        else:
            from terminal.words import en as table
        self.language, self._table = language, table

    def text(self, key, number=None):
        """The text of `key`, with `number` in the place of {n}. KeyError for a key that is not there."""
        texts = self._table.TEXTS
        at = texts.find("\n" + key + "=")
        if at < 0:
            raise KeyError(key)
        at += len(key) + 2
        text = texts[at : texts.find("\n", at)]
        return text if number is None else text.replace("{n}", str(number))

    def code(self, code):
        """The sentence of a refusal; the code itself where there is none."""
        codes = self._table.CODES
        at = codes.find(code) if code else -1
        while at >= 0:
            if codes[at - 1] in "\n " and codes[at + len(code)] in " =":
                start = codes.find("=", at) + 1
                return codes[start : codes.find("\n", start)]
            at = codes.find(code, at + 1)
        return code

    def stamps(self, number):
        """"3 to go", in the form that this number asks for."""
        return self.text("stamps." + plural(self.language, number), number)

    def money(self, minor, digits, currency):
        """An amount of minor units as people write it: "12,50 €"."""
        text = str(minor)
        if digits:
            text = "0" * (digits + 1 - len(text)) + text
            text = text[:-digits] + self._table.DECIMAL + text[-digits:]
        return text + " " + ("€" if currency == "EUR" else currency)


def plural(language, n):
    """zero, one, few, many or other for a whole number (Unicode CLDR)."""
    ten, hundred = n % 10, n % 100
    is_one, is_teen = ten == 1 and hundred != 11, 11 <= hundred <= 19
    if language == "lv":
        return "zero" if ten == 0 or is_teen else "one" if is_one else "other"
    if language == "lt":
        return "one" if is_one else "few" if ten and not is_teen else "other"
    if language == "ru":
        return "one" if is_one else "few" if 2 <= ten <= 4 and not 12 <= hundred <= 14 else "many"
    return "one" if n == 1 else "other"
