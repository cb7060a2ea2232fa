"""The simulator's report as a table for the terminal and as CSV for a spreadsheet."""

import csv
import io

from host_tools.offers.simulate.sentences import money, per_hundred

# figure: (label, shown in the short table)
LABELS = {
    "members": "customers with the offer",
    "visits": "their visits",
    "revenue_before": "revenue at full price",
    "revenue": "revenue with the offer",
    "profit_before": "profit without the offer",
    "given": "cost of the offer",
    "discount": "  of that, price reductions and free goods",
    "gifts": "  of that, gifts",
    "memberships": "memberships sold",
    "profit_after": "profit with the offer",
    "share": "cost as a share of the profit",
    "uplift_needed": "growth of sales that pays for it",
    "issued": "handed out, worth",
    "redeemed": "used, worth",
    "outstanding": "still out at the end, worth",
    "liability": "liability at the end",
    "breakage": "breakage (never used)",
    "rewards": "rewards given",
    "repeat_rate": "customers who came again",
    "churn": "customers who stopped coming",
    "top_share": "share of sales of the best fifth",
    "member_spend": "mean spend of a member",
    "control_spend": "mean spend of the control group",
    "uplift": "members against the control group",
}
WORDS = {"issued": "handed out", "redeemed": "used", "expired": "ended unused", "left": "still out"}
PEOPLE = ("repeat_rate", "churn", "top_share")
PEOPLE_FROM = 5  # customers from which shares of customers say something
DASH = "\u2013"
CSV_COLUMNS = ("offer", "month", "figure", "unit", "median", "p10", "p90")


def label_of(name):
    """What a figure is called: "issued.points" -> "points handed out"."""
    if name in LABELS:
        return LABELS[name]
    word, _, counter = name.partition(".")
    return "%s %s" % (counter.replace("_", " "), WORDS[word])


def rows_of(report):
    """[(label, [(median, "p10 - p90" or "") of each offer])] as text; figures that are nowhere anything are left out."""
    names = list(dict.fromkeys(name for entry in report["offers"] for name in entry["figures"]))
    rows = []
    for name in names:
        figures = [entry["figures"].get(name) for entry in report["offers"]]
        if name in ("gifts", "memberships", "discount", "rewards", "issued", "redeemed", "outstanding", "liability", "breakage") or "." in name:
            if not any(figure and (figure["median"] or figure["p90"]) for figure in figures):
                continue
        if name in PEOPLE and all(entry["figures"]["members"]["median"] < PEOPLE_FROM for entry in report["offers"]):
            continue
        if name in ("control_spend", "uplift") and not any(figure and figure["median"] is not None for figure in figures):
            continue
        rows.append((label_of(name), [_cell(figure, report) for figure in figures]))
    return rows


def text_table(report):
    """The table of the terminal, lines without trailing spaces."""
    heads = [entry["name"] for entry in report["offers"]]
    rows = rows_of(report)
    wide = max(len(label) for label, _ in rows) + 2
    lines = [" " * wide + "".join("%26s%s" % (_cut(head, 26), " " * 22) for head in heads)]
    ranged = report["seeds"]["played"] > 1
    if not ranged:
        lines = [" " * wide + "".join("%26s" % _cut(head, 24) for head in heads)]
    for label, cells in rows:
        line = label.ljust(wide)
        for middle, between in cells:
            line += "%26s" % middle + (("  %-20s" % between) if ranged else "")
        lines.append(line.rstrip())
    return "\n".join(line.rstrip() for line in lines)


def csv_table(report):
    """Every figure and every month as CSV (RFC 4180): columns offer, month, figure, unit, median, p10, p90.

    Money in minor units, rates in bp, counters in units; an empty field where a figure has no meaning.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for entry in report["offers"]:
        for name, figure in entry["figures"].items():
            writer.writerow((entry["name"], "", name, figure["unit"], figure["median"], figure["p10"], figure["p90"]))
        for row in entry["months"]:
            for name in row:
                if name != "month":
                    writer.writerow((entry["name"], row["month"], name, "money", row[name]["median"], row[name]["p10"], row[name]["p90"]))
    return out.getvalue()


def _cell(figure, report):
    if figure is None:
        return "-", ""
    between = ""
    if figure["p10"] != figure["p90"]:
        between = "%s %s %s" % (_number(figure["p10"], figure, report), DASH, _number(figure["p90"], figure, report))
    middle = _number(figure["median"], figure, report)
    if figure["median"] is not None:
        middle += {"bp": " %", "money": " " + report["currency"]}.get(figure["unit"], "")
    return middle, between


def _number(value, figure, report):
    if figure["unit"] == "bp":
        return per_hundred(value)
    return money(value, report["minor_digits"] if figure["unit"] == "money" else 0)


def _cut(text, longest):
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"
