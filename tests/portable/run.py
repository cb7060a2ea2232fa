"""Run the portable tests with nothing but an interpreter: `micropython tests/portable/run.py [part of a name …]`.

Works from any folder; the repository is the folder above `tests`. Prints `ok NAME` or `failed NAME` (with the
traceback) for each test and closes with `N passed, N failed`. Exit code 1 when one failed or none ran.
"""

import gc
import os
import sys


def say_trouble(trouble):
    if hasattr(sys, "print_exception"):
        sys.print_exception(trouble)
    else:
        import traceback
        traceback.print_exception(type(trouble), trouble, trouble.__traceback__, file=sys.stdout)


def run_module(name):
    """Run every test_ function of one module; return (passed, failed)."""
    passed = failed = 0
    try:
        module = getattr(__import__("tests.portable." + name).portable, name)
        names = sorted(word for word in dir(module) if word.startswith("test_"))
    except Exception as trouble:  # noqa: BLE001 - a module that does not load is one failed test, shown in full
        print("failed", name)
        say_trouble(trouble)
        return 0, 1
    for word in names:
        try:
            getattr(module, word)()
            passed += 1
            print("ok %s.%s" % (name, word))
        except Exception as trouble:  # noqa: BLE001 - shown in full and counted
            failed += 1
            print("failed %s.%s" % (name, word))
            say_trouble(trouble)
        gc.collect()
    return passed, failed


def modules(root, parts):
    """The names of the test modules that have one of the parts in their name; all when there are none."""
    files = sorted(os.listdir(root + "/tests/portable"))
    names = [file[:-3] for file in files if file.startswith("test_") and file.endswith(".py")]
    return [name for name in names if not parts or any([part in name for part in parts])]


def main(root, parts):
    sys.path.insert(0, root)
    passed = failed = 0
    for name in modules(root, parts):
        module_passed, module_failed = run_module(name)
        passed += module_passed
        failed += module_failed
    print("%d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


def root_of(script):
    """The repository, three folders up from this file, as the interpreter was told its path."""
    folder = script.replace("\\", "/").rsplit("/", 1)[0] if "/" in script else "."
    return folder + "/../.."


if __name__ == "__main__":
    sys.exit(main(root_of(sys.argv[0]), sys.argv[1:]))
