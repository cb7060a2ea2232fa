"""Counted budgets of the firmware: what a board may come to take. They fail a test when outgrown; a wanted change writes them higher here."""

# Bytes of all .mpy files for a board, as `stampd board flash` compiles them, and of the largest one, which is loaded in one piece.
FIRMWARE_BYTES = {"pico-w": 330_000, "pico2-w": 330_000, "esp32": 330_000, "esp32-s3": 330_000, "desk": 317_000}
MODULE_BYTES = 6_600

# Bytes alive on the desk board's heap (192wK: 388,608 bytes, 64-bit words) with its code in place: when it waits for its first card, and
# after each tap of a day of one card of a family, with that family's code.
LIVE_AT_START = 245_000
LIVE_AFTER_TAP = {
    "ntag215": 275_000, "ultralight-aes": 290_000, "ntag424": 305_000, "ntag424-lrp": 306_000, "desfire-ev1": 313_000, "desfire-ev2": 315_000,
}  # fmt: skip

# Commands that reach the card when a board meets one that another terminal issued, n = 1, PN532: (first earn, earn, redeem, undo). The first
# tap asks who the card is, which a till that issued it knows; and as a board never saw its keys written, it asks an ISO-DEP card for their
# version each time. Its clock stands still here, so some pages stay equal. A till that met the card the same way has as many.
EXCHANGES = {
    "ntag215": (14, 14, 13, 12), "ultralight-aes": (23, 19, 18, 17), "ntag424": (8, 6, 6, 6), "ntag424-lrp": (9, 7, 7, 7),
    "desfire-ev1": (10, 8, 8, 8), "desfire-ev2": (11, 9, 9, 9),
}  # fmt: skip
LABELS = ("first earn", "earn", "redeem", "undo")
QUESTIONS_MORE = {"ntag424-lrp": 2}  # than its issuer, for a card that is known; 1 for every other: which cryptography it speaks is asked too
