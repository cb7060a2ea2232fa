"""Sales that something comes back of: from this home's ledger, or from the receipt that the customer brings."""

from io import BytesIO

from cardos.errors import BadInput
from cardos.taps.refund import Bought
from host_tools.shop_packs import fingerprint
from host_tools.store.register import LANDED


def bought(home, wish):
    """The `Bought` that a refund is about, or None (NO_SUCH_SALE). wish: sale (a REF of this ledger), receipt (its text), or both.

    A receipt that is given counts, and a REF beside it must be its own: two homes may give one REF. A text that is empty is a
    damaged receipt.

    Raises BadInput for a receipt that cannot be used, see `check_receipt`.
    """
    if wish.receipt is not None:
        return _of_receipt(home, wish)
    found = home.store.sale(wish.sale) if wish.sale is not None else None
    return _of_ledger(home, found) if found is not None else None


def check_receipt(home, wish):
    """Before a card is asked for. BadInput RECEIPT_DAMAGED, RECEIPT_FORGED, RECEIPT_OTHER_SALE, PACK_UNKNOWN."""
    if wish.kind == "refund" and wish.receipt is not None:
        bought(home, wish)


def _of_ledger(home, found):
    entry, details = found["entry"], found["entry"]["details"]
    if found["state"] not in LANDED or "receipt" not in details:
        return None
    pack = home.packs.of(details["pack"])
    if pack is None:
        return None
    origin, uid = [entry["terminal"], entry["transaction"]], bytes.fromhex(entry["uid"])
    back = home.store.refunded(entry["family"], uid, origin)
    return Bought(entry["sale"], origin, entry["family"], uid, details["receipt"], back, pack, found["undone"])


def _of_receipt(home, wish):
    """A receipt of another terminal of the scheme. What came back of it here is in this ledger; what came back elsewhere, the hub knows."""
    from host_tools.offers.signing import open_receipt

    said = open_receipt(wish.receipt, home.keys)
    try:
        sale, origin, pack = said["sale"], said["origin"], home.packs.of(said["pack"])
        if wish.sale not in (None, sale):
            what = "This receipt is of sale %s, not of %s." % (sale, wish.sale)
            raise BadInput(what, "Leave --sale out, or take the receipt of that sale.", "RECEIPT_OTHER_SALE")
        own = home.store.transaction(origin[1], origin[0])
        if own is not None and own["entry"]["sale"] == sale:  # our own slip or a board's: the ledger knows more, undone sales too
            return _of_ledger(home, own)
        if pack is None or fingerprint(pack) != said["rules"]:
            raise BadInput(
                "This receipt is of pack %d, which this shop never had." % said["pack"],
                "Refund it where it was bought, or bring that pack here: stampd offers install.", "PACK_UNKNOWN",
            )  # fmt: skip
        back = home.store.refunded(said["family"], said["uid"], origin) or said.get("back")
        return Bought(sale, list(origin), said["family"], said["uid"], said["receipt"], back, pack, False)
    except (KeyError, TypeError, AttributeError) as error:  # signed, but by a version that says other things
        hint = "Update stampd, or refund where it was bought."
        raise BadInput("This receipt is of a version that this till does not know.", hint, "RECEIPT_DAMAGED") from error


def _left(was):
    """True when a unit of the sale, paid or free, has not come back."""
    units = [qty for _, qty, *_ in was.receipt["lines"]]
    return any(qty > paid + free for qty, paid, free in zip(units, was.back["units"], was.back["free"]))


def receipt_text(home, sale):
    """The signed receipt of a landed sale, as the text of its QR code. BadInput (NO_SUCH_SALE, ALREADY_UNDONE, OVER_REFUND)."""
    from host_tools.offers.signing import sign_receipt

    found = home.store.sale(sale)
    known = _of_ledger(home, found) if found is not None else None
    if known is None:
        raise BadInput("This shop knows no finished sale %s." % sale, "Check the reference: stampd card history.", "NO_SUCH_SALE")
    if known.undone:
        raise BadInput("Sale %s was undone: nothing can come back of it." % sale, "Nothing was printed.", "ALREADY_UNDONE")
    if known.back is not None and not _left(known):
        raise BadInput("Everything of sale %s came back." % sale, "Nothing was printed.", "OVER_REFUND")
    said = {
        "sale": sale, "origin": known.origin, "family": known.family, "uid": known.uid, "pack": known.pack["number"],
        "rules": fingerprint(known.pack), "receipt": known.receipt,
    }  # fmt: skip
    if known.back is not None:
        said["back"] = known.back
    return sign_receipt(said, home.keys)


def code_of(text):
    """The QR code of a receipt's text, a `segno.QRCode`."""
    import segno

    return segno.make(text, error="m", micro=False)


def picture_of(code):
    """An SVG document as text, as large as its place; quiet zone and ground belong to it."""
    drawn = BytesIO()
    code.save(drawn, kind="svg", xmldecl=False, nl=False, border=4, light="#fff", omitsize=True)
    return drawn.getvalue().decode()
