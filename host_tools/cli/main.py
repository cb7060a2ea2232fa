"""`stampd`: the one command. Each noun's file is loaded only when that noun is typed, so that every command starts quickly."""

import importlib
import sys
from pathlib import Path

import click

# noun: (module, attribute, one line for --help). The order is the day's order.
NOUNS = {
    "demo": ("host_tools.cli.demo", "demo", "A shop with software cards, to try everything out."),
    "serve": ("host_tools.cli.serve", "serve", "Run the shop: till page, API, readers."),
    "doctor": ("host_tools.cli.doctor", "doctor", "Check this machine and this shop."),
    "readers": ("host_tools.cli.readers", "readers", "List the card readers."),
    "watch": ("host_tools.cli.readers", "watch", "Tell what happens on the readers."),
    "card": ("host_tools.cli.card", "card", "Issue, show, sell, redeem, undo, block, repair a card."),
    "offers": ("host_tools.cli.offers", "offers", "Check, explain, simulate, compile and replay loyalty offers."),
    "keys": ("host_tools.cli.keys", "keys", "Make the shop's keys, say what there is."),
    "board": ("host_tools.cli.board", "board", "Make stand-alone terminals, list, update and revoke them."),
    "ledger": ("host_tools.cli.ledger", "ledger", "Prove or export the shop's history."),
    "softcard": ("host_tools.cli.softcard", "softcard", "Software cards on real reader stacks, for tests."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when it is used."""

    def list_commands(self, ctx):
        return list(NOUNS)

    def get_command(self, ctx, name):
        if name not in NOUNS:
            return None
        module, attribute, _ = NOUNS[name]
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx, formatter):
        """The list of `--help`, without importing what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in NOUNS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="The shop's directory (default: STAMPD_HOME, or per XDG).")
@click.version_option(package_name="stampd", prog_name="stampd")
def stampd(home):
    """Loyalty on contactless cards, safe with the network down.

    \b
    Examples:
      stampd demo                          a shop with software cards, in the browser
      stampd keys init --test              a shop of your own to play with
      stampd card issue                    make a blank card yours
      stampd card sell --amount 4.50       a sale: the next card gets its stamp

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 in doubt (present the card again).
    """


def main():
    """The entry point: one JSON document with --json whatever happens, plain words without; a closed pipe or Ctrl-C ends quietly."""
    as_json = "--json" in sys.argv[1:]
    try:
        code = stampd.main(prog_name="stampd", standalone_mode=False)
    except click.ClickException as error:
        if as_json:
            _say_json("USAGE" if isinstance(error, click.UsageError) else "FAILED", error.format_message(), "stampd --help")
        else:
            error.show()
        code = error.exit_code
    except click.Abort:
        if as_json:
            _say_json("STOPPED", "Stopped: nobody answered a question.", "Name a file with --passphrase-file when nobody is there to type.")
        else:
            click.echo("Stopped.", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except Exception as error:  # noqa: BLE001 - a fault of ours: told in one line, kept whole in a file for the report
        place = _keep_fault()
        message, hint = "This is a fault of stampd (%s)." % type(error).__name__, "Please report it with %s; it holds no keys." % place
        if as_json:
            _say_json("FAULT", message, hint)
        else:
            click.echo(message + "\n" + hint, err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _say_json(refused, message, hint):
    import json

    click.echo(json.dumps({"outcome": "refused", "refused": refused, "message": message, "hint": hint}))


def _keep_fault():
    """The traceback in a file of its own (the source lines, no values); its path."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="stampd-fault-", suffix=".txt", delete=False) as file:
        traceback.print_exc(file=file)
    return file.name


if __name__ == "__main__":
    main()
