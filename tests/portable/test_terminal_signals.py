"""What the terminal says: every word has a screen, a colour and a tune; every text of every language fits both displays."""

from terminal import screens, signals
from terminal.displays import drawing, font, layout
from terminal.words import Words, plural

LANGUAGES = ("en", "lv", "lt", "ru")
SETTINGS = {"shop": "Kafejnīca", "language": "en", "currency": "EUR", "digits": 2, "mode": "stamp", "quiet": False, "brightness": 255}
CARD = {"now": 7, "needed": 10, "left": 3, "reward": "free coffee x1", "earned": {"stamps": 1}, "counters": {"stamps": 7}}
IN_SEAMS = (
    "starting", "self_test_failed", "idle", "reading", "earned", "redeemed", "offer", "shown", "undone", "settled_landed", "settled_not_landed",
    "in_doubt", "in_doubt_reward", "blocked", "not_ours", "refused", "lost", "reader_gone", "full", "expired", "revoked", "unsure", "trouble",
    "updating", "guard", "amount",
)  # fmt: skip
CODES_SAID = (
    "STALE_CARD", "NEEDS_REPAIR", "READ_AGAIN", "CARD_FULL", "NO_REWARD", "OVERDRAW", "LIMIT", "CLOCK_UNSURE", "CERTIFICATE_EXPIRED",
    "CERTIFICATE_MISSING", "TERMINAL_REVOKED", "TERMINAL_CLONED", "JOURNAL_FULL", "FAMILY_NOT_ON_THIS_TERMINAL", "ALREADY_UNDONE",
    "NOT_THE_LAST_SALE", "TWO_CARDS", "NO_PACK", "NOT_ALLOWED", "AMOUNT_TOO_LARGE", "KEYS_EPOCH_CLOSED", "NO_SUCH_SALE", "BLANK_CARD",
    "OTHER_SCHEME", "NOT_GENUINE", "CARD_REPLACED", "TAP_TOO_LONG", "READER_GONE", "WRONG_KEY", "NOT_ELIGIBLE", "ALREADY_STAMPED",
)  # fmt: skip


class Glass:
    def __init__(self, height=64):
        self.width, self.height, self.frame = 128, height, bytearray(16 * height)
        self.shown, self.levels = 0, []

    def show(self):
        self.shown += 1

    def contrast(self, level):
        self.levels.append(level)


class Light:
    colour = None

    def set(self, colour):
        self.colour = colour


class Tune:
    def __init__(self, notes):
        self.notes, self.is_closed = notes, False

    def close(self):
        self.is_closed = True


class Buzzer:
    last = None

    def play(self, notes):
        self.last = Tune(notes)
        return self.last


class Task:
    def __init__(self, tune):
        self.tune, self.is_cancelled = tune, False

    def cancel(self):
        self.is_cancelled = True


class Board:
    def __init__(self, height=64):
        self.display, self.light, self.buzzer, self.said = Glass(height), Light(), Buzzer(), []

    def say(self, word, facts):
        self.said.append((word, facts))


class NoParts:
    display = light = buzzer = None


class Loop:
    """What `signals` needs of asyncio: tasks are kept, or refused as CPython does where no loop runs."""

    def __init__(self, runs=True):
        self.tasks, self.runs = [], runs

    def create_task(self, tune):
        if not self.runs:
            raise RuntimeError("no running event loop")
        self.tasks.append(Task(tune))
        return self.tasks[-1]


def bench(height=64, runs=True, **changes):
    """(board, signals, loop)."""
    settings = dict(SETTINGS)
    settings.update(changes)
    board, loop = Board(height), Loop(runs)
    return board, signals.Signals(board, settings, loop.create_task), loop


def screen(word, facts=None, **changes):
    settings = dict(SETTINGS)
    settings.update(changes)
    return screens.screen_of(word, facts or {}, settings, Words(settings["language"]))


def keys_of(text):
    return [line.split("=")[0] for line in text.strip().split("\n")]


def texts_of(text):
    return [line.split("=", 1)[1] for line in text.strip().split("\n")]


# --- words ---


def test_every_word_of_the_seams_has_a_screen_a_colour_and_a_tune():
    assert sorted(IN_SEAMS) == list(signals.WORDS)
    for word in IN_SEAMS:
        board, shown, _ = bench()
        shown.show(word)
        assert any(board.display.frame) and board.display.shown == 1 and any(board.light.colour) and board.said == [(word, {})], word
        for hz, ms in signals.LOOKS[word][1]:
            assert (hz == 0 or 200 <= hz <= 4000) and 10 <= ms <= 400


def test_an_unknown_word_is_our_bug():
    for call in (lambda: bench()[1].show("hello"), lambda: screen("hello"), lambda: Words("en").text("hello")):
        try:
            call()
        except KeyError:  # as it should be
            continue
        raise AssertionError("taken")


