"""A shop in memory whose card and journal are copied for every case, and whose link may spoil one answer of a tap."""

from cardos.errors import StampdError
from cardos.exchange import Blocked, Done, Exchange, InDoubt, NotOurs, Refused
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card
from cardos.taps.read import read
from cardos.taps.sell import sell
from tests.portable.shop import UID, Shop, sale

FAMILIES = ("ntag215", "ultralight-c", "ultralight-aes", "classic-1k", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3")
OPENING = 4  # stamps on the card when it is issued
STAMPS = 1  # the counter's id
REF, OTHER = "this sale", "another sale"


def uid_of(family):
    return UID[:4] if family == "classic-1k" else UID


class Lab(Shop):
    """A `Shop` with foretold random numbers. spoil: (number of an exchange, function answer -> answer) or None, for the next tap; with
    a third item False, that frame never reaches the card, and the function is given b""."""

    def __init__(self, family, seed=0):
        super().__init__(family, uid=uid_of(family))
        self.noise = Noise(seed)
        self.spoil = None
        self.answers, self.sent = [], []
        self.has_hint = True

    def copy(self, state=None, seed=None):
        """Another shop with an equal journal, and a card of this `state` (by default: of this card's)."""
        made = object.__new__(Lab)
        made.__dict__.update(self.__dict__)
        made.card = load_card(self.card.state() if state is None else state, noise=Noise(7 if seed is None else seed))
        made.noise = Noise(3 if seed is None else seed)
        made.open, made.landed, made.known, made.cases = dict(self.open), list(self.landed), list(self.known), list(self.cases)
        made.answers, made.sent, made.spoil = [], [], None
        return made

    def forget(self):
        """The same keys in a shop that has never seen this card."""
        self.open, self.landed, self.known, self.cases = {}, [], [], []
        self.last_seen, self.issued, self.status = None, False, "new"
        return self

    def terms(self):
        return super().terms()._replace(nonces=self.noise.take)

    def familiar(self, found):
        return super().familiar(found) if self.has_hint else found

    def exchange(self, frame, wait_ms):
        is_spoiled = self.spoil is not None and self.spoil[0] == self.exchanges
        if is_spoiled and self.spoil[2:] == (False,):
            self.exchanges += 1
            return self.spoil[1](b"")
        answer = super().exchange(frame, wait_ms)
        self.answers.append(answer)
        return self.spoil[1](answer) if is_spoiled else answer

    def tap(self, generator, spoil=None):
        """As a shop's; a StampdError is the outcome. answers: what the card said; sent: the requests, of this tap."""
        self.answers, self.sent, self.spoil = [], [], spoil
        try:
            return super().tap(_watched(generator, self.sent))
        except StampdError as error:
            return error

    def wish(self, ref, spoil=None):
        """A sale by its REF, as a till asks for it: what is done is not done again, what is in doubt is settled first."""
        if self.effects(ref):
            return Done(None, None, [], None)
        doubts = [entry for entry in self.open.values() if entry["sale"] == ref]
        return self.tap(sell(self.terms(), sale(), ref, doubts[0] if doubts else None), spoil)

    def show(self, spoil=None):
        return self.tap(read(self.terms()), spoil)

    def effects(self, ref):
        """How many records in the journal are this sale."""
        return len([entry for entry in self.landed if entry["sale"] == ref])

    def stamps(self):
        """What a clean look at the card shows, or the outcome that kept it from being seen."""
        return stamps_of(self.show())

    @property
    def wrote(self):
        """True when this tap sent the card a command that changes it."""
        return any(request.writes for request in self.sent)


def stamps_of(outcome):
    if not isinstance(outcome, Done):
        return word(outcome)
    return outcome.card.counters.get(STAMPS, (0, 0))[0]


def word(outcome):
    """An outcome in one word for the report: done, in doubt, or the code of a refusal."""
    if isinstance(outcome, Done):
        return "done"
    if isinstance(outcome, InDoubt):
        return "in doubt"
    if isinstance(outcome, (Refused, NotOurs, Blocked)):
        return outcome.reason
    assert isinstance(outcome, StampdError), "%r is no outcome of a tap" % (outcome,)
    return outcome.code


def _watched(tap, sent):
    reply, trouble = None, None
    while True:
        try:
            request = tap.throw(trouble) if trouble is not None else tap.send(reply)
        except StopIteration as stop:
            return stop.value
        if isinstance(request, Exchange):
            sent.append(request)
        reply, trouble = None, None
        try:
            reply = yield request
        except StampdError as error:
            trouble = error


def prepared(family, sales=3, seed=1):
    """A `Lab` whose card was issued with OPENING stamps and has seen `sales` sales."""
    lab = Lab(family, seed)
    outcome = lab.issue({STAMPS: (OPENING, 0)})
    assert isinstance(outcome, Done), outcome
    for number in range(sales):
        outcome = lab.wish("sale %d" % number)
        assert isinstance(outcome, Done), outcome
    return lab
