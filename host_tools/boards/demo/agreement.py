"""Whether board, ledger and cards say the same: each is asked for itself, the board's flash by the board's own firmware.

Run while nothing moves: no card on the reader, and the board without power.
"""

import json
from collections import namedtuple

from cardos.offers.standing import counter_names

# What a board's flash holds. lines: of its journal, ever; stored: up to which the shop has them; doubts: open intents; cards: {uid hex: (sequence,
# MAC's start hex)} of its index; counters: {uid hex: {counter id: value}} of the newest record that landed, as far as its lines are still there.
Flash = namedtuple("Flash", ["lines", "stored", "chain", "doubts", "cards", "counters"])

# Runs in the board's folder, with its firmware.
_LOOK = """
import sys, json
sys.path.insert(0, "a")
from cardos.records import journal_line as lines
from terminal.journal import Journal
from terminal.key_vault import open_vault_file
from terminal.journal_segments import FlashFiles
vault = open_vault_file("data/vault")
journal = Journal(FlashFiles("data/journal"), vault.terminal, vault.head_mac)
count, chain = journal.head()[:2]
intents, counters, landed, first = {}, {}, {}, 1
while first <= count:
    try:
        before, _, batch = journal.batch(first, 4096)
    except Exception as trouble:
        if getattr(trouble, "code", "") != "JOURNAL_LINE":
            raise
        first += 1
        continue
    for line in batch:
        fields = lines.fields_of(line)
        if fields[0] in (lines.INTENT, lines.DOUBT):
            intents[fields[1]] = fields
        elif fields[0] == lines.OUTCOME and fields[3] != lines.NOT_LANDED and fields[1] in intents:
            one = intents[fields[1]]
            uid = bytes(one[4]).hex()
            if fields[4] >= landed.get(uid, 0):
                landed[uid] = fields[4]
                values = lines.intent_record(one)[1].values()
                counters[uid] = {str(key): values[key][0] for key in values}
    first = before + len(batch) + 1
index, cards = journal._index, {}
for at in range(0, index.rows * 16, 16):
    seen = index.seen(bytes(index.table[at : at + 8]))
    cards[bytes(index.table[at + 1 : at + 8]).hex()] = [seen.sequence, seen.mac.hex()]
print(json.dumps({"lines": count, "stored": journal.stored, "chain": chain.hex(), "doubts": journal.open_intents, "cards": cards, "counters": counters}))
"""


def flash_of(device):
    """The `Flash` of a board whose flash is a folder. device: its `FolderDevice`. Raises what `FolderDevice.run` raises."""
    return Flash(**json.loads(device.run(_LOOK)))


def differences(shop, flash, *, told):
    """Sentences on everything in which board, ledger and cards differ; [] when they agree.

    shop: a `DemoShop`. flash: a `Flash`, or None. told: whether the ledger has heard the whole journal; else only board and cards are compared.
    """
    found, names = [], {str(key): name for key, name in counter_names(shop.home.pack).items()}
    for card in shop.cards:
        if not card.ours:
            continue
        said = shop.card_says(card)
        if said is None:
            found.append("%s: the card cannot be read" % card.label)
            continue
        found += _with_board(card, said, flash, names) + (_with_ledger(shop, card, said, names) if told else [])
    if flash.doubts:
        found.append("the terminal has %d taps in doubt" % flash.doubts)
    if told:
        found += _whole(shop, flash)
    return found


def _with_board(card, said, flash, names):
    stamps, sequence, mac = said
    known, counters = flash.cards.get(card.uid.hex()), flash.counters.get(card.uid.hex())
    found = []
    if known is not None and (known[0], known[1]) != (sequence, mac.hex()):
        found.append("%s: record %d %s on the card, %d %s in the terminal" % (card.label, sequence, mac.hex(), known[0], known[1]))
    if counters is not None and {names[key]: value for key, value in counters.items() if key in names} != stamps:
        found.append("%s: %s on the card, %s in the terminal" % (card.label, stamps, counters))
    return found


def _with_ledger(shop, card, said, names):
    row = shop.home.store.card(card.family, card.uid)
    if row is None:
        return ["%s: the ledger does not know the card" % card.label]
    found = []
    if (row.last_seen_sequence, row.last_seen_mac) != said[1:]:
        ledger = row.last_seen_sequence, row.last_seen_mac.hex()
        found.append("%s: record %d %s on the card, %d %s in the ledger" % (card.label, said[1], said[2].hex(), *ledger))
    held = {names[key]: pair[0] for key, pair in row.counters.items() if key in names}
    if held != said[0]:
        found.append("%s: %s on the card, %s in the ledger" % (card.label, said[0], held))
    if shop.home.store.doubts(card.family, card.uid):
        found.append("%s: the ledger has a tap in doubt" % card.label)
    return found


def _whole(shop, flash):
    found, lines = [], shop.lines_told()
    if lines != flash.lines:
        found.append("%d lines in the terminal's journal, %d in the ledger" % (flash.lines, lines))
    verdict = shop.home.store.verify()
    if not verdict["ok"]:
        found.append("the ledger's chain does not fit")
    found += ["the ledger has a case: %s" % case["kind"] for case in shop.home.store.cases()]
    return found
