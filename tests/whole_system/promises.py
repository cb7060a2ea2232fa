"""The promises as functions: from what stands on the cards and in the ledgers to a list of violations in words.

    world = World([home], {uid hex: soft card})
    world.heard(answer)                    every answer that a person was given
    assert not violations(world)           after every step

The card is read by `card_image`, the ledgers by their exported events; register and evaluator are only judged, never asked.
"""

import hashlib
import json
import re
from collections import namedtuple

from tests.whole_system.card_image import NO_LINK, image_of

LANDED = ("done", "landed")
_REWARD = re.compile(r"^(.*) x(\d+)$")

# One intent of a ledger with what became of it. outcome: None, done, landed or not_landed. link: of the landed record.
Line = namedtuple("Line", ["home", "number", "entry", "outcome", "link"])


class World:
    """Homes, cards and what people were told. cards: {uid hex: soft card}; damaged: uids that a repair may still save."""

    def __init__(self, homes, cards):
        self.homes = list(homes)
        self.cards = dict(cards)
        self.damaged = set()
        self.said = []
        self._highest = {}

    def heard(self, answer, home=None):
        """An answer of a home (the first one by default)."""
        self.said.append((home or self.homes[0], answer))

    def look(self):
        """What is there now, read once for all promises."""
        return Sight(self)


class Sight:
    def __init__(self, world):
        self.world = world
        self.exported = {home: [json.loads(line) for line in home.store.export("jsonl")] for home in world.homes}
        self.events = {home: [line["event"] for line in lines] for home, lines in self.exported.items()}
        self.lines = [line for home in world.homes for line in _lines(home, self.events[home])]
        self.images = {uid: image_of(card.state(), world.homes[0].keys, self._landed(uid)) for uid, card in world.cards.items()}
        self.records = {uid: image.records for uid, image in self.images.items()}
        self.newest = {uid: next((r for r in reversed(found) if r.sure), None) for uid, found in self.records.items()}

    def of_card(self, uid):
        return [line for line in self.lines if line.entry["uid"] == uid]

    def _landed(self, uid):
        return [(line.entry, line.link) for line in self.of_card(uid) if line.outcome in LANDED]

    def chain(self, uid):
        """Links from the newest record back to the opening: through the card's slots, then through the ledgers."""
        previous = {line.link: line.entry["previous"] for line in self.of_card(uid) if line.outcome in LANDED}
        previous.update({record.link: record.previous for record in self.records[uid] if record.sure})
        link, found = self.newest[uid].link, []
        while link in previous and link not in found:
            found.append(link)
            link = previous[link]
        return found, link


def _lines(home, events):
    found = {}
    for number, event in enumerate(events, 1):
        if event["kind"] == "intent":
            found.setdefault((event["entry"]["terminal"], event["entry"]["transaction"]), Line(home, number, event["entry"], None, None))
        elif event["kind"] == "outcome":
            key = (event["terminal"], event["transaction"])
            found[key] = found[key]._replace(outcome=event["outcome"], link=event["mac"])
    return list(found.values())


def no_loss(sight):
    """1. What was shown as done is in the ledger, and its record is on the card or chained behind it."""
    for home, answer in sight.world.said:
        if answer["outcome"] == "done" and answer["operation"] not in ("show", "history") and not answer.get("dry_run"):
            mine = [line for line in sight.lines if line.home is home and line.outcome in LANDED and line.entry["sequence"] == answer["sequence"]
                    and line.entry["card_number"] == answer["card_number"] and line.entry["operation"] == answer["operation"]]  # fmt: skip
            if len(mine) != 1:
                yield "%s %s was shown as done and is %d times in the ledger" % (answer["operation"], answer["sale"], len(mine))
    for uid, newest in sight.newest.items():
        landed = [line for line in sight.of_card(uid) if line.outcome in LANDED]
        if newest is None:
            if landed and uid not in sight.world.damaged:
                yield "card %s has no sure record" % uid
            continue
        chain, end = sight.chain(uid)
        if end != NO_LINK:
            yield "card %s: the chain ends at %s" % (uid, end)
        for line in landed:
            if line.link not in chain:
                yield "card %s: %s, transaction %d, is not behind its newest record" % (uid, line.entry["operation"], line.entry["transaction"])


def no_minting(sight):
    """2. Every record that the card may show has one intent which is not settled otherwise; its counters are their sum."""
    for uid, records in sight.records.items():
        for record in records:
            mine = [line for line in sight.of_card(uid) if bytes.fromhex(line.entry["record"]) == record.body]
            if len(mine) != 1:
                yield "card %s: its record %d has %d intents" % (uid, record.sequence, len(mine))
            elif mine[0].outcome == "not_landed":
                yield "card %s shows record %d, which was settled as not landed" % (uid, record.sequence)
        newest = sight.newest[uid]
        if newest is None:
            continue
        links = {line.link: line for line in sight.of_card(uid) if line.outcome in LANDED}
        for record in records:
            for line in sight.of_card(uid):
                if bytes.fromhex(line.entry["record"]) == record.body:
                    links.setdefault(record.link, line)
        total = {}
        for link in reversed(sight.chain(uid)[0]):
            if link in links:
                for counter, change in _change(sight, links[link], total).items():
                    total[counter] = total.get(counter, 0) + change
        for counter in sorted((set(total) | set(newest.counters)) & _summed(sight)):
            if total.get(counter, 0) != newest.counters.get(counter, 0):
                yield "card %s holds %d in counter %d, the ledger says %d" % (uid, newest.counters.get(counter, 0), counter, total.get(counter, 0))


