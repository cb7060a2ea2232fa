"""Soft DESFire EV2 and EV3: channel, keys and key sets, transaction MAC, delays, against published bytes where there are some."""

from cardos.crypto.aes import cbc_encrypt
from cardos.crypto.cmac import aes_cmac
from cardos.crypto.secure_messaging import crc32, tmac_session_keys, truncated
from cardos.soft_cards.ev2_session import Ev2Session
from tests.portable.desfire_bench import (
    AID, TMAC_KEY, UID, FixedNoise, again, backup_file, copy_of, le4, native, on_reader, read, reader,
    record_file, std_file, value_file, with_application, write,
)
from tests.portable.desfire_reader import FULL, MAC, PLAIN
from tests.portable.vector_files import entries, h

NEW = bytes(range(1, 17))
READER_ID = bytes(range(0x20, 0x30))


def pads(data):
    return data + bytes(-len(data) % 16)


def with_tmac(access="0fff", **options):
    """A backup file 1, a value file 5 and a transaction MAC file 3. access: low byte first; 0F FF: read nobody, write nobody."""
    card = with_application(**options)
    backup_file(card)
    value_file(card)
    session = reader(card)
    assert session.call(0xCE, "0300" + access + "02", TMAC_KEY.hex() + "07") == ""
    return again(card)


def tmv(counter, tmi):
    return truncated(aes_cmac(tmac_session_keys(TMAC_KEY, counter, UID)[0], tmi)).hex()


def test_published_authentications():
    for vector in entries("ev2.json", "ev2_auth", 6):
        first = vector["variant"] == "EV2First"
        if not first:
            continue
        card = with_application(noise=FixedNoise([vector["rnd_b"], vector["ti"]]))
        assert native(card, "710000") == "af" + vector["resp1"]
        assert native(card, "af" + vector["cmd2"]) == "00" + vector["resp2"]


def test_published_messages_of_desfire_light():
    """The application and its files are made to fit, then the session is set to the one that the note prints."""
    made = {"01": lambda card: record_file(card, 1, 3, "00e0", 16), "03": lambda card: value_file(card, 3, 3, "0000", 0, 1000, 0)}
    for vector in entries("ev2.json", "desfire_ev2_secure_messaging", 7):
        ins = vector["cmd"][2:4]
        if ins == "5c":
            continue  # options of Light that DESFire EV2 has no public bytes for
        card = with_application()
        if ins == "c8":
            continue  # its transaction key is not printed; see the next test
        if ins != "64":
            made[vector["header"][:2]](card)
        if ins == "dc":
            value_file(card, 4, 3, "0000", 0, 1000, 500)
            card.application.files[3] = card.application.files[4]
        card.session, card.session_aid = Ev2Session(h(vector["ses_enc"]), h(vector["ses_mac"]), h(vector["ti"]), 0, vector["cmd_ctr"]), 0x707473
        assert native(card, vector["cmd"]) == vector["resp"], vector["id"]


def test_published_reader_id_but_for_the_transaction_key():
    """AN12343 does not print the key, so EncTMRI itself is taken from the note; channel, MAC and lack of padding are tried."""
    vector = [one for one in entries("ev2.json", "desfire_ev2_secure_messaging", 7) if one["id"] == "commitreaderid"][0]
    session = Ev2Session(h(vector["ses_enc"]), h(vector["ses_mac"]), h(vector["ti"]), 0, vector["cmd_ctr"])
    sent = h(vector["cmd"])[5:-1]
    assert session.open(0xC8, sent[:16], sent[16:], FULL) == b""
    assert session.close(0, h(vector["plain_resp"]), FULL, padded=False).hex() + "9100" == vector["resp"]


def test_published_change_key():
    vector = entries("ev2.json", "desfire_ev2_change_key", 1)[0]
    card = with_application()
    card.session, card.session_aid = Ev2Session(h(vector["ses_enc"]), h(vector["ses_mac"]), h(vector["ti"]), 0, 0), 0x707473
    assert native(card, vector["cmd"]) == vector["resp"]
    assert reader(again(card), 1, h(vector["new_key"])).authenticated


def test_every_mode_both_ways_and_the_session_ends_with_an_error():
    card = with_application("desfire-ev3")
    for number, comm in ((1, 0), (2, 1), (3, 3)):
        std_file(card, number, comm, "0000", 100)
    session = reader(card)
    for number, mode in ((1, PLAIN), (2, MAC), (3, FULL)):
        assert session.write(number, 3, "c0ffee" * 20, mode) == ""
        assert session.read(number, 3, 60, mode) == "c0ffee" * 20
        assert len(session.read(number, 0, 0, mode)) == 200
    assert session.call(0x51) == UID.hex() and session.call(0x6E, mode=MAC) != ""
    assert session.read(9, 0, 1, PLAIN) == "!f0"
    assert native(card, "51") == "ae"


