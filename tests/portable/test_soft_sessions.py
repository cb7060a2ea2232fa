"""The card's side of EV2 and LRP secure messaging against published dialogues: same nonces, same bytes out."""

from cardos.crypto.lrp import Lrp
from cardos.crypto.secure_messaging import ev2_mac, lrp_session_master
from cardos.soft_cards.ev2_session import FULL, MAC, PLAIN, Ev2Handshake, Ev2Session, IntegrityError
from cardos.soft_cards.lrp_session import LrpHandshake, LrpSession
from tests.portable.vector_files import entries, h

SES, TI = bytes(range(16)), b"\x01\x02\x03\x04"


def refusal(session, ins, header, body, mode):
    """The status that `open` refuses with, or None."""
    try:
        session.open(ins, header, body, mode)
    except IntegrityError as trouble:
        return trouble.status
    return None


def ev2(counter=0):
    return Ev2Session(SES, SES, TI, 0, counter)


def test_ev2_handshakes_of_recorded_authentications():
    for e in entries("ev2.json", "ev2_auth", 6):
        first = e["variant"] == "EV2First"
        old = Ev2Session(SES, SES, TI, 3, 7)
        handshake = Ev2Handshake(h(e["key"]), e["key_no"], h(e["rnd_b"]), h(e["ti"]), h(e["pdcap2"]), first, pcdcap2=h(e["pcdcap2"]), old_session=old)
        assert handshake.challenge.hex() == e["resp1"], e["id"]
        session, answer = handshake.finish(h(e["cmd2"]))
        assert answer.hex() == e["resp2"], e["id"]
        assert (session.key_number, session.name) == (e["key_no"], "ev2")
        assert (session.ti, session.counter) == ((h(e["ti"]), 0) if first else (TI, 7)), e["id"]
        expected = ev2_mac(h(e["ses_mac"]), 0, session.counter + 1, session.ti, b"")
        assert session.close(0, b"", MAC) == expected, e["id"]


def test_a_wrong_answer_to_the_challenge_opens_nothing():
    e = entries("ev2.json", "ev2_auth", 6)[0]
    right = h(e["cmd2"])
    for index in range(32):
        handshake = Ev2Handshake(h(e["key"]), 0, h(e["rnd_b"]), h(e["ti"]))
        wrong = bytearray(right)
        wrong[index] ^= 1
        # A flip in the first block changes RndA and, through the chaining, RndB'; both end in refusal.
        assert handshake.finish(bytes(wrong)) is None, index
    for size in (0, 16, 31, 33, 48):
        assert Ev2Handshake(h(e["key"]), 0, h(e["rnd_b"]), h(e["ti"])).finish((right + right)[:size]) is None


def test_lrp_handshakes_of_recorded_authentications():
    for e in entries("lrp.json", "lrp_auth", 2):
        handshake = LrpHandshake(h(e["key"]), e["key_no"], h(e["rnd_b"]), h(e["ti"]), h(e["pdcap2"]), pcdcap2=h(e["pcdcap2"]))
        assert handshake.challenge + b"\x91\xaf" == h(e["resp1"]), e["id"]
        session, answer = handshake.finish(h(e["cmd2"])[5:-1])
        assert answer + b"\x91\x00" == h(e["resp2"]), e["id"]
        assert (session.name, session.key_number, session.counter, session.enc_counter) == ("lrp", e["key_no"], 0, 1)
        flipped = bytearray(h(e["cmd2"])[5:-1])
        flipped[31] ^= 0x80
        assert LrpHandshake(h(e["key"]), e["key_no"], h(e["rnd_b"]), h(e["ti"])).finish(bytes(flipped)) is None
        assert LrpHandshake(h(e["key"]), e["key_no"], h(e["rnd_b"]), h(e["ti"])).finish(b"") is None


