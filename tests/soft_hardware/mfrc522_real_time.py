"""The MFRC522 driver under asyncio with real time, beside another task: `INTERPRETER mfrc522_real_time.py REPOSITORY`.

Prints one line of what it came to: kind, UID, answers of two exchanges, presence before and after, and whether the other task ran.
"""

import sys


def main(root):
    sys.path.insert(0, root)
    import asyncio
    import time

    from cardos.soft_cards.registry import new_card
    from host_tools.soft_hardware.mfrc522_chip import Mfrc522Chip
    from host_tools.soft_hardware.mfrc522_field import Field
    from host_tools.soft_hardware.mfrc522_spi import wired
    from terminal.compat import sleep_ms
    from terminal.nfc_chips.buses.mfrc522_spi import SpiBus
    from terminal.nfc_chips.mfrc522 import Mfrc522

    now_us = getattr(time, "ticks_us", lambda: int(time.monotonic() * 1000000))
    field = Field()
    port, select, reset, irq = wired(Mfrc522Chip(field, now_us))
    nfc = Mfrc522(SpiBus(port, select, reset, irq))
    seen = [0]

    async def beats():
        while True:
            seen[0] += 1
            await sleep_ms(5)

    async def tap():
        other = asyncio.create_task(beats())
        await nfc.start()
        looking = asyncio.create_task(nfc.find(2000))
        await sleep_ms(120)
        field.lay(new_card("ntag424", bytes.fromhex("04a1b2c3d4e5f6")), 1, 1)
        found = await looking
        answers = []
        for frame in ("9060000000", "90af000000"):
            answers.append((await nfc.exchange(bytes.fromhex(frame), 100)).hex())
        was_there = await nfc.is_present()
        field.lift()
        is_there = await nfc.is_present()
        await nfc.stop()
        other.cancel()
        return "%s %s %s %s %s %s" % (found.kind, found.uid.hex(), answers, was_there, is_there, seen[0] > 10)

    print(asyncio.run(tap()))


if __name__ == "__main__":
    main(sys.argv[1])
