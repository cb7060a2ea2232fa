"""Drivers of the reader chips on a board: a chip is apart from its bus, and all chips have one shape.

    await chip.start()                        ReaderLost when nobody answers
    await chip.find(wait_ms)                  a `Selected`, or None when no card came
    await chip.exchange(frame, wait_ms)       the card's answer; CardLost, ReaderLost, ReaderCannot
    await chip.is_present()                   whether that card still lies there; it is not disturbed
    await chip.release()                      the card is let go; `find` sees it anew if it stays
    await chip.stop()                         the chip sleeps

One task at a time uses a chip; a task that is cancelled inside a call leaves the chip fit for the next call.
"""
