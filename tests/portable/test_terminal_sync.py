"""A board's sync against a shop: everything arrives, once, whatever the network and the power do. Downloads: test_terminal_fetch."""

from cardos.errors import BadInput, StampdError
from cardos.records import board_sync
from terminal.line import NoShop
from terminal.sync import Sync
from tests.portable.journal_bench import Day, Log
from tests.portable.sync_bench import SECOND, ZONES, Board, PowerCut, Shop, run, settings, signed_certificate, signed_pack


def a_board(taps, shop=None, log=None):
    board = Board(shop or Shop())
    (log or Log()).listen(board.journal)
    day = Day(7, 6, {"amount": 450, "receipt": "x" * 80})
    for _ in range(taps):
        day.tap(board.journal)
    board.steps = 0
    return board


def trouble_of(board):
    try:
        board.once()
    except StampdError as trouble:
        return trouble.code
    return None


def lines_of(board):
    """Every line of a board that never freed one."""
    return board.journal.batch(1, 1 << 30)[2]


def drained(board):
    return board.journal.stored == board.journal.count == len(board.shop.lines)


def test_everything_goes_up_and_what_is_new_comes_down():
    log = Log()
    board = a_board(80, log=log)
    board.shop.offers = {"settings": (3, settings(3)), "pack": (4, signed_pack(4)), "release": (9, b"x"), "poem": (1, b"y")}
    board.shop.certificate = signed_certificate(85000)
    done = board.once()
    assert drained(board) and done.lines == len(log.lines) and board.shop.lines == log.lines and len(board.journal_files.content) < 4
    assert done.fetched == ["certificate", "settings", "pack"] == [word for word in board.news if word not in ("zones", "time")]
    assert board.kept.read("pack") == signed_pack(4) and board.kept.read("certificate") == board.shop.certificate
    assert board.clock.is_sure and board.clock.second_utc() == SECOND and board.sync._read("zones") is not None
    kinds = [kind for kind, _, _ in board.shop.heard]
    assert board_sync.POLL not in kinds and kinds.count(board_sync.BATCH) == 4 and board.line.closed == 1 and board.fetch_files.content == {}
    state = board.shop.states[-1]
    assert (state.settings, state.pack, state.release, state.sure, state.open) == (3, 0, 0, True, board.journal.open_intents)
    heard, steps = len(kinds), board.steps
    done = board.once()
    assert [kind for kind, _, _ in board.shop.heard[heard:]] == [board_sync.POLL] and (done.lines, done.fetched) == (0, [])
    assert board.steps == steps + 2, "what is known already is not written again"
    assert board.shop.states[-1].pack == 4 and ZONES[1] == [120000, 180]


def test_any_fault_at_any_exchange_is_harmless():
    clean = a_board(20)
    clean.shop.offers, clean.shop.certificate = {"pack": (4, signed_pack(4))}, signed_certificate(85000)
    clean.once()
    assert clean.line.count >= 4
    for word, code in (("lost", "SHOP_NOT_REACHED"), ("unheard", "SHOP_NOT_REACHED"), ("twice", None), ("garbled", "BOARD_MAC"),
                       ("short", "BOARD_MESSAGE"), ("ours", "BOARD_MAC"), ("old", "BOARD_MAC")):  # fmt: skip
        for at in range(clean.line.count):
            board = a_board(20)
            board.shop.offers, board.shop.certificate = clean.shop.offers, clean.shop.certificate
            board.line.faults = {at: word}
            stored = board.journal.stored
            assert trouble_of(board) == (code if word != "old" or at else None), (word, at)
            if at == 0 and code and word != "old":
                assert board.journal.stored == stored and board.news == [] and not board.clock.is_sure, "nothing of it is used"
            assert trouble_of(board) is None and drained(board) and board.sync.trouble is None, (word, at)
            assert board.kept.read("pack") == signed_pack(4) and board.shop.lines == clean.shop.lines and board.line.closed == 2


def test_an_answer_that_was_not_heard_is_asked_for_with_the_same_signature():
    board = a_board(8)
    board.line.faults = {0: "unheard"}
    assert trouble_of(board) == "SHOP_NOT_REACHED" and board.journal.stored == 0 < len(board.shop.lines)
    signed = board.sync._signed
    Day(8, 6).tap(board.journal)
    assert board.once().lines == board.journal.count and drained(board) and signed is not None
    assert len(board.shop._good) == 2, "one signature for the batch that was sent twice, one for the tap since"


