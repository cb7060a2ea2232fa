"""What the drivers of DESFire and NTAG 424 DNA share: one presented card, its session, and the rules that no command may leave.

 * Inside a session every answer goes through the channel; a MAC that is missing, short or wrong is never success.
 * Any error ends the session here, whatever the card thinks. From then on only selection and authentication are sent: what a card says
   outside a session is anybody's word, and nobody may take it for an answer from inside.
 * Three failed authentications end the presentation before a fourth is sent. Keys are never tried in turn.
 * A channel weaker than the one that was pinned is refused before anything is sent, and is never fallen back to.
 * The bare status 9100 in a session is taken from ChangeKey of the key in use and from RollKeySet alone; both end the session.

Every method that talks is a generator of exchanges (see `cardos.exchange`); CardLost and ReaderLost pass through.
"""

from cardos.errors import CardAnswered, CardRefused, StampdError
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.status import OK, check_size, mac_wrong, refused
from cardos.families.wrapped import Wrapped, converse

FAILURES_MAX = 3
RANKS = {None: 0, "ev1": 1, "ev2": 2, "lrp": 3}


class Picc:
    """One presented card. nonces: callable n -> n fresh random bytes. minimum: the weakest channel allowed ("ev1", "ev2", "lrp").

    session: the channel object, or None. authenticated: number of the key in use, or None. failures: authentications that failed.
    """

    def __init__(self, nonces, minimum=None, framing=None):
        if minimum not in RANKS:
            raise ValueError("no channel is named %r" % (minimum,))
        self.nonces = nonces
        self.minimum = minimum
        self.framing = framing or Wrapped()
        self.session = None
        self.authenticated = None
        self.failures = 0
        self._spent = False  # a session ended by an error or a change of its key, and nothing has been selected since

    @property
    def channel(self):
        """Name of the channel in use: "ev1", "ev2", "lrp", or None outside a session."""
        return self.session.name if self.session else None

    @property
    def alive(self):
        """True while a session is open on this side."""
        return self.session is not None

    def forget(self):
        """Close the session on this side, because a selection closes it on the card."""
        self.session = None
        self.authenticated = None
        self._spent = False

    def _end(self):
        """The session ended under a command."""
        spent = self._spent or self.session is not None
        self.forget()
        self._spent = spent

    # --- for the drivers ---

    def command(self, row, header=b"", data=b"", mode=None, size=0, whole=False, bare=False, tail=b"", done=OK):
        """One command of the manual; returns the plain data of its answer.

        header and data: as the manual divides them (only data is enciphered). mode: for rows without a mode of their own.
        size: how long the answer's data must be (a number, a tuple of numbers, None for any). whole: see `converse`.
        bare: the answer has no MAC and the session ends with it. done: another status than 00 that also says "done".
        """
        mode = self._mode(row, mode)
        try:
            body = self.session.outgoing(row, header, data, mode, tail) if self.session else header + data
            status, answer = yield from converse(self.framing, row, body, whole)
            if status not in (OK, done):
                raise refused(row.name, status)
            if bare:
                self._end()
                if answer:
                    raise mac_wrong(row.name)
                return b""
            if self.session:
                answer = self.session.incoming(row, status, answer, mode, size)
            return check_size(row.name, answer, size)
        except StampdError:
            self._end()
            raise

    def open_session(self, handshake, number, rank):
        """Run one authentication (a generator that returns a channel) under the rules above."""
        if rank < RANKS[self.minimum]:
            raise CardRefused("This card must not be opened this way.", "Its profile asks for a stronger channel.", "CHANNEL_TOO_WEAK")
        if self.failures >= FAILURES_MAX:
            raise CardRefused("Three wrong keys: this card is not asked again.", "Take the card away and check the shop's keys.", "TOO_MANY_FAILURES")
        self._end()
        try:
            session = yield from handshake
        except CardAnswered:
            self.failures += 1
            raise
        self.session, self.authenticated, self._spent = session, number, False

    def _mode(self, row, mode):
        if row.mode is not None:
            mode = row.mode
        elif mode not in (PLAIN, MAC, FULL):
            raise ValueError("%s needs the file's communication mode" % row.name)
        if self.session is None:
            if row.keyed or self._spent or (row.mode is None and mode != PLAIN):
                raise CardRefused("%s needs a key first." % row.name, "", "NOT_AUTHENTICATED")
            return PLAIN
        if row.writes and getattr(self.session, "looks_only", False):
            raise CardRefused("Cards with old DES keys are only looked at.", "Use a card with AES keys.", "CHANNEL_TOO_WEAK")
        return mode
