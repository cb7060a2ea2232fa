"""Making a flashed board this shop's: pairing it, and writing what it must hold over its cable.

    /data/kept/{pack,list,settings,certificate,zones}   what the sync would bring, each under the board's store key (`kept_file`)
    /data/board.json                                    its parts, where a person chose any
    /data/vault                                         who it is and its keys (`board_vault`). Written last: it makes the board ours

Keys go from memory to the board's flash and nowhere else: no file of this machine, no argument, no output, no log holds them. A
provisioning that was cut is run again; the number that the board was to have is kept until then (HOME/boards/pending-…).
"""

import hashlib
import json
from collections import namedtuple
from pathlib import Path

from cardos.cbor import encode
from cardos.crypto.cmac import Cmac
from cardos.errors import BadInput, StampdError
from cardos.records.board_vault import LINK_LABEL, PURPOSES, STORE_LABEL, board_diversifier, open_vault, pack_vault
from cardos.records.kept_file import pack_kept
from host_tools.boards.devices import BoardTrouble, put
from host_tools.boards.register import new_key
from host_tools.boards.registers import OwnRegister

DATA = "/data"
VAULT, BOARD_JSON, KEPT, JOURNAL = DATA + "/vault", DATA + "/board.json", DATA + "/kept", DATA + "/journal"
FOLDER, PENDING = "boards", "pending-%s"  # in the home; a name's file, so that two technicians are in nobody's way
_KEPT = ("pack", "list", "settings", "certificate")

# What a board says of its journal, with its own code and keys; nothing secret is printed.
_JOURNAL_CODE = """
import sys
if %(slot)r:
    sys.path.insert(0, %(slot)r)
from terminal.journal import Journal
from terminal.journal_segments import FlashFiles
from terminal.key_vault import open_vault_file
vault = open_vault_file('data/vault')
journal = Journal(FlashFiles('data/journal'), vault.terminal, vault.head_mac)
print('journal', journal.count, journal.stored)
"""

Provisioned = namedtuple("Provisioned", ["terminal", "serial", "name", "renewed", "files"])


class Holder(namedtuple("Holder", ["scheme", "terminal", "serial", "store", "wifi"])):
    """Who a board is already, by its vault. store: its key, 16 bytes; wifi: [name, password] or None. Neither is shown by repr."""

    def __repr__(self):
        return "<Holder scheme %04X terminal %d serial %d>" % (self.scheme, self.terminal, self.serial)


def link_key(keys, terminal, serial):
    """The 16 bytes under which a board and its shop's daemon MAC their messages."""
    return keys.derive("board", keys.epochs[0], board_diversifier(LINK_LABEL, terminal, serial))


def store_key(keys, terminal, serial):
    """The 16 bytes under which a board MACs what it keeps: those of its first provisioning, as long as it keeps its journal."""
    return keys.derive("board", keys.epochs[0], board_diversifier(STORE_LABEL, terminal, serial))


def holder(device):
    """The `Holder` in a board's vault, None without one. BoardTrouble BOARD_VAULT when it cannot be read."""
    data = device.read(VAULT)
    if data is None:
        return None
    try:
        fields = open_vault(data)
    except BadInput as error:
        raise BoardTrouble(error.message, "Provision it anew with --force; what its journal holds and the shop has not is lost.", "BOARD_VAULT") from None
    return Holder(fields["scheme"], fields["terminal"], fields["serial"], fields["store"], fields["wifi"])


def check(device, keys, renew, force):
    """The `Holder` to renew, or None for a board that starts anew. Writes nothing.

    BoardTrouble: BOARD_FIRMWARE (nothing is flashed), BOARD_PROVISIONED, BOARD_OTHER_SCHEME, BOARD_NOT_PROVISIONED, BOARD_VAULT, BOARD_JOURNAL.
    """
    if device.read("/main.py") is None:
        raise BoardTrouble("%s has no firmware of ours." % device.name, "Flash it first: stampd board flash.", "BOARD_FIRMWARE")
    if force:
        return None
    found = holder(device)
    if found is None and renew:
        raise BoardTrouble("%s was never provisioned; there is nothing to renew." % device.name, "Leave --renew out.", "BOARD_NOT_PROVISIONED")
    if found is not None and found.scheme != keys.scheme:
        raise other_scheme(device, found, keys)
    if found is not None and not renew:
        raise BoardTrouble(
            "%s is terminal %d of this shop already." % (device.name, found.terminal), "New keys for it: --renew; its journal stays.", "BOARD_PROVISIONED"
        )
    if found is None and device.listing(JOURNAL):
        raise BoardTrouble("%s has a journal and no keys to read it." % device.name, "If it may be lost: --force.", "BOARD_JOURNAL")
    return found


def other_scheme(device, found, keys):
    """The trouble of a board that belongs to another scheme. found: its `Holder`."""
    return BoardTrouble(
        "%s belongs to scheme %04X; this shop is scheme %04X." % (device.name, found.scheme, keys.scheme),
        "Take the right board. To take this one over: stampd board provision --force. What its journal holds and its own shop has not is lost.",
        "BOARD_OTHER_SCHEME",
    )


