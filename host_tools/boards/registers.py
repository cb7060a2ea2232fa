"""Who takes a board in: this process, with the home open, or the daemon that has it open. Keys stay with the command in both cases.

A register has `keys`, `path` (the home), `rows()` as `register.listed`, and
`take_in(name, public_key, terminal) -> (Pairing without a seed, first load)`, `revoke(terminal, reason)`.
"""

from cardos.errors import BadInput
from host_tools.boards import register
from host_tools.daemon import client


class OwnRegister:
    """Of a home that is open here."""

    def __init__(self, home):
        self._home = home
        self.keys, self.path = home.keys, home.path

    def rows(self):
        return register.listed(self._home)

    def take_in(self, name, public_key, terminal):
        pairing = register.pair(self._home, name, public_key, terminal)
        return pairing, register.first_load(self._home, pairing.terminal)

    def revoke(self, terminal, reason):
        register.revoke(self._home, terminal, reason)


class DaemonRegister:
    """Of the daemon that serves this home. daemon: what `client.find_daemon` gave; keys: the home's `KeyRing`, opened by the command, or
    None where none is needed."""

    def __init__(self, daemon, path, keys=None):
        self._daemon = daemon
        self.keys, self.path = keys, path

    def rows(self):
        return client.boards_there(self._daemon)

    def take_in(self, name, public_key, terminal):
        made = client.pair_there(self._daemon, name, public_key, terminal)
        if (made.scheme, made.epoch) != (self.keys.scheme, self.keys.epoch):
            raise BadInput("The daemon works with other keys than this home has now.", "Start it again; then run the same command.", "DAEMON_KEYS")
        load = {"pack": made.pack, "list": made.stop_list, "settings": made.settings, "certificate": made.certificate, "zones": made.zones}
        return register.Pairing(made.terminal, made.serial, made.name, None, public_key), load

    def revoke(self, terminal, reason):
        client.revoke_there(self._daemon, terminal, reason)
