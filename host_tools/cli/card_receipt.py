"""`stampd card receipt`: the signed receipt of a sale, as text, as a code on the screen or as a picture."""

import json

import click


def tell_receipt(home_path, sale, svg, as_json):
    """Print the receipt of a landed sale; with `svg`, write its code there. Raises BadInput NO_SUCH_SALE."""
    import segno

    from host_tools.daemon.sales import receipt_text
    from host_tools.home import Home

    with Home.open(home_path) as home:
        text = receipt_text(home, sale)
    code = segno.make(text, error="m", micro=False)
    if svg:
        code.save(svg, kind="svg", scale=4, border=4)
    if as_json:
        click.echo(json.dumps({"outcome": "done", "sale": sale, "receipt": text, "svg": svg}))
        return
    if svg:
        click.echo("Written to %s." % svg)
    else:
        code.terminal(compact=True)
    click.echo(text)
