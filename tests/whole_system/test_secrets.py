"""Canary: a whole run with fresh keys, and no key byte in anything that it prints, answers, traces, logs or stores.

Looked for: scheme masters, the signing root and seeds, role masters, card keys, password, PACK, and the second half of record
MACs; raw, in hex of three styles, in base64 at every offset, as Python and JSON write bytes. Only the key file and its
recovery copy may hold them, and those only sealed.
"""

import base64
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from cardos.records.diversification import KEY_PASSWORD, KEY_RECORD_MAC, diversifier
from host_tools.daemon.client import find_daemon
from host_tools.daemon.tap_desk import TapDesk
from host_tools.home import Home
from host_tools.provisioning.key_file import read_key_file, unlock
from host_tools.provisioning.roles import HEAD_DIVERSIFIER, ROLES, card_key, role_master, signing_seed
from host_tools.readers.soft import SoftReader
from tests import needs, soft_lab
from tests.whole_system.card_image import image_of
from tests.whole_system.shop_lab import UID, blank, make_wish

PASSPHRASE = "seven green canaries sing"
OWN_TOKEN = ("daemon.json",)


def forms(secret):
    """Every way in which these bytes might be written, as bytes."""
    hexes = {secret.hex(), secret.hex().upper(), secret.hex(" "), secret.hex(" ").upper(), secret.hex(":")}
    found = {secret} | {text.encode() for text in hexes}
    found.add(repr(secret)[2:-1].encode())
    found.add(", ".join(map(str, secret)).encode())
    found.add(",".join(map(str, secret)).encode())
    if len(secret) >= 6:
        for shift in range(3):  # base64 of a longer text that holds the secret at any offset: the letters that do not touch its ends
            start, end = -(-shift * 8 // 6), (shift + len(secret)) * 8 // 6
            text = base64.b64encode(bytes(shift) + secret + bytes(3))[start + (1 if shift else 0) : end]
            found |= {text, text.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def secrets_of(home, states):
    """{name: bytes} of every secret of this home and of the cards in `states`."""
    kept = unlock(read_key_file(home / "keys.stampd"), PASSPHRASE)
    found = {"signing root": kept.signing_root, "seed of packs": signing_seed(kept.signing_root, "pack")}
    with Home.open(home, passphrase=lambda: PASSPHRASE) as opened:
        keys = opened.keys
        for state in states:
            for record in image_of(state, keys).records:
                raw = bytes.fromhex("".join(state["pages"]))
                at = raw.index(record.body) + len(record.body)
                found["MAC of record %d" % record.sequence] = raw[at + 4 : at + 8]
    for epoch, master in kept.masters.items():
        found["scheme master %d" % epoch] = master
        for role in ROLES:
            of_role = role_master(master, role, kept.scheme, epoch)
            found["role master %s %d" % (role, epoch)] = of_role
            found["head key %s %d" % (role, epoch)] = card_key(of_role, HEAD_DIVERSIFIER)
            for number in (KEY_RECORD_MAC, KEY_PASSWORD):
                found["card key %s %d" % (role, number)] = card_key(of_role, diversifier(bytes.fromhex(UID), number, kept.scheme, epoch))
        password = found["card key password %d" % KEY_PASSWORD]
        found["password"], found["password and PACK"] = password[:4], password[:6]
    return found


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    path.chmod(0o600)
    return path


def test_the_canary_sings():
    """Each way of writing a secret is found in a longer text, wherever the secret stands in it."""
    secret = bytes(range(0x9A, 0xAA))
    for before in range(4):
        text = b"x" * before + secret + b"yz"
        for written in (text, text.hex().encode(), base64.b64encode(text), base64.urlsafe_b64encode(text), repr(text).encode(), str(list(text)).encode()):
            assert any(form in written for form in forms(secret)), written


def test_no_key_byte_leaves(home, stampd, tmp_path, passphrase):
    needs.needs_module("nfc")
    said = {}
    card, link = tmp_path / "card.json", "pn532:%s" % (tmp_path / "reader")

    def run(*words, code=0):
        opens = words[0] in ("card", "keys") or words[:2] == ("ledger", "verify")
        done = stampd(*words, *(("--passphrase-file", passphrase) if opens else ()), code=code)
        said["stampd %s" % " ".join(map(str, words))] = (done.out + done.err).encode()
        return done

    run("keys", "init", "--recovery", tmp_path / "stick")
    stampd("softcard", "new", "--family", "ntag215", "--uid", UID, card)
    at_reader = ("--reader", link)
    with soft_lab.serving(card, link):
        for words in (("issue", "--opening", "stamps=9", "--reason", "paper"), ("sell", "--amount", "4.50"), ("redeem",), ("undo",), ("show",), ("history",)):
            run("card", *words, *at_reader, "--json")
            if words[0] in ("show", "history"):
                run("card", *words, *at_reader)
        run("card", "trace", *at_reader)
        run("card", "trace", *at_reader, "--json")
    states = [json.loads(card.read_text())["state"]]
    with soft_lab.serving(card, link, "--tear", "6:half:garbage", "--again", "0"):
        run("card", "sell", "--amount", "4.50", *at_reader, "--json", code=3)
        run("card", "sell", "--amount", "4.50", *at_reader)
    states.append(json.loads(card.read_text())["state"])
    with soft_lab.serving(card, link):
        said["daemon"] = _daemon_day(home, passphrase, link)
    states.append(json.loads(card.read_text())["state"])
    for words in ("ledger verify", "ledger export", "ledger export --format csv", "doctor", "doctor --json", "readers --json", "keys status"):
        run(*words.split(), code=None)
    said["traces"] = _traced(home)
    for path in home.rglob("*"):
        if path.is_file() and path.name not in OWN_TOKEN:
            said["file %s" % path.name] = path.read_bytes()
    said["recovery copy"] = (tmp_path / "stick").read_bytes()
    hidden = secrets_of(home, states)
    assert len(said) > 20 and len(hidden) > 30
    leaks = ["%s in %s" % (name, where) for name, secret in hidden.items() for form in forms(secret) for where, text in said.items() if form in text]
    assert not leaks, leaks
    assert PASSPHRASE.encode() not in b"".join(said.values())
    _pack_is_masked(said, hidden)


def _pack_is_masked(said, hidden):
    """PACK has two bytes, too few to look for everywhere: no line about PWD_AUTH may show it, or the password."""
    lines = [line for text in said.values() for line in re.findall(rb"PWD_AUTH[^{}]*", text)]
    assert lines
    for line in lines:
        assert hidden["password and PACK"][4:].hex().encode() not in line.lower()
        assert b"**" in line


def _daemon_day(home, passphrase, link):
    """Serve the shop with this reader, sell through the daemon, and give everything that was said."""
    settings = home / "shop.toml"
    settings.write_text(settings.read_text() + 'readers = ["%s"]\n' % link)
    program = str(Path(sys.executable).with_name("stampd"))
    daemon = subprocess.Popen([program, "serve", "--port", "0", "--passphrase-file", str(passphrase)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "PYTHONUNBUFFERED": "1"})  # fmt: skip
    said = b""
    try:
        assert soft_lab.wait_until(lambda: (home / "daemon.json").exists() and find_daemon(home), 20)
        for words in (("card", "sell", "--amount", "4.50", "--json"), ("card", "show", "--json"), ("card", "trace", "--json"), ("card", "history")):
            done = subprocess.run([program, *words, "--wait", "15"], capture_output=True, timeout=60)
            said += done.stdout + done.stderr
            assert done.returncode == 0, done
        url = "http://127.0.0.1:%d" % json.loads((home / "daemon.json").read_text())["port"]
        for path in ("/", "/healthz", "/openapi.json"):
            try:
                with urllib.request.urlopen(url + path, timeout=10) as answer:
                    said += answer.read()
            except urllib.error.HTTPError as refusal:
                said += refusal.read()
    finally:
        daemon.terminate()
        said += daemon.communicate(timeout=20)[0]
    return said


def _traced(home):
    """Traces of taps that write: issue, a sale and a torn one, with these keys, in this process."""
    lines = []
    with Home.open(home, passphrase=lambda: PASSPHRASE) as opened:
        desk = TapDesk(opened)
        card = blank(uid="04a1b2c3d4e5f7")
        for tear, wish in ((None, make_wish("issue")), (None, make_wish()), ((9, "half:weak"), make_wish()), (None, make_wish()), (None, make_wish("block"))):
            reader = SoftReader()
            if tear:
                reader.pull_after(*tear)
            reader.put(card)
            lines.append(desk.perform(wish, reader, wait_s=0, tracing=True))
        keys = repr(opened.keys) + str(vars(opened.keys))
    return (json.dumps(lines) + keys).encode()
