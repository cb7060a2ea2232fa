"""The mutants of a source file, made by cosmic-ray's operators, and a process's modules with one of them in place.

A mutant is never written to disk: the changed text is compiled and loaded instead of the file.
"""

import ast
import importlib.abc
import importlib.util
import inspect
import sys
from collections import namedtuple
from functools import cache

# line: number in the file; before, after: the text of that line
Mutant = namedtuple("Mutant", ["operator", "occurrence", "line", "before", "after"])
OFFERS = ("cardos.offers.", "tests.portable.test_offer", "tests.portable.offer_", "tests.offers.test_mutants_")


@cache
def operators():
    """{name: operator} of cosmic-ray's operators that need no arguments."""
    from cosmic_ray.plugins import get_operator, operator_names

    return {name: get_operator(name)() for name in sorted(operator_names()) if not get_operator(name).arguments() and not name.endswith("NoOp")}


@cache
def parsed(text):
    """The tree of a source text; whoever changes it does so in a process that ends with that."""
    from cosmic_ray.ast import get_ast

    return get_ast(text)


def mutants_of(text):
    """Every (operator name, occurrence) of a source text."""
    from cosmic_ray.ast import ast_nodes

    tree = parsed(text)
    return [(name, occurrence) for name, operator in operators().items()
            for occurrence in range(sum(1 for node in ast_nodes(tree) for _ in operator.mutation_positions(node)))]


def mutated(text, name, occurrence):
    """(changed text, Mutant). Once in a process: the parsed text changes with it."""
    from cosmic_ray.mutating import MutationVisitor

    changed = MutationVisitor(occurrence, operators()[name]).walk(parsed(text)).get_code()
    old, new = text.split("\n"), changed.split("\n")
    same = 0
    while same < min(len(old), len(new)) - 1 and old[same] == new[same]:
        same += 1
    return changed, Mutant(name.removeprefix("core/"), occurrence, same + 1, old[same].strip(), " ".join(new[same].split()))


class Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from a text instead of its file."""

    def __init__(self, name, text):
        self.name, self.code = name, compile(text, name, "exec")

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module):
        exec(self.code, module.__dict__)  # noqa: S102 - a mutant of our own source


@cache
def imported_by(name):
    """Names of the loaded modules of the offers that a module imports, where it stands in their text."""
    tree = ast.parse(inspect.getsource(sys.modules[name]))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {"%s.%s" % (node.module, alias.name) for alias in node.names}
    return found


def users_of(name):
    """The loaded modules of the offers that hold something of module `name`, and itself."""
    found, more = set(), {name}
    while more:
        found |= more
        more = {one for one in sys.modules if one.startswith(OFFERS) and one not in found and imported_by(one) & found}
    return found


def load_instead(name, text):
    """From now on this process has `text` as module `name`; what uses it is imported again when it is asked for."""
    for loaded in users_of(name):
        del sys.modules[loaded]
        package, _, word = loaded.rpartition(".")
        vars(sys.modules[package]).pop(word, None)
    sys.meta_path.insert(0, Instead(name, text))
