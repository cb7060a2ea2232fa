"""The EV1 channel against recordings of real cards (crate desox: an EV3 in this channel; logs in the tests of pydesfire)."""

from cardos.bytes import xor
from cardos.crypto import tdes
from cardos.crypto.aes import cbc_encrypt
from cardos.crypto.secure_messaging import crc32
from cardos.families import commands as rows
from cardos.families import desfire, ev1_channel
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.file_settings import Access
from cardos.families.wrapped import Native
from tests.portable.families_bench import bit_flips, nonces, play, refusal, run
from tests.portable.vector_files import entries, h

FREE = Access(0, 0, 0, 0)


def session(name):
    for entry in entries("ev1.json", "ev1_channel_session", 4):
        if entry["id"] == name:
            return entry
    raise AssertionError(name)


def card_for(entry, generation=1):
    return desfire.Desfire(nonces(*[auth["rnd_a"] for auth in entry["auths"]]), generation, None, Native())


def joined(frames):
    """[(whole command, whole answer)]: recorded frames with the pieces of 91AF put together."""
    found, command, answer = [], b"", b""
    for sent, got in frames:
        sent, got = h(sent), h(got)
        command = command + sent[1:] if command else sent
        answer += got[1:]
        if got[0] != 0xAF or command[0] in (0x1A, 0xAA):
            found.append((command, got[:1] + answer))
            command, answer = b"", b""
        elif len(sent) == 1:
            continue
    return found


def player(commands):
    """A card that takes each command in any pieces and gives the whole answer in pieces of 48 bytes."""
    state = {"at": 0, "got": b"", "left": b""}

    def transceive(request):
        frame = request.frame
        assert len(frame) <= 60
        if state["left"]:
            assert frame == b"\xaf"
        else:
            state["got"] = state["got"] + frame[1:] if state["got"] else frame
            command, answer = commands[state["at"]]
            assert command[: len(state["got"])] == state["got"], (request.name, state["got"].hex(), command.hex())
            if len(state["got"]) < len(command):
                return b"\xaf"
            state["left"], state["status"] = answer[1:], answer[0]
        piece, state["left"] = state["left"][:48], state["left"][48:]
        if state["left"]:
            return b"\xaf" + piece
        state["at"], state["got"] = state["at"] + 1, b""
        return bytes([state["status"]]) + piece

    return transceive


def test_a_session_that_only_looks():
    if not tdes.AVAILABLE:
        return
    entry = session("ev3-metadata")
    frames = [(sent, got) for sent, got in entry["frames"]]
    card = card_for(entry)
    play(card.authenticate_to_look(0, bytes(8)), frames[:2])
    assert card.channel == "ev1"
    settings = play(card.key_settings(), frames[2:3])
    assert settings.free_create and settings.key_count == 1
    assert play(card.key_version(0), frames[3:4]) == 0
    assert play(card.applications(), frames[4:5]) == []
    assert play(card.card_uid(), frames[5:6]).hex() == "0464d59add1e90"
    version = play(card.version(), frames[6:9])
    assert version.uid.hex() == "0464d59add1e90" and version.hardware.hex() == "04010133001805"
    assert (version.week, version.year) == (40, 24)
    assert refusal(card.create_application(b"\x01\x02\x03", 9, 0x81), []) == "CHANNEL_TOO_WEAK"


def test_a_session_with_files():
    entry = session("ev3-file-io")
    card = card_for(entry)
    card.nonces = nonces(entry["auths"][1]["rnd_a"])
    frames = entry["frames"]
    transceive = player(joined(frames[6:]))
    text = b"".join(h(sent)[1:] for sent, _ in frames[11:17])
    play(card.authenticate(0, bytes(16)), [(sent, got) for sent, got in frames[4:6]])
    for file, mode in ((1, PLAIN), (2, MAC), (3, FULL)):
        run(card.create_std_file(file, mode, FREE, 328), transceive)
    assert run(card.file_settings(1), transceive).size == 328
    run(card.write(1, 0, text, PLAIN), transceive)
    assert run(card.read(1, 0, 328, PLAIN), transceive) == text
    assert run(card.file_settings(2), transceive).mode == MAC
    run(card.write(2, 0, text, MAC), transceive)
    assert run(card.read(2, 0, 328, MAC), transceive) == text
    assert run(card.file_settings(3), transceive).mode == FULL


