"""Each board file opens its parts on the pins that the port takes, with the settings that the chips need; and a part that is
missing or wrongly chosen stops nothing."""

from cardos.errors import ReaderLost
from cardos.records.fields import minute_number
from terminal.boards import choice as choosing
from terminal.boards import esp32, esp32_s3, pico2_w, pico_w, rtc, wifi
from tests.portable.fake_machine import INPUTS_ONLY, FLASH_PINS, fake_board
from tests.portable.pn532_bench import raises, run

BOARDS = ((pico_w, "rp2"), (pico2_w, "rp2"), (esp32, "esp32"), (esp32_s3, "esp32-s3"))
# Read at power-on, USB, its serial line, and where PSRAM hangs on some modules.
LEFT_ALONE = {"rp2": (), "esp32": (0, 1, 2, 3, 5, 12, 15, 16, 17), "esp32-s3": (0, 3, 19, 20, 33, 34, 35, 36, 37, 43, 44, 45, 46)}
WAYS = ("pn532-uart", "pn532-i2c", "pn532-spi", "mfrc522")
NOON = minute_number(2026, 7, 1, 12, 0) * 60


class Folder:
    """Files in memory in the place of `open` and `os` of a module."""

    def __init__(self, module, files=None):
        self.module, self.files = module, files or {}

    def __enter__(self):
        self.module.open = self.open
        self.os, self.module.os = getattr(self.module, "os", None), self
        return self

    def __exit__(self, *trouble):
        del self.module.open
        if self.os is None:
            del self.module.os
        else:
            self.module.os = self.os

    def open(self, path, mode="r"):
        if mode == "r" and path not in self.files:
            raise OSError(2)
        return File(self, path, mode)

    def rename(self, path, other):
        self.files[other] = self.files.pop(path)


class File:
    def __init__(self, folder, path, mode):
        self.folder, self.path = folder, path
        if mode == "w":
            folder.files[path] = ""

    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        return False

    def read(self, *count):
        text, self.path = self.folder.files[self.path], self.path
        return text

    def write(self, text):
        self.folder.files[self.path] += text


def opened(module, chips, choice="{}"):
    """The board of `module` with that board.json."""
    with Folder(choosing, {"/data/board.json": choice}):
        board = module.open_board()
    chips.cs_pins, chips.reset_pins = [board.pins["reader_cs"]], [board.pins["reader_reset"]]
    return board


def choice_of(way, more=""):
    return '{"reader": "%s"%s}' % (way, more)


# --- the tables ---


def test_every_pin_is_one_that_the_board_has_to_give():
    for module, port in BOARDS:
        for role in module.PINS:
            pin = module.PINS[role]
            assert pin in module.USABLE, (module.NAME, role)
            assert pin not in LEFT_ALONE[port] + FLASH_PINS[port] + INPUTS_ONLY[port], (module.NAME, role)


def test_no_choice_of_parts_uses_a_pin_twice():
    for module, _ in BOARDS:
        for way in WAYS:
            for light in ("ws2812", "rgb"):
                for buttons in ("three", "keypad"):
                    choice = choosing.chosen({"reader": way, "light": light, "buttons": buttons, "irq": True}, module.ABILITIES)
                    pins = [module.PINS[role] for role in choosing.roles(choice)]
                    assert len(pins) == len(set(pins)), (module.NAME, choice)


def test_two_tones_never_share_a_slice():
    """On the RP2 two neighbouring pins have one frequency: a buzzer's tone would flicker in the light."""
    for module in (pico_w, pico2_w):
        assert module.PINS["buzzer"] >> 1 & 7 not in [module.PINS[colour] >> 1 & 7 for colour in ("red", "green", "blue")]


def test_the_roles_of_every_ability_are_in_the_table():
    for module, _ in BOARDS:
        for key in choosing.WORDS:
            for word, ability in choosing.WORDS[key]:
                if ability is None or ability in module.ABILITIES:
                    assert not [role for role in choosing.ROLES[word] if role not in module.PINS], (module.NAME, word)


# --- readers ---


def test_a_pn532_is_reached_on_every_bus_of_every_board():
    for module, port in BOARDS:
        for way in ("pn532-uart", "pn532-i2c", "pn532-spi"):
            with fake_board(port) as chips:
                board = opened(module, chips, choice_of(way))
                reader = board.new_reader()
                reader._sleep_ms = reader._chip._sleep_ms = chips.sleep_ms
                reader._chip._bus._sleep_ms = chips.sleep_ms
                run(reader.start())
                assert reader.firmware == (1, 6) and "pn532" in board.abilities and not board.troubles, (module.NAME, way)


