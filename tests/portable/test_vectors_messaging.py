"""Every published vector of CMAC, diversification and the AES channels, computed from the functions that taps use."""

from cardos.bytes import uint_le, xor
from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.an10922 import LIBFREEFARE_ISSUE_91, PYTHON_DESFIRE_PAD_16, diversify_aes128, diversify_as_another_program
from cardos.crypto.cmac import Cmac, aes_cmac
from cardos.crypto.secure_messaging import (
    crc32,
    ev1_session_key,
    ev2_iv,
    ev2_mac,
    ev2_session_keys,
    pad_80,
    rotate_left,
    rotate_right,
    tmac_session_keys,
    truncated,
    ultralight_aes_session_key,
    unpad_80,
)
from tests.portable.vector_files import entries, h

ZERO = bytes(16)
COMMIT_READER_ID = 0xC8  # its answer, the enciphered 16-byte TMRI, is one block and the only one without padding


def test_aes_cmac():
    for e in entries("cmac.json", "aes_cmac", 2):
        assert aes_cmac(h(e["key"]), h(e["msg"])).hex() == e["mac"], e["id"]


def test_aes_cmac_subkeys():
    for e in entries("cmac.json", "aes_cmac_subkeys", 1):
        made = Cmac(h(e["key"]))
        assert (made.k1.hex(), made.k2.hex()) == (e["k1"], e["k2"]), e["id"]


def test_an10922_of_aes_and_the_two_programs_that_make_other_keys():
    conformant = 0
    for e in entries("an10922.json", "an10922", 4):
        if e["alg"] != "AES-128":
            continue  # triple DES: tests/crypto
        key, m = h(e["key"]), h(e["m"])
        assert (diversify_aes128(key, m).hex() == e["out"]) is e["conformant"], e["id"]
        conformant += e["conformant"]
        if not e["conformant"]:
            for variant in (LIBFREEFARE_ISSUE_91, PYTHON_DESFIRE_PAD_16):
                assert diversify_as_another_program(key, m, variant).hex() == e["out"], e["id"]
    assert conformant >= 1


def test_ev2_authentications():
    for e in entries("ev2.json", "ev2_auth", 6):
        key, rnd_a, rnd_b, first = h(e["key"]), h(e["rnd_a"]), h(e["rnd_b"]), e["variant"] == "EV2First"
        assert cbc_encrypt(key, ZERO, rnd_b).hex() == e["resp1"], e["id"]
        assert cbc_encrypt(key, ZERO, rnd_a + rotate_left(rnd_b)).hex() == e["cmd2"], e["id"]
        assert rotate_right(cbc_decrypt(key, ZERO, h(e["cmd2"]))[16:]) == rnd_b
        answer = h(e["ti"]) + rotate_left(rnd_a) + h(e["pdcap2"]) + h(e["pcdcap2"]) if first else rotate_left(rnd_a)
        assert cbc_encrypt(key, ZERO, answer).hex() == e["resp2"], e["id"]
        made = ev2_session_keys(key, rnd_a, rnd_b)
        assert (made[0].hex(), made[1].hex()) == (e["ses_enc"], e["ses_mac"]), e["id"]


def test_ev2_session_keys():
    for e in entries("ev2.json", "ev2_session_keys", 1):
        made = ev2_session_keys(h(e["key"]), h(e["rnd_a"]), h(e["rnd_b"]))
        assert (made[0].hex(), made[1].hex()) == (e["ses_enc"], e["ses_mac"]), e["id"]


def test_ev2_ivs():
    for e in entries("ev2.json", "ev2_iv", 1):
        assert ev2_iv(h(e["ses_enc"]), h(e["ti"]), e["cmd_ctr"], e["direction"] == "response").hex() == e["iv"], e["id"]


def test_ev2_macs():
    for e in entries("ev2.json", "ev2_mac_chain", 2):
        made = ev2_mac(h(e["ses_mac"]), h(e["cmd_or_rc"])[0], e["cmd_ctr"], h(e["ti"]), h(e["data"]))
        assert made.hex() == e["mac"], e["id"]


def test_transaction_mac_session_keys():
    for e in entries("ev2.json", "tmac_session_keys", 1):
        made = tmac_session_keys(h(e["key"]), e["tmc"] + 1, h(e["uid"]))
        assert (made[0].hex(), made[1].hex()) == (e["ses_tm_mac"], e["ses_tm_enc"]), e["id"]


def ev2_command(e, plain):
    """The wrapped APDU of one EV2 command, from its plain data."""
    ses_enc, ses_mac, ti, counter = h(e["ses_enc"]), h(e["ses_mac"]), h(e["ti"]), e["cmd_ctr"]
    ins, header, full = h(e["cmd"])[1], h(e.get("header")), e.get("comm_mode", "Full") == "Full"
    sent = cbc_encrypt(ses_enc, ev2_iv(ses_enc, ti, counter, False), pad_80(plain)) if full and plain else plain
    body = header + sent + ev2_mac(ses_mac, ins, counter, ti, header + sent)
    return bytes([0x90, ins, 0, 0, len(body)]) + body + b"\x00"