def test_the_power_goes_between_any_two_steps():
    def fresh():
        board = a_board(24)
        board.shop.offers, board.shop.certificate = {"settings": (2, settings(2)), "pack": (4, signed_pack(4, 2500))}, signed_certificate(85000)
        return board
    whole = fresh()
    lines = lines_of(whole)
    whole.once()
    assert drained(whole) and whole.steps > 15 and whole.shop.lines[: len(lines)] == lines
    for cut_at in range(whole.steps):
        board = fresh()
        board.cut_at = cut_at
        try:
            board.once()
            raise AssertionError("no cut")
        except PowerCut:
            board.cut_at = None
        board.start()
        assert board.journal.count >= len(lines) and not board.journal.troubles, cut_at
        assert board.journal.stored <= len(board.shop.lines), "a receipt that nobody gave"
        board.once()
        assert drained(board) and board.shop.lines == whole.shop.lines, cut_at  # with what was carried over when lines went
        assert board.kept.read("pack") == signed_pack(4, 2500) and board.kept.read("settings") == settings(2), cut_at
        assert board.kept.read("certificate") == board.shop.certificate and board.sync.trouble is None, cut_at


def test_nothing_is_done_while_a_card_is_served():
    """A card comes at every third moment in which the others run, and during every exchange; none of the sync's steps meets one."""
    board = a_board(20)
    board.shop.offers = {"pack": (4, signed_pack(4))}
    turns = [0]

    def others():
        turns[0] += 1
        board.quiet.busy = turns[0] % 3 == 0

    def calm():
        assert not board.quiet.busy, "a step while a card is served"

    board.on_sleep, exchange, answer = others, board.line.exchange, board.shop.answer

    async def served(message, fits):
        calm()
        found = await exchange(message, fits)
        board.quiet.busy = True
        return found

    board.line.exchange, board.on_step = served, calm
    board.shop.answer = lambda message: answer(message)
    board.once()
    assert drained(board) and turns[0] > 1000, "steps are small: %d" % turns[0]


def test_a_shop_that_says_too_much_is_not_believed():
    board = a_board(10)
    for stored in (board.journal.count + 1, 1 << 31):
        board.shop.stored = stored
        assert trouble_of(board) == "SHOP_HAS_MORE" and board.journal.stored == 0
    board.shop.stored = None
    assert trouble_of(board) is None and drained(board)
    board.shop.stored = board.journal.count + 1
    assert trouble_of(board) == "SHOP_HAS_MORE"


def test_what_it_says_beyond_the_batch_waits_for_the_next():
    board = a_board(60)
    board.line.faults = {"always": "good", 1: "lost"}
    board.shop.stored = board.journal.count
    assert trouble_of(board) == "SHOP_NOT_REACHED"
    assert board.journal.stored == len(board.shop.lines) < board.journal.count


def test_a_poll_frees_nothing():
    board = a_board(10)
    board.once()
    Day(9, 6).tap(board.journal)
    stored = board.journal.stored
    board.sync._place = board.journal.count
    board.once()
    assert board.shop.heard[-1][0] == board_sync.POLL and board.journal.stored == stored


def test_a_shop_whose_ledger_came_back_from_a_backup_gets_again_what_is_here():
    log = Log()
    board = a_board(60, log=log)
    board.once()
    lines, oldest = list(board.shop.lines), board.journal.lines_from(1).__next__()[0]
    del board.shop.lines[oldest + 3 :]
    board.shop.chain = b"?" * 32
    board.shop._fold = _folds_by_number(board.shop)
    board.once()
    assert board.sync.trouble.code == "SHOP_HAS_LESS" and board.journal.stored == len(lines)
    board.once()
    assert board.shop.lines == lines and board.sync.trouble is None or board.sync.trouble.code == "SHOP_HAS_LESS"
    del board.shop.lines[2:]
    board.once()
    board.once()
    assert len(board.shop.lines) == len(lines) and board.shop.lines[2] is None and board.shop.lines[-5:] == lines[-5:]
    board.once()
    assert board.sync.trouble is None


def _folds_by_number(shop):
    """The shop's folding without its chain, which a backup does not have in this bench."""
    def fold(request):
        if request.lines_before > len(shop.lines):
            if shop._offered != request.lines_before:
                shop._offered = request.lines_before
                return
            shop.lines.extend([None] * (request.lines_before - len(shop.lines)))
        for place, line in enumerate(request.lines):
            if request.lines_before + place == len(shop.lines):
                shop.lines.append(line)
    return fold


