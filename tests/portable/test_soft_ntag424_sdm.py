"""Secure dynamic messaging of the soft NTAG 424 DNA: published messages come out of the chip, counters, runs, limits."""

from cardos.crypto.sun import decrypt_picc_data, encrypt_file_data, picc_data_plain, sdm_mac
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from tests.portable.ntag424_bench import FULL, OK, PLAIN, SELECT, Reader, Scripted, copy_of, le3, native, on_reader, place, present, send
from tests.portable.vector_files import entries, h

FILE_KEY, META_KEY = bytes(range(16)), bytes(range(1, 17))
AES_PICC, LRP_PICC = 32, 48
CLEAR = "4000e0" + "c1" + "feef" + le3(10, 30)  # UID at 10, counter at 30, both in clear, no MAC


def card_of(entry, family):
    """A card with this UID and keys whose next read counts up to the entry's counter."""
    card = new_card(family, h(entry["uid"]), noise=Noise(1))
    card.field_on()
    card.activate()
    send(card, SELECT)
    card.keys[1].key = h(entry.get("sdm_file_key") or entry.get("key"))
    card.keys[2].key = h(entry.get("sdm_meta_key") or entry.get("key"))
    return card


def shown(card):
    """The NDEF file as a phone reads it, as bytes."""
    answer = card.transceive(bytes.fromhex("00b0840000"))
    assert answer[-2:] == b"\x90\x00", answer[-2:].hex()
    return answer[:-2]


def message_of(entry, lrp, random_hex):
    """What the card shows that makes this published message: (PICCData, file data, MAC) as text."""
    card = card_of(entry, "ntag424-lrp" if lrp else "ntag424")
    picc = LRP_PICC if lrp else AES_PICC
    text = entry["mac_input_ascii"]
    data = h(entry.get("file_data")) or (entry.get("file_ascii") or "").encode()
    if entry["enc_file"]:  # the MAC covers the enciphered piece of the file and what stands behind it
        card.files[1].data[100:116] = data
        card.files[1].data[132 : 132 + len(text) - 32] = text[32:].encode()
        body = "4000e0" + "d1" + "ff21" + le3(0, 100, 100, 32, 100 + len(text))
        mac_at = 100 + len(text)
    else:  # the MAC covers PICCData and what stands behind it, or nothing
        card.files[1].data[picc : picc + 1] = text[picc:].encode() or b"\x00"
        mac_at = max(len(text), picc)
        body = "4000e0" + "c1" + "ff21" + le3(0, 0 if text else mac_at, mac_at)
    assert Reader(card).settings(2, body) == ""
    card.files[1].counter = entry["read_ctr"] - 1
    send(card, SELECT)
    card.noise = Scripted(random_hex)
    seen = shown(card).decode()
    return seen[:picc], seen[100:132], seen[mac_at : mac_at + 16]


def test_published_aes_messages():
    for e in entries("ntag424.json", "ntag424_sun", 2):
        card = card_of(e, "ntag424")
        assert decrypt_picc_data(card.keys[2].key, h(e["picc_enc"])) == (h(e["uid"]), e["read_ctr"])
        random_hex = picc_data_plain(card.keys[2].key, h(e["picc_enc"]))[11:].hex()
        picc, enciphered, mac = message_of(e, False, random_hex)
        assert picc == e["picc_enc"].upper() and mac == e["mac"].upper(), e["id"]
        assert e["enc_file"] is None or enciphered == e["enc_file"].upper()


def test_published_lrp_messages():
    for e in entries("lrp.json", "lrp_sun", 2):
        random_hex = e["picc_enc"][:16] + e["picc_plain"][22:]
        picc, enciphered, mac = message_of(e, True, random_hex)
        assert picc == e["picc_enc"].upper() and mac == e["mac"].upper(), e["id"]
        assert e["enc_file"] is None or enciphered == e["enc_file"].upper()


def sun_card(family="ntag424", extra="", options="c1"):
    """A card whose link is `P` + PICCData + `M` + MAC over all of it; key 2 for PICCData, key 1 for the MAC."""
    card = on_reader(family)
    picc = LRP_PICC if card.lrp else AES_PICC
    assert Reader(card).settings(2, "4000e0" + options + "f121" + le3(1, 0, picc + 2) + extra) == ""
    card.files[1].data[0:1] = b"P"
    card.files[1].data[picc + 1 : picc + 2] = b"M"
    card.keys[1].key, card.keys[2].key = FILE_KEY, META_KEY
    return present(card)


def taken_apart(card, seen):
    """(uid, counter) of what `sun_card` shows, once its MAC fits."""
    picc = LRP_PICC if card.lrp else AES_PICC
    uid, counter = decrypt_picc_data(META_KEY, bytes.fromhex(seen[1 : 1 + picc].decode()), card.lrp)
    mac = sdm_mac(FILE_KEY, uid, counter, seen[: picc + 2], card.lrp)
    assert seen[picc + 2 : picc + 18] == mac.hex().upper().encode()
    return uid, counter


def test_each_run_of_reads_counts_once():
    for family in ("ntag424", "ntag424-lrp"):
        card = sun_card(family)
        first = shown(card)
        assert taken_apart(card, first) == (card.uid, 1)
        assert shown(card) == first and b"".join([card.transceive(bytes([0, 0xB0, 0x84, at, 16]))[:16] for at in range(0, 96, 16)]) == first[:96]
        assert native(card, 0x64, "01")[-4:] == OK
        second = shown(card)
        assert taken_apart(card, second) == (card.uid, 2) and second[:49] != first[:49]
        native_read = bytes.fromhex(native(card, 0xAD, place(2, 0, 0))[:-4])
        assert taken_apart(card, native_read) == (card.uid, 3)  # the other read command counts for itself
        assert bytes.fromhex(native(card, 0xAD, place(2, 0, 0))[:-4]) == native_read
        assert taken_apart(card, shown(present(card))) == (card.uid, 4)
        assert taken_apart(card, shown(copy_of(card))) == (card.uid, 5)


