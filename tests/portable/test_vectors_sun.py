"""Published SUN messages of NTAG 424 DNA (AES), and this shop's own strict form of a link."""

from cardos.crypto.sun import decrypt_file_data, decrypt_picc_data, encrypt_file_data, encrypt_picc_data, picc_data_plain, sdm_mac, session_keys
from cardos.crypto.sun_link import SunLink, make_link, read_link, verify_link
from cardos.errors import BadInput, CardAnswered
from tests.portable.vector_files import entries, h

ZERO_KEY = bytes(16)
AN12196 = "https://ntag.nxp.com/424?e={picc}&c={mac}"
AN12196_FILE = "https://www.my424dna.com/?picc_data={picc}&enc={mac_from}{file:32}&cmac={mac}"


def refused(link, form, meta_key=ZERO_KEY, file_key=ZERO_KEY):
    """The code that a link is refused with."""
    try:
        verify_link(link, form, meta_key, lambda uid: file_key)
    except (BadInput, CardAnswered) as refusal:
        return refusal.code
    return None


def test_sun_messages():
    for e in entries("ntag424.json", "ntag424_sun", 2):
        meta_key, key, uid, counter = h(e["sdm_meta_key"]), h(e["sdm_file_key"]), h(e["uid"]), e["read_ctr"]
        if e["picc_enc"]:
            assert picc_data_plain(meta_key, h(e["picc_enc"])).hex()[:2] == e["picc_data_tag"], e["id"]
            assert decrypt_picc_data(meta_key, h(e["picc_enc"])) == (uid, counter), e["id"]
        made = session_keys(key, uid, counter)
        assert (made[0].hex(), made[1].hex()) == (e["kses_enc"], e["kses_mac"]), e["id"]
        assert sdm_mac(key, uid, counter, e["mac_input_ascii"].encode()).hex() == e["mac"], e["id"]
        if e["enc_file"]:
            assert decrypt_file_data(key, uid, counter, h(e["enc_file"])).hex() == e["file_data"], e["id"]
            assert encrypt_file_data(key, uid, counter, h(e["file_data"])).hex() == e["enc_file"], e["id"]


def test_sdm_session_keys():
    for e in entries("ntag424.json", "ntag424_sdm_session_keys", 1):
        uid, counter = h(e["sv1"])[6:13], int.from_bytes(h(e["sv1"])[13:16], "little")
        made = session_keys(h(e["key"]), uid, counter)
        assert (made[0].hex(), made[1].hex()) == (e["kses_enc"], e["kses_mac"]), e["id"]


def test_links_printed_in_an12196():
    link = "https://ntag.nxp.com/424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086"
    assert verify_link(link, SunLink(AN12196), ZERO_KEY, lambda uid: ZERO_KEY) == (h("04de5f1eacc040"), 61)
    link = "https://www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"
    message = read_link(link, SunLink(AN12196_FILE), ZERO_KEY, lambda uid: ZERO_KEY)
    assert message == (h("04958caa5c5e80"), 8, b"x" * 16)


def test_a_link_with_uid_and_counter_in_clear():
    """The message of a chip in the public tests of sdm-backend: UID, counter and a MAC over the empty string."""
    form = SunLink("https://sdm.example/tagpt?uid={uid}&ctr={counter}&cmac={mac}")
    link = "https://sdm.example/tagpt?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3"
    assert verify_link(link, form, None, lambda uid: ZERO_KEY) == (h("041e3c8a2d6b80"), 6)
    assert refused(link.replace("000006", "000007"), form) == "SUN_MAC_WRONG"


def test_an_lrp_link_with_its_mac_over_the_whole_dynamic_part():
    form = SunLink("https://{mac_from}{picc}x{mac}", lrp=True)
    link = "https://AAE1508939ECF6FF26BCE407959AB1A5EC022819A35CD293x5E3DB82C19E3865F"
    assert verify_link(link, form, ZERO_KEY, lambda uid: ZERO_KEY) == (h("042e1d222a6380"), 106)


OUR_FORM = "https://shop.example/c?{mac_from}p={picc}&f={file:64}&m={mac}"
META, FILE, UID = bytes(range(16)), bytes(range(16, 32)), h("04112233445566")


def noise(count):
    return bytes(range(1, count + 1))


def our_links():
    """(form, link) for AES and LRP, made as the chip makes them."""
    made = []
    for lrp in (False, True):
        form = SunLink(OUR_FORM, lrp)
        made.append((form, make_link(form, META, FILE, UID, 0x010203, noise, b"stamps 07 of 10; points 00001234")))
    return made


def test_what_a_card_makes_the_shop_opens():
    for form, link in our_links():
        message = read_link(link, form, META, lambda uid: FILE if uid == UID else None)
        assert message == (UID, 0x010203, b"stamps 07 of 10; points 00001234")
        assert link.upper().endswith(link.rsplit("=", 1)[1])


def test_every_changed_character_of_a_link_is_refused():
    for form, link in our_links():
        for place in range(0, len(link), 1 if not form.lrp else 7):
            other = "0" if link[place] != "0" else "1"
            assert refused(link[:place] + other + link[place + 1 :], form, META, FILE), (form.lrp, place)


def test_only_the_exact_form_is_a_link():
    form, link = our_links()[0]
    assert refused(link, form, META, FILE) is None
    mac = link.rsplit("=", 1)[1]
    for other in (
        "", link[:-1], link + "0", link + "&m=" + mac, link + "#", link + " ", " " + link, link.lower(), link.replace(mac, mac.lower()),
        link.replace("https", "HTTPS"), link.replace("https", "http"), link.replace("c?p", "c?x=1&p"), link.replace("&m=", "&M="),
        link.replace("&f=", "&p="), link[:-1] + "\u00df", link[:-1] + "\uff10", link.replace("p=", "p=%"), link[:-2] + "+1", link[:-2] + "_1",
    ):  # fmt: skip
        assert other != link and refused(other, form, META, FILE) == "SUN_LINK_SHAPE", other


def test_other_keys_are_refused():
    form, link = our_links()[0]
    assert refused(link, form, FILE, FILE) == "SUN_PICC_DATA"
    assert refused(link, form, META, META) == "SUN_MAC_WRONG"


def test_templates_that_a_chip_cannot_fill_are_refused():
    for template in (
        "https://shop/c", "https://shop/{picc}", "https://shop/{mac}", "https://shop/{picc}{mac}x", "https://shop/{picc}{picc}{mac}",
        "https://shop/{uid}{mac}", "https://shop/{picc}{uid}{counter}{mac}", "https://shop/{picc}{what}{mac}", "https://shop/{picc}{file:20}{mac_from}{mac}",
        "https://shop/{picc}{file:32}{mac_from}{mac}",
    ):  # fmt: skip
        try:
            SunLink(template)
        except ValueError:
            pass
        else:
            raise AssertionError(template)


def test_picc_data_may_hold_only_one_of_the_two():
    for lrp in (False, True):
        for uid, counter in ((UID, None), (None, 7), (UID, 0xFFFFFF)):
            made = encrypt_picc_data(META, uid, counter, noise, lrp)
            assert len(made) == (24 if lrp else 16) and decrypt_picc_data(META, made, lrp) == (uid, counter)
    form = SunLink(AN12196)
    link = form.fill({"picc": encrypt_picc_data(META, UID, None, noise).hex().upper()})
    assert refused(link, form, META, FILE) == "SUN_PICC_DATA"
