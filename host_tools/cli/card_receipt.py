"""`stampd card receipt`: the signed receipt of a sale, as text, as a code on the screen or as a picture."""

import io
import json

import click

from host_tools.cli.output_file import write_file


def tell_receipt(home_path, sale, svg, as_json):
    """Print the receipt of a landed sale; with `svg`, write its code there. StampdError NO_SUCH_SALE, ALREADY_UNDONE, OVER_REFUND."""
    from host_tools.daemon.sales import code_of

    text = _text(home_path, sale)
    code = code_of(text)
    if svg:
        picture = io.BytesIO()
        code.save(picture, kind="svg", scale=4, border=4)
        write_file(svg, picture.getvalue(), "RECEIPT_NOT_WRITTEN", "Name another file with --svg.")
    if as_json:
        click.echo(json.dumps({"outcome": "done", "sale": sale, "receipt": text, "svg": svg}))
        return
    if svg:
        click.echo("Written to %s." % svg)
    else:
        code.terminal(compact=True)
    click.echo(text)


def _text(home_path, sale):
    """From the daemon that runs on this home, or from its ledger."""
    from host_tools.daemon.client import find_daemon, receipt_there
    from host_tools.daemon.wishes import Wish

    Wish(kind="undo", sale=sale).check()  # a text that no sale can have
    daemon = find_daemon(home_path)
    if daemon is not None:
        return receipt_there(daemon, sale)
    from host_tools.daemon.sales import receipt_text
    from host_tools.home import Home

    with Home.open(home_path) as home:
        return receipt_text(home, sale)