SUMMED = ("plain", "sliding")  # kinds of counters that are the sum of what was told; the others end, wait or note something


def _summed(sight):
    """Ids of the counters that are sums under every pack that ran."""
    kinds = {}
    for pack in _packs(sight):
        for about in pack["counters"]:
            for counter in about["ids"]:
                kinds.setdefault(counter, set()).add(about["kind"])
    return {counter for counter, found in kinds.items() if found <= set(SUMMED)}


def _packs(sight):
    numbers = {(line.home, line.entry["details"]["pack"]) for line in sight.lines if "pack" in line.entry["details"]}
    return [home.packs.of(number) for home, number in numbers] + [home.pack for home in sight.world.homes]


def _change(sight, line, held):
    """{counter id: change} of one entry, from what it says was sold, given and taken back. held: {counter id: value} before it."""
    entry, details = line.entry, line.entry["details"]
    if entry["operation"] == "issue":
        return {int(key): value for key, value in details["opening"].items()}
    if entry["operation"] == "undo":
        undone = next(other for other in sight.lines if other.home is line.home and other.entry["transaction"] == entry["undoes"])
        return {counter: -change for counter, change in _change(sight, undone, held).items()}
    if entry["operation"] not in ("earn", "redeem", "refund"):
        return {}
    pack = line.home.packs.of(details["pack"])
    rows = {about["name"]: about for about in pack["counters"] if about["kind"] in SUMMED}
    if entry["operation"] == "refund":
        return _refunded(details, rows, held)
    if details.get("on") == "migrate":  # an owner's word may count stamps anew
        return {int(key): value - entry["counters_before"].get(key, [0])[0] for key, (value, _) in entry["counters_after"].items()}
    change = {about["ids"][0]: details["earned"].get(name, 0) - details["spent"].get(name, 0) for name, about in rows.items()}
    prices = _prices(pack, entry)
    for name, count in [_REWARD.match(reward).groups() for reward in details["rewards"] if _REWARD.match(reward)]:
        counter, cost, units = prices[name]
        change[counter] -= int(count) // units * cost
    return change


def _refunded(details, rows, held):
    """What is restored first, then what is taken back: it stops at zero where a counter may not owe."""
    change = {}
    for name, about in rows.items():
        counter, back, taken = about["ids"][0], details["restored"].get(name, 0), details["taken"].get(name, 0)
        now = held.get(counter, 0) + back
        change[counter] = back - (taken if about.get("debt") else min(taken, max(0, now)))
    return change


def _prices(pack, entry):
    """{reward's text: (counter id, cost of a set, units in a set)}"""
    found = {}
    for rule in pack["rules"]["rewards"] + pack["rules"]["events"]:
        if rule["op"] == "gifts":
            found.update({text: (pack["counters"][rule["c"]]["ids"][0], cost, 1) for _, cost, text in rule["gifts"]})
        elif rule["op"] == "return":
            found[rule["text"]] = pack["counters"][rule["c"]]["ids"][0], rule["needed"], 1
        elif rule["op"] == "free-units":
            cost = rule.get("cost")
            if cost is None:  # of the version that the card was on
                version = pack["counters"][rule["v"]]
                number = entry["counters_before"].get(str(version["ids"][0]), [0])[0] or version["first"]
                cost = next(needed for which, _, needed in rule["versions"] if which == number)
            found[rule["text"]] = pack["counters"][rule["c"]]["ids"][0], cost, rule["units"]
    return found


def at_most_once(sight):
    """3. One intent and one outcome a transaction, one sale a REF, one undo a sale."""
    for home, events in sight.events.items():
        intents = [(e["entry"]["terminal"], e["entry"]["transaction"]) for e in events if e["kind"] == "intent"]
        outcomes = [(e["terminal"], e["transaction"]) for e in events if e["kind"] == "outcome"]
        for word, keys in (("intents", intents), ("outcomes", outcomes)):
            if len(keys) != len(set(keys)):
                yield "a transaction has two %s" % word
        if set(outcomes) - set(intents):
            yield "an outcome has no intent"
        mine = [line for line in sight.lines if line.home is home and line.outcome != "not_landed"]
        sales = [line.entry["sale"] for line in mine if line.entry["sale"] and line.entry["operation"] in ("earn", "redeem")]
        undone = [line.entry["undoes"] for line in mine if line.entry["operation"] == "undo"]
        for word, keys in (("sale", sales), ("undo", undone)):
            for key in set(keys):
                if keys.count(key) > 1:
                    yield "%s %s has %d effects" % (word, key, keys.count(key))


