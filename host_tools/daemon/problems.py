"""Errors as RFC 9457 problem documents: {type, title, status, code, detail, hint}. `code` is stable, `detail` is plain words.

Nothing here repeats what a client sent: a problem never carries a token or a card's bytes back.
"""

import json

from cardos.errors import BadInput, ReaderLost, StampdError

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:stampd:problem:"

_TITLES = {
    400: "The request is not readable", 401: "Sign in first", 403: "Not allowed", 404: "Not found", 405: "Not possible here",
    409: "Not now", 411: "Length missing", 413: "Too large", 415: "Wrong content type", 421: "Wrong address", 422: "The request does not fit",
    429: "Too many tries", 500: "A fault in stampd", 503: "Not ready",
}  # fmt: skip

# Codes of errors that are not the client's fault or not plain 422. Everything else that is BadInput is 422, the rest 500 or 503.
_STATUS = {
    "IDEMPOTENCY_MISMATCH": 422,
    "LEDGER_BUSY": 503,
    "LEDGER_CORRUPT": 503,
    "LEDGER_READ_ONLY": 503,
    "LEDGER_IO": 503,
    "DISK_FULL": 503,
    "READER_NOT_FOUND": 404,
    "READER_AMBIGUOUS": 422,
    "NO_READER": 503,
    "BOARD_UNKNOWN": 404,
    "BOARD_NAME_TAKEN": 409,
    "BOARD_REVOKED": 409,
    "BOARD_NUMBERS_USED_UP": 409,
}


class Problem(StampdError):
    """An answer other than success. status: HTTP status; headers: further (name, value) pairs of the answer."""

    def __init__(self, status, code, detail, hint="", headers=()):
        super().__init__(detail, hint, code)
        self.status = status
        self.headers = tuple(headers)


def document(status, code, detail, hint=""):
    """The dict of a problem."""
    title = _TITLES.get(status, "Error")
    return {"type": TYPE + code.lower().replace("_", "-"), "title": title, "status": status, "code": code, "detail": detail, "hint": hint}


def status_of(error):
    """The HTTP status of any StampdError."""
    if isinstance(error, Problem):
        return error.status
    if error.code in _STATUS:
        return _STATUS[error.code]
    if isinstance(error, BadInput):
        return 422
    return 503 if isinstance(error, ReaderLost) else 500


def encode(error):
    """(status, headers, body bytes) of any StampdError."""
    status = status_of(error)
    body = json.dumps(document(status, error.code, error.message, error.hint)).encode()
    return status, [("content-type", CONTENT_TYPE), *getattr(error, "headers", ())], body