def test_every_changed_bit_of_an_answer_is_refused():
    entry = session("ev3-file-io")
    made, settings = entry["frames"][6], entry["frames"][9]
    for sent, got in (made, settings):
        for answer in bit_flips(got):
            card = card_for(entry)
            channel = ev1_channel.Ev1Channel("aes", h(entry["auths"][1]["session_key"]))
            card.session, card.authenticated = channel, 0
            if sent == settings[0]:
                for earlier in entry["frames"][6:9]:
                    channel._iv = channel._cmac.of(h(earlier[0]), channel._iv)
                    channel._iv = channel._cmac.of(h(earlier[1])[:1], channel._iv)
                call = card.file_settings(1)
            else:
                call = card.create_std_file(1, PLAIN, FREE, 328)
            dialogue = [(sent, answer)] + ([("af", "00")] if answer.startswith("af") else [])
            assert refusal(call, dialogue) is not None, answer
            assert not card.alive


def test_authentications():
    for entry in entries("ev1.json", "ev1_auth", 2):
        if entry["command"] == "1a" and not tdes.AVAILABLE:
            continue
        card = desfire.Desfire(nonces(entry["rnd_a"]), 1, None, Native())
        key = h(entry["key"])
        handshake = card.authenticate(0, key) if entry["command"] == "aa" else card.authenticate_to_look(0, key)
        play(handshake, [(entry["command"] + "00", "af" + entry["resp1"]), ("af" + entry["cmd2"], "00" + entry["resp2"])])
        mask = 0xFE if entry["alg"] != "AES" else 0xFF
        assert bytes(b & mask for b in card.session._key) == bytes(b & mask for b in h(entry["session_key"]))
    wrong = desfire.Desfire(nonces(entry["rnd_a"] * 2), 1)
    assert refusal(wrong.authenticate(0, bytes(16)), [("90aa0000010000", "00" * 16 + "91af"), (None, "91ae")]) == "WRONG_KEY"
    other = desfire.Desfire(nonces(entry["rnd_a"] * 2), 1)
    assert refusal(other.authenticate(0, bytes(16)), [(None, "00" * 16 + "91af"), (None, "00" * 16 + "9100")]) == "WRONG_KEY"


def change_of(channel, number, new, version, old=None):
    data, tail = channel.new_key(new, version, old)
    return channel.outgoing(rows.CHANGE_KEY, bytes([number]), data, FULL, tail)


def test_change_key_cryptograms():
    for entry in entries("ev1.json", "ev1_change_key", 2):
        if entry["alg"] != "AES" and not tdes.AVAILABLE:
            continue
        aes = entry["alg"] == "AES"
        channel = ev1_channel.Ev1Channel("aes" if aes else "des", h(entry["session_key"]))
        new = h(entry["plain"])[:16]
        sent = change_of(channel, entry["key_no"], new, h(entry["plain"])[16] if aes else None)
        assert "90c40000%02x%s00" % (len(sent), sent.hex()) == entry["cmd"], entry["id"]


def test_change_keys_of_recorded_sessions():
    if not tdes.AVAILABLE:
        return
    for name in ("ev3-key-change-app-des-des", "ev3-key-change-picc-round-the-world"):
        entry = session(name)
        for change in entry["change_keys"]:
            auth = [auth for auth in entry["auths"] if auth["at"] < change["at"]][-1]
            channel = ev1_channel.Ev1Channel(auth["alg"], h(auth["session_key"]))
            assert change["at"] == auth["at"] + 2  # nothing between authentication and change has moved the IV
            sent = change_of(channel, change["key_no_byte"], h(change["new_key"]), change["key_version"])
            assert "c4" + sent.hex() == entry["frames"][change["at"]][0], name


def test_the_other_key_is_sent_as_a_difference_with_both_checks():
    channel = ev1_channel.Ev1Channel("aes", bytes(range(16)))
    new, old = bytes(range(16, 32)), bytes(range(32, 48))
    data, tail = channel.new_key(new, 5, old)
    assert data == xor(new, old) + b"\x05" and len(tail) == 4
    assert len(change_of(ev1_channel.Ev1Channel("aes", bytes(16)), 1, new, 5, old)) == 1 + 32


def test_an_enciphered_answer_is_checked_by_its_length_crc_and_padding():
    key, data = bytes(range(16)), b"1234567"
    start = ev1_channel.Ev1Channel("aes", key)
    start.outgoing(rows.GET_CARD_UID, b"", b"", FULL)
    good = cbc_encrypt(key, start._iv, data + crc32(data + b"\x00") + bytes(5))
    for answer in [good.hex() + "9100"] + list(bit_flips(good.hex())) + [good[:8].hex(), (good + good).hex(), ""]:
        card = desfire.Desfire(None, 1)
        card.session, card.authenticated = ev1_channel.Ev1Channel("aes", key), 0
        if answer.endswith("9100") and len(answer) == 36:
            assert play(card.card_uid(), [("9051000000", answer)]) == data
        else:
            assert refusal(card.card_uid(), [("9051000000", answer + "9100")]) == "MAC_WRONG"
