"""`stampd board demo`: the stand-alone terminal on the screen. Its real firmware; nothing to plug in, nothing left behind."""

import json
import shutil
import tempfile
import time
from pathlib import Path

import click

from cardos.errors import StampdError
from host_tools.cli.telling import told

PORT = 8789


@click.command()
@click.option("--once", is_flag=True, help="run a scripted day with power cuts, compare terminal, ledger and cards, and end")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, metavar="N", help="where the page is served; 0 takes a free port")
@click.option("--reader", type=click.Choice(("pn532", "mfrc522")), default="pn532", show_default=True, help="the reader chip that is played")
@click.option("--json", "as_json", is_flag=True, help="with --once: the result as one JSON document; else one JSON line when the page is open")
def demo(once, port, reader, as_json):
    """Try the stand-alone terminal in the browser: display, light, buzzer and buttons, software cards, power and network cables.

    The terminal runs its real firmware (MicroPython, with the heap of a small board). Press a card, pull the power in the middle of
    a tap, unplug the network: cards, terminal and ledger must agree in the end.

    \b
    Examples:
      stampd board demo
      stampd board demo --once
      stampd board demo --once --json
    """
    folder = Path(tempfile.mkdtemp(prefix="stampd-board-"))
    try:
        with told(as_json):
            good = _once(folder, reader, as_json) if once else _serve(folder, reader, port, as_json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(0 if good else 1)


def _once(folder, reader, as_json):
    from host_tools.boards.demo.board_process import interpreter_name
    from host_tools.boards.demo.day import Day

    begun = time.monotonic()
    interpreter = interpreter_name()
    day = Day(folder, (lambda line: None) if as_json else click.echo, reader)
    try:
        good = day.run()
    except StampdError as trouble:  # a day that could not go on is one that did not agree: what was wrong is told with the result
        day.wrong.append(("%s %s" % (trouble.message, trouble.hint)).strip())
        good = False
    seconds = round(time.monotonic() - begun, 1)
    if as_json:
        result = {"interpreter": interpreter, "taps": day.taps, "power_cuts": day.cuts, "agree": good, "seconds": seconds}
        click.echo(json.dumps(result if good else {**result, "differences": day.wrong}))
        return good
    for line in day.wrong:
        click.echo("  DIFFERS: " + line)
    verdict = "cards, terminal and ledger agree" if good else "THEY DIFFER"
    click.echo("%s: %d taps, %d power cuts, %.0f s: %s." % (interpreter, day.taps, day.cuts, seconds, verdict))
    return good


def _serve(folder, reader, port, as_json):
    import logging

    from host_tools.boards.demo.service import serve

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")

    def ready(url):
        link = url + "/board"
        if as_json:
            click.echo(json.dumps({"url": url, "link": link}))
            return
        click.echo("The terminal stands on the counter: %s" % link)
        click.echo("Its shop's till: %s   Software cards, TEST keys. Ctrl-C ends it; nothing is kept." % url)

    serve(folder, reader=reader, port=port, on_ready=ready)
    return True
