"""Cards that are smaller than the pack: what does not fit is left out of the sale, what the card holds goes on.

A shop whose offers grew still meets the cards of its first day. Counters that are on the card stay; others take the places
that are left, in the order of the pack, a row whole or not at all. Rules that need a row without a place are left out.
"""

def fitted(pack, state, places):
    """The pack as a card with so many places for counters can hold it; the pack itself when all of it fits.

    state: {counter id: (value, day)} on the card. places: how many counters its record has.
    """
    rows = pack["counters"]
    if sum([len(about["ids"]) for about in rows]) <= places:
        return pack
    own = set([number for about in rows for number in about["ids"]])
    left = places - len([key for key in state if key not in own and state[key] != (0, 0)])
    fits = set()
    for on_card in (True, False):
        for row, about in enumerate(rows):
            held = [number for number in about["ids"] if state.get(number, (0, 0)) != (0, 0)]
            if bool(held) != on_card:
                continue
            if len(about["ids"]) <= left:
                fits.add(row)
                left -= len(about["ids"])
            else:
                left -= len(held)  # what stands there stays, and nothing is added to it
    from cardos.offers.small_pack import without  # few sales need it, and a board has no room for what it knows

    return without(pack, fits)
