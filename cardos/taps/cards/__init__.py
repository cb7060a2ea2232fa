"""How each family holds our issuer block and records: one file a family. Introduces families to records; knows no offers and no wishes.

`meet` finds out what was presented and gives a `HeldCard`, with as few exchanges as what is known of the card allows.
"""
