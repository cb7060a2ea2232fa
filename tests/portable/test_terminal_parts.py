"""The terminal's small parts with fake pins: buzzer, light, buttons that bounce, and a keypad without diodes."""

from terminal.parts.buttons import SCAN_MS, Buttons
from terminal.parts.buzzer import Buzzer
from terminal.parts.keypad import KEYS, Keypad
from terminal.parts.light import RgbLight, Ws2812Light

WAIT_MAX_MS = 2000


class Stop(Exception):
    """Time is over."""


class Time:
    """A sleep whose passing changes the world: `events` is [(at ms, call)], rising."""

    def __init__(self, events=()):
        self.now, self.events = 0, list(events)

    async def sleep_ms(self, ms):
        self.now += ms
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1]()
        if self.now > WAIT_MAX_MS:
            raise Stop()


def finish(coroutine):
    """Run a coroutine that waits for nothing but `Time`."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("waits for something else")


def pressed(part, time):
    """Every word that comes until the time is over, each with its moment."""
    words = []
    try:
        while True:
            words.append((finish(part.next()), time.now))
    except Stop:
        return [word for word, _ in words]


class Pwm:
    def __init__(self):
        self.hz, self.duty, self.said = 0, None, []

    def freq(self, hz):
        self.hz = hz

    def duty_u16(self, duty):
        self.duty = duty
        self.said.append((self.hz, duty))


class Pixels(list):
    written = 0

    def write(self):
        self.written += 1


class Button:
    level = 1

    def value(self):
        return self.level

    def to(self, level):
        def act():
            self.level = level

        return act


# --- buzzer and light ---


def test_a_buzzer_plays_and_is_silent_after():
    pwm, time = Pwm(), Time()
    finish(Buzzer(pwm, time.sleep_ms).play([(1760, 70), (0, 30), (880, 50)]))
    assert pwm.said == [(0, 0), (1760, 0x8000), (1760, 0), (880, 0x8000), (880, 0)] and time.now == 150


def test_a_buzzer_that_is_cut_off_is_silent():
    pwm = Pwm()
    try:
        finish(Buzzer(pwm, Time().sleep_ms).play([(440, WAIT_MAX_MS + 1)]))
    except Stop:
        pass  # what a cancelled task sees
    assert pwm.duty == 0


def test_a_pixel_light_sets_every_pixel():
    pixels = Pixels([None, None])
    light = Ws2812Light(pixels)
    assert pixels == [(0, 0, 0)] * 2 and pixels.written == 1
    light.set((1, 2, 3))
    assert pixels == [(1, 2, 3)] * 2 and pixels.written == 2


def test_three_leds_are_dark_and_full_at_the_ends():
    for anode in (False, True):
        pwms = (Pwm(), Pwm(), Pwm())
        light = RgbLight(pwms[0], pwms[1], pwms[2], common_anode=anode)
        dark, full = (0xFFFF, 0) if anode else (0, 0xFFFF)
        assert [pwm.duty for pwm in pwms] == [dark] * 3
        light.set((255, 0, 128))
        assert [pwm.duty for pwm in pwms[:2]] == [full, dark]
        assert abs(abs(pwms[2].duty - dark) - 0xFFFF // 4) < 300


# --- buttons ---


def three():
    return {"redeem": Button(), "undo": Button(), "cancel": Button()}


def test_a_press_is_one_word_however_it_bounces_and_however_long_it_is():
    pins = three()
    redeem = pins["redeem"]
    events = [(100, redeem.to(0)), (110, redeem.to(1)), (120, redeem.to(0)), (900, redeem.to(1)), (910, redeem.to(0)), (920, redeem.to(1)),
              (1200, redeem.to(0)), (1400, redeem.to(1))]
    time = Time(events)
    assert pressed(Buttons(pins, time.sleep_ms), time) == ["redeem", "redeem"]


def test_a_spike_is_nothing_and_a_button_held_at_the_start_counts_once_let_go():
    pins = three()
    pins["undo"].level = 0
    undo, cancel = pins["undo"], pins["cancel"]
    time = Time([(100, cancel.to(0)), (100 + SCAN_MS, cancel.to(1)), (500, undo.to(1)), (700, undo.to(0))])
    assert pressed(Buttons(pins, time.sleep_ms), time) == ["undo"]


def test_two_buttons_at_once_are_both_told():
    pins = three()
    time = Time([(100, pins["undo"].to(0)), (100, pins["cancel"].to(0))])
    assert sorted(pressed(Buttons(pins, time.sleep_ms), time)) == ["cancel", "undo"]


# --- keypad ---


class Matrix:
    """Sixteen switches without diodes: a row that is pulled low pulls down all that closed switches connect it to."""

    def __init__(self):
        self.down = set()
        self.levels = [1] * 4
        self.rows = [Row(self, at) for at in range(4)]
        self.columns = [Column(self, at) for at in range(4)]

    def low_columns(self):
        rows = {at for at in range(4) if not self.levels[at]}
        columns = set()
        while True:
            more = {column for row, column in self.down if row in rows}
            more_rows = {row for row, column in self.down if column in more}
            if more <= columns and more_rows <= rows:
                return columns
            columns, rows = columns | more, rows | more_rows

    def press(self, *keys):
        return lambda: [self.down.add(key) for key in keys]

    def let_go(self, *keys):
        return lambda: [self.down.discard(key) for key in keys]


class Row:
    def __init__(self, matrix, at):
        self.matrix, self.at = matrix, at

    def value(self, level):
        self.matrix.levels[self.at] = level


class Column:
    def __init__(self, matrix, at):
        self.matrix, self.at = matrix, at

    def value(self):
        assert self.matrix.levels.count(0) == 1  # one row at a time
        return 0 if self.at in self.matrix.low_columns() else 1


def typed(matrix, *events):
    time = Time(events)
    return pressed(Keypad(matrix.rows, matrix.columns, sleep_ms=time.sleep_ms), time)


def test_every_key_says_its_word():
    words = [word for row in KEYS for word in row]
    assert set(words) == {str(digit) for digit in range(10)} | {"00", "enter", "cancel", "redeem", "undo"}
    for row in range(4):
        for column in range(4):
            matrix = Matrix()
            key = (row, column)
            assert typed(matrix, (100, matrix.press(key)), (300, matrix.let_go(key))) == [KEYS[row][column]]
            assert matrix.levels == [1, 1, 1, 1]


def test_the_same_digit_twice_is_two_and_bouncing_is_one():
    matrix, key = Matrix(), (1, 1)
    events = [(100, matrix.press(key)), (110, matrix.let_go(key)), (120, matrix.press(key)), (300, matrix.let_go(key)),
              (500, matrix.press(key)), (700, matrix.let_go(key))]
    assert typed(matrix, *events) == ["5", "5"]


def test_the_second_of_two_keys_types_nothing():
    matrix = Matrix()
    events = [(100, matrix.press((0, 0))), (300, matrix.press((1, 1))), (500, matrix.let_go((0, 0))), (700, matrix.let_go((1, 1))),
              (900, matrix.press((2, 2)))]
    assert typed(matrix, *events) == ["1", "9"]


def test_three_corners_make_no_ghost():
    matrix = Matrix()
    corners = ((0, 0), (0, 1), (1, 0))
    events = [(100, matrix.press(*corners)), (300, matrix.let_go((0, 0))), (500, matrix.let_go((0, 1))), (700, matrix.let_go((1, 0))),
              (900, matrix.press((1, 1)))]
    assert typed(matrix, *events) == ["5"]
