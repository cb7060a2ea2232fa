"""Taps of a card through the board's PN532 driver on a serial line: `INTERPRETER pn532_taps.py REPOSITORY LINK FAMILY OPERATIONS [KBPS]`.

Runs on MicroPython's unix port and on CPython. Prints one line a tap, `OPERATION OUTCOME EXCHANGES STAMPS`; test_pn532_taps.py
wants the same lines from the host's link to the same chip. OPERATIONS: words of `taps`, with commas between. Without "issue" among
them the card is one that another terminal of this shop issued.
"""

import sys


def taps(shop, presentation, operations):
    """Lines of a story with one card. presentation: a function of a tap that gives (outcome, exchanges)."""
    from cardos.taps.issue import issue
    from cardos.taps.read import read
    from cardos.taps.sell import sell
    from tests.portable.shop import LINK, sale

    shop.issued = "issue" not in operations
    if shop.issued:
        shop.status, shop.next_number = "active", 2
    for number, word in enumerate(operations):
        if word == "issue":
            wish = issue(shop.terms(), 1, LINK, {1: (9, 0)}, "paper card")
        elif word == "read":
            wish = read(shop.terms())
        else:
            wish = sell(shop.terms(), sale(redeem="auto" if word == "sell:auto" else "none"), "r%d" % number, None)
        outcome, exchanges = presentation(wish)
        stamps = outcome.card.counters.get(1, (0, 0))[0] if getattr(outcome, "card", None) else "-"
        yield "%s %s %d %s" % (word, type(outcome).__name__, exchanges, stamps)


def deal(shop, outcome):
    """Book what landed, as the shop's own `tap` does."""
    if getattr(outcome, "record_mac", None) is not None:
        shop.outcome(outcome.entry["transaction"], True, outcome.entry["sequence"], outcome.record_mac)
    return outcome


class BoardLink:
    """The synchronous link of a tap over the asyncio driver: each exchange runs the loop until it is answered."""

    def __init__(self, chip, run):
        self._chip = chip
        self._run = run

    def exchange(self, frame, wait_ms):
        return self._run(self._chip.exchange(frame, wait_ms))

    def presented(self, uid_wanted):
        from cardos.exchange import Presentation

        card = self._chip.card
        return Presentation(card.kind, card.uid, card.ats, None, None)


def main(link, family, operations, kbps=None):
    import asyncio

    from cardos import tap_runner
    from terminal.nfc_chips.buses.pn532_uart import UartBus
    from terminal.nfc_chips.buses.stream import open_line
    from terminal.nfc_chips.pn532 import Pn532
    from tests.portable.shop import Shop

    chip = Pn532(UartBus(open_line(link)))
    shop = Shop(family)
    board = BoardLink(chip, asyncio.run)

    def presentation(wish):
        found = asyncio.run(chip.find(5000))
        if kbps:
            asyncio.run(chip.set_bit_rate(int(kbps)))
        assert asyncio.run(chip.is_present())
        outcome = deal(shop, tap_runner.run(wish, board, shop))
        exchanges = chip.exchanges
        assert asyncio.run(chip.is_present()) and found.uid == chip.card.uid
        asyncio.run(chip.release())
        return outcome, exchanges

    for line in taps(shop, presentation, operations.split(",")):
        print(line)
    asyncio.run(chip.stop())


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    main(*sys.argv[2:])
