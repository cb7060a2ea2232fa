"""The journal's power is cut before, in and after every write of a small day: torn, reordered, with receipts between the taps."""

from tests.portable.journal_bench import Day, Log, MemoryFiles, opened, promises

SMALL = 640
TAPS = 13
NOISE = bytes([0x5A, 0xFF, 0x00, 0x13]) * 200


class Cut:
    """The files as they were before one change, and what the journal had reported by then."""

    def __init__(self, files, change, log, late):
        self.before = dict(files.content)
        self.change = change
        self.log = log.copy()
        self.late = dict(late)  # files that were taken away since the last write: their going may come last

    def results(self):
        """Every content that the files can have after the cut."""
        word, name, data = self.change
        whole = MemoryFiles(self.before)
        if word == "remove":
            whole.remove(name)
        else:
            getattr(whole, word)(name, (data,) if word == "replace" else data)
        yield self.before
        yield whole.content
        if word in ("create", "append"):
            for torn in torn_pieces(data):
                half = dict(self.before)
                half[name] = (b"" if word == "create" else half[name]) + torn
                yield half
        for gone in self.late:
            back = dict(whole.content)
            back[gone] = self.late[gone]
            yield back


def torn_pieces(data):
    """Beginnings of a write, and beginnings with noise where the rest should be."""
    yield b""
    for size in (1, 2, len(data) // 2, len(data) - 9, len(data) - 1):
        yield data[:size]
        yield data[:size] + NOISE[: len(data) - size]
    yield b"\xff" * len(data)


def small_day(seed):
    """Runs a day with receipts, checkpoints and restarts; returns (cards, [Cut, …])."""
    files, log, day, cuts, late = MemoryFiles(), Log(), Day(seed, 3), [], {}

    def before(word, name, data):
        cuts.append(Cut(files, (word, name, data), log, late))
        if word == "remove":
            late[name] = files.content[name]
        else:
            late.clear()

    files.before = before
    journal = log.listen(opened(files, SMALL, 30))
    for number in range(TAPS):
        day.tap(journal)
        if number % 6 == 5:
            journal.stored_up_to(journal.count - number % 4)
        if number % 9 == 8:
            journal._checkpoint()
        if number % 11 == 10:
            journal = log.listen(opened(files, SMALL, 30))
    return day.cards, cuts


def test_every_cut_of_a_small_day_leaves_a_journal_that_keeps_its_promises():
    tried = 0
    for seed in (1,):
        cards, cuts = small_day(seed)
        assert len(cuts) > 30
        for cut in cuts:
            for content in cut.results():
                tried += 1
                life_goes_on(MemoryFiles(content), cut.log, cards)
    assert tried > 300


def life_goes_on(files, earlier, cards):
    """After the cut: open, hold the promises, make one more tap, open again."""
    journal = opened(files, SMALL, 30)
    log = promises(journal, earlier, cards)
    log.listen(journal)
    day = Day(len(log.lines), 3)
    day.cards = [list(card) for card in cards]
    for card in day.cards:  # the cards have moved on with the whole day: only the numbers have to fit
        card[1] = b"\x04new" + card[1][-3:]
    day.minute += 5000
    day.tap(journal)
    promises(opened(files, SMALL, 30), log, cards)
