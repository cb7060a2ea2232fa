"""Wires to a reader chip. `machine` is imported only where a bus is opened, so everything here loads on any interpreter.

A bus of the PN532 has: async `wake()`, `write(frame)`, `ready(wait_ms)` (is an answer there?) and `read(n)`: on a serial line
what has come, on I2C and SPI the whole frame. n is a guess of how many bytes there are. Troubles of the wire are OSError.
"""
