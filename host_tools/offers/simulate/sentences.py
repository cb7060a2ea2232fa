"""The simulator's answer in sentences that an owner understands, and its numbers as people write them."""


def money(minor, digits, currency=""):
    """Minor units as text: 1234567 -> "12 345.67 EUR"; None -> "-"."""
    if minor is None:
        return "-"
    whole, rest = divmod(abs(minor), 10**digits)
    text = "%s%s%s" % ("-" if minor < 0 else "", format(whole, ",").replace(",", " "), ".%0*d" % (digits, rest) if digits else "")
    return "%s %s" % (text, currency) if currency else text


def per_hundred(bp):
    """A rate in bp as a number of 100: 1667 -> "16.67"; None -> "-"."""
    return "-" if bp is None else money(bp, 2)


def told(entry, scene):
    """[sentence] about one offer of the report."""
    figures, population = entry["figures"], scene.population
    if not figures["members"]["median"]:
        return ["Everybody is in the control group: nobody has the offer."]
    sentences = ["Of every 100 of profit, %s costs %s%s." % (entry["label"], per_hundred(figures["share"]["median"]), _range(figures["share"]))]
    if figures["share"]["median"] is None:
        sentences = ["The cost of %s cannot be measured against the profit: without it there is none." % entry["label"]]
    elif not figures["given"]["p90"] and not figures["rewards"]["p90"]:
        sentences.append("With these baskets and visits it never gave anybody anything.")
    elif figures["uplift_needed"]["median"] is None:
        sentences.append("No growth of sales makes up for it: it gives away the whole margin or more.")
    elif figures["uplift_needed"]["median"] > 0:
        sentences.append("Sales would have to grow by %s %% to keep the profit." % per_hundred(figures["uplift_needed"]["median"]))
    sentences.extend(_outstanding(figures, scene))
    if population.uplift_bp:
        words = "It is assumed to bring %s %% more visits; with them the profit is %s instead of %s."
        sentences.append(words % (per_hundred(population.uplift_bp), _sum(figures["profit_after"], scene), _sum(figures["profit_before"], scene)))
    if figures["uplift"]["median"] is not None:
        more = figures["uplift"]["median"]
        words = "Members spent %s %% %s than the control group (on average %s against %s)."
        sums = (_sum(figures["member_spend"], scene), _sum(figures["control_spend"], scene))
        sentences.append(words % (per_hundred(abs(more)), "more" if more >= 0 else "less", *sums))
    return sentences


def compared(report):
    """What two offers side by side say: shares (exact where they are), which is cheaper (0, 1, None), sentences."""
    first, second = report["offers"]
    shares = [entry["figures"]["share"]["median"] for entry in (first, second)]
    exact = [entry["exact"]["share"] if entry["exact"] else None for entry in (first, second)]
    cheaper, sentences = None, []
    if None in shares:
        sentences.append("The two cannot be compared by profit: one of them has none to compare with.")
    else:
        costs = (first["label"], per_hundred(shares[0]), second["label"], per_hundred(shares[1]))
        sentences.append("Of every 100 of profit, %s costs %s, %s %s." % costs)
        if None not in exact:
            sentences.append("That is %s against %s." % tuple(exact))
        if shares[0] != shares[1]:
            cheaper = shares.index(min(shares))
    return {"share": exact, "share_bp": shares, "cheaper": cheaper, "sentences": sentences}


def quoted(name):
    """A name inside a sentence."""
    return "\u201c%s\u201d" % name


def _outstanding(figures, scene):
    if not figures["issued"]["median"]:
        return []
    words = "At the end, rewards worth %s are still out; %s of that is expected to be claimed."
    sentences = [words % (_sum(figures["outstanding"], scene), _sum(figures["liability"], scene))]
    if figures["breakage"]["median"]:
        sentences.append("Of every 100 handed out in points, stamps or vouchers, %s are never used." % per_hundred(figures["breakage"]["median"]))
    return sentences


def _range(figure):
    if figure["p10"] == figure["p90"] or figure["p10"] is None or figure["p90"] is None:
        return ""
    return " (in 8 of 10 runs between %s and %s)" % (per_hundred(figure["p10"]), per_hundred(figure["p90"]))


def _sum(figure, scene):
    return money(figure["median"], scene.minor_digits, scene.currency)
