"""Proving this shop's key to an ISO-DEP card. A key's version on the chip is its epoch: the card is asked, keys are never tried."""

from cardos.errors import CardRefused
from cardos.records.diversification import CardKeys, group_uid_key
from cardos.taps.cards.held import RANDOM_UID_SIZE, prove



def prove_ours(terms, presentation, chip, number, group_number, authenticate):
    """Generator: the card's own UID once it has proven its key `number`, or None when its key versions are no epoch of ours.

    chip: a selected `Ntag424` or `Desfire`. group_number: the key that opens the UID of a card that shows a random one.
    authenticate: generator function (number, key). Raises CardRefused (WRONG_KEY) when the card does not know our key.
    """
    random = len(presentation.uid) == RANDOM_UID_SIZE
    epoch = presentation.key_epoch
    if epoch is None:
        epoch = yield from chip.key_version(group_number if random else number)
    if not _is_ours(terms, epoch):
        return None
    uid = presentation.uid
    if random:
        group = group_uid_key(terms.keys, terms.scheme, epoch)
        yield from prove(lambda: authenticate(group_number, group))
        uid = yield from chip.card_uid()
        epoch = yield from chip.key_version(number)  # after a rotation that was cut the group's key may be of another epoch
        if not _is_ours(terms, epoch):
            return None
    keys = CardKeys(terms.keys, terms.scheme, uid)
    try:
        yield from prove(lambda: authenticate(number, keys.chip_key(number, epoch)))
    except CardRefused as error:  # after a rotation that was cut the keys are of two epochs: the card says which
        if error.code != "WRONG_KEY":
            raise
        asked = yield from chip.key_version(number)
        if asked == epoch or not _is_ours(terms, asked):
            raise
        yield from authenticate(number, keys.chip_key(number, asked))
    return uid


def selected(select):
    """Generator: True when `select()` goes well, at its second try at the latest: one corrupted answer must not make a card a stranger."""
    for _ in range(2):
        try:
            yield from select()
            return True
        except CardRefused:
            continue  # said no, or its answer was corrupted: asked once more
    return False


def _is_ours(terms, version):
    return version != 0 and version in terms.keys.epochs
