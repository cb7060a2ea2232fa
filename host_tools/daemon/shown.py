"""`card show` and `card history`: what the card says, beside what the ledger says."""

from datetime import datetime, timedelta, timezone

from cardos.offers.standing import counter_names
from cardos.records.fields import operation_name
from cardos.taps.classes import class_of
from host_tools.daemon import answers

_MINUTE_0 = datetime(2026, 1, 1, tzinfo=timezone.utc)


def minute_text(minute):
    """A record's minute as ISO UTC."""
    return (_MINUTE_0 + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(home, face, terms):
    """The keys of `card show` for a card's face."""
    doubts = home.store.doubts(face.family, face.uid)
    doubt = None
    if doubts:
        oldest = doubts[0]
        sale = oldest["sale"] or oldest["details"].get("sale")
        doubt = {"sale": sale, "operation": oldest["operation"], "since": minute_text(oldest["minute"])}
    status = face.status
    if status == "active" and face.sequence == 1:
        status = "new"
    return {
        "uid": face.uid.hex().upper(), "family": face.family, "channel": face.channel, "class": class_of(face.family),
        "scheme": "%04X" % terms.scheme, "card_number": face.card_number, "sequence": face.sequence,
        "counters": answers.standing(terms.pack, face.counters, terms.day)["counters"] if face.sequence else {},
        "expires": answers.expiry_days(terms.pack, face.counters) if face.sequence else {},
        "offers": answers.standing(terms.pack, face.counters, terms.day)["progress"] if face.sequence else [],
        "status": status, "in_doubt": doubt, "seal": _seal_of(face),
    }  # fmt: skip


def _seal_of(face):
    """ "sealed", "unsealed", "wrong", or None: the card has no room for a seal, or nobody asked."""
    found = face.opened.found
    return found.seal if found else None


def history_rows(home, face):
    """The card's taps, oldest first: the ledger's, and from the card what this home did not write: its records, and its past taps."""
    names = {str(key): name for key, name in counter_names(home.pack).items()}
    rows, known = [], set()
    for row in home.store.history(face.family, face.uid):
        known.add(row["sequence"])
        change = {names.get(key, key): delta for key, delta in row["change"].items()}
        rows.append({
            "at": row["at"], "terminal": row["terminal"], "operation": row["operation"], "change": change,
            "outcome": row["outcome"], "source": "ledger", "sale": row["sale"], "sequence": row["sequence"],
        })  # fmt: skip
    for tap, change in card_taps(face, known):
        rows.append({
            "at": minute_text(tap.minute), "terminal": tap.terminal, "operation": operation_name(tap.operation),
            "change": {names.get(str(key), str(key)): delta for key, delta in change.items()}, "outcome": "done",
            "source": "card", "sale": None, "sequence": tap.sequence,
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["sequence"])


def card_taps(face, known):
    """[(record or ring entry, {counter id: change})] on the card that the ledger does not know.

    A record is proven by its MAC and comes first; a ring entry is the card's word alone, and gives the change where the record
    before it is gone.
    """
    found = face.opened.found
    entries = {entry.sequence: entry for entry in (found.past if found else ())}
    changes = {number: {entry.counter_id: entry.change} if entry.counter_id else {} for number, entry in entries.items()}
    proven = face_records(face, known)
    taps = [(record, change or changes.get(record.sequence, {})) for record, change in proven]
    known = known | {record.sequence for record, _ in proven}
    return taps + [(entry, changes[number]) for number, entry in entries.items() if number not in known]


def face_records(face, known):
    """[(record, {counter id: change})] on the card that the ledger does not know; the change needs its predecessor beside it."""
    records = sorted(getattr(face, "records", ()), key=lambda record: record.sequence)
    out = []
    for record in records:
        if record.sequence in known:
            continue
        before = [other for other in records if other.sequence == record.sequence - 1]
        values = before[0].values() if before else {}
        change = {key: pair[0] - values.get(key, (0, 0))[0] for key, pair in record.values().items()} if before else {}
        out.append((record, {key: delta for key, delta in change.items() if delta}))
    return out
