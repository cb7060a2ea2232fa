"""UltralightAesPages over SoftUltralightAes: plain, in a MACed session, and with every kind of answer that is none."""

from cardos.errors import CardAnswered, CardLost, CardRefused, RangeError
from cardos.families import ultralight_aes as aes
from cardos.families.type2 import PAGE, Pages, command_of
from cardos.families.ultralight_aes import Config, UltralightAesPages
from cardos.soft_cards.registry import load_card, new_card
from cardos.soft_cards.tears import TornCard
from tests.portable.soft_card_bench import UID, present
from tests.portable.type2_bench import GivenNoise, Line, given, refusal, refuses
from tests.portable.vector_files import entries, h

KEY, UID_KEY = bytes(range(0xA0, 0xB0)), bytes(range(0xC0, 0xD0))
SAFE = Config(0x10, False, True, True, False, False, False, 0)
NONCE = bytes(range(1, 17))


def card_with(config=SAFE, **options):
    """A card with keys of its own and this configuration, presented anew."""
    card = present(new_card("ultralight-aes", UID, **options))
    line, pages = Line(card), UltralightAesPages()
    line.run(pages.write_key(aes.key_pages(aes.KEY_DATA, KEY)))
    line.run(pages.write_key(aes.key_pages(aes.KEY_UID_RETRIEVAL, UID_KEY)))
    cfg0, cfg1 = aes.encode_config(config)
    line.run(pages.write_surely(aes.PAGE_CFG1, cfg1))
    line.run(pages.write_surely(aes.PAGE_CFG0, cfg0))
    return present(card)


def in_session(twist=None, card=None, cannot=b""):
    """(Line, pages) right after the authentication; twist counts exchanges from there."""
    line, pages = Line(card or card_with(), cannot), UltralightAesPages()
    line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE)))
    line.said.clear()
    line._twist.update(twist or {})
    return line, pages


def another_first_byte(answer):
    """Looks like an acknowledgement, and is never what the card said."""
    return (b"\x0a" if answer[:1] != b"\x0a" else b"\x0b") + answer[1:]


def flipped(answer):
    return bytes([answer[0] ^ 1]) + answer[1:]


def test_the_session_of_a_real_card():
    for auth in entries("ultralight.json", "ulaes_auth", 1):
        for session in entries("ultralight.json", "ulaes_cmac_session", 1):
            card = present(new_card("ultralight-aes", UID, noise=GivenNoise(h(auth["rnd_b"]))))
            card.transceive(bytes.fromhex("a2290200003c"))
            line, pages = Line(card), UltralightAesPages()
            line.run(pages.authenticate(auth["key_no"], h(auth["key"]), given(h(auth["rnd_a"]))))
            assert line.run(pages.version()).hex() == session["steps"][0]["resp"]
            step = session["steps"][0]
            assert [(frame.hex(), answer.hex()) for frame, answer in line.said] == [
                (auth["cmd1"], auth["resp1"]), (auth["cmd2"], auth["resp2"]),
                (step["cmd"] + step["cmd_mac"], step["resp"] + step["resp_mac"]),
            ]


def test_plain_before_and_maced_after():
    line, pages = Line(card_with()), UltralightAesPages()
    assert not pages.is_secure and len(line.run(pages.read(0, 0x0F))) == 64
    assert refusal(CardRefused, line.run, pages.read(0x10, 0x10)) == "READ_REFUSED"
    line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE)))
    assert pages.is_secure and pages.authenticated
    line.run(pages.write_surely(0x10, b"\1\2\3\4"))
    assert line.run(pages.read(0x10, 0x27)) == b"\1\2\3\4" + bytes(92)
    assert line.run(pages.signature()) == bytes(48) and aes.is_version(line.run(pages.version()))
    assert line.run(pages.read_counter()) == 0 and line.run(pages.increment()) is True and line.run(pages.read_counter()) == 1
    assert line.run(pages.increment(0, 0x010203)) is True and line.run(pages.read_counter(0)) == 0x010203


def test_a_card_without_sec_msg_stays_plain():
    line, pages = Line(card_with(Config(0x10, False, False, True, False, False, False, 0))), UltralightAesPages()
    line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE), secure=False))
    assert pages.authenticated and not pages.is_secure
    line.run(pages.write_surely(0x10, b"\1\2\3\4"))
    assert line.run(pages.increment()) is True and line.run(pages.read_counter()) == 1
    assert line.said[-1][0].hex() == "3902"


def test_a_card_that_does_not_mac_is_never_believed():
    line, pages = Line(card_with(Config(0x10, False, False, True, False, False, False, 0))), UltralightAesPages()
    line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE)))
    assert refusal(CardRefused, line.run, pages.read(0x10, 0x10)) == "READ_REFUSED"
    assert refusal(CardRefused, line.run, pages.read(0x10, 0x10)) == "SESSION_ENDED"


