"""The shop's catalogue: `catalogue.toml` in its home, a small table of what is sold.

    [latte]
    name = "Caffè latte"
    category = "coffee"
    price = "4.50"
    tile = true
"""

import tomllib
from collections import namedtuple
from pathlib import Path

from cardos.errors import BadInput
from host_tools.daemon.wishes import Line, amount_from_text

FILE = "catalogue.toml"
ITEMS_MAX = 500

# One article. price: minor units. tile: shown as a key on the till.
Item = namedtuple("Item", ["sku", "name", "category", "price", "tile"])
_KEYS = ("name", "category", "price", "tile")


class Catalogue:
    """The articles of a shop, in the file's order."""

    def __init__(self, items):
        self.items = items

    def item(self, sku):
        """The `Item` of an article number. BadInput ITEM_UNKNOWN."""
        for item in self.items:
            if item.sku == sku:
                return item
        known = ", ".join(item.sku for item in self.items[:20]) or "none"
        hint = "Known: %s. Or write the whole line: --line sku:category:quantity:price." % known
        raise BadInput("There is no article %r in the catalogue." % sku, hint, "ITEM_UNKNOWN")

    def line(self, text):
        """The `Line` of "sku" or "sku:quantity"."""
        sku, _, quantity = text.partition(":")
        if quantity and (not quantity.isdecimal() or len(quantity) > 9 or int(quantity) < 1):
            raise BadInput("%r is not sku:quantity." % text, "For example latte:2.", "BAD_LINE")
        item = self.item(sku)
        return Line(item.sku, item.category, int(quantity or 1), item.price)


def read_catalogue(home_path, minor_digits):
    """The `Catalogue` of a home; an empty one when it has no file. BadInput (CATALOGUE) with file, article and remedy."""
    path = Path(home_path) / FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Catalogue(())
    except (OSError, ValueError) as error:  # unreadable, no UTF-8, or no TOML
        raise _bad(path, str(error), "Correct that line; docs/settings.md shows a catalogue") from error
    if len(found) > ITEMS_MAX:
        raise _bad(path, "it has more than %d articles" % ITEMS_MAX, "Leave out what no offer looks at")
    return Catalogue(tuple(_item(path, sku, about, minor_digits) for sku, about in found.items()))


def _item(path, sku, about, minor_digits):
    if not isinstance(about, dict):
        raise _bad(path, "`%s` is not a table" % sku, "Write it as [%s] with name, category and price" % sku)
    unknown = [key for key in about if key not in _KEYS]
    if unknown:
        raise _bad(path, "[%s] has an unknown key `%s`" % (sku, unknown[0]), "Use name, category, price, tile")
    name, category, price, tile = about.get("name", sku), about.get("category"), about.get("price"), about.get("tile", True)
    if not isinstance(name, str) or not isinstance(category, str) or not category or ":" in sku + category or not isinstance(tile, bool):
        raise _bad(path, "[%s] needs a category, in words without colons" % sku, "As category = \"coffee\"")
    if not isinstance(price, str):
        raise _bad(path, "[%s] needs a price in quotes" % sku, "As price = \"4.50\"")
    try:
        return Item(sku, name, category, amount_from_text(price, minor_digits), tile)
    except BadInput as error:  # told with the file and the article
        raise _bad(path, "[%s]: %s" % (sku, error.message.rstrip(".")), error.hint.rstrip(".")) from error


def _bad(path, what, remedy):
    return BadInput("%s: %s." % (path, what), remedy + ".", "CATALOGUE")
