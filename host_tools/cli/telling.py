"""How a command tells trouble: one plain sentence and what to do next, or with --json exactly one document; exit code 1."""

import json
from contextlib import contextmanager

import click

from cardos.errors import StampdError

FAILED = 1


@contextmanager
def told(as_json):
    """Our errors inside the block become an answer and exit code 1; anything else is our bug and passes."""
    try:
        yield
    except StampdError as error:
        if as_json:
            click.echo(json.dumps({"outcome": "refused", "refused": error.code, "message": error.message, "hint": error.hint}))
        else:
            click.echo(error.message + ("\n" + error.hint if error.hint else ""), err=True)
        raise SystemExit(FAILED) from error