def test_long_reads_are_cut_to_what_a_frame_carries():
    line, pages = in_session()
    assert len(line.run(pages.read(0, 0x3B))) == 60 * PAGE
    assert [frame[:3].hex() for frame, _ in line.said] == ["3a002f", "3a303b"]
    assert max(len(answer) for _, answer in line.said) == 200


def test_a_reader_without_fast_read_reads_by_four_pages_in_the_same_session():
    line, pages = in_session(cannot=b"\x3a")
    assert len(line.run(pages.read(0x10, 0x1B))) == 48 and not pages.fast
    assert [frame[:2].hex() for frame, _ in line.said] == ["3010", "3014", "3018"]


def test_an_answer_without_its_mac_is_no_answer():
    twists = (flipped, lambda answer: answer[:-8], lambda answer: answer[:-1], lambda answer: answer + b"\0", lambda answer: answer[:3],
              lambda answer: answer[:-8] + bytes(8))
    for twist in twists:
        line, pages = in_session({0: twist})
        assert refusal(CardAnswered, line.run, pages.read(0x10, 0x13)) == "MAC_WRONG"
        assert line.run(pages.read(0x10, 0x13)) == bytes(16), "the next one decides"
        line, pages = in_session({0: twist})
        assert refusal(CardAnswered, line.run, pages.read_counter()) == "MAC_WRONG"


def test_a_bare_ack_or_a_wrong_mac_acknowledges_nothing():
    for twist in (lambda answer: b"\x0a", flipped, lambda answer: answer[:-1], lambda answer: b"", another_first_byte):
        line, pages = in_session({0: twist})
        assert line.run(pages.write(0x10, b"\1\2\3\4")) is False
        line, pages = in_session({0: twist})
        assert line.run(pages.increment()) is False


def test_a_write_whose_answer_was_spoilt_is_read_back():
    line, pages = in_session({0: flipped})
    line.run(pages.write_surely(0x10, b"\1\2\3\4"))
    assert [frame[0] for frame, _ in line.said] == [0xA2, 0x3A]


def test_an_increment_is_sent_once_and_the_counter_tells():
    line, pages = in_session({0: flipped})
    assert line.run(pages.increment()) is False and line.run(pages.read_counter()) == 1
    assert [frame[0] for frame, _ in line.said] == [0xA5, 0x39]


def test_a_nak_ends_the_session():
    line, pages = in_session()
    assert line.run(pages.write(0x3B, b"\1\2\3\4")) is False
    assert refusal(CardRefused, line.run, pages.read(0, 3)) == "SESSION_ENDED" and not pages.authenticated
    line, pages = in_session()
    assert refusal(CardRefused, line.run, pages.write_surely(0x3B, b"\1\2\3\4")) == "SESSION_ENDED"
    line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE)))
    assert pages.is_secure and line.run(pages.read_counter()) == 0


def test_silence_ends_the_session():
    line, pages = in_session({0: lambda answer: None})
    assert refusal(CardLost, line.run, pages.write(0x10, b"\1\2\3\4")) == "CARD_LOST"
    assert refusal(CardRefused, line.run, pages.read(0x10, 0x10)) == "SESSION_ENDED"


def test_the_counter_of_the_card_stops_at_its_end():
    line, pages = in_session()
    assert line.run(pages.increment(by=0xFFFFFF)) is True
    assert line.run(pages.increment()) is False
    line, pages = in_session(card=present(load_card(line.card.state())))
    assert line.run(pages.read_counter()) == 0xFFFFFF
    assert refusal(RangeError, line.run, pages.increment(by=1 << 24)) == "OUT_OF_RANGE"


def test_a_session_is_used_up_before_its_16_bits_are():
    line, pages = in_session()
    pages._session.counter = line.card._session.counter = 0xFFFC
    assert line.run(pages.read_counter()) == 0
    assert refusal(CardRefused, line.run, pages.read_counter()) == "SESSION_ENDED"
    assert line.card.transceive(bytes(10)) is None


def test_wrong_keys():
    line, pages = Line(card_with()), UltralightAesPages()
    for code in ("WRONG_KEY", "WRONG_KEY", "WRONG_KEY", "TOO_MANY_FAILURES"):
        assert refusal(CardRefused, line.run, pages.authenticate(aes.KEY_DATA, UID_KEY, given(NONCE))) == code
        assert not pages.authenticated and not pages.is_secure
    assert len(line.said) == 6
    assert refusal(CardRefused, line.run, pages.read(0x10, 0x10)) == "SESSION_ENDED", "no falling back to plain"


