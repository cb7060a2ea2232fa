"""One tap over a board's reader chip: `cardos.tap_runner.steps`, with each exchange awaited."""

from cardos import tap_runner
from cardos.errors import StampdError
from cardos.exchange import Presentation
from terminal.compat import elapsed_ms, ticks_ms


async def run(tap, chip, desk):
    """Drive `tap` to its outcome with the card that `chip` found. Raises as `cardos.tap_runner.run`.

    chip: a reader chip (terminal/nfc_chips). desk: a `JournalDesk`; its flash writes hold the board up for some ten milliseconds.
    """
    begun = ticks_ms()

    def presented(uid_wanted):
        card = chip.card
        return Presentation(card.kind, card.uid, card.ats, None, None)

    loop = tap_runner.steps(tap, presented, desk, False, lambda: elapsed_ms(ticks_ms(), begun))
    try:
        request = loop.send(None)
        while True:
            try:
                answer = await chip.exchange(request.frame, request.wait_ms)
            except StampdError as trouble:  # the tap itself says what the chip's trouble means
                request = loop.throw(trouble)
            else:
                request = loop.send(answer)
    except StopIteration as stop:  # the loop's value comes this way
        return stop.value