def test_an_mfrc522_is_reached_on_every_board():
    for module, port in BOARDS:
        with fake_board(port, reader="mfrc522") as chips:
            board = opened(module, chips, choice_of("mfrc522", ', "irq": true'))
            reader = board.new_reader()
            reader._frames._bus._sleep_ms = reader._frames._sleep_ms = chips.sleep_ms
            reader._frames._ticks_ms = lambda: chips.us // 1000
            run(reader.start())
            facts = chips.of("spi")
            assert facts["mode"] == (0, 0) and facts["baudrate"] <= 10_000_000 and facts["number"] == module.BUSES["spi"]
            assert "mfrc522" in board.abilities and chips.modes[module.PINS["reader_irq"]] == (0, 1)


def test_the_settings_that_people_trip_on():
    for module, port in BOARDS:
        with fake_board(port) as chips:
            opened(module, chips).new_reader()
            facts = chips.of("uart")
            assert facts["baudrate"] == 115200 and facts["rxbuf"] >= 273 and facts["timeout"] == 0
            assert (facts["tx"], facts["rx"]) == (module.PINS["reader_tx"], module.PINS["reader_rx"])
        with fake_board(port) as chips:
            opened(module, chips, choice_of("pn532-i2c")).new_reader()
            facts = chips.of("i2c1")  # the display has the other one: a stretched clock never stops it
            assert facts["timeout"] >= 25_000 and facts["freq"] <= 400_000 and facts["sda"] == module.PINS["reader_sda"]
            assert chips.of("i2c0")["sda"] == module.PINS["display_sda"]
        with fake_board(port) as chips:
            opened(module, chips, choice_of("pn532-spi")).new_reader()
            facts = chips.of("spi")
            assert facts["baudrate"] <= 5_000_000 and facts["mode"] == (0, 0)


def test_a_line_that_hangs_low_is_clocked_free():
    with fake_board("esp32") as chips:
        chips.pulled_low.add(esp32.PINS["reader_sda"])
        opened(esp32, chips, choice_of("pn532-i2c")).new_reader()
        assert chips.modes[esp32.PINS["reader_scl"]][0] == 2 and chips.levels[esp32.PINS["reader_scl"]] == 1


def test_a_reader_that_is_not_there_is_lost_and_not_the_board():
    for module, port in BOARDS:
        for way in WAYS:
            with fake_board(port, reader="none") as chips:
                board = opened(module, chips, choice_of(way))
                chips.cs_pins = []
                chips.pn532.answers[0x14] = ["deaf"]
                chips.fake_spi.is_selected = chips.fake_spi.sending = 2
                reader = board.new_reader()
                bench = reader._frames if way == "mfrc522" else reader._chip
                reader._sleep_ms = bench._sleep_ms = bench._bus._sleep_ms = chips.sleep_ms
                ticks = Ticks(chips)
                bench._ticks_ms = bench._bus._ticks_ms = ticks
                if way == "mfrc522":
                    bench._bus._spi = Open()
                assert raises(ReaderLost, reader.start()).code, (module.NAME, way)


class Ticks:
    def __init__(self, chips):
        self.chips = chips

    def __call__(self):
        self.chips.us += 100
        return self.chips.sleeps_ms + self.chips.us // 1000


class Open:
    """An SPI with nothing on it: the input floats high."""

    def write_readinto(self, out, into):
        for index in range(len(into)):
            into[index] = 0xFF


def test_pins_that_the_bus_does_not_take_are_told():
    with fake_board("rp2") as chips:
        board = opened(pico_w, chips, '{"pins": {"reader_tx": 15}}')
        assert board.pins["reader_tx"] == 15
        assert "board.json" in raises_plain(ReaderLost, board.new_reader).hint


def raises_plain(kind, function):
    try:
        function()
    except kind as trouble:
        return trouble
    raise AssertionError("no %s" % kind)


# --- the other parts ---


