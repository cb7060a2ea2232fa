"""A board's keys: one small file, opened at the start, and the only object that holds a key byte afterwards.

It answers as the daemon's key ring does (`derive`, `mac`, `epochs`, `epoch`, `scheme`), with the roles that a board has and the epochs
that are still accepted. Besides it MACs: what goes to the shop (link), what this board keeps and its journal's heads (store).
Whoever takes the board's flash has all of it: docs/terminal.md says for each board what that takes, and what head office does then.
"""

from cardos.crypto.an10922 import diversify_aes128
from cardos.crypto.cmac import Cmac
from cardos.errors import BadInput

_CARD_KEYS = 6  # kept of the last cards: a tap asks for four at most, and for some of them a dozen times


class KeyVault:
    """An open vault. fields: the map of `cardos.records.board_vault`. public: {purpose: 32 bytes}; wifi: [name, password] or None."""

    def __init__(self, fields):
        self.scheme, self.terminal, self.serial, self.epoch = fields["scheme"], fields["terminal"], fields["serial"], fields["epoch"]
        self.held = tuple(sorted(fields["masters"]))  # epochs that this board has keys of
        self.epochs = self.held  # those that are accepted now
        self.public = fields["public"]
        self.link_mac = Cmac(fields["link"]).of  # functions: bytes -> 16 bytes
        store = Cmac(fields["store"])
        self.store_mac, self.store_mac_of_pieces = store.of, store.of_pieces
        self.head_mac = store.of
        self._held_back = lambda name: fields[name]  # a function, not the bytes: nothing to be printed by accident
        self._cards = []  # [(role, epoch, m), key, its `Cmac` or None], the newest last

    def __repr__(self):
        return "<KeyVault scheme %04X terminal %d epochs %s>" % (self.scheme, self.terminal, ",".join([str(epoch) for epoch in self.epochs]))

    @property
    def seed(self):
        """The 32 bytes behind this board's signatures. For `cardos.crypto.ed25519_sign` and nobody else."""
        return self._held_back("seed")

    @property
    def wifi(self):
        """[name, password] of the network, or None."""
        return self._held_back("wifi")

    def accept(self, lowest, epochs):
        """Which key epochs count from now on. lowest: of the stop list. epochs: of the certificate."""
        self.epochs = tuple([epoch for epoch in self.held if epoch >= lowest and epoch in epochs])
        self._cards = []

    def derive(self, role, epoch, m):
        """The 16-byte key of `role` in `epoch` for a diversifier of 1 to 31 bytes. BadInput: KEYS_EPOCH, KEYS_EPOCH_CLOSED, KEYS_ROLE."""
        return self._card(role, epoch, m)[1]

    def mac(self, role, epoch, m, message):
        """The 16-byte AES-CMAC of `message` under the key that `derive` would give."""
        card = self._card(role, epoch, m)
        if card[2] is None:
            card[2] = Cmac(card[1])
        return card[2].of(message)

    def _card(self, role, epoch, m):
        if epoch not in self.epochs:
            raise self._no_epoch(epoch)
        name = (role, epoch, bytes(m))
        for card in self._cards:
            if card[0] == name:
                return card
        master = self._held_back("masters")[epoch].get(role)
        if master is None:
            raise BadInput("This board holds no keys of role %s." % role, "That is done at the shop's own machine.", "KEYS_ROLE")
        card = [name, diversify_aes128(master, name[2]), None]
        self._cards.append(card)
        del self._cards[:-_CARD_KEYS]
        return card

    def _no_epoch(self, epoch):
        if epoch in self.held:
            return BadInput("Keys of epoch %s are not accepted any more." % (epoch,), "Give this card to head office.", "KEYS_EPOCH_CLOSED")
        return BadInput("This board holds no keys of epoch %s." % (epoch,), "Provision the board again: stampd board provision.", "KEYS_EPOCH")


def open_vault_file(path):
    """The `KeyVault` in a file. Raises BadInput: VAULT_MISSING, VAULT_DAMAGED, VAULT_VERSION."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:  # not there, or flash that cannot be read: either way there are no keys
        raise BadInput("This board has no keys yet.", "Give it some: stampd board provision.", "VAULT_MISSING")
    from cardos.records.board_vault import open_vault

    return KeyVault(open_vault(data))
