"""What a reader learns when it selects a card of ISO 14443 type A."""

from collections import namedtuple

# atqa: 2 bytes as on air (low byte first). sak: the last SAK, an int. uid: 4, 7 or 10 bytes. ats: bytes, or None without ISO-DEP.
Activation = namedtuple("Activation", ["atqa", "sak", "uid", "ats"])
