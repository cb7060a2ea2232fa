"""Soft DESFire: files, rights, values, records, transactions; plain commands on both generations of channel rules."""

from tests.portable.desfire_bench import (
    AID, again, apdu, backup_file, le3, le4, native, present, read, reader, record_file, std_file, value_file, with_application,
    write,
)
from tests.portable.desfire_reader import FULL, MAC, PLAIN


def value(card, number=5):
    return native(card, "6c%02x" % number)


def records(card, first=0, count=0, number=2):
    return native(card, "bb%02x%s%s" % (number, le3(first), le3(count)))


def add_record(card, data_hex, number=2, offset=0):
    return native(card, "3b%02x%s%s%s" % (number, le3(offset), le3(len(data_hex) // 2), data_hex))


def test_making_listing_and_deleting_files():
    card = with_application("desfire-ev1", keys="a5")
    assert native(card, "cd0103e100eeee200000") == "00"
    assert native(card, "cd0203e100eeee200000") == "de", "the ISO identifier is taken"
    assert native(card, "cd0100eeee200000") == "de"
    assert native(card, "cd2000eeee200000") == "9e" and native(card, "cd0300eeee000000") == "9e"
    assert native(card, "cd0304eeee200000") == "9e" and native(card, "cd030000eeee20") == "7e"
    assert native(card, "cd030065ee200000") == "9e", "key 6 of five"
    value_file(card)
    record_file(card)
    assert native(card, "6f") == "00010205" and native(card, "61") == "0003e1"
    assert native(card, "f501") == "000000eeee200000"
    assert native(card, "f505") == "000200eeee00000000e80300000000000000"
    assert native(card, "f502") == "000400eeee080000040000000000"
    assert native(card, "f509") == "f0"
    assert native(card, "df01") == "00" and native(card, "6f") == "000205" and native(card, "df01") == "f0"
    assert native(with_application("desfire-ev1"), "cd0103e100eeee200000") == "9e", "an application without ISO identifiers"
    assert native(present(card), "cd0100eeee200000") == "9d", "PICC level"


def test_standard_file_at_once_backup_file_at_commit():
    card = with_application("desfire-ev1")
    std_file(card)
    backup_file(card)
    assert write(card, 4, 2, "beef") == "00" and read(card, 4, 0, 5) == "000000beef00"
    assert write(card, 1, 2, "beef") == "00" and read(card, 1, 0, 5) == "000000000000"
    assert native(card, "c7") == "00" and read(card, 1, 0, 5) == "000000beef00"
    assert native(card, "c7") == "0c", "nothing pending"
    assert read(card, 4, 32, 1) == "be" and read(card, 4, 0, 33) == "be" and write(card, 4, 31, "0102") == "be"
    assert write(card, 4, 0, "") == "9e" and read(card, 7) == "f0" and read(card, 1, 30) == "000000"
    assert native(card, "bd0400") == "7e" and native(card, "6c04") == "9d", "no value file"


def test_what_ends_a_transaction():
    for family in ("desfire-ev1", "desfire-ev3"):
        card = with_application(family)
        backup_file(card)
        for end in ("a7", "5a" + AID, "bd0f", "aa00", "cd0900eeee010000", "df09", ""):
            assert write(card, 1, 0, "aa") == "00"
            if end:
                native(card, end)
            else:
                again(card)
            if end == "aa00":
                assert native(card, "c7") == "ca"
            assert native(card, "c7") == "0c" and read(card, 1, 0, 1) == "0000", end
        assert write(card, 1, 0, "aa") == "00" and native(card, "f501")[:2] == "00" and native(card, "6e")[:2] == "00"
        assert native(card, "c7") == "00", "queries leave it alone"


def test_strict_transactions_end_with_a_query_too():
    card = with_application("desfire-ev2", strict_transactions=True)
    backup_file(card)
    assert write(card, 1, 0, "aa") == "00" and read(card, 1, 0, 1) == "0000" and native(card, "c7") == "00"
    assert write(card, 1, 0, "bb") == "00" and native(card, "f501")[:2] == "00" and native(card, "c7") == "0c"


def test_values_keep_to_their_limits():
    card = with_application("desfire-ev1")
    value_file(card, lower=-50, upper=1000, value=100)
    assert value(card) == "00" + le4(100)
    assert native(card, "dc05" + le4(30)) == "00" and value(card) == "00" + le4(100), "in flight"
    assert native(card, "0c05" + le4(5)) == "00" and native(card, "c7") == "00" and value(card) == "00" + le4(75)
    assert native(card, "dc05" + le4(126)) == "be" and native(card, "0c05" + le4(926)) == "be"
    assert native(card, "dc05" + le4(125)) == "00" and native(card, "c7") == "00" and value(card) == "00" + le4(-50)
    assert native(card, "0c05" + le4(1050)) == "00" and native(card, "c7") == "00" and value(card) == "00" + le4(1000)
    assert native(card, "dc05" + le4(-1)) == "9e" and native(card, "dc0501") == "7e" and native(card, "1c05" + le4(1)) == "9d"
    assert native(card, "cc0600eeee" + le4(5) + le4(4) + le4(5) + "00") == "9e"


def test_limited_credit_gives_back_the_last_debit_once():
    card = with_application("desfire-ev1")
    value_file(card, flags=1)
    assert native(card, "1c05" + le4(1)) == "be"
    assert native(card, "dc05" + le4(10)) == "00" and native(card, "dc05" + le4(20)) == "00" and native(card, "c7") == "00"
    assert native(card, "f505")[26:34] == le4(30)
    assert native(card, "0c05" + le4(1)) == "00" and native(card, "c7") == "00", "a credit changes nothing of it"
    assert native(card, "1c05" + le4(31)) == "be"
    assert native(card, "1c05" + le4(12)) == "00" and native(card, "c7") == "00" and value(card) == "00" + le4(83)
    assert native(card, "1c05" + le4(1)) == "be"


def test_cyclic_records_push_the_oldest_out():
    card = with_application("desfire-ev1")
    record_file(card, places=4)
    assert records(card) == "be", "none yet"
    for number in range(5):
        assert add_record(card, "%02x" % number * 8) == "00" and native(card, "c7") == "00"
    assert native(card, "f502")[-6:] == le3(3), "one of four places is for the next"
    assert records(card) == "00" + "02" * 8 + "03" * 8 + "04" * 8
    assert records(card, 0, 1) == "00" + "04" * 8 and records(card, 2, 1) == "00" + "02" * 8
    assert records(card, 1, 2) == "00" + "02" * 8 + "03" * 8 and records(card, 1) == "00" + "02" * 8 + "03" * 8
    assert records(card, 3, 1) == "be" and records(card, 1, 3) == "be"


def test_linear_records_end_when_full():
    card = with_application("desfire-ev1")
    record_file(card, places=2, cyclic=False)
    for number in range(2):
        assert add_record(card, "%02x" % number * 8) == "00" and native(card, "c7") == "00"
    assert add_record(card, "ff") == "be"
    assert native(card, "eb02") == "00" and records(card) == "00" + "00" * 8 + "01" * 8, "not before the commit"
    assert add_record(card, "ff") == "9d"
    assert native(card, "eb02") == "00" and native(card, "c7") == "00" and records(card) == "be"


def test_one_new_record_a_transaction_and_updates_of_old_ones():
    card = with_application("desfire-ev2")
    record_file(card)
    assert add_record(card, "aabb") == "00" and add_record(card, "cc", offset=7) == "00" and native(card, "c7") == "00"
    assert records(card) == "00aabb0000000000cc"
    assert native(card, "db02000000" + le3(1) + le3(2) + "1122") == "00" and records(card) == "00aabb0000000000cc"
    assert native(card, "c7") == "00" and records(card) == "00aa112200000000cc"
    assert native(card, "db02010000" + le3(1) + le3(2) + "1122") == "be"
    assert native(with_application("desfire-ev1"), "db02000000" + le3(1) + le3(2) + "1122") == "1c"


def test_long_data_comes_and_goes_in_frames():
    card = with_application("desfire-ev1")
    std_file(card, size=200)
    data = bytes(range(200))
    assert native(card, "3d04000000c80000") == "af", "a header alone is a beginning"
    for start in range(0, 177, 59):
        assert native(card, "af" + data[start : start + 59].hex()) == "af"
    assert native(card, "af" + data[177:].hex()) == "00"
    got = read(card, 4)
    assert len(got) == 2 * 60
    while got[:2] == "af":
        part = native(card, "af")
        got = part[:2] + got[2:] + part[2:]
    assert got == "00" + data.hex()
    assert native(card, "3d04000000050000" + "00" * 6) == "7e", "more than was said"
    assert native(card, "3d04000000c80000" + "00" * 60) == "7e", "a frame holds 59 bytes"


def test_iso_chaining_codes_carry_all_in_one():
    card = with_application("desfire-ev3")
    std_file(card, size=200)
    data = bytes(range(200))
    assert apdu(card, 0x8D, "04000000c80000" + data.hex()) == "9100"
    assert apdu(card, 0xAD, "04000000c80000") == data.hex() + "9100"
    assert apdu(card, 0x8D, "04000000c80000" + data[1:].hex()) == "917e"
    assert apdu(with_application("desfire-ev1"), 0xAD, "04000000000000") == "911c"


def test_plain_write_that_never_ends_leaves_its_beginning_in_a_standard_file():
    card = with_application("desfire-ev1")
    std_file(card, size=100)
    backup_file(card, size=100)
    for number in (4, 1):
        assert native(card, "3d%02x000000640000" % number + "ee" * 52) == "af"
        again(card)
    assert read(card, 4, 50, 4) == "00eeee0000" and read(card, 1, 50, 4) == "0000000000"


def test_rights():
    card = with_application()
    std_file(card, 1, comm=3, access="00e1")  # read everybody, write key 1, both key 0, change key 0 - low byte first
    assert native(card, "f501")[6:10] == "00e1"
    assert read(card, 1, 0, 1) == "0000", "everybody, plain whatever the file says"
    assert write(card, 1, 0, "aa") == "ae"
    one = reader(card, 1)
    assert one.write(1, 0, "aa") == "" and one.read(1, 0, 1, PLAIN) == "aa"
    two = reader(card, 2)
    assert two.write(1, 0, "aa") == "!ae"
    assert native(card, "f501")[:2] == "00" and write(card, 1, 0, "aa") == "ae", "the refusal ended the session"
    master = reader(card, 0)
    assert master.read(1, 0, 1) == "aa"
    assert master.settings(1, "030fff") == "" and master.write(1, 0, "bb") == "", "ReadWrite stayed with key 0"
    assert master.settings(1, "00eeee") == "!9d", "changing was given to nobody"
    std_file(card, 2, access="eeee")
    assert native(card, "5f0201e0ee") == "00" and native(card, "f502")[2:10] == "0001e0ee"
    assert native(card, "5f0201eeee") == "ae"


def test_application_settings_hide_lists_and_keep_making_to_the_master():
    card = with_application(settings="09")
    for frame in ("6f", "61", "45", "cd0100eeee010000", "df01"):
        assert native(card, frame) == "ae"
    other = reader(card, 1)
    assert other.call(0x6F, mode=MAC) == "!ae"
    master = reader(card, 0)
    assert master.call(0xCD, "", "0100eeee010000", MAC) == "" and master.call(0x6F, mode=MAC) == "01"
    assert master.call(0x54, "", "01", FULL) == "" and master.call(0x45, mode=MAC) == "0185"
    assert master.call(0x54, "", "0f", FULL) == "!9d", "frozen"


def test_iso_commands_for_type_4_readers():
    card = with_application("desfire-ev1", keys="2110e1d2760000850101")
    assert native(card, "cd0103e100eeee0f0000") == "00" and native(card, "cd0204e100eeee200000") == "00"
    assert native(card, "cd0305e103eeee200000") == "00"
    assert write(card, 1, 0, "000f2000") == "00"
    present(card)
    assert native(card, "00a4040007d276000085010100") == "9000" and native(card, "00a4040c07d27600008501ff") == "6a82"
    assert native(card, "00a4040007d276000085010100") == "9000" and native(card, "00b000000f") == "6986"
    assert native(card, "00a4040007d276000085010100") == "9000"
    assert native(card, "00a40400" + "07d2760000850101" + "00") == "9000"
    assert native(card, "00a4000c02e103") == "9000" and native(card, "00b0000004") == "000f20009000"
    assert native(card, "00b0000b00") == "000000009000" and native(card, "00b0000f01") == "6b00"
    assert native(card, "00a4000c02e104") == "9000" and native(card, "00d60000020003") == "9000"
    assert native(card, "00b0820102") == "03009000", "short file identifier"
    assert native(card, "00d6001f020003") == "6b00" and native(card, "00a4000c02e109") == "6a82"
    assert native(card, "00a4000c02e105") == "9000" and native(card, "00b0000001") == "009000"
    assert native(card, "00ca000000") == "6d00" and native(card, "00a4010002e103") == "6a86" and native(card, "00a4") == "6700"
    assert native(card, "00a4000c023f00") == "9000" and native(card, "6a") == "00000000"[:2] + "737470"
    assert native(card, "60")[:2] == "af" and native(card, "00b0000001") == "6985" and native(card, "af") == "1c"
    secret = with_application("desfire-ev1", keys="a5")
    assert native(secret, "cd0103e10000000f0000") == "00"
    assert native(secret, "00a4000c02e103") == "9000" and native(secret, "00b0000004") == "6982"