def refuse_unsynced(device, held=0):
    """BoardTrouble BOARD_JOURNAL unless a shop has every line of the board's journal, as far as the board itself knows or `held` says.

    held: lines that this shop's register has of it. What a board knows to be stored is durable only at its checkpoints, so it may be late.
    """
    if not device.listing(JOURNAL):
        return
    slot = (device.read("/slot") or b"").decode("ascii", "replace")[:1]
    try:
        said = device.run(_JOURNAL_CODE % {"slot": slot}).decode("ascii", "replace").split()
        count, stored = int(said[said.index("journal") + 1]), int(said[said.index("journal") + 2])
    except (BoardTrouble, ValueError, IndexError):  # it cannot read its own journal: nobody knows what is in it
        raise BoardTrouble("The journal on %s cannot be read." % device.name, "If it may be lost: --forget-journal.", "BOARD_JOURNAL") from None
    missing = count - max(stored, held)
    if missing > 0:
        raise BoardTrouble(
            "%s has %d lines in its journal that the shop has not." % (device.name, missing),
            "Let it sync first (stampd board list shows when), or say that they may be lost: --forget-journal.", "BOARD_JOURNAL",
        )  # fmt: skip


def vault_bytes(keys, pairing, store, wifi):
    """The vault of a board that was just paired. pairing: with its seed. store: its store key. wifi: (name, password) or None."""
    older = [epoch for epoch in keys.epochs if epoch < keys.epoch][-1:]
    return pack_vault({
        "scheme": keys.scheme, "terminal": pairing.terminal, "serial": pairing.serial, "epoch": keys.epoch,
        "masters": {epoch: keys.board_masters(epoch) for epoch in (*older, keys.epoch)},
        "seed": pairing.seed, "link": link_key(keys, pairing.terminal, pairing.serial), "store": store,
        "public": {purpose: keys.public_key(purpose) for purpose in PURPOSES}, "wifi": list(wifi) if wifi else None,
    })  # fmt: skip


def provision(home, device, name, *, renew=False, force=False, forget_journal=False, wifi=None, parts=None, told=lambda path: None):
    """Make a flashed board a terminal of this shop. Returns `Provisioned`.

    home: an open Home, or a register of `registers`. wifi: (name, password); None keeps a renewed board's. parts: {key: word} for
    board.json, or None. force: whoever it was, and whatever its journal holds. forget_journal: only with force. Raises BoardTrouble as
    `check` and `refuse_unsynced` do, and what the register raises.
    """
    register = home if hasattr(home, "take_in") else OwnRegister(home)
    keys = register.keys
    found = check(device, keys, renew, force)
    if force and not forget_journal:
        refuse_unsynced(device, _held_of(register, device))
    name = name or name_of(register.rows(), found)
    pairing, load = _paired(register, name, found)
    store = found.store if found else store_key(keys, pairing.terminal, pairing.serial)
    files = [("%s/%s" % (KEPT, what), pack_kept(Cmac(store).of, what, load[what])) for what in _KEPT]
    files.append((KEPT + "/zones", pack_kept(Cmac(store).of, "zones", encode(load["zones"]))))
    if parts:
        files.append((BOARD_JSON, json.dumps(parts, sort_keys=True).encode() + b"\n"))
    vault = vault_bytes(keys, pairing, store, wifi or (found.wifi if found else None))
    if found is None:
        for path in (VAULT, *device.listing(KEPT), *device.listing(JOURNAL)):
            device.remove(path)
    for path, data in (*files, (VAULT, vault)):
        told(path)
        put(device, path, data)
    _keep_pending(register, name, None)
    return Provisioned(pairing.terminal, pairing.serial, name, found is not None, [path for path, _ in files] + [VAULT])


def _paired(register, name, found):
    """(`Pairing` with its seed, load) of the board in hand. The seed is made here, whoever keeps the ledger."""
    terminal = found.terminal if found else _pending(register, name)
    if found is None and terminal is None and all(row["name"] != name for row in register.rows()):
        _keep_pending(register, name, 0)
    seed, public_key = new_key()
    try:
        pairing, load = register.take_in(name, public_key, terminal)
    except StampdError as trouble:
        if trouble.code == "BOARD_NAME_TAKEN":  # by somebody else: what is kept would lead to that board
            _keep_pending(register, name, None)
        raise
    if found is None:
        _keep_pending(register, name, pairing.terminal)
    return pairing._replace(seed=seed), load


def name_of(rows, found):
    """The name that a board has in the register's rows, for a renewal; "counter" and its like are asked from a person."""
    for row in rows if found else ():
        if row["terminal"] == found.terminal:
            return row["name"]
    raise BadInput("This board needs a name.", "For example --name counter.", "BOARD_NAME")


def _held_of(register, device):
    """How many lines this shop has of the board's journal; 0 for another shop's board, a cloned one, or one that cannot say who it is."""
    try:
        found = holder(device)
    except BoardTrouble:  # its vault is damaged: then its journal cannot be read either
        return 0
    if found is None or found.scheme != register.keys.scheme:
        return 0
    return max([row["lines"] for row in register.rows() if row["terminal"] == found.terminal and not row["forks"]], default=0)


def _pending(register, name):
    """The number that a cut provisioning under this name took, or None. Where it was cut before the answer came, the register knows."""
    try:
        terminal = int(json.loads(_pending_file(register, name).read_bytes())["terminal"])
    except (OSError, ValueError, KeyError, TypeError):  # the usual case: none was cut
        return None
    mine = [row["terminal"] for row in register.rows() if row["name"] == name and row["status"] == "paired"]
    if not terminal:
        return next((row["terminal"] for row in register.rows() if row["terminal"] in mine and row["last_seen"] is None), None)
    return terminal if terminal in mine else None


def _keep_pending(register, name, terminal):
    """terminal: 0 while the register is asked for one, None: nothing is pending."""
    path = _pending_file(register, name)
    try:
        if terminal is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_text(json.dumps({"terminal": terminal, "name": name}), "utf-8")
    except OSError as error:
        raise BadInput("%s could not be written (%s)." % (path, error.strerror), "Make room or correct its rights.", "BOARD_FILE") from error


def _pending_file(register, name):
    return Path(register.path) / FOLDER / (PENDING % hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16])