def test_outcomes_that_ask_different_things_of_a_person_look_and_sound_different():
    looks = [signals.LOOKS[word] for word in ("earned", "redeemed", "offer", "undone", "lost", "in_doubt_reward", "refused", "idle", "reading")]
    assert len(set(looks)) == len(looks)


def test_boards_without_parts_show_every_word_to_nobody():
    shown = signals.Signals(NoParts(), SETTINGS)
    for word in signals.WORDS:
        shown.show(word, CARD)


def test_a_new_word_cuts_the_old_tune_off_and_quiet_is_quiet():
    board, shown, loop = bench()
    shown.show("earned", CARD)
    shown.show("idle")
    assert len(loop.tasks) == 1 and not loop.tasks[0].is_cancelled  # a silent word lets it end
    shown.show("refused", {"code": "LIMIT"})
    assert loop.tasks[0].is_cancelled and loop.tasks[1].tune.notes == signals.BAD
    board, shown, loop = bench(quiet=True)
    shown.show("earned", CARD)
    assert board.buzzer.last is None and loop.tasks == []
    board, shown, loop = bench(runs=False)
    shown.show("earned", CARD)
    assert board.buzzer.last.is_closed and board.light.colour == (0, 255, 0)


def test_brightness_and_language_follow_the_settings():
    board, shown, _ = bench(brightness=51)
    shown.show("earned", CARD)
    assert board.light.colour == (0, 51, 0) and board.display.levels == [51]
    english = board.display.frame[:]
    changed = dict(SETTINGS, brightness=51)
    changed["language"] = "ru"
    shown.configure(changed)
    shown.show("earned", CARD)
    assert board.display.frame != english and board.display.levels == [51]
    assert Words("xx").language is not None and Words("xx").text("lost") == Words("en").text("lost")


def test_the_idle_light_tells_of_a_wish_and_of_trouble():
    board, shown, _ = bench()
    for facts, colour in (({}, signals.WHITE), ({"offline": True}, signals.OFFLINE), ({"offline": True, "wish": "redeem"}, signals.ARMED)):
        shown.show("idle", facts)
        assert board.light.colour == colour


# --- screens ---


def test_stamps():
    assert screen("earned", CARD) == ("7/10", ["3 to go"], (7, 10), "")
    assert screen("earned", dict(CARD, earned={"stamps": 2}))[1] == ["+2 · 3 to go"]
    assert screen("earned", {"now": 320, "needed": 500, "earned": {"points": 12}}) == ("320/500", ["+12 · 180 to go"], None, "")
    assert screen("earned", {"earned": {"visits": 2}}) == ("+2", [], None, "") and screen("earned") == ("", ["Stamped"], None, "")
    assert screen("earned", dict(CARD, code="LIMIT"))[1] == [Words("en").code("LIMIT")]
    assert screen("shown", {"counters": {"points": 41}})[0] == "41" and screen("shown")[1] == ["Nothing on this card yet"]
    assert screen("shown", {"now": 10, "needed": 10, "left": 0, "reward": "free coffee x1"})[1] == ["free coffee"]


def test_rewards_and_money():
    assert screen("offer", {"now": 12, "needed": 10, "reward": "tea x2"}) == ("12/10", ["2 × tea", "Press REWARD to give it"], (12, 10), "")
    facts = {"rewards": ["free coffee x1", "cake"], "paid": 350, "discount": 250}
    assert screen("redeemed", facts) == (font.TICK, ["free coffee", "cake", "To pay 3.50 €"], None, "")
    assert screen("redeemed") == (font.TICK, ["Reward given"], None, "")
    for language, digits, currency, text in (("en", 2, "EUR", "0.05 €"), ("lv", 2, "EUR", "0,05 €"), ("ru", 0, "JPY", "5 JPY"), ("lt", 3, "TND", "0,005 TND")):
        assert screen("amount", {"amount": 5}, language=language, digits=digits, currency=currency)[0] == text
    assert screen("amount")[0] == "0.00 €" and screen("amount", {"amount": 1250, "digits": 0, "currency": "HUF"})[0] == "1250 HUF"


def test_idle():
    assert screen("idle") == ("Kafejnīca", ["Hold the card here"], None, "")
    assert screen("idle", mode="amount")[1] == ["Type the amount"]
    assert screen("idle", {"offline": True, "unsure": True, "journal_low": True})[3] == font.NO_NETWORK + font.CLOCK_UNSURE + font.JOURNAL_LOW
    assert screen("idle", {"wish": "redeem"})[1] == ["Reward: hold the card"] and screen("idle", {"wish": "undo"})[1] == ["Undo: hold the card"]
    assert screen("idle", {"wish": 450}) == ("4.50 €", ["Tap the card"], None, "")


def test_what_was_settled_says_whether_to_hand_over():
    for word in ("settled_landed", "settled_not_landed"):
        said = [screen(word, {"operation": operation})[1][0] for operation in (None, "earn", "redeem", "undo")]
        assert said[0] == said[1] and len(set(said)) == 3


