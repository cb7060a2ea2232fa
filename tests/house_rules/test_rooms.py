"""Every room says in one line what it is for, every product file what it is the map of."""

import ast

from tests.house_rules.sources import ROOT, files, product_files, report, text, tree


def test_every_package_states_its_purpose():
    problems = []
    for folder in sorted({path.parent for path in product_files(".py")}):
        init = folder / "__init__.py"
        if folder.parts[0] == "terminal":
            continue  # boards load it without a package file; its README says what it is
        if not (ROOT / init).is_file():
            problems.append("%s has no __init__.py" % folder)
        elif not ast.get_docstring(tree(init)):
            problems.append("%s does not say what the room is for" % init)
    report(problems)


def test_every_product_file_opens_with_what_it_is():
    report(["%s has no docstring" % path for path in product_files(".py") if text(path).strip() and not ast.get_docstring(tree(path))])


def test_portable_tests_are_plain():
    """MicroPython runs them too: no pytest, no fixtures."""
    problems = []
    for path in files():
        if path.parts[:2] != ("tests", "portable") or path.suffix != ".py":
            continue
        if "pytest" in {name.name for node in ast.walk(tree(path)) if isinstance(node, ast.Import) for name in node.names}:
            problems.append("%s imports pytest" % path)
        problems += ["%s:%d: %s takes arguments" % (path, node.lineno, node.name) for node in tree(path).body
                     if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.args.args]
    report(problems)
