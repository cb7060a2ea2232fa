"""What a tap is told about the place it runs in. A tap reads no clock, no random number and no file."""

from collections import namedtuple

# keys: provider with `derive`, `mac`, `epochs`. scheme: u16. epoch: the epoch new records are written in.
# terminal: this terminal's number. transaction: the number the next intent takes. minute: since 2026-01-01 UTC, never
# before the newest in this home's journal. day: since 2020-01-01, local. pack: what `cardos.offers` evaluates.
# counters: how many counters this scheme's cards usually carry; sizes the first read. skip_equal: see `page_slots`.
# nonces: a function, n -> n random bytes, for the terminal's half of a card's authentication. limits: see `cardos.taps.classes`.
Terms = namedtuple(
    "Terms",
    ["keys", "scheme", "epoch", "terminal", "transaction", "minute", "day", "pack", "counters", "skip_equal", "nonces", "limits"],
)
