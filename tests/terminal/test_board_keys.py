"""A board's vault answers as the shop's key ring does, role by role: same keys, same MACs, same epochs."""

from cardos.records.board_vault import LINK_LABEL, ROLES, STORE_LABEL, board_diversifier, open_vault, pack_vault
from host_tools.provisioning.keys import test_keys as ring_of_test_keys
from host_tools.provisioning.roles import role_master
from host_tools.provisioning.test_keys import TEST_SECRETS
from terminal.key_vault import KeyVault

TERMINAL, SERIAL = 7, 70007


def test_the_vault_answers_as_the_key_ring_does():
    ring = ring_of_test_keys()
    epochs = ring.epochs[-2:]
    masters = {epoch: {role: role_master(TEST_SECRETS.masters[epoch], role, ring.scheme, epoch) for role in ROLES} for epoch in epochs}
    link, store = (ring.derive("board", ring.epochs[0], board_diversifier(label, TERMINAL, SERIAL)) for label in (LINK_LABEL, STORE_LABEL))
    public = {purpose: ring.public_key(purpose) for purpose in ("pack", "list", "certificate", "release")}
    fields = {
        "scheme": ring.scheme, "terminal": TERMINAL, "serial": SERIAL, "epoch": ring.epoch, "masters": masters, "seed": bytes(32),
        "link": link, "store": store, "public": public, "wifi": None,
    }  # fmt: skip
    vault = KeyVault(open_vault(pack_vault(fields)))
    assert (vault.scheme, vault.epoch, vault.epochs) == (ring.scheme, ring.epoch, epochs)
    for epoch in epochs:
        for role in ROLES:
            for m in (b"m", bytes(19), bytes(range(31))):
                assert vault.derive(role, epoch, m) == ring.derive(role, epoch, m)
                assert vault.mac(role, epoch, m, b"a message") == ring.mac(role, epoch, m, b"a message")
    message = b"a request"
    assert vault.link_mac(message) == ring.mac("board", ring.epochs[0], board_diversifier(LINK_LABEL, TERMINAL, SERIAL), message)
    assert vault.store_mac(message) == ring.mac("board", ring.epochs[0], board_diversifier(STORE_LABEL, TERMINAL, SERIAL), message)
