"""What the portable driver tests share: a played card that answers from a list, and a way to run one generator to its end."""

from cardos.errors import StampdError


class Played:
    """A card that expects exact frames. dialogue: [(frame hex or None for any, answer hex), ...]; sent: the exchanges it saw."""

    def __init__(self, dialogue):
        self.dialogue = list(dialogue)
        self.sent = []

    def transceive(self, exchange):
        self.sent.append(exchange)
        assert self.dialogue, "an exchange too many: %s %s" % (exchange.name, exchange.frame.hex())
        frame, answer = self.dialogue.pop(0)
        assert frame is None or exchange.frame.hex() == frame, "%s: %s, not %s" % (exchange.name, exchange.frame.hex(), frame)
        return bytes.fromhex(answer)


def play(generator, dialogue):
    """Run a driver's generator against a dialogue; returns what it returns, and checks that all of the dialogue was used."""
    card = Played(dialogue)
    value = run(generator, card.transceive)
    assert not card.dialogue, "exchanges left: %r" % (card.dialogue,)
    return value


def run(generator, transceive):
    """Run a generator of exchanges over a function exchange -> answer; its errors are thrown into the generator, as a link's are."""
    answer, trouble = None, None
    while True:
        try:
            request = generator.throw(trouble) if trouble is not None else generator.send(answer)
        except StopIteration as stop:
            return stop.value
        answer, trouble = None, None
        try:
            answer = transceive(request)
        except StampdError as error:
            trouble = error


def refusal(generator, dialogue):
    """The code of the error that the generator raises, or None when it comes to its end."""
    try:
        play(generator, dialogue)
    except StampdError as error:
        return error.code
    return None


def nonces(*values):
    """A source of nonces that gives these bytes (hex) in turn, and refuses another length."""
    left = [bytes.fromhex(value) for value in values]

    def take(count):
        value = left.pop(0)
        assert len(value) == count, "a nonce of %d bytes, not %d" % (len(value), count)
        return value

    return take


def bit_flips(answer_hex):
    """Every answer that differs from this one in one bit, as hex."""
    answer = bytes.fromhex(answer_hex)
    for index in range(len(answer)):
        for bit in range(8):
            changed = bytearray(answer)
            changed[index] ^= 1 << bit
            yield bytes(changed).hex()


def cuts(answer_hex):
    """Every shorter answer: cut at its end, and with bytes taken from in front of the status word."""
    answer = bytes.fromhex(answer_hex)
    for size in range(len(answer)):
        yield answer[:size].hex()
    for size in range(len(answer) - 2):
        yield (answer[:size] + answer[-2:]).hex()
