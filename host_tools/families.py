"""The families of cards as a person chooses among them: one row a family. The README's table and docs/families.md are checked
against it; what a class is and where its limits are stands in `cardos.taps.classes`, what a tap costs in the benchmarks' table.
"""

from collections import namedtuple

from cardos.taps.classes import class_of

# names: families of `cardos.records.fields` that share the row. title: for people. channel: how commands are protected.
# promise, limits: one sentence each. pcsc, pn532: what a reader there must be able to do, or None where the family does not work.
Row = namedtuple("Row", ["names", "title", "channel", "promise", "limits", "pcsc", "pn532"])

_DIRECT = "readers with direct commands"

ROWS = (
    Row(
        ("ntag213", "ntag215", "ntag216"), "NTAG213, 215, 216", "none; a password in clear before the first write",
        "genuine by MAC, fresh by this shop's ledger: a copy shown again is refused",
        "anybody can copy the memory; the password keeps accidents away, not attackers",
        _DIRECT + "; every reader with cards made by `card issue --open`", "yes",
    ),
    Row(
        ("ultralight-c",), "MIFARE Ultralight C", "3DES before the first write, then none",
        "as NTAG, and nobody writes without the card's key",
        "what follows the authentication can be altered on its way; weak against a patient attacker; not on terminals without 3DES",
        _DIRECT, "yes",
    ),
    Row(
        ("classic-1k",), "MIFARE Classic 1K", "none that is trusted (Crypto1 is broken)",
        "it is a number: the balance is this shop's ledger, the card carries a copy that nobody believes",
        "works in the shop that issued it only; numbers of 4 bytes repeat; anybody can make a second one",
        "yes", None,
    ),
    Row(
        ("ultralight-aes",), "MIFARE Ultralight AES", "AES, each command and answer with a MAC",
        "genuine by key, fresh by a counter that only goes up and that every record carries",
        "its keys are locked and stay for life; a session forgets everything at the first word without a MAC",
        _DIRECT, "yes",
    ),
    Row(
        ("ntag424",), "NTAG 424 DNA", "AES (EV2) or LRP, each command and answer with a MAC",
        "genuine by key; a stamp is one frame, so it is there or not; the link proves the card to a phone, once each time",
        "no proof of what was written beyond our own MAC; three counters only where every reader sends 128-byte blocks",
        "yes", "yes",
    ),
    Row(
        ("desfire-ev1",), "MIFARE DESFire EV1", "AES, commands that write and all answers with a MAC",
        "genuine by key; newest record and past records change together in one commit",
        "no proof of a transaction by the chip itself; older channel, which no tap leaves for a weaker one",
        "yes", "yes",
    ),
    Row(
        ("desfire-ev2", "desfire-ev3"), "MIFARE DESFire EV2, EV3", "AES (EV2), each command and answer with a MAC",
        "genuine by key; everything changes in one commit, which the chip counts and signs for whoever holds its key",
        "the chip's own signature is kept and not yet judged: no public source gives its exact input",
        "yes", "yes",
    ),
)  # fmt: skip

BEGIN, END = "<!-- families: written by make docs -->", "<!-- end of families -->"
_HEAD = ("family", "class", "what it promises", "channel", "exchanges of one earned stamp", "limits", "PC/SC", "PN532")


def row_of(family):
    """The `Row` of a family's name. KeyError for a name that is in none."""
    for row in ROWS:
        if family in row.names:
            return row
    raise KeyError(family)


def classes(row):
    """The class of a row; its families all have the same one."""
    return "".join(sorted({class_of(name) for name in row.names}))


def table(costs):
    """The table as Markdown. costs: {family: text}, as `costs_of` makes it; a family without one shows a dash."""
    lines = ["| %s |" % " | ".join(_HEAD), "|" + "---|" * len(_HEAD)]
    for row in sorted(ROWS, key=classes):
        cost = next((costs[name] for name in row.names if name in costs), "–")
        cells = (row.title, classes(row), row.promise, row.channel, cost, row.limits, row.pcsc or "no", row.pn532 or "no")
        lines.append("| %s |" % " | ".join(cells))
    return "\n".join(lines)


def costs_of(counted):
    """{family: "13 to 14 (17 with three counters)"} from the benchmarks' table {shape: {tap: [..., exchanges of the card]}}.

    A shape's name begins with the family and "n=1" or "n=3"; what readers without direct commands need is left out.
    """
    found: dict[str, dict[str, list[int]]] = {}
    for shape, day in counted.items():
        family, counters = shape.split(", ")[:2]
        if "READ only" in shape or "open" in shape or not {"first earn", "earn"} & set(day):
            continue
        column = 0 if family == "classic-1k" else -1  # its crypto1 is the reader's: what counts there are the APDUs
        numbers = [day[tap][column] for tap in ("first earn", "earn") if tap in day]
        found.setdefault(family, {}).setdefault(counters, []).extend(numbers)
    return {family: _cost(by_counters) for family, by_counters in found.items()}


def _cost(by_counters):
    one, three = by_counters.get("n=1"), by_counters.get("n=3")
    text = _range(one) if one else ""
    if three and (not one or max(three) != max(one)):
        text += " (%s with three counters)" % _range(three)
    return text.strip()


def _range(numbers):
    low, high = min(numbers), max(numbers)
    return "%d" % high if low == high else "%d to %d" % (low, high)


def put_between(page, body):
    """`page` with `body` between the markers. ValueError when they are not in it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the table of families")
    return "%s%s\n\n%s\n\n%s%s" % (before, BEGIN, body, END, after)
