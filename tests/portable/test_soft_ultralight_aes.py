"""SoftUltralightAes: keys, MACed session, counters, configuration, random ID. Bytes of the session are a real card's."""

from cardos.crypto.ultralight_auth import ReaderSide, SessionMac, chain_aes
from cardos.errors import BadInput
from cardos.soft_cards.pages import OUTCOMES
from cardos.soft_cards.registry import load_card, new_card
from tests.portable.soft_card_bench import ACK, NAK, NAK_4, UID, copy_of, present, read, send, write
from tests.portable.type2_bench import GivenNoise, refuses

ZERO_KEY = bytes(16)
KEY = bytes(range(0xA0, 0xB0))
RND_A = b"\x01" * 16
RND_B = bytes.fromhex("0c83a4048f9118b0291224d23224012d")
CFG0, CFG1, LOCKS, LOCK_KEYS = 0x29, 0x2A, 0x28, 0x2D


def on_reader(**options):
    return present(new_card("ultralight-aes", UID, **options))


def log_in(card, key=ZERO_KEY, number=0, rnd_a=RND_A):
    """The handshake. Returns a SessionMac, or the NAK."""
    challenge = send(card, "1a%02x" % number)
    if len(challenge) == 1:
        return challenge
    assert challenge[0] == 0xAF and len(challenge) == 17
    side = ReaderSide(chain_aes(key), rnd_a)
    proof = card.transceive(b"\xaf" + side.answer(challenge[1:]))
    if len(proof) == 1:
        return proof
    assert proof[0] == 0x00 and side.is_proven_by(proof[1:])
    return SessionMac(key, side.rnd_a, side.rnd_b)


def secured(card, session, frame_hex):
    """One MACed command. Returns its data, None when silent; a NAK as it is."""
    frame = bytes.fromhex(frame_hex)
    answer = card.transceive(frame + session.of_command(frame))
    if answer is None or len(answer) == 1:
        return answer
    assert answer[-8:] == session.of_answer(answer[:-8])
    session.next()
    return answer[:-8]


def put_key(card, number, key):
    stored = bytes(reversed(key))
    for i in range(4):
        assert write(card, 0x30 + 4 * number + i, stored[4 * i : 4 * i + 4].hex()) == ACK


def protect(card, auth0=0x10, secure=True, access=0x80, key=KEY):
    put_key(card, 0, key)
    assert write(card, CFG1, "%02x050000" % access) == ACK
    assert write(card, CFG0, "%02x0000%02x" % (2 if secure else 0, auth0)) == ACK
    return present(card)


def test_delivery():
    card = on_reader()
    assert send(card, "60").hex() == "0004030104000f03"
    assert read(card, 0x28).hex() == "00000000" + "0000003c" + "8c050000" + "00000000"
    assert read(card, 0x30) == bytes(16), "keys read as zeros"
    assert send(card, "3a003b") is not None and len(send(card, "3a003b")) == 240
    assert send(card, "3c00") == bytes(48)
    assert [send(card, "39%02x" % n) for n in range(4)] == [bytes(3)] * 3 + [NAK]
    for unknown in ("1bffffffff", "a010", "3e00", "a2043132", "3c01", "3a0b05", "303c"):
        assert send(card, unknown) == NAK, unknown


def test_reading_rolls_over_at_the_end():
    card = on_reader()
    assert read(card, 0x3A)[8:] == read(card, 0)[:8]


def test_authentication_and_session_of_a_real_card():
    card = new_card("ultralight-aes", UID, noise=GivenNoise(RND_B))
    present(card)
    assert write(card, CFG0, "0200003c") == ACK
    assert send(card, "1a00").hex() == "aff80a9cbddcb3e06b4837cb839c777e14"
    proof = card.transceive(bytes.fromhex("afe14d5d0ee27715df08b4152ba23da8e0193b58d320fe9395ca5d3de55b3d3ba9"))
    assert proof.hex() == "00e14d5d0ee27715df08b4152ba23da8e0"
    assert card.transceive(bytes.fromhex("600f27d551860270d8")).hex() == "0004030104000f03" + "0c710e842217fd95"


def test_keys_stand_back_to_front_and_count_at_once():
    card = on_reader()
    put_key(card, 0, KEY)
    put_key(card, 1, bytes(range(16)))
    assert card.state()["pages"][0x30] == "afaeadac" and card.state()["pages"][0x33] == "a3a2a1a0"
    assert log_in(card, ZERO_KEY) == NAK
    assert log_in(card, KEY) and log_in(card, bytes(range(16)), 1) and log_in(card, ZERO_KEY, 2)
    assert log_in(card, ZERO_KEY, 3) == NAK


