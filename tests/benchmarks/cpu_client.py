"""One PC/SC client process for `cpu`: taps of ours on one reader, and the same APDUs by plain scripts on another, in turns.

    python -m tests.benchmarks.cpu_client HOME READER_OURS READER_PLAIN BLOCKS TAPS_A_BLOCK

Prints JSON: {"exchanges": [ours, plain], way: [ms, ...], ...}: process CPU a tap, one number a block, for each of

    ours      a whole earning tap through the tap desk: wait for the card, decide, journal twice, write, read back
    classes   a plain script with pyscard's classes, as its manual shows
    thin      a plain script with pyscard's thin functions, the least that Python can do
    watched   as thin, each call under the watchdog that our links use
    ledger    intent and outcome of one tap alone

The plain scripts connect, send the APDUs that our own tap sent to that card before, check each status word, and disconnect.
"""

import json
import sys
import time
from pathlib import Path

from smartcard import scard as api
from smartcard.System import readers as list_readers

from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.readers.pcsc import PcscReader
from host_tools.readers.watchdog import Worker
from host_tools.store import Store
from tests.benchmarks.ledger_rate import Taps, ledger_tap

WAIT_S = 10.0
WARM_TAPS = 5


class Overheard:
    """pyscard's thin module, with the APDUs kept."""

    def __init__(self):
        self.apdus = []

    def __getattr__(self, name):
        return getattr(api, name)

    def SCardTransmit(self, handle, header, apdu):
        self.apdus.append(list(apdu))
        return api.SCardTransmit(handle, header, apdu)


def tap(desk, reader, kind, **wish):
    """One wish for the card on a reader; it must be done. Returns the exchanges it took."""
    answer = desk.perform(Wish(kind=kind, **wish), reader, wait_s=WAIT_S)
    if answer["outcome"] != "done":
        sys.exit("%s: %s" % (kind, answer["message"]))
    return answer["exchanges"]


def recorded_tap(desk, name):
    """The APDUs of one steady earning tap on a card issued here for it."""
    heard = Overheard()
    with PcscReader(name, heard) as reader:
        tap(desk, reader, "issue")
        for _ in range(4):
            heard.apdus = []
            tap(desk, reader, "sell", amount=450)
    return heard.apdus


def by_classes(reader, apdus):
    """A plain script with pyscard's classes. reader: found once, as such a script does."""
    connection = reader.createConnection()
    connection.connect(disposition=api.SCARD_LEAVE_CARD)
    for apdu in apdus:
        _, sw1, sw2 = connection.transmit(apdu)
        if (sw1, sw2) != (0x90, 0x00):
            sys.exit("the plain script got %02X%02X" % (sw1, sw2))
    connection.disconnect()


def by_thin_functions(context, name, apdus, call=lambda _limit_s, function, *arguments: function(*arguments)):
    """The same with `smartcard.scard`. call: as `Worker.call`."""
    _, handle, _ = call(WAIT_S, api.SCardConnect, context, name, api.SCARD_SHARE_SHARED, api.SCARD_PROTOCOL_T0 | api.SCARD_PROTOCOL_T1)
    for apdu in apdus:
        result, answer = call(WAIT_S, api.SCardTransmit, handle, api.SCARD_PCI_T1, apdu)
        if result or answer[-2:] != [0x90, 0x00]:
            sys.exit("the thin script got %08X" % (result & 0xFFFFFFFF))
    call(WAIT_S, api.SCardDisconnect, handle, api.SCARD_LEAVE_CARD)


def cpu_ms(action, times):
    """CPU of this process for one `action()`, milliseconds."""
    started = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - started) * 1000 / times


def main(home, ours, plain, blocks, taps):
    home = Path(home)
    with Home.open(home) as shop, Store.open(home / "alone.sqlite") as store, PcscReader(ours) as reader:
        desk = TapDesk(shop)
        apdus = recorded_tap(desk, plain)
        _, context = api.SCardEstablishContext(api.SCARD_SCOPE_SYSTEM)
        worker = Worker("bench")
        plain_reader = next(one for one in list_readers() if str(one) == plain)
        tap(desk, reader, "issue")
        tap(desk, reader, "sell", amount=450)
        entries = Taps(shop.store.transaction(shop.store.next_transaction() - 1)["entry"])
        ways = {
            "ours": lambda: tap(desk, reader, "sell", amount=450),
            "classes": lambda: by_classes(plain_reader, apdus),
            "thin": lambda: by_thin_functions(context, plain, apdus),
            "watched": lambda: by_thin_functions(context, plain, apdus, worker.call),
            "ledger": lambda: ledger_tap(store, entries),
        }
        for way in ways.values():
            cpu_ms(way, WARM_TAPS)
        found = {name: [] for name in ways}
        for _ in range(int(blocks)):
            for name, way in ways.items():
                found[name].append(cpu_ms(way, int(taps)))
        found["exchanges"] = [tap(desk, reader, "sell", amount=450), len(apdus)]
        worker.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