def test_damaged_flash_does_not_hold_up_what_follows():
    board = a_board(60)
    lines = lines_of(board)
    name = sorted([name for name in board.journal_files.content if name[0] == "j"])[1]
    board.journal_files.content[name] = b"\xff" * len(board.journal_files.content[name])
    board.start()
    assert board.journal.troubles
    board.once()
    assert board.journal.stored == board.journal.count == len(board.shop.lines) and None in board.shop.lines
    assert all([mine == theirs or theirs is None for mine, theirs in zip(lines, board.shop.lines)])
    assert board.shop.states[0].troubles > 0


def test_a_shop_that_takes_nothing_is_not_asked_for_ever():
    board = a_board(10)
    board.shop._fold = lambda request: None
    assert trouble_of(board) == "SHOP_TAKES_NOTHING" and board.line.count == 4 and board.journal.stored == 0


def test_revoked_cloned_and_taken_back():
    board = a_board(10)
    for status, word in ((board_sync.REVOKED, "revoked"), (board_sync.OK, "ok"), (board_sync.CLONED, "cloned")):
        board.shop.status = status
        board.once()
        assert board.sync.status == word and board.kept.read("status") == bytes([status]) and "status" in board.news
        assert drained(board) is (word != "revoked")
        board.start()
        assert board.sync.status == word
    assert board.news.count("status") == 3
    board.shop.status = board_sync.REFUSED
    board.once()
    assert board.sync.trouble.code == "SHOP_REFUSED" and board.sync.status == "cloned"


def test_the_clock_takes_the_round_trip_into_account():
    board = a_board(0)

    def takes(ms):
        answer = Shop.answer

        def slow(message):
            found = answer(board.shop, message)
            board.now += ms
            return found
        board.shop.answer = slow
    takes(60000)
    board.once()
    assert board.clock.is_sure and SECOND + 29 <= board.clock.second_utc() <= SECOND + 31, "better than nothing"
    takes(6000)
    board.shop.second += 1000
    board.once()
    assert board.clock.second_utc() < SECOND + 100, "a slow answer does not move a clock that is sure"
    takes(3000)
    board.once()
    assert SECOND + 1001 <= board.clock.second_utc() <= SECOND + 1002


class Enough(Exception):
    """The test has seen what it wanted."""


def pauses(board, count):
    """Seconds between the ends and beginnings of syncs, as `run` makes them."""
    found, once = [], Sync.once
    begin = [board.now]

    async def counted():
        found.append((board.now - begin[0]) // 1000)
        if len(found) > count:
            raise Enough
        try:
            return await once(board.sync)
        finally:
            begin[0] = board.now
    board.sync.once = counted
    try:
        run(board.sync.run())
    except Enough:
        return found[1:]


def test_a_shop_that_is_not_reached_is_asked_ever_less_often():
    board = a_board(0)
    board.line.faults = {"always": "lost"}
    found = pauses(board, 12)
    for seconds, wanted in zip(found, (5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600)):
        assert wanted * 3 // 4 - 1 <= seconds <= wanted * 5 // 4 + 1, found
    assert len(set(found[7:])) > 1, "boards that lost the network together do not come back together"
    assert board.sync.offline and isinstance(board.sync.trouble, NoShop) and max(board.slept) == 1000


def test_lines_that_wait_are_not_kept_waiting():
    board = a_board(5)
    board.line.faults = {"always": "lost"}
    assert max(pauses(board, 12)) <= 76
    board = a_board(5)
    found = pauses(board, 3)
    assert drained(board) and all([44 <= seconds <= 76 for seconds in found]) and not board.sync.offline
    board = a_board(5)
    board.shop.status = board_sync.REVOKED
    assert max(pauses(board, 8)) > 40, "a shop that takes nothing is not hurried"
    board = a_board(0)
    board.once()
    Day(9, 6).tap(board.journal)
    board.on_sleep = lambda: board.sync.hurry() if board.slept[-1] == 1000 else None
    assert pauses(board, 2) == [1, 1]


def test_trouble_of_any_kind_does_not_end_the_sync():
    board = a_board(3)
    board.line.faults = {0: "garbled"}
    pauses(board, 1)
    assert board.sync.trouble is not None and board.sync.trouble.code == "BOARD_MAC" and not board.sync.offline
    board = a_board(3)

    async def breaks(message, fits):
        raise OSError(5)
    board.line.exchange = breaks
    pauses(board, 1)
    assert board.sync.trouble.code == "FLASH"

    async def absent():
        return False
    board = a_board(3)
    board.sync._connect = absent
    assert trouble_of(board) == "SHOP_NOT_REACHED"
    assert isinstance(BadInput("", "", "X"), StampdError)
