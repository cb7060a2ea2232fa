"""Shapes of a DESFire command: a row of the manual, the plan made from its header, the call that is carried out."""

from collections import namedtuple

from cardos.soft_cards.desfire_status import AUTHENTICATION_ERROR, OK, Refusal

PLAIN, MAC, FULL = 0, 1, 3
RAW = 4  # the command opens its own cryptogram (ChangeKey)

# What a command does to a transaction that is open: data commands belong to it, queries change nothing, the rest ends it.
DATA, QUERY, OTHER = "data", "query", "other"

# name: as in the manual. header: bytes in front of the data that the channel protects.
# plan(card, ins, header): Plan, or Refusal. run(card, call): bytes of the answer, or a list of bytes, one a frame.
# since: the first generation that has it. whole: the command and its answer go in one piece (ISO chaining), no AF frames.
Row = namedtuple("Row", ["name", "header", "plan", "run", "group", "since", "whole"])

# One command as it is carried out. data: in the clear.
Call = namedtuple("Call", ["ins", "header", "data", "plan"])


class Plan:
    """How a command goes on from its header.

    mode: how command and answer are protected in a session. size: plain data bytes that are to come; None: what there is in
    this one frame, closed by 80 00.. when an EV1 channel enciphers it. target: what the plan found, for `run`.
    sized: the reader knows how long the answer is. chained: the data may come in more frames than one. mac_optional: a
    reader of the older channels may leave the MAC out. padded: EV2 pads what it enciphers. done: status of success.
    """

    def __init__(self, mode, size=0, target=None, sized=True, chained=False):
        self.mode = mode
        self.size = size
        self.target = target
        self.sized = sized
        self.chained = chained
        self.unpadded = False  # an EV2 channel enciphers the answer without 80 00.. behind it
        self.mac_optional = False
        self.padded = True
        self.done = OK


def managed(card, ins, header):
    """The plan of a command that is no file command: under a MAC in an EV2 session, plain in the older ones."""
    return Plan(MAC if card.session is not None and card.session.name == "ev2" else PLAIN, None)


def enciphered(size):
    """The plan of a command whose `size` bytes of data, or whose answer, are enciphered in every channel. Refuses AE without one."""

    def plan(card, ins, header):
        if card.session is None:
            raise Refusal(AUTHENTICATION_ERROR)
        return Plan(FULL, size)

    return plan


def open_plan(card, ins, header):
    """The plan of a command that is plain in every channel."""
    return Plan(PLAIN, None)


def raw(card, ins, header):
    """The plan of ChangeKey and ChangeKeyEV2."""
    return Plan(RAW, None)


def row(name, header, plan, run, group=OTHER, since=1, whole=False):
    """A Row with the usual defaults."""
    return Row(name, header, plan, run, group, since, whole)
