"""Published originality signatures of real chips; every kind of forgery is refused."""

from cardos.crypto.originality import CURVES, KEYS, RAW_UID, SHA256, genuine, verify
from tests.portable.vector_files import entries, h

FAMILY_OF_PRODUCT = {
    "NTAG21x, NTAG 5 link, NTAG 5 boost": "ntag213",
    "Mifare Classic EV1": "classic-1k",
    "MIFARE Ultralight AES": "ultralight-aes",
    "MIFARE Ultralight AES (Vingcard alt key)": "ultralight-aes",
    "NTAG424DNA": "ntag424",
    "NTAG 424 DNA (AN12196 8.2 / Table 30 + icedevml samples)": "ntag424",
    "NTAG413DNA, DESFire EV1": "desfire-ev1",
    "DESFire EV2": "desfire-ev2",
    "DESFire EV2 XL": "desfire-ev2",
    "DESFire EV3": "desfire-ev3",
}


def fits(e, uid=None, signature=None, public_key=None, message=None):
    return verify(
        e["curve"], public_key or h(e["public_key"]), h(e["uid"]) if uid is None else uid, h(e["signature"]) if signature is None else signature,
        message or e["message"],
    )  # fmt: skip


def signatures():
    return entries("originality.json", "originality", 32)


def one_of_each_curve():
    found = {}
    for e in signatures():
        found[e["curve"]] = e
    assert sorted(found) == sorted(CURVES)
    return [found[curve] for curve in sorted(found)]


def flipped(data, place):
    return data[: place // 8] + bytes([data[place // 8] ^ (1 << (place % 8))]) + data[place // 8 + 1 :]


def test_every_signature_fits():
    kinds = {}
    for e in signatures():
        assert fits(e), e["id"]
        kinds[e["message"]] = kinds.get(e["message"], 0) + 1
    assert kinds[RAW_UID] >= 20 and kinds[SHA256] >= 5


def test_the_other_rule_for_what_is_signed_does_not_fit():
    for e in one_of_each_curve():
        assert not fits(e, message=SHA256 if e["message"] == RAW_UID else RAW_UID), e["id"]


def test_our_table_names_the_key_of_each_family():
    families = {}
    for e in signatures():
        family = FAMILY_OF_PRODUCT.get(e["product"])
        if family is None:
            for name in KEYS:
                assert all(key.point != h(e["public_key"]) for key in KEYS[name]), "%s is in our table" % e["product"]
        elif family not in families:
            families[family] = genuine(family, h(e["uid"]), h(e["signature"]))
            assert families[family], e["id"]
    assert len(families) >= 7, families
    assert families["desfire-ev3"] == "DESFire EV3" and genuine("ultralight-c", bytes(7), bytes(32)) is None


def test_one_changed_bit_is_refused():
    for e in one_of_each_curve():
        uid, signature, key = h(e["uid"]), h(e["signature"]), h(e["public_key"])
        for place in (0, 8 * len(uid) - 1):
            assert not fits(e, uid=flipped(uid, place)), (e["id"], "uid", place)
        for place in (0, 4 * len(signature), 8 * len(signature) - 1):
            assert not fits(e, signature=flipped(signature, place)), (e["id"], "signature", place)
        for place in (7, 8, 8 * len(key) - 1):
            assert not fits(e, public_key=flipped(key, place)), (e["id"], "key", place)


def test_numbers_out_of_range_are_refused():
    for e in one_of_each_curve():
        curve, signature = CURVES[e["curve"]], h(e["signature"])
        r, s = signature[: curve.size], signature[curve.size :]
        n, zero = curve.n.to_bytes(curve.size, "big"), bytes(curve.size)
        top = b"\xff" * curve.size
        for forged in (zero + s, r + zero, zero + zero, n + s, r + n, top + s, r + top, signature + b"\0", signature[:-1], b""):
            assert not fits(e, signature=forged), (e["id"], forged.hex())


def test_points_off_the_curve_and_other_forms_of_a_key_are_refused():
    for e in one_of_each_curve():
        size, key = CURVES[e["curve"]].size, h(e["public_key"])
        x, y = key[1 : 1 + size], key[1 + size :]
        for forged in (b"\x04" + bytes(2 * size), b"\x04" + y + x, b"\x02" + x, b"\x04" + x, b"\x05" + x + y, key + b"\0", b"\x00" + x + y):
            assert not fits(e, public_key=forged), (e["id"], forged[:3].hex())


def test_anyone_can_sign_zero_and_it_is_refused():
    """With the number 0, r = s = the key's own x is a signature that needs no secret."""
    for e in one_of_each_curve():
        c, x = CURVES[e["curve"]], h(e["public_key"])[1 : 1 + CURVES[e["curve"]].size]
        for uid in (b"", bytes(7), c.n.to_bytes(c.size, "big")):
            assert not fits(e, uid=uid, signature=x + x, message=RAW_UID), e["id"]


def test_base_points_lie_on_their_curves_and_have_their_order():
    for name in CURVES:
        c = CURVES[name]
        assert (c.y * c.y - (c.x * c.x * c.x - 3 * c.x + c.b)) % c.p == 0, name
        assert c.p >> (8 * c.size - 1) == 1 and c.n >> (8 * c.size - 1) == 1, name
