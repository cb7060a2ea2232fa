"""What is on a card and how it is spoken to.

Everything that two machines must agree on byte for byte: CPython on a shop's PC and MicroPython on a
terminal board run these same files. The package imports nobody but the standard library (and one AES back end).
"""
