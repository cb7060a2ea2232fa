"""The only loop that talks to a card: it drives a tap over a link and keeps the limits. Whoever must await a card takes its `steps`.

`desk` answers everything a tap asks that is not an exchange: `familiar(presentation)`, `recall(family, uid)`,
`ledger_state(family, uid)`, `intend(entry)`, `settle(settled)`, `land(landed)`, `case(case)`; the link answers
`presented(uid_wanted)`. A link's trouble is thrown into the tap, so that the tap itself says what it means (nothing
happened, or in doubt).
"""

from cardos.errors import ReaderLost, StampdError
from cardos.exchange import Case, Exchange, Intent, Landed, LedgerState, Presented, Recall, Settled

EXCHANGES_MAX = 400  # an issue of a full page card with settlement takes about 120; a tap that needs more is a bug or an attack
TAP_MS_MAX = 30000  # a person has long left; a link that crawls this slowly is broken


class StoppedBeforeWriting(StampdError):
    """A dry run reached the first thing that would change the card or the journal."""

    code = "DRY_RUN"

    def __init__(self, entry):
        super().__init__("A dry run stops here.")
        self.entry = entry


def run(tap, link, desk, dry_run=False, clock_ms=None):
    """Drive `tap` to its outcome. Raises CardLost or ReaderLost only when the tap lets them pass: before its intent is durable.

    clock_ms: a function giving milliseconds, or None for no limit on time. dry_run: stop before the first write.
    """
    loop = steps(tap, link.presented, desk, dry_run, clock_ms)
    try:
        request = loop.send(None)
        while True:
            try:
                answer = link.exchange(request.frame, request.wait_ms)
            except StampdError as error:  # the tap itself says what the link's trouble means
                request = loop.throw(error)
            else:
                request = loop.send(answer)
    except StopIteration as stop:
        return stop.value


def steps(tap, presented, desk, dry_run=False, clock_ms=None):
    """Generator: the loop with its exchanges left to the caller, who may await them. Yields each `Exchange`, wants the card's answer
    sent back or the link's trouble thrown in, and returns the outcome. presented: a function, uid_wanted -> `Presentation`."""
    started = clock_ms() if clock_ms else 0
    sent = 0
    reply, trouble = None, None
    while True:
        try:
            request = tap.throw(trouble) if trouble is not None else tap.send(reply)
        except StopIteration as stop:
            return stop.value
        reply, trouble = None, None
        if dry_run and not _only_asks(request):
            tap.close()
            raise StoppedBeforeWriting(request.entry if isinstance(request, Intent) else None)
        if isinstance(request, Exchange):
            sent += 1
            if sent > EXCHANGES_MAX or (clock_ms and clock_ms() - started > TAP_MS_MAX):
                trouble = ReaderLost("The tap took too long.", "Present the card again.", "TAP_TOO_LONG")
                continue
            try:
                reply = yield request
            except StampdError as error:
                trouble = error
        elif isinstance(request, Presented):
            try:
                reply = desk.familiar(presented(request.uid_wanted))
            except StampdError as error:
                trouble = error
        else:
            reply = _ask(desk, request)


def _only_asks(request):
    """True for requests that change neither the card nor the journal."""
    return isinstance(request, (Presented, Recall, LedgerState)) or (isinstance(request, Exchange) and not request.writes)


def _ask(desk, request):
    if isinstance(request, Recall):
        return desk.recall(request.family, request.uid)
    if isinstance(request, LedgerState):
        return desk.ledger_state(request.family, request.uid)
    if isinstance(request, Landed):
        return desk.land(request)
    if isinstance(request, Intent):
        return desk.intend(request.entry)
    if isinstance(request, Settled):
        return desk.settle(request)
    if isinstance(request, Case):
        return desk.case(request)
    raise TypeError("a tap yielded %r" % (request,))