def test_lrp_non_first_keeps_ti_and_counter_and_starts_enciphering_at_zero():
    rnd_b = bytes(range(16))
    old = LrpSession(SES, TI, 0, 5, 9)
    handshake = LrpHandshake(SES, 2, rnd_b, first=False, old_session=old)
    assert handshake.challenge == b"\x01" + rnd_b
    lrp = Lrp(lrp_session_master(SES, SES, rnd_b))
    session, answer = handshake.finish(SES + lrp.cmac(SES + rnd_b))
    assert answer == lrp.cmac(rnd_b + SES)
    assert (session.ti, session.counter, session.enc_counter, session.key_number) == (TI, 5, 0, 2)


def test_ev2_commands_of_recorded_sessions():
    for e in entries("ntag424.json", "ntag424_secure_messaging", 3) + entries("ntag424.json", "ntag424_change_key", 1):
        session = Ev2Session(h(e["ses_enc"]), h(e["ses_mac"]), h(e["ti"]), 0, e["cmd_ctr"])
        frame = h(e["cmd"])
        data = frame[5:-1]
        header = h(e["header"]) if "header" in e else bytes([e["key_no"]])
        plain = h(e["plain_cmd"]) if "plain_cmd" in e else h(e["plain"])
        assert session.open(frame[1], header, data[len(header) :], FULL) == plain, e["id"]
        answer = h(e["resp"])
        assert session.close(0, h(e.get("plain_resp")), FULL) + b"\x91\x00" == answer, e["id"]
        assert session.counter == e["cmd_ctr"] + 1


def test_lrp_commands_of_a_recorded_session():
    for e in entries("lrp.json", "lrp_commands", 1):
        session = LrpSession(h(e["ses_master"]), h(e["ti"]), 0, enc_counter=1)
        for step in e["steps"]:
            assert session.counter == step["cmd_ctr"]
            assert session.open(0x51, b"", h(step["cmd"])[5:-1], FULL) == b""
            assert session.close(0, h(step["plain_resp"]), FULL) + b"\x91\x00" == h(step["resp"])


def test_plain_commands_have_no_mac_and_count():
    for session in (ev2(), LrpSession(SES, TI, 0)):
        assert session.open(0xAD, b"", b"as it came", PLAIN) == b"as it came"
        assert session.close(0, b"as it goes", PLAIN) == b"as it goes"
        assert session.counter == 1


def test_every_flipped_bit_is_refused():
    header, data = b"\x03\x00\x00\x00\x05\x00\x00", b"hello"
    sealed = data + ev2_mac(SES, 0x8D, 0, TI, header + data)
    assert ev2().open(0x8D, header, sealed, MAC) == data
    for index in range(len(sealed)):
        for bit in range(8):
            wrong = bytearray(sealed)
            wrong[index] ^= 1 << bit
            assert refusal(ev2(), 0x8D, header, bytes(wrong), MAC) == 0x1E
    assert refusal(ev2(), 0x8D, b"\x02" + header[1:], sealed, MAC) == 0x1E
    assert refusal(ev2(), 0x3D, header, sealed, MAC) == 0x1E
    assert refusal(ev2(1), 0x8D, header, sealed, MAC) == 0x1E
    assert refusal(Ev2Session(SES, SES, b"\x00" * 4, 0), 0x8D, header, sealed, MAC) == 0x1E


def test_lengths_and_padding_that_do_not_fit():
    for size in range(8):
        assert refusal(ev2(), 0x51, b"", bytes(size), MAC) == 0x7E
        assert refusal(ev2(), 0x51, b"", bytes(size), FULL) == 0x7E
    assert refusal(ev2(), 0x51, b"", bytes(9), FULL) == 0x7E
    block = bytes(16)  # a good MAC over blocks that do not end in 80 00..
    assert refusal(ev2(), 0x8D, b"", block + ev2_mac(SES, 0x8D, 0, TI, block), FULL) == 0x1E


def test_the_last_count_is_refused_in_every_mode():
    for mode in (PLAIN, MAC, FULL):
        assert refusal(ev2(0xFFFF), 0x51, b"", ev2_mac(SES, 0x51, 0xFFFF, TI, b""), mode) == 0x1E
    session = ev2(0xFFFE)
    assert session.open(0x51, b"", ev2_mac(SES, 0x51, 0xFFFE, TI, b""), FULL) == b""
    assert session.close(0, b"", MAC) == ev2_mac(SES, 0, 0xFFFF, TI, b"")