def ev2_answer(e):
    """The plain data of one answer, its MAC checked."""
    ses_enc, ses_mac, ti, counter = h(e["ses_enc"]), h(e["ses_mac"]), h(e["ti"]), e["cmd_ctr"] + 1
    answer = h(e["resp"])
    data, mac, status = answer[:-10], answer[-10:-2], answer[-2:]
    assert status[0] == 0x91 and ev2_mac(ses_mac, status[1], counter, ti, data) == mac, e["id"]
    if data and e.get("comm_mode", "Full") == "Full":
        data = cbc_decrypt(ses_enc, ev2_iv(ses_enc, ti, counter, True), data)
        return data if h(e["cmd"])[1] == COMMIT_READER_ID else unpad_80(data)
    return data


def commands_fit(file, kind, least):
    for e in entries(file, kind, least):
        assert ev2_command(e, h(e["plain_cmd"])).hex() == e["cmd"], e["id"]
        assert ev2_answer(e) == h(e["plain_resp"]), e["id"]


def test_desfire_ev2_commands():
    commands_fit("ev2.json", "desfire_ev2_secure_messaging", 7)


def test_ntag424_commands():
    commands_fit("ntag424.json", "ntag424_secure_messaging", 3)


def change_keys_fit(file, kind, least):
    for e in entries(file, kind, least):
        new, version = h(e["new_key"]), uint_le(e["key_version"], 1)
        plain = new + version
        if e["key_no"] != e["auth_key_no"]:
            assert crc32(new).hex() == e["crc32"], e["id"]
            plain = xor(new, h(e["old_key"])) + version + crc32(new)
        assert plain.hex() == e["plain"], e["id"]
        with_header = {"header": "%02x" % e["key_no"]}
        with_header.update(e)
        assert ev2_command(with_header, plain).hex() == e["cmd"], e["id"]
        if e["resp"] != "9100":
            assert ev2_answer(e) == b"", e["id"]


def test_desfire_ev2_change_key():
    change_keys_fit("ev2.json", "desfire_ev2_change_key", 1)


def test_ntag424_change_key():
    change_keys_fit("ntag424.json", "ntag424_change_key", 1)


def test_ev1_authentications_with_aes():
    done = 0
    for e in entries("ev1.json", "ev1_auth", 2):
        if e["alg"] != "AES":
            continue  # DES: tests/crypto
        key, rnd_a, rnd_b = h(e["key"]), h(e["rnd_a"]), h(e["rnd_b"])
        resp1 = cbc_encrypt(key, ZERO, rnd_b)
        cmd2 = cbc_encrypt(key, resp1, rnd_a + rotate_left(rnd_b))
        resp2 = cbc_encrypt(key, cmd2[-16:], rotate_left(rnd_a))
        assert (resp1.hex(), cmd2.hex(), resp2.hex()) == (e["resp1"], e["cmd2"], e["resp2"]), e["id"]
        assert ev1_session_key("aes", rnd_a, rnd_b).hex() == e["session_key"], e["id"]
        done += 1
    assert done


def test_ev1_change_key_with_aes():
    done = 0
    for e in entries("ev1.json", "ev1_change_key", 2):
        if e["alg"] != "AES":
            continue
        sent = h(e["cmd"])[6:-1]
        plain = h(e["plain"])
        assert cbc_encrypt(h(e["session_key"]), h(e["iv"]), plain) == sent, e["id"]
        assert crc32(bytes([0xC4, e["key_no"]]) + plain[:17]).hex() == e["crc32_cmd"] == plain[17:21].hex(), e["id"]
        if e["rx_cmac"]:
            assert Cmac(h(e["session_key"])).of(b"\x00", sent[-16:])[:8].hex() == e["rx_cmac"], e["id"]
        done += 1
    assert done


def test_ultralight_aes_authentications():
    for e in entries("ultralight.json", "ulaes_auth", 1):
        key, rnd_a, rnd_b = h(e["key"]), h(e["rnd_a"]), h(e["rnd_b"])
        assert "1a%02x" % e["key_no"] == e["cmd1"]
        assert "af" + cbc_encrypt(key, ZERO, rnd_b).hex() == e["resp1"], e["id"]
        assert "af" + cbc_encrypt(key, ZERO, rnd_a + rotate_left(rnd_b)).hex() == e["cmd2"], e["id"]
        assert "00" + cbc_encrypt(key, ZERO, rotate_left(rnd_a)).hex() == e["resp2"], e["id"]


def test_ultralight_aes_sessions():
    for e in entries("ultralight.json", "ulaes_cmac_session", 1):
        key = ultralight_aes_session_key(h(e["key"]), h(e["rnd_a"]), h(e["rnd_b"]))
        assert key.hex() == e["ses_mac"] and e["steps"], e["id"]
        for step in e["steps"]:
            counter = step["cmd_ctr"]
            assert truncated(aes_cmac(key, uint_le(counter, 2) + h(step["cmd"]))).hex() == step["cmd_mac"], e["id"]
            assert truncated(aes_cmac(key, uint_le(counter + 1, 2) + h(step["resp"]))).hex() == step["resp_mac"], e["id"]


def test_the_password_exchange_is_the_password_as_written():
    for e in entries("ultralight.json", "ultralight_pwd_auth", 1):
        assert e["cmd"] == "1b" + e["pwd"] and len(h(e["pwd"])) == 4, e["id"]
        assert e["resp"] == e["pack"] and len(h(e["pack"])) == 2, e["id"]
