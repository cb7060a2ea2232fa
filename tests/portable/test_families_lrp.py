"""The LRP channel against published dialogues (NXP AN12321, captures of real cards in the crate ntag424 and in nfc-ev2-crypto)."""

from cardos.families import lrp_channel, ntag424
from cardos.families.commands import FULL, MAC
from tests.portable.families_bench import bit_flips, cuts, nonces, play, refusal, run
from tests.portable.vector_files import entries, h

ZERO_KEY = bytes(16)

# Capture of a real card in the public tests of the Rust crate ntag424: LRPFirst, then LRPNonFirst, both with key 0.
FIRST = [
    ("9071000008000602000000000000", "01b40643a537d6b0acd8e7816168cd85c191af"),
    ("90af000020d1d85acb0a57299bfeed443d832dad0c23a13b80f26e481e4fad3f3d75b14b7b00",
     "1c8ee9654067c50b188bd7652cea8abf4dcaf2776c80abacec992d6df2d6e4ee9100"),
]
NON_FIRST = [
    ("90770000010000", "016819838a1bfa254a00e1f43dec0bc0c791af"),
    ("90af00002024f37e0c719e5ca42a3cbfac3f7c0106fb57806564fcd46d58685c08419825e200", "3c157b2f2a8cc0c9431e64ccf71dd8b49100"),
]
FIRST_NONCE, NON_FIRST_NONCE = "d1d85acb0a57299bfeed443d832dad0c", "24f37e0c719e5ca42a3cbfac3f7c0106"


def lrp_card(*values):
    return ntag424.Ntag424(nonces(*values), minimum="lrp")


def test_first_authentications():
    for entry in entries("lrp.json", "lrp_auth", 2):
        card = lrp_card(entry["rnd_a"])
        play(card.authenticate(entry["key_no"], h(entry["key"])), [(entry["cmd1"], entry["resp1"]), (entry["cmd2"], entry["resp2"])])
        assert card.channel == "lrp" and card.session.ti.hex() == entry["ti"] and card.session.counter == 0
        known = lrp_channel.LrpChannel(h(entry["ses_master"]), h(entry["ti"]))
        assert card.session._mac(0x60, 0, b"") == known._mac(0x60, 0, b"")


def test_non_first_authentication_keeps_identifier_and_counter():
    card = lrp_card(FIRST_NONCE, NON_FIRST_NONCE)
    play(card.authenticate(0, ZERO_KEY), FIRST)
    card.session.counter = 10
    play(card.authenticate_again(0, ZERO_KEY), NON_FIRST)
    assert card.channel == "lrp" and card.session.ti.hex() == "9d96c13c" and card.session.counter == 10


def test_every_changed_bit_of_an_authentication_is_refused():
    for step in (0, 1):
        good = FIRST[: step + 1]
        changed = list(cuts(good[step][1])) + (list(bit_flips(good[step][1])) if step else [])
        for answer in changed:
            card = lrp_card(FIRST_NONCE)
            assert refusal(card.authenticate(0, ZERO_KEY), good[:step] + [(good[step][0], answer)]) is not None, answer
            assert not card.alive and card.failures == 1
    card = lrp_card(FIRST_NONCE)
    assert refusal(card.authenticate(0, ZERO_KEY), [FIRST[0], (None, "91ae")]) == "WRONG_KEY"
    assert refusal(card.authenticate(0, ZERO_KEY), [(None, "02" + FIRST[0][1][2:])]) == "CHANNEL_OTHER"


def session_of(entry, step):
    card = lrp_card()
    card.session = lrp_channel.LrpChannel(h(entry["ses_master"]), h(entry["ti"]), step["cmd_ctr"], 1 + step["cmd_ctr"])
    card.authenticated = 0
    return card


def test_recorded_commands():
    entry = entries("lrp.json", "lrp_commands", 1)[0]
    card = session_of(entry, entry["steps"][0])
    for step in entry["steps"]:
        assert play(card.card_uid(), [(step["cmd"], step["resp"])]) == h(step["plain_resp"])


def test_every_changed_bit_and_every_cut_of_an_answer_is_refused():
    entry = entries("lrp.json", "lrp_commands", 1)[0]
    step = entry["steps"][1]
    for answer in list(bit_flips(step["resp"])) + list(cuts(step["resp"])):
        card = session_of(entry, step)
        dialogue = [(step["cmd"], answer)] + ([(None, "9100")] if answer.endswith("91af") else [])
        assert refusal(card.card_uid(), dialogue) is not None and not card.alive


def test_what_was_enciphered_is_read_back_by_another_end():
    """Command and answer blocks share one counter: two ends that take turns stay in step."""
    entry = entries("lrp.json", "lrp_commands", 1)[0]
    card, other = session_of(entry, entry["steps"][0]), session_of(entry, entry["steps"][0])
    frames = []

    def echo(request):
        frames.append(request.frame)
        body = request.frame[5:-1]
        plain = other.session._decrypt(body[7:-8])
        other.session.counter += 1
        assert plain == b"x" * 15 + b"\x80"
        return other.session._mac(0, other.session.counter, b"") + b"\x91\x00"

    run(card.write(3, 0, b"x" * 15, FULL), echo)
    run(card.write(3, 0, b"x" * 15, FULL), echo)
    assert frames[0][12:-9] != frames[1][12:-9]
    assert refusal(card.write(3, 0, b"", MAC), []) == "OUT_OF_RANGE"
