"""Codes: anyone may use them, any number of times between two dates."""

import copy

from . import days
from .offer import Offer

LOWER, UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def normal(code):
    """Blanks around it trimmed, ASCII letters raised."""
    return (code or "").strip().translate(str.maketrans(LOWER, UPPER))


class Code(Offer):
    def positions(self, sale, categories):
        """Numbers of the lines in these categories; "*" means all."""
        return [position for position, line in enumerate(sale.lines) if "*" in categories or line.category in categories]

    def look_up(self, sale):
        """(entry, None) when the code of this sale applies, (None, reason) when it does not, (None, None) without a code."""
        code = normal(sale.event.get("code"))
        if not code:
            return None, None
        found = [entry for name, entry in self.p["codes"].items() if normal(name) == code]
        if not found:
            return None, "CODE_UNKNOWN"
        entry = found[0]
        if sale.today < days.day(entry["from"]):
            return None, "CODE_NOT_YET"
        if sale.today > days.day(entry["through"]):
            return None, "CODE_EXPIRED"
        if any(line.sku in entry["excluded_skus"] for line in sale.lines):
            return None, "EXCLUDED_ITEM"
        if sale.gross < entry["min_basket"]:
            return None, "MIN_BASKET"
        if not self.positions(sale, entry["categories"]):
            return None, "NOT_ELIGIBLE"
        return entry, None

    def prices(self, books, sale, card):
        entry, sale.declined = self.look_up(sale)
        if entry:
            sale.reduce_bp([sale.lines[position] for position in self.positions(sale, entry["categories"])], entry["bp"])


class CodesBestOf(Code):
    shown = ("purchases",)

    def prices(self, books, sale, card):
        """The better of code and standing rate in money, all told; then the fixed sum off the machine for former customers."""
        former = card is not None and card.get("purchases") > 0
        entry, sale.declined = self.look_up(sale)
        choices = []
        if entry:
            choices.append((self.positions(sale, entry["categories"]), entry["bp"]))
        if former:
            choices.append((self.positions(sale, self.p["repeat_categories"]), self.p["repeat_bp"]))
        if choices:
            self.apply(sale, former, max(choices, key=lambda choice: self.discount_of(sale, former, choice)))
        else:
            self.apply(sale, former, ([], 0))

    def apply(self, sale, former, choice):
        """Percentage first, then the fixed sum, once per sale."""
        positions, rate_bp = choice
        sale.reduce_bp([sale.lines[position] for position in positions], rate_bp)
        if former:
            sale.reduce(sale.of_category(self.p["machine_category"]), self.p["machine_off"])

    def discount_of(self, sale, former, choice):
        """What this choice would give in money, all told; of equal ones the code is taken."""
        trial = copy.deepcopy(sale)
        self.apply(trial, former, choice)
        return trial.discount

    def status(self, books, sale, card):
        if card:
            card.add("purchases", 1)

    def after_refund(self, books, back, card):
        if card and back.now_whole and back.sale.gross > 0:
            card.set("purchases", max(0, card.get("purchases") - 1))


KINDS = {"code": Code, "codes-best-of": CodesBestOf}
