"""What has to hold after every day and at the end, whatever was torn, lost, copied and stolen. Every difference has a case.

nothing lost     what a customer was told to be done is on the card, for good, and in the end in the ledger
no minting       what the ledger says landed is on the card, once; each record on a card is in the ledger, or a case names it
doubts end       the ledger's open entries are settled when the cards came home; what cannot be said stands behind a named gap
receipts         lines that a board believes to be stored are stored
a stop is a stop nothing of a revoked board comes into the ledger
balances         the ledger's counters of a card are the card's; two ledgers with the same lines in another order agree
proof            the ledger verifies, and its register can be made anew from its events
"""

import json

from tests.simulation.boards.truth import Broken

_LANDED = ("done", "landed")
_ROWS = (
    "SELECT t.terminal, t.number, t.state, t.mac, t.sequence, e.body FROM transactions t JOIN events e ON e.number = t.event"
    " WHERE t.uid = ? AND t.family = ? ORDER BY t.event"
)


def after_a_day(world):
    """Raises `Broken`."""
    for card in world.cards:
        chain = None if card.is_restless else world.truth.chain(card.chip)
        if chain is not None:
            check_card(world, card, chain)
    for board in world.honest:
        check_receipts(world, board)
    check_stop(world)


def check_card(world, card, chain):
    """What was told and what the ledger holds of a card, against the card. Returns its ledger rows that landed, by record."""
    on_card, name = {landed.body: landed for landed in chain}, card.uid.hex()
    for who, entry in world.told:
        if entry["uid"] == name and entry["record"] not in on_card:
            raise Broken("nothing lost: %s said that %s of record %d was done on %s" % (who, entry["operation"], entry["sequence"], name))
    landed = {}
    for row in world.query(_ROWS, card.uid, card.family):
        body = json.loads(row["body"])["entry"]["record"]
        if row["state"] in _LANDED:
            if body not in on_card or on_card[body].link != bytes(row["mac"]) or on_card[body].sequence != row["sequence"]:
                raise Broken("no minting: transaction %d/%d of %s is %s and not on the card" % (row["terminal"], row["number"], name, row["state"]))
            if body in landed:
                raise Broken("at most once: record %d of %s stands twice in the ledger" % (row["sequence"], name))
            landed[body] = row
        elif row["state"] == "not_landed" and body in on_card:
            raise Broken("nothing lost: transaction %d/%d is on %s and called not landed" % (row["terminal"], row["number"], name))
    return landed


def check_receipts(world, board):
    """The shop has the line up to which a board believes itself stored, of this very journal."""
    journal = board.journal
    if board.journal.troubles:
        raise Broken("receipts: the journal of %s is damaged: %s" % (board.label, journal.troubles))
    if not journal.stored:
        return
    chain = journal.head()[1] if journal.stored == journal.count else journal.batch(journal.stored + 1, 1)[1]
    held = world.query("SELECT chain FROM board_lines WHERE terminal = ? AND number = ?", board.terminal, journal.stored)
    if chain not in [bytes(row["chain"]) for row in held]:
        raise Broken("receipts: %s believes line %d to be stored, and it is not" % (board.label, journal.stored))


def check_stop(world):
    """Nothing of the stolen board came in after it was revoked."""
    if world.held_when_revoked is not None and world.lines_held(world.stolen.terminal) != world.held_when_revoked:
        raise Broken("a stop is a stop: lines of a revoked board were folded")


def at_the_end(world):
    """After `month.finish`. Raises `Broken`; what differs and why is left in `world.differences`."""
    after_a_day(world)
    missing = set()
    world.differences = {}
    for card in world.cards:
        chain = world.truth.chain(card.chip)
        if chain is None:
            raise Broken("readable: %s cannot be read" % card.uid.hex())
        missing |= _missing(world, card, chain)
        _check_balance(world, card, chain)
    _check_cases(world, missing)
    _check_doubts(world, missing)
    for board in world.honest:
        if board.waits:
            raise Broken("nothing lost: %s keeps lines that the shop has not" % board.label)
    _check_proof(world)


def _missing(world, card, chain):
    """{(uid hex, sequence)} of records on a card that are not in the ledger; only a stolen board's may be.

    One that the ledger has and still calls open is a doubt that no chain reaches: it has to stand behind such a gap.
    """
    held, name, found = check_card(world, card, chain), card.uid.hex(), set()
    doubted = {entry["record"] for entry in world.home.store.all_doubts() if entry["uid"] == name}
    for landed in reversed(chain):
        if landed.body in held or landed.body in doubted and found:
            continue
        if not any(_is_stolen(world, one) for one in landed.intents):
            raise Broken("nothing lost: %r is on the card and not in the ledger" % landed.intents)
        found.add((name, landed.sequence))
    return found


