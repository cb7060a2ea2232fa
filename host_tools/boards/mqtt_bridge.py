"""Boards that reach the shop by way of an MQTT broker: the shop listens on stampd/<scheme>/+/up, and answers on …/down (`terminal.mqtt`).

A PUBACK says that the broker, or this program, took a packet. It is no receipt: only the answer is, which the desk makes after a board's
lines are in the ledger. What is dropped here, because too much waits or the connection is gone, the board sends again.

MQTT 5, for one thing that 3.1.1 has not: the broker keeps messages away that are longer than any of ours. Boards speak 3.1.1 to the same
broker. Sessions are clean, nothing is retained, nothing waits at the broker for a shop that is away.
"""

import logging
import threading
import time
from collections import Counter, deque
from pathlib import Path

from cardos.errors import BadInput
from cardos.records.board_sync import MESSAGE_MAX

log = logging.getLogger("stampd.boards")

WAITING_MAX, OF_ONE_TOPIC_MAX = 64, 4  # messages; a board has one on its way
ANSWERS_MAX = 64  # that the broker has not acknowledged
WORKERS = 2
KEEP_ALIVE_S = 30
DELAY_S = (1, 30)  # between tries to reach the broker: from, doubled up to
TOLD_MAX, TOLD_EVERY = 20, 1000  # messages of one kind in the log: the first, then every so many
_PACKET_MAX = MESSAGE_MAX + 256
_STOP_S = 3.0
_LOGIN_MAX = 4096


def topic_of(scheme, terminal, way):
    """The topic of a board. terminal: a number, or "+" for all; way: "up" or "down". As `terminal.mqtt.topic`, a test compares."""
    return "stampd/%04x/%s/%s" % (scheme, terminal, way)


def login_of(path):
    """(user, password or None) of a file's first two lines; None without a file. BadInput (SETTINGS)."""
    if not path:
        return None
    hint = "Its first line is the user's name at the broker, its second the password."
    try:
        with Path(path).open("rb") as file:
            lines = file.read(_LOGIN_MAX).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:  # the cause is left out: it would carry the file's bytes
        raise BadInput("The file %s that `boards_mqtt_login` names cannot be read (%s)." % (path, type(error).__name__), hint, "SETTINGS") from None
    if not lines or not lines[0]:
        raise BadInput("The file %s that `boards_mqtt_login` names is empty." % path, hint, "SETTINGS")
    return lines[0], lines[1] if len(lines) > 1 else None


