"""Effects that need no card: done once for each client and Idempotency-Key, also over a crash in the middle."""

import json
import threading

from host_tools.daemon.intents import hash_of
from host_tools.daemon.problems import Problem


class Effects:
    """Of one home. One at a time: they are a person's, and short."""

    def __init__(self, home):
        self._home = home
        self._lock = threading.Lock()

    def once(self, call, path, asked, effect, found=lambda: None):
        """What `effect()` returned, now or at the first request of this key: a dict for JSON, kept beside the ledger.

        path: of the POST; asked: the body as JSON has it. found(): what the effect returned, looked up, when it may have happened in a
        run that ended before it was kept; None when it did not. A trouble of the effect is raised and not kept: the key may come again.
        Problem 422 IDEMPOTENCY_MISMATCH.
        """
        kept, who, key = self._home.store.idempotency, call.who.client, call.key
        request = hash_of("POST", path, asked)
        with self._lock:
            known = kept.get(who, key)
            if known is not None and known.request_hash != request:
                raise Problem(422, "IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used for another request.", "Take a new key for each new request.")
            if known is not None and known.answer is not None:
                call.headers.append(("idempotency-replayed", "true"))
                return json.loads(known.answer)
            done = found() if known is not None else None
            if known is None:
                kept.put(who, key, request, None, self._home.at())
            if done is None:
                done = effect()
            kept.put(who, key, request, json.dumps(done), self._home.at())
        return done