def test_a_card_that_locked_itself_refuses_to_begin():
    line = Line(card_with(Config(0x10, False, True, True, False, False, False, 1)))
    assert refusal(CardRefused, line.run, UltralightAesPages().authenticate(aes.KEY_DATA, UID_KEY, given(NONCE))) == "WRONG_KEY"
    pages = UltralightAesPages()
    assert refusal(CardRefused, line.run, pages.authenticate(aes.KEY_DATA, KEY, given(NONCE))) == "AUTHENTICATION_REFUSED"


def test_handshakes_that_are_none():
    for exchange, answer, kind, code in ((0, bytes(17), CardAnswered, "READ_AGAIN"), (0, b"\xaf" + bytes(15), CardAnswered, "READ_AGAIN"),
                                         (1, b"\x00" + bytes(16), CardRefused, "WRONG_KEY"), (1, b"\x00" * 16, CardAnswered, "READ_AGAIN"),
                                         (0, b"\xaf" + bytes(16), CardRefused, "WRONG_KEY"), (1, None, CardLost, "CARD_LOST")):
        line, pages = Line(card_with(), twist={exchange: lambda _, answer=answer: answer}), UltralightAesPages()
        assert refusal(kind, line.run, pages.authenticate(aes.KEY_DATA, KEY, given(NONCE))) == code
        assert not pages.authenticated and not pages.is_secure


def test_the_uid_key_shows_the_uid_and_the_data_key_opens_the_rest():
    line, pages = Line(card_with(Config(0x10, True, True, True, False, False, False, 0))), UltralightAesPages()
    assert line.run(pages.read(0, 1)) == bytes(8)
    line.run(pages.authenticate(aes.KEY_UID_RETRIEVAL, UID_KEY, given(NONCE)))
    header = line.run(pages.read(0, 1))
    assert header[:3] + header[4:] == UID
    line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE)))
    assert line.run(pages.read_counter()) == 0


def test_torn_writes_and_increments_are_read_at_the_next_tap():
    for mode, counted in (("half:old", 0), ("half:new", 1), ("answer-lost", 1), ("not-executed", 0)):
        card = card_with()
        torn = TornCard(card, {2: mode})
        line, pages = Line(torn), UltralightAesPages()
        line.run(pages.authenticate(aes.KEY_DATA, KEY, given(NONCE)))
        assert refusal(CardLost, line.run, pages.increment()) == "CARD_LOST"
        line, pages = in_session(card=present(card))
        assert line.run(pages.read_counter()) == counted, mode


def test_configuration_there_and_back():
    assert aes.encode_config(SAFE) == (bytes.fromhex("02000010"), bytes.fromhex("80050000"))
    for config in (SAFE, Config(0x3C, False, False, True, False, True, True, 0), Config(4, True, False, False, True, False, True, 0x3FF)):
        assert aes.decode_config(*aes.encode_config(config)) == config
    assert aes.encode_config(Config(0x3C, False, False, True, False, True, True, 0)) == (b"\0\0\0\x3c", b"\x8c\x05\0\0"), "as delivered"
    assert refuses(ValueError, aes.encode_config, Config(0x10, False, True, True, False, False, False, 0x400))


def test_keys_in_their_pages():
    assert aes.key_pages(0, KEY)[0] == (0x30, bytes.fromhex("afaeadac")) and aes.key_pages(1, KEY)[3] == (0x37, bytes.fromhex("a3a2a1a0"))
    assert refuses(ValueError, aes.key_pages, 2, KEY) and refuses(ValueError, aes.key_pages, 0, KEY[:15])


def test_keys_are_written_as_secrets():
    line, pages = Line(present(new_card("ultralight-aes", UID))), UltralightAesPages()
    line.run(pages.write_key(aes.key_pages(0, KEY)))
    assert [request.secret for request in line.yielded] == [True] * 4
    locked = Line(present(new_card("ultralight-aes", UID)), twist={i: lambda answer: b"\x00" for i in range(2)})
    assert refusal(CardRefused, locked.run, pages.write_key(aes.key_pages(0, KEY))) == "WRITE_REFUSED"


def test_versions():
    assert aes.is_version(h("0004030104000f03")) and aes.is_version(h("0004030304000f03"))
    for other in ("0004040201001103", "0004030101000e03", "0004030104000f"):
        assert not aes.is_version(h(other))


def test_traces_name_every_command():
    names = {0x1A: "AUTHENTICATE", 0xAF: "AUTHENTICATE, part 2", 0x39: "READ_CNT", 0xA5: "INCR_CNT", 0xA2: "WRITE", 0xA0: "COMPATIBILITY_WRITE"}
    for code in names:
        assert command_of(bytes([code, 0])).name == names[code]
    assert command_of(b"\x99") is None and command_of(b"") is None


def test_plain_pages_read_a_chip_of_either_kind():
    for family in ("ultralight-aes", "ntag213"):
        assert len(Line(present(new_card(family, UID))).run(Pages().read(0, 0x27))) == 160
