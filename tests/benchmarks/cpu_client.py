"""One PC/SC client process for `cpu`: taps of ours on one reader, and the same APDUs by plain scripts on another, in turns.

    python -m tests.benchmarks.cpu_client HOME READER_OURS READER_PLAIN BLOCKS TAPS_A_BLOCK

Prints JSON: {"exchanges", "ours": [ms, ...], "classes": [ms, ...], "thin": [ms, ...]} - process CPU a tap, one number a block.
The plain scripts connect, send the APDUs that our own tap sent there before, check each status word, and disconnect; once with
pyscard's classes, as its manual shows, and once with its thin functions.
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


def by_classes(name, apdus):
    """A plain script with pyscard's classes."""
    reader = next(one for one in list_readers() if str(one) == name)
    connection = reader.createConnection()
    connection.connect(disposition=api.SCARD_LEAVE_CARD)
    for apdu in apdus:
        _, sw1, sw2 = connection.transmit(apdu)
        if (sw1, sw2) != (0x90, 0x00):
            sys.exit("the plain script got %02X%02X" % (sw1, sw2))
    connection.disconnect()


def by_thin_functions(context, name, apdus):
    """The least a script in Python can do."""
    _, handle, _ = api.SCardConnect(context, name, api.SCARD_SHARE_SHARED, api.SCARD_PROTOCOL_T0 | api.SCARD_PROTOCOL_T1)
    for apdu in apdus:
        result, answer = api.SCardTransmit(handle, api.SCARD_PCI_T1, apdu)
        if result or answer[-2:] != [0x90, 0x00]:
            sys.exit("the thin script got %08X" % (result & 0xFFFFFFFF))
    api.SCardDisconnect(handle, api.SCARD_LEAVE_CARD)


def cpu_ms(action, times):
    """CPU of this process for one `action()`, milliseconds."""
    started = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - started) * 1000 / times


def main(home, ours, plain, blocks, taps):
    with Home.open(Path(home)) as shop:
        desk = TapDesk(shop)
        apdus = recorded_tap(desk, plain)
        _, context = api.SCardEstablishContext(api.SCARD_SCOPE_SYSTEM)
        with PcscReader(ours) as reader:
            tap(desk, reader, "issue")
            ways = {
                "ours": lambda: tap(desk, reader, "sell", amount=450),
                "classes": lambda: by_classes(plain, apdus),
                "thin": lambda: by_thin_functions(context, plain, apdus),
            }
            for way in ways.values():
                cpu_ms(way, WARM_TAPS)
            found = {name: [] for name in ways}
            for _ in range(int(blocks)):
                for name, way in ways.items():
                    found[name].append(cpu_ms(way, int(taps)))
            found["exchanges"] = [tap(desk, reader, "sell", amount=450), len(apdus)]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
