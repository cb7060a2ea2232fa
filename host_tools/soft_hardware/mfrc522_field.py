"""The antenna's field of an emulated front end and the cards in it: who hears a frame, and what the answers of several add up to.

`lay` and `lift` are a person's hand and may come at any moment; a card that is lifted loses its power. Times are counted in
periods of the carrier (13.56 MHz). In the portable dialect.
"""

from host_tools.soft_hardware.mfrc522_card import AirCard

CARRIER_KHZ = 13560
NEVER = 1 << 60  # a time that does not come
ANSWER_CYCLES = 1172  # ISO/IEC 14443-3, section 6.2.1.1: the shortest frame delay time of a card
READY_CYCLES = CARRIER_KHZ  # a card that has been in the field for 1 ms answers; the standard allows it 5


def cycles(time_us):
    """Periods of the carrier in `time_us` microseconds."""
    return time_us * 339 // 25


class Field:
    """No, one or several cards. changes: counts every `lay`, `lift` and switch, so that a frame under way notices.

    answer_us: how long a selected card thinks before it answers, beside the shortest delay; in selection it never does.
    """

    def __init__(self, cards=(), answer_us=0):
        self._cards = []
        self._is_on = False
        self._on_since = 0
        self.answer_us = answer_us
        self.changes = 0
        for card in cards:
            self.lay(card)

    def lay(self, card, wtx_requests=0, wtx_multiplier=1):
        """Put a soft card (or its tears) down. Returns its `AirCard`."""
        laid = AirCard(card, wtx_requests, wtx_multiplier)
        self._cards.append(laid)
        if self._is_on:
            laid.set_field(True)
        self.changes += 1
        return laid

    def lift(self):
        """Take every card away."""
        for card in self._cards:
            card.set_field(False)
        self._cards = []
        self.changes += 1

    def switch(self, on, now):
        """The antenna's drivers go on or off. now: in carrier periods."""
        if on == self._is_on:
            return
        self._is_on, self._on_since = on, now
        self.changes += 1
        for card in self._cards:
            card.set_field(on)

    def hear(self, data, last_bits, divisor, now):
        """A frame goes out at 106 kbit/s * 2^divisor. Returns (number, bits, collision, divisor, delay) or None for silence.

        number: the bits of the answer, the first one lowest; where cards differ, both have their say. collision: the first such
        bit from 0, or None. delay: from the end of the frame to the answer's begin, in carrier periods.
        """
        if not self._is_on or now - self._on_since < READY_CYCLES:
            return None
        heard = None
        for card in self._cards:
            rates, delay = card.bit_rates, ANSWER_CYCLES + (cycles(self.answer_us) if card.is_selected else 0)
            if rates[0] != divisor:
                continue
            answer = card.receive(data, last_bits)
            if answer is not None:
                heard = (answer[0], answer[1], None, rates[1], delay) if heard is None else _together(heard, answer)
        return heard


def _together(heard, answer):
    number, bits, collision, divisor, delay = heard
    length = min(bits, answer[1])
    differ = (number ^ answer[0]) & ((1 << length) - 1)
    if differ:
        first = 0
        while not differ >> first & 1:
            first += 1
        collision = first if collision is None else min(first, collision)
    return number | answer[0], max(bits, answer[1]), collision, divisor, delay