def test_a_read_that_fails_and_other_files_do_not_count():
    card = sun_card()
    assert native(card, 0xAD, place(2, 256, 1)) == "91be" and send(card, "00b0840000")[-4:] == "9000"
    assert card.files[1].counter == 1
    assert send(card, "00b0830000")[-4:] == "9000" and card.files[1].counter == 1
    assert send(card, "00b0840000")[-4:] == "9000" and card.files[1].counter == 2


def test_a_session_sees_the_file_as_it_was_written_and_does_not_count():
    card = sun_card()
    reader = Reader(card)
    plain = reader.read(2, 0, 64, PLAIN)
    assert plain == (b"P" + bytes(32) + b"M" + bytes(30)).hex() and card.files[1].counter == 0
    assert send(card, "00b0840000") == "6982"


def test_sdm_opens_a_file_that_nobody_may_read():
    card = on_reader()
    assert Reader(card).settings(2, "40" + "0000" + "01" + "fff1" + le3(0, 0)) == ""
    assert native(present(card), 0xAD, place(2, 0, 1))[-4:] == OK and send(card, "00b0840000")[-4:] == "9000"
    assert Reader(card, 1).read(2, 0, 1, PLAIN) == "91ae" and Reader(card, 0).read(2, 0, 1, PLAIN) == "00"
    assert Reader(card).settings(2, "40" + "0000" + "c1" + "feef" + le3(10, 30)) == ""
    assert native(present(card), 0xAD, place(2, 0, 1)) == "91ae" and send(card, "00b0840000") == "6982"  # mirroring alone does not


def test_mirrors_in_clear():
    card = on_reader()
    assert Reader(card).settings(2, CLEAR) == ""
    card.files[1].counter = 0x00FFFE
    seen = shown(present(card))
    assert seen[10:24] == b"04A1B2C3D4E5F6" and seen[30:36] == b"00FFFF"
    assert card.files[1].data == bytearray(256)
    assert Reader(card).settings(2, "4000e0" + "c1" + "fee1" + le3(10, 0xFFFFFF, 10, 24)) == ""
    seen = shown(present(card))  # the counter is there and not mirrored: neither in the text nor in the key
    assert seen[24:40] == sdm_mac(card.keys[1].key, card.uid, None, seen[10:24]).hex().upper().encode()


def test_file_data_enciphered_in_the_second_half_too():
    for family in ("ntag424", "ntag424-lrp"):
        card = on_reader(family)
        assert Reader(card).settings(2, "4000e0" + "d1" + "fee1" + le3(0, 16, 32, 32, 64, 96)) == ""
        card.keys[1].key = FILE_KEY
        card.files[1].data[32:64] = bytes(range(32))
        card.files[1].data[64:96] = b"\xaa" * 32  # this half of the placeholder is not looked at
        seen = shown(present(card))
        made = encrypt_file_data(FILE_KEY, card.uid, 1, bytes(range(32)), card.lrp)
        assert seen[32:96] == made.hex().upper().encode()
        assert seen[96:112] == sdm_mac(FILE_KEY, card.uid, 1, seen[32:96], card.lrp).hex().upper().encode()


def test_the_counter_limit():
    card = sun_card(extra=le3(2), options="e1")
    assert taken_apart(card, shown(card))[1] == 1
    present(card)
    assert taken_apart(card, shown(card))[1] == 2 and taken_apart(card, shown(card))[1] == 2  # the run goes on
    present(card)
    assert send(card, "00b0840000") == "6982" and native(card, 0xAD, place(2, 0, 1)) == "919d"
    assert Reader(card).read(2, 0, 1, PLAIN) == "50"
    body = "4000e0" + "e1" + "f121" + le3(1, 0, 34)
    assert Reader(card).settings(2, body + le3(2)) == "919e" and Reader(card).settings(2, body + le3(3)) == ""
    assert taken_apart(card, shown(present(card)))[1] == 3


def test_the_counter_ends():
    card = sun_card()
    card.files[1].counter = 0xFFFFFE
    assert taken_apart(card, shown(card))[1] == 0xFFFFFF
    present(card)
    assert send(card, "00b0840000") == "6982" and native(card, 0xAD, place(2, 0, 1)) == "911e"


def test_the_counter_begins_anew_when_sdm_is_switched_on_again():
    card = sun_card()
    shown(card)
    body = "4000e0" + "c1" + "f121" + le3(1, 0, 34)
    assert Reader(card).settings(2, body) == "" and card.files[1].counter == 1
    assert Reader(card).settings(2, "00e0ee") == "" and Reader(card).settings(2, body) == "" and card.files[1].counter == 0


def test_a_torn_count():
    for outcome, counter in (("old", 0), ("new", 1), ("garbage", 1), ("weak0", 0)):
        card = sun_card()
        assert card.transceive_torn(bytes.fromhex("00b0840000"), outcome)[1] and copy_of(card).files[1].counter == counter


def test_the_counter_is_for_the_keys_that_may_see_it():
    card = sun_card()
    shown(card)
    assert Reader(card, 1, FILE_KEY).call(0xF6, "02", "", FULL) == "0100000000"
    assert Reader(card, 2, META_KEY).call(0xF6, "02", "", FULL) == "91ae"
