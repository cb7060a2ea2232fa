"""MIFARE DESFire EV1, EV2 and EV3 made of code: `fresh` makes one as delivered, `from_state` brings one back.

A map: this file is the chip in the field and its framings; `desfire_dialogue` runs a command and its chains, `desfire_commands`
lists them, `desfire_memory` and `desfire_files` are what a power cut leaves, `desfire_transaction` what it does not.
Sources: short data sheets, DESFire Light and NTAG 424 DNA sheets, AN12343, libfreefare, proxmark3, recordings of a real EV3.

Switches where silicon is not known: `strict_transactions` lets every command that is no read or write end an open transaction,
queries (Get...) too; without it queries leave it alone, as libfreefare's order of commands needs. Authentication, selection,
any refusal and the field's end always end it. `credit_needs_mac` False lets EV1 readers leave out the MAC of Credit and Debit.
"""

from cardos.errors import BadInput
from cardos.soft_cards import desfire_iso
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.desfire_dialogue import Dialogue
from cardos.soft_cards.desfire_memory import (
    BATCH_BYTES, MADE_BYTES, PICC_AID, SIGNATURE_BYTES, SIZES, UID_BYTES, Memory,
)
from cardos.soft_cards.desfire_security import SECOND_APPLICATION
from cardos.soft_cards.desfire_status import FILE_NOT_FOUND, PERMISSION_DENIED, Refusal
from cardos.soft_cards.desfire_transaction import Transaction
from cardos.soft_cards.iso_dep_chip import IsoDepChip
from cardos.soft_cards.noise import Noise

GENERATIONS = {"desfire-ev1": 1, "desfire-ev2": 2, "desfire-ev3": 3}
SIZE_USUAL = 4096

WRAPPED = 0x90  # CLA of native commands in ISO/IEC 7816-4 APDUs; the answer ends in 91 and the status
WRAPPED_STATUS = 0x91
WRONG_LENGTH, WRONG_P1_P2 = b"\x67\x00", b"\x6a\x86"

ATQA_RANDOM = b"\x04\x03"
RANDOM_ID_FIRST = b"\x08"


