"""The page of the gallery, docs/offers/README.md: one section for each example, made from the example alone.

What it says comes from the compiled pack (`explain`), its numbers from playing a few events through the books, its cost from the
counters that it takes on a card. `make docs` writes it; a test compares it.
"""

import re
from pathlib import Path

from host_tools.offers.checking import compiled, encoded_size
from host_tools.offers.explain import explain, name_of
from host_tools.offers.explain.speech import Speech, label_of
from host_tools.offers.gallery_examples import worked
from host_tools.offers.language import read_offer
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.schema import NO_MONEY
from host_tools.offers.state import RECEIPTS, asks, needs_card, needs_of, smallest_profile, state_of

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "offers"
PAGE = FOLDER / "README.md"
SHOP = FOLDER / "shop" / "pack.toml"
CUSTOM = FOLDER / "custom"
ROW = re.compile(r"[a-f]\d\d")
PARTS = (
    ("a", "Stamps and items"), ("b", "Rates by spend, passes, groups"), ("c", "Points"), ("d", "Levels"),
    ("e", "Codes, referral, sharing, partners"), ("f", "Calculations and versions"),
)  # fmt: skip
OPENING = """# The gallery

Written by `make docs` from the files beside this page; a test compares it. One example for each mechanic: what it does, as
`stampd offers explain` tells it; its numbers, played with the example's own parameters; what it takes on a card; and what no
card knows, or a till does not do yet. Amounts are in the example's currency. [offers.md](../offers.md) lists every key.

*Counters* are what a card carries for the example alone: cards are issued with 1, 3, 5, 7 or 9
([card format](../card-format.md)), and offers of one pack share counters of the same name. *Bytes* are the compiled pack before
its signature. For all of them: a refund is computed from the sale's own receipt, which the ledger keeps; another home's till
needs its signed QR code.
"""


def page():
    """The whole page as text."""
    files = sorted(FOLDER.glob("*.toml"))
    out = [OPENING, _summary(files)]
    for letter, title in PARTS:
        out.append("## %s\n" % title)
        out.extend(_section(file) for file in files if file.name.startswith(letter))
    out.append("## A shop, and rules of your own\n")
    out.append(_shop())
    out.extend(_section(file) for file in sorted(CUSTOM.glob("*.toml")))
    return "\n".join(out)


def _summary(files):
    lines = ["| row | example | template | counters | smallest card | bytes |", "|---|---|---|---|---|---|"]
    for file in files:
        offer = read_offer(file)
        needs, profile, size = "–", "–", "–"
        if offer.kind not in NO_MONEY:
            pack = _pack(file)
            needs, size = str(needs_of(pack)), str(encoded_size(pack))
            profile = "n = %d" % smallest_profile(pack) if needs_of(pack) else "any" if needs_card(pack) else "none"
        link = "[%s](#%s)" % (offer.name(), _anchor(_title(file, offer)))
        lines.append("| %s | %s | `%s` | %s | %s | %s |" % (_row(file).upper(), link, offer.kind, needs, profile, size))
    return "\n".join(lines) + "\n"


def _row(file):
    found = ROW.match(file.name)
    return found.group() if found else ""


def _title(file, offer):
    row = _row(file).upper()
    return "%s %s" % (row, offer.name()) if row else offer.name()


def _anchor(title):
    """The anchor that Markdown pages give to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _pack(file):
    return compiled(read_pack(file))


def _section(file):
    offer = read_offer(file)
    head = "### %s\n\n[`%s`](%s) · template `%s`\n" % (_title(file, offer), file.name, file.relative_to(FOLDER).as_posix(), offer.kind)
    if offer.kind in NO_MONEY:
        return head + "\n" + _calculation(offer)
    pack = _pack(file)
    parts = [" ".join(about["sentences"]) for about in explain(pack)]
    parts += [_table(pack, _row(file)), _cost(pack), _elsewhere(pack)]
    return head + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def _table(pack, row):
    lines = [" | ".join(cells) for cells in worked(pack, row)]
    if not lines:
        return ""
    return "\n".join(["| day | what happens | what comes of it | on the card afterwards |", "|---|---|---|---|", *["| %s |" % line for line in lines]])


def _cost(pack):
    state, speech = state_of(pack), Speech(pack)
    size = "%d bytes." % encoded_size(pack)
    if not state["needs"]:
        return "*On the card*: nothing; %s. " % ("a card is shown, of any kind" if state["needs_card"] else "no card is needed") + size
    held = []
    for one in state["counters"]:
        if one["ids"]:
            name = label_of(one["name"], speech.language)
            held.append("%s (%d)" % (name, len(one["ids"])) if len(one["ids"]) > 1 else name)
    count = "1 counter" if state["needs"] == 1 else "%d counters" % state["needs"]
    none = [family for family, about in state["families"].items() if not about["fits"]]
    small = "; not on %s" % ", ".join(none) if none else ""
    return "*On the card*: %s, that is %s; cards with n = %d and more%s. %s" % (", ".join(held), count, state["profiles"][0], small, size)


def _elsewhere(pack):
    told = [sentence for sentence in asks(pack) if sentence != RECEIPTS]  # said once, at the top
    return "*Not on the card*:\n\n" + "\n".join("* " + sentence for sentence in told) if told else ""


def _calculation(offer):
    from host_tools.offers.calculation_words import sentences
    from host_tools.offers.economics import economics

    return " ".join(sentences(offer.parameters, economics(offer.parameters), "en")) + "\n\n*On the card*: nothing; this is a calculation.\n"


def _shop():
    pack = _pack(SHOP)
    lines = ["### A coffee shop\n", "[`shop/pack.toml`](shop/pack.toml) · %d offers in one pack\n" % len(pack["offers"])]
    told: list[str] = []
    for about, entry in zip(pack["offers"], explain(pack)):
        lines.append("* **%s.** %s" % (name_of(about), " ".join(sentence for sentence in entry["sentences"] if sentence not in told)))
        told.extend(entry["sentences"])
    return "\n".join([*lines, "", _cost(pack), "", _elsewhere(pack), ""])
