"""What a board and its shop's daemon say to each other, byte for byte: the board asks, the daemon answers once.

    message    CBOR [body, MAC (16)]                                              one request or one answer, at most MESSAGE_MAX bytes
    request    CBOR [1, kind, scheme, terminal, serial, nonce (8), state, …]      kind 1 batch, 2 poll, 3 fetch
      batch      … lines before, chain before (32), signature (64), [line, …]
      fetch      … what, number, offset
    answer     CBOR [1, kind, terminal, nonce, status, stored up to, second, …]   kind as asked
      batch, poll   … [[minute, minutes east], …], {what: [number, bytes, SHA-256]}, certificate or null
      fetch         … what, number, offset, bytes

The MAC is AES-CMAC under the board's link key: over REQUEST_LABEL || body, and for an answer over ANSWER_LABEL || SHA-256 of the
request's body || its own body, so that an answer fits one request only. The signature (Ed25519, the board's own key) is over
`batch_message`: the chain commits to each line, so one signature is good for a batch however often it is sent.

On a stream a message is preceded by its length (u32). Over HTTP it is the body of a POST, and of the answer. What a message
holds is proven by `open_message` before it is looked at. A lost answer costs nothing: the board asks again, and lines that the
daemon has are only compared.
"""

import hashlib
from collections import namedtuple

from cardos.bytes import uint
from cardos.cbor import decode, encode
from cardos.crypto.compare import constant_time_equal
from cardos.errors import BadInput

VERSION = 1
BATCH, POLL, FETCH = 1, 2, 3
OK, REVOKED, CLONED, REFUSED = 0, 1, 2, 3  # status of an answer
STATUSES = ("ok", "revoked", "cloned", "refused")

PACK, STOP_LIST, SETTINGS, RELEASE = "pack", "list", "settings", "release"  # what a board fetches; the words are in the messages

MESSAGE_MAX = 12 * 1024  # bytes; a board holds one request and one answer at once
BATCH_BYTES_MAX = 6 * 1024  # of lines in a batch; the longest line has 2000
CHUNK_SIZE = 2048  # bytes of a fetched thing in one answer
NONCE_SIZE = 8
MAC_SIZE = 16
LENGTH_SIZE = 4  # of the length before a message on a stream

REQUEST_LABEL = b"stampd/board-request/1"
ANSWER_LABEL = b"stampd/board-answer/1"
_BATCH_LABEL = b"stampd/board-batch/1"
_DIGEST_SIZE = 32
_STATE = ("pack", "list", "settings", "release", "minute", "sure", "free", "open", "troubles")

# What a board says of itself with each request. pack, list, settings, release: their numbers here, 0 for none. minute: its
# clock's; sure: whether it knows the date. free: segments left in its journal. open: intents without an outcome. troubles: how many
# places of its journal did not fit.
State = namedtuple("State", _STATE)

# A proven request. lines_before, chain_before, signature, lines: of a batch. what, number, offset: of a fetch. The rest None.
Request = namedtuple(
    "Request",
    ["kind", "scheme", "terminal", "serial", "nonce", "state", "lines_before", "chain_before", "signature", "lines", "what", "number", "offset", "digest"],
)

# A proven answer. stored: the daemon holds every line up to it. second: now, since 2026-01-01 UTC. zones, offers, certificate: of a
# batch or poll. what, number, offset, data: of a fetch.
Answer = namedtuple("Answer", ["kind", "status", "stored", "second", "zones", "offers", "certificate", "what", "number", "offset", "data"])


def batch_message(scheme, terminal, serial, lines_before, chain_before, lines_after, chain_after):
    """The bytes under a batch's signature."""
    return (
        _BATCH_LABEL + uint(scheme, 2) + uint(terminal, 2) + uint(serial, 4)
        + uint(lines_before, 4) + chain_before + uint(lines_after, 4) + chain_after
    )  # fmt: skip


def _sealed(mac, label, body):
    return encode([body, mac(label + body)])


def _opened(mac, label, data):
    """The body whose MAC fits. BadInput BOARD_MESSAGE, BOARD_MAC."""
    try:
        parts = decode(data, bytes_max=MESSAGE_MAX)
    except BadInput as trouble:  # said as what it means here
        raise _bad(trouble.message)
    if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], bytes) or not isinstance(parts[1], bytes):
        raise _bad("It has not the two parts of a message.")
    if not constant_time_equal(mac(label + parts[0]), parts[1]):
        raise BadInput("A message between board and shop does not carry the right MAC.", "Provision the board again if this stays so.", "BOARD_MAC")
    return parts[0]


def pack_request(mac, kind, scheme, terminal, serial, nonce, state, more=()):
    """(message, digest) of a request. mac: bytes -> 16 bytes with the board's link key. more: what its kind adds. digest: for `open_answer`."""
    body = encode([VERSION, kind, scheme, terminal, serial, nonce, list(state)] + list(more))
    return _sealed(mac, REQUEST_LABEL, body), hashlib.sha256(body).digest()


