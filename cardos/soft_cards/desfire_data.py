"""The commands on the content of files: data, values, records (DESFire EV1 set, UpdateRecord since EV2).

A plan looks the file up, checks the right and the range, and says how many bytes are to come; only then the card takes the
rest of a chained command. A standard file changes at once, every other one in the transaction's shadow.
"""

from cardos.bytes import uint_le
from cardos.soft_cards import desfire_tmac as tmac
from cardos.soft_cards.desfire_access import PLAIN, mode_for
from cardos.soft_cards.desfire_files import (
    BACKUP, CYCLIC, FREE, FREE_GET_VALUE, LIMITED_CREDIT_ON, LINEAR, STANDARD, TMAC, VALUE,
)
from cardos.soft_cards.desfire_numbers import int32_le, read_int32_le, read_le
from cardos.soft_cards.desfire_rows import Plan
from cardos.soft_cards.desfire_status import BOUNDARY_ERROR, LENGTH_ERROR, PARAMETER_ERROR, PERMISSION_DENIED, Refusal

VALUE_BYTES = 4
_RECORDS = (LINEAR, CYCLIC)
_DATA = (STANDARD, BACKUP)


class Found:
    """A file that a command is about. number: in its application. start, length: the range of bytes or records meant."""

    def __init__(self, application, number, file, start=0, length=0):
        self.application, self.number, self.file, self.start, self.length = application, number, file, start, length


def found(card, number, kinds):
    """The file, when it is of one of `kinds`. Refuses F0, or 9D for another kind (as public code of a card does)."""
    application, number, file = card.file(number)
    if file.kind not in kinds:
        raise Refusal(PERMISSION_DENIED)
    tmac.check_open(application, file)
    return Found(application, number, file)


def collect(card, call, params, data):
    target = call.plan.target
    tmac.collect(card, target.application, target.file, call.ins, params, data)


# --- data ---


def plan_read_data(card, ins, header):
    target = found(card, header[0], _DATA + (TMAC,))
    file = target.file
    mode = mode_for(card, target.application, file, (file.read_right, file.read_write_right))
    size = len(file.content() if file.kind == TMAC else file.data)
    target.start, target.length = read_le(header[1:4]), read_le(header[4:7])
    sized = target.length > 0
    if not sized:
        target.length = size - target.start
    if target.start >= size or target.start + target.length > size:
        raise Refusal(BOUNDARY_ERROR)
    return Plan(mode, 0, target, sized)


def read_data(card, call):
    """ReadData: length 0 reads to the end."""
    target = call.plan.target
    if target.file.kind == TMAC:
        return target.file.content()[target.start : target.start + target.length]
    data = target.file.read(card.noise, target.start, target.length)
    collect(card, call, call.header[:4] + uint_le(target.length, 3), data)
    return data


def plan_write_data(card, ins, header):
    target = found(card, header[0], _DATA)
    file = target.file
    mode = mode_for(card, target.application, file, (file.write_right, file.read_write_right))
    target.start, target.length = read_le(header[1:4]), read_le(header[4:7])
    if not target.length:
        raise Refusal(PARAMETER_ERROR)
    if target.start + target.length > len(file.data):
        raise Refusal(BOUNDARY_ERROR)
    return Plan(mode, target.length, target, chained=True)


def write_data(card, call):
    """WriteData. A standard file is written as it comes, without any guarantee against tearing."""
    target = call.plan.target
    collect(card, call, call.header, call.data)
    if target.file.kind == BACKUP:
        shadow = card.transaction.of(target.application, target.number)
        shadow.data[target.start : target.start + target.length] = call.data
    else:
        write_now(card, target, call.data)
    return b""


def write_now(card, target, data):
    """Into a standard file, torn when the field goes now. data: what came, all or the first part of the range."""
    outcome = card.tear_outcome()
    if outcome is None:
        target.file.put(target.start, data)
    else:
        target.file.write_torn(card.noise, target.start, data, outcome)
    card.changed()


# --- values ---


def plan_get_value(card, ins, header):
    target = found(card, header[0], (VALUE,))
    file = target.file
    rights = (file.read_right, file.write_right, file.read_write_right)
    if file.flags & FREE_GET_VALUE:
        rights += (FREE,)
    return Plan(mode_for(card, target.application, file, rights), 0, target)


def get_value(card, call):
    """GetValue: the committed value, also while a transaction is open."""
    data = int32_le(call.plan.target.file.value)
    collect(card, call, call.header + data, b"")
    return data