def test_all_parts_open_and_say_so():
    for module, port in BOARDS:
        with fake_board(port) as chips:
            board = opened(module, chips)
            assert board.troubles == [] and board.name == module.NAME
            assert board.display and board.light and board.buzzer and board.buttons
            assert board.abilities[:5] == ("pn532", "display", "light", "buzzer", "buttons")
            assert "watchdog" in board.abilities and "wifi" in board.abilities
            assert ("rtc" in board.abilities) == (module is not pico_w)
            board.light.set((0, 9, 0))
            assert chips.of("neopixel")["pin"] == module.PINS["light"] and chips.pixels[-1] != ((0, 0, 0),)
            assert chips.of("pwm%d" % module.PINS["buzzer"])["duty"] == 0
            for role in ("redeem", "undo", "cancel"):
                assert chips.modes[module.PINS[role]] == (0, 1), "an input with its pull-up"
            board.display.show()
            assert chips.shown


def test_the_other_kinds_of_parts():
    for module, port in BOARDS[:2] + BOARDS[3:]:
        for light, off in (("rgb", 0), ("rgb-anode", 0xFFFF)):
            with fake_board(port) as chips:
                board = opened(module, chips, '{"display": "sh1106", "light": "%s", "buttons": "keypad", "buzzer": false}' % light)
                assert board.troubles == [] and board.buzzer is None and "keypad" in board.abilities
                assert chips.of("pwm%d" % module.PINS["red"])["duty"] == off
                assert chips.modes[module.PINS["row1"]][0] == 2 and chips.modes[module.PINS["column4"]] == (0, 1)
                board.display.show()
                assert chips.shown


def later(chips, held, what):
    """A sleep in which `what` joins the set `held` after 100 ms; it fails when that is not seen within a second."""
    async def sleep_ms(ms):
        chips.sleeps_ms += ms
        assert chips.sleeps_ms < 1000
        if chips.sleeps_ms >= 100:
            held.add(what)

    return sleep_ms


def test_a_key_and_a_button_are_what_was_pressed():
    for module, port in BOARDS:
        with fake_board(port) as chips:
            buttons = opened(module, chips).buttons
            buttons._sleep_ms = later(chips, chips.pulled_low, module.PINS["undo"])
            assert run(buttons.next()) == "undo"
        if "keypad" in module.ABILITIES:
            with fake_board(port) as chips:
                keypad = opened(module, chips, '{"buttons": "keypad"}').buttons
                keypad._sleep_ms = later(chips, chips.bridges, (module.PINS["row2"], module.PINS["column3"]))
                assert run(keypad.next()) == "6"


def test_a_missing_display_stops_nothing():
    for module, port in BOARDS:
        with fake_board(port, display=False) as chips:
            board = opened(module, chips)
            board.display.show()
            assert board.new_reader() is not None and board.troubles and not chips.shown


def test_a_part_that_was_left_out_is_none():
    with fake_board("esp32") as chips:
        board = opened(esp32, chips, '{"display": "none", "light": "none", "buttons": "none", "buzzer": false, "watchdog": false}')
        assert (board.display, board.light, board.buttons, board.buzzer, board.watchdog) == (None, None, None, None, None)
        assert board.abilities == ("pn532", "wifi", "rtc") and chips.opened == []


def test_what_a_board_cannot_is_told_and_left_at_the_usual():
    with fake_board("esp32") as chips:
        board = opened(esp32, chips, '{"buttons": "keypad", "reader": "acr122", "buzzer": 1, "country": "Latvia", "light": "rgb"}')
        assert len(board.troubles) == 5 and board.choice["reader"] == "pn532-uart" and board.choice["buttons"] == "three"
        assert board.choice["country"] == "LV" and board.choice["light"] == "ws2812"


def test_a_broken_or_missing_file_is_the_usual_choice():
    with fake_board("rp2") as chips:
        assert len(opened(pico_w, chips, '{"reader": ').troubles) == 1
    with fake_board("rp2") as chips:
        assert len(opened(pico_w, chips, "[1]").troubles) == 1
    with fake_board("rp2"):
        assert pico_w.open_board("/no/such/folder").troubles == []


def test_pins_of_a_person():
    with fake_board("esp32-s3") as chips:
        board = opened(esp32_s3, chips, '{"pins": {"light": 38}}')
        assert chips.of("neopixel")["pin"] == 38 and board.troubles == []
    for pins in ('{"light": 35}', '{"light": 47}', '{"nonsense": 38}', '{"light": true}', '{"light": [38]}', "7", '{"light": null}'):
        with fake_board("esp32-s3") as chips:
            board = opened(esp32_s3, chips, '{"pins": %s}' % pins)
            assert board.pins == esp32_s3.PINS, pins