def claimed(data):
    """(scheme, terminal, serial) that a request says it is of, unproven: which key `open_request` takes. BadInput (BOARD_MESSAGE)."""
    try:
        parts = decode(data, bytes_max=MESSAGE_MAX)
        fields = decode(parts[0], bytes_max=MESSAGE_MAX)
        found = fields[2], fields[3], fields[4]
    except (BadInput, TypeError, IndexError, KeyError, AttributeError) as trouble:
        raise _bad("It does not say which board sent it (%s)." % type(trouble).__name__)
    if not all([_is_number(value, 0xFFFFFFFF) for value in found]) or found[0] > 0xFFFF or found[1] > 0xFFFF:
        raise _bad("It does not say which board sent it.")
    return found


def open_request(mac, data):
    """The `Request` in a message. BadInput: BOARD_MESSAGE, BOARD_MAC, BOARD_VERSION."""
    body = _opened(mac, REQUEST_LABEL, data)
    fields = _fields(body)
    if fields[0] != VERSION:
        raise BadInput("This board speaks version %r of the sync." % (fields[0],), "Update stampd on the shop's machine or on the board.", "BOARD_VERSION")
    if len(fields) < 7 or not _is_nonce(fields[5]) or not isinstance(fields[6], list) or len(fields[6]) != len(_STATE):
        raise _bad("Its head is not that of a request.")
    kind, more = fields[1], fields[7:]
    head = (kind, fields[2], fields[3], fields[4], fields[5], State(*fields[6]))
    digest = hashlib.sha256(body).digest()
    if kind == BATCH and len(more) == 4 and _is_number(more[0]) and _is_bytes(more[1], _DIGEST_SIZE) and _is_bytes(more[2], 64) and _are_lines(more[3]):
        return Request(*(head + (more[0], more[1], more[2], more[3], None, None, None, digest)))
    if kind == POLL and not more:
        return Request(*(head + (None, None, None, None, None, None, None, digest)))
    if kind == FETCH and len(more) == 3 and isinstance(more[0], str) and _is_number(more[1]) and _is_number(more[2]):
        return Request(*(head + (None, None, None, None, more[0], more[1], more[2], digest)))
    raise _bad("It is no request of a known kind.")


def pack_answer(mac, request, status, stored, second, more):
    """The message that answers `request`. more: (zones, offers, certificate), or (what, number, offset, data) of a fetch."""
    body = encode([VERSION, request.kind, request.terminal, request.nonce, status, stored, second] + list(more))
    return _sealed(mac, ANSWER_LABEL + request.digest, body)


def open_answer(mac, digest, kind, terminal, nonce, data):
    """The `Answer` in a message to the request with this digest. BadInput: BOARD_MESSAGE, BOARD_MAC, BOARD_VERSION."""
    fields = _fields(_opened(mac, ANSWER_LABEL + digest, data))
    if fields[0] != VERSION:
        raise BadInput("The shop speaks version %r of the sync." % (fields[0],), "Update the board: stampd board update.", "BOARD_VERSION")
    if len(fields) < 7 or fields[1] != kind or fields[2] != terminal or fields[3] != nonce:
        raise _bad("It answers another request.")
    status, stored, second, more = fields[4], fields[5], fields[6], fields[7:]
    if not _is_number(status, len(STATUSES) - 1) or not _is_number(stored) or not _is_number(second):
        raise _bad("Its head is not that of an answer.")
    if kind == FETCH and len(more) == 4 and isinstance(more[0], str) and _is_number(more[1]) and _is_number(more[2]) and isinstance(more[3], bytes):
        return Answer(kind, status, stored, second, None, None, None, more[0], more[1], more[2], more[3])
    if kind != FETCH and len(more) == 3 and _are_zones(more[0]) and _are_offers(more[1]) and (more[2] is None or isinstance(more[2], bytes)):
        return Answer(kind, status, stored, second, more[0], more[1], more[2], None, None, None, None)
    raise _bad("It is no answer of a known kind.")


def _fields(body):
    try:
        fields = decode(body, bytes_max=MESSAGE_MAX)
    except BadInput as trouble:  # the key is right, the program that wrote it is not
        raise _bad(trouble.message)
    if not isinstance(fields, list) or not fields:
        raise _bad("Its inside is no list.")
    return fields


def _is_number(value, most=0xFFFFFFFF):
    return isinstance(value, int) and value is not True and value is not False and 0 <= value <= most


def _is_bytes(value, size):
    return isinstance(value, bytes) and len(value) == size


def _is_nonce(value):
    return _is_bytes(value, NONCE_SIZE)


def _are_lines(value):
    return isinstance(value, list) and len(value) > 0 and all([isinstance(line, bytes) for line in value])


def _are_zones(value):
    return isinstance(value, list) and all([isinstance(zone, list) and len(zone) == 2 and _is_number(zone[0]) and isinstance(zone[1], int) for zone in value])


def _are_offers(value):
    if not isinstance(value, dict):
        return False
    for what in value:
        about = value[what]
        if not isinstance(what, str) or not isinstance(about, list) or len(about) != 3:
            return False
        if not _is_number(about[0]) or not _is_number(about[1]) or not _is_bytes(about[2], _DIGEST_SIZE):
            return False
    return True


def _bad(why):
    return BadInput("This is no message between a board and its shop: %s" % why, "Update stampd on both sides if this stays so.", "BOARD_MESSAGE")
