"""`stampd demo`: a whole shop with a software reader and software cards. Nothing to plug in, nothing left behind."""

import json
import logging
import shutil
import tempfile
from pathlib import Path

import click

from host_tools.cli.telling import told

PORT = 8787


@click.command()
@click.option("--once", is_flag=True, help="print one day of the shop as text, and end")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, metavar="N", help="where the till is served; 0 takes a free port")
@click.option("--json", "as_json", is_flag=True, help="with --once: the day as one JSON document; else one JSON line when the till is open")
def demo(once, port, as_json):
    """Open a demo shop: till at http://127.0.0.1:8787, software reader and cards, a month of history.

    Lay a virtual card on the reader, sell, pull the card away mid-tap: see what the shop makes of it.

    \b
    Examples:
      stampd demo
      stampd demo --once
      stampd demo --port 8790
    """
    folder = Path(tempfile.mkdtemp(prefix="stampd-demo-"))
    try:
        with told(as_json):
            if once:
                good = _once(folder, as_json)
            else:
                good = _serve(folder, port, as_json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(0 if good else 1)


def _once(folder, as_json):
    from host_tools.daemon.demo_day import Day

    day = Day(folder, say=(lambda line: None) if as_json else click.echo)
    good = day.run()
    if as_json:
        click.echo(json.dumps({"steps": day.steps, "ledger": day.verdict, "ok": good}))
    return good


def _serve(folder, port, as_json):
    from host_tools.daemon.demo_home import make_demo
    from host_tools.daemon.service import Service

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    home, virtual = make_demo(folder, port)
    try:
        service = Service(home, host="127.0.0.1", port=port, demo=virtual)
    except BaseException:
        home.close()
        raise
    service.on_ready = lambda _service: _say_ready(service, as_json)
    service.run()
    return True


def _say_ready(service, as_json):
    token = service.shop.tokens.passing("demo", "technician")
    link = "%s/?token=%s" % (service.url, token)
    if as_json:
        click.echo(json.dumps({"url": service.url, "port": service.port, "token": token, "link": link}))
        return
    click.echo("The demo shop is open: %s" % service.url)
    click.echo("Software reader and cards, TEST keys, a month of history. Ctrl-C closes it; nothing is kept.")
