"""Plots as SVG, made of text alone: readable in light and dark, for colour-blind eyes (a second line is also dashed), without scripts.

    cost_bars(report), profit_lines(report), liability_lines(report) -> SVG text of one plot
    whole_svg(report) -> all plots under each other in one file

Lines are medians, bands hold 80 of 100 runs (10th to 90th percentile). Axes carry their unit.
"""

from xml.sax.saxutils import escape

from host_tools.offers.simulate.sentences import per_hundred

WIDTH, LEFT, RIGHT = 760, 84, 24
TOP, PLOT_HEIGHT, BOTTOM = 80, 210, 44
BAR, BAR_GAP = 26, 46
TICKS = 5
LABELS_MAX = 13  # months named under the axis
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STYLE = """<style>
.sim{--paper:#fff;--ink:#1d2733;--quiet:#5b6876;--grid:#e3e8ee;--one:#1f5fbf;--two:#b8500f;--none:#5b6876}
@media (prefers-color-scheme:dark){.sim{--paper:#161b22;--ink:#e8edf3;--quiet:#a3afbd;--grid:#2c3540;--one:#7fb0ff;--two:#ffa866;--none:#a3afbd}}
.sim text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-size:13px;fill:var(--ink)}
.sim .title{font-size:17px;font-weight:600}.sim .quiet{fill:var(--quiet);font-size:12px}.sim .value{font-weight:600}
.sim .paper{fill:var(--paper)}.sim .grid{stroke:var(--grid);stroke-width:1}.sim .axis{stroke:var(--quiet);stroke-width:1}
.sim .line{fill:none;stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}
.sim .one{stroke:var(--one)}.sim .two{stroke:var(--two);stroke-dasharray:9 5}.sim .none{stroke:var(--none);stroke-dasharray:2 5}
.sim .band{stroke:none;opacity:.2}.sim .fill-one{fill:var(--one)}.sim .fill-two{fill:var(--two)}.sim .fill-none{fill:var(--none)}
.sim .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
</style>"""
SERIES = ("one", "two")


def cost_bars(report):
    """What each offer takes of every 100 of profit, as bars with the range of the runs."""
    return _file(*_cost_bars(report, 0))


def profit_lines(report):
    """Profit a month with and without the offer."""
    return _file(*_profit_lines(report, 0))


def liability_lines(report):
    """What is still owed to customers at each end of a month."""
    return _file(*_liability_lines(report, 0))


def whole_svg(report):
    """All plots in one file."""
    top, parts, names = 0, [], []
    for panel in (_cost_bars, _profit_lines, _liability_lines):
        body, height, name = panel(report, top)
        parts.append(body)
        names.append(name)
        top += height
    return _file("".join(parts), top, "; ".join(names))


def _file(body, height, name):
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="sim" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">%s'
        '<rect class="paper" width="%d" height="%d"/>%s</svg>\n' % (WIDTH, height, WIDTH, height, _safe(name), STYLE, WIDTH, height, body)
    )


