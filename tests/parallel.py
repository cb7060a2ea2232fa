"""A run shared among processes (pytest-xdist, `make test`): what stays together, and what comes first.

A file is one unit, because its tests share a browser, a pcscd or a demo shop; in a file of SPLIT each test is one. A process takes the
next unit when it is nearly through with its own, so what is long must not come last. The names of tests stay as they are (xdist's own
groups change them), so a seed draws the same in one process and in several.
"""

from xdist.scheduler import LoadScopeScheduling

# Seconds, roughly, of the units that are long; of a file of SPLIT, of its longest test. What is not here comes after these.
SECONDS = {
    "tests/tears/test_in_process.py": 200,
    "tests/portable_runs/test_on_micropython.py": 150,
    "tests/tears/test_on_stacks.py": 140,
    "tests/browser/test_looks.py": 90,
    "tests/browser/test_day.py": 70,
    "tests/whole_system/test_every_family.py": 60,
    "tests/tears/test_many.py": 50,
    "tests/whole_system/test_commands.py": 50,
    "tests/browser/test_offers.py": 45,
    "tests/browser/test_board_demo.py": 40,
    "tests/terminal/test_firmware_tears.py": 40,
    "tests/terminal/test_firmware.py": 35,
    "tests/whole_system/test_moving_cards.py": 40,
    "tests/whole_system/test_terminal_docs.py": 40,
    "tests/terminal/test_firmware_update.py": 35,
    "tests/terminal/test_firmware_tears_process.py": 30,
    "tests/boards/test_demo_once.py": 25,
    "tests/simulation/test_boards.py": 25,
    "tests/bits/test_answers.py": 40,
    "tests/readers/test_pcsc_real.py": 35,
    "tests/daemon/test_killed.py": 30,
    "tests/house_rules/test_board_types.py": 30,
    "tests/bits/test_stored.py": 25,
    "tests/boards/test_flash.py": 15,
    "tests/boards/test_raw_repl.py": 15,
    "tests/fuzz/test_taps.py": 15,
    "tests/soft_hardware/test_vpcd.py": 15,
    "tests/tears/test_known_bad.py": 15,
    "tests/bits/test_other_taps.py": 12,
    "tests/readers/test_pcsc_families.py": 12,
    "tests/whole_system/test_secrets.py": 12,
    "tests/readers/test_nfcpy.py": 10,
    "tests/readers/test_pcsc_sharing.py": 10,
    "tests/simulation/test_protocol_model.py": 6,
}

# Files whose tests share nothing that is dear to make.
SPLIT = ("tests/simulation/test_protocol_model.py",)


def file_of(nodeid):
    return nodeid.partition("::")[0]


def unit_of(nodeid):
    """The unit a test belongs to: its file, or itself."""
    return nodeid if file_of(nodeid) in SPLIT else file_of(nodeid)


class LongestFirst(LoadScopeScheduling):
    """xdist's scheduling by scopes, with our units in our order."""

    def _split_scope(self, nodeid):
        return unit_of(nodeid)

    def _assign_work_unit(self, node):
        longest = max(self.workqueue, key=lambda unit: SECONDS.get(file_of(unit), 0))  # of equal ones the first
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
