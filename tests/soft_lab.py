"""Soft cards on real reader stacks, for any test:

    with PrivatePcscd(["Lane 0"]) as pcscd:                                  # from host_tools.soft_hardware.private_pcscd
        card = soft_lab.new_card(tmp_path / "card.json", "ntag215", "04A1B2C3D4E5F6")
        with soft_lab.serving(card, pcscd.attach(0), "--tear", "5:half:weak") as server:
            ...                                                              # clients run with pcscd.environment()

libpcsclite reads PCSCLITE_CSOCK_NAME once in a process, so clients of a private pcscd are processes of their own: `apdus`.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from cardos.soft_cards.registry import load_card, new_card as make
from host_tools.soft_hardware.card_file import CardFile
from host_tools.soft_hardware.private_pcscd import missing
from tests import needs

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "tests" / "soft_hardware" / "pcsc_client.py"
READY_S_MAX = 10.0
SEEN_S_MAX = 5.0  # pcscd looks every 400 ms


def needs_pcscd():
    """Skip where no private pcscd can run."""
    lacks = missing()
    if lacks:
        needs.skip("no " + " and no ".join(lacks), "apt-get install pcscd vsmartcard-vpcd")


def new_card(path, family="ntag215", uid="04A1B2C3D4E5F6", **options):
    """A card file as delivered from the factory; returns its path."""
    CardFile.create(path, make(family, bytes.fromhex(uid), **options), overwrite=True)
    return path


def memory(path):
    """The soft card in a file as it stands now, not connected to it."""
    return load_card(json.loads(Path(path).read_text())["state"])


@contextlib.contextmanager
def serving(path, attach, *options):
    """`stampd softcard serve` in its own process, attached. Yields the Popen; ends it with SIGTERM."""
    command = [sys.executable, "-m", "host_tools.cli.softcard", "serve", str(path), "--attach", attach, *options]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    try:
        line = server.stdout.readline()
        assert line == "ready\n", "the server said %r and ended with %r" % (line, server.poll())
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
        server.wait(READY_S_MAX)
        server.stdout.close()


def apdus(pcscd, reader, script, wait_s=SEEN_S_MAX):
    """Run APDUs (hex) on a card in one connection of a fresh process. Returns a list of answers in hex, or "error HRESULT".

    The word "pause S" in the script sleeps, "reset" reconnects with a card reset.
    """
    needs.needs_module("smartcard")
    done = subprocess.run(
        [sys.executable, str(CLIENT), reader, str(wait_s), *script], env=pcscd.environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wait_until(condition, seconds=SEEN_S_MAX):
    """True as soon as `condition()` is; False after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def libnfc(program, link, *words):
    """A program over libnfc on an emulated PN532: the finished process. Interactive tools get an empty standard input."""
    environment = dict(os.environ, LIBNFC_DEFAULT_DEVICE="pn532_uart:%s" % link)
    words = [program, *map(str, words)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


def nfcpy_tag(frontend, seconds=5.0):
    """The tag that nfcpy finds now, or None."""
    deadline = time.monotonic() + seconds
    return frontend.connect(rdwr={"on-connect": lambda tag: False}, terminate=lambda: time.monotonic() > deadline)


def nfcpy_frontend(link):
    """nfcpy's ContactlessFrontend on an emulated PN532, without nfcpy's search in /dev. Close it after use."""
    clf_module = needs.needs_module("nfc.clf")
    pn532 = needs.needs_module("nfc.clf.pn532")
    transport = needs.needs_module("nfc.clf.transport")
    frontend = clf_module.ContactlessFrontend()
    frontend.device = pn532.init(transport.TTY(os.fspath(link)))
    return frontend
