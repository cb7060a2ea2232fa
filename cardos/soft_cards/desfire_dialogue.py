"""The conversation with a soft DESFire: which command is on, chained frames in both directions, channel, end of a session.

Any refusal ends session and transaction. Where a chain is not finished, the next other command is answered CA (NT4H2421Gx lists
it with every command) and that is all it does. Frames carry at most 59 bytes behind the command code; longer data goes on with
AF, or in one piece with the ISO-chaining codes of EV2 and EV3.
"""

from cardos.soft_cards import desfire_authentication as authentication
from cardos.soft_cards.desfire_commands import ROWS
from cardos.soft_cards.desfire_data import write_now
from cardos.soft_cards.desfire_files import STANDARD
from cardos.soft_cards.desfire_rows import FULL, MAC, OTHER, PLAIN, QUERY, RAW, Call
from cardos.soft_cards.desfire_status import ADDITIONAL_FRAME, COMMAND_ABORTED, ILLEGAL_COMMAND, LENGTH_ERROR, OK, Refusal
from cardos.soft_cards.ev2_session import IntegrityError

FRAME_DATA_MAX = 59
# An EV3 cuts chained answers after 48 bytes in an AES session (recorded); after 56 under DES is by analogy.
ANSWER_BYTES = {None: FRAME_DATA_MAX, 8: 56, 16: 48}
EV2_BLOCK, EV2_MAC_BYTES = 16, 8


class Dialogue:
    """Runs commands on `card`, a SoftDesfire. `run` takes a command code and what came behind it."""

    def __init__(self, card):
        self._card = card
        self._more = None  # takes the data of the next AF frame: (status, data)
        self._part = None  # (plan, data so far) of a command whose data is still coming

    @property
    def in_chain(self):
        """True when the card waits for AF."""
        return self._more is not None

    def reset(self):
        """The chain, if there is one, will never end. What came of a plain write to a standard file has been written already."""
        part, self._more, self._part = self._part, None, None
        if part is not None:
            plan, data = part
            file = getattr(plan.target, "file", None)
            if file is not None and file.kind == STANDARD and (plan.mode == PLAIN or self._card.session is None) and data:
                write_now(self._card, plan.target, data[: plan.target.length])

    def run(self, ins, params):
        """(status, data) of one frame."""
        if ins == ADDITIONAL_FRAME:
            more, self._more = self._more, None
            if more is None:
                return self._guarded(self._refuse, ILLEGAL_COMMAND)
            return self._guarded(more, params)
        if self._more is not None:
            self.reset()
            return self._guarded(self._refuse, COMMAND_ABORTED)
        if ins in authentication.AUTHENTICATIONS:
            return self._guarded(self._authenticate, ins, params)
        return self._guarded(self._command, ins, params)

    def _guarded(self, step, *arguments):
        try:
            return step(*arguments)
        except (Refusal, IntegrityError) as refusal:
            self._more = self._part = None
            self._card.session = None
            self._card.forget_transaction()
            return refusal.status, b""

    def _refuse(self, status):
        raise Refusal(status)

    # --- authentication ---

    def _authenticate(self, ins, params):
        self._card.forget_transaction()
        if not params:
            raise Refusal(LENGTH_ERROR)
        handshake, aid, key = authentication.begin(self._card, ins, params)
        self._more = lambda body: (OK, authentication.finish(self._card, handshake, aid, key, body))
        return ADDITIONAL_FRAME, handshake.challenge

    # --- commands ---

    def _command(self, ins, params):
        card, row = self._card, ROWS.get(ins)
        if row is None or row.since > card.generation:
            raise Refusal(ILLEGAL_COMMAND)
        if len(params) < row.header or not row.whole and len(params) > FRAME_DATA_MAX:
            raise Refusal(LENGTH_ERROR)
        if row.group == OTHER or row.group == QUERY and card.strict_transactions:
            card.forget_transaction()
        header = params[: row.header]
        return self._collect(row, ins, header, row.plan(card, ins, header), params[row.header :])

    def _collect(self, row, ins, header, plan, body):
        if plan.chained:
            need = _wire_size(self._card.session, plan)
            if len(body) < need and not row.whole:
                self._part = (plan, body)
                self._more = lambda more: self._collect(row, ins, header, plan, body + more)
                return ADDITIONAL_FRAME, b""
            if len(body) != need:
                raise Refusal(LENGTH_ERROR)
        self._part = None
        return self._carry_out(row, ins, header, plan, body)

    def _carry_out(self, row, ins, header, plan, body):
        card = self._card
        data = _opened(card.session, ins, header, plan, body)
        if plan.size is not None and len(data) != plan.size:
            raise Refusal(LENGTH_ERROR)
        card.ends_after_answer = False
        answer = row.run(card, Call(ins, header, data, plan))
        pieces = answer if isinstance(answer, list) else [answer]
        sent = _closed(card.session, plan, b"".join(pieces))
        fits = row.whole or (len(pieces) == 1 and len(sent) <= FRAME_DATA_MAX)  # only a longer answer is cut at whole blocks
        limit = len(sent) if fits else ANSWER_BYTES[_block(card.session)]
        if card.ends_after_answer:
            card.select(card.memory.picc, None)
        return self._send(_frames(sent, pieces[:-1], limit), plan.done)

    def _send(self, frames, done):
        if len(frames) == 1:
            return done, frames[0]

        def more(params):
            if params:
                raise Refusal(LENGTH_ERROR)
            return self._send(frames[1:], done)

        self._more = more
        return ADDITIONAL_FRAME, frames[0]


def _frames(sent, fixed, limit):
    """`sent` in frames: first those as long as the pieces in `fixed`, then of at most `limit` bytes."""
    frames, start = [], 0
    for piece in fixed:
        frames.append(sent[start : start + len(piece)])
        start += len(piece)
    while len(sent) - start > limit:
        frames.append(sent[start : start + limit])
        start += limit
    frames.append(sent[start:])
    return frames


def _block(session):
    if session is None:
        return None
    return EV2_BLOCK if session.name == "ev2" else session.block


def _wire_size(session, plan):
    """How many bytes are to come behind the header."""
    if session is None or plan.mode == PLAIN:
        return plan.size
    if session.name != "ev2":
        return session.wire_size(plan.size, plan.mode)
    size = plan.size
    if plan.mode == FULL:
        size = (size // EV2_BLOCK + 1) * EV2_BLOCK
    return size + EV2_MAC_BYTES


def _opened(session, ins, header, plan, body):
    """The plain data of a command, in whatever channel there is."""
    if session is None or plan.mode == RAW:
        return body
    if session.name == "ev2":
        return session.open(ins, header, body, plan.mode)
    mode = plan.mode
    if mode == MAC and plan.mac_optional and len(body) == plan.size:
        mode = PLAIN
    return session.open(ins, header, body, mode, plan.size)


def _closed(session, plan, data):
    """The body of the answer. A command that gave its session up is answered bare."""
    if session is None:
        return data
    if session.name == "ev2":
        return session.close(plan.done, data, FULL if plan.mode == RAW else plan.mode, not plan.unpadded)
    return session.close(plan.done, data, PLAIN if plan.mode == RAW else plan.mode, plan.sized)
