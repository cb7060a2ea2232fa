"""What a board keeps of what it once proved, byte for byte: the bytes as they came, then 16 bytes of MAC under the board's store key.

    kept      bytes || AES-CMAC(store key, "stampd/kept/1" || name || bytes)

A signature takes a board seconds, this takes it milliseconds: so a start need not prove again what a download proved. No name is the
beginning of another, so no kept bytes can be taken for those of another name.
"""

from cardos.crypto.compare import constant_time_equal
from cardos.errors import BadInput

NAMES = ("pack", "list", "settings", "certificate", "zones", "release", "status", "unsure", "given")
MAC_SIZE = 16

_LABEL = b"stampd/kept/1"


def label(name):
    """The bytes before the content under the MAC. ValueError for a name that nothing is kept under: our own bug."""
    if name not in NAMES:
        raise ValueError("nothing is kept under %r" % (name,))
    return _LABEL + name.encode()


def pack_kept(mac, name, data):
    """The file's bytes. mac: bytes -> 16 bytes with the board's store key."""
    return bytes(data) + mac(label(name) + bytes(data))


def open_kept(mac, name, data):
    """What was kept. BadInput (KEPT_DAMAGED) when it is not what this board kept under this name."""
    if len(data) < MAC_SIZE or not constant_time_equal(mac(label(name) + bytes(data[:-MAC_SIZE])), bytes(data[-MAC_SIZE:])):
        raise kept_damaged(name)
    return bytes(data[:-MAC_SIZE])


def kept_damaged(name):
    """The BadInput for a file that does not carry its MAC."""
    return BadInput(
        "What this board kept as its %s is damaged or was changed." % name, "Connect it to the shop; it fetches it again. If not, provision it again.",
        "KEPT_DAMAGED",
    )  # fmt: skip