def _plan_value(card, number, rights_of):
    target = found(card, number, (VALUE,))
    file = target.file
    plan = Plan(mode_for(card, target.application, file, rights_of(file)), VALUE_BYTES, target)
    plan.mac_optional = not card.credit_needs_mac
    return plan


def plan_credit(card, ins, header):
    return _plan_value(card, header[0], lambda file: (file.read_write_right,))


def plan_limited_credit(card, ins, header):
    plan = _plan_value(card, header[0], lambda file: (file.write_right, file.read_write_right))
    if not plan.target.file.flags & LIMITED_CREDIT_ON:
        raise Refusal(PERMISSION_DENIED)
    return plan


def plan_debit(card, ins, header):
    return _plan_value(card, header[0], lambda file: (file.read_right, file.write_right, file.read_write_right))


def credit(card, call):
    """Credit."""
    _shadow(card, call).change(_amount(call.data))
    return _valued(card, call)


def debit(card, call):
    """Debit."""
    _shadow(card, call).change(-_amount(call.data))
    return _valued(card, call)


def limited_credit(card, call):
    """LimitedCredit."""
    _shadow(card, call).limited_credit(_amount(call.data))
    return _valued(card, call)


def _valued(card, call):
    collect(card, call, call.header + call.data, b"")
    return b""


def _amount(data):
    if len(data) != VALUE_BYTES:
        raise Refusal(LENGTH_ERROR)
    amount = read_int32_le(data)
    if amount < 0:
        raise Refusal(PARAMETER_ERROR)
    return amount


def _shadow(card, call):
    target = call.plan.target
    return card.transaction.of(target.application, target.number)


# --- records ---


def plan_read_records(card, ins, header):
    target = found(card, header[0], _RECORDS)
    file = target.file
    mode = mode_for(card, target.application, file, (file.read_right, file.read_write_right))
    target.start, target.length = read_le(header[1:4]), read_le(header[4:7])
    sized = target.length > 0
    there = len(file.records) - target.start  # records from the oldest up to the newest that is meant
    if not sized:
        target.length = there
    if there <= 0 or target.length > there:
        raise Refusal(BOUNDARY_ERROR)
    return Plan(mode, 0, target, sized)


def read_records(card, call):
    """ReadRecords: record 0 is the newest; they come from the oldest to the newest."""
    target = call.plan.target
    records = target.file.records
    end = len(records) - target.start
    data = b"".join(records[end - target.length : end])
    collect(card, call, call.header[:4] + uint_le(target.length, 3), data)
    return data


def _plan_record(card, number, start, length, rights_of):
    target = found(card, number, _RECORDS)
    file = target.file
    mode = mode_for(card, target.application, file, rights_of(file))
    target.start, target.length = start, length
    if not length:
        raise Refusal(PARAMETER_ERROR)
    if start + length > file.record_size:
        raise Refusal(BOUNDARY_ERROR)
    return Plan(mode, length, target, chained=True)


def plan_write_record(card, ins, header):
    return _plan_record(card, header[0], read_le(header[1:4]), read_le(header[4:7]),
                        lambda file: (file.write_right, file.read_write_right))


def write_record(card, call):
    """WriteRecord: all of one transaction go into one new record."""
    _shadow(card, call).write(call.plan.target.start, call.data)
    collect(card, call, call.header, call.data)
    return b""


def plan_update_record(card, ins, header):
    return _plan_record(card, header[0], read_le(header[4:7]), read_le(header[7:10]), lambda file: (file.read_write_right,))


def update_record(card, call):
    """UpdateRecord: bytes of a record that is there, at the next commit (AN12343 table 10: needs ReadWrite)."""
    _shadow(card, call).update(read_le(call.header[1:4]), call.plan.target.start, call.data)
    collect(card, call, call.header, call.data)
    return b""


def plan_clear_records(card, ins, header):
    """MAC under EV2 whatever the file says, like the other commands without data (unsure on silicon)."""
    target = found(card, header[0], _RECORDS)
    mode = mode_for(card, target.application, target.file, (target.file.read_write_right,))
    return Plan(1 if mode != PLAIN else PLAIN, 0, target)


def clear_records(card, call):
    """ClearRecordFile, at the next commit."""
    _shadow(card, call).clear()
    collect(card, call, call.header, b"")
    return b""