class SoftDesfire(IsoDepChip):
    """One chip. session: the channel in use or None; application, second: what is selected."""

    def __init__(self, family, memory, *, noise=None):
        super().__init__()
        self.family = family
        self.generation = GENERATIONS[family]
        self.noise = noise or Noise()
        self.strict_transactions = False
        self.credit_needs_mac = True
        self.shows_random_id = False
        self._random_id = b""
        self._take(memory)

    @classmethod
    def fresh(cls, family, uid, *, size=SIZE_USUAL, signature=None, batch=None, made=None, random_id=False,
              strict_transactions=False, credit_needs_mac=True, noise=None):
        """A chip as delivered: PICC master key single DES zero, key settings 0F.

        uid: 7 bytes. size: 2048, 4096 or 8192. signature: 56 bytes for Read_Sig. batch: 5, made: 2 bytes of GetVersion.
        """
        fields.one_of(family, tuple(sorted(GENERATIONS)), "family")
        memory = Memory(fields.exactly(bytes(uid), UID_BYTES, "uid"), fields.one_of(size, tuple(sorted(SIZES)), "size"))
        if signature is not None:
            memory.signature = fields.exactly(bytes(signature), SIGNATURE_BYTES, "signature")
        if batch is not None:
            memory.batch = fields.exactly(bytes(batch), BATCH_BYTES, "batch")
        if made is not None:
            memory.made = fields.exactly(bytes(made), MADE_BYTES, "made")
        memory.random_id = fields.one_of(random_id, (False, True), "random_id")
        card = cls(family, memory, noise=noise)
        card.strict_transactions = fields.one_of(strict_transactions, (False, True), "strict_transactions")
        card.credit_needs_mac = fields.one_of(credit_needs_mac, (False, True), "credit_needs_mac")
        return card

    @classmethod
    def from_state(cls, state, *, noise=None):
        """The chip that gave this `state()`. Raises BadInput."""
        family = fields.one_of(state.get("family"), tuple(sorted(GENERATIONS)), "family")
        card = cls(family, Memory.from_state(state), noise=noise)
        card.restore(state)
        return card

    def state(self):
        """Everything that survives without a field, JSON-able and the same for the same memory."""
        state = self.memory.state()
        state["family"] = self.family
        state["strict_transactions"] = self.strict_transactions
        state["credit_needs_mac"] = self.credit_needs_mac
        return state

    def restore(self, state):
        """Become the chip of this state in place, out of the field. Raises BadInput and leaves the chip as it was."""
        if state.get("family") != self.family:
            raise BadInput("this is no state of a %s" % self.family)
        memory = Memory.from_state(state)
        strict = fields.one_of(state.get("strict_transactions"), (False, True), "strict_transactions")
        needs_mac = fields.one_of(state.get("credit_needs_mac"), (False, True), "credit_needs_mac")
        self.field_off()
        self.strict_transactions, self.credit_needs_mac = strict, needs_mac
        self._take(memory)

    def _take(self, memory):
        self.memory = memory
        self.uid = memory.uid
        self._dialogue = Dialogue(self)
        self.session, self.session_aid = None, PICC_AID
        self.select(memory.picc, None)

    # --- the field ---

    def _powered(self):
        """Random ID and ATS are as configured before this power-up."""
        self.ats = self.memory.ats or IsoDepChip.ats
        self.shows_random_id = self.memory.random_id
        self.atqa = ATQA_RANDOM if self.shows_random_id else IsoDepChip.atqa
        self._random_id = RANDOM_ID_FIRST + self.noise.take(3) if self.shows_random_id else b""

    def anticollision_uid(self):
        return self._random_id or self.uid

    def _reset(self):
        self._dialogue.reset()
        self.select(self.memory.picc, None)

    # --- what is selected ---

    def select(self, application, second):
        """The session and the transaction end; `application` (and `second`, EV2 and EV3) is the one from now on."""
        self.session = None
        self.application, self.second = application, second
        self.iso_file = None  # number of the file that ISO SELECT chose
        self.ends_after_answer = False
        self.forget_transaction()

    def application_of(self, aid):
        """The application, the PICC level for 000000, or None."""
        return self.memory.picc if aid == PICC_AID else self.memory.applications.get(aid)

    def selected(self):
        """The selected applications, one or two."""
        return [self.application] if self.second is None else [self.application, self.second]

    def file(self, number):
        """(application, number in it, file) of a FileNo byte. Refuses F0, at the PICC level 9D."""
        application = self.application
        if application.aid == PICC_AID:
            raise Refusal(PERMISSION_DENIED)
        if number & SECOND_APPLICATION and self.second is not None:
            application, number = self.second, number & ~SECOND_APPLICATION
        if number not in application.files:
            raise Refusal(FILE_NOT_FOUND)
        return application, number, application.files[number]

    def forget_transaction(self):
        """Whatever was pending never happened."""
        self.transaction = Transaction()

    # --- framing ---

    def _command(self, frame):
        """A native command, one wrapped in CLA 90, or an ISO command of CLA 00; answered in the same framing.

        Whether a chip lets a reader change the framing within a session is unsure; this one does.
        """
        if frame[0] == WRAPPED:
            return self._wrapped(frame)
        if frame[0] == desfire_iso.CLASS:
            return self._iso(frame)
        status, data = self._dialogue.run(frame[0], frame[1:])
        return bytes([status]) + data

    def _wrapped(self, frame):
        if len(frame) < 4:
            return WRONG_LENGTH
        if frame[2] or frame[3]:
            return WRONG_P1_P2
        data = b""
        if len(frame) > 5:
            count = frame[4]
            if not count or len(frame) not in (5 + count, 6 + count):
                return WRONG_LENGTH
            data = frame[5 : 5 + count]
        status, data = self._dialogue.run(frame[1], data)
        return data + bytes([WRAPPED_STATUS, status])

    def _iso(self, frame):
        if self._dialogue.in_chain:
            self._dialogue.reset()
            self.session = None
            return desfire_iso.CONDITIONS_NOT_SATISFIED
        return desfire_iso.answer(self, frame)
