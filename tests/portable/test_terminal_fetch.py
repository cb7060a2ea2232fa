"""What a board downloads: gone on with after a restart, begun anew when it is not what the shop has, kept only when it is proven."""

from cardos.records import board_sync
from cardos.records.board_sync import CHUNK_SIZE
from terminal.line import NoShop
from tests.portable.ed25519_signer import Signer
from tests.portable.sync_bench import Board, Shop, settings, signed_certificate, signed_pack

STRANGER = Signer(b"stranger" * 4)


def a_board(**offers):
    board = Board(Shop())
    board.shop.offers = offers
    return board


def fetched(board):
    """[(what, offset)] of all fetches so far."""
    return [(what, offset) for kind, what, offset in board.shop.heard if kind == board_sync.FETCH]


def test_a_download_goes_on_where_it_was():
    pack = signed_pack(4, 7000)
    for lost_at in (1, 2, 3, 4):
        board = a_board(pack=(4, pack))
        board.line.faults = {lost_at: "lost"}
        try:
            board.once()
        except NoShop:  # as the test wants it
            board.start()
        board.once()
        assert board.kept.read("pack") == pack and fetched(board) == [("pack", place) for place in range(0, len(pack), CHUNK_SIZE)]
        assert board.fetch_files.content == {} and board.news.count("pack") == 1


def test_what_changed_at_the_shop_meanwhile_is_begun_anew():
    board = a_board(pack=(4, signed_pack(4, 7000)))
    board.line.faults = {3: "lost"}
    try:
        board.once()
    except NoShop:  # as the test wants it
        assert len(board.fetch_files.content["pack"]) == 40 + 2 * CHUNK_SIZE
    board.shop.offers = {"pack": (5, signed_pack(5, 7000))}
    board.once()
    assert board.kept.read("pack") == signed_pack(5, 7000) and fetched(board)[2] == ("pack", 0)


def test_an_offer_that_is_no_more_is_let_go():
    board = a_board(pack=(4, signed_pack(4, 7000)))
    answer = board.shop.answer

    def changes(message):
        found = answer(message)
        board.shop.offers = {"pack": (5, signed_pack(5))}
        return found
    board.shop.answer = changes
    assert board.once().fetched == [] and board.once().fetched == ["pack"]
    assert board.kept.read("pack") == signed_pack(5)


def test_damage_in_flash_is_fetched_anew():
    pack = signed_pack(4, 3000)
    for place in (0, 4, 8, 41, 1000):
        board = a_board(pack=(4, pack))
        board.line.faults = {2: "lost"}
        try:
            board.once()
        except NoShop:  # as the test wants it
            data = bytearray(board.fetch_files.content["pack"])
        data[place] ^= 1
        board.fetch_files.content["pack"] = bytes(data)
        board.start()
        if place > 40:
            assert board.once().fetched == [] and board.sync.trouble.code == "FETCH_DAMAGED"
        assert board.once().fetched == ["pack"] and board.kept.read("pack") == pack and board.sync.trouble is None
    board = a_board(pack=(4, pack))
    board.fetch_files.content["pack"] = b"short"
    assert board.once().fetched == ["pack"]


def test_what_nobody_of_ours_signed_is_not_kept_and_not_fetched_twice():
    board = a_board(pack=(4, signed_pack(4, 100, STRANGER)), settings=(2, settings(2)))
    done = board.once()
    assert done.fetched == ["settings"] and board.sync.trouble.code == "PACK_FORGED" and board.kept.read("pack") is None
    count = len(fetched(board))
    assert board.once().fetched == [] and len(fetched(board)) == count and board.fetch_files.content == {}
    board.shop.offers = {"pack": (4, signed_pack(4, 100))}
    assert board.once().fetched == ["pack"] and board.sync.trouble is None


def test_numbers_only_rise():
    board = a_board(pack=(4, signed_pack(4)), settings=(4, settings(4)))
    board.once()
    for number, size in ((4, 200), (3, 200), (0, 200)):
        board.shop.offers = {"pack": (number, signed_pack(max(1, number), size)), "settings": (number, settings(max(1, number)))}
        assert board.once().fetched == [] and len(fetched(board)) == 4
    board.shop.offers = {"pack": (6, signed_pack(3)), "settings": (5, settings(4))}
    assert board.once().fetched == [] and board.sync.trouble.code in ("PACK_OLDER", "SETTINGS_OLDER")
    assert board.kept.read("pack") == signed_pack(4) and board.kept.read("settings") == settings(4)


