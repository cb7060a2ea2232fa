"""The board's line over MQTT: with mosquitto as a broker that others wrote, and with brokers that misbehave."""

import asyncio
import contextlib
import json
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from terminal import mqtt
from tests import needs
from tests.terminal.line_client import talk

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(__file__).with_name("line_client.py")
SCHEME, TERMINAL = 0x5354, 7
UP, DOWN = "stampd/5354/7/up", "stampd/5354/7/down"
QUESTION = b"question" * 1400  # longer than the smallest receive buffers


@pytest.fixture(params=["cpython", "micropython"])
def client(request):
    """Run a job of `line_client` on one interpreter."""
    if request.param == "cpython":
        return lambda job: asyncio.run(talk(job))
    program = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")

    def run(job):
        done = subprocess.run([program, "-X", "heapsize=1m", CLIENT, ROOT], input=json.dumps(job), capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)
    return run


def job(port, messages=(QUESTION,), fits=b"", wait_ms=3000, **where):
    where = {"how": "mqtt", "host": "127.0.0.1", "port": port, **where}
    return {"where": where, "messages": [message.hex() for message in messages], "fits": fits.hex(), "wait_ms": wait_ms}


class Wire:
    """One end of a connection that speaks MQTT, for the shop and for brokers of this file."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(10)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.connection.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def packet(self):
        """(kind, flags, body)"""
        first, size, shift = self.exactly(1)[0], 0, 0
        while True:
            byte = self.exactly(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return first >> 4, first & 15, self.exactly(size)

    def say(self, kind, flags, body):
        self.connection.sendall(mqtt.packet(kind, flags, body))

    def publish(self, topic, data, qos=1, retain=False):
        self.say(3, qos << 1 | retain, mqtt.text(topic) + (b"\0\x09" if qos else b"") + data)


def topic_and_data(flags, body):
    size = int.from_bytes(body[:2], "big")
    return body[2 : 2 + size].decode(), body[2 + size + (2 if flags & 6 else 0) :]


# mosquitto

@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory):
    """Port of a broker that takes the user "board" and everything that he does but listening on terminal 8's topic."""
    program = needs.needs_program("mosquitto", "mosquitto")
    passwords = needs.needs_program("mosquitto_passwd", "mosquitto")
    folder = tmp_path_factory.mktemp("mosquitto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    subprocess.run([passwords, "-b", "-c", folder / "users", "board", "board's word"], check=True, capture_output=True)
    (folder / "rights").write_text("user board\ntopic readwrite stampd/5354/7/#\n")
    for path in folder.iterdir():
        path.chmod(0o644)
    folder.chmod(0o755)
    (folder / "conf").write_text("listener %d 127.0.0.1\nallow_anonymous false\npassword_file %s\nacl_file %s\nuser root\n" % (
        port, folder / "users", folder / "rights"))
    with subprocess.Popen([program, "-c", folder / "conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
        server.terminate()


def shop_at(port, answers):
    """A shop that answers each message with those of `answers(message)`: [(bytes, qos, retained)]. Returns the list of what it heard."""
    wire, heard = Wire(socket.create_connection(("127.0.0.1", port))), []
    wire.say(1, 0, mqtt.text("MQTT") + b"\x04\xc2\0\x3c" + mqtt.text("shop") + mqtt.text("board") + mqtt.text("board's word"))
    assert wire.packet() == (2, 0, b"\0\0")
    wire.say(8, 2, b"\0\1" + mqtt.text(UP) + b"\1")
    assert wire.packet()[0] == 9

    def serve():
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, flags, body = wire.packet()
                if kind == 3:
                    _, message = topic_and_data(flags, body)
                    wire.say(4, 0, b"\0\1")
                    heard.append(message)
                    for data, qos, retain in answers(message):
                        wire.publish(DOWN, data, qos, retain)
    threading.Thread(target=serve, daemon=True).start()
    return wire, heard


def test_through_mosquitto(client, mosquitto):
    wire, heard = shop_at(mosquitto, lambda message: [(message[::-1], 1, False)])
    found = client(job(mosquitto, [QUESTION, b"second", b"third"], user="board", password="board's word"))
    assert found == [QUESTION[::-1].hex(), b"second"[::-1].hex(), b"third"[::-1].hex()] and heard == [QUESTION, b"second", b"third"]
    wire.connection.close()


def test_what_is_retained_or_late_or_long_is_passed_over(client, mosquitto):
    wire, _ = shop_at(mosquitto, lambda message: [(b"old answer", 0, True), (b"new" + b"x" * (12 * 1024), 1, False), (b"new answer", 0, False)])
    for _ in range(2):
        assert client(job(mosquitto, fits=b"new", user="board", password="board's word")) == [b"new answer".hex()]
    wire.publish(DOWN, b"", 0, True)
    wire.connection.close()


def test_a_broker_without_a_shop_acknowledges_and_that_is_no_receipt(client, mosquitto):
    (code, message), = client(job(mosquitto, wait_ms=500, user="board", password="board's word"))
    assert code == "SHOP_NOT_REACHED" and "no answer" in message


def test_a_broker_that_refuses(client, mosquitto):
    for user, password in (("board", "wrong"), ("nobody", "board's word"), ("board", None), (None, None)):
        (code, message), = client(job(mosquitto, user=user, password=password))
        assert code == "SHOP_NOT_REACHED" and ("broker refuses" in message or "closed" in message), message


# brokers of this file

@contextlib.contextmanager
def broker(handler):
    """A broker whose every connection is given to `handler(wire, number)`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def loop():
            for number in range(9):
                try:
                    connection, _ = listener.accept()
                except OSError:  # the test is over
                    return
                with contextlib.suppress(OSError, EOFError), connection:
                    handler(Wire(connection), number)
        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def welcome(wire, subscribed=b"\0\1\1"):
    kind, _, body = wire.packet()
    assert kind == 1 and body.startswith(mqtt.text("MQTT") + b"\x04\x02") and body.endswith(mqtt.text("stampd-5354-7"))
    wire.say(2, 0, b"\0\0")
    assert wire.packet() == (8, 2, b"\0\1" + mqtt.text(DOWN) + b"\1")
    wire.say(9, 0, subscribed)


def test_each_packet_is_one_write(client):
    """Read at once, a whole PUBLISH is there: nothing of it waits for an acknowledgement."""
    pieces = []

    def handler(wire, _):
        welcome(wire)
        pieces.append(wire.connection.recv(65536))
        wire.publish(DOWN, b"ok")
        pieces.append(wire.packet())
    with broker(handler) as port:
        assert client(job(port, [b"message"])) == [b"ok".hex()]
        time.sleep(0.05)
    assert pieces == [mqtt.packet(3, 2, mqtt.text(UP) + b"\0\2" + b"message"), (4, 0, b"\0\x09")]


@pytest.mark.parametrize("said", [b"", b"\x20\x02\x00\x05", b"\x20\x02\x00\x63", b"\x30\x02\x00\x00", b"\x20\x01\x00", b"\x20\xff\xff\xff\xff\xff\x7f",
                                  b"\x20\x80\x80\x04" + bytes(99)], ids=["hangs up", "no", "no, new", "another", "short", "endless length", "too long"])
def test_a_welcome_that_is_none(client, said):
    def handler(wire, _):
        wire.packet()
        wire.connection.sendall(said)
    with broker(handler) as port:
        (code, _), = client(job(port))
        assert code == "SHOP_NOT_REACHED"


def test_a_broker_that_does_not_let_it_listen(client):
    with broker(lambda wire, _: welcome(wire, b"\0\1\x80")) as port:
        (code, message), = client(job(port))
        assert code == "SHOP_NOT_REACHED" and DOWN in message


@pytest.mark.parametrize("said", [b"\xf0\x00", b"\x20\x02\x00\x00", b"\x32\x00", b"\x30\x82\x80\x80\x80\x01"])
def test_packets_that_make_no_sense(client, said):
    def handler(wire, number):
        welcome(wire)
        wire.packet()
        wire.connection.sendall(said)
    with broker(handler) as port:
        (code, _), = client(job(port, wait_ms=600))
        assert code == "SHOP_NOT_REACHED"


def test_a_broker_that_went_away_is_connected_again(client):
    def handler(wire, number):
        welcome(wire)
        wire.packet()
        wire.publish(DOWN, b"answer %d" % number, 0)
    with broker(handler) as port:
        assert client(job(port, [b"one", b"two"])) == [b"answer 0".hex(), b"answer 1".hex()]


def test_a_line_that_rests_says_that_it_is_there(monkeypatch):
    monkeypatch.setattr(mqtt, "KEEP_ALIVE_S", 0.2)
    monkeypatch.setattr(mqtt, "uint", lambda value, size: int(value).to_bytes(size, "big"))
    pings = []

    def handler(wire, _):
        welcome(wire)
        wire.packet()
        for _ in range(3):
            pings.append(wire.packet())
            wire.say(13, 0, b"")
        wire.publish(DOWN, b"ok")
    with broker(handler) as port:
        assert asyncio.run(talk(job(port))) == [b"ok".hex()]
    assert pings == [(12, 0, b"")] * 3
