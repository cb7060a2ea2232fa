"""The on-screen terminal: the firmware on MicroPython's unix port, a reader and cards made of code, and a shop to sync with.

    board_process   the firmware as a process whose power can be pulled
    demo_reader     the emulated reader and the spot where a soft card lies
    demo_shop       a home with TEST keys, its line for boards, the provisioned board, the cards; plug, power and taps
    agreement       what board, ledger and each card say, side by side
    day             a scripted day with power cuts (`stampd board demo --once`)
    page            the page, and what a browser asks of it
"""
