"""What happens after a tear, told until it ends: the same wish again, something else instead, or nobody wishes anything.

Each story raises `Broken` with what went wrong, after every step of which all promises were looked at.
"""

from cardos.soft_cards.tears import CORRUPT
from tests.tears.flows import REF, UID
from tests.whole_system.promises import World, open_doubts, violations
from tests.whole_system.shop_lab import PRESENTATIONS, make_wish

SALES = ("sell", "redeem")


class Broken(AssertionError):
    """A promise or an expectation did not hold. violations: the promises that did not."""

    def __init__(self, text, violations=()):
        super().__init__(text)
        self.violations = list(violations)


class Told:
    """One case on its way: a shop, a card in a field and the world that watches both."""

    def __init__(self, shop, field, flow, stage):
        self.shop, self.field, self.card, self.flow, self.stage = shop, field, field.card, flow, stage
        self.world = World([shop.home], {UID: self.card})
        if flow.stage == "damaged":
            self.world.damaged.add(UID)
        self.settled = []
        self.answers = []
        self.sold = 0  # sales that went through beside the flow
        self.look()

    def tap(self, wish, tear=None):
        """Present the card for `wish`; all promises are looked at afterwards."""
        answer = self.field.present(wish, tear)
        self.world.heard(answer)
        self.settled += answer["settled"]
        self.answers.append(answer)
        self.look()
        return answer

    def look(self, at_the_end=False):
        broken = violations(self.world, at_the_end)
        if broken:
            raise Broken(self.says(broken), broken)

    def says(self, what):
        heard = ["%s %s %s" % (a["operation"], a["outcome"], a["refused"] or a["settled"] or "") for a in self.answers]
        return "%s after %s" % (what, heard)

    def want(self, condition, what):
        if not condition:
            raise Broken(self.says(what))

    def until(self, wish, good):
        """Present up to three times until `good(answer)`."""
        for _ in range(PRESENTATIONS):
            answer = self.tap(wish)
            if good(answer):
                return answer
        raise Broken(self.says("no end within %d presentations" % PRESENTATIONS))

    def fate(self, operation, ref=None):
        """What the ledger says of the flow's intent: None, open, done, landed or not_landed."""
        if ref is not None:
            found = self.shop.home.store.sale(ref)
            return found["state"] if found else None
        known = self.shop.home.store.history(self.card.family, self.card.uid)
        states = [row["outcome"] for row in known if row["operation"] == operation]
        good = [state for state in states if state in ("done", "landed")]
        return (good or states or [None])[-1]

    def ended(self):
        self.want(not open_doubts(self.world, UID), "a doubt stayed open")
        self.world.damaged.clear()
        self.look(at_the_end=True)

    def stamps(self):
        answer = self.until(make_wish("show"), lambda a: a["outcome"] == "done")
        return answer["counters"]["stamps"]


def cut_first(told, number, mode):
    """The flow, cut at exchange `number`; the answer counts exchanges as the tear does."""
    first = told.tap(told.flow.wish, (number, mode))
    told.want(mode == CORRUPT or first["exchanges"] == number + 1, "cut at %d, but %d exchanges" % (number, first["exchanges"]))
    return first


def repeated(told, first):
    """The same wish again, with the same REF: one effect, whatever was torn."""
    flow = told.flow
    if flow.wish.kind == "show":
        told.want(first["outcome"] != "done" or first["counters"]["stamps"] == told.stage.stamps, "a wrong balance was shown")

    def good(answer):
        return answer["outcome"] == "done" or (first["outcome"] == "done" and answer["refused"] == flow.again)

    last = told.until(flow.wish, good)
    told.ended()
    told.want(told.stamps() == told.stage.stamps + flow.change, "not exactly one effect")
    if flow.name == "issue":
        told.want(last["refused"] or last["card_number"] == 1, "another card number")


def another_sale(told, first):
    """A new sale instead: what was refused did not happen, what was in doubt is settled; an earned stamp is never dropped."""
    flow, wish = told.flow, told.flow.wish
    _shows_the_doubt(told, first)
    if flow.stage in ("blank", "damaged"):
        _finish_first(told, first)
    new = make_wish(sale="second")
    blocked = flow.stage == "blocked" or flow.name == "block"
    last = told.until(new, lambda a: a["outcome"] in (("done", "blocked") if blocked else ("done",)))
    told.ended()
    landed = _landed(told, first)
    if flow.name == "block":
        told.want((last["outcome"] == "blocked") == landed, "the card is blocked although the block did not land, or is not although it did")
    if flow.name == "unblock":
        told.want((last["outcome"] == "done") == landed, "the block was not lifted as said")
    told.sold += 1 if last["outcome"] == "done" else 0
    told.want(told.stamps() == told.stage.stamps + told.sold + (flow.change if landed else 0), "stamps do not fit what was told")
    if wish.kind in ("redeem", "undo") and first["outcome"] == "in_doubt":
        said = [item["outcome"] for item in told.settled if item["operation"] == wish.kind]
        told.want(said == ["landed" if landed else "not_landed"], "the settlement was not told once")


