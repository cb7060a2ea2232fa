"""A board tests itself: the answers of published vectors, its flash, its heap, its reader and what else is plugged in.

Between two steps the other tasks run. A step is (name, ok, note): the note is the time it took, or what was found. What a board was
not configured to have is no failure; what it was and does not answer is one.
"""

import gc

from terminal import self_test_vectors as vectors
from terminal.compat import elapsed_ms
from terminal.compat import sleep_ms as board_sleep_ms
from terminal.compat import ticks_ms as board_ticks_ms

HEAP_FREE_MIN = 48 * 1024  # what a tap may have live at most
PARTS = ("display", "light", "buzzer", "buttons")

_PROBE = "probe"


async def run(board=None, chip=None, files=None, slow=False, sleep_ms=board_sleep_ms, ticks_ms=board_ticks_ms):
    """[(name, ok, note)] of every step. board: the open board, None: its parts are not looked at. chip: the reader's driver, started
    anew here, so no card may be in use; None: no reader. files: `FlashFiles` of any folder, None: flash is not written. slow: a
    signature too, which takes a board seconds."""
    found = []
    for name, step in COMPUTED + (SLOW if slow else ()):
        await sleep_ms(0)
        started = ticks_ms()
        trouble = _trouble_of(step)
        found.append((name, trouble is None, trouble or "%d ms" % elapsed_ms(ticks_ms(), started)))
        gc.collect()
    if files is not None:
        found.append(_flash(files))
    found.append(_heap())
    if chip is not None:
        await sleep_ms(0)
        found.append(await _reader(chip))
    if board is not None:
        found.extend(_parts(board))
    return found


def _trouble_of(step):
    """What is wrong with one computed step; None when it fits."""
    try:
        return None if step() else "another answer"
    except Exception as error:  # noqa: BLE001 - whatever this interpreter lacks is what the test is for
        return "%s: %s" % (type(error).__name__, error)


def _h(text):
    return bytes.fromhex(text)


def _aes():
    from cardos.crypto.aes import cbc_decrypt, cbc_encrypt

    key, zero = _h(vectors.CMAC[0]), bytes(16)
    block = cbc_encrypt(key, zero, zero)
    return block == _h(vectors.AES_OF_ZERO) and cbc_decrypt(key, zero, block) == zero


def _cmac():
    from cardos.crypto.cmac import Cmac

    key, message, mac = [_h(text) for text in vectors.CMAC]
    return Cmac(key).of(message) == mac and Cmac(key).of_pieces((message[:7], message[7:])) == mac


def _an10922():
    from cardos.crypto.an10922 import diversify_aes128

    master, m, key = [_h(text) for text in vectors.AN10922]
    return diversify_aes128(master, m) == key


def _sha256():
    import hashlib

    pieces = hashlib.sha256(b"a")
    pieces.update(b"bc")
    return pieces.digest() == _h(vectors.SHA256_OF_ABC)


def _ev2_session():
    from cardos.crypto.secure_messaging import ev2_session_keys

    rnd_a, rnd_b, enc, mac = [_h(text) for text in vectors.EV2_SESSION]
    return tuple(ev2_session_keys(bytes(16), rnd_a, rnd_b)) == (enc, mac)


def _ev2_messaging():
    from cardos.crypto.secure_messaging import ev2_iv, ev2_mac

    key, ti, data, mac = [_h(text) for text in vectors.EV2_MAC]
    enc, other_ti, iv = [_h(text) for text in vectors.EV2_IV]
    return ev2_mac(key, 0x8D, 0, ti, data) == mac and ev2_iv(enc, other_ti, 0, False) == iv


def _lrp():
    from cardos.crypto.lrp import Lrp

    key, mac = [_h(text) for text in vectors.LRP_CMAC]
    return Lrp(key).cmac(b"") == mac


class _PrintedKeys:
    """The one role master of a printed vector."""

    epochs = (1,)

    def mac(self, role, epoch, m, message):
        """As `KeyVault.mac`."""
        from cardos.crypto.an10922 import diversify_aes128
        from cardos.crypto.cmac import aes_cmac

        return aes_cmac(diversify_aes128(_h(vectors.RECORD[0]), m), message)


