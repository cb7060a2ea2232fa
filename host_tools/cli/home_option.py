"""Which shop a command is about: --home on the command or before it, else STAMPD_HOME, else the user's data directory (XDG)."""

import functools
from pathlib import Path

import click


def pass_home(command):
    """Gives the command its home directory as first argument, and the option --home."""

    @click.option("--home", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="the shop's directory (default: STAMPD_HOME, or per XDG)")
    @click.pass_context
    @functools.wraps(command)
    def with_home(context, home, **options):
        above = (context.find_root().params or {}).get("home")
        if home is None and above is None:
            from host_tools.home import default_path

            above = default_path()
        return command(home or Path(str(above)), **options)

    return with_home
