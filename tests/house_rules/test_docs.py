"""The docs and the program agree: every command in the docs exists, every command is in the docs, every link leads somewhere."""

import importlib
import re

import click

from tests.house_rules.sources import ROOT, files, report, text

FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
CALL = re.compile(r"(?:^|[\s$/(&|;])stampd[ \t]+([^\n`#]+)", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
OUTSIDE = ("http:", "https:", "mailto:", "chrome:")


def markdown():
    return [path for path in files() if path.suffix == ".md"]


def command_tree():
    """The root click group."""
    module = importlib.import_module("host_tools.cli.main")
    groups = [value for value in vars(module).values() if isinstance(value, click.Group)]
    assert groups, "host_tools.cli.main has no click group"
    return max(groups, key=lambda group: len(names_of(group)))


def names_of(group):
    return group.list_commands(click.Context(group))


def leaves(group, words=()):
    """Every command that a person can type, as a tuple of words, hidden ones left out."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from leaves(command, (*words, name))
        else:
            yield (*words, name)


def calls(path):
    """The words after each `stampd` in the code of a page."""
    source = text(path)
    code = [found.group() for found in FENCE.finditer(source)]
    code += INLINE.findall(FENCE.sub("", source))
    return [found.split() for piece in code for found in CALL.findall(piece)]


def mentioned(group, words):
    """(commands named by `words`, or the word that is no command): alternatives may stand as `init|status`."""
    context = click.Context(group)
    takes_value = {name for parameter in group.params for name in parameter.opts if not getattr(parameter, "is_flag", False)}
    words = list(words)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in takes_value and words:
            words.pop(0)
    if not words or not re.fullmatch(r"[a-z][a-z|-]*", words[0]):
        return [], None
    found = []
    for name in words[0].split("|"):
        command = group.get_command(context, name)
        if command is None:
            return [], name
        if isinstance(command, click.Group):
            below, unknown = mentioned(command, words[1:])
            if unknown:
                return [], "%s %s" % (name, unknown)
            found += [(name, *words_below) for words_below in below]
        else:
            found.append((name,))
    return found, None


def test_every_command_in_the_docs_exists():
    group = command_tree()
    problems = []
    for path in markdown():
        if path.name == "CHANGELOG.md":
            continue  # tells what once was
        for words in calls(path):
            _, unknown = mentioned(group, words)
            if unknown:
                problems.append("%s: `stampd %s`: there is no %s" % (path, " ".join(words), unknown))
    report(problems)


def test_every_command_is_in_the_docs():
    group = command_tree()
    documented = {found for path in markdown() for words in calls(path) for found in mentioned(group, words)[0]}
    report(["`stampd %s` is in no page of the docs" % " ".join(words) for words in sorted(set(leaves(group)) - documented)])


def test_the_page_of_commands_is_the_one_that_make_docs_writes():
    group = command_tree()
    docs = importlib.import_module("scripts.docs")
    written = docs.PAGE.read_text(encoding="utf-8") if docs.PAGE.is_file() else ""
    assert written == docs.page(group), "docs/commands.md is not what the program says; run `make docs`"


def test_every_command_shows_an_example_in_its_help():
    group = command_tree()
    problems = []
    for words in leaves(group):
        command = group
        for name in words:
            command = command.get_command(click.Context(command), name)
        if "stampd " + " ".join(words) not in (command.help or "") + (command.epilog or ""):
            problems.append("`stampd %s --help` has no example" % " ".join(words))
    report(problems)


def slug(heading):
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


def test_every_link_in_the_docs_leads_somewhere():
    problems = []
    for path in markdown():
        for plain, picture in LINK.findall(FENCE.sub("", text(path))):
            target = plain or picture
            if target.startswith(OUTSIDE):
                continue
            name, _, anchor = target.partition("#")
            there = (ROOT / path.parent / name).resolve() if name else ROOT / path
            if not there.exists():
                problems.append("%s: %s leads nowhere" % (path, target))
            elif anchor and there.suffix == ".md" and anchor not in {slug(line) for line in HEADING.findall(there.read_text())}:
                problems.append("%s: %s has no such heading" % (path, target))
    report(problems)