class MqttBridge:
    """Between a broker and the desk. desk: anything with `answer(bytes) -> bytes or None`; scheme, terminal: the home's; broker: (host,
    port); login: (user, password or None) or None. Nothing is connected before `start`.

    `counts`: {word: how many} of what came, for the log and for tests. Raises BadInput MQTT_MISSING where the library is not installed.
    """

    def __init__(self, desk, scheme, terminal, broker, login=None):
        try:
            from paho.mqtt import client as mqtt
        except ModuleNotFoundError as error:
            hint = "Install it: pip install 'stampd[mqtt]'. Or take `boards_mqtt` out of shop.toml."
            raise BadInput("`boards_mqtt` needs the package paho-mqtt, which is not here.", hint, "MQTT_MISSING") from error
        self.counts: Counter[str] = Counter()
        self.listening = threading.Event()
        self._desk, self._broker, self._topic = desk, broker, topic_of(scheme, "+", "up")
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._of_topic: Counter[str] = Counter()
        self._turn = threading.Condition()
        self._stopping = threading.Event()
        self._trouble = None
        name = "stampd-%04x-shop-%d" % (scheme, terminal)
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, name, protocol=mqtt.MQTTv5)
        self._client.suppress_exceptions = True
        self._client.enable_logger(logging.getLogger("stampd.mqtt"))
        self._client.reconnect_delay_set(*DELAY_S)
        self._client.max_queued_messages_set(ANSWERS_MAX)
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.on_connect, self._client.on_connect_fail, self._client.on_disconnect = self._connected, self._unreachable, self._disconnected
        self._client.on_subscribe, self._client.on_message = self._subscribed, self._came
        self._threads = [threading.Thread(target=self._stay_connected, name="mqtt", daemon=True)]
        self._threads += [threading.Thread(target=self._work, name="mqtt desk", daemon=True) for _ in range(WORKERS)]

    def start(self):
        """Connects in the background, again and again."""
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Ends the connection; a message at work is answered to the ledger, if not to the board. A second call does nothing."""
        self._stopping.set()
        with self._turn:
            self._turn.notify_all()
        until = time.monotonic() + _STOP_S
        for thread in self._threads:
            while thread.is_alive() and time.monotonic() < until:
                self._client.disconnect()  # more than once: a try to connect that has just begun forgets the first
                thread.join(0.1)

    # The connection: the library's thread

    def _stay_connected(self):
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        host, port = self._broker
        most = Properties(PacketTypes.CONNECT)
        most.MaximumPacketSize = _PACKET_MAX
        while not self._stopping.is_set():
            try:
                self._client.connect_async(host, port, keepalive=KEEP_ALIVE_S, clean_start=True, properties=most)
                self._client.loop_forever(retry_first_connection=True)
            except Exception:  # what the library makes of packets that are none must not end the listening
                log.exception("the connection to the MQTT broker failed")
            self._stopping.wait(DELAY_S[1])

    def _connected(self, client, _data, _flags, reason, _properties):
        from paho.mqtt.client import SubscribeOptions

        if reason.is_failure:
            self._tell("it refuses: %s" % reason)
        else:
            client.subscribe(self._topic, options=SubscribeOptions(qos=1, noLocal=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND))

    def _subscribed(self, _client, _data, _number, reasons, _properties):
        if any(reason.is_failure for reason in reasons):
            self._tell("it does not let the shop listen on %s" % self._topic)
            return
        self._tell(None)
        self.listening.set()

    def _unreachable(self, _client, _data):
        self._tell("it is not reached")

    def _disconnected(self, _client, _data, _flags, reason, _properties):
        if self.listening.is_set():
            self.listening.clear()
            if not self._stopping.is_set():
                self._tell("the connection ended (%s)" % reason)

    def _tell(self, trouble):
        """One line in the log whenever things changed. trouble: text, None when there is none."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        self.counts["changes"] += 1
        if self.counts["changes"] > TOLD_MAX and self.counts["changes"] % TOLD_EVERY:  # two shops under one number take turns for ever
            return
        if trouble is None:
            log.info("boards are heard through the MQTT broker %s:%d", *self._broker)
        else:
            log.warning("MQTT broker %s:%d: %s", *self._broker, trouble)

    def _came(self, _client, _data, message):
        topic = _topic(message)
        with self._turn:
            if topic is None or message.retain or len(message.payload) > MESSAGE_MAX:
                self._drop("strange", "an MQTT message that no board sends")
            elif self._stopping.is_set() or len(self._waiting) >= WAITING_MAX or self._of_topic[topic] >= OF_ONE_TOPIC_MAX:
                self._drop("dropped", "too many MQTT messages wait; boards ask again")
            else:
                self._of_topic[topic] += 1
                self._waiting.append((topic, message.payload))
                self._turn.notify()

    def _drop(self, word, text):
        self.counts[word] += 1
        if self.counts[word] <= TOLD_MAX or self.counts[word] % TOLD_EVERY == 0:
            log.warning(text)

    # The answers: our threads

    def _work(self):
        while True:
            with self._turn:
                while not self._waiting and not self._stopping.is_set():
                    self._turn.wait()
                if self._stopping.is_set():
                    return
                topic, message = self._waiting.popleft()
                self._of_topic[topic] -= 1
                if not self._of_topic[topic]:
                    del self._of_topic[topic]
            answer = self._desk.answer(message)
            self.counts["messages"] += 1
            if answer is not None and self._client.is_connected():
                self._client.publish(topic[: -len("up")] + "down", answer, qos=1)


def _topic(message):
    """The topic of a message, None for what is no board's: somebody else may name a level as they like."""
    try:
        levels = message.topic.split("/")
    except UnicodeDecodeError:  # a topic that is no text
        return None
    number = levels[2] if len(levels) == 4 else ""
    return message.topic if number.isascii() and number.isdigit() and len(number) <= 5 and levels[3] == "up" else None