def nobody_wishes(told, first):
    """The card comes back and nobody asks for anything: the till settles it."""
    _shows_the_doubt(told, first)
    if told.flow.stage in ("blank", "damaged"):
        _finish_first(told, first)
    for _ in range(PRESENTATIONS):
        face, desk = told.field.settle()
        told.settled += desk.settled
        told.look()
        if face is not None:
            break
    told.want(face is not None, "not settled within %d presentations" % PRESENTATIONS)
    told.ended()
    told.want(told.stamps() == told.stage.stamps + told.sold + (told.flow.change if _landed(told, first) else 0), "stamps do not fit what was told")


def _shows_the_doubt(told, first):
    """`show` writes nothing and says that something is in doubt exactly when it is."""
    before, events = told.card.state(), told.shop.home.store.verify()["events"]
    answer = told.tap(make_wish("show"))
    told.want(told.card.state() == before, "show wrote to the card")
    if answer["outcome"] == "done":
        told.want(told.shop.home.store.verify()["events"] == events, "show wrote to the ledger")
        told.want(bool(answer["in_doubt"]) == (first["outcome"] == "in_doubt"), "show tells of %r after %s" % (answer["in_doubt"], first["outcome"]))


def _finish_first(told, first):
    """A card that is not whole sells nothing; the technician's command makes it whole, with the same number.

    A repair whose record landed is settled by the very next tap, whoever asks for it.
    """
    if first["outcome"] != "done":
        early = told.tap(make_wish(sale="early"))
        if early["outcome"] == "done":
            told.want(told.flow.name == "repair" and [item["outcome"] for item in early["settled"]] == ["landed"], "a sale on half a card")
            told.sold += 1
        else:
            told.want(early["outcome"] in ("refused", "not_ours") and told.fate(None, "early") is None, "a sale on half a card left a trace")
    last = told.until(told.flow.wish, lambda a: a["outcome"] == "done" or a["refused"] == told.flow.again)
    told.want(last["refused"] or last["card_number"] == 1, "another card number")


def _landed(told, *answers):
    """Whether the flow's wish counts, from what was said of it each time; the ledger must say the same."""
    wish, outcomes = told.flow.wish, [answer["outcome"] for answer in answers]
    if wish.kind == "show":
        return False
    if told.flow.stage in ("blank", "damaged"):
        return True
    fate = told.fate(wish.kind, REF if wish.kind in SALES else None)
    if "done" in outcomes:
        told.want(fate in ("done", "landed"), "told as done, in the ledger %s" % fate)
    elif "in_doubt" not in outcomes:
        told.want(fate is None, "told as refused, in the ledger %s" % fate)
    elif wish.kind in ("redeem", "undo") or wish.redeem != "none":
        told.want(fate in ("landed", "not_landed"), "in doubt, then %s" % fate)
    else:
        told.want(fate == "landed", "an earned stamp or a block in doubt ended as %s" % fate)
    return fate in ("done", "landed")


def after_two(told, first, second_wish, second):
    """Two taps were cut: the third, a new sale, ends everything that was said of both."""
    flow = told.flow
    if flow.stage in ("blank", "damaged"):
        if second["outcome"] == "done" and second_wish.sale == "second":
            told.sold += 1
        sold = second_wish != flow.wish and second["outcome"] in ("done", "in_doubt")
        whole = sold or told.settled or "done" in [answer["outcome"] for answer in told.answers]
        _finish_first(told, {"outcome": "done" if whole else "in_doubt"})
    of_first = [first, second] if second_wish == flow.wish else [first]
    blocked = flow.stage == "blocked" or flow.name == "block"
    last = told.until(make_wish(sale="third"), lambda a: a["outcome"] in (("done", "blocked") if blocked else ("done",)))
    told.ended()
    landed = _landed(told, *of_first)
    if blocked:
        told.want((last["outcome"] == "blocked") == (landed == (flow.name == "block")), "blocked or not, against what was said")
    told.sold += 1 if last["outcome"] == "done" else 0
    if second_wish.sale == "second" and flow.stage not in ("blank", "damaged"):
        told.sold += 1 if _counts(told, second) else 0
    elif second_wish.sale == "second":
        told.sold += 1 if second["outcome"] == "in_doubt" and _counts(told, second) else 0
    told.want(told.stamps() == told.stage.stamps + told.sold + (flow.change if landed else 0), "stamps do not fit what was told")


def _counts(told, second):
    """Whether the second wish, a sale, counts; the ledger must agree with what was said of it."""
    fate = told.fate("earn", "second")
    wanted = {"done": ("done", "landed"), "in_doubt": ("landed", None)}.get(second["outcome"], (None,))
    told.want(fate in wanted, "the second sale was told as %s, in the ledger %s" % (second["outcome"], fate))
    return fate in ("done", "landed")


STORIES = (repeated, another_sale, nobody_wishes)
