"""`make bench`: every measurement in one run, printed as a table and written to docs/measured.md. Judges no timing.

    python -m tests.benchmarks                     all, and the page
    python -m tests.benchmarks cpu idle            only these, printed
    python -m tests.benchmarks --update            all, the page, and the committed table of exchanges
"""

import os
import sys
from pathlib import Path

from tests.benchmarks import cpu, exchanges, heap, idle, ledger_rate, offers, other_clients, terminal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "measured.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- end -->"
PARTS = ("exchanges", "other_clients", "heap", "cpu", "idle", "ledger_rate", "offers", "terminal")
OTHERS = {"other_clients": other_clients, "heap": heap, "cpu": cpu, "idle": idle, "ledger_rate": ledger_rate, "offers": offers, "terminal": terminal}
TITLES = {
    "exchanges": "Exchanges and time on the air, family by family",
    "other_clients": "CPU beside other clients",
    "heap": "Memory of a tap on a board's interpreter",
    "cpu": "CPU of a tap, NTAG215",
    "idle": "The daemon at rest, and its start",
    "ledger_rate": "The ledger",
    "offers": "Offers",
    "terminal": "Stand-alone terminal",
}


def run(parts, update):
    """{part: [Line, ...]}, printed as they come; and the measured exchanges, or None."""
    found, measured = {}, None
    for part in parts:
        print("\n" + TITLES[part], flush=True)
        if part == "exchanges":
            measured = exchanges.measure()
            if update:
                exchanges.TABLE.write_text(exchanges.dump(exchanges.counts(measured)), "utf-8")
            found[part] = exchanges.lines(measured)
        else:
            found[part] = OTHERS[part].lines()
        for line in found[part]:
            print(line.text(), flush=True)
    if measured is not None and exchanges.counts(measured) != exchanges.committed():
        print("\nThe counts differ from tests/benchmarks/exchanges.json; if that is wanted, write it again with --update.")
    return found, measured


def generated(found, measured):
    """What stands between the markers of the page."""
    text = ["Measured on a machine with %d cores; ratios and counts are of one run." % os.cpu_count(), ""]
    for part, lines in found.items():
        text += ["## " + TITLES[part], "", "| what | found | goal | |", "|---|---|---|---|"]
        text += ["| %s | %s | %s | %s |" % (line.what, line.found, line.goal, line.verdict()) for line in lines if not line.is_passing]
        text.append("")
    text += ["## Every tap, counted", "", exchanges.page(measured)]
    return "\n".join(text)


def write_page(body):
    """Puts `body` between the markers of docs/measured.md."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("%s%s\n\n%s\n\n%s%s" % (before, BEGIN, body, END, after), "utf-8")


def main(arguments):
    chosen = [part for part in PARTS if part in arguments] or PARTS
    unknown = [word for word in arguments if word not in PARTS and word != "--update"]
    if unknown:
        print(__doc__)
        return 2
    found, measured = run(chosen, "--update" in arguments)
    missed = [line.what for lines in found.values() for line in lines if line.met is False]
    print("\n" + ("Missed: " + "; ".join(missed) if missed else "Every goal that was measured is met."))
    if len(chosen) == len(PARTS):
        write_page(generated(found, measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
