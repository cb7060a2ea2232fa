"""Write the generated parts of the docs: docs/commands.md from the command line's own help, the README's table of families,
the tables of docs/offers.md and the page of the gallery (`docs_offers`), the tables and wirings of the boards (`docs_boards`).

`make docs`. Tests compare both with what they are made from.
"""

import json
import sys
import tomllib
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "commands.md"
README = ROOT / "README.md"
COUNTED = ROOT / "tests" / "benchmarks" / "exchanges.json"  # what a tap costs, as the benchmarks count it
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
    command._help_option = None  # click keeps the first that it made, in whatever context that was
    yield "## %s\n\n```text\n%s\n```\n" % (" ".join(words), "\n".join(line.rstrip() for line in command.get_help(context).splitlines()))


def page(group):
    """The whole page as text."""
    return OPENING + "\n" + "\n".join(sections(group, ("stampd",)))


def root_group():
    """The root group of `stampd`."""
    import host_tools.cli.main as module
    return max((value for value in vars(module).values() if isinstance(value, click.Group)),
               key=lambda group: len(group.list_commands(click.Context(group))))


def readme():
    """The README with its table of families as it should be."""
    from host_tools.families import costs_of, put_between, table
    counted = {name: day for name, day in json.loads(COUNTED.read_text("utf-8")).items() if isinstance(day, dict)}
    return put_between(README.read_text("utf-8"), table(costs_of(counted)))


def offers():
    """{path: text} of the pages about offers."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # run as a file, Python looks beside it only
    from importlib.util import find_spec

    from scripts.docs_offers import GALLERY, PAGE, gallery_page, offers_page
    if find_spec("host_tools.offers.gallery"):
        from host_tools.offers import gallery
        return {PAGE: offers_page(), gallery.PAGE: gallery.page()}
    return {PAGE: offers_page(), GALLERY: gallery_page()}


def board_lists():
    """{path: text} of the files that list what goes on a board."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from host_tools.boards.firmware import MANIFEST, PACKAGE, manifest_text, package_text
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return {MANIFEST: manifest_text(), PACKAGE: package_text(version)}


def main():
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(root_group()), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")
    for path, text in {**offers(), **board_lists()}.items():
        path.write_text(text, encoding="utf-8")
    from scripts import docs_boards  # late: `offers` has put the repository on the path
    docs_boards.main()
    print("wrote %s, the README's table of families, the pages of the offers and the lists of a board's files" % PAGE.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