def test_a_wrong_or_missing_mac_is_an_integrity_error():
    card = with_application()
    std_file(card, 2, 1, "0000", 100)
    for change, status in ((lambda frame: frame[:-1] + bytes([frame[-1] ^ 1]), "1e"), (lambda frame: frame[:-8], "7e")):
        session = reader(card)
        answer = card.transceive(change(session.frame(0x8D, bytes.fromhex("02000000010000"), b"\xaa", MAC)))
        assert answer.hex() == status and native(card, "51") == "ae"
    session = reader(card)
    frame = session.frame(0x8D, bytes.fromhex("02000000010000"), b"\xaa", MAC)
    assert card.transceive(frame)[0] == 0
    assert card.transceive(frame).hex() == "1e", "a replay has the wrong counter"


def test_non_first_keeps_identifier_and_counter():
    card = with_application()
    std_file(card, 2, 1, "1111", 8)
    session = reader(card)
    assert session.call(0x6E, mode=MAC) and session.again(1)
    assert session.counter == 1 and session.write(2, 0, "aa", MAC) == ""
    assert native(again(card), "7700") == "ae", "no session to go on with"


def test_ev2_authentication_wants_an_aes_key_and_a_right_answer():
    assert native(on_reader(), "710000") == "ae", "the delivered master key is DES"
    card = with_application()
    assert native(card, "710500") == "40" and native(card, "71") == "7e" and native(card, "7100") == "7e"
    assert native(card, "710000")[:2] == "af" and native(card, "af" + "00" * 32) == "ae"
    assert native(card, "710000")[:2] == "af" and native(card, "af" + "00" * 31) == "ae"


def test_changing_keys_by_the_rules_of_the_settings():
    card = with_application(settings="2f")  # key 2 changes the others
    assert reader(card, 0).change_key(1, NEW, 1) == "!ae"
    assert reader(card, 2).change_key(1, NEW, 9) == ""
    assert native(again(card), "6401") == "0009" and reader(card, 1, NEW).authenticated
    assert reader(again(card), 2).change_key(2, NEW, 1, in_use=True) == "!ae", "the changing key itself is the master's"
    card = with_application(settings="ef")  # every key itself
    session = reader(card, 3)
    plain = NEW + b"\x05"
    assert card.transceive(session.frame(0xC4, b"\x03", plain, FULL)).hex() == "00", "bare, the session is over"
    assert native(card, "51") == "ae" and reader(again(card), 3, NEW).authenticated
    card = with_application(settings="ff")
    assert reader(card, 1).change_key(1, NEW, 1) == "!9d", "frozen"
    assert reader(card, 0).change_key(0, NEW, 1, in_use=True) == "bare"
    card = with_application(settings="0e")
    assert reader(card, 0).change_key(0, NEW, 1, in_use=True) == "!9d", "the master key is for ever"
    assert native(card, "c400" + "00" * 40) == "ae"


def test_key_sets_are_made_changed_and_rolled():
    card = on_reader()
    assert native(card, "ca" + AID + "0f95" + "01" + "55021000") == "00" and native(card, "5a" + AID) == "00"
    session = reader(card)
    assert session.call(0x56, "", "0102", MAC) == ""
    assert session.call(0x55, "", "01", MAC) == "!9e", "not finalised"
    session = reader(card)
    assert session.call(0xC6, "0100", NEW.hex() + "07" + crc32(NEW).hex()) == ""
    assert session.call(0x57, "", "01aa", MAC) == ""
    assert native(card, "64") and native(again(card), "644001") == "0007"
    session = reader(card)
    assert card.transceive(session.frame(0x55, b"", b"\x01", MAC)).hex() == "00", "bare"
    assert native(card, "51") == "ae" and reader(again(card), 0, NEW).authenticated
    assert reader(copy_of(card) and again(card), 0, NEW).call(0x55, "", "02", MAC) == "!9e"
    assert reader(with_application()).call(0x56, "", "0102", MAC) == "!9d", "an application without key sets"


def test_failures_delay_authentication_until_one_succeeds():
    card = with_application()
    for _ in range(50):
        assert native(card, "710000")[:2] == "af" and native(card, "af" + "00" * 32) == "ae"
    assert native(card, "710000") == "ad"
    card = copy_of(card)
    assert native(card, "5a" + AID) == "00" and native(card, "710000")[:2] == "af" and native(card, "af" + "00" * 32) == "ae"
    assert native(card, "710000") == "ad" and native(card, "710000") == "ad"
    assert reader(card).authenticated and card.state()["failures"] == 0


