"""Transactions of a soft DESFire: shadows of backup, value and record files, committed together with the transaction MAC.

Nobody sees a shadow, its own reader neither: reads give the committed data until CommitTransaction (data sheets; AN12343).
Every file of one commit, and the transaction MAC, change as one atom.
"""

from cardos.soft_cards import desfire_tmac as tmac
from cardos.soft_cards.desfire_files import BACKUP, CYCLIC, LINEAR, VALUE
from cardos.soft_cards.desfire_status import BOUNDARY_ERROR, LENGTH_ERROR, NO_CHANGES, PERMISSION_DENIED, Refusal


class Transaction:
    """What is pending. shadows: {(AID, file number): shadow}. inputs: {AID: TMI}. reader_ids: {AID: 16 bytes}."""

    def __init__(self):
        self.shadows = {}
        self.inputs = {}
        self.reader_ids = {}

    def of(self, application, number):
        """The shadow of a backup, value or record file; made at the first change."""
        place = (application.aid, number)
        if place not in self.shadows:
            file = application.files[number]
            self.shadows[place] = _SHADOWS[file.kind](file)
        return self.shadows[place]

    def add_input(self, aid, data):
        """The TMI of an application grows."""
        self.inputs[aid] = self.inputs.get(aid, b"") + data

    def is_empty(self):
        return not self.shadows and not self.inputs

    def writes_to(self, aid):
        """True when a file of this application is about to change."""
        return any([place[0] == aid for place in self.shadows])


class DataShadow:
    """Backup data file."""

    def __init__(self, file):
        self._file = file
        self.data = bytearray(file.data)

    def apply(self):
        self._file.data = self.data
        self._file.weak = b""


class ValueShadow:
    """Value file. Several commands add up; each is checked against the limits with those before it."""

    def __init__(self, file):
        self._file = file
        self._value = file.value
        self._limited = file.limited
        self._debits = None  # the sum, once there was one

    def change(self, amount):
        """Credit (positive) or debit. Refuses BE at a limit and leaves the transaction as it was."""
        value = self._value + amount
        if not self._file.lower <= value <= self._file.upper:
            raise Refusal(BOUNDARY_ERROR)
        self._value = value
        if amount < 0:
            self._debits = (self._debits or 0) - amount

    def limited_credit(self, amount):
        """At most what the last transaction with a debit took, and once."""
        if amount > self._limited:
            raise Refusal(BOUNDARY_ERROR)
        self.change(amount)
        self._limited = 0

    def apply(self):
        self._file.value = self._value
        self._file.limited = self._limited if self._debits is None else self._debits


class RecordShadow:
    """Linear or cyclic record file: at most one new record a transaction, and changes of old ones (EV2)."""

    def __init__(self, file):
        self._file = file
        self._new = None
        self._cleared = False
        self._updates = {}  # place in file.records: bytearray

    def write(self, offset, data):
        """Into the record that this transaction adds. Refuses BE, and 9D after ClearRecordFile (status chosen here)."""
        if self._cleared:
            raise Refusal(PERMISSION_DENIED)
        if self._new is None:
            if self._file.kind != CYCLIC and len(self._file.records) >= self._file.room():
                raise Refusal(BOUNDARY_ERROR)
            self._new = bytearray(self._file.record_size)
        self._new[offset : offset + len(data)] = data

    def update(self, number, offset, data):
        """Into record `number`, 0 the newest. Refuses BE."""
        place = len(self._file.records) - 1 - number
        if place < 0 or self._cleared:
            raise Refusal(BOUNDARY_ERROR)
        if place not in self._updates:
            self._updates[place] = bytearray(self._file.records[place])
        self._updates[place][offset : offset + len(data)] = data

    def clear(self):
        self._cleared, self._new, self._updates = True, None, {}

    def apply(self):
        records = [bytes(self._updates.get(i, record)) for i, record in enumerate(self._file.records)]
        if self._cleared:
            records = []
        if self._new is not None:
            records.append(bytes(self._new))
        self._file.records = records[-self._file.room() :] if self._file.room() else []


_SHADOWS = {BACKUP: DataShadow, VALUE: ValueShadow, LINEAR: RecordShadow, CYCLIC: RecordShadow}


def commit(card, call):
    """CommitTransaction; option 01 (EV2 and EV3) answers TMC and TMV."""
    option = call.data
    if len(option) > (1 if card.generation > 1 else 0):
        raise Refusal(LENGTH_ERROR)
    transaction = card.transaction
    if transaction.is_empty():
        raise Refusal(NO_CHANGES)
    involved = [application for application in card.selected() if _takes_part(application, transaction)]
    for application in involved:
        tmac.check_commit(application, transaction)
    seals = [(application.tmac(), tmac.sealed(application, transaction, card.memory.uid)) for application in involved
             if application.tmac() is not None]

    def change():
        for place in sorted(transaction.shadows):
            transaction.shadows[place].apply()
        for file, seal in seals:
            file.counter, file.value, file.reader_id = seal

    card.forget_transaction()
    card.atom(change)
    own = card.application.tmac()
    return tmac.committed(own) if option == b"\x01" and own is not None else b""


def abort(card, call):
    """AbortTransaction."""
    if call.data:
        raise Refusal(LENGTH_ERROR)
    if card.transaction.is_empty():
        raise Refusal(NO_CHANGES)
    card.forget_transaction()
    return b""


def _takes_part(application, transaction):
    return application.aid in transaction.inputs or transaction.writes_to(application.aid)