# --- watchdog, network, time ---


def test_the_watchdog_starts_with_its_first_feed():
    for module, port in BOARDS:
        with fake_board(port) as chips:
            board = opened(module, chips)
            assert not [what for what, _ in chips.opened if what == "wdt"]
            board.watchdog.feed()
            board.watchdog.feed()
            assert chips.of("wdt")["timeout"] == 8000 and chips.fed == 2


def joined(chips, board, way):
    before = wifi.sleep_ms
    wifi.sleep_ms = chips.sleep_ms
    try:
        return run(board.connect(way))
    finally:
        wifi.sleep_ms = before


def test_wifi_joins_with_its_country_and_without_power_saving():
    with fake_board("rp2") as chips:
        board = opened(pico_w, chips, '{"country": "DE"}')
        assert joined(chips, board, None) is False and chips.radio.said == []
        assert joined(chips, board, ["shop", "secret"]) is True
        assert chips.radio.said[:3] == [("country", "DE"), ("active", True), ("config", {"pm": 16})]
        assert chips.radio.said[-1] == ("connect", "shop", "secret") and chips.sleeps_ms == 400
        said = len(chips.radio.said)
        assert joined(chips, board, ["shop", "secret"]) is True and len(chips.radio.said) == said, "a connection that stands is kept"


def test_a_connection_that_fell_silent_is_given_up_and_joined_anew():
    with fake_board("rp2") as chips:
        board = opened(pico_w, chips)
        board.disconnect()
        assert chips.radio.said == []
        assert joined(chips, board, ["shop", "secret"])
        board.disconnect()
        assert chips.radio.said[-1] == ("disconnect",) and joined(chips, board, ["shop", "secret"])
        assert [said[0] for said in chips.radio.said].count("connect") == 2


def test_wifi_that_does_not_come_gives_up_in_time():
    with fake_board("esp32") as chips:
        board = opened(esp32, chips)
        chips.radio.joins = None
        assert joined(chips, board, ["shop", "wrong"]) is False and 14_000 < chips.sleeps_ms < 16_000
        assert chips.radio.said[-1] == ("disconnect",)
        chips.radio.joins = 1
        assert joined(chips, board, ["shop", "secret"]) is True


def test_a_radio_that_is_broken_is_no_network():
    with fake_board("esp32") as chips:
        board = opened(esp32, chips)
        chips.radio.active = None_there
        assert joined(chips, board, ["shop", "secret"]) is False


def None_there(on):
    raise OSError("radio")


def test_a_kept_time_knows_its_age():
    with fake_board("esp32") as chips:
        board = opened(esp32, chips)
        with Folder(rtc) as folder:
            assert board.kept_time() is None
            board.keep_time(NOON)
            assert chips.datetime == (2026, 7, 1, 0, 12, 0, 0, 0) and board.kept_time() == (NOON, 0)
            chips.datetime = (2026, 7, 1, 2, 18, 0, 5, 0)
            assert board.kept_time() == (NOON + 6 * 3600 + 5, 6 * 3600 + 5)
            board.keep_time(NOON + 7 * 3600)
            assert folder.files == {"/data/told": "%d" % NOON}, "one write a day"
            board.keep_time(NOON + 30 * 3600)
            assert folder.files == {"/data/told": "%d" % (NOON + 30 * 3600)}
            chips.datetime = (2000, 1, 1, 5, 0, 0, 1, 0)
            assert board.kept_time() is None
            chips.datetime = (2026, 7, 1, 2, 18, 0, 5, 0)
            assert board.kept_time() is None, "before it was told: somebody set it back"
            folder.files["/data/told"] = "12x"
            assert board.kept_time() is None


def test_a_board_without_such_a_clock_keeps_nothing():
    with fake_board("rp2") as chips:
        board = opened(pico_w, chips)
        with Folder(rtc) as folder:
            board.keep_time(NOON)
            assert board.kept_time() is None and folder.files == {} and chips.datetime[0] == 2021


def test_number_and_restart():
    with fake_board("rp2") as chips:
        board = opened(pico_w, chips)
        assert len(board.unique_id()) == 8
        board.restart()
        assert chips.restarts == 1
