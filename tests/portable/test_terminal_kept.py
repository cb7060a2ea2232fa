"""What a board keeps comes back or is refused, whatever the power did; a stopped card is found in flash and its tap is told so."""

from cardos.bytes import uint
from cardos.errors import BadInput
from cardos.offers import pack_file
from cardos.records.fields import family_number
from cardos.records.kept_file import open_kept, pack_kept
from cardos.records.stop_list import card_entry
from terminal.kept import Kept, KeptTrouble
from terminal.stop_list import ListedDesk, StopList
from tests.portable.board_bench import OFFICE, SCHEME, VAULT, Bench, signed_list, with_fields
from tests.portable.journal_bench import Day, MemoryFiles
from tests.portable.shop import PACK, UID


def bench():
    files = MemoryFiles()
    from terminal.key_vault import KeyVault

    vault = KeyVault(with_fields(VAULT, format=1))
    return files, Kept(files, vault.store_mac_of_pieces), vault


def code_of(function, *arguments):
    try:
        function(*arguments)
    except (BadInput, KeptTrouble) as trouble:
        assert trouble.message and trouble.hint
        return trouble.code
    return None


def test_what_was_kept_comes_back_and_can_be_forgotten():
    files, kept, vault = bench()
    for size in (0, 1, 15, 16, 17, 495, 496, 497, 512, 1008, 1024, 3000):
        data = bytes([size & 0xFF]) * size
        kept.keep("pack", data)
        assert kept.read("pack") == data == kept.load("pack") and kept.check("pack") == size, size
        assert files.content["pack"] == pack_kept(vault.store_mac, "pack", data) and open_kept(vault.store_mac, "pack", files.content["pack"]) == data
    assert kept.read("list") is None and kept.check("list") is None
    kept.forget("pack")
    kept.forget("pack")
    assert kept.read("pack") is None and not kept.has("pack")


def test_what_was_changed_is_refused():
    files, kept, _ = bench()
    for size in (0, 40, 496, 1024):
        kept.keep("pack", bytes(size))
        whole = files.content["pack"]
        for place in (0, size // 2, size, len(whole) - 1):
            files.content["pack"] = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
            assert code_of(kept.read, "pack") == code_of(kept.check, "pack") == "KEPT_DAMAGED", (size, place)
        for cut in (b"", whole[:15], whole[:-1], whole + b"\x00"):
            files.content["pack"] = cut
            assert code_of(kept.read, "pack") == code_of(kept.check, "pack") == "KEPT_DAMAGED", (size, len(cut))


def test_a_kept_file_under_another_name_is_refused():
    files, kept, _ = bench()
    kept.keep("pack", b"content")
    files.content["list"] = files.content["pack"]
    assert code_of(kept.read, "list") == code_of(kept.check, "list") == "KEPT_DAMAGED"
    try:
        kept.keep("vault", b"")
    except ValueError:
        return
    raise AssertionError("a name that nothing is kept under was taken")


def test_flash_that_refuses_leaves_the_old_bytes():
    files, kept, _ = bench()
    kept.keep("pack", b"old")

    def full(*change):
        raise OSError(28)

    files.before = full
    assert code_of(kept.keep, "pack", b"new") == "KEPT_WRITE" and kept.read("pack") == b"old"


def test_a_pack_that_was_proven_once_opens_without_its_signature():
    protected, payload, message = pack_file.unsigned_pack(PACK, SCHEME)
    data = pack_file.assemble(protected, payload, OFFICE.sign(message))
    seen = []
    assert pack_file.trusted_pack(data, SCHEME, seen.append) == PACK == seen[0]
    assert pack_file.trusted_pack(data[:-1] + bytes([data[-1] ^ 1]), SCHEME) == PACK
    assert code_of(pack_file.trusted_pack, data, 7) == "PACK_SCHEME" and code_of(pack_file.trusted_pack, data[:-1], SCHEME) == "PACK_DAMAGED"
    wrong = pack_file.sign1.protected_header(SCHEME, pack_file.CONTENT_TYPE + "2")
    assert code_of(pack_file.trusted_pack, pack_file.sign1.assemble(wrong, payload, bytes(64)), SCHEME) == "PACK_VERSION"


# --- the stop list ---


def test_every_card_on_a_list_is_found_and_no_other():
    for count in (0, 1, 2, 63, 64, 65, 128, 700, 1400):
        _, kept, _ = bench()
        kept.keep("list", signed_list(5, [card_entry(2, uint(number, 7)) for number in range(count)], (3, 9), 1, 4000))
        found = StopList(kept)
        assert (found.number, found.cards, found.minute, found.lowest_epoch, found.trouble) == (5, count, 4000, 1, None)
        for number in range(0, count, 1 + count // 60):
            assert found.has_card(2, uint(number, 7)), (count, number)
        assert not any([found.has_card(2, uint(number, 7)) for number in range(count, count + 40)])
        assert not found.has_card(3, uint(0, 7)) and found.has_terminal(9) and not found.has_terminal(4)


def test_a_lookup_reads_one_page_and_no_more():
    files, kept, _ = bench()
    kept.keep("list", signed_list(5, [card_entry(2, uint(number, 7)) for number in range(1400)]))
    found, read = StopList(kept), []
    before = files.read

    def counted(name, offset=0, size=-1):
        read.append(size)
        return before(name, offset, size)

    files.read = counted
    assert found.has_card(2, uint(77, 7)) and read == [512]


def test_without_a_list_nobody_is_stopped_and_a_damaged_one_is_trouble():
    files, kept, _ = bench()
    found = StopList(kept)
    assert found.number == 0 and not found.has_card(2, UID) and not found.has_terminal(0) and found.trouble is None
    kept.keep("list", signed_list(5, [card_entry(2, UID)]))
    found.reload()
    assert found.has_card(2, UID)
    files.content["list"] = files.content["list"][:-1]
    found.reload()
    assert found.trouble.code == "KEPT_DAMAGED" and found.number == 0


def test_a_stopped_card_is_blocked_for_its_tap():
    board, day = Bench(), Day(1, 3)
    family, uid = day.cards[0][0], day.cards[0][1]
    day.tap(board.journal)
    board.kept.keep("list", signed_list(5, [card_entry(family_number(family), uid)]))
    desk = ListedDesk(board.journal, lambda: 0, StopList(board.kept))
    plain = board.journal.recall(family, uid)
    assert desk.recall(family, uid).status == "blocked" and desk.recall(family, uid)[1:] == plain[1:]
    other = day.cards[1]
    assert desk.recall(other[0], other[1]).status == board.journal.recall(other[0], other[1]).status != "blocked"
