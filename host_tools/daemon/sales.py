"""Sales that something comes back of: from this home's ledger, or from the receipt that the customer brings."""

from cardos.errors import BadInput
from cardos.taps.refund import Bought
from host_tools.store.register import LANDED


def bought(home, wish):
    """The `Bought` that a refund is about, or None (NO_SUCH_SALE). wish: sale (a REF of this ledger), or receipt (its text).

    Raises BadInput RECEIPT_DAMAGED, RECEIPT_FORGED for a receipt that is not the scheme's.
    """
    found = home.store.sale(wish.sale) if wish.sale is not None else None
    if found is not None:
        return _of_ledger(home, found)
    return _of_receipt(home, wish.receipt) if wish.receipt else None


def _of_ledger(home, found):
    entry, details = found["entry"], found["entry"]["details"]
    if found["state"] not in LANDED or "receipt" not in details:
        return None
    pack = home.packs.of(details["pack"])
    if pack is None:
        return None
    uid, back = bytes.fromhex(entry["uid"]), home.store.refunded(entry["family"], entry["uid"], entry["sale"])
    return Bought(entry["sale"], entry["family"], uid, details["receipt"], back, pack, found["undone"])


def _of_receipt(home, text):
    """A receipt of another terminal of the scheme. What came back of it here is in this ledger; what came back elsewhere, the hub knows."""
    from host_tools.offers.signing import open_receipt

    said = open_receipt(text, home.keys)
    try:
        pack, sale = home.packs.of(said["pack"]), said["sale"]
        back = home.store.refunded(said["family"], said["uid"].hex(), sale)
        return Bought(sale, said["family"], said["uid"], said["receipt"], back, pack, False) if pack else None
    except (KeyError, TypeError, AttributeError) as error:  # signed, but by a version that says other things
        hint = "Update stampd, or refund where it was bought."
        raise BadInput("This receipt is of a version that this till does not know.", hint, "RECEIPT_DAMAGED") from error


def receipt_text(home, sale):
    """The signed receipt of a landed sale, as the text of its QR code. BadInput (NO_SUCH_SALE)."""
    from host_tools.offers.signing import sign_receipt

    found = home.store.sale(sale)
    if found is None or found["state"] not in LANDED or "receipt" not in found["entry"]["details"]:
        raise BadInput("This shop knows no finished sale %s." % sale, "Check the reference: stampd card history.", "NO_SUCH_SALE")
    entry, details = found["entry"], found["entry"]["details"]
    return sign_receipt(
        {"sale": sale, "family": entry["family"], "uid": bytes.fromhex(entry["uid"]), "pack": details["pack"], "receipt": details["receipt"]},
        home.keys,
    )  # fmt: skip
