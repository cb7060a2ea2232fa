"""Every module of cardos loads on every interpreter."""

import os
import sys

FOLDER = 0x4000  # the file type bits of a folder in st_mode


def modules(root, package):
    """Dotted names of the package and all modules below it."""
    found = [package]
    folder = root + "/" + package.replace(".", "/")
    for name in sorted(os.listdir(folder)):
        if name.startswith((".", "__")):
            continue
        if os.stat(folder + "/" + name)[0] & 0xF000 == FOLDER:
            found += modules(root, package + "." + name)
        elif name.endswith(".py"):
            found.append(package + "." + name[:-3])
    return found


def test_every_module_of_cardos_loads():
    __import__("cardos")
    root = sys.modules["cardos"].__file__.rsplit("/", 2)[0]
    for name in modules(root, "cardos"):
        __import__(name)
