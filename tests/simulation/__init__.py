"""The write protocol as a model: the real taps against a card of torn and unstable pages, with promises checked after every step."""
