"""A pack without the rules that need a counter which a card has no place for (`fitting`)."""

from cardos.offers.pack_words import CONDITIONS, FIELDS, SINGLES, SOURCES


def without(pack, fits):
    """The pack as far as it gets by with the counter rows in `fits` (places in pack["counters"])."""
    small, rules = dict(pack), {}
    for word in pack["rules"]:
        held = pack["rules"][word]
        if word in SINGLES:
            if _single_fits(word, held, fits):
                rules[word] = _facts_that_fit(held, fits) if word == "facts" else held
        else:
            rules[word] = [rule for rule in held if _fits(rule, FIELDS["%s.%s" % (word, rule["op"])], fits)]
    if "membership" in rules and "flags" not in rules:  # a card that cannot say that it has joined has not
        del rules["membership"]
        for phase in ("rewards", "earn", "status", "events"):
            rules[phase] = []
    small["rules"] = rules
    small["prices"] = _nodes(pack["prices"], fits)
    small["next"] = [rule for rule in pack["next"] if _fits(rule, FIELDS["next"], fits)]
    small["perks"] = [rule for rule in pack["perks"] if _fits(rule, FIELDS["perk"], fits)]
    return small


def _single_fits(word, held, fits):
    kind = SINGLES[word]
    if kind == "row":
        return held in fits
    if word == "welcome":
        return all([one["c"] in fits for one in held])
    return not isinstance(kind, dict) or _fits(held, kind, fits)


def _facts_that_fit(facts, fits):
    return {name: facts[name] for name in facts if facts[name] in fits}


def _nodes(nodes, fits):
    kept = []
    for node in nodes:
        if "op" in node:
            if _fits(node, FIELDS["prices." + node["op"]], fits):
                kept.append(node)
            continue
        word = list(node)[0]
        members = _nodes(node[word], fits)
        if members:
            kept.append({word: members})
    return kept


def _fits(rule, fields, fits):
    for name in fields:
        if fields[name] == "row" and rule.get(name.rstrip("?"), None) is not None and rule[name.rstrip("?")] not in fits:
            return False
    for source in rule.get("rates", ()):
        if not _fits(source, SOURCES[source["is"]], fits):
            return False
    conditions = [rule["when"]] if "when" in rule else []
    return all([_condition_fits(one, fits) for one in conditions + [pair[0] for pair in rule.get("unless", ())]])


def _condition_fits(condition, fits):
    word = condition[0]
    if word in ("all", "any", "not"):
        return all([_condition_fits(part, fits) for part in condition[1:]])
    kinds = CONDITIONS[word]
    return not [part for part, kind in zip(condition[1:], kinds) if kind == "row" and part not in fits]
