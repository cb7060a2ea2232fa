"""The tree of errors that card work raises. What a tap *decides* is a value (see `exchange`), not an error.

    StampdError
      CardLost        the card left, was silent or answered half: what became of the last command is unknown
      CardAnswered    the card answered, but not as its manual allows: never taken for success
        CardRefused   the card said no (NAK, status word)
      ReaderLost      the reader, its cable or its service is gone or hangs
      ReaderCannot    the reader cannot carry this frame; known before anything was sent to the card
      BadInput        the person's or the script's words do not fit
      RangeError      a number does not fit its field on the card (our own check: boards would truncate silently)

A message says what happened in plain words, `hint` what to do next, `code` is stable for scripts. None of them may
hold a secret: frames that carry passwords or keys never enter a message.
"""


class StampdError(Exception):
    """Base of all our errors: `message` for people, `hint` what to do next, `code` for scripts."""

    code = "ERROR"

    def __init__(self, message, hint="", code=None):
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self):
        return self.message


class CardLost(StampdError):
    code = "CARD_LOST"


class CardAnswered(StampdError):
    code = "CARD_ANSWER_UNKNOWN"


class CardRefused(CardAnswered):
    code = "CARD_REFUSED"


class ReaderLost(StampdError):
    code = "READER_LOST"


class ReaderCannot(StampdError):
    code = "READER_CANNOT"


class BadInput(StampdError):
    code = "BAD_INPUT"


class RangeError(StampdError):
    code = "OUT_OF_RANGE"
