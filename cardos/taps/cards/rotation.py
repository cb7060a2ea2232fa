"""Changing the keys of an ISO-DEP card to another epoch (docs/card-format.md, section 7).

A key's version is its epoch, so an interrupted rotation is finished by asking each key and changing what is left; the key that
changes the others goes last. The caller has journaled the rotation before the first ChangeKey.
"""

from cardos.records.diversification import KEY_ADMIN, group_uid_key
from cardos.taps.cards.held import prove


def card_key(held, number, group_number, epoch):
    """The 16-byte key `number` of a card in an epoch; the group's key is the same on all its cards."""
    if number == group_number:
        return group_uid_key(held.terms.keys, held.terms.scheme, epoch)
    return held.keys.chip_key(number, epoch)


def rotate_keys(held, chip, numbers, group_number, epoch, authenticate):
    """Generator: every key in `numbers`, then key 0, becomes that of `epoch`. authenticate: generator function (number, key)."""
    versions = {}
    for number in numbers + (KEY_ADMIN,):
        versions[number] = yield from chip.key_version(number)
    admin = card_key(held, KEY_ADMIN, group_number, versions[KEY_ADMIN])
    yield from prove(lambda: authenticate(KEY_ADMIN, admin))
    for number in numbers:
        if versions[number] != epoch:
            old = card_key(held, number, group_number, versions[number])
            yield from chip.change_key(number, card_key(held, number, group_number, epoch), epoch, old)
    if versions[KEY_ADMIN] != epoch:
        yield from chip.change_key(KEY_ADMIN, card_key(held, KEY_ADMIN, group_number, epoch), epoch)
