"""From one compiled pack to the next: which counter of a card becomes which.

A counter is known by its name. `counter_map(old, new)` says for each: kept (same places), moved (same name, other places), renamed
(other name, same places), new, dropped (its value would be gone).
"""

from cardos.errors import BadInput

KEPT, MOVED, RENAMED, NEW, DROPPED = "kept", "moved", "renamed", "new", "dropped"


def counter_map(old, new):
    """[{"what", "from", "to", "old_ids", "new_ids"}] in the order of the old pack, then what is new. old, new: pack dicts."""
    rows = [row for row in new["counters"] if row["ids"]]
    by_name = {row["name"]: row for row in rows}
    by_ids = {tuple(row["ids"]): row for row in rows}
    names = {row["name"] for row in old["counters"]}
    taken, out = set(), []
    for row in old["counters"]:
        if not row["ids"]:
            continue  # computed from another counter: nothing on the card
        to = by_name.get(row["name"])
        what = KEPT if to and list(to["ids"]) == list(row["ids"]) else MOVED
        if to is None:
            to = by_ids.get(tuple(row["ids"]))
            to = None if to is None or to["name"] in names or to["kind"] != row["kind"] else to
            what = RENAMED if to else DROPPED
        if to:
            taken.add(to["name"])
        out.append(_line(what, row, to))
    return out + [_line(NEW, None, row) for row in rows if row["name"] not in taken]


def _line(what, old, new):
    return {
        "what": what, "from": old and old["name"], "to": new and new["name"],
        "old_ids": list(old["ids"]) if old else [], "new_ids": list(new["ids"]) if new else [],
    }  # fmt: skip


def refuse_losses(lines, dropped_knowingly):
    """BadInput (COUNTER_DROPPED) when a counter would be dropped that nobody named: cards may hold something in it."""
    lost = [line["from"] for line in lines if line["what"] == DROPPED and line["from"] not in dropped_knowingly]
    if lost:
        raise BadInput(
            "The new pack has no place for %s: what customers hold there would be gone." % ", ".join(lost),
            "Keep an offer with that counter, or say that it may go: %s." % " ".join("--drop %s" % name for name in lost), "COUNTER_DROPPED",
        )  # fmt: skip
    unknown = sorted(set(dropped_knowingly) - {line["from"] for line in lines if line["what"] == DROPPED})
    if unknown:
        raise BadInput("%s is not dropped by the new pack." % ", ".join(unknown), "Leave that --drop out.", "COUNTER_DROPPED")
