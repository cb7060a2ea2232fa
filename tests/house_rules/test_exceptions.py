"""No trouble is swallowed: no bare `except`, no broad one without its reason, no handler that does nothing in silence."""

import ast

from tests.house_rules.sources import comments, files, report, tree

BROAD = {"Exception", "BaseException"}


def names(handler):
    """Names of the exceptions a handler catches."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {getattr(kind, "id", getattr(kind, "attr", "")) for kind in kinds}


def does_nothing(statements):
    return all(isinstance(statement, (ast.Pass, ast.Continue))
               or isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) for statement in statements)


def raises_again(handler):
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def expects_the_exception(statement):
    """`try: ...; except ValueError: pass; else: raise AssertionError`: coming by without it is what raises."""
    return any(isinstance(node, ast.Raise) for node in statement.orelse)


def problem_of(handler, statement, notes):
    """What is wrong with one `except` of a `try` statement, or None. `notes` are the file's comments by line."""
    has_reason = any(line in notes for line in range(handler.lineno - 1, handler.body[-1].end_lineno + 1))
    if handler.type is None:
        return "bare except"
    if names(handler) & BROAD and not raises_again(handler) and not has_reason:
        return "catches everything and gives no reason in a comment"
    if does_nothing(handler.body) and not has_reason and not expects_the_exception(statement):
        return "does nothing with the exception and gives no reason in a comment"
    return None


def test_no_exception_is_swallowed():
    problems = []
    for path in files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Try):
                problems += ["%s:%d: %s" % (path, handler.lineno, problem) for handler in node.handlers
                             if (problem := problem_of(handler, node, comments(path)))]
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "suppress":
                if any(getattr(kind, "id", "") in BROAD for kind in node.args):
                    problems.append("%s:%d: suppress of everything" % (path, node.lineno))
    report(problems)
