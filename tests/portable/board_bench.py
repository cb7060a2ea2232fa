"""A provisioned board of TEST keys, without hardware: its vault, settings, certificate and lists, as the office makes them."""

from cardos.records import board_settings, certificate, stop_list
from cardos.records.board_vault import ROLES
from terminal.clock import Clock
from terminal.journal import Journal
from terminal.kept import Kept
from terminal.key_vault import KeyVault
from terminal.settings import load_settings
from tests.portable.ed25519_signer import Signer
from tests.portable.journal_bench import MemoryFiles
from tests.portable.shop import ROLE_MASTERS

SCHEME, TERMINAL, SERIAL = 0xFFFF, 7, 70007
OFFICE = Signer(b"stampd tests: the office's key  ")
BOARD = Signer(b"stampd tests: a board's own key ")
FROM = 85000

VAULT = {
    "scheme": SCHEME, "terminal": TERMINAL, "serial": SERIAL, "epoch": 1, "masters": {1: {role: ROLE_MASTERS[role] for role in ROLES}},
    "seed": b"stampd tests: a board's own key ", "link": b"a TEST link key.", "store": b"a TEST storekey.",
    "public": {purpose: OFFICE.public_key for purpose in ("pack", "list", "certificate", "release")}, "wifi": None,
}  # fmt: skip

SETTINGS = {"format": 1, "number": 1, "shop": "Caf\u00e9", "amount": 350}

CERTIFICATE = {
    "format": 1, "scheme": SCHEME, "terminal": TERMINAL, "serial": SERIAL, "key": BOARD.public_key, "from": FROM, "until": FROM + 35 * 1440,
    "operations": ["earn", "redeem", "undo"], "amount_max": 5000, "rewards_max": {"A": 3, "B": 2, "C": 1}, "unsure_taps_max": 5, "epochs": [1],
}  # fmt: skip


def with_fields(fields, **changes):
    changed = dict(fields)
    for name in changes:
        changed[name] = changes[name]
    return changed


def signed_certificate(**changes):
    protected, payload, message = certificate.unsigned_certificate(with_fields(CERTIFICATE, **changes))
    return certificate.assemble(protected, payload, OFFICE.sign(message))


def signed_list(number, entries, terminals=(), lowest=0, minute=0):
    found = stop_list.StopList(SCHEME, number, minute, tuple(terminals), lowest, stop_list.make_table(entries))
    protected, payload, message = stop_list.unsigned_stop_list(found)
    return stop_list.assemble(protected, payload, OFFICE.sign(message))


class Bench:
    """The parts of a board that are not its hardware. `restart` is a power cut between two taps."""

    def __init__(self, settings=SETTINGS, **changes):
        self.kept_files, self.journal_files = MemoryFiles(), MemoryFiles()
        self.ticks = 0
        self.vault = KeyVault(with_fields(VAULT, format=1))
        self._keep(settings)
        self.kept.keep("certificate", signed_certificate(**changes))
        self.restart()

    def _keep(self, settings):
        self.kept = Kept(self.kept_files, self.vault.store_mac_of_pieces)
        self.kept.keep("settings", board_settings.pack_settings(settings))

    def restart(self):
        from terminal.authority import Authority
        from terminal.stop_list import StopList

        self.vault = KeyVault(with_fields(VAULT, format=1))
        self.kept = Kept(self.kept_files, self.vault.store_mac_of_pieces)
        self.journal = Journal(self.journal_files, TERMINAL, self.vault.head_mac, 30, 64, 1024)
        self.authority = Authority(self.vault, self.kept, self.journal, load_settings(self.kept), StopList(self.kept))
        self.clock = self.authority.clock = Clock(self.authority.floor, lambda: self.ticks & 0x3FFFFFFF)
        self.authority.catch_up()
