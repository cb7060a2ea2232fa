"""The board's line to its shop over real sockets, on CPython and on MicroPython's unix port: TCP, HTTP and TLS, and servers that misbehave."""

import asyncio
import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import needs
from tests.terminal.line_client import talk

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(__file__).with_name("line_client.py")
QUESTION, ANSWER = b"question" * 100, b"answer" * 200
MESSAGE_MAX = 12 * 1024


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


@contextlib.contextmanager
def serving(handler, context=None):
    """A server whose every connection is given to `handler(connection, number)`, number from 0. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def loop():
            for number in range(20):
                try:
                    connection, _ = listener.accept()
                except OSError:  # the test is over
                    return
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(5)
                    if context is None:
                        handler(connection, number)
                    else:
                        with context.wrap_socket(connection, server_side=True) as inside:
                            handler(inside, number)
        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def job(how, port, messages=(QUESTION,), **more):
    where = {"how": how, "host": "127.0.0.1", "port": port, "path": "/boards"}
    where.update({name: more.pop(name) for name in ("host", "ca") if name in more})
    return {"where": where, "messages": [message.hex() for message in messages], **more}


def hung_up_on(found):
    assert [one[0] if isinstance(one, list) else one for one in found] == ["SHOP_NOT_REACHED"] * len(found), found
    return found[0][1]


def frame(data):
    return len(data).to_bytes(4, "big") + data


def read_frame(connection):
    """(the message, whether it came in one piece); None at the end."""
    data = connection.recv(65536)
    is_one = len(data) >= 4 and len(data) == 4 + int.from_bytes(data[:4], "big")
    while data and len(data) < 4 + int.from_bytes(data[:4], "big"):
        data += connection.recv(65536)
    return (data[4:], is_one) if data else None


def test_tcp_many_messages_on_one_connection_each_in_one_piece(client):
    seen, messages = [], [QUESTION, b"second", b"x" * 5000]

    def echo(connection, number):
        while (found := read_frame(connection)) is not None:
            seen.append((number, found))
            connection.sendall(frame(found[0][::-1]))
    with serving(echo) as port:
        assert client(job("tcp", port, messages)) == [message[::-1].hex() for message in messages]
    assert [number for number, _ in seen] == [0, 0, 0] and all(is_one for _, (_, is_one) in seen[:2])


def test_tcp_an_answer_that_trickles(client):
    def drip(connection, _):
        read_frame(connection)
        for byte in frame(ANSWER[:40]):
            connection.sendall(bytes([byte]))
            time.sleep(0.002)
    with serving(drip) as port:
        assert client(job("tcp", port)) == [ANSWER[:40].hex()]


@pytest.mark.parametrize("said", [b"", b"\0\0", frame(ANSWER)[:50], (MESSAGE_MAX + 1).to_bytes(4, "big") + b"x" * 99, b"HTTP/1.1 200 OK\r\n\r\n"],
                         ids=["nothing", "half a length", "half an answer", "too long", "not ours"])
def test_tcp_half_an_answer_is_none(client, said):
    def half(connection, _):
        read_frame(connection)
        connection.sendall(said)
    with serving(half) as port:
        hung_up_on(client(job("tcp", port)))


def test_the_longest_message_both_ways(client):
    message = bytes(range(256)) * (MESSAGE_MAX // 256)

    def echo(connection, _):
        while (found := read_frame(connection)) is not None:
            connection.sendall(frame(found[0]))
    with serving(echo) as port:
        assert client(job("tcp", port, [message])) == [message.hex()]


def test_a_connection_that_rested_too_long_is_made_again(client):
    connections = []

    def once(connection, number):
        connections.append(number)
        read_frame(connection)
        connection.sendall(frame(b"ok"))
    with serving(once) as port:
        assert client(job("tcp", port, [QUESTION, b"again", b"and again"])) == [b"ok".hex()] * 3
    assert connections == [0, 1, 2]


def test_a_shop_that_says_nothing_is_waited_for_in_bounds(client):
    def silent(connection, number):
        read_frame(connection)
        if number == 0:
            connection.recv(1)  # until the board hangs up
        else:
            connection.sendall(frame(b"ok"))
    with serving(silent) as port:
        begin = time.monotonic()
        first, second = client(job("tcp", port, [QUESTION, QUESTION], wait_ms=300))
        assert "no answer within" in hung_up_on([first]) and second == b"ok".hex()
        assert time.monotonic() - begin < 5


def test_nobody_there(client, free_port):
    assert str(free_port) in hung_up_on(client(job("tcp", free_port)))
    hung_up_on(client(job("http", free_port)))


# HTTP

def read_post(connection):
    """(head, body, whether both came in one piece) of one request; None at the end."""
    data = connection.recv(65536)
    pieces = 1
    while data and b"\r\n\r\n" not in data:
        data += connection.recv(65536)
        pieces += 1
    if not data:
        return None
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split()[0])
    while len(body) < length:
        body += connection.recv(65536)
        pieces += 1
    return head.decode(), body, pieces == 1


def says(*pieces):
    def handler(connection, _):
        read_post(connection)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.005)
    return handler


def test_http_posts_on_one_connection(client):
    seen = []

    def shop(connection, number):
        while (found := read_post(connection)) is not None:
            seen.append((number, found))
            connection.sendall(b"HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: %d\r\n\r\n" % len(found[1]) + found[1][::-1])
    with serving(shop) as port:
        assert client(job("http", port, [QUESTION, b"second"])) == [QUESTION[::-1].hex(), b"second"[::-1].hex()]
    assert [number for number, _ in seen] == [0, 0] and seen[0][1][2]
    head = seen[0][1][0].split("\r\n")
    assert head[0] == "POST /boards HTTP/1.1" and "Host: 127.0.0.1:%d" % port in head and "Content-Type: application/cbor" in head


OK = b"HTTP/1.1 200 OK\r\n"
GOOD = {
    "length": [OK + b"Content-Length: 6\r\n\r\n", b"answer"],
    "in pieces": [OK[:5], OK[5:] + b"content-LENGTH:6\r\n", b"\r\nans", b"wer"],
    "until the end": [OK + b"Connection: close\r\n\r\nans", b"wer"],
    "HTTP/1.0": [b"HTTP/1.0 200 OK\r\n\r\nanswer"],
    "chunks": [OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nans\r\n", b"0003;x=y\r\nwer\r\n0\r\nTrailer: x\r\n\r\n"],
    "continue first": [b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"Content-Length: 6\r\n\r\nanswer"],
    "bare line ends": [b"HTTP/1.1 200\nContent-Length: 6\n\nanswer"],
}
BAD = {
    "status 503": (b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", "status 503"),
    "status 204": (b"HTTP/1.1 204 None\r\n\r\n", "status 204"),
    "moved": (b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n", "status 301"),
    "not HTTP": (b"SSH-2.0-x\r\n", "not HTTP"),
    "a frame": (frame(ANSWER), ""),
    "too long": (OK + b"Content-Length: %d\r\n\r\n" % (MESSAGE_MAX + 1), "too long"),
    "negative": (OK + b"Content-Length: -1\r\n\r\n", "no number"),
    "no number": (OK + b"Content-Length: 1_0\r\n\r\n", "no number"),
    "two lengths": (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "head"),
    "length and chunks": (OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "form"),
    "packed": (OK + b"Transfer-Encoding: gzip\r\n\r\nxx", "form"),
    "endless until the end": (OK + b"\r\n" + b"x" * (MESSAGE_MAX + 1000), "too long"),
    "endless chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"x" * 4096 + b"\r\n" + b"2001\r\n" + b"y" * 8193, "too long"),
    "endless line": (b"HTTP/1.1 200 " + b"x" * 5000, "too long"),
    "endless head": (OK + b"a: b\r\n" * 2000 + b"\r\n", "head"),
    "no colon": (OK + b"what\r\n\r\n", "head"),
    "half a body": (OK + b"Content-Length: 60\r\n\r\nanswer", "closed"),
    "half a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\nans", "closed"),
    "a chunk without its end": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nansXX\r\n0\r\n\r\n", "chunk"),
    "no last chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nans\r\n", "closed"),
    "no text": (b"HTTP/1.1 200 \xff\xfe\r\n\r\n", ""),
}


@pytest.mark.parametrize("name", GOOD)
def test_http_answers_as_servers_write_them(client, name):
    with serving(says(*GOOD[name])) as port:
        assert client(job("http", port)) == [b"answer".hex()]


@pytest.mark.parametrize("name", BAD)
def test_http_answers_that_are_none(client, name):
    said, word = BAD[name]
    with serving(says(said)) as port:
        assert word in hung_up_on(client(job("http", port)))


# TLS

def certificate(name, key, issuer, issuer_key, is_authority, names=()):
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject if issuer else subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=9)).add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """(server's context, {"pem", "der", "other"}: authority files) for a server called localhost."""
    folder = tmp_path_factory.mktemp("tls")
    files = {}
    for name in ("other", "pem"):
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = certificate("Authority " + name, authority_key, None, authority_key, True)
        files[name] = folder / (name + ".pem")
        files[name].write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files["der"] = folder / "authority.der"
    files["der"].write_bytes(authority.public_bytes(serialization.Encoding.DER))
    key = ec.generate_private_key(ec.SECP256R1())
    own = certificate("localhost", key, authority, authority_key, False, [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))])
    (folder / "server.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, {name: str(path) for name, path in files.items()}


SHOP = says(OK + b"Content-Length: 1200\r\n\r\n" + ANSWER)


@pytest.mark.parametrize("kind", ["pem", "der"])
def test_https_with_the_right_authority(client, tls, kind):
    context, files = tls
    with serving(SHOP, context) as port:
        assert client(job("https", port, host="localhost", ca=files[kind])) == [ANSWER.hex()]


def test_https_with_another_authority_or_another_name_is_no_shop(client, tls):
    context, files = tls
    with serving(SHOP, context) as port:
        hung_up_on(client(job("https", port, host="localhost", ca=files["other"])))
        hung_up_on(client(job("https", port, host="127.0.0.1", ca=files["pem"])))
        hung_up_on(client(job("https", port, host="localhost", ca=files["pem"] + ".none")))


def test_https_without_an_authority_file(request, client, tls):
    """A PC asks its own list, which does not know this server; a board has no list: it takes every server, as its docs say."""
    with serving(SHOP, tls[0]) as port:
        found = client(job("https", port, host="localhost"))
    if "micropython" in request.node.name:
        assert found == [ANSWER.hex()]
    else:
        assert "CERTIFICATE_VERIFY_FAILED" in hung_up_on(found)


def test_https_to_somebody_who_speaks_no_tls(client, tls):
    with serving(lambda connection, _: connection.sendall(b"HTTP/1.1 400 No\r\n\r\n")) as port:
        hung_up_on(client(job("https", port, host="localhost", ca=tls[1]["pem"])))
