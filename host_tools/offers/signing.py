"""Signing packs and receipts with a home's keys, and opening them again. The bytes are `cardos.offers.pack_file` and `receipt_file`.

keys: anything with `scheme`, `sign(purpose, message)` and `public_key(purpose)`, as `host_tools.provisioning.keys.KeyRing`.
What was signed is opened here before it is given out, by the same code that a board checks it with.
"""

from typing import Any, Callable

from cardos.offers import pack_file, receipt_file

Check = Callable[[dict], Any]


def sign_pack(pack: dict, keys: Any, check: Check | None = None) -> bytes:
    """The signed pack file.

    pack: as `compile_pack` gives it; its scheme must be the keys'. check: called with the pack as a terminal will read it.
    Raises BadInput: PACK_SCHEME, PACK_VERSION, PACK_DAMAGED (no number), PACK_TOO_LARGE, CBOR (a value that packs do not hold).
    """
    protected, payload, message = pack_file.unsigned_pack(pack, keys.scheme)
    data = pack_file.assemble(protected, payload, keys.sign(pack_file.KEY_PURPOSE, message))
    pack_file.open_pack(data, keys.public_key(pack_file.KEY_PURPOSE), keys.scheme, pack["number"], check)
    return data


def verify_pack(data: bytes, keys_or_public_key: Any, newest_number: int = 0, check: Check | None = None) -> dict:
    """The pack in a signed file. BadInput with a code of `cardos.offers.pack_file` for every other file.

    keys_or_public_key: keys, whose scheme the pack must have, or the 32 bytes of a public key, which takes any scheme.
    newest_number: the highest number in use so far; an older pack is refused.
    """
    public_key, scheme = _verifier(keys_or_public_key, pack_file.KEY_PURPOSE)
    return pack_file.open_pack(data, public_key, scheme, newest_number, check)


def sign_receipt(receipt: dict, keys: Any) -> str:
    """The text of a receipt's QR code (alphanumeric mode). receipt: a map of plain values, no floats.

    Raises BadInput: RECEIPT_TOO_LARGE, CBOR (a value that receipts do not hold).
    """
    protected, payload, message = receipt_file.unsigned_receipt(receipt, keys.scheme)
    text = receipt_file.assemble(protected, payload, keys.sign(receipt_file.KEY_PURPOSE, message))
    open_receipt(text, keys)
    return text


def open_receipt(text: str, keys_or_public_key: Any) -> dict:
    """The receipt in a scanned text, proven. Raises BadInput: RECEIPT_DAMAGED, RECEIPT_FORGED.

    keys_or_public_key: as for `verify_pack`.
    """
    public_key, scheme = _verifier(keys_or_public_key, receipt_file.KEY_PURPOSE)
    return receipt_file.open_receipt(text, public_key, scheme)


def _verifier(keys_or_public_key: Any, purpose: str) -> tuple[bytes, int | None]:
    if isinstance(keys_or_public_key, (bytes, bytearray, memoryview)):
        return bytes(keys_or_public_key), None
    return keys_or_public_key.public_key(purpose), keys_or_public_key.scheme
