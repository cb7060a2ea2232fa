"""The TEST keys: fixed, printed here and in docs/keys.md, good for tests and demos only. Scheme FFFF on every card.

A production shop refuses them and every card made with them.
"""

from cardos.records.fields import SCHEME_TEST
from host_tools.provisioning.key_file import Secrets

TEST_MASTERS = {
    1: b"stampd TEST key1",
    2: b"stampd TEST key2",
}
TEST_SIGNING_ROOT = b"stampd TEST signing root, public"
TEST_EPOCH = 1

TEST_SECRETS = Secrets(SCHEME_TEST, TEST_EPOCH, TEST_MASTERS, TEST_SIGNING_ROOT)
