"""How a command reaches the daemon that runs on the same home: daemon.json names its port and token (readable by the owner only)."""

import http.client
import json
import secrets
from pathlib import Path
from urllib.parse import urlencode

from cardos.errors import BadInput, StampdError

FILE = "daemon.json"
_MARGIN_S = 60.0  # beyond the wait for a card: the longest tap, and the wishes before ours
_BOARD_S = 20.0  # what is done for a board waits for no card
_CARD_LOST = "Look at it: stampd doctor. A sale with --sale REF can be repeated safely."
_BOARD_LOST = "Look at it: stampd doctor. Then run the same command again."


def find_daemon(home):
    """{"host", "port", "token"} of the daemon that serves this home now, or None. A file left by a dead one is no daemon."""
    try:
        found = json.loads((Path(home) / FILE).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise BadInput("%s cannot be read." % (Path(home) / FILE), "Stop the daemon and remove the file.", "DAEMON_FILE") from error
    if not isinstance(found, dict) or not {"host", "port", "token"} <= set(found):
        raise BadInput("%s cannot be read." % (Path(home) / FILE), "Stop the daemon and remove the file.", "DAEMON_FILE")
    connection = http.client.HTTPConnection(found["host"], found["port"], timeout=2)
    try:
        connection.request("GET", "/healthz")
        return found if connection.getresponse().status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


def perform_there(daemon, wish, reader, wait_s, tracing=False):
    """The answer of the daemon's tap desk to a wish (a dict). Raises StampdError for its problem documents."""
    import msgspec

    body = msgspec.json.encode({"wish": wish, "reader": reader, "wait_s": wait_s, "tracing": tracing})  # a wish's lines are structs
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
    return _call(daemon, "POST", "/api/v1/perform", body, headers, wait_s + _MARGIN_S)


def receipt_there(daemon, sale):
    """The text of the receipt of a sale, by the daemon. Raises StampdError for its problem documents."""
    return _call(daemon, "GET", "/api/v1/receipt?" + urlencode({"sale": sale}), None, {}, _MARGIN_S)["receipt"]


def boards_there(daemon):
    """The rows of `register.listed`, by the daemon. Raises StampdError for its problem documents."""
    return _call(daemon, "GET", "/api/v1/boards", None, {}, _BOARD_S, _BOARD_LOST)


def pair_there(daemon, name, public_key, terminal):
    """Takes a board in, by the daemon; its `schemas.PairedBoard`. public_key: 32 bytes. An answer that was lost is asked for once more."""
    import msgspec

    from host_tools.daemon.schemas import PairBody, PairedBoard

    return msgspec.convert(_effect(daemon, "/api/v1/boards", msgspec.json.encode(PairBody(name=name, public_key=public_key, terminal=terminal))), PairedBoard)


def revoke_there(daemon, terminal, reason):
    """Ends a board, by the daemon. Raises StampdError for its problem documents."""
    _effect(daemon, "/api/v1/boards/%d/revoke" % terminal, json.dumps({"reason": reason}))


def _effect(daemon, path, body):
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
    try:
        return _call(daemon, "POST", path, body, headers, _BOARD_S, _BOARD_LOST)
    except StampdError as error:
        if error.code != "DAEMON_LOST":
            raise
    return _call(daemon, "POST", path, body, headers, _BOARD_S, _BOARD_LOST)  # with the same key: no second effect


def _call(daemon, method, path, body, headers, timeout_s, lost=_CARD_LOST):
    connection = http.client.HTTPConnection(daemon["host"], daemon["port"], timeout=timeout_s)
    try:
        connection.request(method, path, body, {"Authorization": "Bearer " + daemon["token"], **headers})
        response = connection.getresponse()
        document = json.loads(response.read())
    except (OSError, ValueError, http.client.HTTPException) as error:  # gone, or gone in the middle of its answer
        raise StampdError("The daemon of this shop does not answer.", lost, "DAEMON_LOST") from error
    finally:
        connection.close()
    if response.status not in (200, 201):
        raise StampdError(document.get("detail", "The daemon refused."), document.get("hint", ""), document.get("code", "DAEMON_REFUSED"))
    return document
