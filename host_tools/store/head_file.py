"""`ledger.head`: the newest MACed head once more, beside the ledger, so that a restored older ledger file is seen.

JSON: {"at", "events", "hash" hex, "mac" hex}. No secret. Replaced whole (new file, fsync, rename).
"""

import json
import os

from cardos.errors import StampdError


def write_head_file(path, head):
    """Replaces the file. head: (at, events, hash, mac)."""
    at, events, digest, mac = head
    text = json.dumps({"at": at, "events": events, "hash": bytes(digest).hex(), "mac": bytes(mac).hex()}) + "\n"
    new = path.with_suffix(".head.new")
    try:
        with new.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise StampdError(
            "The ledger's head could not be written to %s (%s)." % (path, error.strerror),
            "Check the right to write there and the free space. The ledger itself is whole.",
            "LEDGER_HEAD",
        ) from error


def read_head_file(path):
    """(at, events, hash, mac), or None when there is no readable head: the heads inside the ledger still count."""
    try:
        found = json.loads(path.read_text("ascii"))
        head = (str(found["at"]), int(found["events"]), bytes.fromhex(found["hash"]), bytes.fromhex(found["mac"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return head if 0 <= head[1] < 1 << 63 else None