def test_a_wrong_second_message_drops_the_card():
    card = on_reader()
    send(card, "1a00")
    assert card.transceive(b"\xaf" + bytes(32)) == NAK and not card.is_active
    send(card, "1a00")
    assert card.transceive(bytes.fromhex("3004")) == NAK


def test_without_sec_msg_commands_stay_plain():
    card = protect(on_reader(), secure=False)
    assert read(card, 0x0E)[8:] == read(card, 0)[:8], "rolls over just before AUTH0"
    assert read(card, 0x10) == NAK and write(card, 0x10, "01020304") == NAK
    log_in(card, KEY)
    assert write(card, 0x10, "01020304") == ACK and read(card, 0x10)[:4] == b"\1\2\3\4"


def test_a_secure_session_reads_writes_and_counts():
    card = protect(on_reader())
    session = log_in(card, KEY)
    assert secured(card, session, "a21001020304") == b"", "a MAC in the ACK's place"
    assert secured(card, session, "3010")[:4] == b"\1\2\3\4"
    assert len(secured(card, session, "3a1027")) == 96
    assert secured(card, session, "a50201000000") == b""
    assert secured(card, session, "3902") == b"\1\0\0"
    assert session.counter == 10 and card.is_active


def test_a_plain_command_in_a_session_is_met_with_silence():
    for frame in ("3010", "60", "a21001020304", "3010" + "00" * 8):
        card = protect(on_reader())
        log_in(card, KEY)
        assert card.transceive(bytes.fromhex(frame)) is None and not card.is_active
        assert write(card, 0x10, "01020304") == NAK, "the session is gone"


def test_a_replayed_command_ends_the_session():
    card = protect(on_reader())
    session = log_in(card, KEY)
    frame = bytes.fromhex("a5000100000000"[:12])
    sealed = frame + session.of_command(frame)
    assert len(card.transceive(sealed)) == 8
    assert card.transceive(sealed) is None
    assert card.state()["counters"] == [1, 0, 0]


def test_a_refusal_in_a_session_is_a_plain_nak_and_ends_it():
    card = protect(on_reader())
    session = log_in(card, KEY)
    assert secured(card, session, "303c") == NAK and not card.is_active


def test_halt_and_a_new_authentication_need_no_mac():
    card = protect(on_reader())
    log_in(card, KEY)
    session = log_in(card, KEY)
    assert len(secured(card, session, "3010")) == 16
    assert card.transceive(b"\x50\x00") is None and card.status == "halt"


def test_counters_only_rise_and_stop_at_the_end():
    card = on_reader()
    assert send(card, "a50001020399") == ACK, "the last byte is ignored"
    assert send(card, "3900").hex() == "010203"
    assert send(card, "a501ffffff00") == ACK and send(card, "a50101000000") == NAK
    assert send(card, "3901").hex() == "ffffff"
    assert send(card, "a50300000000") == NAK
    assert copy_of(card).state()["counters"] == [0x030201, 0xFFFFFF, 0]


def test_counter_2_is_behind_the_key_when_told():
    for access, reads, raises in ((0x80, NAK, NAK), (0x84, bytes(3), NAK), (0x88, NAK, ACK), (0x8C, bytes(3), ACK)):
        card = protect(on_reader(), 0x10, False, access)
        assert send(card, "3902") == reads and send(card, "a50200000000") == raises
        assert send(card, "3901") == bytes(3) and send(card, "a50100000000") == ACK
        log_in(card, KEY)
        assert send(card, "3902") == bytes(3) and send(card, "a50200000000") == ACK


def test_a_torn_increment_is_done_or_not():
    for outcome in OUTCOMES:
        card = on_reader()
        answer, torn = card.transceive_torn(bytes.fromhex("a50205000000"), outcome)
        assert torn
        assert card.state()["counters"][2] == (5 if outcome in ("garbage", "new", "weak") else 0), outcome


def test_torn_pages():
    card = on_reader(noise=GivenNoise())
    card.transceive_torn(bytes.fromhex("a21001020304"), "weak")
    assert card.state()["weak"] == {"16": "01020304"}
    card.transceive_torn(bytes.fromhex("a22803000000"), "garbage")
    assert card.state()["pages"][LOCKS] == "03000000", "lock bytes are kept whole"


def test_locks():
    card = on_reader()
    assert write(card, LOCKS, "01000000") == ACK
    assert [write(card, page, "01010101") for page in (0x10, 0x11, 0x12)] == [NAK, NAK, ACK]
    assert write(card, 2, "00001000") == ACK and write(card, 4, "01010101") == NAK
    assert write(card, 3, "e1101200") == ACK and write(card, 3, "0000000f") == ACK
    assert read(card, 3)[:4].hex() == "e110120f"
    assert write(card, 0x2E, "01000000") == ACK and write(card, 0x2E, "02000000") == ACK
    assert read(card, 0x2E)[:4].hex() == "03000000", "bits can only be set"
    for page in (0, 1, 0x2B, 0x2C, 0x2F, 0x38, 0x3B, 0x3C):
        assert write(card, page, "01010101") == NAK, page


