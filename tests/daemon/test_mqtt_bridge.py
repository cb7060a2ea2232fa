"""Boards behind an MQTT broker, with mosquitto as the broker: the firmware's sync over the firmware's line, the daemon's bridge, a real ledger."""

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
import time

import pytest

from cardos.records import board_sync as sync
from host_tools.boards.board_settings import sync_of
from host_tools.boards.mqtt_bridge import OF_ONE_TOPIC_MAX, MqttBridge, login_of, topic_of
from host_tools.boards.sync_desk import SyncDesk
from host_tools.settings import Settings, read_settings
from terminal.line import NoShop
from terminal.mqtt import MqttLine, topic
from tests.daemon.firmware_board import Firmware
from tests.needs import needs_module, needs_program
from tests.whole_system import shop_lab

PATIENCE_S = 20
RIGHTS = """user shop
topic read stampd/ffff/+/up
topic write stampd/ffff/+/down
user board
topic write stampd/ffff/2/up
topic read stampd/ffff/2/down
user guest
topic readwrite #
"""


def until(good):
    end = time.monotonic() + PATIENCE_S
    while not good():
        assert time.monotonic() < end, "never came"
        time.sleep(0.01)


class Broker:
    """mosquitto on a port of its own; every user's password is "word". It can be killed and started again."""

    def __init__(self, folder):
        self._program, passwords = needs_program("mosquitto", "mosquitto"), needs_program("mosquitto_passwd", "mosquitto")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for number, user in enumerate(("shop", "board", "guest")):
            subprocess.run([passwords, "-b", *(["-c"] if not number else []), folder / "users", user, "word"], check=True, capture_output=True)
        (folder / "rights").write_text(RIGHTS)
        (folder / "conf").write_text(
            "listener %d 127.0.0.1\nallow_anonymous false\npassword_file %s\nacl_file %s\nuser root\n" % (self.port, folder / "users", folder / "rights")
        )
        for path in (folder / "users", folder / "rights"):
            path.chmod(0o600)
        self._conf, self._process = folder / "conf", None

    def start(self):
        self._process = subprocess.Popen([self._program, "-c", self._conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._answers)

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def broker(tmp_path):
    needs_module("paho.mqtt")
    (tmp_path / "broker").mkdir()
    made = Broker(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def bridge(broker):
    """bridge(desk): a bridge that listens; stopped at the end."""
    made = []

    def make(desk, login=("shop", "word")):
        made.append(MqttBridge(desk, 0xFFFF, 1, ("127.0.0.1", broker.port), login))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
        assert not any(thread.is_alive() for thread in one._threads)


class Twice:
    """A desk that hears each message twice, as a broker may deliver it."""

    def __init__(self, desk):
        self.desk, self.heard = desk, 0

    def answer(self, message):
        self.heard += 1
        first = self.desk.answer(message)
        second = self.desk.answer(message)
        assert (first is None) == (second is None)
        return first


def line_at(broker, user="board"):
    return lambda scheme, terminal: MqttLine("127.0.0.1", broker.port, scheme, terminal, user, "word", 2000)


async def synced(board, tries=40):
    """Everything is at the shop; how often that was tried."""
    for number in range(1, tries):
        try:
            await board.firmware.once()
        except NoShop:  # as the firmware does: later again
            await asyncio.sleep(0.25)
            continue
        if board.journal.stored == board.journal.count:
            return number
    raise AssertionError("never all at the shop")


def test_thirty_taps_arrive_through_the_broker_though_it_dies_in_the_middle(shop, broker, bridge):
    lab = shop(quick_amounts=(450,))
    card = shop_lab.blank()
    lab.tap(card, kind="issue")
    desk = Twice(SyncDesk(lab.home))
    shop_side = bridge(desk)
    board = Firmware(lab.home, desk, line_at(broker))
    assert shop_side.listening.wait(PATIENCE_S)

    async def day():
        for tap in range(30):
            board.sell(card)
            if tap == 12:
                broker.kill()
                until(lambda: not shop_side.listening.is_set())
                with pytest.raises(NoShop):
                    await board.firmware.once()
            if tap == 16:
                broker.start()
            if tap in (3, 4, 8, 20, 29):
                await synced(board)
        tries = await synced(board)
        await board.wire.close()
        return tries

    asyncio.run(day())
    assert board.journal.stored == board.journal.count == 60 and desk.heard >= 6
    assert lab.home.store.boards.of(board.terminal).lines == 60 and lab.home.store.today(lab.home.local_day())["sales"] == 30
    assert lab.home.store.cases() == [] and lab.home.store.verify()["ok"] and board.firmware.trouble is None
    assert sorted(name for name in ("pack", "list", "settings", "certificate") if board.kept.read(name)) == ["certificate", "list", "pack", "settings"]


def test_a_daemon_with_a_broker_shows_live_what_its_boards_do(serve, broker, tmp_path):
    (tmp_path / "login").write_text("shop\nword\n")
    served = serve(boards_mqtt="localhost:%d" % broker.port, boards_mqtt_login=str(tmp_path / "login"), quick_amounts=(450,))
    card = shop_lab.blank()
    board = Firmware(served.home, served.shop.sync_desk, line_at(broker))
    assert served.service._bridge.listening.wait(PATIENCE_S)
    from tests.daemon.test_board_lines import issued

    board.tap(card, lambda terms: issued(terms, served.home))
    with served.till.listen() as events:
        board.sell(card)
        asyncio.run(synced(board))
        assert events.until("today", lambda data: data["sales"] == 1)
    served.service.stop()
    served._thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in served.service._bridge._threads)


def test_what_is_no_message_of_a_board(broker, bridge, caplog):
    class Desk:
        heard = []

        def answer(self, message):
            self.heard.append(message)
            return b"answer" if message == b"question" else None

    mqtt = needs_module("paho.mqtt.client")
    made = bridge(Desk())
    assert made.listening.wait(PATIENCE_S)
    guest, came = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "guest"), []
    guest.username_pw_set("guest", "word")
    guest.on_message = lambda client, data, message: came.append((message.topic, message.payload))
    guest.connect("127.0.0.1", broker.port)
    guest.loop_start()
    guest.subscribe("stampd/ffff/+/down", 1)
    for name, data, retain in (
        ("2/up", b"retained", True), ("2/up", bytes(sync.MESSAGE_MAX + 1000), False), ("2/up", bytes(1 << 20), False), ("2/up", b"", False),
        ("no number/up", b"x", False), ("2/down", b"not for the shop", False), ("2/up", b"question", False),
    ):  # fmt: skip
        guest.publish("stampd/ffff/" + name, data, 1, retain)
    until(lambda: ("stampd/ffff/2/down", b"answer") in came)
    assert set(Desk.heard) <= {b"retained", b"", b"question"} and made.listening.is_set()
    again = bridge(Desk())  # the same number once more: the broker lets one in, and nothing of what is retained comes
    assert again.listening.wait(PATIENCE_S)
    guest.publish("stampd/ffff/2/up", b"", 1, True)
    guest.loop_stop()
    guest.disconnect()


