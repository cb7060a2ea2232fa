"""What stands on a card: issuer block, record, the two slots and the rules of reading and writing them, journal entries.

Knows bytes and keys, but no chip and no offer. The bytes are described in docs/card-format.md.
"""
