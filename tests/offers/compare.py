"""How a result is held against an "expect", as rule 16 of OFFERS.md says.

Only the keys named in expect are compared; refused, declined and replayed must be absent when they are not named.
"""

MUST_BE_NAMED = ("refused", "declined", "replayed")
AMOUNTS = ("earned", "spent", "queued", "report")  # entries with zero may be left out on either side
PARTS = ("counters", "cards")  # only the named ones are compared, also inside


def differences(expect, result):
    """Lines of text, one per difference; empty when the result is as expected."""
    found = []
    for key, wanted in expect.items():
        if key in AMOUNTS:
            wanted, got = without_zeros(wanted), without_zeros(result.get(key, {}))
            if wanted != got:
                found.append(f"{key}: expected {wanted}, got {got}")
        elif key in PARTS:
            found.extend(parts_that_differ(key, wanted, result.get(key, {})))
        elif key not in result:
            if not (key == "rewards" and wanted == []):
                found.append(f"{key}: expected {wanted}, got nothing")
        elif type(wanted) is not type(result[key]) or wanted != result[key]:
            found.append(f"{key}: expected {wanted!r}, got {result[key]!r}")
    for key in MUST_BE_NAMED:
        if key not in expect and result.get(key):
            found.append(f"{key}: {result[key]} was not expected")
    return found


def parts_that_differ(path, wanted, got):
    """Named counters, or named cards with their named counters. A counter that is not told is one never touched: 0 or null."""
    found = []
    for name, value in wanted.items():
        if isinstance(value, dict):
            found.extend(parts_that_differ(f"{path}.{name}", value, got.get(name, {})))
        elif got.get(name, None if value is None else 0) != value:
            found.append(f"{path}.{name}: expected {value}, got {got.get(name)}")
    return found


def without_zeros(amounts):
    """Also entries whose parts are all zero, such as {"count": 0, "amount": 0}."""
    return {name: value for name, value in amounts.items() if (any(value.values()) if isinstance(value, dict) else value)}


def row_differences(row, played):
    """All differences of a row with expectations; played is what play_row gives. Each line names sequence and event."""
    found = []
    if row["kind"] == "economics":
        cases = [{"name": row.get("case", ""), "expect": row["expect"]}] + row.get("more", [])
        for case, result in zip(cases, played["results"], strict=True):
            found.extend(f"{row['id']} {case['name']}: {line}" for line in differences(case["expect"], result))
        return found
    for sequence, results in zip(row["sequences"], played["sequences"], strict=True):
        for index, (event, result) in enumerate(zip(sequence["events"], results, strict=True)):
            where = f"{row['id']} {sequence['name']}, event {index} ({event['on']} {event['at']})"
            found.extend(f"{where}: {line}" for line in differences(event["expect"], result))
    return found


def played_differences(row, wanted, got):
    """Two readings of a drawn row: what one gives is the expectation of the other. Each line names sequence and event."""
    found = []
    for number, (one, other) in enumerate(zip(wanted.get("results", []), got.get("results", []))):
        found.extend(f"{row['kind']} case {number}: {line}" for line in differences(one, other))
    for sequence, ones, others in zip(row.get("sequences", []), wanted.get("sequences", []), got.get("sequences", [])):
        for index, (event, one, other) in enumerate(zip(sequence["events"], ones, others, strict=True)):
            where = f"{row['kind']} {sequence['name']}, event {index} ({event['on']} {event['at']})"
            found.extend(f"{where}: {line}" for line in differences(one, other))
    return found
