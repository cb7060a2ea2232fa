"""The report as one HTML page that stands alone: sentences, plots, table; no script, no network, prints well."""

from html import escape

from host_tools.offers.simulate.plots import cost_bars, liability_lines, profit_lines
from host_tools.offers.simulate.tables import rows_of

STYLE = """
:root{color-scheme:light dark;--paper:#f4f6f9;--card:#fff;--ink:#1d2733;--quiet:#5b6876;--rule:#dde3ea;--accent:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--paper:#0e1217;--card:#161b22;--ink:#e8edf3;--quiet:#a3afbd;--rule:#2c3540;--accent:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main{max-width:840px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:28px;line-height:1.25;margin:0 0 4px}h2{font-size:18px;margin:0 0 10px}
.lead{font-size:21px;line-height:1.45;margin:20px 0;padding:18px 22px;background:var(--card);border-left:5px solid var(--accent);border-radius:6px}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:20px 22px;margin:18px 0;overflow-x:auto}
section.plot{padding:4px}
svg{display:block;width:100%;min-width:560px;height:auto}
p{margin:0 0 10px}ul{margin:0;padding-left:20px}.quiet{color:var(--quiet);font-size:14px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 0 6px 16px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal}thead th{font-weight:600;white-space:normal}
tbody th{font-weight:400}td small{display:block;color:var(--quiet);font-size:12.5px}
@media print{body{background:none}section{break-inside:avoid}}
"""


def page(report):
    """The HTML text of a report."""
    names = " against ".join(entry["name"] for entry in report["offers"])
    body = ["<h1>%s</h1>" % escape(names), '<p class="quiet">%s</p>' % escape(_setting(report))]
    body.append('<p class="lead">%s</p>' % escape(_lead(report)))
    for entry in report["offers"]:
        rest = [sentence for sentence in entry["sentences"] if sentence != _lead(report)]
        body.append("<section><h2>%s</h2>%s%s</section>" % (escape(entry["name"]), _sentences(rest), _notes(entry["notes"])))
    body.extend('<section class="plot">%s</section>' % plot(report) for plot in (cost_bars, profit_lines, liability_lines))
    body.append("<section><h2>All figures</h2>%s</section>" % _table(report))
    words = '<p class="quiet">As in population.toml: amounts in minor units, shares in bp (100 = 1 %).</p>'
    body.append("<section><h2>Who was played</h2>%s%s</section>" % (words, _populations(report)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        "<title>%s</title><style>%s</style></head><body><main>%s</main></body></html>\n" % (escape(names), STYLE, _kept_together("\n".join(body)))
    )


def _kept_together(text):
    """No line ends between a number and its per cent sign."""
    return text.replace(" %", "&nbsp;%")


def _lead(report):
    return " ".join(report["comparison"]["sentences"]) if report["comparison"] else report["offers"][0]["sentences"][0]


def _setting(report):
    seeds = report["seeds"]
    if report["exact"]:
        return "Nothing varies here, so one run says all; the numbers are exact."
    words = "%d runs, seeds %d to %d: medians, and beside them the range of 80 of 100 runs."
    return words % (seeds["played"], seeds["first"], seeds["first"] + seeds["played"] - 1)


def _sentences(sentences):
    return "".join("<p>%s</p>" % escape(sentence) for sentence in sentences)


def _notes(notes):
    return '<ul class="quiet">%s</ul>' % "".join("<li>%s</li>" % escape(note) for note in notes) if notes else ""


def _table(report):
    heads = "".join("<th scope=col>%s</th>" % escape(entry["name"]) for entry in report["offers"])
    lines = []
    for label, cells in rows_of(report):
        columns = "".join("<td>%s%s</td>" % (escape(middle), "<small>%s</small>" % escape(between) if between else "") for middle, between in cells)
        lines.append("<tr><th scope=row>%s</th>%s</tr>" % (escape(label), columns))
    return "<table><thead><tr><td></td>%s</tr></thead><tbody>%s</tbody></table>" % (heads, "".join(lines))


def _populations(report):
    tables = [entry["population"] for entry in report["offers"]]
    names = list(dict.fromkeys(name for table in tables for name in table if table[name] not in ({}, [], {"sku": "", "price": 0})))
    lines = []
    for name in names:
        columns = "".join("<td>%s</td>" % escape(_shown(table.get(name, "-"))) for table in tables)
        lines.append("<tr><th scope=row>%s</th>%s</tr>" % (escape(name), columns))
    return "<table><tbody>%s</tbody></table>" % "".join(lines)


def _shown(value):
    if isinstance(value, dict):
        return ", ".join("%s %s" % (key, _shown(value[key])) for key in value)
    if isinstance(value, list):
        return "; ".join(_shown(one["category"] if isinstance(one, dict) else one) for one in value)
    return str(value)