def no_silent_double_spend(sight):
    """4. Two records of one card with one sequence number are a case."""
    for uid in sight.images:
        for home in sight.world.homes:
            known = [(line.entry["sequence"], line.link) for line in sight.of_card(uid) if line.home is home and line.outcome in LANDED]
            sequences = [sequence for sequence, _ in set(known)]
            if len(sequences) != len(set(sequences)) and not home.store.cases():
                yield "card %s: one sequence number twice, and no case" % uid
        on_card = {(record.sequence, record.link) for record in sight.records[uid]}
        if len(on_card) != len({sequence for sequence, _ in on_card}) and not any(home.store.cases() for home in sight.world.homes):
            yield "card %s carries one sequence number twice, and no case" % uid


def doubts_are_open_or_ended(sight):
    """5. A doubt is open or has ended in one way; the register and the events say the same."""
    for home in sight.world.homes:
        by_events = sorted(line.entry["transaction"] for line in sight.lines if line.home is home and line.outcome is None)
        by_register = sorted(entry["transaction"] for entry in home.store.all_doubts())
        if by_events != by_register:
            yield "open by the events: %s, by the register: %s" % (by_events, by_register)


def always_readable(sight):
    """6. An issued card has a record that every read finds, and opens with known keys, each of its own epoch."""
    for uid, image in sight.images.items():
        issued = [line for line in sight.of_card(uid) if line.entry["operation"] == "issue" and line.outcome in LANDED]
        if not issued:
            continue
        if not image.is_issued:
            yield "card %s lost its issuer block" % uid
        elif sight.newest[uid] is None and uid not in sight.world.damaged:
            yield "card %s has no record that reads the same every time" % uid
        if not image.opens:
            yield "card %s does not open with its password or keys %s" % (uid, image.key_epochs or "")
        if not image.is_consistent:
            yield "card %s keeps past records that do not fit its newest" % uid


def sequence_rises(sight):
    """7. Sequence and transaction numbers never go back, and `last_seen` is the highest that landed."""
    highest = sight.world._highest
    for events in sight.events.values():
        numbers = [event["entry"]["transaction"] for event in events if event["kind"] == "intent"]
        if numbers != sorted(set(numbers)):
            yield "transaction numbers do not rise: %s" % numbers
        minutes = [event["entry"]["minute"] for event in events if event["kind"] == "intent"]
        if minutes != sorted(minutes):
            yield "journal minutes go back"
    for uid, image in sight.images.items():
        # A record in doubt may be torn again while it is settled, and be gone; one that landed never.
        known = max((line.entry["sequence"] for line in sight.of_card(uid) if line.outcome in LANDED), default=0)
        if known < highest.get(uid, 0):
            yield "card %s went from sequence %d back to %d" % (uid, highest[uid], known)
        highest[uid] = max(known, highest.get(uid, 0))
        newest = sight.newest[uid]
        if newest is not None and newest.sequence < known:
            yield "card %s shows sequence %d, %d had landed" % (uid, newest.sequence, known)
        for home in sight.world.homes:
            row = home.store.card(image.family, image.uid)
            mine = [line for line in sight.of_card(uid) if line.home is home and line.outcome in LANDED]
            top = max((line.entry["sequence"] for line in mine), default=0)
            if (row.last_seen_sequence if row else 0) != top:
                yield "card %s: last seen %d, landed %d" % (uid, row.last_seen_sequence if row else 0, top)


def chain_is_whole(sight):
    """Every event's hash is that of the one before and its own canonical text."""
    for lines in sight.exported.values():
        digest = bytes(32)
        for line in lines:
            body = json.dumps(line["event"], sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(digest + body.encode("ascii")).digest()
            if digest.hex() != line["hash"]:
                yield "event %d does not fit the one before" % line["number"]
                break


def ledger_verifies(sight):
    """`ledger verify` says so too: chain, heads, and the register against the events. Slow; at the end of a story."""
    for home in sight.world.homes:
        verdict = home.store.verify()
        if not verdict["ok"]:
            yield "the ledger does not verify: %s" % verdict


PROMISES = (
    no_loss, no_minting, at_most_once, no_silent_double_spend, doubts_are_open_or_ended, always_readable, sequence_rises, chain_is_whole,
)  # fmt: skip


def violations(world, at_the_end=False, sight=None):
    """What is broken now, as texts; empty when all is well. at_the_end: also what is too slow for every step. sight: a fresh `look`."""
    sight = sight or world.look()
    promises = PROMISES + ((ledger_verifies,) if at_the_end else ())
    return ["%s: %s" % (promise.__name__, text) for promise in promises for text in promise(sight)]


def open_doubts(world, uid):
    """Promise 5, after a tap that went through: the entries of this card that are still in doubt."""
    return [line.entry for line in world.look().of_card(uid) if line.outcome is None]
