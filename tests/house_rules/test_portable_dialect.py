"""cardos is written in the part of Python that boards have. What a board lacks, or does differently in silence, is found
here by reading the sources; what can be run is run in tests/portable."""

import ast
import builtins

from tests.house_rules.sources import comments, product_files, report, text, tree

MISSING_METHODS = {"hexdigest", "bit_length", "removeprefix", "removesuffix", "_replace", "_asdict"}
OS_ERRORS = {name for name in dir(builtins) if isinstance(getattr(builtins, name), type)
             and issubclass(getattr(builtins, name), OSError) and name not in ("OSError", "IOError", "EnvironmentError")}
PLATFORM_FILES = {"cardos/crypto/aes.py", "cardos/compat.py"}
SORT_NOTE = "no ties"


def cardos_files():
    return [path for path in product_files(".py") if path.parts[0] == "cardos"]


def problems_in(path, check):
    return ["%s:%d: %s" % (path, node.lineno, problem) for node in ast.walk(tree(path)) if (problem := check(node))]


def missing_on_boards(node):
    """What is wrong with one syntax node, or None."""
    match node:
        case ast.Match():
            return "match"
        case ast.FunctionDef(args=ast.arguments(posonlyargs=[_, *_])) | ast.Lambda(args=ast.arguments(posonlyargs=[_, *_])):
            return "positional-only arguments"
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) if any(isinstance(item, ast.Starred) for item in items):
            return "[*a]" if isinstance(getattr(node, "ctx", ast.Load()), ast.Load) else None
        case ast.Dict(keys=keys) if None in keys:
            return "{**a}"
        case ast.ClassDef(keywords=[_, *_]):
            return "class keywords"
        case ast.ClassDef(bases=[_, _, *_]):
            return "more than one base class"
        case ast.Attribute(attr=name) if name in MISSING_METHODS:
            return "." + name
        case ast.Call(func=ast.Attribute(attr="from_bytes" | "to_bytes"), keywords=[_, *_] as words):
            return "signed=" if any(word.arg == "signed" for word in words) else None
        case ast.Subscript(slice=ast.Slice(step=step)) if step is not None:
            return "a slice with a step"
        case ast.Name(id=name) if name in OS_ERRORS:
            return name
        case ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
            return "async"
        case ast.Call(func=ast.Name(id="pow"), args=[_, _, _]):
            return "pow with three arguments (gives 0 for a negative exponent)"
    return None


def test_cardos_uses_nothing_that_boards_lack():
    report([problem for path in cardos_files() for problem in problems_in(path, missing_on_boards)])


def test_only_the_back_end_and_compat_ask_which_interpreter_runs():
    report(["%s asks for the interpreter" % path for path in cardos_files()
            if str(path) not in PLATFORM_FILES and ("sys.implementation" in text(path) or "sys.platform" in text(path))])


def test_a_sort_by_a_key_says_that_its_keys_differ():
    """MicroPython's sort is not stable. `# no ties: why` beside the call says that no two items have an equal key."""
    problems = []
    for path in cardos_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not any(word.arg == "key" for word in node.keywords):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            lines = range(node.lineno - 1, node.end_lineno + 1)
            if name in ("sorted", "sort") and not any(SORT_NOTE in comments(path).get(line, "") for line in lines):
                problems.append("%s:%d: sorts by a key without saying `# %s: why`" % (path, node.lineno, SORT_NOTE))
    report(problems)