def _record():
    from cardos.records.diversification import CardKeys
    from cardos.records.record import RecordMac

    _, uid, block, body, mac = [_h(text) for text in vectors.RECORD]
    return RecordMac("ntag215", CardKeys(_PrintedKeys(), 0xFFFF, uid), block).of(body, 1) == mac


def _offers():
    """Ten stamps are a coffee: the ninth sale leaves nine and gives none, and with ten it is given (docs/offers)."""
    from cardos.offers.evaluate import evaluate

    pack = {
        "format": 1, "scheme": 0xFFFF, "number": 1, "currency": "EUR", "minor_digits": 2,
        "counters": [{"name": "stamps", "kind": "plain", "ids": [1], "debt": True}],
        "offers": [{"id": "free-coffee", "kind": "stamp-card", "name": {"en": "free coffee"}}],
        "rules": {
            "rewards": [{"op": "gifts", "c": 0, "gifts": [["free-coffee", 10, "free coffee"]], "auto": True, "offer": 0}],
            "earn": [{"op": "stamps", "c": 0, "on": ["coffee"], "per": 1, "amount": True, "offer": 0}],
            "status": [], "roll": [], "events": [], "gifts": True,
        },
        "prices": [], "next": [], "perks": [], "codes": [],
    }  # fmt: skip
    sale = {"on": "sale", "amount": 450, "lines": [], "currency": "EUR", "redeem": "none", "day": 2251, "second": 36000}
    after, effects = evaluate(pack, {1: (8, 0)}, sale)
    if after != {1: (9, 0)} or effects.get("rewards"):
        return False
    with_reward = dict(sale)
    with_reward["redeem"] = "auto"
    after, effects = evaluate(pack, {1: (10, 0)}, with_reward)
    return list(effects["rewards"]) == ["free coffee x1"] and after.get(1, (0, 0))[0] == 1


def _ed25519():
    from cardos.crypto.ed25519 import verify

    key, message, signature = [_h(text) for text in vectors.ED25519]
    return verify(key, message, signature) and not verify(key, message + b"x", signature)


COMPUTED = (
    ("aes", _aes), ("cmac", _cmac), ("an10922", _an10922), ("sha256", _sha256), ("ev2-session", _ev2_session),
    ("ev2-messaging", _ev2_messaging), ("lrp", _lrp), ("record", _record), ("offers", _offers),
)  # fmt: skip
SLOW = (("ed25519", _ed25519),)


def _flash(files):
    content = bytes(range(256))
    try:
        files.create(_PROBE, content)
        is_same = files.read(_PROBE) == content and files.read(_PROBE, 200, 8) == content[200:208]
        files.remove(_PROBE)
        is_gone = _PROBE not in files.names()
    except OSError as error:  # full, worn out, or no file system at all
        return "flash", False, "error %s" % (error.args[0] if error.args else "")
    free = files.free_bytes() // 1024
    return "flash", is_same and is_gone, "%d KB free" % free if is_same and is_gone else "what was written does not come back"


def _heap():
    gc.collect()
    if not hasattr(gc, "mem_free"):
        return "heap", True, "not limited here"
    free = gc.mem_free()
    return "heap", free >= HEAP_FREE_MIN, "%d KB free" % (free // 1024)


async def _reader(chip):
    from cardos.errors import StampdError

    try:
        await chip.start()
    except (StampdError, OSError) as error:  # nothing on the wires, or something else
        return "reader", False, str(error)
    firmware = getattr(chip, "firmware", None)
    return "reader", True, "%s" % ".".join([str(part) for part in firmware]) if isinstance(firmware, tuple) else str(firmware or "answers")


def _parts(board):
    found = []
    for name in PARTS:
        if getattr(board, name, None) is not None:
            found.append((name, True, "there"))
        elif name in board.abilities:
            found.append((name, False, "does not answer"))
    for text in getattr(board, "troubles", ()):
        found.append(("part", False, text))
    return found
