"""The command line's way in: a wish with its reader and its patience; answered when it is over.

A reader that the daemon does not serve (a serial line, for example) is opened for this one wish.
"""

import msgspec

from cardos.errors import BadInput, StampdError
from host_tools.daemon.counter import Counter
from host_tools.daemon.intents import DONE, hash_of
from host_tools.daemon.problems import Problem
from host_tools.daemon.wishes import Wish

_TAP_S = 60.0  # how long a tap that began within the patience may still take


def perform(shop, call):
    body = call.body
    try:
        wish = msgspec.convert(body.wish, Wish)
    except msgspec.ValidationError as error:
        raise Problem(422, "BAD_WISH", "This wish is not usable: %s." % error, "See docs/commands.md.") from error
    request = hash_of("POST", "/api/v1/perform", msgspec.to_builtins(body))
    counter, own = _counter(shop, body.reader)
    try:
        shape, _ = shop.intents.create(
            call.who.client, call.key, request, wish, counter.name if counter else None, life_s=max(0.05, body.wait_s), tracing=body.tracing
        )
        if own is not None:
            own.start()
        intent = shop.intents.get(shape["id"])
        if intent is not None:
            intent.finished.wait(body.wait_s + _TAP_S)
        return 200, _answer(shop, shape["id"])
    finally:
        if own is not None:
            own.stop()


def _counter(shop, name):
    """(the counter to use or None for any, the one that was opened for this wish or None)."""
    if name is None:
        if shop.counters:
            return None, None
    else:
        served = [counter for counter in shop.counters.values() if counter.name == name]
        served = served or [counter for counter in shop.counters.values() if name.lower() in counter.name.lower()]
        if len(served) == 1:
            return served[0], None
        if len(served) > 1:
            raise Problem(422, "READER_AMBIGUOUS", "Several readers fit %r." % name, "; ".join(counter.name for counter in served))
    from host_tools.readers.find import open_reader

    try:
        own = Counter(shop, open_reader(name))
    except BadInput as error:
        raise Problem(422, error.code, error.message, error.hint) from error
    return own, own


def _answer(shop, intent_id):
    shape = shop.intents.lookup(intent_id)
    if shape["answer"] is None:
        if shape["state"] == DONE:
            raise StampdError("The wish has no answer.", "Repeat it.", "INTENT_LOST")
        raise Problem(503, "STOPPING", "The daemon stopped before this ended.", "Repeat the same command; the same sale is the same transaction.")
    return shape["answer"]
