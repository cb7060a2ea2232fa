"""`stampd readers` and `stampd watch`: what readers there are, and what happens on them. Neither touches a card's memory."""

import json
import threading

import click

from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told

_STATE_WORDS = {"empty": "no card", "card": "a card", "in_use": "used by another program", "gone": "not there"}
_EVENT_WORDS = {
    "reader_added": "reader %s is there",
    "reader_removed": "reader %s is gone",
    "card_in": "card on %s: %s",
    "card_out": "card left %s",
    "service_gone": "the smart card service is gone",
    "service_back": "the smart card service is back",
}


def reader_option(command):
    """The option --reader NAME, as every command that needs a reader has it."""
    return click.option("--reader", metavar="NAME", help="a reader's name or an unambiguous part of it, or pn532:LINK for a PN532 on a serial line")(command)


@click.command()
@reader_option
@click.option("--json", "as_json", is_flag=True, help="one JSON list on stdout")
@pass_home
def readers(home, reader, as_json):
    """List the readers of this machine, the serial ones of this shop, and what lies on them.

    \b
    Example:
      stampd readers
      stampd readers --reader pn532:/dev/ttyUSB0 --json
    """
    from host_tools.readers.find import find_readers, open_reader, pcsc_names, report
    from host_tools.settings import FILE, read_settings

    with told(as_json):
        settings = read_settings(home / FILE)
        chosen = [open_reader(reader, settings)] if reader else find_readers(settings)
        rows = report(chosen)
        for one in chosen:
            one.close()
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo("%-40s %s" % (row["name"], _state(row)))
    if not rows:
        click.echo(pcsc_names()[1] or "No reader is plugged in. A PN532 on a serial line is named: --reader pn532:/dev/ttyUSB0")


@click.command()
@reader_option
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line (not one document: this command has no end)")
def watch(reader, as_json):
    """Say what happens on the readers until Ctrl-C: readers plugged in and out, cards put down and taken away.

    \b
    Example:
      stampd watch
    """
    cancelled = threading.Event()
    with told(as_json):
        try:
            for event in _events(reader, cancelled):
                click.echo(json.dumps(event) if as_json else _words(event))
        except KeyboardInterrupt:
            cancelled.set()


def _events(name, cancelled):
    from cardos.errors import ReaderLost
    from host_tools.readers import scard
    from host_tools.readers.find import open_reader
    from host_tools.readers.watch import PcscWatch, watch_reader

    chosen = open_reader(name) if name else None
    if chosen is not None and chosen.kind != "pcsc":
        yield from watch_reader(chosen, cancelled)
        return
    try:
        watching = PcscWatch()
    except scard.NoPcsc as error:
        hint = "Install pcscd and run make setup, or name a serial reader: --reader pn532:/dev/ttyUSB0."
        raise ReaderLost("PC/SC readers cannot be watched here: %s." % error, hint, "NO_READER") from error
    for event in watching.events(cancelled):
        if chosen is None or event["reader"] in (None, chosen.name):
            yield event


def _state(row):
    words, card = _STATE_WORDS[row["state"]], row["card"]
    return "%s: %s" % (words, card.get("name") or card.get("uid")) if card else words


def _words(event):
    words, card = _EVENT_WORDS[event["event"]], event["card"] or {}
    names = (event["reader"], card.get("name") or card.get("uid"))
    return words % names[: words.count("%s")]
