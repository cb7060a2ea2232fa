"""`stampd doctor`: is everything there that the shop needs? Changes nothing."""

import json

import click

from host_tools.cli.home_option import pass_home

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def doctor(home, as_json):
    """Check this machine and this shop: libraries, readers, rights, keys, ledger, clock, disk, port. Exit 1 when something fails.

    \b
    Example:
      stampd doctor
    """
    from host_tools.daemon.health import FAIL, examine

    lines = examine(home)
    good = all(line.verdict != FAIL for line in lines)
    if as_json:
        click.echo(json.dumps({"ok": good, "checks": [line._asdict() for line in lines]}))
    else:
        for line in lines:
            click.echo("%s  %-9s %s" % (_MARKS[line.verdict], line.check, line.message))
            if line.hint:
                click.echo("                 " + line.hint)
    raise SystemExit(0 if good else 1)
