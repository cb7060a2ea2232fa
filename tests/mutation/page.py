"""stub"""


def finish(kept, whole, least):
    return 0