def test_what_does_not_fit_is_not_begun():
    board = a_board(pack=(4, b"x" * (16 * 1024 + 1)), settings=(3, b""))
    board.once()
    assert fetched(board) == []


def test_another_piece_than_was_asked_for_is_trouble():
    for wrong in ({"what": "list"}, {"number": 5}, {"offset": 1}, {"data": b"x" * 2000}):
        board = a_board(pack=(4, signed_pack(4, 3000)))
        packed = board.shop._packed

        def bad(request, status, more, packed=packed, wrong=wrong):
            if len(more) == 4:
                fields = dict(zip(("what", "number", "offset", "data"), more))
                fields.update(wrong)
                more = [fields[name] for name in ("what", "number", "offset", "data")]
            return packed(request, status, more)
        board.shop._packed = bad
        try:
            board.once()
            raise AssertionError("it was taken")
        except board_sync.BadInput as trouble:
            assert trouble.code == "BOARD_MESSAGE" and board.kept.read("pack") is None


def test_certificates():
    board = a_board()
    for data, code in ((signed_certificate(9000), None), (signed_certificate(8000), None), (b"none", "CERTIFICATE_DAMAGED"),
                       (signed_certificate(9500, STRANGER), "CERTIFICATE_FORGED"), (signed_certificate(9500, key=bytes(32)), "CERTIFICATE_OTHER_BOARD"),
                       (signed_certificate(9001), None)):  # fmt: skip
        board.shop.certificate = data
        board.once()
        assert (board.sync.trouble.code if board.sync.trouble else None) == code
        assert (board.kept.read("certificate") == data) is (code is None)
        steps = len(board.slept)
        board.once()
        assert len(board.slept) < steps + 20, "neither a known nor a refused one is proven again"
    assert board.news.count("certificate") == 3


def test_a_kept_file_that_was_damaged_comes_anew():
    board = a_board()
    board.shop.certificate = signed_certificate(9000)
    board.once()
    for name in ("certificate", "zones", "status"):
        board.kept_files.content[name] = b"damaged" * 9
    board.start()
    assert board.sync.status == "ok"
    board.once()
    assert board.kept.read("certificate") == signed_certificate(9000) and board.sync.trouble is None


class Installing:
    """A release that is written elsewhere, as `update.Installer` does: its first 100 bytes are proven before the rest is taken."""

    def __init__(self):
        self.data, self.proven, self.finished = b"", False, 0

    @property
    def prove_now(self):
        return len(self.data) == 100 and not self.proven

    def prove(self):
        yield
        self.proven = True

    def number(self):
        return 1

    def have(self, number, size, digest):
        return len(self.data)

    def add(self, offset, data):
        assert offset == len(self.data) and not self.prove_now
        self.data += data if self.proven else data[: 100 - offset]
        return len(self.data)

    def steps(self):
        yield
        self.finished += 1


def test_a_release_goes_to_whoever_installs_it():
    blob = bytes([place * 31 & 255 for place in range(9000)])
    board = a_board(release=(2, blob))
    board.downloads["release"] = Installing()
    board.line.faults = {3: "unheard"}
    try:
        board.once()
    except NoShop:  # as the test wants it
        assert len(board.downloads["release"].data) == 100 + CHUNK_SIZE
    assert board.once().fetched == ["release"] and board.downloads["release"].data == blob and board.downloads["release"].finished
    board.once()
    assert board.downloads["release"].finished == 1 and board.news.count("release") == 1, "it runs with the next start"


def test_a_download_that_does_not_come_on_is_not_asked_for_ever():
    board = a_board(release=(2, bytes(9000)))
    board.downloads["release"] = Installing()
    board.downloads["release"].add = lambda offset, data: offset
    assert board.once().fetched == [] and board.sync.trouble.code == "FETCH_DAMAGED" and len(fetched(board)) == 1
