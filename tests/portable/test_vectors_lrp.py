"""Every published vector of LRP: the primitive, authentication, commands and SUN messages."""

from cardos.crypto.lrp import Lrp
from cardos.crypto.secure_messaging import lrp_session_master, mac_input, pad_80, truncated, unpad_80
from cardos.crypto.sun import decrypt_file_data, decrypt_picc_data, picc_data_plain, sdm_mac
from tests.portable.vector_files import entries, h


def test_eval():
    for e in entries("lrp.json", "lrp_eval", 30):
        walk = [int(nibble, 16) for nibble in e["iv_nibbles"]]
        assert Lrp(h(e["key"])).eval(e["updated_key_index"], walk, e["finalize"]).hex() == e["result"], e["id"]


def test_cmac():
    for e in entries("lrp.json", "lrp_cmac", 30):
        assert Lrp(h(e["key"])).cmac(h(e["msg"])).hex() == e["mac"], e["id"]


def test_lricb():
    for e in entries("lrp.json", "lrp_lricb", 30):
        lrp, counter, size = Lrp(h(e["key"])), int(e["iv"], 16), len(e["iv"])
        plain = pad_80(h(e["plain"])) if e["padding"] else h(e["plain"])
        cipher, after = lrp.encrypt(0, counter, plain, size)
        assert cipher.hex() == e["cipher"], e["id"]
        assert after == (counter + len(plain) // 16) % 16**size, e["id"]
        assert lrp.decrypt(0, counter, cipher, size) == (plain, after), e["id"]


def test_authentications():
    for e in entries("lrp.json", "lrp_auth", 2):
        rnd_a, rnd_b = h(e["rnd_a"]), h(e["rnd_b"])
        master = lrp_session_master(h(e["key"]), rnd_a, rnd_b)
        assert master.hex() == e["ses_master"], e["id"]
        session = Lrp(master)
        assert h(e["resp1"])[1:-2] == rnd_b, e["id"]
        response = session.cmac(rnd_a + rnd_b)
        assert (rnd_a + response).hex() == e["cmd2"][10:-2], e["id"]
        answer = h(e["resp2"])[:-2]
        if e["ti"] and e["variant"] == "LRPFirst":
            sent, counter = session.encrypt(1, 0, h(e["ti"]) + h(e["pdcap2"]) + h(e["pcdcap2"]))
            assert answer == sent + session.cmac(rnd_b + rnd_a + sent) and counter == 1, e["id"]
        else:
            assert answer == session.cmac(rnd_b + rnd_a), e["id"]


def test_commands():
    for e in entries("lrp.json", "lrp_commands", 1):
        sv = h(e["sv"])
        assert Lrp(h(e["key"])).cmac(sv).hex() == e["ses_master"] and e["steps"], e["id"]
        session, ti, block = Lrp(h(e["ses_master"])), h(e["ti"]), 1  # block 0 went into the authentication's answer
        for step in e["steps"]:
            apdu, answer, counter = h(step["cmd"]), h(step["resp"]), step["cmd_ctr"]
            body, plain = apdu[5:-1], h(step["plain_cmd"])
            sent = b""
            if plain:
                sent, block = session.encrypt(1, block, pad_80(plain))
            header = body[: len(body) - 8 - len(sent)]
            assert body == header + sent + truncated(session.cmac(mac_input(apdu[1], counter, ti, header + sent))), e["id"]
            data, mac, status = answer[:-10], answer[-10:-2], answer[-1]
            assert truncated(session.cmac(mac_input(status, counter + 1, ti, data))) == mac, e["id"]
            if data:
                data, block = session.decrypt(1, block, data)
                data = unpad_80(data)
            assert data == h(step["plain_resp"]), e["id"]


def test_sun_messages():
    for e in entries("lrp.json", "lrp_sun", 2):
        key, uid, counter = h(e["key"]), h(e["uid"]), e["read_ctr"]
        assert picc_data_plain(key, h(e["picc_enc"]), True).hex() == e["picc_plain"], e["id"]
        assert decrypt_picc_data(key, h(e["picc_enc"]), True) == (uid, counter), e["id"]
        assert sdm_mac(key, uid, counter, e["mac_input_ascii"].encode(), True).hex() == e["mac"], e["id"]
        if e["enc_file"]:
            assert decrypt_file_data(key, uid, counter, h(e["enc_file"]), True) == e["file_ascii"].encode(), e["id"]
