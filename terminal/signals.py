"""What a person sees and hears: one word per outcome, shown as text, a colour and a sound, whichever of them the board has.

    signals = Signals(board, settings)
    signals.show("earned", {"now": 7, "needed": 10, "left": 3})

Colours: white waits, blue works, green is good, gold is a reward, amber asks for another tap, red refuses. The text says all of it too,
and good and bad news differ in their tunes, for whoever does not see the colours.
"""

import asyncio

from terminal import screens
from terminal.words import Words

DARK, WHITE, BLUE, GREEN, GOLD, AMBER, RED = (0, 0, 0), (40, 40, 40), (0, 40, 255), (0, 255, 0), (255, 160, 0), (255, 80, 0), (255, 0, 0)

SILENT = ()
CLICK = ((2400, 15),)
GOOD = ((1760, 70), (2637, 90))
JOY = ((1568, 80), (1976, 80), (2349, 80), (3136, 160))
KNOWN = ((1760, 60),)
BACK = ((2637, 70), (1760, 90))
AGAIN = ((1175, 90), (0, 50), (1175, 90))
STOP = ((880, 120), (0, 60), (880, 120), (0, 60), (880, 120))
BAD = ((392, 350),)

# word -> (colour, sound). The words are the whole language between the terminal and the person.
LOOKS = {
    "starting": (BLUE, SILENT),
    "self_test_failed": (RED, BAD),
    "idle": (WHITE, SILENT),
    "amount": (WHITE, CLICK),
    "reading": (BLUE, SILENT),
    "earned": (GREEN, GOOD),
    "redeemed": (GOLD, JOY),
    "offer": (GOLD, GOOD),
    "shown": (GREEN, KNOWN),
    "guard": (GREEN, KNOWN),
    "undone": (GREEN, BACK),
    "settled_landed": (GREEN, GOOD),
    "settled_not_landed": (AMBER, AGAIN),
    "in_doubt": (AMBER, AGAIN),
    "in_doubt_reward": (AMBER, STOP),
    "lost": (AMBER, AGAIN),
    "blocked": (RED, BAD),
    "not_ours": (RED, BAD),
    "refused": (RED, BAD),
    "reader_gone": (RED, SILENT),
    "full": (RED, BAD),
    "expired": (RED, BAD),
    "revoked": (RED, BAD),
    "unsure": (RED, BAD),
    "trouble": (RED, BAD),
    "updating": (BLUE, SILENT),
}
WORDS = tuple(sorted(LOOKS))
OFFLINE, ARMED = AMBER, BLUE  # colours of the idle screen: something wants a look, and a button waits for its card
BRIGHTNESS = 128  # where the settings say nothing


class Signals:
    """board: what has `display`, `light`, `buzzer` (each may be None) and maybe `say(word, facts)`. settings: the settings map."""

    def __init__(self, board, settings, create_task=asyncio.create_task):
        self._board, self._create_task = board, create_task
        self._words = self._sound = self._level = None
        self.configure(settings)

    def configure(self, settings):
        """Settings from now on; what is shown stays."""
        self._settings = settings
        if self._words is None or self._words.language != settings.get("language"):
            self._words = Words(settings.get("language"))
        level = settings.get("brightness")
        level = BRIGHTNESS if level is None else level
        if level != self._level:
            self._level = level
            if self._board.display is not None and hasattr(self._board.display, "contrast"):
                self._board.display.contrast(level)

    def show(self, word, facts=None):
        """Show a word at once; its sound plays on as a task and ends where the next one begins. KeyError for an unknown word."""
        facts = facts or {}
        colour, sound = LOOKS[word]
        board = self._board
        if getattr(board, "say", None):
            board.say(word, facts)
        if board.display is not None:
            from terminal.displays import layout  # a board without a display does without its letters

            layout.draw(board.display, screens.screen_of(word, facts, self._settings, self._words))
            board.display.show()
        if board.light is not None:
            if word == "idle":
                colour = _idle_colour(facts)
            board.light.set(tuple([value * self._level // 255 for value in colour]))
        if sound and board.buzzer is not None and not self._settings.get("quiet"):
            self._play(sound)

    def _play(self, sound):
        if self._sound is not None:
            self._sound.cancel()
            self._sound = None
        tune = self._board.buzzer.play(sound)
        try:
            self._sound = self._create_task(tune)
        except RuntimeError:  # nothing runs yet that could play it (CPython): the word is shown all the same
            tune.close()


def _idle_colour(facts):
    if facts.get("wish"):
        return ARMED
    return OFFLINE if facts.get("offline") or facts.get("unsure") or facts.get("journal_low") else WHITE
