"""The EV2 channel and the drivers over it, against published dialogues (NXP AN12196, AN12343, captures of real cards)."""

from cardos.families import desfire, ev2_channel, ntag424
from cardos.families.commands import FULL, MAC, PLAIN
from tests.portable.families_bench import bit_flips, cuts, nonces, play, refusal
from tests.portable.vector_files import entries

ZERO_KEY = bytes(16)


def wrapped(code, data_hex):
    return "90%02x0000" % code + ("%02x" % (len(data_hex) // 2) + data_hex if data_hex else "") + "00"


def first_dialogue(entry):
    return [
        (wrapped(0x71, "%02x00" % entry["key_no"]), entry["resp1"] + "91af"),
        (wrapped(0xAF, entry["cmd2"]), entry["resp2"] + "9100"),
    ]


def opened(kind, entry, key_number=0):
    """A driver inside the session of a vector."""
    card = ntag424.Ntag424(None) if kind == "424" else desfire.Desfire(None, 2)
    card.session = ev2_channel.Ev2Channel(
        bytes.fromhex(entry["ses_enc"]), bytes.fromhex(entry["ses_mac"]), bytes.fromhex(entry["ti"]), entry["cmd_ctr"]
    )
    card.authenticated = key_number
    return card


def test_first_authentications():
    for entry in entries("ev2.json", "ev2_auth", 6):
        key, number = bytes.fromhex(entry["key"]), entry["key_no"]
        if entry["variant"] != "EV2First":
            continue
        card = ntag424.Ntag424(nonces(entry["rnd_a"]))
        play(card.authenticate(number, key), first_dialogue(entry))
        assert card.channel == "ev2" and card.alive and card.authenticated == number and card.failures == 0
        assert card.session.ti.hex() == entry["ti"] and card.session.counter == 0
        known = ev2_channel.Ev2Channel(bytes.fromhex(entry["ses_enc"]), bytes.fromhex(entry["ses_mac"]), card.session.ti)
        assert card.session._mac(0x60, 0, b"") == known._mac(0x60, 0, b"")
        assert card.session._encrypt(bytes(16)) == known._encrypt(bytes(16))


def test_non_first_authentication_keeps_identifier_and_counter():
    for entry in entries("ev2.json", "ev2_auth", 6):
        if entry["variant"] != "EV2NonFirst":
            continue
        card = opened("424", {"ses_enc": "00" * 16, "ses_mac": "00" * 16, "ti": entry["ti"], "cmd_ctr": 7}, 3)
        card.nonces = nonces(entry["rnd_a"])
        dialogue = first_dialogue(entry)
        dialogue[0] = (wrapped(0x77, "%02x" % entry["key_no"]), dialogue[0][1])
        play(card.authenticate_again(entry["key_no"], bytes.fromhex(entry["key"])), dialogue)
        assert card.session.ti.hex() == entry["ti"] and card.session.counter == 7 and card.authenticated == entry["key_no"]


def test_every_changed_bit_of_the_second_answer_is_refused():
    entry = entries("ev2.json", "ev2_auth", 6)[0]
    good = first_dialogue(entry)
    for answer in list(bit_flips(good[1][1])) + list(cuts(good[1][1])):
        card = ntag424.Ntag424(nonces(entry["rnd_a"]))
        code = refusal(card.authenticate(0, ZERO_KEY), [good[0], (good[1][0], answer)])
        # Bits of TI and of the card's own capabilities are free; with another TI the first command's MAC fails.
        if code is None:
            assert card.session.ti.hex() != entry["ti"] or answer[:64] != good[1][1][:64]
        else:
            assert not card.alive and card.failures == 1, code


def test_a_first_answer_that_does_not_fit_is_refused():
    entry = entries("ev2.json", "ev2_auth", 6)[0]
    good = first_dialogue(entry)
    for answer in cuts(good[0][1]):
        card = ntag424.Ntag424(nonces(entry["rnd_a"]))
        assert refusal(card.authenticate(0, ZERO_KEY), [(good[0][0], answer)]) is not None
    as_lrp = "01" + entry["resp1"] + "91af"
    assert refusal(ntag424.Ntag424(nonces(entry["rnd_a"])).authenticate(0, ZERO_KEY), [(good[0][0], as_lrp)]) == "CHANNEL_OTHER"


def test_wrong_keys_end_the_presentation_after_three():
    entry = entries("ev2.json", "ev2_auth", 6)[0]
    card = ntag424.Ntag424(nonces(*[entry["rnd_a"]] * 3))
    for failed in range(3):
        dialogue = [first_dialogue(entry)[0], (None, "91ae")]
        assert refusal(card.authenticate(0, b"\x01" * 16), dialogue) == "WRONG_KEY"
        assert card.failures == failed + 1 and not card.alive
    assert refusal(card.authenticate(0, ZERO_KEY), []) == "TOO_MANY_FAILURES"


def session_commands():
    """(name, driver in the session, generator, recorded frame, recorded answer, what it must return) of every MACed vector."""
    by_id = {}
    for file, kind in (("ntag424.json", "ntag424_secure_messaging"), ("ev2.json", "desfire_ev2_secure_messaging")):
        for entry in entries(file, kind, 1):
            by_id[entry["id"]] = entry

    def plain(name):
        return bytes.fromhex(by_id[name]["plain_cmd"])

    def answer(name):
        return bytes.fromhex(by_id[name]["plain_resp"])

    calls = {
        "writedata-ndef-full": ("424", lambda card: card.write(2, 0, plain("writedata-ndef-full"), FULL), None),
        "writedata-file3-full": ("424", lambda card: card.write(3, 0, plain("writedata-file3-full"), FULL), None),
        "getcarduid-full": ("424", lambda card: card.card_uid(), answer("getcarduid-full")),
        "setconfiguration-value-file": ("desfire", lambda card: card.set_configuration(9, plain("setconfiguration-value-file")), None),
        "setconfiguration-ats": ("desfire", lambda card: card.set_configuration(2, plain("setconfiguration-ats")), None),
        "writerecord-full": ("desfire", lambda card: card.write_record(1, 0, plain("writerecord-full"), FULL), None),
        "commitreaderid": (
            "desfire",
            lambda card: card.commit_reader_id(bytes.fromhex(by_id["commitreaderid"]["header"])),
            answer("commitreaderid"),
        ),
        "getvalue-full": ("desfire", lambda card: card.get_value(3, FULL), 0),
        "debit-full": ("desfire", lambda card: card.debit(3, 0x71, FULL), None),
        "getkeyversion-mac": ("desfire", lambda card: card.key_version(0), 0),
    }
    assert sorted(calls) == sorted(by_id), "a vector without its command"
    for name in sorted(calls):
        kind, call, value = calls[name]
        yield name, kind, by_id[name], call, value
    other = entries("ntag424.json", "ntag424_change_key", 1)[0]
    light = entries("ev2.json", "desfire_ev2_change_key", 1)[0]
    for kind, entry in (("424", other), ("desfire", light)):
        new, old = bytes.fromhex(entry["new_key"]), bytes.fromhex(entry["old_key"])
        call = lambda card, entry=entry, new=new, old=old: card.change_key(entry["key_no"], new, entry["key_version"], old)
        yield entry["id"], kind, entry, call, None


def test_recorded_commands_and_answers():
    for name, kind, entry, call, value in session_commands():
        card = opened(kind, entry)
        assert play(call(card), [(entry["cmd"], entry["resp"])]) == value, name
        assert card.alive and card.session.counter == entry["cmd_ctr"] + 1


def test_every_changed_bit_and_every_cut_of_an_answer_is_refused():
    for name, kind, entry, call, _ in session_commands():
        for answer in list(bit_flips(entry["resp"])) + list(cuts(entry["resp"])) + ["9100", "91af", "9000", ""]:
            card = opened(kind, entry)
            dialogue = [(entry["cmd"], answer)]
            if answer.endswith("91af"):
                dialogue.append((None, "9100"))
            code = refusal(call(card), dialogue)
            assert code is not None, (name, answer)
            assert not card.alive, (name, answer)
            if answer == "9100":
                assert code == "MAC_WRONG"


def test_every_status_but_ok_is_a_refusal():
    entry = entries("ev2.json", "desfire_ev2_secure_messaging", 7)[-1]
    for status in range(256):
        if status not in (0x00, 0xAF):
            card = opened("desfire", entry)
            assert refusal(card.key_version(0), [(entry["cmd"], "91%02x" % status)]) == "STATUS_%02X" % status
            assert not card.alive
    assert refusal(opened("desfire", entry).key_version(0), [(entry["cmd"], "6d00")]) == "STATUS_6D00"


def test_the_key_in_use_is_changed_under_a_bare_answer_only():
    entry = entries("ntag424.json", "ntag424_change_key", 1)[0]
    new = bytes.fromhex(entry["new_key"])
    for call in (lambda card: card.change_key(0, new, 1), lambda card: card.change_key(0, new, 1, ZERO_KEY)):
        card = opened("424", entry)
        assert play(call(card), [(None, "9100")]) is None
        assert not card.alive
    assert refusal(opened("424", entry).change_key(0, new, 1), [(None, entry["resp"])]) == "MAC_WRONG"
    rolled = opened("desfire", entry)
    play(rolled.roll_key_set(1), [(None, "9100")])
    assert not rolled.alive


def test_plain_commands_in_a_session_have_no_mac_and_count():
    entry = entries("ntag424.json", "ntag424_secure_messaging", 3)[0]
    card = opened("424", entry)
    assert play(card.read(2, 0, 2, PLAIN), [("90ad00000702000000020000" + "00", "abcd9100")]) == b"\xab\xcd"
    assert card.session.counter == 1


def test_a_counter_at_its_end_sends_nothing():
    entry = entries("ntag424.json", "ntag424_secure_messaging", 3)[0]
    card = opened("424", entry)
    card.session.counter = 0xFFFF
    assert refusal(card.read(3, 0, 1, MAC), []) == "SESSION_USED_UP"


def test_keyed_commands_need_a_session_before_anything_is_sent():
    card, des = ntag424.Ntag424(None), desfire.Desfire(None, 3)
    for call in (card.card_uid(), card.read(3, 0, 16, MAC), card.write(3, 0, b"a", FULL), card.change_key(1, ZERO_KEY, 0, ZERO_KEY),
                 card.set_configuration(5, b""), card.authenticate_again(0, ZERO_KEY), des.commit_reader_id(bytes(16)),
                 des.authenticate_again(0, ZERO_KEY), des.format_picc(), des.get_value(1, MAC)):
        assert refusal(call, []) == "NOT_AUTHENTICATED"


def test_a_pinned_channel_is_never_fallen_below():
    assert refusal(ntag424.Ntag424(None, minimum="lrp").authenticate(0, ZERO_KEY, lrp=False), []) == "CHANNEL_TOO_WEAK"
    assert refusal(desfire.Desfire(None, 1, minimum="ev2").authenticate(0, ZERO_KEY), []) == "CHANNEL_TOO_WEAK"
    assert refusal(desfire.Desfire(None, 2).authenticate_to_look(0, bytes(8)), []) == "CHANNEL_TOO_WEAK"
    entry = entries("ev2.json", "ev2_auth", 6)[0]
    card = ntag424.Ntag424(nonces(entry["rnd_a"]), minimum="lrp")
    assert refusal(card.authenticate(0, ZERO_KEY), [(None, entry["resp1"] + "91af")]) == "CHANNEL_OTHER"


def test_after_a_session_that_broke_nothing_is_asked_in_the_open():
    entry = entries("ev2.json", "desfire_ev2_secure_messaging", 7)[-1]
    card = opened("desfire", entry)
    assert refusal(card.key_version(0), [(entry["cmd"], "919d")]) == "STATUS_9D"
    for call in (card.key_version(0), card.file_settings(1), card.version(), card.read(1, 0, 1, PLAIN), card.write(1, 0, b"a", PLAIN)):
        assert refusal(call, []) == "NOT_AUTHENTICATED"
    assert refusal(card.authenticate(0, ZERO_KEY), [(None, "9140")]) == "STATUS_40"
    assert refusal(card.key_version(0), []) == "NOT_AUTHENTICATED"
    assert refusal(card.select(b"stp"), [(None, "9100")]) is None
    assert play(card.key_version(0), [("9064000001" + "0000", "059100")]) == 5
