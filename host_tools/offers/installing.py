"""What is looked at before a pack runs in a shop: that cards can hold it, and that nothing on them is lost or takes another meaning.

    check_for_shop(pack, source, settings)    money and room: the shop's currency, its cards' counters
    changes(before, pack, dropped)            the counters of cards under the new pack, as `stampd offers migrate` shows them
"""

from cardos.errors import BadInput
from host_tools.offers.compiler import keeps_promises
from host_tools.offers.migration import MOVED, counter_map, refuse_losses
from host_tools.offers.state import too_much


def check_for_shop(pack, source, settings):
    """BadInput CURRENCY_MIX, PACK_TOO_MUCH. settings: the shop's."""
    money, own = (pack["currency"], pack["minor_digits"]), (settings.currency, settings.minor_digits)
    if money != own:
        raise BadInput(
            "%s: the pack counts in %s with %d digits, shop.toml in %s with %d." % (source, *money, *own),
            "Write currency = \"%s\" in the pack's offers, or the pack's currency in shop.toml." % settings.currency, "CURRENCY_MIX",
        )  # fmt: skip
    held = too_much(pack, settings.counters)
    if held:
        raise BadInput("%s: %s" % (source, held), "`counters` is in shop.toml; docs/settings.md says which cards hold how many.", "PACK_TOO_MUCH")


def changes(before, pack, source, dropped=()):
    """[{"what", "from", "to", "old_ids", "new_ids"}] from the pack that runs to the new one. dropped: counters that may go.
    before: None where no card is that could hold anything.

    BadInput COUNTER_DROPPED; COUNTER_MOVED when the new pack looks for a balance where cards do not have it; LEVELS_MOVED.
    """
    promised, before = before, before or {"counters": []}
    lines = counter_map(before, pack)
    _refuse_moved(before, pack, source, lines)
    refuse_losses(lines, dropped)
    _refuse_renumbered(before, pack, source)
    keeps_promises(pack, promised)  # behind the others: a counter that moved says so first
    return lines


def _refuse_moved(before, pack, source, lines):
    """Each counter of a card keeps its meaning: no id is given to another name, none is looked for elsewhere."""
    owners = {counter: about["name"] for about in before["counters"] for counter in about["ids"]}
    taken = [owners[counter] for about in pack["counters"] for counter in about["ids"] if owners.get(counter, about["name"]) != about["name"]]
    gone = [line["from"] for line in lines if line["what"] == MOVED and line["new_ids"][: len(line["old_ids"])] != line["old_ids"]]
    if taken or gone:
        raise BadInput(
            "%s: it does not know where cards keep %s." % (source, ", ".join(sorted(set(taken + gone)))),
            "It was compiled without the pack that runs here: install its pack.toml instead.", "COUNTER_MOVED",
        )  # fmt: skip


def _refuse_renumbered(before, pack, source):
    """Cards carry a level or a group by its number."""
    rows = {about["name"]: about for about in pack["counters"]}
    for about in before["counters"]:
        names, now = about.get("names"), rows.get(about["name"], {}).get("names")
        if about["ids"] and names and now and now[: len(names)] != names:
            raise BadInput(
                "%s: cards carry %s by number, and the names %s are not in their old order." % (source, about["name"], ", ".join(now)),
                "Keep %s first and add new names at the end." % ", ".join(names), "LEVELS_MOVED",
            )  # fmt: skip