def test_a_flood_of_one_topic_leaves_the_others_alone():
    needs_module("paho.mqtt")
    made = MqttBridge(None, 0xFFFF, 1, ("127.0.0.1", 1))

    class Message:
        retain, payload = False, b"x"

        def __init__(self, terminal):
            self.topic = topic_of(0xFFFF, terminal, "up")

    for _ in range(500):
        made._came(None, None, Message(3))
    made._came(None, None, Message(2))
    assert [name for name, _ in made._waiting] == [topic_of(0xFFFF, 3, "up")] * OF_ONE_TOPIC_MAX + [topic_of(0xFFFF, 2, "up")]
    for terminal in range(100, 400):
        made._came(None, None, Message(terminal))
    assert len(made._waiting) == 64 and made.counts["dropped"] == 500 - 4 + 300 - 59


def test_a_broker_that_refuses_is_told_once(bridge, caplog):
    caplog.set_level(logging.INFO, "stampd.boards")
    made = bridge(None, login=("shop", "wrong"))
    until(lambda: "refuses" in caplog.text)
    time.sleep(1.5)
    assert caplog.text.count("refuses") == 1 and not made.listening.is_set() and "wrong" not in caplog.text


def test_a_broker_that_does_not_let_us_listen(caplog):
    codes, kinds = needs_module("paho.mqtt.reasoncodes"), needs_module("paho.mqtt.packettypes")
    made = MqttBridge(None, 0x1234, 1, ("127.0.0.1", 1))
    made._subscribed(None, None, 1, [codes.ReasonCode(kinds.PacketTypes.SUBACK, "Not authorized")], None)
    assert "does not let the shop listen on stampd/1234/+/up" in caplog.text and not made.listening.is_set()


def test_a_broker_that_is_not_there(caplog):
    needs_module("paho.mqtt")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        made = MqttBridge(None, 0xFFFF, 1, nobody.getsockname())
        made.start()
        until(lambda: "is not reached" in caplog.text)
        began = time.monotonic()
        made.stop()
        made.stop()
    assert time.monotonic() - began < 4 and not any(thread.is_alive() for thread in made._threads)


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "paho.mqtt", None)
    monkeypatch.setitem(sys.modules, "paho", None)
    with pytest.raises(Exception) as caught:
        MqttBridge(None, 0xFFFF, 1, ("127.0.0.1", 1883))
    assert caught.value.code == "MQTT_MISSING" and "pip install" in caught.value.hint


def test_topics_are_those_of_the_boards():
    for way in ("up", "down"):
        assert topic_of(0x5354, 7, way) == topic(0x5354, 7, way)


@pytest.mark.parametrize("text, broker", [
    ("192.168.1.10:1883", ("192.168.1.10", 1883)), ("broker.shop.example:8883", ("broker.shop.example", 8883)), ("[fd00::1]:1883", ("fd00::1", 1883)),
    ("broker", None), ("broker:0", None), ("broker:70000", None), ("mqtt://broker:1883", None), ("user@broker:1883", None), ("a..b:1883", None),
    ("x" * 64 + ":1883", None), ("broker:1883\\n", None),
])  # fmt: skip
def test_the_settings_of_the_broker(tmp_path, text, broker):
    (tmp_path / "shop.toml").write_text('boards_mqtt = "%s"\n' % text)
    if broker is None:
        with pytest.raises(Exception) as caught:
            read_settings(tmp_path / "shop.toml")
        assert caught.value.code == "SETTINGS" and "boards_mqtt" in caught.value.message
        return
    settings = read_settings(tmp_path / "shop.toml")
    assert settings.mqtt_broker == broker and sync_of(settings) == {"how": "mqtt", "host": broker[0], "port": broker[1], "every_s": 60}
    assert sync_of(Settings(boards_mqtt=text, boards_host="192.168.1.9"))["how"] == "tcp"


def test_the_login_file(tmp_path):
    (tmp_path / "login").write_text("shop\nword\n")
    assert login_of(str(tmp_path / "login")) == ("shop", "word") and login_of("") is None
    for data in (b"", b"\nword", b"\xff\xfe"):
        (tmp_path / "login").write_bytes(data)
        with pytest.raises(Exception) as caught:
            login_of(str(tmp_path / "login"))
        assert caught.value.code == "SETTINGS" and "word" not in caught.value.message
    with pytest.raises(Exception):
        login_of(str(tmp_path / "none"))
