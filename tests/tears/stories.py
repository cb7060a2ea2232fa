"""What happens after a tear, told until it ends: the same wish again, something else instead, or nobody wishes anything.

Each story raises `Broken` with what went wrong, after every step of which all promises were looked at.
"""

from cardos.soft_cards.tears import CORRUPT, HALF
from tests.tears.flows import NEW_EPOCH, OPERATIONS, REF
from tests.whole_system.card_image import family_of
from tests.whole_system.promises import World, open_doubts, violations
from tests.whole_system.shop_lab import PRESENTATIONS, make_wish

GARBAGE = HALF + ":garbage"
SALES = ("sell", "redeem")
ASKED_AGAIN = ("redeem", "undo", "rotate")  # in doubt and not on the card, these are never written by a settlement


class Broken(AssertionError):
    """A promise or an expectation did not hold. violations: the promises that did not."""

    def __init__(self, text, violations=()):
        super().__init__(text)
        self.violations = list(violations)


class Idle(Exception):
    """The tap was over before the place of its cut: nothing to tell."""


class Scrapped(Exception):
    """A chip that was blank before the flow froze what it got torn: nobody's card, refused for ever. An end that is no failure."""


class Told:
    """One case on its way: a shop, a card in a field and the world that watches both."""

    def __init__(self, shop, field, flow, stage):
        self.shop, self.field, self.card, self.flow, self.stage = shop, field, field.card, flow, stage
        self.uid = self.card.uid.hex()
        self.world = World([shop.home], {self.uid: self.card})
        if flow.stage == "damaged":
            self.world.damaged.add(self.uid)
        self.may_freeze = False  # garbage was left on a chip that is not issued yet
        self.events = 0  # how many the ledger held at the last look
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
        if answer["refused"] == "CARD_LOCKED" and self.may_freeze and self.card.family == "ultralight-aes":
            raise Scrapped()
        return answer

    def look(self, at_the_end=False):
        sight = self.world.look()
        self.events = len(sight.exported[self.shop.home])
        broken = violations(self.world, at_the_end, sight)
        if broken:
            raise Broken(self.says(broken), broken)

    def says(self, what):
        heard = ["%s %s %s" % (a["operation"], a["outcome"], a["refused"] or a["settled"] or "") for a in self.answers]
        return "%s after %s" % (what, heard)

    def want(self, condition, what):
        if not condition:
            raise Broken(self.says(what))

    def until(self, wish, good):
        """Present up to three times until `good(answer)`; more often a chip that is being made and whose rights flicker."""
        presentations = PRESENTATIONS * (4 if self.flow.stage == "blank" and self.card.family == "ultralight-aes" else 1)
        for _ in range(presentations):
            answer = self.tap(wish)
            if good(answer):
                return answer
        raise Broken(self.says("no end within %d presentations" % presentations))

    def fate(self, operation, ref=None):
        """What the ledger says of a sale, or of the wish `operation`: None, open, done, landed or not_landed."""
        if ref is not None:
            found = self.shop.home.store.sale(ref)
            return found["state"] if found else None
        known = self.shop.home.store.history(family_of(self.card.family), self.card.uid)
        states = [row["outcome"] for row in known if row["operation"] == OPERATIONS.get(operation, operation)]
        good = [state for state in states if state in ("done", "landed")]
        return (good or states or [None])[-1]

    def ended(self):
        self.want(not open_doubts(self.world, self.uid), "a doubt stayed open")
        self.world.damaged.clear()
        self.look(at_the_end=True)

    def memory(self):
        """What the card keeps, without a count of how often its link was read."""
        state = self.card.state()
        for file in state.get("files", []):
            file["counter"] = 0
        return state

    def image(self):
        return self.world.look().images[self.uid]

    def stamps(self):
        answer = self.until(make_wish("show"), lambda a: a["outcome"] == "done")
        return answer["counters"]["stamps"]


def cut_first(told, number, mode):
    """The flow, cut at exchange `number`; the answer counts exchanges as the tear does. Raises Idle when it has not so many."""
    first = told.tap(told.flow.wish, (number, mode))
    if first["outcome"] == "done" and first["exchanges"] <= number:
        raise Idle()
    told.may_freeze = told.flow.stage == "blank" and mode == GARBAGE
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
    if flow.name == "rotate":
        left = [epoch for epoch in told.image().key_epochs.values() if epoch != NEW_EPOCH]
        told.want(not left and told.image().newest.body[1] == NEW_EPOCH, "not all of the card is of the new epoch")


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
    if wish.kind in ASKED_AGAIN and first["outcome"] == "in_doubt":
        said = [item["outcome"] for item in told.settled if item["operation"] == OPERATIONS.get(wish.kind, wish.kind)]
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
    if told.field.holds:  # the attacker gives what he kept to the very next tap
        return
    before, events = told.memory(), told.events
    answer = told.tap(make_wish("show"))
    told.want(told.memory() == before, "show wrote to the card")
    if answer["outcome"] == "done":
        told.want(told.events == events, "show wrote to the ledger")
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
    elif wish.kind in ASKED_AGAIN or wish.redeem != "none":
        told.want(fate in ("landed", "not_landed"), "in doubt, then %s" % fate)
    else:
        told.want(fate == "landed", "an earned stamp or a block in doubt ended as %s" % fate)
    return fate in ("done", "landed")


def after_many(told, taps):
    """Several taps were cut, each for the flow's own wish or for another sale: one more sale ends everything that was said.

    taps: [(wish, answer)], the flow's own first.
    """
    flow = told.flow
    if flow.stage in ("blank", "damaged"):
        whole = told.settled or any(answer["outcome"] == "done" or (wish != flow.wish and answer["outcome"] == "in_doubt") for wish, answer in taps)
        _finish_first(told, {"outcome": "done" if whole else "in_doubt"})
    blocked = flow.stage == "blocked" or flow.name == "block"
    last = told.until(make_wish(sale="last"), lambda a: a["outcome"] in (("done", "blocked") if blocked else ("done",)))
    told.ended()
    landed = _landed(told, *[answer for wish, answer in taps if wish == flow.wish])
    if blocked:
        told.want((last["outcome"] == "blocked") == (landed == (flow.name == "block")), "blocked or not, against what was said")
    told.sold += 1 if last["outcome"] == "done" else 0
    for ref in sorted({wish.sale for wish, _ in taps if wish != flow.wish}):
        told.sold += 1 if _counts(told, ref, [answer["outcome"] for wish, answer in taps if wish.sale == ref]) else 0
    told.want(told.stamps() == told.stage.stamps + told.sold + (flow.change if landed else 0), "stamps do not fit what was told")


def _counts(told, ref, outcomes):
    """Whether another sale counts; the ledger must agree with what was said of it."""
    fate = told.fate("earn", ref)
    wanted = ("done", "landed") if "done" in outcomes else ("landed", None) if "in_doubt" in outcomes else (None,)
    told.want(fate in wanted, "sale %s was told as %s, in the ledger %s" % (ref, outcomes, fate))
    return fate in ("done", "landed")


STORIES = (repeated, another_sale, nobody_wishes)
