"""Who may import whom: cardos imports nobody and points downward, host_tools and terminal do not know each other."""

from tests.house_rules.sources import imports, module_name, product_files, report

# A room of cardos -> the rooms it may import. A file beside the rooms is a room of its own.
GROUND = {"errors", "bytes", "compat", "calendar", "cbor"}
BELOW_TAPS = GROUND | {"crypto", "exchange", "ndef", "ndef_records", "records", "families", "offers"}
MAY_IMPORT = {
    "errors": set(),
    "compat": {"errors"},
    "bytes": {"errors", "compat"},
    "calendar": {"errors"},
    "cbor": {"errors"},
    "exchange": {"errors", "compat"},
    "ndef": GROUND,
    "ndef_records": GROUND,
    "tap_runner": GROUND | {"exchange"},
    "crypto": GROUND,
    "records": GROUND | {"crypto"},
    "offers": GROUND | {"crypto"},
    "families": GROUND | {"crypto", "exchange", "ndef", "ndef_records"},
    "taps": BELOW_TAPS,
    "soft_cards": BELOW_TAPS,
}

# What every interpreter has. No clock, no random numbers, no files: a tap gets those as arguments.
STANDARD = {"struct", "hashlib", "json", "collections", "binascii", "sys", "gc"}
ALSO = {
    "cardos.crypto.aes": {"cryptography", "cryptolib"},  # the one AES back end
    "cardos.crypto.tdes": {"cryptography"},  # DES of old cards, on PCs only
    "cardos.soft_cards.noise": {"os"},  # a chip's own noise; never used by a tap
}


def room(dotted):
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_cardos_imports_the_standard_library_and_its_one_aes_back_end():
    problems = []
    for path in product_files(".py"):
        if path.parts[0] != "cardos":
            continue
        allowed = STANDARD | ALSO.get(module_name(path), set())
        problems += ["%s:%d imports %s" % (path, line, name) for line, name in imports(path)
                     if name.split(".")[0] not in allowed | {"cardos"}]
    report(problems)


def test_imports_inside_cardos_point_downward():
    problems = []
    for path in product_files(".py"):
        if path.parts[0] != "cardos" or path.parts == ("cardos", "__init__.py"):
            continue
        mine = room(module_name(path))
        if mine not in MAY_IMPORT:
            problems.append("%s: room %s has no rule in this test" % (path, mine))
            continue
        for line, name in imports(path):
            theirs = room(name)
            if name.startswith("cardos.") and theirs != mine and theirs not in MAY_IMPORT[mine]:
                problems.append("%s:%d: %s may not import %s" % (path, line, mine, name))
    report(problems)


def test_host_tools_and_terminal_do_not_know_each_other():
    forbidden = {"host_tools": ("terminal", "tests"), "terminal": ("host_tools", "tests")}
    report(["%s:%d imports %s" % (path, line, name) for path in product_files(".py") for line, name in imports(path)
            if name.split(".")[0] in forbidden.get(path.parts[0], ())])
