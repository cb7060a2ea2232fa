"""Tears at the board: every exchange of earn, redeem and undo on every family that a board reads, torn while the card leaves and while the
power goes; every write of the journal in them, cut or refused; a heap that is full; and two faults in a row.

After each: the power comes back if it went, the card comes again, and

* what was earned counts once: one tap of a customer is one stamp, whatever was torn,
* a reward or an undo in doubt turns out landed or not, is told so with its operation, and the balance is that of what was told,
* every word is the right one: "lost" only where nothing was journaled, "in_doubt" with "do not hand over" for what gives something away,
  the balance that is told is the card's,
* the journal's chain, its head and a start from its bytes say the same, and nothing stays open.

All of it is the firmware's own code on CPython (`ram_board`); a sample runs in test_firmware_tears_process.py as a real board.
"""

import errno
from collections import namedtuple

import pytest

from cardos.records import journal_line as lines
from cardos.records.journal_line import GENESIS, fields_of, head_message, link, unpack_intent
from cardos.soft_cards.tears import CORRUPT
from host_tools.boards.demo.cards import card_says
from host_tools.boards.demo.spot import Mishap
from host_tools.settings import Settings
from terminal.journal import Journal
from tests.tears.flows import CUTS
from tests.terminal.ram_board import Flash, PowerCut, RamBoard, RamFiles, ticking
from tests.whole_system.shop_lab import Shop, blank, copy_of, memory_disk

