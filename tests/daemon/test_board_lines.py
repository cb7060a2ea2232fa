"""The ways on which boards reach a shop: the port of their own, and the daemon's HTTP. Real sockets on loopback."""

import socket
import threading
import time

import httpx
import pytest

from cardos.records import board_sync as sync
from host_tools.boards import line_server
from host_tools.boards.line_server import LineServer
from host_tools.settings import read_settings
from tests.daemon.soft_board import SoftBoard
from tests.whole_system import shop_lab

URL = "/api/v1/boards/sync"
BYTES = {"content-type": "application/octet-stream"}


class Echo:
    """A desk that gives back what it gets; nothing for b"no"; waits while `busy`."""

    def __init__(self):
        self.free = threading.Event()
        self.free.set()

    def answer(self, message):
        if message == b"wait":
            self.free.wait(10)
        return None if message == b"no" else message


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def server(echo):
    made = LineServer(echo, "127.0.0.1", 0)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def dial():
    """dial(port): a `Line`, closed at the end."""
    made = []

    def to(port):
        made.append(Line(port))
        return made[-1]

    yield to
    for line in made:
        line.socket.close()


class Line:
    """A client of a line server."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def ask(self, message):
        self.socket.sendall(len(message).to_bytes(4, "big") + message)
        return self.hear()

    def hear(self):
        """The next message; None when the other side closed."""
        try:
            head = self._exactly(4)
            return None if head is None else self._exactly(int.from_bytes(head, "big"))
        except ConnectionResetError:  # closed with bytes of ours unread
            return None

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                return None
            data += piece
        return data


def test_messages_of_several_boards_each_on_its_own_line(server, echo, dial):
    lines = [dial(server.port) for _ in range(3)]
    echo.free.clear()
    lines[0].socket.sendall(b"\0\0\0\4wait")
    for number in range(5):  # one that takes long holds up no other
        for line in lines[1:]:
            assert line.ask(b"%d" % number) == b"%d" % number
    echo.free.set()
    assert lines[0].hear() == b"wait"
    assert lines[1].ask(b"x" * sync.MESSAGE_MAX) == b"x" * sync.MESSAGE_MAX
    assert lines[1].ask(b"no") is None


@pytest.mark.parametrize("sent", (b"\0\0\0\0", b"\xff\xff\xff\xff", (sync.MESSAGE_MAX + 1).to_bytes(4, "big") + b"x", b"GET / HTTP/1.1\r\n\r\n"))
def test_what_is_no_message_is_not_read(server, sent, dial):
    line = dial(server.port)
    line.socket.sendall(sent)
    assert line.hear() is None


def test_who_says_nothing_or_half_a_message_is_let_go(server, monkeypatch, dial):
    monkeypatch.setattr(line_server, "STRANGER_S", 0.2)
    monkeypatch.setattr(line_server, "MESSAGE_S", 0.2)
    silent, slow = dial(server.port), dial(server.port)
    slow.socket.sendall(b"\0\0\0\x20abc")
    assert silent.hear() is None and slow.hear() is None


def test_one_address_cannot_take_every_line(server, dial):
    lines = [dial(server.port) for _ in range(line_server.OF_ONE_ADDRESS_MAX + 2)]
    end = time.monotonic() + 10
    heard = []
    for line in lines:
        line.socket.settimeout(max(0.1, end - time.monotonic()))
        try:
            heard.append(line.ask(b"here"))
        except OSError:  # closed before it could ask
            heard.append(None)
    assert heard.count(b"here") == line_server.OF_ONE_ADDRESS_MAX
    lines[0].socket.close()
    while (answer := dial(server.port).ask(b"now")) is None and time.monotonic() < end:
        time.sleep(0.02)
    assert answer == b"now"


def test_a_message_that_is_played_again_keeps_no_line(server, monkeypatch, dial):
    monkeypatch.setattr(line_server, "STRANGER_S", 0.3)
    board, tape = dial(server.port), dial(server.port)
    assert board.ask(b"request") == tape.ask(b"request") == b"request"
    assert tape.hear() is None
    assert board.ask(b"the next") == b"the next"


def test_who_proves_nothing_makes_room_for_others(server, monkeypatch, dial):
    monkeypatch.setattr(line_server, "CONNECTIONS_MAX", 3)
    board, first, second = (dial(server.port) for _ in range(3))
    assert board.ask(b"here") == b"here"
    another = dial(server.port)
    assert another.ask(b"new") == b"new" and first.hear() is None
    assert board.ask(b"still") == b"still" and second.ask(b"slow") == b"slow"
    assert dial(server.port).hear() is None  # every line is a board's


def test_it_stops_with_lines_open_and_starts_again_on_the_same_port(server, echo, dial):
    line = dial(server.port)
    assert line.ask(b"a") == b"a"
    server.stop()
    server.stop()
    assert line.hear() is None
    with pytest.raises(OSError):
        dial(server.port)
    for _ in range(2):
        again = LineServer(echo, "127.0.0.1", server.port)
        again.start()
        assert dial(again.port).ask(b"b") == b"b"
        with pytest.raises(Exception) as caught:
            LineServer(echo, "127.0.0.1", server.port)
        assert caught.value.code == "PORT_TAKEN"
        again.stop()


def test_a_daemon_hears_its_boards_and_shows_what_they_did(serve, dial):
    served = serve(boards_host="127.0.0.1", boards_port=0, quick_amounts=(450,))
    line = dial(served.service._lines.port)
    board = SoftBoard(served.home, line.ask)
    card = shop_lab.blank(uid="04010203040506")
    board.tap(card, lambda terms: issued(terms, served.home))
    assert board.poll().status == sync.OK
    with served.till.listen() as events:
        board.sell(card)
        board.sync()
        assert events.until("today", lambda data: data["sales"] == 1)
    assert served.till.get("/api/v1/today")["sales"] == 1
    assert [(row["terminal"], row["status"]) for row in served.till.get("/api/v1/boards")] == [(board.terminal, "paired")]
    cashier = served.shop.tokens.passing("desk", "cashier")
    answer = httpx.get(served.service.url + "/api/v1/boards", headers={"authorization": "Bearer " + cashier})
    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_YOUR_ROLE")


def issued(terms, home):
    """The tap that makes a card; a board has not the right to it, which makes a case."""
    from cardos.taps.issue import issue

    return issue(terms, 900, home.link_of(900), {}, "")


def test_a_board_over_http(served):
    def send(message):
        answer = httpx.post(served.service.url + URL, content=message, headers=BYTES)
        assert answer.headers["cache-control"] == "no-store"
        return answer.content if answer.status_code == 200 else None

    board = SoftBoard(served.home, send)
    card = shop_lab.blank()
    board.tap(card, lambda terms: issued(terms, served.home))
    board.sell(card)
    assert board.poll().status == sync.OK and board.sync().status == sync.OK
    assert served.till.get("/api/v1/today")["sales"] == 1 and "BOARD_AUTHORITY" in [case["kind"] for case in served.till.get("/api/v1/cases")]
    assert board.ask(sync.POLL, mac=lambda data: bytes(16)) is None


@pytest.mark.parametrize("content, headers, status", (
    (b"nothing of ours", BYTES, 403), (bytes(sync.MESSAGE_MAX + 1), BYTES, 413), (b"{}", {"content-type": "application/json"}, 415), (b"", {}, 415),
    (b"x", {**BYTES, "host": "elsewhere.example"}, 421), (b"x", {**BYTES, "origin": "https://elsewhere.example"}, 403),
))  # fmt: skip
def test_what_is_no_board_over_http(served, content, headers, status):
    answer = httpx.post(served.service.url + URL, content=content, headers=headers)
    assert answer.status_code == status and answer.json()["code"] and "set-cookie" not in answer.headers
    assert httpx.get(served.service.url + URL).status_code == 405


@pytest.mark.parametrize("text, good", (
    ('boards_host = "192.168.1.10"\nboards_port = 9000\n', True), ('boards_host = "::"\n', True), ('boards_host = "shop.example"\n', False),
    ("boards_port = 70000\n", False),
))  # fmt: skip
def test_the_settings_of_the_boards_port(tmp_path, text, good):
    (tmp_path / "shop.toml").write_text(text)
    if good:
        assert read_settings(tmp_path / "shop.toml").boards_host
        return
    with pytest.raises(Exception) as caught:
        read_settings(tmp_path / "shop.toml")
    assert caught.value.code == "SETTINGS"