def test_lock_keys_and_cfglck_are_for_good():
    card = on_reader()
    assert write(card, LOCK_KEYS, "40ffffff") == ACK and read(card, LOCK_KEYS)[:4].hex() == "40000000"
    assert write(card, 0x30, "01010101") == NAK and write(card, 0x34, "01010101") == ACK
    assert write(card, LOCK_KEYS, "80000000") == ACK, "not frozen yet"
    assert write(card, 0x30, "01010101") == ACK and write(card, 0x37, "01010101") == NAK
    assert write(card, LOCK_KEYS, "e0000000") == ACK and write(card, LOCK_KEYS, "00000000") == NAK
    assert write(card, CFG1, "c0050000") == ACK
    present(card)
    assert write(card, CFG0, "0000003c") == NAK and write(card, CFG1, "00050000") == NAK


def test_locks_and_configuration_may_count_later():
    card = on_reader(locks_effective="after selection")
    assert write(card, CFG0, "00000010") == ACK
    assert write(card, 0x10, "01010101") == ACK
    present(card)
    assert write(card, 0x10, "02020202") == NAK
    assert copy_of(card).state()["locks_effective"] == "after selection"


def test_auth_lim_locks_for_ever():
    card = on_reader()
    assert write(card, CFG1, "80050300") == ACK and write(card, CFG0, "00000010") == ACK
    for _ in range(2):
        assert log_in(card, KEY) == NAK
    assert log_in(card), "the right key in time sets the count back"
    for _ in range(3):
        card = copy_of(card)
        assert log_in(card, KEY) == NAK
    card = copy_of(card)
    assert log_in(card) == NAK_4
    assert read(card, 0x10) == NAK and write(card, 0x10, "01010101") == NAK
    assert len(read(card, 4)) == 16, "the free part stays free"


def test_without_auth_lim_nothing_is_counted():
    card = on_reader()
    for _ in range(20):
        assert log_in(card, KEY) == NAK
    assert log_in(card) and card.state()["failures"] == 0


def test_random_id_hides_the_uid_until_its_key():
    card = on_reader(noise=GivenNoise())
    put_key(card, 1, KEY)
    assert write(card, CFG0, "0100003c") == ACK
    card.noise = GivenNoise(b"\xaa\xbb\xcc", b"\1\2\3")
    card.field_off()
    card.field_on()
    shown = card.activate()
    assert shown.uid == b"\x08\xaa\xbb\xcc" and shown.atqa == b"\x04\x00" and card.uid == UID
    assert read(card, 0)[:8] == bytes(8) and send(card, "3a0003")[:8] == bytes(8)
    card.noise = GivenNoise()
    log_in(card, ZERO_KEY, 0)
    assert read(card, 0)[:8] == bytes(8), "the data key does not show it"
    log_in(card, KEY, 1)
    assert read(card, 0)[:3] + read(card, 1)[:4] == UID
    card.noise = GivenNoise(b"\1\2\3")
    card.field_off()
    card.field_on()
    assert card.activate().uid == b"\x08\1\2\3", "another one each time"


def test_random_id_counts_when_the_chip_is_powered():
    for effective in ("at once", "after selection"):
        card = on_reader(locks_effective=effective)
        assert write(card, CFG0, "0100003c") == ACK
        assert card.activate().uid == UID, "still powered as before"
        card.field_off()
        card.field_on()
        assert card.activate().uid[0] == 0x08 and len(card.activate().uid) == 4


def test_only_the_data_key_opens_the_memory():
    card = protect(on_reader(), secure=False)
    put_key_1 = bytes(16)
    log_in(card, put_key_1, 1)
    assert read(card, 0x10) == NAK


def test_state_comes_back_and_bad_state_changes_nothing():
    card = protect(on_reader(signature=bytes(range(48))))
    before = card.state()
    assert load_card(before).state() == before
    for spoilt in ({"counters": [0, 0]}, {"counters": [0, 0, 1 << 24]}, {"counters": None}, {"failures": -1},
                   {"signature": "00"}, {"locked_for_good": 1}, {"uid": "04"}, {"pages": before["pages"][:-1]}):
        bad = dict(before)
        bad.update(spoilt)
        assert refuses(BadInput, card.restore, bad), spoilt
        assert card.state() == before