FAMILIES = ("ntag213", "ntag215", "ntag216", "ultralight-aes", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3")
OPENING = 12
PRESENTATIONS = 3  # until everything that was open is told
LATER_MS = 60_000  # between two presentations of a card: longer than the guard against double taps
SAMPLED = 2  # modes of a place, without --tears=all
TWICE, TWICE_ALL = 20, 200  # pairs of faults of a family and flow
SLOW = "ntag424-lrp"  # its cipher is: half of that
STORIES = ("ended", "pressed_again")
OPTIONS = 'mode = "stamp"\namount = 350\n[sync]\nhow = "none"\n'

# press: the button. word: said when all goes well. change: of the stamps. doubt: said when nobody knows. again: whether a settlement writes it.
Flow = namedtuple("Flow", ["name", "press", "word", "change", "doubt", "again"])
FLOWS = (
    Flow("earn", None, "offer", 1, "in_doubt", True),
    Flow("redeem", "redeem", "redeemed", -10, "in_doubt_reward", False),
    Flow("undo", "undo", "undone", -1, "in_doubt_reward", False),
)
OF_OPERATION = {"earn": 1, "redeem": -10, "undo": -1}
EARNED = ("earned", "offer")
CASES = [(family, flow) for family in FAMILIES for flow in FLOWS]

Stage = namedtuple("Stage", ["flash", "card", "stamps", "lines"])


class Lab:
    """A shop, a board of it whose flash is copied for each case, and a card of each family that was stamped on it once."""

    def __init__(self, folder, time):
        self.shop, self.time = Shop(folder, settings=Settings(shop="Corner Coffee")), time
        home = self.shop.home
        (home.path / "boards").mkdir(exist_ok=True)
        (home.path / "boards" / ("%d.toml" % home.store.boards.next_terminal())).write_text(OPTIONS)
        self.flash = Flash.of(home, "counter")
        self._stages = {}

    def stage(self, family, is_new=False):
        """A card that this board has stamped once, or one that it never saw."""
        if (family, is_new) not in self._stages:
            card = blank(family)
            issued = self.shop.tap(card, kind="issue", opening={"stamps": OPENING}, reason="paper card")
            assert issued["outcome"] == "done"
            self.shop.put_back(self.shop.empty)
            self.time.ms = 0
            board = RamBoard(self.flash.copy(), self.time)
            board.power()
            if not is_new:
                assert board.hold(card).word == "offer"
            self._stages[family, is_new] = Stage(board.flash, card, OPENING + (not is_new), board.journal.count)
        return self._stages[family, is_new]


@pytest.fixture(scope="module")
def lab():
    with ticking() as time:
        lab = Lab(memory_disk(), time)
        yield lab
        lab.shop.close()


class Case:
    """One case on its way: a board and a card as the stage has them."""

    def __init__(self, lab, stage, flow, seed):
        self.lab, self.stage, self.flow = lab, stage, flow
        lab.time.ms = 0
        self.card = copy_of(stage.card, seed)
        self.board = RamBoard(stage.flash.copy(), lab.time, seed)
        self.is_sure = flow.name == "redeem" or seed % 2 == 0  # of the date, after a start: a reward may need it
        self.told = []
        self.power()

    def power(self):
        if not self.board.is_on:
            self.board.power(self.is_sure)

    def hold(self, press, mishap=None):
        """One presentation: its `Said`, None when the power went. Every word is judged against journal and card."""
        self.lab.time.ms += LATER_MS
        if press is not None and self.board.loop.wish.special != press:
            self.board.press(press)
        before = len(self.intents())
        said = self.board.hold(self.card, mishap)
        self.told.append(said.word if said else "power cut")
        if said is None:
            return None
        mine = self.intents()[before:]
        is_corrupt = mishap is not None and mishap.mode == CORRUPT
        if said.word in ("in_doubt", "in_doubt_reward"):
            self.want(mine and mine[-1][1] is None, "in doubt, and the journal knows better")
            self.want((mine[-1][0] == "earn") == (said.word == "in_doubt"), "the wrong doubt for %s" % mine[-1][0])
        elif said.word in EARNED + ("redeemed", "undone"):
            self.want(said.facts["counters"]["stamps"] == self.stamps(), "another balance than the card's was told")
            done = mine[-1:] or [one for one in self.intents() if one[0] == "undo"][-1:]  # an undo that turned out landed is told as done
            self.want(done and done[-1][1] in ("done", "landed"), "told as done, in the journal %s" % done)
        elif said.word in ("settled_landed", "settled_not_landed"):
            self.want(not mine, "a settlement sold something")
            self.want(said.facts["counters"]["stamps"] == self.stamps(), "another balance than the card's was told")
        else:
            nothing = ("lost",) if not is_corrupt else ("lost", "refused", "not_ours", "trouble")
            if self.board.journal_files.fails == errno.ENOSPC:
                nothing = ("full",)
            self.want(said.word in nothing or press is not None and said.word == "refused", "%s %s" % (said.word, said.facts))
            self.want(all(outcome is not None for _, outcome in mine), "told as nothing, and something is open")
        return said

    def want(self, holds, what):
        assert holds, "%s after %s, journal %s" % (what, self.told, self.intents())

    def intents(self):
        """[[operation, None or how it ended], …] since the stage."""
        found = {}
        for _, line in self.board.journal.lines_from(self.stage.lines + 1):
            fields = fields_of(line)
            if fields[0] in (lines.INTENT, lines.DOUBT):
                found[fields[1]] = [unpack_intent(fields, self.board.vault.terminal)["operation"], None]
            elif fields[0] == lines.OUTCOME:
                found[fields[1]][1] = lines.OUTCOMES[fields[3]]
        return list(found.values())

    def stamps(self):
        said = card_says(self.lab.shop.home, self.card)
        self.want(said is not None, "the card cannot be read")
        return said[0]["stamps"]

    def tear(self, place, mode, is_power):
        return Mishap(place, mode, self.board.cut if is_power else None)

    # The stories

    def settled(self):
        """The card comes again and nobody presses anything, until nothing is open; then one plain stamp more. Returns the words."""
        words = []
        for _ in range(PRESENTATIONS):
            self.power()
            if not self.board.journal.open_intents:
                break
            open_before = [operation for operation, outcome in self.intents() if outcome is None]
            said = self.hold(None)
            words.append(said.word)
            if said.word in ("settled_landed", "settled_not_landed"):
                self.want(said.facts["operation"] in open_before, "settled %s, open were %s" % (said.facts["operation"], open_before))
                ended = [outcome for operation, outcome in self.intents() if operation == said.facts["operation"]]
                self.want(said.word[len("settled_") :] in ended, "told as %s, in the journal %s" % (said.word, ended))
        self.want(not self.board.journal.open_intents, "something stayed open")
        for operation, outcome in self.intents():
            self.want(operation != "earn" or outcome != "not_landed", "a stamp in doubt was dropped")
        self.balanced()
        return words

    def balanced(self):
        """Stamps are those of what landed, and the journal is whole."""
        landed = [operation for operation, outcome in self.intents() if outcome in ("done", "landed")]
        self.want(self.stamps() == self.stage.stamps + sum(OF_OPERATION[one] for one in landed), "%d stamps" % self.stamps())
        journal, vault = self.board.journal, self.board.vault
        number, chain = 1, GENESIS
        while number <= journal.count:
            before, digest, batch = journal.batch(number, 4096)
            self.want((before, digest) == (number - 1, chain), "the chain breaks at line %d" % number)
            for line in batch:
                chain = link(chain, line)
            number += len(batch)
        count, digest, mac = journal.head()
        self.want((count, digest) == (journal.count, chain), "the head is not the chain's end")
        self.want(mac == vault.head_mac(head_message(vault.terminal, count, digest)), "the head's MAC")
        again = Journal(RamFiles(self.board.journal_files.content), vault.terminal, vault.head_mac)
        self.want((again.head(), again.open_intents, again.troubles) == (journal.head(), 0, []), "a start reads another journal")

    def count(self, operation):
        return sum(one[0] == operation and one[1] in ("done", "landed") for one in self.intents())

    def ended(self, first):
        """Everything that may follow a first presentation that went wrong. first: its `Said`, or None: the power went."""
        flow = self.flow
        self.power()
        begun = self.intents()
        self.want(len(begun) <= 1, "one tap, two intents")
        words = self.settled()
        if not begun:
            self.want(words == [], "nothing was begun, and %s" % words)
        elif begun[0][1] is None:
            self.want(words[-1] in ("settled_landed", "settled_not_landed"), "a doubt ended with %s" % words)
            self.want(not flow.again or words[-1] == "settled_landed", "a stamp in doubt was dropped")
        if not self.count(flow.name):  # the same wish once more: now it is done
            said = self.hold(flow.press)
            self.want(said.word == flow.word, "asked for once more: %s %s" % (said.word, said.facts))
        self.want(self.count(flow.name) == 1, "%d times" % self.count(flow.name))
        said = self.hold(None)  # and the card is a card like any other
        self.want(said.word in EARNED, "the next stamp: %s %s" % (said.word, said.facts))
        self.balanced()

    def pressed_again(self, first):
        """The person presses the button again for what may have landed: it happens once, and the next card is asked for nothing."""
        flow = self.flow
        for _ in range(PRESENTATIONS):
            self.power()
            if self.count(flow.name):
                break
            self.hold(flow.press)
        self.want(self.count(flow.name) == 1, "%d times" % self.count(flow.name))
        self.want(self.board.loop.wish.special is None, "the button is still pressed for whoever comes next")
        self.settled()


def length_of(lab, stage, flow):
    case = Case(lab, stage, flow, 1)
    said = case.hold(flow.press)
    assert said.word == flow.word
    case.balanced()
    return case.board.exchanges, case.board.journal_files.writes


def _modes(family, tears_all):
    """How many of a place's modes are tried."""
    return len(CUTS) if tears_all else SAMPLED // 2 if family == SLOW else SAMPLED


def _stories(flow, rng, tears_all):
    """What is told of a place: of flows with a button, whether it is pressed again."""
    return STORIES[:1] if flow.press is None else STORIES if tears_all else (rng.choice(STORIES),)


def case_id(value):
    return getattr(value, "name", value)


@pytest.mark.parametrize("family, flow", CASES, ids=case_id)
def test_every_exchange_torn(family, flow, lab, rng, tears_all, record_property):
    """The card leaves, or the power goes, at each exchange: all modes with --tears=all, else a sample of them at each."""
    tried, possible = every_exchange(lab, lab.stage(family), flow, rng, _modes(family, tears_all))
    record_property("tears", "board, %s, %s: %d of %d" % (family, flow.name, tried, possible))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_exchange_torn_of_a_card_that_the_board_never_saw(family, lab, rng, tears_all, record_property):
    """Its family, key epoch and what it holds are found out in the tap."""
    tried, possible = every_exchange(lab, lab.stage(family, is_new=True), FLOWS[0], rng, _modes(family, tears_all))
    record_property("tears", "board, %s, first tap: %d of %d" % (family, tried, possible))


def every_exchange(lab, stage, flow, rng, modes):
    """(cases tried, cases possible). modes: how many at each place; where it is all, every story too."""
    tried, tears_all = 0, modes == len(CUTS)
    length = length_of(lab, stage, flow)[0]
    for place in range(length):
        for is_power in (False, True):
            for mode in rng.sample(CUTS, modes):
                for story in _stories(flow, rng, tears_all):
                    case = Case(lab, stage, flow, rng.randrange(1 << 31))
                    first = case.hold(flow.press, case.tear(place, mode, is_power))
                    case.want((first is None) == is_power, "the power")
                    case.want(mode == CORRUPT or case.board.exchanges == place + 1, "cut at %d, but %d exchanges" % (place, case.board.exchanges))
                    getattr(case, story)(first)
                    tried += 1
    return tried, length * len(CUTS) * 2 * len(_stories(flow, rng, True))


@pytest.mark.parametrize("family, flow", CASES, ids=case_id)
def test_the_power_goes_at_every_write_of_the_journal(family, flow, lab, rng, record_property):
    """Before and after each write of the tap, and of the tap that settles it."""
    stage, tried = lab.stage(family), 0
    places = [(number, after) for number in range(length_of(lab, stage, flow)[1]) for after in (False, True)]
    for first in places:
        for second in (None, (0, False), (0, True)):
            case = Case(lab, stage, flow, rng.randrange(1 << 31))
            case.board.journal_files.cut_at, case.board.journal_files.cut_after = first
            assert case.hold(flow.press) is None
            case.power()
            if second is not None and case.board.journal.open_intents:
                case.board.journal_files.cut_at, case.board.journal_files.cut_after = second
                case.hold(None)
            case.ended(None)
            tried += 1
    record_property("tears", "board's journal, %s, %s: %d of %d" % (family, flow.name, tried, tried))


@pytest.mark.parametrize("family, flow", CASES, ids=case_id)
def test_the_flash_refuses_at_every_write_of_the_journal(family, flow, lab, rng, record_property):
    """No room: said, nothing begins or the card is in doubt. Any other refusal: the program starts again, having told a doubt before."""
    stage, tried = lab.stage(family), 0
    for place in range(length_of(lab, stage, flow)[1]):
        for trouble in (errno.ENOSPC, errno.EIO):
            case = Case(lab, stage, flow, rng.randrange(1 << 31))
            files = case.board.journal_files
            files.cut_at, files.fails = place, trouble
            said = case.hold(flow.press)
            begun = case.intents()
            case.want(case.board.is_on == (trouble == errno.ENOSPC), "the program")
            wanted = flow.doubt if begun else "full" if case.board.is_on else None
            case.want((said and said.word) == wanted, "%s, not %s" % (said, wanted))
            files.cut_at = files.fails = None
            case.ended(said)
            tried += 1
    record_property("tears", "board's journal refused, %s, %s: %d of %d" % (family, flow.name, tried, tried))


@pytest.mark.parametrize("family, flow", CASES, ids=case_id)
def test_the_heap_is_full_at_every_exchange(family, flow, lab, rng, record_property):
    stage = lab.stage(family)
    length = length_of(lab, stage, flow)[0]
    for place in range(length):
        case = Case(lab, stage, flow, rng.randrange(1 << 31))
        said = case.hold(flow.press, Mishap(place, "answer-lost", case.board.fill_heap))
        begun = case.intents()
        case.want(said.word == (flow.doubt if begun else "lost"), "%s" % (said,))
        case.ended(said)
    record_property("tears", "board with a full heap, %s, %s: %d of %d" % (family, flow.name, length, length))


@pytest.mark.parametrize("family, flow", CASES, ids=case_id)
def test_two_faults_in_a_row(family, flow, lab, rng, tears_all, record_property):
    """The tap is torn, and so is the one that was to settle it."""
    stage = lab.stage(family)
    length = length_of(lab, stage, flow)[0]
    pairs = TWICE_ALL if tears_all else TWICE // 2 if family == SLOW else TWICE
    for _ in range(pairs):
        case = Case(lab, stage, flow, rng.randrange(1 << 31))
        for press in (flow.press, None):
            case.power()
            if press is None and not case.board.journal.open_intents:
                break
            case.hold(press, case.tear(rng.randrange(length), rng.choice(CUTS), rng.random() < 0.5))
        case.ended(None)
    record_property("tears", "board, two faults, %s, %s: %d tried" % (family, flow.name, pairs))


def test_the_power_cut_is_nothing_that_the_firmware_catches():
    assert not issubclass(PowerCut, Exception)
