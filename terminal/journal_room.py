"""Which segments of a journal may go when the shop has their lines: those whose open intents cost less to say again than they free.

An intent that is open still is carried into the newest segment, and what is carried is new lines, which the shop confirms in turn. A
board with a segment of doubts or more would never be done with that: each receipt would free what the one before it had carried. So at
least half of what goes has to stay gone; while the journal is full, a segment of it is enough.
"""

from cardos.records.journal_line import FRAME_SIZE


def last_to_free(segments, opened, stored, kept_max, is_full):
    """The number of the last segment that may go; below the oldest when none may.

    segments: `journal_segments.Segments`. opened: {transaction: place} of the open intents (`Index.open`). stored: lines that the shop
    has. kept_max: open intents that are carried at most, the newest of them.
    """
    last = segments.oldest - 1
    while last + 1 < segments.newest:
        after = segments.header(last + 2)
        if after is None or after.lines > stored:
            break
        last += 1
    freed = (last - segments.oldest + 1) * segments.size_max
    leaving = sorted([number for number in opened if opened[number].segment <= last])
    again = sum([FRAME_SIZE + len(segments.line_at(opened[number].segment, opened[number].offset)) for number in leaving[-kept_max:]])
    if again * 2 <= freed or is_full and again + 2 * segments.size_max <= freed:
        return last
    return min([opened[number].segment for number in leaving]) - 1
