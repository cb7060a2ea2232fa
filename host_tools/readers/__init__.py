"""Readers: find them, wait for a card without polling, and carry one command at a time.

base       what every reader and link offers           find      names on the command line -> readers
pcsc       readers behind PC/SC (pyscard)              nfcpy_link  a PN532 on a serial line (nfcpy)
soft       a reader made of code, in this process      watch     cards and readers coming and going
profiles   what one product does differently (data)    atr       what an ATR tells (data)
"""
