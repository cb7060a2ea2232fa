"""What a person wants of a card, one file a wish: read, sell, undo, issue, block, repair. Introduces cards, records and offers.

Every tap is a generator (see `cardos.exchange`): it yields exchanges, recalls, intents and settlements, and returns an outcome.
"""