def _is_stolen(world, intended):
    return world.stolen is not None and intended.entry["terminal"] == world.stolen.terminal


def _check_balance(world, card, chain):
    row = world.home.store.card(card.family, card.uid)
    counters = {str(key): list(pair) for key, pair in chain[-1].counters.items()}
    if row.counters != counters or row.last_seen_sequence != chain[-1].sequence or row.last_seen_mac != chain[-1].link:
        raise Broken("balances: the ledger has %s of %s, the card %s" % (row.counters, card.uid.hex(), counters))
    held = {landed.body: landed for landed in chain}
    before = None
    for landed in chain:  # and what each record changed adds up to what the card holds
        entry = landed.intents[0].entry
        if before is not None and entry["counters_before"] != before and any(pair != [0, 0] for pair in entry["counters_before"].values()):
            raise Broken("balances: record %d of %s began with other counters than the one before it left" % (landed.sequence, card.uid.hex()))
        before = entry["counters_after"]
    assert len(held) == len(chain)


def _check_cases(world, missing):
    """Each gap is named by a case, and each case is of something that happened."""
    cases = world.home.store.cases(open_only=False)
    said = [case for case in cases if case["kind"] == "MISSING_INTENT"]
    named = {(case["detail"]["uid"].lower(), case["detail"]["sequence"]) for case in said if case["closed_at"] is None}
    early = [case["detail"] for case in said if case["closed_at"] is not None]  # their intents came later, and the ledger closed them itself
    for detail in early:
        if not _is_twins(world, detail):
            raise Broken(
                "a case of nothing: record %d of %s was said to be missing before every board had told what it had" % (detail["sequence"], detail["uid"])
            )
    doubted = {(entry["uid"], entry["sequence"]) for entry in world.home.store.all_doubts()}
    for uid, sequence in missing:
        above = sequence  # a doubt that is still open says nothing of the record below it, nor of another at its own place: the gap goes on
        while (uid, above) not in named and (uid, above + 1) in missing | doubted:
            above += 1
        if (uid, above) not in named and (uid, above) not in doubted:
            raise Broken("balances: record %d of %s is in no ledger and in no case" % (sequence, uid))
    for uid, sequence in named - missing:
        raise Broken("a case of nothing: record %d of %s is said to be missing" % (sequence, uid))
    expected = {"MISSING_INTENT": len(said)}
    if world.clone is not None:
        expected["BOARD_CLONED"] = 1
    if world.stolen is not None and world.held_when_revoked is not None:
        expected["REVOKED_BOARD"] = 1
    found = {}
    for case in cases:
        found[case["kind"]] = found.get(case["kind"], 0) + 1
    world.differences.update({"cases": found, "records of the stolen board": len(missing), "said too early": len(early)})
    for kind in set(found) | set(expected):
        if found.get(kind, 0) != expected.get(kind, 0):
            raise Broken("cases: %d of %s, not %d: %r" % (
                found.get(kind, 0), kind, expected.get(kind, 0), [case for case in cases if case["kind"] == kind][:3]))  # fmt: skip


def _is_twins(world, detail):
    """True for a record of a cloned identity: one of the two may have told everything while the other had not."""
    intents = world.truth.intents[bytes.fromhex(detail["uid"])]
    return world.cloned is not None and any(one.entry["sequence"] == detail["sequence"] and one.entry["terminal"] == world.cloned.terminal for one in intents)


def _check_doubts(world, missing):
    left = 0
    for entry in world.home.store.all_doubts():
        if not any(uid == entry["uid"] and sequence >= entry["sequence"] for uid, sequence in missing):
            raise Broken("doubts end: %d/%d of %s is still open" % (entry["terminal"], entry["transaction"], entry["uid"]))
        left += 1
    world.differences["doubts behind a gap"] = left


def _check_proof(world):
    store = world.home.store
    before = list(store.export("csv"))
    if not store.verify()["ok"]:
        raise Broken("proof: the ledger does not verify")
    store.rebuild()
    if list(store.export("csv")) != before or not store.verify()["ok"]:
        raise Broken("proof: the register made anew is another")
