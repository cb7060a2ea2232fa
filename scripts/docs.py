"""Write docs/commands.md from the command line's own help: `make docs`. A test compares the page with the program."""

import sys
from pathlib import Path

import click

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
WIDTH = 110
OPENING = """# Commands

Written by `make docs` from each command's own `--help`. Exit codes: 0 done, 1 refused, failed, not ours or blocked, 2 usage, 3 in doubt.
With `--json` a command prints exactly one JSON document, also when it is refused, in doubt or in error.
"""


def sections(command, words, parent=None):
    """One section for each command that a person can type, in the order of the help."""
    context = click.Context(command, info_name=words[-1], parent=parent, terminal_width=WIDTH, max_content_width=WIDTH, **command.context_settings)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if not below.hidden:
                yield from sections(below, (*words, name), context)
        return
    yield "## %s\n\n```text\n%s\n```\n" % (" ".join(words), "\n".join(line.rstrip() for line in command.get_help(context).splitlines()))


def page(group):
    """The whole page as text."""
    return OPENING + "\n" + "\n".join(sections(group, ("stampd",)))


def root_group():
    """The root group of `stampd`."""
    import host_tools.cli.main as module
    return max((value for value in vars(module).values() if isinstance(value, click.Group)),
               key=lambda group: len(group.list_commands(click.Context(group))))


def main():
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(root_group()), encoding="utf-8")
    print("wrote %s" % PAGE.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
