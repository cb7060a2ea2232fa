"""A release goes into the other slot, whatever the power does meanwhile; a firmware that does not come up makes way for the last good one."""

from cardos.crypto.steps import finished
from cardos.errors import BadInput
from cardos.records.release import trusted_release
from terminal import launcher, update
from tests.portable.ed25519_signer import Signer
from tests.portable.update_bench import CONTENTS, OFFICE, SCHEME, MemoryDisk, PowerCut, board, make_release

CHUNK = 700


def installer(disk, name="pico-w", mpy=6):
    return update.Installer(disk, OFFICE.public_key, SCHEME, name, mpy)


def install(disk, blob, number=8, name="pico-w"):
    """What the sync does: asks where to go on, brings chunks, lets the manifest be proven, takes it."""
    one = installer(disk, name)
    offset = one.have(number, len(blob))
    while offset < len(blob):
        offset = one.add(offset, blob[offset : offset + CHUNK])
        if one.prove_now:
            finished(one.prove())
    finished(one.steps())


def code_of(function, *arguments):
    try:
        function(*arguments)
    except (BadInput, update.UpdateTrouble) as trouble:
        assert trouble.message and trouble.hint
        return trouble.code
    return None


def holds_release(disk, slot, contents=CONTENTS):
    """The slot has the release's files and no others."""
    found = sorted([name for name in disk.files if name.startswith(slot + "/") and name != slot + "/manifest"])
    assert found == sorted([slot + "/" + path for path, _ in contents]), found
    return all([disk.files[slot + "/" + path] == data for path, data in contents])


def test_a_release_goes_into_the_other_slot_and_is_started_next():
    disk = board()
    install(disk, make_release()[0])
    assert holds_release(disk, "b") and disk.files["slot"] == b"b0"
    assert disk.files["a/terminal/main.mpy"] == b"main of a" and disk.files["a/terminal/gone.mpy"]
    assert launcher.choose(disk) == "b" and disk.files["slot"] == b"b1"
    assert update.healthy(disk) and not update.healthy(disk) and disk.files["slot"] == b"b="
    assert update.running_number(disk) == 8 and launcher.choose(disk) == "b" and disk.files["slot"] == b"b="


def test_the_next_release_goes_into_the_first_slot_again():
    disk = board()
    install(disk, make_release()[0])
    launcher.choose(disk)
    update.healthy(disk)
    install(disk, make_release(9)[0], 9)
    assert holds_release(disk, "a") and launcher.choose(disk) == "a" and update.running_number(disk) == 9


def test_a_firmware_that_does_not_come_up_makes_way_after_three_starts():
    disk = board()
    blob = make_release()[0]
    install(disk, blob)
    assert [launcher.choose(disk) for _ in range(4)] == ["b", "b", "b", "a"]
    assert disk.files["slot"] == b"a1!" and update.healthy(disk) and disk.files["slot"] == b"a=!"
    assert update.running_number(disk) == 7
    assert code_of(install, disk, blob) == "RELEASE_FAILED"  # it is not tried again and again
    install(disk, make_release(9)[0], 9)
    assert launcher.choose(disk) == "b" and disk.files["slot"] == b"b1"


def test_two_slots_that_do_not_come_up_are_both_tried_for_ever():
    disk = board(state="0")
    disk.files["b/manifest"] = make_release(6)[1]
    assert [launcher.choose(disk) for _ in range(10)] == ["a", "a", "a", "b", "b", "b", "a", "a", "a", "b"]


def test_a_damaged_or_missing_slot_file_starts_what_is_there():
    for text in (None, b"", b"c=", b"a9", b"a==", b"\xff\xfe", b"a=?"):
        disk = board()
        if text is None:
            del disk.files["slot"]
        else:
            disk.files["slot"] = text
        assert launcher.choose(disk) == "a" and disk.files["slot"] == b"a1", text
    disk = MemoryDisk({"b/terminal/main.mpy": b"x"}, ["", "b", "b/terminal"])
    assert launcher.choose(disk) == "b"
    assert launcher.choose(MemoryDisk()) is None  # frozen: no slot at all


def test_a_slot_that_is_being_written_is_never_started():
    disk = board("b")
    disk.files["b/" + launcher.PART] = b"x"
    assert launcher.choose(disk) == "a"
    disk = board(state="3")
    disk.files["b/" + launcher.PART] = b"x"
    assert launcher.choose(disk) == "a" and disk.files["slot"] == b"a3"