def test_codes():
    assert screen("refused", {"code": "STALE_CARD"})[1] == ["The card shows an older state. Call the manager."]
    assert screen("refused", {"code": "A_NEW_CODE"})[1] == ["A_NEW_CODE"] and screen("refused")[1] == ["Not possible"]
    assert screen("trouble", {"code": "STATUS_9D"})[1] == ["Something is wrong", "STATUS_9D"]
    assert screen("trouble", {"code": "NO_PACK"})[1][0] == Words("en").code("NO_PACK")
    words = Words("en")
    for code in CODES_SAID:
        assert words.code(code) != code, code
    for part in ("CARD", "LIMI", "IMIT", "NOT", ""):
        assert words.code(part) == part, part


# --- languages ---


def test_languages_have_the_same_keys_each_once():
    tables = [Words(language)._table for language in LANGUAGES]
    for name in ("TEXTS", "CODES"):
        first = keys_of(getattr(tables[0], name))
        names = [code for line in first for code in line.split(" ")]
        assert len(set(names)) == len(names)
        for table in tables[1:]:
            assert keys_of(getattr(table, name)) == first


def test_the_font_has_every_letter_of_every_text():
    for language in LANGUAGES:
        table = Words(language)._table
        for text in texts_of(table.TEXTS) + texts_of(table.CODES):
            assert text.strip() == text and text, text
            for letter in text:
                assert font.has(letter), text


def test_every_sentence_fits_the_smaller_display_without_breaking_a_word():
    for language in LANGUAGES:
        table = Words(language)._table
        for text in texts_of(table.TEXTS) + texts_of(table.CODES):
            text = text.replace("{n}", "20")
            assert len(drawing.wrapped(text, 128)) <= 3, text
            for word in text.split(" "):
                assert drawing.text_width(word) <= 128, text


def test_what_asks_for_another_tap_is_large():
    for language in LANGUAGES:
        for word in ("in_doubt", "in_doubt_reward", "lost", "reading"):
            lines, scale = layout._lines(Glass(), [Words(language).text(word)], 64, True)
            assert scale == 2, lines


def test_texts_beside_a_count_or_a_shop_are_one_line():
    for language in LANGUAGES:
        words = Words(language)
        for key in ("hold_card", "type_amount", "tap_card", "enter", "counted", "ready", "undone", "guard", "redeemed"):
            assert drawing.text_width(words.text(key)) <= 128, words.text(key)
        assert drawing.text_width(words.text("to_pay", "99 999,99 €")) <= 128
        for left in range(1, 21):
            assert drawing.text_width("+10 · " + words.stamps(left)) <= 128, words.stamps(left)


def test_no_screen_is_cut_on_either_display():
    """Whatever a screen wraps to is drawn whole: beside a count of 64 rows there are three lines, of 32 rows two."""
    for language in LANGUAGES:
        for word in signals.WORDS:
            for facts in ({}, CARD, dict(CARD, code="LIMIT"), {"operation": "redeem"}, {"offline": True}):
                big, lines, _, marks = screen(word, facts, language=language)
                for height in (32, 64):
                    rows = height - (font.PITCH if marks else 0)
                    need = sum([len(drawing.wrapped(line, 128)) for line in lines]) * font.PITCH
                    assert need + (layout._big_rows(1) if big else 0) <= rows, (language, word, height)


def test_plurals():
    rows = (
        ("en", "one", (1,)), ("en", "other", (0, 2, 11, 21)),
        ("lv", "zero", (0, 10, 11, 19, 20, 111)), ("lv", "one", (1, 21, 101)), ("lv", "other", (2, 9, 22)),
        ("lt", "one", (1, 21, 101)), ("lt", "few", (2, 9, 22, 29)), ("lt", "other", (0, 10, 11, 19, 20, 111, 112)),
        ("ru", "one", (1, 21, 101)), ("ru", "few", (2, 3, 4, 22)), ("ru", "many", (0, 5, 11, 12, 14, 20, 111)),
    )  # fmt: skip
    for language, form, numbers in rows:
        for number in numbers:
            assert plural(language, number) == form, (language, number)
    rows = (
        ("lv", 1, "Vēl 1 zīmogs"), ("lv", 3, "Vēl 3 zīmogi"), ("lv", 11, "Vēl 11 zīmogu"), ("lt", 1, "Dar 1 antspaudas"),
        ("lt", 3, "Dar 3 antspaudai"), ("lt", 10, "Dar 10 antspaudų"), ("ru", 1, "Ещё 1 штамп"), ("ru", 3, "Ещё 3 штампа"), ("ru", 5, "Ещё 5 штампов"),
    )  # fmt: skip
    for language, number, said in rows:
        assert Words(language).stamps(number) == said
