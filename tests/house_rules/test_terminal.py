"""The firmware is written for boards: it imports only what every port has, hardware only where boards are described and only when it
is used, and it keeps to the dialect that cardos keeps to, with asyncio besides."""

import ast
from functools import cache

from tests.house_rules.sources import ROOT, comments, is_module, module_name, product_files, report, text, tree
from tests.house_rules.sources import imports as imports_of
from tests.house_rules.test_portable_dialect import SORT_NOTE, missing_on_boards

# Modules of the stock builds of both ports (rp2 with Wi-Fi, esp32): built in, or frozen into the image.
ON_EVERY_BOARD = {"asyncio", "binascii", "collections", "cryptolib", "errno", "framebuf", "gc", "hashlib", "heapq", "io", "json", "math", "micropython",
                  "os", "random", "select", "socket", "ssl", "struct", "sys", "time", "vfs"}
HARDWARE = {"machine", "network", "neopixel", "rp2", "esp32"}
HARDWARE_ALSO = {"terminal/update.py": {"esp32"}}  # tried: whether MicroPython itself is on trial in one of two partitions
HARDWARE_ROOMS = ("terminal/boards/", "terminal/nfc_chips/buses/", "terminal/displays/", "terminal/parts/")
DESK = {"terminal/boards/desk.py", "terminal/nfc_chips/buses/stream.py"}  # the unix port as a board; no other board loads them
ALSO = {
    "cardos.crypto.aes": {"cryptography"},  # tried where `cryptolib` is not
    "cardos.crypto.tdes": {"cryptography"},  # DES on PCs; asking for it on a board is FAMILY_NOT_ON_THIS_TERMINAL
}
BUILD_LIST = "terminal/manifest.py"  # what a frozen build takes in: it runs in MicroPython's build, not on a board
BOARDS = ("pico_w", "pico2_w", "esp32", "esp32_s3")

# What CPython's asyncio and MicroPython's have in common; milliseconds come from terminal/compat.
ASYNCIO = {"CancelledError", "Event", "Lock", "TimeoutError", "create_task", "current_task", "gather", "get_event_loop", "new_event_loop",
           "open_connection", "run", "sleep", "start_server", "wait_for", "StreamReader", "StreamWriter"}
PLATFORM_FILES = {"terminal/compat.py", "terminal/boards/which.py", "terminal/boards/desk.py",
                  "terminal/update.py"}  # which .mpy files this interpreter loads


@cache
def imports(path):
    """As in `sources`; the files are asked often here."""
    return imports_of(path)


def terminal_files():
    return [path for path in product_files(".py") if path.parts[0] == "terminal" and str(path) != BUILD_LIST]


def outermost_imports(path):
    """Line numbers of the imports that run when the file is loaded."""
    inside = {node for function in ast.walk(tree(path)) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
              for node in ast.walk(function)}
    return {node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Import | ast.ImportFrom) and node not in inside}


def reachable(*roots):
    """{dotted module of ours: file} of everything that these modules import, wherever in a file the import stands."""
    files = {module_name(path): path for path in product_files(".py")}
    found, waiting = {}, [root for root in roots if root in files]
    while waiting:
        name = waiting.pop()
        if name in found or str(files[name]) in DESK or name.startswith("terminal.boards.") and name.split(".")[2] in BOARDS and name not in roots \
                and name != "terminal.boards.pico_w":  # the table of the Pico 2 W stands on it
            continue
        found[name] = files[name]
        parents = [".".join(name.split(".")[:end]) for end in range(1, name.count(".") + 1)]
        waiting += [other for other in [*parents, *[wanted for _, wanted in imports(files[name])]] if other in files]
    return found


def test_a_board_has_everything_that_its_firmware_imports():
    problems = []
    for board in BOARDS:
        for name, path in reachable("terminal.main", "terminal.boards." + board).items():
            allowed = ON_EVERY_BOARD | HARDWARE | ALSO.get(name, set()) | {"cardos", "terminal"}
            problems += ["%s:%d imports %s, which a board lacks" % (path, line, wanted) for line, wanted in imports(path)
                         if wanted.split(".")[0] not in allowed]
    report(sorted(set(problems)))