def test_what_is_not_for_this_board_is_refused_before_anything_is_written():
    for code, blob in (
        ("RELEASE_FORGED", make_release(signer=Signer(b"stampd tests: a stranger's key  "))[0]),
        ("RELEASE_SCHEME", make_release(scheme=1)[0]),
        ("RELEASE_BOARD", make_release(board="esp32")[0]),
        ("RELEASE_MPY", make_release(mpy=5)[0]),
        ("RELEASE_OLDER", make_release(6)[0]),
        ("RELEASE_OLDER", make_release(7)[0]),
        ("RELEASE_DAMAGED", b"\x00\x00\x00\x05" + bytes(99)),
        ("RELEASE_DAMAGED", b"\xff\x00\x00\x05" + bytes(99)),
    ):
        disk = board()
        before = dict(disk.files)
        assert code_of(install, disk, blob) == code, (code, code_of(install, disk, blob))
        assert disk.files == before and disk.operations == 0, code


def test_a_release_without_room_is_refused():
    disk = board()
    disk.free = 20000
    assert code_of(install, disk, make_release()[0]) == "UPDATE_NO_ROOM" and disk.operations == 0


def test_bytes_that_are_not_the_manifests_are_refused_and_fetched_again():
    disk, blob = board(), bytearray(make_release()[0])
    blob[-3] ^= 1
    assert code_of(install, disk, bytes(blob)) == "RELEASE_DAMAGED" and disk.files["slot"] == b"a="
    install(disk, make_release()[0])
    assert holds_release(disk, "b") and launcher.choose(disk) == "b"


def test_bytes_of_another_place_and_a_release_that_is_not_whole_are_refused():
    disk, blob = board(), make_release()[0]
    one = installer(disk)
    one.have(8, len(blob))
    assert code_of(one.add, 5, blob[5:50]) == "UPDATE_ORDER"
    assert code_of(lambda: finished(one.steps())) == "RELEASE_DAMAGED" and disk.files["slot"] == b"a="


def test_a_file_that_changes_after_it_was_written_is_found():
    disk, blob = board(), make_release()[0]
    one = installer(disk)
    offset = 0
    while offset < len(blob):
        offset = one.add(offset, blob[offset : offset + CHUNK])
        if one.prove_now:
            finished(one.prove())
    disk.files["b/cardos/bytes.mpy"] = b"x" + disk.files["b/cardos/bytes.mpy"][1:]
    assert code_of(lambda: finished(one.steps())) == "RELEASE_DAMAGED" and disk.files["slot"] == b"a="


def without_waiting(signed_manifest, public_key, scheme, newest):
    """The proof is proven above; a hundred cuts need not wait for it each."""
    yield
    return trusted_release(signed_manifest)


def test_the_power_goes_at_every_operation_of_an_install():
    blob = make_release()[0]
    proof, update.open_release_steps = update.open_release_steps, without_waiting
    try:
        whole = board()
        install(whole, blob)
        assert whole.operations > 15
        for torn in range(4):
            for operation in range(1, whole.operations + 1):
                disk = board()
                disk.cut_at, disk.torn = operation, torn
                try:
                    install(disk, blob)
                except PowerCut:
                    pass
                else:
                    raise AssertionError("no cut at operation %d" % operation)
                goes_on(disk.again(), blob, operation, torn)
    finally:
        update.open_release_steps = proof


def goes_on(disk, blob, operation, torn):
    """After the cut some whole firmware starts; then the install is finished, and the new one starts."""
    letter = launcher.choose(disk)
    started = disk.files[letter + "/terminal/main.mpy"]
    assert started == (b"main of a" if letter == "a" else CONTENTS[0][1]), (operation, torn)
    if letter == "a":
        assert disk.files["slot"] == b"a="
        install(disk, blob)
        assert launcher.choose(disk) == "b"
    assert holds_release(disk, "b") and update.healthy(disk) and disk.files["slot"] == b"b="


def test_the_power_goes_at_every_start_and_at_healthy():
    for torn in range(4):
        for operation in range(1, 9):
            disk = board()
            install_quickly(disk)
            disk.operations, disk.cut_at, disk.torn = 0, operation, torn
            try:
                launcher.choose(disk)
                launcher.choose(disk)
                update.healthy(disk)
                continue
            except PowerCut:
                disk = disk.again()
            assert launcher.choose(disk) == "b", (operation, torn)  # a cut is a start at most
            update.healthy(disk)
            assert disk.files["slot"] == b"b="


def install_quickly(disk):
    proof, update.open_release_steps = update.open_release_steps, without_waiting
    try:
        install(disk, make_release()[0])
    finally:
        update.open_release_steps = proof


def test_an_install_goes_on_after_the_whole_files():
    disk, blob = board(), make_release()[0]
    disk.cut_at = 14
    try:
        install(disk, blob)
        raise AssertionError("no cut")
    except PowerCut:
        disk = disk.again()
    offset = installer(disk).have(8, len(blob))
    assert 0 < offset < len(blob), offset
    assert installer(disk).have(9, len(blob)) == 0 and installer(disk).have(8, len(blob) + 1) == 0