def test_transaction_mac_over_everything_that_was_read_and_written():
    card = with_tmac("f0ef")  # read E, write F, read-write F, change 0
    assert native(card, "f503") == "000500f0ef0207" and read(card, 3) == "00" + "00" * 12
    assert write(card, 1, 0, "aabb") == "00" and read(card, 1, 0, 2) == "000000" and native(card, "dc05" + le4(7)) == "00"
    assert read(card, 3)[:2] == "00", "the file itself is no part of it"
    tmi = pads(bytes.fromhex("3d01000000020000")) + pads(b"\xaa\xbb") + pads(bytes.fromhex("bd01000000020000")) + bytes(16)
    tmi += pads(bytes.fromhex("dc05" + le4(7)))
    answer = native(card, "c701")
    assert answer == "00" + le4(1) + tmv(1, tmi)
    assert read(card, 3) == answer
    assert native(card, "6c05") == "00" + le4(93) and native(card, "c701") == "00" + le4(2) + tmv(2, pads(bytes.fromhex("6c05" + le4(93))))
    assert read(card, 1) and native(card, "c7") == "00", "reads alone are a transaction"
    length_told = pads(bytes.fromhex("bd01000000200000")) + b"\xaa\xbb" + bytes(30)
    assert read(card, 3) == "00" + le4(3) + tmv(3, length_told), "length 0 counts as the real one"
    assert native(card, "c7") == "0c"


def test_commit_answers_under_the_sessions_mac_too():
    card = with_tmac("f0ef")
    session = reader(card)
    assert session.write(1, 0, "aabb", PLAIN) == ""
    answer = session.call(0xC7, "", "01", MAC)
    assert answer[:8] == le4(1) and len(answer) == 24


def test_reader_id():
    card = with_tmac("00ef")  # read-write key 0: a reader ID is due
    assert write(card, 1, 0, "aa") == "00" and native(card, "c7") == "9d"
    assert native(card, "c8" + READER_ID.hex()) == "ae"
    session = reader(card)
    assert session.write(1, 0, "aa", PLAIN) == ""
    first = session.reader_id(READER_ID)
    keys = tmac_session_keys(TMAC_KEY, 1, UID)
    assert first == cbc_encrypt(keys[1], bytes(16), bytes(16)).hex(), "no reader before"
    tmi = pads(bytes.fromhex("3d01000000010000")) + pads(b"\xaa") + pads(b"\xc8" + READER_ID + bytes.fromhex(first))
    assert session.call(0xC7, "", "01", MAC) == le4(1) + tmv(1, tmi)
    assert session.reader_id(READER_ID) == cbc_encrypt(tmac_session_keys(TMAC_KEY, 2, UID)[1], bytes(16), READER_ID).hex()
    assert session.reader_id(READER_ID) == "!9d", "one a transaction"
    assert reader(again(with_tmac("f0ef"))).call(0xC8, READER_ID.hex()) == "!9d", "not wanted here"


def test_transaction_mac_file_rules():
    card = with_tmac("f0ef")
    session = reader(card)
    assert session.call(0xCE, "0400f0ef02", TMAC_KEY.hex() + "07") == "!de", "one an application"
    card = with_application()
    assert native(card, "ce0300f0ef02" + "00" * 17) == "ae", "its key is never sent in the clear"
    assert reader(card).call(0xCE, "0300f0ee02", "00" * 17) == "!9e", "nobody writes it"
    assert reader(card).call(0xCE, "0300f0ef01", "00" * 17) == "!9e"
    assert native(with_application("desfire-ev1"), "ce0300f0ef02") == "1c"
    card = with_tmac("f0ef")
    assert write(card, 3, 0, "aa") == "9d"
    session = reader(card)
    assert session.settings(3, "20f0ef" + le4(1)) == "" and native(again(card), "f503") == "000500f0ef0207" + le4(1)
    assert write(card, 1, 0, "aa") == "00" and native(card, "c7") == "00"
    assert write(card, 1, 0, "aa") == "9d" and read(card, 1) == "9d" and read(card, 3)[:10] == "00" + le4(1), "the limit"


def test_held_back_commit_lands_while_the_field_stays():
    card = with_tmac("f0ef")
    session = reader(card)
    assert session.write(1, 0, "aa", PLAIN) == ""
    commit = session.frame(0xC7, b"", b"", MAC)
    assert card.state()["applications"][0]["files"][0]["file"]["data"][:2] == "00"
    assert card.transceive(commit)[0] == 0, "however much later"
    assert card.state()["applications"][0]["files"][0]["file"]["data"][:2] == "aa"
    session = reader(card)
    assert session.write(1, 0, "bb", PLAIN) == ""
    commit = session.frame(0xC7, b"", b"", MAC)
    again(card)
    assert card.transceive(commit).hex() == "7e" and read(card, 1, 0, 1) == "00aa"
