"""What `stampd card trace` prints and writes: each exchange in words and bytes, and where its time went."""

import click

from cardos.errors import BadInput
from host_tools.tracing.dialogue import FIRST_LINE, written
from host_tools.tracing.traced_link import spent


def say_trace(answer, path=None):
    """Print the exchanges of an answer of the tap desk, or only to which file they were written."""
    lines = answer.get("trace", [])
    if path is not None:
        click.echo("Exchanges written to %s: %d." % (path, len(lines)))
        return
    for number, line in enumerate(lines):
        click.echo("%3d  %-44s air %6.2f  reader %6.2f  host %6.2f ms  %s" % (
            number, ("%s %s" % (line["name"], line["detail"])).rstrip(), line["air_ms"], line["reader_ms"], line["host_ms"], line["note"]))
        click.echo("     > " + line["sent"])
        click.echo("     < " + line["answered"])
    if lines:
        click.echo("%d exchanges: air %.2f ms by the model, reader %.2f, host %.2f." % (len(lines), *spent(lines).values()))


def write_trace(answer, path):
    """Write them to a file that can be replayed. Raises BadInput (TRACE_FILE)."""
    told = {**answer.get("presented", {}), "wish": {"kind": "show"}}
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(FIRST_LINE + "\n" + written(told, answer.get("trace", [])))
    except OSError as error:
        raise BadInput("%s cannot be written: %s." % (path, error.strerror), "Choose another file.", "TRACE_FILE") from error