def test_every_file_of_the_firmware_imports_what_boards_have():
    """Also those that nothing reaches yet; the desk is a PC's."""
    report(["%s:%d imports %s, which a board lacks" % (path, line, name) for path in terminal_files() if str(path) not in DESK
            for line, name in imports(path) if name.split(".")[0] not in ON_EVERY_BOARD | HARDWARE | {"cardos", "terminal"}])


def test_what_is_imported_of_ours_is_there():
    problems = []
    for path in terminal_files():
        for line, name in imports(path):
            if name.split(".")[0] in ("cardos", "terminal") and not is_module(name) and not (ROOT / name.replace(".", "/")).is_dir():
                problems.append("%s:%d imports %s, which is no module" % (path, line, name))
    report(problems)


def test_no_soft_cards_and_no_host_on_a_board():
    problems = []
    for board in BOARDS:
        reached = reachable("terminal.main", "terminal.boards." + board)
        problems += ["%s: a board would load %s" % (board, name) for name in reached if name.startswith(("cardos.soft_cards", "host_tools", "tests"))]
    report(problems)


def test_hardware_is_imported_where_boards_are_described_and_only_when_used():
    problems = []
    for path in terminal_files():
        outer = outermost_imports(path)
        for line, name in imports(path):
            if name.split(".")[0] not in HARDWARE:
                continue
            if not str(path).startswith(HARDWARE_ROOMS) and name.split(".")[0] not in HARDWARE_ALSO.get(str(path), ()):
                problems.append("%s:%d imports %s outside the rooms of hardware" % (path, line, name))
            elif line in outer:
                problems.append("%s:%d imports %s when it is loaded, so no other interpreter can load it" % (path, line, name))
    report(problems)


def lacking(node):
    """What is wrong with one syntax node of the firmware, or None: cardos' rules, and asyncio as both interpreters have it."""
    match node:
        case ast.AsyncFunctionDef():
            own = [inner for inner in inner_nodes(node) if isinstance(inner, ast.Yield | ast.YieldFrom)]
            return "an async generator" if own else None
        case ast.AsyncFor() | ast.AsyncWith():
            return None
        case ast.ListComp(generators=parts) | ast.SetComp(generators=parts) | ast.DictComp(generators=parts) if any(part.is_async for part in parts):
            return "an async comprehension"
        case ast.Attribute(value=ast.Name(id="asyncio"), attr=name) if name not in ASYNCIO:
            return "asyncio." + name
    return missing_on_boards(node)


def inner_nodes(function):
    """The nodes of a function's own body, without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def test_the_firmware_uses_nothing_that_boards_lack():
    report(["%s:%d: %s" % (path, node.lineno, problem) for path in terminal_files() for node in ast.walk(tree(path)) if (problem := lacking(node))])


def test_only_compat_and_the_choice_of_the_board_ask_which_interpreter_runs():
    report(["%s asks for the interpreter" % path for path in terminal_files()
            if str(path) not in PLATFORM_FILES and ("sys.implementation" in text(path) or "sys.platform" in text(path))])


def test_a_sort_by_a_key_says_that_its_keys_differ():
    problems = []
    for path in terminal_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not any(word.arg == "key" for word in node.keywords):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            lines = range(node.lineno - 1, node.end_lineno + 1)
            if name in ("sorted", "sort") and not any(SORT_NOTE in comments(path).get(line, "") for line in lines):
                problems.append("%s:%d: sorts by a key without saying `# %s: why`" % (path, node.lineno, SORT_NOTE))
    report(problems)


def test_a_violation_is_found():
    """The rules bite: each line alone breaks one of them."""
    lines = ("async def f():\n    yield 1", "[x async for x in y]", "asyncio.Queue()", "[*a, 1]", "a[::2]", "x.hexdigest()", "def f(a, /): pass",
             "class A(B, C): pass", "int.from_bytes(b, 'big', signed=True)", "raise TimeoutError")
    for line in lines:
        assert [node for node in ast.walk(ast.parse(line)) if lacking(node)], line
    for line in ("async def f():\n    await g()", "async def f():\n    def g():\n        yield 1", "asyncio.sleep(1)"):
        assert not [node for node in ast.walk(ast.parse(line)) if lacking(node)], line