def _cost_bars(report, top):
    entries = report["offers"]
    shares = [entry["figures"]["share"] for entry in entries]
    most = max([0] + [value for share in shares for value in (share["median"], share["p90"]) if value is not None])
    ticks = _ticks(0, max(most, 100) / 100)
    scale = _Scale(0, ticks[-1], LEFT, WIDTH - RIGHT - 60)
    words = "per cent of the profit without it%s" % _ranged(report, "; the bar is the median, the thin line holds 80 of 100 runs")
    out = [_title("What the offer takes of the profit", words, top)]
    y = top + TOP
    bottom = y + BAR_GAP * len(entries) + len(entries) * BAR
    for tick in ticks:
        out.append('<line class="grid" x1="%s" x2="%s" y1="%d" y2="%d"/>' % (scale(tick), scale(tick), y, bottom))
        out.append('<text class="quiet" x="%s" y="%d" text-anchor="middle">%s</text>' % (scale(tick), bottom + 18, _plain(tick)))
    for place, (entry, share) in enumerate(zip(entries, shares)):
        out.append('<text x="%d" y="%d">%s</text>' % (LEFT + 6, y + 24, _safe(entry["name"])))
        y += BAR_GAP - 14
        if share["median"] is not None:
            wide = _at(scale(max(0, share["median"]) / 100) - LEFT)
            out.append('<rect class="fill-%s" x="%d" y="%d" width="%s" height="%d" rx="3"/>' % (SERIES[place], LEFT, y, wide, BAR))
            end = share["median"]
            if share["p10"] is not None and share["p90"] is not None and share["p10"] != share["p90"]:
                low, high, middle, end = scale(share["p10"] / 100), scale(share["p90"] / 100), y + BAR // 2, share["p90"]
                out.append('<path class="whisker" d="M%s %dH%sM%s %dv10M%s %dv10"/>' % (low, middle, high, low, middle - 5, high, middle - 5))
            words = '<text class="value" x="%s" y="%d">%s</text>'
            out.append(words % (_at(scale(end / 100) + 8), y + BAR // 2 + 5, per_hundred(share["median"])))
        y += BAR + 14
    out.append('<line class="axis" x1="%d" x2="%d" y1="%d" y2="%d"/>' % (LEFT, LEFT, top + TOP, bottom))
    return "".join(out), bottom + BOTTOM - top, "Cost of the offers as a share of the profit"


def _profit_lines(report, top):
    entries = report["offers"]
    lines = []
    same = all(_medians(entry, "profit_before") == _medians(entries[0], "profit_before") for entry in entries)
    for entry in entries if not same else entries[:1]:
        name = "without an offer" if same else "without: " + entry["name"]
        lines.append(("none", name, [row["profit_before"] for row in entry["months"]], False))
    for place, entry in enumerate(entries):
        lines.append((SERIES[place], entry["name"], [row["profit_after"] for row in entry["months"]], True))
    title = _title("Profit a month", "%s%s" % (report["currency"], _band_words(report)), top)
    return _lines(report, top, title, lines, "Profit a month with and without the offer")


def _liability_lines(report, top):
    lines = [(SERIES[place], entry["name"], [row["liability"] for row in entry["months"]], True) for place, entry in enumerate(report["offers"])]
    words = "%s at each end of a month, expected to be claimed%s" % (report["currency"], _band_words(report))
    return _lines(report, top, _title("Liability", words, top), lines, "Liability at each end of a month")


def _lines(report, top, title, lines, name):
    unit = 10 ** report["minor_digits"]
    values = [row[word] / unit for _, _, rows, _ in lines for row in rows for word in ("median", "p10", "p90") if row[word] is not None]
    ticks = _ticks(min([0, *values]), max([0, *values]))
    above = top + TOP + 20 * len(lines) - 4
    x, y = _Scale(0, max(1, _longest(lines) - 1), LEFT + 12, WIDTH - RIGHT - 12), _Scale(ticks[0], ticks[-1], above + PLOT_HEIGHT, above)
    out = [title, _legend(lines, top + TOP - 8)]
    for tick in ticks:
        out.append('<line class="%s" x1="%d" x2="%d" y1="%s" y2="%s"/>' % ("axis" if tick == 0 else "grid", LEFT, WIDTH - RIGHT, y(tick), y(tick)))
        out.append('<text class="quiet" x="%d" y="%s" text-anchor="end">%s</text>' % (LEFT - 8, _at(y(tick) + 4), _plain(tick)))
    months = max((entry["months"] for entry in report["offers"]), key=len)
    every = -(-len(months) // LABELS_MAX)
    for place, row in enumerate(months):
        if place % every == 0:
            words = '<text class="quiet" x="%s" y="%d" text-anchor="middle">%s</text>'
            out.append(words % (x(place), above + PLOT_HEIGHT + 20, _month(row["month"], place == 0)))
    for kind, _, rows, banded in lines:
        if banded and len(rows) > 1 and all(row["p10"] is not None and row["p90"] is not None for row in rows):
            edge = ["%s %s" % (x(place), y(row["p90"] / unit)) for place, row in enumerate(rows)]
            edge += ["%s %s" % (x(place), y(rows[place]["p10"] / unit)) for place in range(len(rows) - 1, -1, -1)]
            out.append('<path class="band fill-%s" d="M%sZ"/>' % (kind, "L".join(edge)))
    for kind, _, rows, _ in lines:
        points = [(x(place), y(row["median"] / unit)) for place, row in enumerate(rows) if row["median"] is not None]
        if len(points) == 1:
            out.append('<circle class="fill-%s" cx="%s" cy="%s" r="5"/>' % (kind, *points[0]))
        elif points:
            out.append('<path class="line %s" d="M%s"/>' % (kind, "L".join("%s %s" % point for point in points)))
    return "".join(out), above + PLOT_HEIGHT + BOTTOM - top, name


def _title(title, words, top):
    return '<text class="title" x="20" y="%d">%s</text><text class="quiet" x="20" y="%d">%s</text>' % (top + 30, _safe(title), top + 50, _safe(words))


def _legend(lines, y):
    out = []
    for place, (kind, name, _, _) in enumerate(lines):
        row = y + 20 * place
        out.append('<line class="line %s" x1="%d" x2="%d" y1="%d" y2="%d"/>' % (kind, LEFT, LEFT + 34, row, row))
        out.append('<text x="%d" y="%d">%s</text>' % (LEFT + 44, row + 4, _safe(name)))
    return "".join(out)


def _longest(lines):
    return max(len(rows) for _, _, rows, _ in lines)


class _Scale:
    """Values from `low` to `high` onto pixels, rounded to a tenth."""

    def __init__(self, low, high, start, end):
        self.low, self.start = low, start
        self.each = (end - start) / (high - low) if high != low else 0.0

    def __call__(self, value):
        return _at(self.start + (value - self.low) * self.each)


def _ticks(low, high):
    """Round numbers that hold everything from low to high, with 0 when it lies between: 1, 2 or 5 times a power of ten apart."""
    step, wanted = 0.01, max(high - low, 0.02) / TICKS
    for power in range(-2, 16):
        for times in (1, 2, 5):
            step = times * 10.0**power
            if step >= wanted:
                first, last = int(low // step), int(-(-high // step))
                return [round(number * step, 2) for number in range(first, max(last, first + 1) + 1)]
    return [low, high]


def _medians(entry, name):
    return [row[name]["median"] for row in entry["months"]]


def _ranged(report, words):
    return words if report["seeds"]["played"] > 1 else ""


def _band_words(report):
    return _ranged(report, "; the line is the median, the band holds 80 of 100 runs")


def _month(text, with_year):
    year, month = text.split("-")
    word = MONTHS[int(month) - 1]
    return "%s %s" % (word, year) if with_year or word == "Jan" else word


def _plain(value):
    text = "%.2f" % value
    text = text.rstrip("0").rstrip(".")
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    return sign + format(int(whole), ",").replace(",", " ") + point + rest


def _at(value):
    return round(value, 1)


def _safe(text):
    return escape(text, {'"': "&quot;"})
