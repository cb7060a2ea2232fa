"""`stampd offers simulate`: play an offer against a described population before it starts."""

import json
import os
from pathlib import Path

import click

from host_tools.cli.output_file import write_file
from host_tools.cli.telling import told

FILE = click.Path(dir_okay=False, path_type=Path)
JOBS_MAX = 2  # a rehearsal leaves the till its processor


@click.command(name="simulate")
@click.argument("offer", type=FILE, metavar="OFFER.toml|pack.toml")
@click.option("--against", type=FILE, metavar="FILE", help="a second offer or pack, played by the same people")
@click.option("--population", type=FILE, metavar="FILE", help="who buys, how often, for how much (docs/simulator.md); default: a small shop")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="the first seed; the same seeds give the same answer")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=200, show_default=True, help="how many runs")
@click.option("--html", type=FILE, metavar="FILE", help="write a page with sentences, plots and table")
@click.option("--svg", type=FILE, metavar="FILE", help="write the plots")
@click.option("--csv", type=FILE, metavar="FILE", help="write every figure and every month")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
def simulate(offer, against, population, seed, seeds, html, svg, csv, as_json):
    """Play an offer with many invented customers: what it costs, what stays owed, what must grow to pay for it.

    \b
    Examples:
      stampd offers simulate docs/offers/c01-cashback.toml --html cashback.html
      stampd offers simulate docs/offers/f01-discount.toml --against docs/offers/f02-points.toml
    """
    from host_tools.offers.pack_toml import read_pack
    from host_tools.offers.simulate.compare import simulate as played
    from host_tools.offers.simulate.population import read_population

    with told(as_json):
        sources = [read_pack(file) for file in (offer, against) if file is not None]
        people = None if population is None else read_population(population)
        report = played(sources, people, seeds, seed, min(JOBS_MAX, os.cpu_count() or 1))
        _write_files(report, html, svg, csv)
        if as_json:
            click.echo(json.dumps(report, ensure_ascii=False))
        else:
            click.echo(_words(report))


def _write_files(report, html, svg, csv):
    """The files that were asked for, each beside its name first."""
    from host_tools.offers.simulate.page import page
    from host_tools.offers.simulate.plots import whole_svg
    from host_tools.offers.simulate.tables import csv_table

    for file, make in ((html, page), (svg, whole_svg), (csv, csv_table)):
        if file is None:
            continue
        write_file(file, make(report).encode("utf-8"), "REPORT_NOT_WRITTEN", "Name another file.")


def _words(report):
    from host_tools.offers.simulate.tables import text_table

    lines = []
    if report["comparison"]:
        lines += [*report["comparison"]["sentences"], ""]
    for entry in report["offers"]:
        lines += entry["sentences"] if not report["comparison"] else entry["sentences"][1:]
        lines += ["Note: " + note for note in entry["notes"]]
        lines.append("")
    seeds = report["seeds"]
    lines.append(text_table(report))
    lines.append("")
    if report["exact"]:
        lines.append("Nothing varies here: one run, exact.")
    else:
        lines.append("%d runs from seed %d: the median, then the range of 80 of 100 runs." % (seeds["played"], seeds["first"]))
    return "\n".join(lines)
