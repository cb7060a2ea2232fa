"""A plain, slow second reading of the offers' rules, for comparison with the evaluator; it shares no code with it.

`play_row(row)` builds everything from kind and parameters and returns what must come out.
"""

from .shop import KINDS, play_row
